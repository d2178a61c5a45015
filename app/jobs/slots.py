"""The daily slots of a job: which day's is the last that has come, and which were missed."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from app.core.clock import SHANGHAI


def last_due(now: datetime, at: time) -> date:
    """Return the day of the last slot that has come by `now`, for a job that runs at `at` in Shanghai each day."""
    local = now.astimezone(SHANGHAI)
    return local.date() if local.time() >= at else local.date() - timedelta(days=1)


def missed(last_done: date | None, due: date) -> Sequence[date]:
    """Return the days after the last slot done up to the one due; a job that has never run has missed one."""
    if last_done is None:
        return (due,)
    return tuple(last_done + timedelta(days=step) for step in range(1, (due - last_done).days + 1))
