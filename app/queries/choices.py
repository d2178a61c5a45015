"""What filters and forms offer to choose from, within a person's scope."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.models import MilestoneStanding, MilestoneUnit, Organization, Place, Plan


@dataclass(frozen=True, slots=True)
class Choice:
    """One option: the row's id and its words."""

    id: int
    name: str
    slug: str = ""


def plans(session: Session, scope: Scope) -> list[Choice]:
    """Return the plans in scope by their short title."""
    query = sa.select(col(Plan.id), col(Plan.short_title), col(Plan.slug)).order_by(col(Plan.sort_key))
    if scope.plan_id is not None:
        query = query.where(col(Plan.id) == scope.plan_id)
    return [Choice(*row) for row in session.execute(query)]


def places(session: Session, scope: Scope, plan_id: int | None) -> list[Choice]:
    """Return the places that milestones (of one plan) point to, by division code."""
    used = sa.select(col(MilestoneStanding.milestone_id)).where(
        col(MilestoneStanding.place_id) == col(Place.id), *_of_plans(scope, plan_id)
    )
    query = sa.select(col(Place.id), col(Place.name)).where(used.exists()).order_by(col(Place.sort_key))
    return [Choice(*row) for row in session.execute(query)]


def units(session: Session, scope: Scope, plan_id: int | None) -> list[Choice]:
    """Return the units named by milestones (of one plan), by pinyin."""
    used = sa.select(col(MilestoneUnit.milestone_id)).where(col(MilestoneUnit.organization_id) == col(Organization.id))
    if conditions := _of_plans(scope, plan_id):
        joined = col(MilestoneStanding.milestone_id) == col(MilestoneUnit.milestone_id)
        used = used.join(MilestoneStanding, joined).where(*conditions)
    query = (
        sa.select(col(Organization.id), col(Organization.name))
        .where(used.exists())
        .order_by(col(Organization.sort_key), col(Organization.name))
    )
    return [Choice(*row) for row in session.execute(query)]


def years(session: Session, scope: Scope, plan_id: int | None) -> list[int]:
    """Return every year from the first to the last effective due date."""
    due = col(MilestoneStanding.effective_due_on)
    # Two subqueries: each reads one end of the index, where a single select of both would read all of it.
    ends = [
        sa.select(function(due)).where(*_of_plans(scope, plan_id)).scalar_subquery()
        for function in (sa.func.min, sa.func.max)
    ]
    first, last = session.execute(sa.select(*ends)).one()
    return list(range(first.year, last.year + 1)) if first else []


def _of_plans(scope: Scope, plan_id: int | None) -> list[sa.ColumnElement[bool]]:
    wanted = {value for value in (scope.plan_id, plan_id) if value is not None}
    return [col(MilestoneStanding.plan_id) == value for value in wanted]
