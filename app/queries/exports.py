"""Milestones for export and for the JSON interface: whole records, judged on any day, in few statements."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.deadlines import days_late
from app.domain.standing import StandingFinding, judge
from app.domain.vocabulary import Standing, UnitRole
from app.models import (
    Indicator,
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    Organization,
    Place,
    Plan,
    Project,
    Stage,
    Target,
)
from app.queries import facts
from app.queries.export_rows import MilestoneRecord, Selection, TargetRecord
from app.queries.measurements import latest_values
from app.queries.projects import named

SCAN_LIMIT = 5000  # milestones judged at most for one page of a past day
Units = dict[tuple[int, UnitRole], tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class MilestonePage:
    """A page of milestones, and the id after which the next one starts; None: this was the last."""

    items: list[MilestoneRecord]
    next_after: int | None


def all_milestones(session: Session, wanted: Selection, on: date) -> Iterator[MilestoneRecord]:
    """Yield every milestone in the order of its document, judged on a day from the facts recorded until then."""
    ids = list(session.scalars(_milestone_ids(wanted).order_by(col(Milestone.plan_id), col(Milestone.position))))
    for start in range(0, len(ids), facts.CHUNK):
        yield from milestones(session, ids[start : start + facts.CHUNK], on)


def milestone_page(
    session: Session, wanted: Selection, on: date, *, standing: Standing | None, today: date, after: int, limit: int
) -> MilestonePage:
    """Return up to `limit` milestones by id, after an id, in a standing (None: any).

    Today the projection narrows. For another day up to SCAN_LIMIT milestones are judged, so that a page may hold
    fewer than `limit` and still have a next one.
    """
    query = _milestone_ids(wanted).order_by(col(Milestone.id))
    if standing is not None and on == today:
        query = query.join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        query = query.where(col(MilestoneStanding.standing) == standing)
    found: list[MilestoneRecord] = []
    for _ in range(SCAN_LIMIT // facts.CHUNK):
        size = facts.CHUNK if standing is not None and on != today else limit + 1
        ids = list(session.scalars(query.where(col(Milestone.id) > after).limit(size)))
        rows = milestones(session, ids, on)
        found += [row for row in rows if standing is None or row.standing is standing]
        if len(found) > limit:
            return MilestonePage(found[:limit], found[limit - 1].id)
        if len(ids) < size:
            return MilestonePage(found, None)
        after = ids[-1]
    return MilestonePage(found, after)


def milestones(session: Session, ids: Sequence[int], on: date) -> list[MilestoneRecord]:
    """Return the given milestones (at most facts.CHUNK), in that order, judged on a day from the facts known then."""
    if not ids:
        return []
    until = day_end(on)
    policies = facts.policies(session)
    judged = {
        item.milestone_id: (item, judge(item.facts, on, policies[item.plan_id]))
        for item in facts.gather(session, ids, until)
    }
    units, targets = _units(session, ids), _targets(session, ids, until)
    heads = {row["id"]: row for row in session.execute(_heads(until).where(col(Milestone.id).in_(ids))).mappings()}
    return [
        _milestone(dict(heads[milestone_id]), judged[milestone_id][1], on, units, targets.get(milestone_id, ()))
        for milestone_id in ids
    ]


def _milestone(
    head: dict[str, Any], finding: StandingFinding, on: date, units: Units, targets: tuple[TargetRecord, ...]
) -> MilestoneRecord:
    project = head.pop("project")
    responsible, responsible_as_named = units.get((head["id"], UnitRole.RESPONSIBLE), ((), ()))
    supporting, supporting_as_named = units.get((head["id"], UnitRole.SUPPORTING), ((), ()))
    return MilestoneRecord(
        **head,
        effective_due_on=finding.effective_due_on,
        responsible=responsible,
        supporting=supporting,
        responsible_as_named=responsible_as_named,
        supporting_as_named=supporting_as_named,
        standing=finding.standing,
        since=finding.since,
        timeliness=finding.timeliness,
        days_late=finding.days_late(on),
        days_late_original=days_late(head["due_on"], finding.clock_stopped_on or on),
        progress_pct=finding.progress_pct,
        reported_on=finding.reported_on,
        projects=(project,) if project else (),
        targets=targets,
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


def _heads(until: datetime) -> Any:
    return (
        sa.select(
            col(Milestone.id),
            col(Plan.slug).label("plan"),
            col(Milestone.key),
            col(Milestone.clause),
            col(Milestone.units_clause),
            col(Milestone.kind),
            col(Place.name).label("place"),
            col(Milestone.title),
            col(Milestone.detail),
            col(Milestone.note),
            col(Plan.document_number),
            col(Stage.name).label("plan_stage"),
            col(Milestone.start_on),
            facts.original_due_on(until),
            col(Milestone.due_phrase),
            col(Milestone.due_precision),
            col(Milestone.alternative_due_on),
            col(Milestone.recurrence),
            col(Project.name).label("project"),
        )
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .outerjoin(Stage, col(Stage.id) == col(Milestone.stage_id))
        .outerjoin(Project, col(Project.id) == col(Milestone.project_id))
    )


def _units(session: Session, ids: Sequence[int]) -> Units:
    """Return short names and the text's own words for the units, by (milestone id, role)."""
    query = (
        sa.select(
            col(MilestoneUnit.milestone_id),
            col(MilestoneUnit.role),
            col(Organization.short_name),
            col(MilestoneUnit.named_as),
        )
        .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
        .where(col(MilestoneUnit.milestone_id).in_(ids))
        .order_by(col(MilestoneUnit.position))
    )
    found: dict[tuple[int, UnitRole], list[tuple[str, str]]] = defaultdict(list)
    for milestone_id, role, short_name, named_as in session.execute(query):
        found[milestone_id, role].append((short_name, named_as))
    return {
        key: (tuple(name for name, _ in pairs), tuple(dict.fromkeys(word for _, word in pairs)))
        for key, pairs in found.items()
    }


def _targets(session: Session, ids: Sequence[int], until: datetime) -> dict[int, tuple[TargetRecord, ...]]:
    query = (
        sa.select(Target, col(Indicator.code), col(Indicator.name))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Target.milestone_id).in_(ids), col(Target.retired_by_id).is_(None))
        .order_by(col(Target.milestone_id), col(Target.position), col(Target.id))
    )
    rows = session.execute(query).all()
    values = latest_values(session, ids, until) if rows else {}
    found: dict[int, list[TargetRecord]] = defaultdict(list)
    for target, code, name in rows:
        measured, measured_on = values.get(target.id, (None, None))
        found[target.milestone_id].append(
            TargetRecord(
                code,
                name,
                target.stage,
                target.comparator,
                target.value,
                target.unit,
                target.baseline,
                target.clause,
                measured,
                measured_on,
            )
        )
    return {milestone_id: tuple(items) for milestone_id, items in found.items()}
