"""Schedulers as real processes: one leads, another takes over when it dies or stands still, and nothing is doubled."""

import os
import signal
import time

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import read_session
from app.models import Alert, JobRun, SchedulerLease
from app.queries.audit import verify_chain
from app.queries.jobs import DAY_ROLL, OVERDUE_SCAN, QUARTER_DRAFTS
from app.services import standings
from tests.jobs.ledger import TODAY, add_milestone, days, lay_plan, noon
from tests.jobs.schedulers import POLL, TTL, schedulers, until
from tests.support.laid import laid

MILESTONES = 24  # six batches
SLOT = TODAY.isoformat()
JOBS = (DAY_ROLL, OVERDUE_SCAN, QUARTER_DRAFTS)  # of a day, in the order they run


@pytest.fixture
def due(engine: Engine) -> Engine:
    """A ledger on which every milestone has just fallen overdue, and nobody has looked yet."""
    laid(engine, lay_due)
    engine.dispose()
    return engine


def lay_due(engine: Engine) -> None:
    lay_plan(engine)
    for _ in range(MILESTONES):
        add_milestone(engine, TODAY - days(1), today=TODAY - days(1))


def runs(engine: Engine) -> list[JobRun]:
    with read_session(engine) as session:
        return list(session.scalars(sa.select(JobRun).order_by(col(JobRun.id))))


def alerts(engine: Engine) -> int:
    with read_session(engine) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Alert)) or 0


def leader(engine: Engine) -> int:
    """Return the process that holds the lease; 0: none has yet."""
    with read_session(engine) as session:
        holder = session.scalar(sa.select(col(SchedulerLease.holder)))
    return int(holder.split("/")[1]) if holder else 0


def done(engine: Engine) -> bool:
    """Tell whether the day's jobs have all run; the sweep is not the last."""
    ended = {run.job for run in runs(engine) if run.slot == SLOT and run.finished_at and not run.failed}
    return ended >= set(JOBS)


def nothing_is_missing_or_doubled(engine: Engine) -> None:
    with read_session(engine) as session:
        per_milestone = sa.select(col(Alert.milestone_id), sa.func.count()).group_by(col(Alert.milestone_id))
        assert sorted(tuple(row) for row in session.execute(per_milestone)) == [
            (number, 1) for number in range(1, MILESTONES + 1)
        ]
        assert verify_chain(session).broken_at is None
        assert standings.differences(session, local_day(noon(TODAY))) == []
    found = [(run.job, run.slot) for run in runs(engine) if " start " not in run.slot]
    assert sorted(found) == [(job, SLOT) for job in JOBS]


@pytest.mark.parametrize("number", [2, 5])
def test_of_schedulers_started_at_once_one_leads_and_each_slot_runs_once(due, database_url, number):
    with schedulers(database_url, *[""] * number, at_once=True) as processes:
        until(due, done)
        first = leader(due)
        time.sleep((POLL * 3).total_seconds())  # every other has asked for the lead meanwhile
        assert leader(due) == first
        assert first in {process.pid for process in processes}
    nothing_is_missing_or_doubled(due)
    assert {int(run.holder.split("/")[1]) for run in runs(due)} == {first}


def test_a_leader_killed_in_its_sweep_is_followed_and_the_sweep_is_completed(due, database_url):
    with schedulers(database_url, "frozen between") as (doomed,):
        until(due, lambda _engine: _stopped(doomed.pid or 0))
        assert doomed.pid == leader(due)
        assert 0 < alerts(due) < MILESTONES
        with schedulers(database_url, "") as (heir,):
            os.kill(doomed.pid or 0, signal.SIGKILL)
            taken = until(due, lambda engine: leader(engine) == heir.pid)
            until(due, done)
    assert taken < (TTL + POLL).total_seconds() + 2  # two seconds for a machine that has other things to do
    nothing_is_missing_or_doubled(due)
    assert {int(run.holder.split("/")[1]) for run in runs(due) if run.slot == SLOT and run.job == OVERDUE_SCAN} == {
        heir.pid
    }


@pytest.mark.parametrize("moment", ["frozen between", "frozen inside"])
def test_a_leader_that_stood_still_notices_on_waking_that_another_leads(due, database_url, moment):
    if moment == "frozen inside" and due.dialect.name == "sqlite":
        return  # SQLite's lock belongs to the process that stands still: docs/manual/timetable.md
    with schedulers(database_url, moment) as (frozen,):
        until(due, lambda _engine: _stopped(frozen.pid or 0))
        with schedulers(database_url, "") as (heir,):
            until(due, lambda engine: leader(engine) == heir.pid)
            until(due, done)
            before = [(run.holder, run.finished_at, run.result) for run in runs(due)]
            os.kill(frozen.pid or 0, signal.SIGCONT)
            time.sleep((TTL + POLL * 2).total_seconds())
            assert frozen.is_alive()
            assert leader(due) == heir.pid
            assert [(run.holder, run.finished_at, run.result) for run in runs(due)] == before
    nothing_is_missing_or_doubled(due)


def _stopped(pid: int) -> bool:
    """Tell whether a process stands still."""
    with open(f"/proc/{pid}/stat") as handle:
        return handle.read().rpartition(")")[2].split()[0] == "T"
