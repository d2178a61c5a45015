"""What a reader of the JSON interface may ask: plan, day, where to go on, how many."""

import re
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BeforeValidator

from app.domain.access import Scope
from app.queries import choices
from app.queries.export_rows import Selection
from app.services.errors import NotFoundError, msg
from app.web.deps import SessionDep, View

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _strict(value: Any) -> Any:
    """Refuse what pydantic would take for a day: a number is not one."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_strict)]
On = Annotated[Day | None, Query(description="judge this day, from the facts known then; default today")]
After = Annotated[int, Query(ge=0, le=2**31 - 1, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500, description="items on a page")]
ProjectName = Annotated[
    str, Query(max_length=120, pattern=r"^[^\x00]*$", description="a project's name, one of its aliases, or its key")
]


def _selection(
    session: SessionDep, visitor: View, plan: Annotated[str | None, Query(max_length=80, description="slug")] = None
) -> Selection:
    """Return what the visitor may see of what was asked. Raises: NotFoundError for a plan out of reach."""
    scope: Scope = visitor.scope
    if plan is None:
        return Selection(scope.plan_id, scope.organization_id)
    plan_id = next((choice.id for choice in choices.plans(session, scope) if choice.slug == plan), None)
    if plan_id is None:
        raise NotFoundError(msg("no such plan"))
    return Selection(plan_id, scope.organization_id)


Wanted = Annotated[Selection, Depends(_selection)]
