"""Keep the names of units unambiguous: whatever a text or a person writes means one unit of its plan or place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import MilestoneUnit, Organization, OrganizationAlias, Place, Plan, UnitGroup, UnitGroupMember
from app.queries import organizations, places
from app.queries.references import named_in_revisions
from app.services.entries import name_problem
from app.services.errors import Message, msg


@dataclass(frozen=True, slots=True)
class UnitNames:
    """All names of one unit."""

    name: str
    short_name: str
    aliases: tuple[str, ...]

    @property
    def every(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((self.name, self.short_name, *self.aliases)))

    def by_field(self) -> Iterator[tuple[str, str]]:
        """Yield (field of the form, name)."""
        yield "name", self.name
        yield "short_name", self.short_name
        for alias in self.aliases:
            yield "aliases", alias


def name_problems(session: Session, names: UnitNames, place_path: str, own_id: int | None) -> dict[str, Message]:
    """Return what keeps these names from being a unit's, by field.

    A full name means its unit everywhere, so it is nobody else's name at all. Short names and aliases are unique
    among the units of a place and of what lies above and below it, of the area of each plan around it, as a plan
    knows every unit of its area by them, and of each plan that names the unit.
    """
    problems = {
        field: problem
        for field, word in names.by_field()
        if (problem := name_problem(word, longest=80 if field == "short_name" else 120))
    }
    if "、" not in names.name and any("、" in alias for alias in names.aliases):
        problems["aliases"] = msg("write one alias a line, without 、 between them")
    if problems:
        return problems
    plan_ids = organizations.plans_naming(session, own_id) if own_id is not None else []
    for other in _others(session, names.every, own_id, _around(session, place_path, plan_ids)):
        problems |= _clashes(names, other)
    for group, plan in _groups(session, names.every, place_path, plan_ids):
        for field, word in names.by_field():
            if word == group:
                problems[field] = msg("%(word)s stands for several units in the plan %(plan)s", word=word, plan=plan)
    return problems


def words_still_written(session: Session, before: UnitNames, after: UnitNames, own_id: int) -> list[str]:
    """Return the names that a unit is about to lose although plans write it so."""
    lost = [word for word in before.every if word not in after.every]
    if not lost:
        return []
    written: set[str] = set()
    for row in (MilestoneUnit, UnitGroupMember):
        query = sa.select(col(row.named_as)).where(col(row.organization_id) == own_id, col(row.named_as).in_(lost))
        written |= set(session.scalars(query.distinct()))
    written |= set(named_in_revisions(session, lost, organizations.plans_naming(session, own_id)))
    return [word for word in lost if word in written]


@dataclass(frozen=True, slots=True)
class _Other:
    """Another unit that has one of the names; `near`: within the same place or plan."""

    name: str
    names: frozenset[str]
    near: bool


def _clashes(names: UnitNames, other: _Other) -> dict[str, Message]:
    found: dict[str, Message] = {}
    for field, word in names.by_field():
        if word == other.name:
            found[field] = (
                msg("there is a unit of this full name already")
                if field == "name"
                else msg("%(word)s is the full name of another unit", word=word)
            )
        elif word in other.names and (field == "name" or other.near):
            found[field] = msg("%(unit)s goes by %(word)s already", unit=other.name, word=word)
    return found


def _others(
    session: Session, words: tuple[str, ...], own_id: int | None, near: sa.ColumnElement[bool]
) -> Iterator[_Other]:
    aliased = sa.select(col(OrganizationAlias.organization_id)).where(col(OrganizationAlias.alias).in_(words))
    query = (
        sa.select(col(Organization.id), col(Organization.name), col(Organization.short_name), near)
        .join(Place, col(Place.id) == col(Organization.place_id))
        .where(
            sa.or_(
                col(Organization.name).in_(words),
                col(Organization.short_name).in_(words),
                col(Organization.id).in_(aliased),
            )
        )
        .order_by(col(Organization.id))
    )
    if own_id is not None:
        query = query.where(col(Organization.id) != own_id)
    rows = session.execute(query).all()
    aliases = organizations.aliases_of(session, [row[0] for row in rows])
    for unit_id, name, short_name, is_near in rows:
        yield _Other(name, frozenset((short_name, *aliases.get(unit_id, ()))), bool(is_near))


def _around(session: Session, place_path: str, plan_ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a unit is met where this one is: in its place's line, in an area, or in a plan."""
    areas = places.areas_around(session, place_path)
    lines = [places.in_line(path) for path in {place_path, *areas}]
    return sa.or_(*lines, *(organizations.named_by(plan_id) for plan_id in plan_ids))


def _groups(session: Session, words: tuple[str, ...], place_path: str, plan_ids: list[int]) -> list[tuple[str, str]]:
    """Return (collective name, plan) of the plans that name the unit or lie around its place."""
    query = (
        sa.select(col(UnitGroup.name), col(Plan.short_title))
        .join(Plan, col(Plan.id) == col(UnitGroup.plan_id))
        .join(Place, col(Place.id) == col(Plan.place_id))
        .where(col(UnitGroup.name).in_(words), sa.or_(col(Plan.id).in_(plan_ids), places.in_line(place_path)))
    )
    return [(row[0], row[1]) for row in session.execute(query)]
