"""The projection of today's standings against the facts, on both engines."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from time import sleep

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.clock import day_end
from app.core.database import read_session, write_session
from app.domain.standing import judge
from app.domain.vocabulary import DecisionKind, Standing
from app.models import MilestoneStanding, Obligation
from app.queries import facts
from app.services import audit, standings
from app.services.turns import take_turn
from tests.support.facts import (
    POLICY,
    SYSTEM,
    Office,
    add_decision,
    add_due,
    add_milestone,
    add_report,
    add_target,
    counted,
    day,
    noon,
    office,
)

FIRST = day("2026-01-01")


def standing_of(session: Session, milestone_id: int) -> Standing:
    found = session.scalar(
        sa.select(col(MilestoneStanding.standing)).where(col(MilestoneStanding.milestone_id) == milestone_id)
    )
    assert found is not None
    return Standing(found)


def fire_on(session: Session, milestone_id: int) -> date | None:
    return session.scalar(sa.select(col(Obligation.fire_on)).where(col(Obligation.milestone_id) == milestone_id))


def busy_office(session: Session, milestones: int) -> tuple[Office, list[int]]:
    """Milestones spread over three years, some with reports, claims, closings, extensions; the same for each run."""
    chance = random.Random(7)
    of = office(session)
    ids = []
    for _ in range(milestones):
        start = FIRST + timedelta(chance.randrange(-700, 300))
        ids.append(add_milestone(session, of, start, start + timedelta(chance.randrange(1, 500))))
    for milestone_id in ids[::2]:
        at = noon(FIRST - timedelta(chance.randrange(1, 300)))
        share = chance.choice((None, 10, 50, 100))
        report_id = add_report(session, of, milestone_id, at, share_pct=share, claims_completion=share == 100)
        if share == 100 and chance.random() < 0.5:
            kind = chance.choice((DecisionKind.CLOSE_OUT, DecisionKind.RETURN))
            reached_on = FIRST - timedelta(5) if kind is DecisionKind.CLOSE_OUT else None
            add_decision(
                session, of, milestone_id, kind, at + timedelta(hours=2), report_id=report_id, reached_on=reached_on
            )
    for milestone_id in ids[::5]:
        add_due(session, of, milestone_id, 2, FIRST + timedelta(chance.randrange(400)), noon("2025-12-01"))
    return of, ids


def test_a_fact_changes_the_standing_and_the_next_firing_in_its_own_transaction(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-06-30")
        standings.refresh(session, [milestone_id], day("2026-07-05"))
        assert standing_of(session, milestone_id) is Standing.OVERDUE
        assert fire_on(session, milestone_id) == day("2026-07-01")
        add_due(session, of, milestone_id, 2, "2026-12-31", noon("2026-07-05"))
        standings.refresh(session, [milestone_id], day("2026-07-05"))
        assert standing_of(session, milestone_id) is Standing.ON_TRACK
        assert fire_on(session, milestone_id) == day("2026-12-01")
        closed = day("2026-07-05")
        add_decision(session, of, milestone_id, DecisionKind.CLOSE_OUT, noon(closed), reached_on=closed)
        standings.refresh(session, [milestone_id], day("2026-07-05"))
        assert standing_of(session, milestone_id) is Standing.CLOSED
        assert fire_on(session, milestone_id) is None


def test_an_accepted_value_below_its_target_after_the_closing_regresses(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-06-30")
        target_id = add_target(session, of, milestone_id, "96.0")
        closed = day("2026-06-01")
        add_decision(session, of, milestone_id, DecisionKind.CLOSE_OUT, noon(closed), reached_on=closed)
        reached = add_report(session, of, milestone_id, noon("2026-07-01"), values={target_id: "96"}, accepted=True)
        missed = add_report(session, of, milestone_id, noon("2026-08-01"), values={target_id: "95.999"})
        standings.refresh(session, [milestone_id], day("2026-08-01"))
        assert standing_of(session, milestone_id) is Standing.CLOSED
        add_decision(session, of, milestone_id, DecisionKind.ACCEPT, noon("2026-08-02"), report_id=missed)
        standings.refresh(session, [milestone_id], day("2026-08-02"))
        assert standing_of(session, milestone_id) is Standing.REGRESSED
        assert reached < missed


def test_rolling_forward_day_by_day_equals_judging_everything_anew(engine: Engine):
    looked_at = set(random.Random(3).sample(range(400), 12)) | {0, 399}
    with write_session(engine) as session:
        busy_office(session, 60)
        standings.rebuild(session, FIRST)
    for offset in range(400):
        today = FIRST + timedelta(offset)
        with write_session(engine) as session:
            standings.roll(session, today)
            if offset in looked_at:
                assert standings.differences(session, today) == []


def test_one_jump_over_a_year_equals_rolling_day_by_day(engine: Engine):
    with write_session(engine) as session:
        busy_office(session, 60)
        standings.rebuild(session, FIRST)
        changed = standings.roll(session, FIRST + timedelta(365))
        assert 0 < changed < 60
        assert standings.differences(session, FIRST + timedelta(365)) == []


def test_a_clock_set_back_judges_everything_again(engine: Engine):
    with write_session(engine) as session:
        busy_office(session, 30)
        standings.rebuild(session, FIRST + timedelta(300))
        assert standings.roll(session, FIRST) == 30
        assert standings.projection_day(session) == FIRST
        assert standings.differences(session, FIRST) == []
        assert standings.roll(session, FIRST) == 0


def test_a_standing_typed_in_by_hand_is_found(engine: Engine):
    with write_session(engine) as session:
        _, ids = busy_office(session, 5)
        standings.rebuild(session, FIRST)
        row = sa.update(MilestoneStanding).where(col(MilestoneStanding.milestone_id) == ids[2])
        session.execute(row.values(standing=Standing.WITHDRAWN))
        session.execute(sa.delete(MilestoneStanding).where(col(MilestoneStanding.milestone_id) == ids[4]))
        found = standings.differences(session, FIRST)
    assert [line.split(":")[0] for line in found] == [f"milestone {ids[2]}", f"milestone {ids[4]}"]


def test_looking_for_differences_writes_nothing(engine: Engine):
    with write_session(engine) as session:
        busy_office(session, 5)
        standings.rebuild(session, FIRST)
    with read_session(engine) as session, counted(engine) as statements:
        standings.differences(session, FIRST)
    assert {statement.split()[0] for statement in statements} <= {"SELECT", "BEGIN"}


def test_facts_recorded_later_do_not_change_the_ledger_of_an_earlier_day(engine: Engine):
    past = day("2026-03-31")

    def ledger(session: Session, ids: list[int]) -> list[object]:
        gathered = facts.gather(session, ids, known_until=day_end(past))
        return [(item.milestone_id, judge(item.facts, past, POLICY)) for item in gathered]

    with write_session(engine) as session:
        of, ids = busy_office(session, 20)
        before = ledger(session, ids)
        for milestone_id in ids:
            target_id = add_target(session, of, milestone_id, "96")
            report_id = add_report(session, of, milestone_id, day_end(past), share_pct=3, values={target_id: "1"})
            add_decision(session, of, milestone_id, DecisionKind.ACCEPT, day_end(past), report_id=report_id)
            add_decision(session, of, milestone_id, DecisionKind.WITHDRAW, day_end(past))
            add_due(session, of, milestone_id, 3, "2029-12-31", day_end(past))
        assert ledger(session, ids) == before


def test_statements_grow_with_chunks_and_not_with_milestones(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        ids = [add_milestone(session, of, "2026-01-01", "2026-12-31") for _ in range(40)]
        standings.refresh(session, ids[:1], FIRST)  # the very first writer makes the chain's head
        with counted(engine) as few:
            standings.refresh(session, ids[:2], FIRST)
        with counted(engine) as many:
            standings.refresh(session, ids, FIRST)
    assert len(many) == len(few) <= 17


def test_a_standing_for_no_milestones_is_refreshed_without_harm(engine: Engine):
    with write_session(engine) as session:
        standings.refresh(session, [], FIRST)
        assert standings.roll(session, FIRST) == 0


def test_a_day_roll_does_not_overwrite_a_report_that_is_being_written(engine: Engine):
    due, next_day = day("2026-01-31"), day("2026-02-01")
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2025-01-01", due)
        audit.record(session, SYSTEM, "tests:write", "tests/1", now=noon(due))
        standings.rebuild(session, due)

    def roll() -> None:
        with write_session(engine) as session:
            standings.roll(session, next_day)

    with ThreadPoolExecutor(1) as pool:
        with write_session(engine) as session:
            take_turn(session)
            add_report(session, of, milestone_id, noon(due), share_pct=100, claims_completion=True)
            standings.refresh(session, [milestone_id], due)
            rolled = pool.submit(roll)
            sleep(0.5)  # the roll has looked at the day and waits: on SQLite for the file, on PostgreSQL for its turn
        rolled.result(timeout=30)
    with read_session(engine) as session:
        assert standing_of(session, milestone_id) is Standing.AWAITING_VERIFICATION
        assert standings.differences(session, next_day) == []
