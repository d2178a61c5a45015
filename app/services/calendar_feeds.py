"""Keep personal calendar feeds: make, renew and revoke an address, count its fetches, and write the calendar."""

import secrets
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Actor
from app.domain.calendar_feed import chosen
from app.models import CalendarFeed
from app.printouts import calendar_feed
from app.queries import calendar_feed as reads
from app.queries.accounts import token_sha256
from app.queries.calendar_feed import Feed
from app.services import audit
from app.services.errors import NotFoundError, msg

WINDOW = timedelta(hours=1)
MOST_FETCHES = 60  # within the window: a calendar program asks once in minutes at most
_TOKEN_BYTES = 32


def renew(session: Session, actor: Actor, *, now: datetime) -> str:
    """Make an account's address, or a new one in place of it, and return its token; only its sha256 is stored."""
    assert actor.account_id is not None
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    feed = session.get(CalendarFeed, actor.account_id)
    action = "calendar_feeds:renew" if feed else "calendar_feeds:create"
    if feed is None:
        feed = CalendarFeed(
            account_id=actor.account_id,
            token_sha256="",
            seed=secrets.token_hex(8),
            created_at=now,
            window_ends_at=now,
        )
    feed.token_sha256, feed.created_at, feed.fetched_at, feed.fetches = token_sha256(token), now, None, 0
    session.add(feed)
    _audit(session, actor, action, now)
    return token


def revoke(session: Session, actor: Actor, *, now: datetime) -> None:
    """End an account's address. Raises: NotFoundError when it has none."""
    feed = session.get(CalendarFeed, actor.account_id)
    if feed is None:
        raise NotFoundError(msg("You have no calendar address."))
    session.delete(feed)
    _audit(session, actor, "calendar_feeds:revoke", now)


def count_fetch(session: Session, account_id: int, *, now: datetime) -> bool:
    """Put a fetch on record; False: there were more than MOST_FETCHES within the window."""
    over = col(CalendarFeed.window_ends_at) <= now
    counted = session.execute(
        sa.update(CalendarFeed)
        .where(col(CalendarFeed.account_id) == account_id)
        .values(
            fetched_at=now,
            fetches=sa.case((over, 1), else_=col(CalendarFeed.fetches) + 1),
            window_ends_at=sa.case((over, now + WINDOW), else_=col(CalendarFeed.window_ends_at)),
        )
        .returning(col(CalendarFeed.fetches))
    ).scalar()
    return counted is not None and counted <= MOST_FETCHES


def write(session: Session, feed: Feed, *, base_url: str, today: date) -> bytes:
    """Return the calendar of what falls due for a person."""
    found = chosen(reads.due_days(session, feed.scope, today), today)
    name = f"均衡 · {feed.person}"
    return calendar_feed.write(found, name=name, seed=feed.seed, base_url=base_url, today=today)


def _audit(session: Session, actor: Actor, action: str, now: datetime) -> None:
    audit.record(session, actor, action, f"accounts/{actor.account_id}", now=now, plan_id=actor.scope.plan_id)
