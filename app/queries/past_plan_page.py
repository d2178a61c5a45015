"""A plan's page as of a past day: its counts, roadmap, clauses, stages and units, in one pass over its milestones."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session

from app.domain.access import Scope
from app.domain.circulars import IN_TIME, NOT_RATED
from app.domain.targets import Verdict, verdict
from app.domain.vocabulary import ChangeSubject, IndicatorGroup, MilestoneKind, ReportingCycle, Standing, UnitRole
from app.models import Plan, Stage
from app.queries import plans
from app.queries.as_of import every_milestone
from app.queries.measurements import latest_values
from app.queries.past_milestones import PastMilestone
from app.queries.past_plans import Record, record_of, settings_of
from app.queries.past_targets import targets_on
from app.queries.plans import Chapter, ClauseLine, PlanHead, PlanUnit, Tally, chapter_of
from app.queries.roadmap import Readiness, Recognition, Roadmap, RoadmapRow, in_order

_DAYS = ("issued_on", "period_start", "period_end")
_WORDS = ("title", "short_title", "document_number", "issuer", "leading_group")


@dataclass(frozen=True, slots=True)
class PastPlanPage:
    """What a plan's page shows of a past day; `in_force` False: it had not been issued yet, and all is empty."""

    in_force: bool
    head: PlanHead
    tally: Tally
    stages: list[Stage]
    roadmap: Roadmap
    chapters: list[Chapter]
    units: list[PlanUnit]


@dataclass
class _Counted:
    """What one pass over the milestones gathers."""

    tally: Tally = field(default_factory=Tally)
    clauses: dict[str, tuple[int, Tally]] = field(default_factory=dict)  # with the first place in the document
    units: dict[int, list[Any]] = field(default_factory=dict)  # name, responsible, supporting
    rows: dict[int, RoadmapRow] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    others: dict[tuple[int, int], dict[Standing, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    recognitions: list[PastMilestone] = field(default_factory=list)


def show_plan_on(session: Session, scope: Scope, head: PlanHead, on: date) -> PastPlanPage:
    """Return a plan in scope as it stood at the end of a past day."""
    assert head.plan.id is not None
    record = record_of(session, on, scope, head.plan.id)
    then = PlanHead(plan_then(record, head.plan), head.place_name, head.office_name, head.standard_name)
    counted = _Counted()
    for row in every_milestone(record, scope, head.plan.id):
        _count(counted, row, then.plan, on)
    _judge_readiness(record, counted)
    return PastPlanPage(
        in_force=head.plan.id in record.in_force,
        head=then,
        tally=counted.tally,
        stages=_stages_then(record, plans.stages(session, head.plan.id), head.plan.id),
        roadmap=_roadmap(counted, then.plan),
        chapters=_chapters(counted),
        units=[PlanUnit(unit_id, *counts) for unit_id, counts in sorted(counted.units.items(), key=_by_weight)],
    )


def plan_then(record: Record, plan: Plan) -> Plan:
    """Return the plan with the head and the settings it had, as a row of its own that is never stored."""
    head = record.plans[plan.id or 0].head
    if head is None:
        return plan
    settings = settings_of(head)
    changes: dict[str, Any] = {name: head.get(name) for name in _WORDS}
    changes |= {name: date.fromisoformat(head[name]) for name in _DAYS}
    changes |= {
        **settings,
        "tracked_from": date.fromisoformat(settings["tracked_from"]),
        "reporting_cycle": ReportingCycle(settings["reporting_cycle"]),
    }
    known = {name: value for name, value in changes.items() if name in Plan.model_fields}
    return Plan(**{**plan.model_dump(), **known})


def _stages_then(record: Record, now: list[Stage], plan_id: int) -> list[Stage]:
    """Return the stages as they were; those removed since are shown again, those added since are not."""
    changed = {key: part for (kind, key), part in record.plans[plan_id].changed.items() if kind is ChangeSubject.STAGE}
    found = [item for item in now if item.key not in changed]
    for key, part in changed.items():
        if part is not None:
            first, last = date.fromisoformat(part["start_on"]), date.fromisoformat(part["end_on"])
            name, clause = part["name"], part["clause"]
            found.append(Stage(plan_id=plan_id, key=key, name=name, clause=clause, start_on=first, end_on=last))
    return sorted(found, key=lambda item: (item.start_on, item.key))


def _count(counted: _Counted, row: PastMilestone, plan: Plan, on: date) -> None:
    finding = row.finding
    first, clause = counted.clauses.setdefault(row.clause, (row.position, Tally()))
    counted.clauses[row.clause] = (min(first, row.position), clause)
    for tally in (counted.tally, clause):
        tally.counts[finding.standing] += 1
        tally.claims += finding.claim_pending
        past = finding.effective_due_on <= on
        tally.due += past and finding.standing not in NOT_RATED
        tally.in_time += past and finding.standing is Standing.CLOSED and finding.timeliness in IN_TIME
    for unit in row.units:
        if unit.organization_id:
            names = counted.units.setdefault(unit.organization_id, [unit.name, 0, 0])
            names[1 if unit.role is UnitRole.RESPONSIBLE else 2] += 1
    counted.places[row.place_id] = row.place_sort
    counted.rows.setdefault(row.place_id, RoadmapRow(row.place_id, row.place_name, row.place_id == plan.place_id))
    if row.kind is MilestoneKind.RECOGNITION and not row.gone:
        counted.recognitions.append(row)
    else:
        counted.others[row.place_id, finding.effective_due_on.year][finding.standing] += 1


def _roadmap(counted: _Counted, plan: Plan) -> Roadmap:
    for item in sorted(counted.recognitions, key=lambda row: (row.finding.effective_due_on, row.id)):
        finding = item.finding
        flag = Recognition(
            item.id,
            item.title,
            finding.effective_due_on,
            item.due_on,
            item.due_phrase,
            item.due_precision,
            finding.standing,
            finding.timeliness,
            finding.claim_pending,
        )
        counted.rows[item.place_id].cells[finding.effective_due_on.year].recognitions.append(flag)
    for (place_id, year), standings in counted.others.items():
        in_list = [(standing, standings[standing]) for standing in Standing if standing in standings]
        counted.rows[place_id].cells[year].counts = in_list
    return in_order(plan, counted.rows, counted.places)


def _chapters(counted: _Counted) -> list[Chapter]:
    grouped: dict[str, list[ClauseLine]] = defaultdict(list)
    for clause, (_, tally) in sorted(counted.clauses.items(), key=lambda item: item[1][0]):
        grouped[chapter_of(clause)].append(ClauseLine(clause, tally))
    return [Chapter(name, tuple(items)) for name, items in grouped.items()]


def _judge_readiness(record: Record, counted: _Counted) -> None:
    """Count what the values known that day said of the targets of recognitions."""
    if not counted.recognitions:
        return
    latest = latest_values(record.session, [row.id for row in counted.recognitions], record.until)
    targets = targets_on(record, counted.recognitions)
    for item in counted.recognitions:
        for target in targets.get(item.id, ()):
            readiness = counted.rows[item.place_id].readiness or Readiness()
            counted.rows[item.place_id].readiness = readiness
            said = verdict(target.comparator, target.value, latest.get(target.id, (None, None))[0])
            readiness.met += said is Verdict.MET
            readiness.unmet += said is Verdict.UNMET
            readiness.vetoes += said is Verdict.UNMET and target.group is IndicatorGroup.VETO
            readiness.not_assessed += said is Verdict.NOT_ASSESSED


def _by_weight(item: tuple[int, list[Any]]) -> tuple[int, str]:
    """Order units by how much they answer for, then by name."""
    return -item[1][1], item[1][0]
