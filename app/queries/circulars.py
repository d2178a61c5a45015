"""Gather what a quarterly circular, a progress report and the sheets of a plan say, as known at their cut-off."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end, local_day
from app.domain.access import Scope
from app.domain.circulars import CircularFacts, EarlyWarning, LedgerFacts, MilestoneRow, PastStanding, TargetRow
from app.domain.official_words import KINDS, STANDINGS
from app.domain.quarters import Quarter
from app.domain.standing import StandingFinding
from app.domain.vocabulary import Standing, UnitRole
from app.models import Milestone, Organization, Place, Plan
from app.queries import circular_cases, circular_parts, facts
from app.queries.milestones import UnitRow
from app.queries.past_milestones import PastMilestone, gone_since, milestones_on
from app.queries.past_plans import Record, record_of

SETTLED = frozenset({Standing.CLOSED, Standing.REGRESSED, Standing.WITHDRAWN})
Foretell = Callable[[PastMilestone], EarlyWarning | None]


@dataclass(frozen=True, slots=True)
class CutOff:
    """When a quarter's facts are cut off: its end, or now while it runs; `previous_on` None when none was tracked."""

    on: date
    at: datetime
    previous_on: date | None


def cut_off(plan: Plan, quarter: Quarter, now: datetime) -> CutOff | None:
    """Return the cut-off of a plan's quarter as seen at an instant; None when there is nothing to tell of it yet.

    A quarter can be told of from its first day on, and when it does not lie before the plan was issued.
    """
    today = local_day(now)
    if quarter.first_on > today or quarter.last_on < plan.issued_on:
        return None
    on = min(quarter.last_on, today)
    previous_on = quarter.previous.last_on
    tracked = previous_on >= max(plan.tracked_from, plan.issued_on)
    return CutOff(on, min(day_end(on), now), previous_on if tracked else None)


def gather(
    session: Session,
    plan: Plan,
    quarter: Quarter,
    at: CutOff,
    *,
    cases_since: date | None = None,
    foretell: Foretell | None = None,
) -> CircularFacts:
    """Return the facts of a plan's circular at a cut-off, in the order of the document.

    Of cases and rectification items those that were open since a day (None: the quarter's first). `foretell` gives
    each milestone its early warning; None: no milestone gets one.
    """
    assert plan.id is not None
    record = record_at(session, plan, at)
    before = None if at.previous_on is None else _record(session, plan, at.previous_on, None)
    rows: dict[int, MilestoneRow] = {}
    targets: list[TargetRow] = []
    for some in _milestones(record, plan.id):
        past = _judged_before(before, [item.id for item in some if not item.gone])
        of_chunk = {item.id: _row(item, plan, at.on, past.get(item.id), foretell) for item in some}
        rows |= of_chunk
        targets += circular_parts.target_rows(record, some, of_chunk)
    return CircularFacts(
        **_head(session, plan, record),
        **_handling(session, plan.id, cases_since or quarter.first_on, at, rows),
        milestones=tuple(rows.values()),
        quarter_label=quarter.label,
        quarter_first_on=quarter.first_on,
        quarter_last_on=quarter.last_on,
        previous_quarter_label=quarter.previous.label if at.previous_on else None,
        previous_cut_off_on=at.previous_on,
        next_quarter_label=quarter.next.label,
        targets=tuple(targets),
        projects=circular_parts.project_rows(record, plan.id, rows),
        due_next=_due_next(rows, quarter.next),
        previous_only=() if before is None else tuple(_past(item.finding) for item in gone_since(before, [plan.id])),
    )


def _handling(
    session: Session, plan_id: int, since: date, at: CutOff, rows: Mapping[int, MilestoneRow]
) -> dict[str, Any]:
    """Return the cases and rectification items that were open since a day, with the milestones' titles as then."""
    titles = {key: row.title for key, row in rows.items()}
    return {
        "cases": circular_cases.case_rows(session, plan_id, since, at.on, at.at, titles),
        "rectifications": circular_cases.rectification_rows(session, plan_id, since, at.on, at.at, titles),
    }


def gather_ledger(session: Session, plan: Plan, at: CutOff, *, of_projects: bool = False) -> LedgerFacts:
    """Return a plan's milestones at a cut-off, in the order of the document; only those of projects if wanted so."""
    assert plan.id is not None
    record = record_at(session, plan, at)
    chunks = _milestones(record, plan.id, of_projects=of_projects)
    rows = (_row(item, plan, at.on, None, None) for some in chunks for item in some)
    return LedgerFacts(**_head(session, plan, record), milestones=tuple(rows))


def record_at(session: Session, plan: Plan, at: CutOff) -> Record:
    """Return the record of a plan at a cut-off."""
    return _record(session, plan, at.on, at.at)


def _record(session: Session, plan: Plan, on: date, until: datetime | None) -> Record:
    return record_of(session, on, Scope(plan_id=plan.id), plan.id, known_until=until)


def _head(session: Session, plan: Plan, record: Record) -> dict[str, Any]:
    """Return who issues the document, and the plan as its head read then."""
    past = record.plans[plan.id or 0]
    return {
        "plan_title": plan.title if past.head is None else past.head["title"],
        "plan_short_title": past.short_title,
        "plan_document_number": past.document_number,
        "issuer_office": session.get_one(Organization, plan.office_id).name,
        "area": session.get_one(Place, plan.place_id).name,
        "cut_off_on": record.on,
        "cut_off_at": record.until,
    }


def _due_next(rows: dict[int, MilestoneRow], following: Quarter) -> tuple[MilestoneRow, ...]:
    due = (
        row
        for row in rows.values()
        if following.first_on <= row.effective_due_on <= following.last_on and row.standing not in SETTLED
    )
    return tuple(sorted(due, key=lambda row: row.effective_due_on))


def _milestones(record: Record, plan_id: int, *, of_projects: bool = False) -> Iterator[list[PastMilestone]]:
    """Yield the milestones of a plan in chunks: in the order of its document, those deleted since at the end."""
    query: Any = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == plan_id)
    if of_projects:
        query = query.where(col(Milestone.project_id).is_not(None))
    ids = list(record.session.scalars(query.order_by(col(Milestone.position), col(Milestone.id))))
    for some in facts.chunks(ids):
        yield list(milestones_on(record, some).values())
    if not of_projects and (gone := list(gone_since(record, [plan_id]))):
        yield gone


def _judged_before(before: Record | None, ids: Sequence[int]) -> dict[int, StandingFinding]:
    if before is None or not ids:
        return {}
    return {key: item.finding for key, item in milestones_on(before, ids).items()}


def _row(
    item: PastMilestone, plan: Plan, on: date, before: StandingFinding | None, foretell: Foretell | None
) -> MilestoneRow:
    finding = item.finding
    return MilestoneRow(
        id=item.id,
        clause=item.clause,
        kind_label=KINDS[item.kind],
        title=item.title,
        place=item.place_name,
        group=item.place_name if item.place_id != plan.place_id else None,
        responsible=_named(item.units, UnitRole.RESPONSIBLE),
        supporting=_named(item.units, UnitRole.SUPPORTING),
        original_due_on=finding.original_due_on,
        effective_due_on=finding.effective_due_on,
        due_phrase=item.due_phrase,
        standing=finding.standing,
        standing_label=STANDINGS[finding.standing],
        timeliness=finding.timeliness,
        days_late=finding.days_late(on),
        days_late_original=finding.days_late_originally(on),
        progress_pct=finding.progress_pct,
        last_report_on=finding.reported_on,
        previous=_past(before) if before else None,
        stage=item.stage_name,
        warning=foretell(item) if foretell else None,
    )


def _past(finding: StandingFinding) -> PastStanding:
    return PastStanding(
        standing=finding.standing, timeliness=finding.timeliness, effective_due_on=finding.effective_due_on
    )


def _named(units: Collection[UnitRow], role: UnitRole) -> tuple[str, ...]:
    """Return the units in a role, lead first; where the text names a group, the group's own name."""
    own = [unit for unit in units if unit.role is role]
    members = Counter(unit.named_as for unit in own)
    return tuple(dict.fromkeys(unit.named_as if members[unit.named_as] > 1 else unit.short_name for unit in own))
