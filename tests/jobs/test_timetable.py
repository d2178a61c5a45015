"""The timetable: slots that came are run, missed ones covered, failed ones tried again, and health says so."""

import json
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.clock import FixedClock
from app.core.database import read_session, write_session
from app.core.settings import Settings
from app.jobs import slots
from app.jobs.timetable import IntervalJob, Timetable
from app.models import Alert, Heartbeat, JobRun, SchedulerLease
from app.queries import jobs, timetables
from app.queries.jobs import DAY_ROLL, LEASE_POLL, OVERDUE_SCAN, QUARTER_DRAFTS, JobsFault, JobsHealth
from app.services import standings
from tests.jobs.ledger import TODAY, add_milestone, days, noon

START = TODAY - days(3)


def timetable(engine: Engine, clock: FixedClock) -> Timetable:
    return Timetable(engine, Settings(), clock)


def run_once(engine: Engine, clock: FixedClock) -> Timetable:
    """Run what a timetable would run on gaining the lead, and hand the lead back."""
    table = leading(engine, clock)
    table.run_due()
    table.stop_leading()
    return table


def leading(engine: Engine, clock: FixedClock) -> Timetable:
    table = timetable(engine, clock)
    table.poll()
    return table


def runs(engine: Engine, job: str = OVERDUE_SCAN) -> dict[str, JobRun]:
    with read_session(engine) as session:
        rows = session.scalars(sa.select(JobRun).where(col(JobRun.job) == job).order_by(col(JobRun.id)))
        return {row.slot: row for row in rows}


def result(run: JobRun) -> dict[str, object]:
    found: dict[str, object] = json.loads(run.result)
    return found


def alert_count(engine: Engine) -> int:
    with read_session(engine) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Alert)) or 0


def health(engine: Engine, now: datetime) -> JobsHealth:
    with read_session(engine) as session:
        return jobs.health(session, now)


@pytest.mark.parametrize(
    ("stopped", "back"),
    [(START, TODAY), (date(2026, 9, 30), date(2026, 10, 8))],
    ids=["three days", "the national holiday"],
)
def test_after_an_outage_one_scan_covers_the_missed_days_in_one_row(ledger, stopped, back):
    clock, missed = FixedClock(noon(stopped)), (back - stopped).days
    for step in range(missed):
        add_milestone(ledger, stopped + days(step), today=stopped)
    run_once(ledger, clock)
    before = alert_count(ledger)
    clock.advance(days(missed))
    run_once(ledger, clock)
    found = runs(ledger)
    assert list(found) == [str(stopped), str(back)]
    assert result(found[str(back)])["covered_days"] == missed - 1
    assert result(found[str(back)])["covered_hours"] == missed * 24 - 1
    assert result(found[str(back)])["alerts_raised"] == missed == alert_count(ledger) - before
    assert list(runs(ledger, DAY_ROLL)) == list(found)
    run_once(ledger, clock)
    assert alert_count(ledger) - before == missed


def test_every_hour_has_its_sweep_and_every_day_one_at_its_time_across_midnight_and_the_years_end(ledger):
    clock = FixedClock(datetime(2026, 12, 31, 14, 59, 50, tzinfo=UTC))  # 22:59:50 in Shanghai
    milestone_id = add_milestone(ledger, date(2026, 12, 31), today=date(2026, 12, 31))
    table = leading(ledger, clock)
    table.run_due()
    for step in (20, 3600, 5, 600, 3600):  # 23:00:10, 00:00:10, 00:00:15, 00:10:15, 01:10:15
        clock.advance(timedelta(seconds=step))
        table.run_due()
    assert list(runs(ledger)) == ["2026-12-31", "2026-12-31T23", "2027-01-01T00", "2027-01-01", "2027-01-01T01"]
    assert list(runs(ledger, DAY_ROLL)) == ["2026-12-31", "2027-01-01"]
    with read_session(ledger) as session:
        assert standings.projection_day(session) == date(2027, 1, 1)
        alerts = session.execute(sa.select(col(Alert.milestone_id), col(Alert.scanned_on)).order_by(col(Alert.id)))
        assert [tuple(row) for row in alerts] == [(milestone_id, date(2026, 12, 31)), (milestone_id, date(2027, 1, 1))]
    table.stop_leading()


def test_a_clock_that_was_ahead_once_silences_nothing(ledger):
    clock = FixedClock(noon(TODAY + days(1000)))
    run_once(ledger, clock)
    clock.advance(-days(1000))
    assert health(ledger, clock.now()).fault is JobsFault.NEVER_SWEPT
    run_once(ledger, clock)
    assert list(runs(ledger)) == [str(TODAY + days(1000)), str(TODAY)]


def test_a_second_scheduler_does_nothing_while_the_first_leads(ledger):
    clock = FixedClock(noon(TODAY))
    first, second = leading(ledger, clock), leading(ledger, clock)
    for table in (first, second):
        table.run_due()
    assert [row.holder for row in runs(ledger).values()] == [first.holder]
    first.stop_leading()
    second.poll()
    clock.advance(days(1))
    second.run_due()
    assert runs(ledger)[str(TODAY + days(1))].holder == second.holder


def test_work_left_for_a_lease_that_ran_out_is_taken_up_by_its_own_process_when_nobody_else_came(ledger):
    table = Timetable(ledger, Settings(), FixedClock(noon(TODAY)), intervals=(), poll=timedelta(seconds=0.1))
    table.poll()
    with write_session(ledger) as session:  # as when the next poll waited for the database until then
        session.execute(sa.update(SchedulerLease).values(expires_at=noon(date(2000, 1, 1))))
    table.run_due()
    assert runs(ledger, DAY_ROLL) == {}
    table.start()
    try:
        began = time.monotonic()
        while not any(run.finished_at for run in runs(ledger).values()):
            assert time.monotonic() - began < 30
            time.sleep(0.02)
    finally:
        table.stop()


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
    assert health(ledger, clock.now()).stale
    mend(ledger)
    run_once(ledger, clock)
    assert not runs(ledger)[str(TODAY)].failed
    assert alert_count(ledger) == 1


def test_health_is_at_fault_until_a_sweep_and_again_after_two_hours_without(ledger):
    clock = FixedClock(noon(TODAY))
    assert health(ledger, clock.now()) == JobsHealth(None, None, JobsFault.NEVER_SWEPT)
    table = leading(ledger, clock)
    table.run_due()
    ended = clock.now()
    assert health(ledger, ended) == JobsHealth(ended, table.holder)
    assert not health(ledger, ended + timedelta(hours=2)).stale
    late = health(ledger, ended + timedelta(hours=2, seconds=1))
    assert (late.fault, late.since, late.last_scan_at) == (JobsFault.SWEEP_OLD, ended, ended)
    with read_session(ledger) as session:
        assert [run.job for run in timetables.latest_runs(session)] == [QUARTER_DRAFTS, OVERDUE_SCAN, DAY_ROLL]


def test_health_is_at_fault_when_nobody_leads_for_longer_than_a_take_over_needs(ledger):
    clock = FixedClock(noon(TODAY))
    run_once(ledger, clock)
    found = health(ledger, clock.now())
    assert (found.leader, found.fault) == (None, None)
    with write_session(ledger) as session:
        session.execute(sa.text("UPDATE scheduler_lease SET expires_at = '2026-01-01 00:00:00.000000'"))
    found = health(ledger, clock.now())
    assert (found.fault, found.since) == (JobsFault.NOBODY_LEADS, datetime(2026, 1, 1, tzinfo=UTC))


def test_processes_show_signs_of_life_and_take_them_back_when_they_end(ledger):
    clock = FixedClock(noon(TODAY))
    first, second = leading(ledger, clock), leading(ledger, clock)
    first.run_due()
    with read_session(ledger) as session:
        found = timetables.processes(session, first.holder)
    assert [(item.holder, item.leads, item.silent) for item in found] == [
        (first.holder, True, False),
        (second.holder, False, False),
    ]
    assert [beat.job for beat in found[0].beats] == [DAY_ROLL, LEASE_POLL, OVERDUE_SCAN, QUARTER_DRAFTS]
    with write_session(ledger) as session:
        for column in ("at", "due_by"):
            session.execute(sa.text(f"UPDATE heartbeat SET {column} = '2026-01-01 00:00:00.000000'"))
    with read_session(ledger) as session:
        assert [item.silent for item in timetables.processes(session, None)] == [True, True]
    second.stop_leading()
    clock.advance(timedelta(hours=1))
    first.poll()
    first.run_due()
    with read_session(ledger) as session:
        assert set(session.scalars(sa.select(col(Heartbeat.holder)))) == {first.holder}


def test_an_interval_job_runs_for_the_leader_only_and_its_faults_are_seen(ledger):
    clock, ran = FixedClock(noon(TODAY)), []

    def work(now: datetime) -> dict[str, object]:
        ran.append(now)
        if len(ran) > 1:
            raise ValueError("spoiled")
        return {"sent": 7}

    job = IntervalJob("deliver", timedelta(seconds=20), work)
    table = Timetable(ledger, Settings(), clock, intervals=[job])
    table.run_interval(job)
    assert ran == []
    table.poll()
    details = []
    for _ in range(2):
        table.run_interval(job)
        with read_session(ledger) as session:
            beat = session.scalars(sa.select(Heartbeat).where(col(Heartbeat.job) == "deliver")).one()
        details.append(json.loads(beat.detail))
    assert details == [{"sent": 7}, {"error": "ValueError: spoiled"}]
    assert beat.due_by - beat.at == timedelta(minutes=3)


def test_a_started_timetable_scans_by_itself_and_gives_up_the_lead_when_stopped(ledger):
    clock, ran = FixedClock(noon(TODAY)), []
    add_milestone(ledger, TODAY - days(1))

    def work(now: datetime) -> dict[str, object]:
        ran.append(now)
        return {}

    table = Timetable(ledger, Settings(), clock, intervals=[IntervalJob("deliver", timedelta(milliseconds=100), work)])
    table.start()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (ran and any(run.finished_at for run in runs(ledger).values())):
        time.sleep(0.05)
    table.stop()
    assert ran
    assert alert_count(ledger) == 1
    assert health(ledger, clock.now()).leader is None
    with read_session(ledger) as session:
        assert timetables.processes(session, None) == []


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
    assert slots.missed_days(done, TODAY) == count


@pytest.mark.parametrize(("minutes", "count"), [(None, 1), (0, 0), (59, 0), (60, 1), (72 * 60 + 5, 72)])
def test_an_hour_in_which_a_sweep_began_needs_no_other(minutes, count):
    began = None if minutes is None else noon(TODAY)
    assert slots.missed_hours(began, noon(TODAY) + timedelta(minutes=minutes or 0)) == count
