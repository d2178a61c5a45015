"""To whom a document is sent: recipients of a draft are chosen, and a unit signs for what was sent to it."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action
from app.domain.distribution import RecipientCapacity
from app.services import distribution
from app.services.distribution import MOST_NAMES
from app.services.errors import InputError, msg
from app.web.deps import NowDep, RowId, SessionDep, Visitor, allow
from app.web.documents import Printer, document_page
from app.web.errors import FormRejectedError
from app.web.forms import FormDep

router = APIRouter(include_in_schema=False)
Recipient = Annotated[Visitor, allow(Action.RECEIVE_DOCUMENT)]
_AT = "/documents/{document_id}"


@router.post(_AT + "/recipients")
def update_recipients(
    request: Request, visitor: Printer, session: SessionDep, form: FormDep, now: NowDep, document_id: RowId
) -> Response:
    """Add recipients to a draft by their names, or take one off."""
    version = form.text("version", limit=9)
    at = int(version) if version.isascii() and version.isdigit() else 0
    typed, actor = form.typed, visitor.actor
    try:
        if "remove" in form.data:
            distribution.remove(session, actor, document_id, at, form.id("remove") or 0, now=now)
            return RedirectResponse(f"/documents/{document_id}?done=recipients#distribution", 303)
        names = form.text("names", limit=MOST_NAMES)
        capacity = form.code("capacity", RecipientCapacity)
        if capacity is None or form.problems:
            raise InputError(form.problems or {"capacity": msg("choose one of the list")})
        distribution.add(session, actor, document_id, at, names, capacity, now=now)
    except InputError as error:
        problems = error.problems

        def again(fresh: Session) -> Response:
            return document_page(request, visitor, fresh, document_id, now, problems=problems, typed=typed)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/documents/{document_id}?done=recipients#distribution", 303)


@router.post(_AT + "/receipt")
def create_receipt(visitor: Recipient, session: SessionDep, now: NowDep, document_id: RowId) -> Response:
    """Sign in the name of one's unit for a document that was sent to it."""
    distribution.receive(session, visitor.actor, document_id, now=now)
    return RedirectResponse(f"/documents/{document_id}?done=receipt#distribution", 303)
