"""Reads of posts: a unit's holders, who was responsible in units on a day, units for which nobody is on record."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.postings import ANSWERING, Held, responsible
from app.domain.vocabulary import UnitRole
from app.models import CaseMilestone, Milestone, MilestoneUnit, Organization, Plan, Posting

PAGE = 20


@dataclass(frozen=True, slots=True)
class UnitPerson:
    """A unit and who answered for it on a day, with the post; None: nobody is on record."""

    organization_id: int
    name: str
    person: str | None


@dataclass(frozen=True, slots=True)
class UnansweredUnit:
    """A unit for which nobody is on record today; `milestones` are those it is responsible for."""

    id: int
    name: str
    short_name: str
    milestones: int


@dataclass(frozen=True, slots=True)
class UnansweredList:
    """A page of those units: which one of how many, and how many units over all."""

    rows: tuple[UnansweredUnit, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))


def of_organization(session: Session, organization_id: int) -> list[Held]:
    """Return a unit's posts, those taken up last first."""
    return sorted(
        _held(session, col(Posting.organization_id) == organization_id),
        key=lambda post: (post.from_on, post.id),
        reverse=True,
    )


def responsible_on(session: Session, organization_ids: Collection[int], day: date) -> dict[int, str]:
    """Return who answers for each of the units on a day, with the post; a unit without anybody is left out."""
    if not organization_ids:
        return {}
    posts: dict[int, list[Held]] = defaultdict(list)
    in_time = sa.and_(
        col(Posting.from_on) <= day,
        sa.or_(col(Posting.to_on).is_(None), col(Posting.to_on) >= day),
        col(Posting.duty).in_(ANSWERING),
    )
    for post in _held(session, col(Posting.organization_id).in_(set(organization_ids)), in_time):
        posts[post.organization_id].append(post)
    found = {unit_id: responsible(held, day) for unit_id, held in posts.items()}
    return {unit_id: post.words for unit_id, post in found.items() if post is not None}


def answering_in_case(session: Session, case_id: int, organization_id: int, day: date) -> list[UnitPerson]:
    """Return who answered on a day for the unit of a case; where an office holds it for others, for each of those."""
    query = (
        sa.select(col(Organization.id), col(Organization.name))
        .join(MilestoneUnit, col(MilestoneUnit.organization_id) == col(Organization.id))
        .join(CaseMilestone, col(CaseMilestone.milestone_id) == col(MilestoneUnit.milestone_id))
        .where(col(CaseMilestone.case_id) == case_id, col(MilestoneUnit.role) == UnitRole.RESPONSIBLE)
        .order_by(col(Organization.sort_key), col(Organization.id))
    )
    bound = {unit_id: name for unit_id, name in session.execute(query)}
    if organization_id in bound or not bound:
        bound = {organization_id: session.get_one(Organization, organization_id).name}
    persons = responsible_on(session, bound, day)
    return [UnitPerson(unit_id, name, persons.get(unit_id)) for unit_id, name in bound.items()]


def without_responsible(
    session: Session, scope: Scope, plan_id: int | None, *, today: date, number: int = 1
) -> UnansweredList:
    """Return a page of the units in force that plans in scope bind and for which nobody is on record today.

    Those with the most milestones come first; a page beyond the last is the last.
    """
    query = _unanswered(scope, plan_id, today)
    count = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    number = max(1, min(number, -(-count // PAGE)))
    rows = session.execute(query.limit(PAGE).offset((number - 1) * PAGE))
    return UnansweredList(tuple(UnansweredUnit(*row) for row in rows), count, number)


def _unanswered(scope: Scope, plan_id: int | None, today: date) -> sa.Select[Any]:
    answered = sa.select(col(Posting.organization_id)).where(
        col(Posting.duty).in_(ANSWERING),
        col(Posting.from_on) <= today,
        sa.or_(col(Posting.to_on).is_(None), col(Posting.to_on) >= today),
    )
    binding: list[Any] = [col(MilestoneUnit.organization_id).label("id"), col(MilestoneUnit.role).label("role")]
    bound = sa.select(*binding).join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
    offices = sa.select(col(Plan.office_id), sa.literal(UnitRole.SUPPORTING.value))
    for wanted in {scope.plan_id, plan_id} - {None}:
        bound = bound.where(col(Milestone.plan_id) == wanted)
        offices = offices.where(col(Plan.id) == wanted)
    named = sa.union_all(bound, offices).subquery()
    milestones = sa.func.sum(sa.case((named.c.role == UnitRole.RESPONSIBLE, 1), else_=0))
    unit: list[Any] = [col(Organization.id), col(Organization.name), col(Organization.short_name)]
    return (
        sa.select(*unit, milestones)
        .join(named, named.c.id == col(Organization.id))
        .where(
            col(Organization.id).not_in(answered),
            sa.or_(col(Organization.valid_to).is_(None), col(Organization.valid_to) >= today),
        )
        .group_by(*unit, col(Organization.sort_key))
        .order_by(milestones.desc(), col(Organization.sort_key), col(Organization.id))
    )


def _held(session: Session, *conditions: sa.ColumnElement[bool]) -> Iterable[Held]:
    query = sa.select(
        col(Posting.id),
        col(Posting.organization_id),
        col(Posting.person),
        col(Posting.post),
        col(Posting.duty),
        col(Posting.from_on),
        col(Posting.to_on),
    )
    return [Held(*row) for row in session.execute(query.where(*conditions))]
