"""The revisions of a plan as JSON."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.queries import plans, revisions
from app.services.errors import NotFoundError, msg
from app.web.api.asked import After
from app.web.api.items import Page, RevisionItem
from app.web.deps import SessionDep, View

router = APIRouter()
Slug = Annotated[str, Path(max_length=80)]


@router.get("/plans/{slug}/revisions")
def list_revisions(session: SessionDep, visitor: View, slug: Slug, after: After = 0) -> Page[RevisionItem]:
    """List how a plan's record came about, newest first; for those who see the whole plan."""
    head = plans.find_plan(session, visitor.scope, slug)
    if head is None or head.plan.id is None or visitor.scope.organization_id is not None:
        raise NotFoundError(msg("no such plan"))
    rows, more = revisions.list_revisions(session, head.plan.id, before=after or None)
    return Page(items=[RevisionItem.model_validate(row) for row in rows], next=rows[-1].number if more else None)
