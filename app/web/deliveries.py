"""Delivery as those see it who watch over it: the backlog, channels and their trouble, messages one by one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.channels.sending import available
from app.domain.access import Action, may
from app.domain.delivery import numbered
from app.domain.vocabulary import ChannelKind, MessageState
from app.queries import deliveries as reads
from app.queries import hand_delivery
from app.services import deliveries
from app.services.errors import NotFoundError, msg
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, Visitor, allow
from app.web.forms import row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Watcher = Annotated[Visitor, allow(Action.VIEW_DELIVERIES)]
Text = Annotated[str, Query(max_length=40)]


@router.get("/deliveries")
def list_(
    request: Request,
    visitor: Watcher,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    state: Text = "",
    channel: Text = "",
    number: Text = "",
    below: Text = "",
    done: Text = "",
) -> Response:
    """Show what waits, which channel has trouble, and the messages in scope, the newest first."""
    wanted = reads.MessageFilter(
        state=MessageState(state) if state in set(MessageState) else None,
        channel=ChannelKind(channel) if channel in set(ChannelKind) else None,
        message_id=numbered(number) or row_id(number) if number else None,
    )
    rows, following = reads.list_messages(session, visitor.scope, wanted, row_id(below))
    return render(
        request,
        "deliveries/page.html",
        rows=rows,
        next=following,
        asked={"state": state, "channel": channel, "number": number},
        below=below,
        states=list(MessageState),
        kinds=list(ChannelKind),
        channels=reads.channels(session, visitor.scope),
        offered=[kind for kind in ChannelKind if kind in available(settings)],
        health=reads.health(session, now) if visitor.scope.plan_id is None else None,
        by_hand=hand_delivery.count_waiting(session, visitor.scope),
        now=now,
        done=done,
    )


@router.get("/deliveries/{message_id}")
def show(request: Request, visitor: Watcher, session: SessionDep, message_id: RowId, done: Text = "") -> Response:
    """Show one message: what it tells, every attempt and every answer."""
    page = reads.show_message(session, visitor.scope, message_id)
    if page is None:
        raise NotFoundError(msg("There is no such message in your scope."))
    return render(
        request,
        "deliveries/show.html",
        page=page,
        done=done,
        may_retry=page.row.may_be_hurried and may(visitor.role, Action.KEEP_DELIVERIES),
    )


@router.post("/deliveries/{message_id}/retry")
def retry(
    visitor: Annotated[Visitor, allow(Action.KEEP_DELIVERIES)], session: SessionDep, now: NowDep, message_id: RowId
) -> Response:
    """Have a message tried at once."""
    deliveries.retry_now(session, visitor.actor, message_id, now=now)
    return RedirectResponse(f"/deliveries/{message_id}?done=retry", 303)
