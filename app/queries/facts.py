"""Gather what is on file about milestones, set-based, as facts for the rule of standing."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.quarters import parse_quarter
from app.domain.standing import DecisionFact, DueVersion, MilestoneFacts, Policy, ReportFact
from app.domain.targets import Measurement, misses_any
from app.domain.vocabulary import DecisionKind, DueCause, MilestoneKind, Standing, UnitRole
from app.models import (
    DueDate,
    Milestone,
    MilestoneDecision,
    MilestoneGovernor,
    MilestoneSchedule,
    MilestoneStanding,
    MilestoneUnit,
    Plan,
    PlanRevision,
    Report,
    ReportValue,
    Target,
)

CHUNK = 500  # ids in one IN list


@dataclass(frozen=True, slots=True)
class Gathered:
    """One milestone with its facts and what the projection copies of it."""

    milestone_id: int
    plan_id: int
    place_id: int
    kind: MilestoneKind
    facts: MilestoneFacts
    governed: bool = False  # the same goal stands elsewhere with the date that governs


def policies(session: Session) -> dict[int, Policy]:
    """Return every plan's policy by plan id."""
    rows = session.execute(
        sa.select(col(Plan.id), col(Plan.tracked_from), col(Plan.warning_days), col(Plan.behind_threshold_pp))
    )
    return {plan_id: Policy(tracked_from, warning, behind) for plan_id, tracked_from, warning, behind in rows}


def gather(session: Session, ids: Sequence[int], known_until: datetime | None = None) -> list[Gathered]:
    """Return the facts of the given milestones (at most CHUNK) recorded before `known_until` (None: all)."""
    if len(ids) > CHUNK:
        raise ValueError(f"at most {CHUNK} ids at once")
    dues = _dues(session, ids, known_until)
    reports = _reports(session, ids, known_until)
    decisions = _decisions(session, ids, known_until)
    parts = _parts(session, [key for key, items in reports.items() if any(not item.speaks_for_whole for item in items)])
    own_schedules = schedules(session, ids, known_until)
    rows = session.execute(
        sa.select(
            col(Milestone.id),
            col(Milestone.plan_id),
            col(Milestone.place_id),
            col(Milestone.kind),
            col(Milestone.start_on),
            col(Milestone.due_on),
            col(Milestone.due_precision),
            col(Milestone.id).in_(governed()).label("governed"),
        )
        .where(col(Milestone.id).in_(ids))
        .order_by(col(Milestone.id))  # writers lock the projection's rows in one order
    )
    return [
        Gathered(
            row.id,
            row.plan_id,
            row.place_id,
            row.kind,
            MilestoneFacts(
                start_on=row.start_on,
                due_on=row.due_on,
                precision=row.due_precision,
                later_dues=tuple(dues.get(row.id, ())),
                reports=tuple(reports.get(row.id, ())),
                decisions=tuple(decisions.get(row.id, ())),
                parts=frozenset(parts.get(row.id, ())),
                schedule=own_schedules.get(row.id, ()),
            ),
            row.governed,
        )
        for row in rows
    ]


def original_due_on(known_until: datetime | None = None) -> sa.ColumnElement[date]:
    """Return a milestone's original due date as a column: as the record was put right last (before a moment)."""
    corrected = sa.select(col(DueDate.due_on)).where(
        col(DueDate.milestone_id) == col(Milestone.id), col(DueDate.cause) == DueCause.ORIGINAL
    )
    if known_until is not None:
        corrected = corrected.where(col(DueDate.recorded_at) < known_until)
    last = corrected.order_by(col(DueDate.version).desc()).limit(1).correlate(Milestone).scalar_subquery()
    return sa.func.coalesce(last, col(Milestone.due_on)).label("due_on")


def governed() -> sa.Select[int]:
    """Return the ids of milestones whose goal stands a second time, not withdrawn, with the date that governs."""
    return (
        sa.select(col(MilestoneGovernor.milestone_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(MilestoneGovernor.governor_id))
        .where(col(MilestoneStanding.standing) != Standing.WITHDRAWN)
    )


def governed_by(session: Session, ids: Sequence[int]) -> list[int]:
    """Return the milestones whose date the given ones govern."""
    found: set[int] = set()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        query = sa.select(col(MilestoneGovernor.milestone_id)).where(col(MilestoneGovernor.governor_id).in_(some))
        found |= set(session.scalars(query))
    return sorted(found)


def milestone_ids(session: Session) -> Iterator[list[int]]:
    """Yield all milestone ids in chunks of CHUNK."""
    last = 0
    while True:
        query = sa.select(col(Milestone.id)).where(col(Milestone.id) > last).order_by(col(Milestone.id)).limit(CHUNK)
        ids = [row.id for row in session.execute(query)]
        if not ids:
            return
        yield ids
        last = ids[-1]


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield ids in lists of at most CHUNK."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _dues(session: Session, ids: Sequence[int], until: datetime | None) -> dict[int, list[DueVersion]]:
    query = sa.select(
        col(DueDate.milestone_id),
        col(DueDate.version),
        col(DueDate.due_on),
        col(DueDate.due_precision),
        (col(DueDate.cause) == DueCause.ORIGINAL).label("restates_original"),
    ).where(col(DueDate.milestone_id).in_(ids))
    if until is not None:
        query = query.where(col(DueDate.recorded_at) < until)
    found: dict[int, list[DueVersion]] = defaultdict(list)
    for milestone_id, *version in session.execute(query.order_by(col(DueDate.version))):
        found[milestone_id].append(DueVersion(*version))
    return found


def _reports(session: Session, ids: Sequence[int], until: datetime | None) -> dict[int, list[ReportFact]]:
    query = sa.select(Report).where(col(Report.milestone_id).in_(ids))
    if until is not None:
        query = query.where(col(Report.recorded_at) < until)
    rows = session.scalars(query.order_by(col(Report.recorded_at), col(Report.id))).all()
    if not rows:
        return {}
    misses = _misses(session, ids, until)
    accepted = _accepted_at(session, ids, until)
    found: dict[int, list[ReportFact]] = defaultdict(list)
    for row in rows:
        assert row.id is not None
        accepted_at = row.recorded_at if row.accepted else accepted.get(row.id)
        found[row.milestone_id].append(
            ReportFact(
                id=row.id,
                recorded_at=row.recorded_at,
                recorded_on=local_day(row.recorded_at),
                reported_on=row.reported_on,
                share_pct=row.share_pct,
                claims_completion=row.claims_completion,
                reached_on=row.reached_on,
                speaks_for_whole=row.speaks_for_whole,
                accepted=accepted_at is not None,
                misses_target=row.id in misses,
                accepted_at=accepted_at,
                accepted_on=local_day(accepted_at) if accepted_at else None,
                organization_id=row.organization_id,
                replaces_id=row.replaces_id,
                expected_id=row.expected_id,
            )
        )
    return found


def _misses(session: Session, ids: Sequence[int], until: datetime | None) -> set[int]:
    """Return the reports with a value that falls short of its target; a target that was retired binds nobody."""
    query: Any = (
        sa.select(
            col(ReportValue.report_id), col(Target.comparator), col(Target.value), col(ReportValue.value).label("got")
        )
        .join(Target, col(Target.id) == col(ReportValue.target_id))
        .join(PlanRevision, col(PlanRevision.id) == col(Target.retired_by_id), isouter=True)
        .where(
            col(Target.milestone_id).in_(ids),
            col(PlanRevision.id).is_(None) if until is None else _in_force(until),
        )
    )
    return {
        report_id
        for report_id, comparator, wanted, got in session.execute(query)
        if misses_any((Measurement(comparator, wanted, got),))
    }


def _in_force(until: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(col(PlanRevision.id).is_(None), col(PlanRevision.recorded_at) >= until)


def _accepted_at(session: Session, ids: Sequence[int], until: datetime | None) -> dict[int, datetime]:
    """Return when each report was first accepted."""
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        col(MilestoneDecision.report_id), col(MilestoneDecision.recorded_at)
    ).where(
        col(MilestoneDecision.milestone_id).in_(ids),
        col(MilestoneDecision.kind).in_((DecisionKind.ACCEPT, DecisionKind.CLOSE_OUT)),
        col(MilestoneDecision.report_id).is_not(None),
    )
    if until is not None:
        query = query.where(col(MilestoneDecision.recorded_at) < until)
    newest_first = query.order_by(col(MilestoneDecision.recorded_at).desc(), col(MilestoneDecision.id).desc())
    return {row.report_id: row.recorded_at for row in session.execute(newest_first)}


def _parts(session: Session, ids: Sequence[int]) -> dict[int, set[int]]:
    """Return the responsible units of those milestones that no unit leads: each answers for its part."""
    if not ids:
        return {}
    bound = MilestoneUnit
    query = sa.select(col(bound.milestone_id), col(bound.organization_id), col(bound.leads)).where(
        col(bound.milestone_id).in_(ids), col(bound.role) == UnitRole.RESPONSIBLE
    )
    found: dict[int, set[int]] = defaultdict(set)
    led: set[int] = set()
    for milestone_id, unit_id, leads in session.execute(query):
        found[milestone_id].add(unit_id)
        if leads:
            led.add(milestone_id)
    return {milestone_id: units for milestone_id, units in found.items() if milestone_id not in led}


def schedules(
    session: Session, ids: Sequence[int], until: datetime | None = None
) -> dict[int, tuple[tuple[date, Decimal], ...]]:
    """Return the schedule in force of each milestone that has one of its own, as (quarter's last day, percent)."""
    query = sa.select(col(MilestoneSchedule.milestone_id), col(MilestoneSchedule.shares)).where(
        col(MilestoneSchedule.milestone_id).in_(ids)
    )
    if until is not None:
        query = query.where(col(MilestoneSchedule.recorded_at) < until)
    return {
        milestone_id: tuple(
            sorted((parse_quarter(quarter).last_on, Decimal(share)) for quarter, share in json.loads(shares).items())
        )
        for milestone_id, shares in session.execute(query.order_by(col(MilestoneSchedule.version)))
    }


def _decisions(session: Session, ids: Sequence[int], until: datetime | None) -> dict[int, list[DecisionFact]]:
    query = sa.select(MilestoneDecision).where(col(MilestoneDecision.milestone_id).in_(ids))
    if until is not None:
        query = query.where(col(MilestoneDecision.recorded_at) < until)
    found: dict[int, list[DecisionFact]] = defaultdict(list)
    for row in session.scalars(query.order_by(col(MilestoneDecision.recorded_at), col(MilestoneDecision.id))):
        found[row.milestone_id].append(
            DecisionFact(
                row.kind,
                row.recorded_at,
                local_day(row.recorded_at),
                row.report_id,
                row.reached_on,
                row.notice_until_on,
            )
        )
    return found
