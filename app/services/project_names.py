"""Find a plan's projects by the names people type: its own, an alias, or its key."""

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import Project
from app.queries.projects import called, named
from app.services.errors import InputError, msg

_MOST_HINTS = 5


def known_project(session: Session, name: str, plan_id: int | None) -> str:
    """Return the name when a project (of the plan, None: of any) goes by it.

    Raises: InputError naming projects whose names hold the words.
    """
    query = sa.select(col(Project.name)).order_by(col(Project.plan_id), col(Project.no)).limit(_MOST_HINTS)
    if plan_id is not None:
        query = query.where(col(Project.plan_id) == plan_id)
    if session.scalar(query.where(named(name))) is not None:
        return name
    like = "、".join(session.scalars(query.where(called(name)))) if name else ""
    if like:
        raise InputError({"project": msg("no project goes by %(name)s; there are: %(known)s", name=name, known=like)})
    raise InputError({"project": msg("no project goes by %(name)s", name=name)})
