"""Milestones as they stood at the end of a past day: wording, place, units and dates as recorded then, and judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.domain.standing import MilestoneFacts, StandingFinding, judge
from app.domain.vocabulary import ChangeSubject, DecisionKind, MilestoneKind, Precision
from app.models import Milestone, Place, PlanChange, PlanRevision, Project, Stage
from app.queries import facts
from app.queries.milestones import GONE, UnitRow, units_of
from app.queries.past_plans import Part, Record, first_changes, read_part, recorded_before
from app.queries.past_units import bound_by, parts_of, reads_as_now


@dataclass(frozen=True, slots=True)
class PastMilestone:
    """A milestone at the end of a day; `due_on`, its phrase and precision are those of the original date.

    `part` is how its record read where that was changed since, None: as now. `place_id` 0: no such place any more.
    """

    id: int
    plan_id: int
    key: str
    series: str | None
    kind: MilestoneKind
    title: str
    detail: str
    note: str | None
    clause: str
    units_clause: str | None
    place_id: int
    place_name: str
    place_sort: str
    stage_key: str | None
    stage_name: str | None
    project_id: int | None
    project_name: str | None
    start_on: date
    due_on: date
    due_phrase: str
    due_precision: Precision
    alternative_due_on: date | None
    recurrence: str | None
    position: int
    units: tuple[UnitRow, ...]
    facts: MilestoneFacts
    finding: StandingFinding
    part: Part | None = None

    @property
    def gone(self) -> bool:
        """Tell whether it was deleted since, as a mistake of recording."""
        return self.id >= GONE

    def names(self, organization_id: int) -> bool:
        """Tell whether a unit was bound to it."""
        return any(unit.organization_id == organization_id for unit in self.units)

    def shown_to(self, readers: frozenset[int] | None) -> bool:
        """Tell whether it named one of these units; None: everybody reads it."""
        return readers is None or any(unit.organization_id in readers for unit in self.units)


def milestones_on(record: Record, ids: Sequence[int]) -> dict[int, PastMilestone]:
    """Return the given milestones (at most facts.CHUNK) that were on record that day, by id, in order of the ids."""
    rows = {row.id: row for row in record.session.execute(_rows().where(col(Milestone.id).in_(ids)))}
    known = {item.milestone_id: item.facts for item in facts.gather(record.session, list(rows), record.until)}
    parts = _parts(record, list(rows)) if any(plan.revised for plan in record.plans.values()) else {}
    absent = [item for item, part in parts.items() if part is None]
    withdrawn = [item for item in absent if _withdrawn(known[item])]
    last = _last_wordings(record, withdrawn) if withdrawn else {}
    units = units_of(record.session, list(rows))
    found: dict[int, PastMilestone] = {}
    for item in ids:
        if item in rows and rows[item].plan_id in record.plans and (parts.get(item, {}) is not None or item in last):
            part = parts.get(item) or last.get(item)
            found[item] = _past(record, rows[item], known[item], tuple(units.get(item, ())), part)
    return found


def gone_since(
    record: Record, plan_ids: Sequence[int], changes: Sequence[int] | None = None
) -> Iterator[PastMilestone]:
    """Yield the milestones of some plans that were on record that day and have been deleted since.

    Nobody had recorded anything on them. Their ids begin at GONE. `changes`: only those that these changes deleted.
    """
    revised = [plan_id for plan_id in plan_ids if record.plans[plan_id].revised]
    if not revised:
        return
    first = first_changes(
        record.until, col(PlanChange.subject) == ChangeSubject.MILESTONE, col(PlanChange.plan_id).in_(revised)
    )
    there = sa.exists().where(
        col(Milestone.plan_id) == col(PlanChange.plan_id), col(Milestone.key) == col(PlanChange.key)
    )
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(PlanChange.id), col(PlanChange.plan_id), col(PlanChange.key), col(PlanChange.before))
        .where(col(PlanChange.id).in_(first), col(PlanChange.before).is_not(None), ~there)
        .order_by(col(PlanChange.id))
    )
    if changes is not None:
        query = query.where(col(PlanChange.id).in_(changes))
    for row in record.session.execute(query):
        part = read_part(row.before)
        assert part is not None
        yield _gone(record, row.id, row.plan_id, row.key, part)


def _rows() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *Milestone.__table__.columns,  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
            col(Place.name).label("place_name"),
            col(Place.sort_key).label("place_sort"),
            col(Stage.key).label("stage_key"),
            col(Project.key).label("project_key"),
        )
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .outerjoin(Stage, col(Stage.id) == col(Milestone.stage_id))
        .outerjoin(Project, col(Project.id) == col(Milestone.project_id))
    )


def _parts(record: Record, ids: Sequence[int]) -> dict[int, Part | None]:
    """Return how the record of milestones read that was changed since; None: they were not in the plan."""
    first = first_changes(record.until, *_of_milestones(ids))
    query = (
        sa.select(col(Milestone.id), col(PlanChange.before))
        .join(Milestone, _same())
        .where(col(PlanChange.id).in_(first), col(Milestone.id).in_(ids))
    )
    return {row.id: read_part(row.before) for row in record.session.execute(query)}


def _last_wordings(record: Record, ids: Sequence[int]) -> dict[int, Part | None]:
    """Return how milestones out of the plan that day read last; None: as now."""
    last = (
        sa.select(sa.func.max(col(PlanChange.id)))
        .join(PlanRevision, col(PlanRevision.id) == col(PlanChange.revision_id))
        .where(recorded_before(record.until), *_of_milestones(ids))
        .group_by(col(PlanChange.plan_id), col(PlanChange.key))
    )
    text = sa.func.coalesce(col(PlanChange.after), col(PlanChange.before))
    query = sa.select(col(Milestone.id), text.label("text")).join(Milestone, _same())
    rows = record.session.execute(query.where(col(PlanChange.id).in_(last), col(Milestone.id).in_(ids)))
    return dict.fromkeys(ids) | {row.id: read_part(row.text) for row in rows}


def _of_milestones(ids: Sequence[int]) -> tuple[sa.ColumnElement[bool], ...]:
    named = sa.select(col(Milestone.plan_id), col(Milestone.key)).where(col(Milestone.id).in_(ids))
    return (
        col(PlanChange.subject) == ChangeSubject.MILESTONE,
        sa.tuple_(col(PlanChange.plan_id), col(PlanChange.key)).in_(named),
    )


def _same() -> sa.ColumnElement[bool]:
    return sa.and_(col(Milestone.plan_id) == col(PlanChange.plan_id), col(Milestone.key) == col(PlanChange.key))


def _withdrawn(known: MilestoneFacts) -> bool:
    """Tell whether it was taken out of the plan, and kept as withdrawn."""
    return any(item.kind is DecisionKind.WITHDRAW for item in known.decisions)


def _handled(known: MilestoneFacts) -> bool:
    """Tell whether somebody had recorded on it: from then on its original date stays where it is."""
    return bool(known.reports or known.decisions or known.later_dues)


def _past(
    record: Record, row: sa.Row[*tuple[Any, ...]], known: MilestoneFacts, units: tuple[UnitRow, ...], part: Part | None
) -> PastMilestone:
    plan = record.plans[row.plan_id]
    if part is not None or not reads_as_now(plan, units):
        units = bound_by(record, row.plan_id, part, units)
        known = replace(known, parts=parts_of(units, known))
    if part is not None:
        known = replace(known, start_on=_day(part["start_on"]))
        if not _handled(known):
            known = replace(known, due_on=_day(part["due"]["on"]), precision=Precision(part["due"]["precision"]))
    words = _words(row) if part is None else _words_then(record, row.plan_id, part)
    if part is None or _handled(known):
        words |= {name: getattr(row, name) for name in ("due_phrase", "alternative_due_on", "recurrence")}
    stage = row.stage_key if part is None else part.get("stage")
    project = row.project_key if part is None else part.get("project")
    return PastMilestone(
        id=row.id,
        plan_id=row.plan_id,
        key=row.key,
        stage_key=stage,
        stage_name=record.stage_name(row.plan_id, stage),
        **record.project_columns(row.plan_id, project),
        start_on=known.start_on,
        due_on=known.original_due_on,
        due_precision=known.precision,
        position=row.position,
        units=units,
        facts=known,
        finding=judge(known, record.on, plan.policy),
        part=part,
        **words,
    )


def _gone(record: Record, change_id: int, plan_id: int, key: str, part: Part) -> PastMilestone:
    known = MilestoneFacts(_day(part["start_on"]), _day(part["due"]["on"]), Precision(part["due"]["precision"]))
    stage, plan = part.get("stage"), record.plans[plan_id]
    return PastMilestone(
        id=GONE + change_id,
        plan_id=plan_id,
        key=key,
        stage_key=stage,
        stage_name=record.stage_name(plan_id, stage),
        **record.project_columns(plan_id, part.get("project")),
        start_on=known.start_on,
        due_on=known.due_on,
        due_precision=known.precision,
        position=change_id,
        units=bound_by(record, plan_id, part, ()),
        facts=known,
        finding=judge(known, record.on, plan.policy),
        part=part,
        **_words_then(record, plan_id, part),
    )


def _words(row: sa.Row[*tuple[Any, ...]]) -> dict[str, Any]:
    names = ("series", "kind", "title", "detail", "note", "clause", "units_clause")
    return {name: getattr(row, name) for name in (*names, "place_id", "place_name", "place_sort")}


def _words_then(record: Record, plan_id: int, part: Part) -> dict[str, Any]:
    place, other = record.place(plan_id, part["place"]), part["due"].get("alternative_on")
    return {
        "series": part.get("series"),
        "kind": MilestoneKind(part["kind"]),
        "title": part["title"],
        "detail": part.get("detail", ""),
        "note": part.get("note"),
        "clause": part["clause"],
        "units_clause": part.get("units_clause"),
        "recurrence": part["due"]["phrase"] if part.get("series") else None,
        "place_id": place.id if place else 0,
        "place_name": place.name if place else part["place"],
        "place_sort": place.sort_key if place else "",
        "due_phrase": part["due"]["phrase"],
        "alternative_due_on": _day(other) if other else None,
    }


def _day(text: str) -> date:
    return date.fromisoformat(text)
