"""One's own calendar feed: its page, and the file that calendar programs fetch at its address without signing in."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from app.core.database import BusyError, Session, write_session
from app.core.settings import Settings
from app.domain.access import Action
from app.domain.calendar_feed import MOST_EVENTS
from app.queries.calendar_feed import feed_of, find_feed
from app.services import calendar_feeds
from app.web.deps import NowDep, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.render import render

router = APIRouter(include_in_schema=False)
Owner = Annotated[Visitor, allow(Action.OWN_ACCOUNT)]
_PRIVATE = {"Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/account/calendar-feed")
def show(request: Request, visitor: Owner, session: SessionDep, done: str = "") -> Response:
    """Show whether there is an address and when it was last fetched; never the address itself."""
    return _page(request, visitor, session, done=done == "revoked")


@router.post("/account/calendar-feed")
def create(request: Request, visitor: Owner, session: SessionDep, settings: SettingsDep, now: NowDep) -> Response:
    """Make an address, in place of the one before, and show it, this once."""
    token = calendar_feeds.renew(session, visitor.actor, now=now)
    address = f"{_base_url(request, settings)}/calendar-feeds/{token}.ics"
    response = _page(request, visitor, session, address=address)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@router.post("/account/calendar-feed/revoke")
def delete(visitor: Owner, session: SessionDep, now: NowDep) -> Response:
    """End the address: whoever has it gets nothing more."""
    calendar_feeds.revoke(session, visitor.actor, now=now)
    return RedirectResponse("/account/calendar-feed?done=revoked", 303)


@router.get("/calendar-feeds/{token}.ics", dependencies=[allow(Action.SERVE_FEED)])
def serve(
    request: Request, session: SessionDep, settings: SettingsDep, now: NowDep, today: TodayDep, token: str
) -> Response:
    """Send the calendar to whoever holds the address; an unknown or revoked one does not exist."""
    feed = find_feed(session, token)
    if feed is None:
        return PlainTextResponse("not found", 404, headers=_PRIVATE)
    if not _count(request, feed.account_id, now):
        wait = str(int(calendar_feeds.WINDOW.total_seconds()))
        return PlainTextResponse("too many requests", 429, headers=_PRIVATE | {"Retry-After": wait})
    content = calendar_feeds.write(session, feed, base_url=_base_url(request, settings), today=today)
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = _PRIVATE | {"ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _count(request: Request, account_id: int, now: datetime) -> bool:
    """Put the fetch on record in a transaction of its own; a database that others keep busy does not hold it up."""
    try:
        with write_session(request.app.state.engine) as session:
            return calendar_feeds.count_fetch(session, account_id, now=now)
    except BusyError:
        return True


def _base_url(request: Request, settings: Settings) -> str:
    return settings.base_url or str(request.base_url).rstrip("/")


def _page(
    request: Request, visitor: Visitor, session: Session, *, address: str | None = None, done: bool = False
) -> Response:
    assert visitor.actor.account_id is not None
    return render(
        request,
        "accounts/calendar_feed.html",
        feed=feed_of(session, visitor.actor.account_id),
        address=address,
        done=done,
        most=MOST_EVENTS,
    )
