"""One leads, and a slot runs once: whoever asks, and however many start."""

import time
from datetime import timedelta
from multiprocessing import get_context

from sqlalchemy import Engine

from app.core.database import make_engine, write_session
from app.services import job_runs, leases
from tests.jobs.ledger import TODAY, noon

NOW = noon(TODAY)
SHORT = timedelta(milliseconds=300)


def hold(engine: Engine, holder: str, ttl: timedelta = leases.TTL) -> bool:
    with write_session(engine) as session:
        return leases.hold(session, holder, ttl)


def claim(engine: Engine, holder: str, slot: str = "2026-11-22") -> bool:
    with write_session(engine) as session:
        return job_runs.claim(session, "overdue_scan", slot, holder=holder, now=NOW)


def finish(engine: Engine, holder: str, *, failed: bool = False) -> None:
    with write_session(engine) as session:
        job_runs.finish(
            session, "overdue_scan", "2026-11-22", holder=holder, failed=failed, result={"raised": 1}, now=NOW
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
    finish(engine, "first")  # it wakes up late: its word no longer counts
    finish(engine, "second", failed=True)
    assert claim(engine, "third")


def claim_in_a_process(url: str, holder: str, start, results) -> None:
    engine = make_engine(url)
    start.wait()
    results.put((hold(engine, holder), claim(engine, holder)))
    engine.dispose()


def test_of_three_processes_that_start_at_once_one_leads_and_runs(database_url):
    context = get_context("spawn")
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
