"""What filters and forms offer to choose from, within a person's scope."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.models import MilestoneStanding, MilestoneUnit, Organization, Place, Plan

LIMIT = 1000  # a list of more is no choice, and costs more than the ledger itself


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


def places(
    session: Session, scope: Scope, plan_id: int | None, *, most: int | None = None, chosen: int | None = None
) -> list[Choice]:
    """Return the places that milestones (of one plan) point to, by division code.

    Over all plans only `chosen` (None: nothing) where more than `most` are on file: then the plan is chosen first.
    `most` None: all, however many.
    """
    query = sa.select(col(Place.id), col(Place.name)).order_by(col(Place.sort_key))
    conditions = _of_plans(scope, plan_id)
    if conditions:
        # IN, not EXISTS: the plan's rows are read once, where EXISTS would read them again for every place.
        used = sa.select(col(MilestoneStanding.place_id)).where(*conditions)
        query = query.where(col(Place.id).in_(used))
    elif most is not None and _more_than(session, most, col(Place.id)):
        query = query.where(col(Place.id) == chosen)
    else:
        used = sa.select(col(MilestoneStanding.milestone_id)).where(col(MilestoneStanding.place_id) == col(Place.id))
        query = query.where(used.exists())
    return [Choice(*row) for row in session.execute(query)]


def units(
    session: Session, scope: Scope, plan_id: int | None, *, most: int | None = None, chosen: int | None = None
) -> list[Choice]:
    """Return the units named by milestones (of one plan), by pinyin; over all plans as `places`."""
    query = sa.select(col(Organization.id), col(Organization.name)).order_by(
        col(Organization.sort_key), col(Organization.name)
    )
    conditions = _of_plans(scope, plan_id)
    if conditions:
        joined = col(MilestoneStanding.milestone_id) == col(MilestoneUnit.milestone_id)
        used = sa.select(col(MilestoneUnit.organization_id)).join(MilestoneStanding, joined).where(*conditions)
        query = query.where(col(Organization.id).in_(used))
    elif most is not None and _more_than(session, most, col(Organization.id)):
        query = query.where(col(Organization.id) == chosen)
    else:
        used = sa.select(col(MilestoneUnit.milestone_id)).where(
            col(MilestoneUnit.organization_id) == col(Organization.id)
        )
        query = query.where(used.exists())
    return [Choice(*row) for row in session.execute(query)]


def _more_than(session: Session, most: int, key: Any) -> bool:
    """Tell whether more than `most` rows are on file."""
    return session.scalar(sa.select(key).order_by(key).offset(most).limit(1)) is not None


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
