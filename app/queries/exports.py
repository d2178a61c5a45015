"""Milestones for export and for the JSON interface: whole records, judged on any day, in few statements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.decisions import DONE
from app.domain.vocabulary import Standing, UnitRole
from app.models import Milestone, MilestoneStanding, MilestoneUnit, Project
from app.queries import closings, facts
from app.queries.closings import ClosingMark
from app.queries.export_rows import MilestoneRecord, Selection, TargetRecord
from app.queries.measurements import latest_values
from app.queries.milestones import GONE
from app.queries.past_milestones import PastMilestone, gone_since, milestones_on
from app.queries.past_plans import Record, record_of
from app.queries.past_targets import PastTarget, targets_on
from app.queries.projects import named

SCAN_LIMIT = 5000  # milestones judged at most for one page of a past day


@dataclass(frozen=True, slots=True)
class MilestonePage:
    """A page of milestones, and the id after which the next one starts; None: this was the last."""

    items: list[MilestoneRecord]
    next_after: int | None


def all_milestones(session: Session, wanted: Selection, on: date) -> Iterator[MilestoneRecord]:
    """Yield every milestone in the order of its document as it read on a day, judged from what was recorded until then.

    Those deleted since come last.
    """
    record = _record(session, wanted, on)
    ids = list(session.scalars(_milestone_ids(wanted).order_by(col(Milestone.plan_id), col(Milestone.position))))
    for some in facts.chunks(ids):
        yield from _records(record, list(milestones_on(record, some).values()))
    yield from _records(record, list(_gone(record, wanted)))


def milestone_page(
    session: Session, wanted: Selection, on: date, *, standing: Standing | None, today: date, after: int, limit: int
) -> MilestonePage:
    """Return up to `limit` milestones by id, after an id, in a standing (None: any).

    Today the projection narrows. For another day up to SCAN_LIMIT milestones are judged, so that a page may hold
    fewer than `limit` and still have a next one. Those deleted since come last, under ids that no other has.
    """
    query = _milestone_ids(wanted).order_by(col(Milestone.id))
    if standing is not None and on == today:
        query = query.join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        query = query.where(col(MilestoneStanding.standing) == standing)
    record = _record(session, wanted, on)
    found: list[MilestoneRecord] = []
    for _ in range(SCAN_LIMIT // facts.CHUNK):
        size = facts.CHUNK if standing is not None and on != today else limit + 1
        ids = list(session.scalars(query.where(col(Milestone.id) > after).limit(size)))
        rows = list(milestones_on(record, ids).values()) if ids else []
        if len(ids) < size:
            rows += (row for row in _gone(record, wanted) if row.id > after)
        records = _records(record, [row for row in rows if standing in (None, row.finding.standing)])
        found += records[: limit + 1 - len(found)]
        if len(found) > limit:
            return MilestonePage(found[:limit], found[limit - 1].id)
        if len(ids) < size:
            return MilestonePage(found, None)
        after = ids[-1]
    return MilestonePage(found, after)


def _record(session: Session, wanted: Selection, on: date) -> Record:
    return record_of(session, on, Scope(wanted.plan_id, wanted.organization_id))


def _gone(record: Record, wanted: Selection) -> Iterator[PastMilestone]:
    """Yield the milestones deleted since: no unit may see them, and no project has them any more."""
    if wanted.organization_id is None and wanted.project is None:
        yield from gone_since(record, record.in_force)


def _records(record: Record, rows: Sequence[PastMilestone]) -> list[MilestoneRecord]:
    """Return milestones as records: those of plans in force that named the unit that asks."""
    plans = set(record.in_force)
    rows = [row for row in rows if row.plan_id in plans and row.shown_to(record.readers)]
    found: list[MilestoneRecord] = []
    for start in range(0, len(rows), facts.CHUNK):
        some = rows[start : start + facts.CHUNK]
        targets = targets_on(record, some)
        ids = [row.id for row in some if row.id < GONE]
        values = latest_values(record.session, ids, record.until) if any(targets.values()) else {}
        done = [row.id for row in some if row.finding.standing in DONE]
        marks = closings.marks(record.session, done, record.until) if done else {}
        found += [
            _milestone(record, row, tuple(_target(item, values) for item in targets.get(row.id, ())), marks.get(row.id))
            for row in some
        ]
    return found


def _milestone(
    record: Record, row: PastMilestone, targets: tuple[TargetRecord, ...], closed: ClosingMark | None
) -> MilestoneRecord:
    finding = row.finding
    responsible, responsible_as_named = _units(row, UnitRole.RESPONSIBLE)
    supporting, supporting_as_named = _units(row, UnitRole.SUPPORTING)
    return MilestoneRecord(
        id=row.id,
        plan=record.plans[row.plan_id].plan.slug,
        key=row.key,
        clause=row.clause,
        units_clause=row.units_clause,
        kind=row.kind,
        place=row.place_name,
        title=row.title,
        detail=row.detail,
        note=row.note,
        document_number=record.plans[row.plan_id].document_number,
        plan_stage=row.stage_name,
        start_on=row.start_on,
        due_on=row.due_on,
        effective_due_on=finding.effective_due_on,
        due_phrase=row.due_phrase,
        due_precision=row.due_precision,
        alternative_due_on=row.alternative_due_on,
        recurrence=row.recurrence,
        responsible=responsible,
        supporting=supporting,
        responsible_as_named=responsible_as_named,
        supporting_as_named=supporting_as_named,
        standing=finding.standing,
        since=finding.since,
        timeliness=finding.timeliness,
        original_timeliness=finding.original_timeliness,
        closing_number=closed.number if closed else None,
        days_late=finding.days_late(record.on),
        days_late_original=finding.days_late_originally(record.on),
        progress_pct=finding.progress_pct,
        reported_on=finding.reported_on,
        projects=(row.project_name,) if row.project_name else (),
        targets=targets,
    )


def _units(row: PastMilestone, role: UnitRole) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the short names of the units in a role, groups spread, and the text's own words for them."""
    units = [unit for unit in row.units if unit.role is role]
    return tuple(unit.short_name for unit in units), tuple(dict.fromkeys(unit.named_as for unit in units))


def _target(target: PastTarget, values: dict[int, tuple[Any, date]]) -> TargetRecord:
    return TargetRecord(
        target.code,
        target.name,
        target.stage,
        target.comparator,
        target.value,
        target.unit,
        target.baseline,
        target.clause,
        *values.get(target.id, (None, None)),
    )


def _milestone_ids(wanted: Selection) -> Any:
    query: Any = sa.select(col(Milestone.id))
    if wanted.plan_id is not None:
        query = query.where(col(Milestone.plan_id) == wanted.plan_id)
    if wanted.organization_id is not None:
        query = query.where(bound_to(wanted.organization_id))
    if wanted.project is not None:
        query = query.where(col(Milestone.project_id).in_(sa.select(col(Project.id)).where(named(wanted.project))))
    return query


def bound_to(organization_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a unit is bound to the milestone."""
    return sa.exists().where(
        col(MilestoneUnit.milestone_id) == col(Milestone.id), col(MilestoneUnit.organization_id) == organization_id
    )
