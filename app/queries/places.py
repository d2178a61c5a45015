"""Reads of places: the list with filters, and everything on one place's page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.succession import predecessors
from app.domain.vocabulary import PlaceKind
from app.models import Milestone, MilestoneStanding, Organization, Place, Plan, Project
from app.queries.name_search import sounds_like
from app.queries.plans import in_scope, plans_in_scope

PAGE = 50


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """What the list is narrowed to; None and empty do not narrow. `place_id`: it and the places below it."""

    text: str = ""
    kind: PlaceKind | None = None
    place_id: int | None = None
    plan_id: int | None = None
    ended: bool | None = None


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A line of the list; `plans` and `milestones` count what lies there within the reader's scope."""

    plans: int
    milestones: int
    id: int
    name: str
    path: str
    kind: PlaceKind
    code: str | None
    parent_id: int | None
    valid_from: date | None
    valid_to: date | None
    successor_id: int | None
    successor_path: str | None

    @property
    def above(self) -> str:
        """The path of what it lies in; empty at the top."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class PlaceList:
    """A page of the list: which one of how many, and how many places there are over all."""

    rows: tuple[PlaceRow, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))


@dataclass(frozen=True, slots=True)
class PlacePlan:
    """What one plan has at a place, or at one that the place took over from."""

    place_id: int
    slug: str
    title: str
    is_area: bool  # the plan is the place's own
    milestones: int


def list_places(session: Session, scope: Scope, wanted: PlaceFilter, *, today: date, number: int = 1) -> PlaceList:
    """Return one page of the places, by division code, zones last; a page beyond the last is the last."""
    conditions = _conditions(wanted, today)
    count = session.scalar(sa.select(sa.func.count()).select_from(Place).where(*conditions)) or 0
    number = max(1, min(number, -(-count // PAGE)))
    query = _lines().where(*conditions).order_by(col(Place.sort_key), col(Place.id))
    found = session.execute(query.limit(PAGE).offset((number - 1) * PAGE)).all()
    plans: dict[int, set[str]] = defaultdict(set)
    milestones: dict[int, int] = defaultdict(int)
    for row in plans_at(session, scope, [row.id for row in found]):
        plans[row.place_id].add(row.slug)
        milestones[row.place_id] += row.milestones
    rows = tuple(PlaceRow(len(plans[row.id]), milestones[row.id], *row) for row in found)
    return PlaceList(rows, count, number)


def places_after(session: Session, after: int, limit: int) -> list[PlaceRow]:
    """Return places by id, after an id, for those who read them by machine; nothing is counted."""
    query = _lines().where(col(Place.id) > after).order_by(col(Place.id)).limit(limit)
    return [PlaceRow(0, 0, *row) for row in session.execute(query)]


def _lines() -> sa.Select[Any]:
    successor = aliased(Place)
    columns: list[Any] = [
        col(Place.id),
        col(Place.name),
        col(Place.path),
        col(Place.kind),
        col(Place.code),
        col(Place.parent_id),
        col(Place.valid_from),
        col(Place.valid_to),
        col(Place.successor_id),
        successor.path,
    ]
    return sa.select(*columns).outerjoin(successor, col(successor.id) == col(Place.successor_id))


def _conditions(wanted: PlaceFilter, today: date) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.text:
        conditions.append(
            sa.or_(
                col(Place.path).icontains(wanted.text, autoescape=True),
                col(Place.code).startswith(wanted.text, autoescape=True),
                # Only places without a code are sorted by pinyin; the others' key is their code.
                sounds_like(col(Place.sort_key), wanted.text),
            )
        )
    if wanted.kind is not None:
        conditions.append(col(Place.kind) == wanted.kind)
    if wanted.place_id is not None:
        conditions.append(col(Place.id).in_(within(wanted.place_id)))
    if wanted.plan_id is not None:
        conditions.append(of_plan(wanted.plan_id))
    if wanted.ended is not None:
        over = sa.and_(col(Place.valid_to).is_not(None), col(Place.valid_to) < today)
        conditions.append(over if wanted.ended else sa.not_(over))
    return conditions


def of_plan(plan_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a plan has a milestone or a project at the place, or is the place's own."""
    used = [sa.select(col(row.place_id)).where(col(row.plan_id) == plan_id) for row in (Milestone, Project)]
    used.append(sa.select(col(Plan.place_id)).where(col(Plan.id) == plan_id))
    return sa.or_(*(col(Place.id).in_(query) for query in used))


def within(place_id: int) -> sa.Select[Any]:
    """Return the ids of a place and of everything below it, as a subquery."""
    above = aliased(Place)
    below = sa.or_(
        col(Place.id) == place_id,
        sa.func.substr(col(Place.path), 1, sa.func.length(above.path) + 1) == above.path.concat("/"),  # type: ignore[attr-defined]
    )
    return sa.select(col(Place.id)).join(above, col(above.id) == place_id).where(below)


def plans_at(session: Session, scope: Scope, ids: Sequence[int]) -> list[PlacePlan]:
    """Return what each plan in scope has at each of some places: its milestones there, or its whole area."""
    counts = (
        sa.select(col(MilestoneStanding.place_id), col(MilestoneStanding.plan_id), sa.func.count())
        .where(col(MilestoneStanding.place_id).in_(ids), *in_scope(scope))
        .group_by(col(MilestoneStanding.place_id), col(MilestoneStanding.plan_id))
    )
    found = {(place_id, plan_id): count for place_id, plan_id, count in session.execute(counts)}
    head = sa.select(col(Plan.id), col(Plan.slug), col(Plan.short_title), col(Plan.place_id))
    heads = session.execute(head.where(*plans_in_scope(scope)).order_by(col(Plan.sort_key))).all()
    return [
        PlacePlan(place_id, slug, title, area == place_id, found.get((place_id, plan_id), 0))
        for place_id in ids
        for plan_id, slug, title, area in heads
        if area == place_id or (place_id, plan_id) in found
    ]


def paths(session: Session, limit: int) -> list[tuple[int, str]]:
    """Return places as (id, path), by path so that what lies below follows its parent, as choices of a form."""
    query = sa.select(col(Place.id), col(Place.path)).order_by(col(Place.path)).limit(limit)
    return [(row[0], row[1]) for row in session.execute(query)]


def children(session: Session, place_id: int) -> list[Place]:
    """Return the places directly below a place, by division code."""
    query = sa.select(Place).where(col(Place.parent_id) == place_id)
    return list(session.scalars(query.order_by(col(Place.sort_key), col(Place.id))))


def units_at(session: Session, place_id: int) -> int:
    """Return how many units belong to a place or one below it."""
    query = sa.select(sa.func.count()).select_from(Organization).where(col(Organization.place_id).in_(within(place_id)))
    return session.scalar(query) or 0


def succession(session: Session) -> dict[int, int]:
    """Return each former place's successor, by id."""
    query = sa.select(col(Place.id), col(Place.successor_id)).where(col(Place.successor_id).is_not(None))
    return {row[0]: row[1] for row in session.execute(query)}


def predecessors_of(session: Session, place_id: int) -> list[Place]:
    """Return every place that became this one, directly or through others."""
    ids = predecessors(place_id, succession(session))
    if not ids:
        return []
    query = sa.select(Place).where(col(Place.id).in_(ids))
    return list(session.scalars(query.order_by(col(Place.valid_to), col(Place.sort_key))))


def in_line(path: str) -> sa.ColumnElement[bool]:
    """Return the condition that a place is the one at `path`, above it or below it."""
    parts = path.split("/")
    above = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return sa.or_(col(Place.path).in_(above), below(path))


def below(path: str) -> sa.ColumnElement[bool]:
    """Return the condition that a place lies below the one at `path`, letter by letter: LIKE knows no capitals."""
    return sa.func.substr(col(Place.path), 1, len(path) + 1) == f"{path}/"


def plans_around(session: Session, path: str) -> list[int]:
    """Return the ids of the plans whose area is a place, lies above it or below it."""
    query = sa.select(col(Plan.id)).join(Place, col(Place.id) == col(Plan.place_id)).where(in_line(path))
    return list(session.scalars(query))


def areas_around(session: Session, path: str) -> list[str]:
    """Return the paths of those plans' areas, each once."""
    query = sa.select(col(Place.path)).join(Plan, col(Plan.place_id) == col(Place.id)).where(in_line(path))
    return list(session.scalars(query.distinct()))
