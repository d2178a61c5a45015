"""The lease that says which scheduler leads (DESIGN.md law 7); all its times are the database's clock."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.database import upsert
from app.models import SchedulerLease
from app.queries.jobs import database_now

TTL = timedelta(seconds=15)
FROZEN = timedelta(seconds=20)  # a transaction that does nothing for so long belongs to a process that stands still
_LEASES = SchedulerLease.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


def hold(session: Session, holder: str, ttl: timedelta = TTL) -> bool:
    """Take or renew the lease for `ttl` and tell whether `holder` leads now."""
    now = database_now(session)
    if upsert(session, _LEASES, [{"id": 1, "holder": holder, "expires_at": now + ttl}], replace=False) == 1:
        return True
    taken = session.connection().execute(
        sa.update(_LEASES)
        .where(_LEASES.c.id == 1, sa.or_(_LEASES.c.holder == holder, _LEASES.c.expires_at <= now))
        .values(holder=holder, expires_at=now + ttl)
    )
    return taken.rowcount == 1


def still_holds(session: Session, holder: str) -> bool:
    """Tell whether `holder` leads at this moment; takes no lock, so that it keeps nobody from taking over."""
    held = sa.select(col(SchedulerLease.id)).where(
        col(SchedulerLease.holder) == holder, col(SchedulerLease.expires_at) > database_now(session)
    )
    return session.scalar(held) is not None


def give_way_when_frozen(session: Session) -> None:
    """Let PostgreSQL end this transaction when its process stands still in it: its locks would stop all writers.

    SQLite's lock belongs to the process and cannot be taken from it: docs/manual/timetable.md.
    """
    if session.get_bind().dialect.name != "sqlite":
        milliseconds = str(round(FROZEN.total_seconds() * 1000))
        setting = sa.func.set_config("idle_in_transaction_session_timeout", milliseconds, True)
        session.execute(sa.select(setting))


def release(session: Session, holder: str) -> None:
    """Give the lease up at once, so that another need not wait for it to run out."""
    session.execute(
        sa.update(SchedulerLease).where(col(SchedulerLease.holder) == holder).values(expires_at=database_now(session))
    )
