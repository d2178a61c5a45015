"""Reads of the timetable: who leads, which slots have run, whether the scan is stale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.models import JobRun, SchedulerLease

OVERDUE_SCAN = "overdue_scan"
DAY_ROLL = "day_roll"
OVERDUE_REPLAY = "overdue_replay"  # a scan for another day than today
STALE_AFTER = timedelta(hours=26)  # a day, and time for a restart and a long scan
LEASE_GRACE = timedelta(seconds=60)
PAGE = 50


@dataclass(frozen=True, slots=True)
class JobsHealth:
    """Whether somebody scans; `last_scan_at` None: no scan has ever finished, `leader` None: nobody leads now."""

    last_scan_at: datetime | None
    stale: bool
    leader: str | None


def health(session: Session, now: datetime) -> JobsHealth:
    """Judge the timetable: stale without a finished scan for 26 hours, or with nobody to run today's.

    The lease is held against the database's clock, by which it was written; the scans against `now`.
    """
    last = session.scalar(
        sa.select(sa.func.max(col(JobRun.finished_at))).where(
            col(JobRun.job) == OVERDUE_SCAN, ~col(JobRun.failed), col(JobRun.finished_at).is_not(None)
        )
    )
    lease = session.execute(sa.select(col(SchedulerLease.holder), col(SchedulerLease.expires_at))).first()
    clock = database_now(session)
    leaderless = lease is None or lease.expires_at < clock - LEASE_GRACE
    missing = last is None or local_day(last) < local_day(now)
    stale = last is None or now - last > STALE_AFTER or (leaderless and missing)
    return JobsHealth(last, stale, lease.holder if lease and lease.expires_at > clock else None)


def database_now(session: Session) -> datetime:
    """Return the database server's present instant, the same for all who use it; aware UTC."""
    if session.get_bind().dialect.name == "sqlite":
        text = session.scalar(sa.select(sa.func.strftime("%Y-%m-%d %H:%M:%f", "now")))
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    instant: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return instant.astimezone(UTC)


def last_day_done(session: Session, job: str) -> date | None:
    """Return the day of the newest daily slot that ran to its end without failing; None: there is none."""
    query = sa.select(sa.func.max(col(JobRun.slot))).where(
        col(JobRun.job) == job,
        sa.func.length(col(JobRun.slot)) == len("2026-11-22"),  # other slots carry more than a day
        col(JobRun.finished_at).is_not(None),
        ~col(JobRun.failed),
    )
    slot = session.scalar(query)
    return date.fromisoformat(slot) if slot else None


def latest_runs(session: Session, *, limit: int = PAGE) -> Sequence[JobRun]:
    """Return the latest runs of all jobs, newest first, for the administrator's page."""
    newest = (col(JobRun.started_at).desc(), col(JobRun.id).desc())
    return session.scalars(sa.select(JobRun).order_by(*newest).limit(limit)).all()
