"""Gather what a quarterly circular says of one plan and quarter, as known at its cut-off."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end, local_day
from app.domain.circulars import CircularFacts, MilestoneRow, PastStanding, TargetRow
from app.domain.official_words import KINDS, STANDINGS
from app.domain.quarters import Quarter
from app.domain.standing import StandingFinding, judge
from app.domain.vocabulary import Standing, UnitRole
from app.models import Milestone, MilestoneUnit, Organization, Place, Plan, Report
from app.queries import circular_parts, facts

SETTLED = frozenset({Standing.CLOSED, Standing.REGRESSED, Standing.WITHDRAWN})
Units = dict[tuple[int, UnitRole], tuple[str, ...]]


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


def gather(session: Session, plan: Plan, quarter: Quarter, at: CutOff) -> CircularFacts:
    """Return the facts of a plan's circular at a cut-off, in the order of the document."""
    assert plan.id is not None
    rows: dict[int, MilestoneRow] = {}
    targets: list[TargetRow] = []
    for ids in _chunks(session, plan.id):
        rows |= _milestone_rows(session, plan, ids, at)
        targets += circular_parts.target_rows(session, ids, rows, at.at)
    office = session.get_one(Organization, plan.office_id)
    following = quarter.next
    return CircularFacts(
        plan_title=plan.title,
        plan_short_title=plan.short_title,
        plan_document_number=plan.document_number,
        issuer_office=office.name,
        area=session.get_one(Place, plan.place_id).name,
        quarter_label=quarter.label,
        quarter_first_on=quarter.first_on,
        quarter_last_on=quarter.last_on,
        cut_off_on=at.on,
        cut_off_at=at.at,
        previous_quarter_label=quarter.previous.label if at.previous_on else None,
        previous_cut_off_on=at.previous_on,
        next_quarter_label=following.label,
        milestones=tuple(rows.values()),
        targets=tuple(targets),
        projects=circular_parts.project_rows(session, plan.id, rows, at.on),
        due_next=_due_next(rows, following),
        cases=circular_parts.case_rows(session, plan.id, quarter.first_on, at.on, at.at),
    )


def _due_next(rows: dict[int, MilestoneRow], following: Quarter) -> tuple[MilestoneRow, ...]:
    due = (
        row
        for row in rows.values()
        if following.first_on <= row.effective_due_on <= following.last_on and row.standing not in SETTLED
    )
    return tuple(sorted(due, key=lambda row: row.effective_due_on))


def _chunks(session: Session, plan_id: int) -> list[list[int]]:
    """Return a plan's milestone ids in the order of its document, in chunks."""
    query: Any = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == plan_id).order_by(col(Milestone.position))
    ids: list[int] = list(session.scalars(query))
    return [ids[start : start + facts.CHUNK] for start in range(0, len(ids), facts.CHUNK)]


def _milestone_rows(session: Session, plan: Plan, ids: Sequence[int], at: CutOff) -> dict[int, MilestoneRow]:
    now = _judged(session, plan, ids, at.on, at.at)
    past = {} if at.previous_on is None else _judged(session, plan, ids, at.previous_on, day_end(at.previous_on))
    units, reports = _units(session, ids), _last_reports(session, ids, at.at)
    query: Any = (
        sa.select(Milestone, col(Place.name).label("place"))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .where(col(Milestone.id).in_(ids))
        .order_by(col(Milestone.position))
    )
    rows: dict[int, MilestoneRow] = {}
    for milestone, place in session.execute(query):
        finding, before = now[milestone.id], past.get(milestone.id)
        rows[milestone.id] = MilestoneRow(
            id=milestone.id,
            clause=milestone.clause,
            kind_label=KINDS[milestone.kind],
            title=milestone.title,
            place=place,
            group=place if milestone.place_id != plan.place_id else None,
            responsible=units.get((milestone.id, UnitRole.RESPONSIBLE), ()),
            supporting=units.get((milestone.id, UnitRole.SUPPORTING), ()),
            original_due_on=finding.original_due_on,
            effective_due_on=finding.effective_due_on,
            due_phrase=milestone.due_phrase,
            standing=finding.standing,
            standing_label=STANDINGS[finding.standing],
            timeliness=finding.timeliness,
            days_late=finding.days_late(at.on),
            days_late_original=finding.days_late_originally(at.on),
            progress_pct=finding.progress_pct,
            last_report_on=finding.reported_on,
            last_report_summary=reports.get(milestone.id),
            previous=_past(before) if before else None,
        )
    return rows


def _judged(session: Session, plan: Plan, ids: Sequence[int], on: date, until: datetime) -> dict[int, StandingFinding]:
    """Judge milestones on a day by the facts recorded before an instant."""
    policy = facts.policies(session)[plan.id or 0]
    return {item.milestone_id: judge(item.facts, on, policy) for item in facts.gather(session, ids, until)}


def _past(finding: StandingFinding) -> PastStanding:
    return PastStanding(
        standing=finding.standing, timeliness=finding.timeliness, effective_due_on=finding.effective_due_on
    )


def _units(session: Session, ids: Sequence[int]) -> Units:
    """Return the units by (milestone id, role), lead first; where the text names a group, the group's own name."""
    query = (
        sa.select(
            col(MilestoneUnit.milestone_id),
            col(MilestoneUnit.role),
            col(MilestoneUnit.named_as),
            col(Organization.short_name),
        )
        .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
        .where(col(MilestoneUnit.milestone_id).in_(ids))
        .order_by(col(MilestoneUnit.position))
    )
    found: dict[tuple[int, UnitRole], list[tuple[str, str]]] = defaultdict(list)
    for milestone_id, role, named_as, short_name in session.execute(query):
        found[milestone_id, role].append((named_as, short_name))
    return {key: _named(pairs) for key, pairs in found.items()}


def _named(pairs: list[tuple[str, str]]) -> tuple[str, ...]:
    members = Counter(named_as for named_as, _ in pairs)
    return tuple(dict.fromkeys(named_as if members[named_as] > 1 else short for named_as, short in pairs))


def _last_reports(session: Session, ids: Sequence[int], until: datetime) -> dict[int, str]:
    """Return the summary of the report last recorded before an instant, by milestone id."""
    query = (
        sa.select(col(Report.milestone_id), col(Report.summary))
        .where(col(Report.milestone_id).in_(ids), col(Report.recorded_at) < until)
        .order_by(col(Report.recorded_at), col(Report.id))
    )
    return {milestone_id: summary for milestone_id, summary in session.execute(query)}
