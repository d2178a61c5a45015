"""The day roll: at midnight the calendar alone moves standings and opens periods (DESIGN.md law 2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from app.core.clock import local_day
from app.core.database import Engine, Session, read_session, write_session
from app.jobs import batches
from app.jobs.batches import Tally
from app.jobs.patience import patiently
from app.jobs.run_log import UNRECORDED, Unrecorded
from app.services import days

BATCH = 1000  # milestones judged in one transaction


@dataclass(frozen=True, slots=True)
class DayFinding:
    """What a day's beginning did: milestones judged again, reports newly expected, milestones that cannot be judged."""

    judged: int
    expected: int
    failed: int


def roll(engine: Engine, *, now: datetime, log: Unrecorded = UNRECORDED) -> DayFinding:
    """Begin the day of `now`: bring the standings to it, open the reporting periods that have begun."""
    tally = judge(engine, now=now, log=log)
    log.begin("periods", 0)
    expected = patiently(partial(_within, engine, log, partial(days.open_periods, now=now)))
    return DayFinding(tally.written, expected, tally.failed)


def judge(engine: Engine, *, now: datetime, log: Unrecorded = UNRECORDED) -> Tally:
    """Bring the standings to the day of `now`, batch by batch; one that cannot be judged keeps its old standing."""
    today = local_day(now)
    with read_session(engine) as session:
        ids = days.pending(session, today)
        reached = days.reached(session, today)
    tally = batches.apply(engine, ids, "standing", partial(days.judge, today=today), log, size=BATCH)
    if not reached:
        patiently(partial(_within, engine, log, partial(days.reach, today=today)))
    return tally


def _within(engine: Engine, log: Unrecorded, write: Callable[[Session], int]) -> int:
    with write_session(engine) as session:
        log.check(session)
        return write(session)
