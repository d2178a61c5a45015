"""The slots of a job: which day's or hour's is the last that has come, and how many were missed."""

from datetime import date, datetime, time, timedelta

from app.core.clock import SHANGHAI

HOUR = timedelta(hours=1)


def last_due(now: datetime, at: time) -> date:
    """Return the day of the last slot that has come by `now`, for a job that runs at `at` in Shanghai each day."""
    local = now.astimezone(SHANGHAI)
    return local.date() if local.time() >= at else local.date() - timedelta(days=1)


def missed_days(last_done: date | None, due: date) -> int:
    """Return how many daily slots after the last one done have come; a job that has never run has missed one."""
    return 1 if last_done is None else max(0, (due - last_done).days)


def hour_slot(now: datetime) -> str:
    """Return the slot of the hour in Shanghai, such as 2026-11-22T13."""
    return f"{now.astimezone(SHANGHAI):%Y-%m-%dT%H}"


def missed_hours(last_began: datetime | None, now: datetime) -> int:
    """Return how many hours have begun since the one in which a sweep last began; 0: this one has had its own."""
    return 1 if last_began is None else max(0, (_hour(now) - _hour(last_began)) // HOUR)


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)
