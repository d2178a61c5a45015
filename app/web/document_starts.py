"""Documents of one thing, shown on its page: which can be begun now, and which were made of it before."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.domain.access import Action
from app.domain.documents import KINDS
from app.services import document_starts
from app.services.document_starts import Starts
from app.web.deps import NowDep, RowId, SessionDep, Visitor, allow
from app.web.plans import plan_in_scope
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Printer = Annotated[Visitor, allow(Action.PRINT)]


@router.get("/alerts/{alert_id}/documents")
def of_alert(request: Request, visitor: Printer, session: SessionDep, now: NowDep, alert_id: RowId) -> Response:
    """Show the letters of an alert; htmx gets the part alone, here as below."""
    return _shown(request, document_starts.of_alert(session, visitor.scope, alert_id, now), f"/alerts/{alert_id}")


@router.get("/cases/{case_id}/documents")
def of_case(request: Request, visitor: Printer, session: SessionDep, now: NowDep, case_id: RowId) -> Response:
    """Show the notices of a case and the cover of its file."""
    return _shown(request, document_starts.of_case(session, visitor.scope, case_id, now), f"/cases/{case_id}")


@router.get("/extensions/{extension_id}/documents")
def of_extension(request: Request, visitor: Printer, session: SessionDep, now: NowDep, extension_id: RowId) -> Response:
    """Show the reply to a request."""
    starts = document_starts.of_extension(session, visitor.scope, extension_id, now)
    return _shown(request, starts, f"/extensions/{extension_id}")


@router.get("/milestones/{milestone_id}/documents")
def of_milestone(request: Request, visitor: Printer, session: SessionDep, milestone_id: RowId) -> Response:
    """Show the certificate of a closed milestone."""
    starts = document_starts.of_milestone(session, visitor.scope, milestone_id)
    return _shown(request, starts, f"/milestones/{milestone_id}")


@router.get("/plans/{slug}/documents")
def of_plan(request: Request, visitor: Printer, session: SessionDep, now: NowDep, slug: str) -> Response:
    """Show what tells of a plan as a whole."""
    plan_id = plan_in_scope(session, visitor, slug).plan.id or 0
    return _shown(request, document_starts.of_plan(session, visitor.scope, plan_id, now), f"/plans/{slug}")


@router.get("/places/{place_id}/documents")
def of_place(request: Request, visitor: Printer, session: SessionDep, place_id: RowId) -> Response:
    """Show the sheet of a place."""
    return _shown(request, document_starts.of_place(session, visitor.scope, place_id), f"/places/{place_id}")


@router.get("/organizations/{organization_id}/documents")
def of_unit(request: Request, visitor: Printer, session: SessionDep, organization_id: RowId) -> Response:
    """Show the sheet of a unit."""
    starts = document_starts.of_unit(session, visitor.scope, organization_id)
    return _shown(request, starts, f"/organizations/{organization_id}")


def _shown(request: Request, starts: list[Starts], back: str) -> Response:
    template = "documents/_starts.html" if wants_part(request) else "documents/starts.html"
    return render(request, template, starts=starts, specs=KINDS, back=back)
