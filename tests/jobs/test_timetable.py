"""The timetable: slots that came are run, missed ones covered, failed ones tried again, and health says so."""

import json
import time
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.clock import FixedClock
from app.core.database import read_session, write_session
from app.core.settings import Settings
from app.jobs import slots
from app.jobs.timetable import Timetable
from app.models import Alert, JobRun
from app.queries import jobs
from app.queries.jobs import DAY_ROLL, OVERDUE_SCAN
from tests.jobs.ledger import TODAY, add_milestone, days, noon

START = TODAY - days(3)


def timetable(engine: Engine, clock: FixedClock) -> Timetable:
    return Timetable(engine, Settings(), clock)


def run_once(engine: Engine, clock: FixedClock) -> Timetable:
    """Run what a timetable would run on gaining the lead, and hand the lead back."""
    table = timetable(engine, clock)
    table.poll()
    table.run_due()
    table.stop_leading()
    return table


def runs(engine: Engine, job: str = OVERDUE_SCAN) -> dict[str, JobRun]:
    with read_session(engine) as session:
        rows = session.scalars(sa.select(JobRun).where(col(JobRun.job) == job).order_by(col(JobRun.slot)))
        return {row.slot: row for row in rows}


def alert_count(engine: Engine) -> int:
    with read_session(engine) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Alert)) or 0


def test_after_an_outage_one_scan_covers_the_missed_days(ledger):
    clock = FixedClock(noon(START))
    for step in range(3):
        add_milestone(ledger, START + days(step), today=START)
    run_once(ledger, clock)
    before = alert_count(ledger)
    clock.advance(days(3))
    run_once(ledger, clock)
    found = runs(ledger)
    assert list(found) == [str(START + days(step)) for step in range(4)]
    covered = [json.loads(found[str(START + days(step))].result).get("covered_by") for step in (1, 2, 3)]
    assert covered == [str(TODAY), str(TODAY), None]
    assert json.loads(found[str(TODAY)].result)["alerts_raised"] == 3 == alert_count(ledger) - before
    assert list(runs(ledger, DAY_ROLL)) == list(found)


def test_a_second_scheduler_does_nothing_while_the_first_leads(ledger):
    clock = FixedClock(noon(TODAY))
    first, second = timetable(ledger, clock), timetable(ledger, clock)
    for table in (first, second):
        table.poll()
        table.run_due()
    assert [row.holder for row in runs(ledger).values()] == [first.holder]
    first.stop_leading()
    second.poll()
    clock.advance(days(1))
    second.run_due()
    assert runs(ledger)[str(TODAY + days(1))].holder == second.holder


def test_a_start_sweeps_once_even_when_nothing_was_missed(ledger):
    clock = FixedClock(noon(TODAY))
    run_once(ledger, clock)
    add_milestone(ledger, TODAY - days(1))
    table = run_once(ledger, clock)
    assert alert_count(ledger) == 1
    assert len(runs(ledger)) == 2
    table.poll()
    table.run_due()
    assert len(runs(ledger)) == 2


def spoil(engine: Engine) -> None:
    """Make the database refuse the day roll."""
    with write_session(engine) as session:
        if engine.dialect.name == "sqlite":
            body = "BEGIN SELECT RAISE(ABORT, 'spoiled'); END"
            session.execute(sa.text(f"CREATE TRIGGER spoil BEFORE INSERT ON projection_day {body}"))
            return
        session.execute(
            sa.text(
                "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'spoiled'; END$$"
            )
        )
        calling = "FOR EACH ROW EXECUTE FUNCTION spoil()"
        session.execute(sa.text(f"CREATE TRIGGER spoil BEFORE INSERT ON projection_day {calling}"))


def mend(engine: Engine) -> None:
    with write_session(engine) as session:
        table = "" if engine.dialect.name == "sqlite" else " ON projection_day"
        session.execute(sa.text(f"DROP TRIGGER spoil{table}"))


def test_a_failed_run_is_on_the_ledger_and_is_tried_again(ledger):
    clock = FixedClock(noon(TODAY))
    add_milestone(ledger, TODAY - days(2), today=TODAY - days(1))
    spoil(ledger)
    run_once(ledger, clock)
    failed = runs(ledger)[str(TODAY)]
    assert failed.failed
    assert "spoiled" in failed.result
    with read_session(ledger) as session:
        assert jobs.health(session, clock.now()).stale
    mend(ledger)
    run_once(ledger, clock)
    assert not runs(ledger)[str(TODAY)].failed
    assert alert_count(ledger) == 1


def test_health_is_stale_until_a_scan_and_again_after_26_hours_without(ledger):
    clock = FixedClock(noon(TODAY))
    with read_session(ledger) as session:
        assert jobs.health(session, clock.now()) == jobs.JobsHealth(None, True, None)
    table = timetable(ledger, clock)
    table.poll()
    table.run_due()
    with read_session(ledger) as session:
        assert jobs.health(session, clock.now()) == jobs.JobsHealth(clock.now(), False, table.holder)
        assert not jobs.health(session, clock.now() + timedelta(hours=26)).stale
        assert jobs.health(session, clock.now() + timedelta(hours=26, seconds=1)).stale
        assert [run.job for run in jobs.latest_runs(session)] == [OVERDUE_SCAN, DAY_ROLL]


def test_health_is_stale_when_nobody_leads_and_todays_scan_is_missing(ledger):
    clock = FixedClock(noon(TODAY))
    run_once(ledger, clock)
    with write_session(ledger) as session:
        session.execute(sa.text("UPDATE scheduler_lease SET expires_at = '2026-01-01 00:00:00.000000'"))
    with read_session(ledger) as session:
        assert not jobs.health(session, clock.now()).stale
        assert jobs.health(session, clock.now() + timedelta(hours=13)).stale


def test_a_started_timetable_scans_by_itself_and_gives_up_the_lead_when_stopped(ledger):
    clock = FixedClock(noon(TODAY))
    add_milestone(ledger, TODAY - days(1))
    table = timetable(ledger, clock)
    table.start()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not any(run.finished_at for run in runs(ledger).values()):
        time.sleep(0.05)
    table.stop()
    assert alert_count(ledger) == 1
    with read_session(ledger) as session:
        assert jobs.health(session, clock.now()).leader is None


@pytest.mark.parametrize(
    ("hour", "minute", "day"), [(16, 9, TODAY - days(1)), (16, 10, TODAY), (15, 59, TODAY - days(1)), (20, 0, TODAY)]
)
def test_a_slot_comes_at_its_time_in_shanghai(hour, minute, day):
    instant = noon(TODAY - days(1)).replace(hour=hour, minute=minute)
    assert slots.last_due(instant, Settings().scan_at) == day


@pytest.mark.parametrize(
    ("done", "count"), [(None, 1), (TODAY, 0), (TODAY - days(1), 1), (TODAY - days(4), 4), (date(2026, 12, 1), 0)]
)
def test_the_missed_slots_are_the_days_since_the_last(done, count):
    found = slots.missed(done, TODAY)
    assert len(found) == count
    assert not count or found[-1] == TODAY
