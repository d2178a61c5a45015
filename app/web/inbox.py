"""The inbox: what was addressed to one's own unit, office or leaders, and what of it is unread."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.domain.access import Action
from app.queries.distribution import unsigned
from app.queries.inbox import InboxKey, list_inbox
from app.services import inbox
from app.web.deps import NowDep, SessionDep, Visitor, allow
from app.web.forms import FormDep, row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Reader = Annotated[Visitor, allow(Action.READ_INBOX)]


@router.get("/inbox")
def list_notices(
    request: Request,
    visitor: Reader,
    session: SessionDep,
    at: Annotated[str, Query(max_length=30)] = "",
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show the notices addressed to this person, the newest first."""
    key = _key(at)
    page = list_inbox(session, visitor.actor, key)
    return render(
        request,
        "inbox/page.html",
        page=page,
        documents=unsigned(session, visitor.actor) if key is None else [],
        first=key is None,
        top=_key_text(page.top),
        next=_key_text(page.next) if page.next else None,
        done=done == "read",
    )


@router.post("/inbox/read")
def update_all(visitor: Reader, session: SessionDep, form: FormDep, now: NowDep) -> Response:
    """Mark everything as read that stood in the inbox when its page was opened."""
    top = _key(form.text("top", limit=30))
    if top is not None:
        inbox.mark_all_read(session, visitor.actor, top, now=now)
    return RedirectResponse("/inbox?done=read", 303)


def _key(text: str) -> InboxKey | None:
    """Read `77.12`, where 0 stands for none; anything else begins with the newest."""
    parts = [0 if part == "0" else row_id(part) for part in text.split(".")]
    return InboxKey(parts[0], parts[1]) if len(parts) == 2 and parts[0] is not None and parts[1] is not None else None


def _key_text(key: InboxKey) -> str:
    return f"{key.alert_id}.{key.step_id}"
