"""One leads, and a slot runs once: whoever asks, and however many start."""

import time
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import make_engine, write_session
from app.models import JobRun
from app.queries.jobs import BY_HAND
from app.services import job_problems, job_runs, leases
from app.services.job_problems import Problem
from tests.jobs.ledger import TODAY, noon
from tests.support.processes import process_context

NOW = noon(TODAY)
SHORT = timedelta(milliseconds=300)


def hold(engine: Engine, holder: str, ttl: timedelta = leases.TTL) -> bool:
    with write_session(engine) as session:
        return leases.hold(session, holder, ttl)


def claim(engine: Engine, holder: str, slot: str = "2026-11-22") -> int | None:
    with write_session(engine) as session:
        return job_runs.claim(session, "overdue_scan", slot, holder=holder, now=NOW)


def finish(engine: Engine, holder: str, *, run_id: int = 1, failed: bool = False, leading: bool = False) -> bool:
    with write_session(engine) as session:
        return job_runs.finish(
            session, run_id, holder=holder, failed=failed, result={"raised": 1}, now=NOW, leading=leading
        )


def test_one_holds_the_lease_and_renews_it(engine):
    assert hold(engine, "first")
    assert not hold(engine, "second")
    assert hold(engine, "first")


def test_a_lease_that_ran_out_is_taken_over(engine):
    assert hold(engine, "first", SHORT)
    time.sleep(SHORT.total_seconds() + 0.1)
    assert hold(engine, "second")
    assert not hold(engine, "first")


def test_a_lease_given_up_is_free_at_once(engine):
    hold(engine, "first")
    with write_session(engine) as session:
        leases.release(session, "second")
    assert not hold(engine, "second")
    with write_session(engine) as session:
        leases.release(session, "first")
    assert hold(engine, "second")


def test_a_slot_is_claimed_once(engine):
    assert claim(engine, "first")
    assert not claim(engine, "second")
    assert not claim(engine, "first")
    assert claim(engine, "second", "2026-11-23")


def test_a_finished_slot_stays_finished_and_a_failed_one_is_tried_again(engine):
    claim(engine, "first")
    finish(engine, "first", failed=True)
    assert claim(engine, "second")
    finish(engine, "second")
    hold(engine, "first")
    assert not claim(engine, "first")


def test_a_new_leader_takes_over_what_the_dead_one_left(engine):
    hold(engine, "first", SHORT)
    claim(engine, "first")
    assert not claim(engine, "second")
    time.sleep(SHORT.total_seconds() + 0.1)
    assert hold(engine, "second")
    assert claim(engine, "second")
    assert not finish(engine, "first")  # it wakes up late: its word no longer counts
    assert finish(engine, "second", failed=True)
    assert claim(engine, "third")


def test_a_run_that_needs_the_lead_does_not_end_without_it(engine):
    hold(engine, "first", SHORT)
    run_id = claim(engine, "first") or 0
    time.sleep(SHORT.total_seconds() + 0.1)
    with write_session(engine) as session:
        assert not leases.still_holds(session, "first")
    assert not finish(engine, "first", run_id=run_id, leading=True)
    hold(engine, "first")
    with write_session(engine) as session:
        assert leases.still_holds(session, "first")
        assert not leases.still_holds(session, "second")
    assert finish(engine, "first", run_id=run_id, leading=True)


def test_who_leads_closes_what_others_left_but_not_what_people_began(engine):
    claim(engine, "first", "2026-11-22T13")
    by_hand = claim(engine, "office", f"2026-11-22T13:00:00{BY_HAND}12345678") or 0
    hold(engine, "second")
    for holder, closed in (("third", 0), ("second", 1)):
        with write_session(engine) as session:
            assert job_runs.close_interrupted(session, holder=holder, now=NOW) == closed
    assert not finish(engine, "first")
    assert finish(engine, "office", run_id=by_hand)


def test_runs_of_hours_are_forgotten_after_ninety_days_and_those_of_days_are_kept(engine):
    slots = ("2026-11-22", "2026-11-22T13", "2026-11-22T14", "2026-11-22T15")
    ids = [claim(engine, "first", slot) or 0 for slot in slots]
    for run_id in ids[:3]:
        finish(engine, "first", run_id=run_id)
    with write_session(engine) as session:
        job_problems.keep(session, ids[2], [Problem("alert", "milestone/7", "no")], now=NOW)
    for after, kept in ((89, slots), (91, ("2026-11-22", "2026-11-22T14"))):
        with write_session(engine) as session:
            job_runs.prune(session, now=NOW + timedelta(days=after))
            assert tuple(session.scalars(sa.select(col(JobRun.slot)).order_by(col(JobRun.id)))) == kept


def claim_in_a_process(url: str, holder: str, start, results) -> None:
    engine = make_engine(url)
    start.wait()
    results.put((hold(engine, holder), claim(engine, holder) is not None))
    engine.dispose()


def test_of_three_processes_that_start_at_once_one_leads_and_runs(database_url):
    context = process_context()
    start, results = context.Barrier(3), context.Queue()
    processes = [
        context.Process(target=claim_in_a_process, args=(database_url, name, start, results)) for name in "abc"
    ]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    assert sum(leads for leads, _ in found) == 1
    assert 1 <= sum(runs for _, runs in found) <= 2  # the leader may take over what another claimed just before
