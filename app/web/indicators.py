"""The indicators of a plan with the thresholds in force."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.domain.access import Action, may
from app.queries import indicators
from app.queries.plan_frame import differing_targets
from app.web.deps import SessionDep, View
from app.web.plans import plan_in_scope
from app.web.render import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=20)]


@router.get("/plans/{slug}/indicators")
def list_indicators(request: Request, visitor: View, session: SessionDep, slug: str, done: Text = "") -> Response:
    """Show the standard's indicators as the plan applies them, the plan's own, and milestones that ask otherwise."""
    head = plan_in_scope(session, visitor, slug)
    parts = indicators.list_indicators(session, head.plan)
    return render(
        request,
        "indicators/page.html",
        head=head,
        plan=head.plan,
        parts=parts,
        differing=differing_targets(session, head.plan),
        done=done,
        may_keep=may(visitor.role, Action.KEEP_PLAN) and visitor.plan_slug == slug,
    )
