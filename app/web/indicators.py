"""The indicators of a plan with the thresholds in force."""

from fastapi import APIRouter, Request, Response

from app.queries import indicators
from app.web.deps import SessionDep, View
from app.web.plans import plan_in_scope
from app.web.render import render

router = APIRouter(include_in_schema=False)


@router.get("/plans/{slug}/indicators")
def list_indicators(request: Request, visitor: View, session: SessionDep, slug: str) -> Response:
    """Show the standard's indicators as the plan applies them, and the plan's own."""
    head = plan_in_scope(session, visitor, slug)
    parts = indicators.list_indicators(session, head.plan)
    return render(request, "indicators/page.html", head=head, plan=head.plan, parts=parts)
