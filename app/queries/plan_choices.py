"""What the forms of a plan offer to choose from: its stages, projects, indicators and milestones, by key and name."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import Indicator, Milestone, Plan, Project, Stage

Named = list[tuple[str, str]]


def stages(session: Session, plan_id: int) -> Named:
    """Return the plan's stages in order of time."""
    return _named(session, Stage.key, Stage.name, col(Stage.plan_id) == plan_id, Stage.start_on)


def projects(session: Session, plan_id: int) -> Named:
    """Return the plan's projects in its own order."""
    return _named(session, Project.key, Project.name, col(Project.plan_id) == plan_id, Project.no)


def indicators(session: Session, plan: Plan) -> Named:
    """Return the indicators of the plan's standard, then its own, by code."""
    owner = sa.or_(col(Indicator.standard_id) == plan.standard_id, col(Indicator.plan_id) == plan.id)
    first = col(Indicator.plan_id).is_not(None)
    return _named(session, Indicator.code, Indicator.name, owner, first, Indicator.position, Indicator.code)


def milestones(session: Session, plan_id: int, most: int) -> Named:
    """Return the plan's milestones in document order, at most so many."""
    of_plan = col(Milestone.plan_id) == plan_id
    return _named(session, Milestone.key, Milestone.title, of_plan, Milestone.position, most=most)


def _named(session: Session, key: Any, name: Any, condition: Any, *order: Any, most: int | None = None) -> Named:
    query = sa.select(col(key), col(name)).where(condition).order_by(*order).limit(most)
    return [(row[0], row[1]) for row in session.execute(query)]
