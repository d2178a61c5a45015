"""Reads of the timetable: who leads, which slots have run, whether what is due is looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import JobProblem, JobRun, SchedulerLease

OVERDUE_SCAN = "overdue_scan"
DAY_ROLL = "day_roll"
OVERDUE_REPLAY = "overdue_replay"  # a scan for another day than today
DELIVER = "deliver"
QUARTER_DRAFTS = "quarter_drafts"
LEASE_POLL = "lease_poll"
BY_HAND = " by hand "  # in the slot of a run that a person asked for
DAY_SLOT = len("2026-11-22")
STALE_AFTER = timedelta(hours=2)  # a sweep begins every hour
LEASE_GRACE = timedelta(seconds=60)  # a take-over needs half of it
_SKEW = timedelta(hours=1)  # what lies further ahead was written by a clock that was wrong


class JobsFault(StrEnum):
    """Why what is due is not looked for."""

    NEVER_SWEPT = "never_swept"
    NOBODY_LEADS = "nobody_leads"
    SWEEP_OLD = "sweep_old"


@dataclass(frozen=True, slots=True)
class JobsHealth:
    """Whether somebody looks for what is due, and what could not be written.

    `last_scan_at` None: no full sweep has ended yet; `leader` None: nobody leads now; `since` None: it never ran.
    """

    last_scan_at: datetime | None
    leader: str | None
    fault: JobsFault | None = None
    since: datetime | None = None
    problems: int = 0

    @property
    def stale(self) -> bool:
        """Tell whether what falls due may go unseen."""
        return self.fault is not None


def person(account_id: int | None, name: str) -> str:
    """Return how a person stands as the holder of a run: by name, and by the account, which alone is one person's."""
    return f"{name[:60]}#{account_id}" if account_id is not None else name[:60]


def health(session: Session, now: datetime) -> JobsHealth:
    """Judge the timetable: at fault without a full sweep that ended within 2 hours, or with nobody leading."""
    return read_health(session.execute(sa.select(*health_columns(session, now))).one(), now)


def health_columns(session: Session, now: datetime) -> tuple[sa.ColumnElement[Any], ...]:
    """Return what `read_health` judges as columns for another query: every page asks for them with its visitor."""
    lease = sa.select(col(SchedulerLease.holder)).where(col(SchedulerLease.id) == 1)
    return (
        sa.select(sa.func.max(col(JobRun.finished_at)))
        .where(col(JobRun.job) == OVERDUE_SCAN, ~col(JobRun.failed), col(JobRun.finished_at) <= now + _SKEW)
        .scalar_subquery(),
        lease.scalar_subquery(),
        lease.with_only_columns(col(SchedulerLease.expires_at)).scalar_subquery(),
        _clock(session),
        sa.select(sa.func.count()).where(col(JobProblem.settled_at).is_(None)).scalar_subquery(),
    )


def read_health(values: Sequence[Any], now: datetime) -> JobsHealth:
    """Judge the values of `health_columns`.

    The lease is held against the database's clock, by which it was written; the sweeps against `now`.
    """
    last, holder, expires_at, clock, problems = values
    clock = _instant(clock)
    leader = holder if expires_at is not None and expires_at > clock else None
    fault, since = None, None
    if last is None:
        fault = JobsFault.NEVER_SWEPT
    elif expires_at is None or expires_at < clock - LEASE_GRACE:
        fault, since = JobsFault.NOBODY_LEADS, expires_at or last
    elif now - last > STALE_AFTER:
        fault, since = JobsFault.SWEEP_OLD, last
    return JobsHealth(last, leader, fault, since, problems)


def database_now(session: Session) -> datetime:
    """Return the database server's present instant, the same for all who use it; aware UTC."""
    return _instant(session.execute(sa.select(_clock(session))).scalar_one())


def _clock(session: Session) -> sa.ColumnElement[Any]:
    if session.get_bind().dialect.name == "sqlite":
        return sa.func.strftime("%Y-%m-%d %H:%M:%f", "now")
    return sa.func.clock_timestamp()


def _instant(value: str | datetime) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value.astimezone(UTC)


def last_day_done(session: Session, job: str, due: date) -> date | None:
    """Return the day of the newest daily slot up to `due` that ran to its end without failing; None: there is none."""
    query = sa.select(sa.func.max(col(JobRun.slot))).where(
        col(JobRun.job) == job,
        col(JobRun.slot) <= due.isoformat(),  # a clock that was ahead once must not silence the days until then
        sa.func.length(col(JobRun.slot)) == DAY_SLOT,  # other slots carry more than a day
        col(JobRun.finished_at).is_not(None),
        ~col(JobRun.failed),
    )
    slot = session.scalar(query)
    return date.fromisoformat(slot) if slot else None


def last_sweep_began(session: Session, now: datetime) -> datetime | None:
    """Return when the newest full sweep began that ran to its end without failing; None: there is none."""
    return session.scalar(
        sa.select(sa.func.max(col(JobRun.started_at))).where(
            col(JobRun.job) == OVERDUE_SCAN,
            col(JobRun.finished_at).is_not(None),
            col(JobRun.started_at) <= now,
            ~col(JobRun.failed),
        )
    )
