"""Reads of organizations: the list with filters, and everything on one unit's page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.vocabulary import OrganizationKind
from app.models import (
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    Organization,
    OrganizationAlias,
    Place,
    Plan,
    UnitGroup,
    UnitGroupMember,
)
from app.queries.name_search import sounds_like
from app.queries.places import within
from app.queries.plans import in_scope, plans_in_scope

PAGE = 50


@dataclass(frozen=True, slots=True)
class OrganizationFilter:
    """What the list is narrowed to; None and empty do not narrow. `place_id` takes the places below it along."""

    text: str = ""
    kind: OrganizationKind | None = None
    place_id: int | None = None
    plan_id: int | None = None
    ended: bool | None = None


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """A line of the list; `plans` and `milestones` count what names the unit within the reader's scope."""

    aliases: tuple[str, ...]
    plans: int
    milestones: int
    id: int
    name: str
    short_name: str
    kind: OrganizationKind
    place_id: int
    place_path: str
    valid_from: date | None
    valid_to: date | None
    successor_id: int | None
    successor_name: str | None


@dataclass(frozen=True, slots=True)
class OrganizationList:
    """A page of the list: which one of how many, and how many units there are over all."""

    rows: tuple[OrganizationRow, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))


def list_organizations(
    session: Session, scope: Scope, wanted: OrganizationFilter, *, today: date, number: int = 1
) -> OrganizationList:
    """Return one page of the units, by pinyin of the short name; a page beyond the last is the last."""
    conditions = _conditions(wanted, today)
    count = session.scalar(sa.select(sa.func.count()).select_from(Organization).where(*conditions)) or 0
    number = max(1, min(number, -(-count // PAGE)))
    query = _lines().where(*conditions).order_by(col(Organization.sort_key), col(Organization.id))
    found = session.execute(query.limit(PAGE).offset((number - 1) * PAGE)).all()
    return OrganizationList(_rows(session, scope, found), count, number)


def organizations_after(session: Session, after: int, limit: int) -> list[OrganizationRow]:
    """Return units by id, after an id, for those who read them by machine; nothing is counted."""
    query = _lines().where(col(Organization.id) > after).order_by(col(Organization.id)).limit(limit)
    found = session.execute(query).all()
    names = aliases_of(session, [row.id for row in found])
    return [OrganizationRow(names.get(row.id, ()), 0, 0, *row) for row in found]


def _lines() -> sa.Select[Any]:
    successor = aliased(Organization)
    columns: list[Any] = [
        col(Organization.id),
        col(Organization.name),
        col(Organization.short_name),
        col(Organization.kind),
        col(Organization.place_id),
        col(Place.path),
        col(Organization.valid_from),
        col(Organization.valid_to),
        col(Organization.successor_id),
        successor.name,
    ]
    return (
        sa.select(*columns)
        .join(Place, col(Place.id) == col(Organization.place_id))
        .outerjoin(successor, col(successor.id) == col(Organization.successor_id))
    )


def _rows(session: Session, scope: Scope, found: Sequence[Any]) -> tuple[OrganizationRow, ...]:
    ids = [row.id for row in found]
    names, plans = aliases_of(session, ids), defaultdict[int, set[int]](set)
    milestones: dict[int, int] = defaultdict(int)
    for organization_id, plan_id, count in session.execute(_naming(scope, ids)):
        plans[organization_id].add(plan_id)
        milestones[organization_id] += count
    kept = sa.select(col(Plan.office_id), col(Plan.id)).where(col(Plan.office_id).in_(ids), *plans_in_scope(scope))
    for organization_id, plan_id in session.execute(kept):
        plans[organization_id].add(plan_id)
    return tuple(OrganizationRow(names.get(row.id, ()), len(plans[row.id]), milestones[row.id], *row) for row in found)


def _naming(scope: Scope, ids: Sequence[int]) -> sa.Select[Any]:
    """Return the count of milestones that name each unit, by plan; in both roles counts once."""
    count: Any = sa.func.count(sa.distinct(col(MilestoneUnit.milestone_id)))
    return (
        sa.select(col(MilestoneUnit.organization_id), col(MilestoneStanding.plan_id), count)
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(MilestoneUnit.milestone_id))
        .where(col(MilestoneUnit.organization_id).in_(ids), *in_scope(scope))
        .group_by(col(MilestoneUnit.organization_id), col(MilestoneStanding.plan_id))
    )


def aliases_of(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the aliases of each unit that has any."""
    query = sa.select(col(OrganizationAlias.organization_id), col(OrganizationAlias.alias))
    query = query.where(col(OrganizationAlias.organization_id).in_(ids)).order_by(col(OrganizationAlias.alias))
    found: dict[int, list[str]] = defaultdict(list)
    for organization_id, alias in session.execute(query):
        found[organization_id].append(alias)
    return {key: tuple(values) for key, values in found.items()}


def _conditions(wanted: OrganizationFilter, today: date) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.text:
        conditions.append(_named_like(wanted.text))
    if wanted.kind is not None:
        conditions.append(col(Organization.kind) == wanted.kind)
    if wanted.place_id is not None:
        conditions.append(col(Organization.place_id).in_(within(wanted.place_id)))
    if wanted.plan_id is not None:
        conditions.append(named_by(wanted.plan_id))
    if wanted.ended is not None:
        over = sa.and_(col(Organization.valid_to).is_not(None), col(Organization.valid_to) < today)
        conditions.append(over if wanted.ended else sa.not_(over))
    return conditions


def _named_like(text: str) -> sa.ColumnElement[bool]:
    aliases = sa.select(col(OrganizationAlias.organization_id)).where(
        col(OrganizationAlias.alias).icontains(text, autoescape=True)
    )
    return sa.or_(
        col(Organization.name).icontains(text, autoescape=True),
        col(Organization.short_name).icontains(text, autoescape=True),
        col(Organization.id).in_(aliases),
        sounds_like(col(Organization.sort_key), text),
    )


def named_by(plan_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a plan names the unit: in a milestone, in a collective name, or as its office."""
    bound = (
        sa.select(col(MilestoneUnit.organization_id))
        .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
        .where(col(Milestone.plan_id) == plan_id)
    )
    member = (
        sa.select(col(UnitGroupMember.organization_id))
        .join(UnitGroup, col(UnitGroup.id) == col(UnitGroupMember.group_id))
        .where(col(UnitGroup.plan_id) == plan_id)
    )
    office = sa.select(col(Plan.office_id)).where(col(Plan.id) == plan_id)
    return sa.or_(*(col(Organization.id).in_(query) for query in (bound, member, office)))


def plans_naming(session: Session, organization_id: int) -> list[int]:
    """Return the ids of the plans that name a unit."""
    bound = (
        sa.select(col(Milestone.plan_id))
        .join(MilestoneUnit, col(MilestoneUnit.milestone_id) == col(Milestone.id))
        .where(col(MilestoneUnit.organization_id) == organization_id)
    )
    member = (
        sa.select(col(UnitGroup.plan_id))
        .join(UnitGroupMember, col(UnitGroupMember.group_id) == col(UnitGroup.id))
        .where(col(UnitGroupMember.organization_id) == organization_id)
    )
    office = sa.select(col(Plan.id)).where(col(Plan.office_id) == organization_id)
    return sorted(set(session.scalars(sa.union(bound, member, office))))


def full_names(session: Session, limit: int) -> list[str]:
    """Return units' full names by pinyin, as what a form offers to choose from."""
    query = sa.select(col(Organization.name)).order_by(col(Organization.sort_key), col(Organization.id))
    return list(session.scalars(query.limit(limit)))


def succession(session: Session) -> dict[int, int]:
    """Return each ended unit's successor, by id."""
    query = sa.select(col(Organization.id), col(Organization.successor_id))
    return {row[0]: row[1] for row in session.execute(query.where(col(Organization.successor_id).is_not(None)))}


def supervision(session: Session) -> dict[int, int]:
    """Return each supervised unit's supervisor (主管单位), by id."""
    query = sa.select(col(Organization.id), col(Organization.supervisor_id))
    return {row[0]: row[1] for row in session.execute(query.where(col(Organization.supervisor_id).is_not(None)))}
