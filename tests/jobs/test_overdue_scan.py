"""The overdue scan: everything once, nothing twice, whatever happened to the machine in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import make_engine, read_session, write_session
from app.domain.vocabulary import DecisionKind, Measure, MilestoneKind, Standing
from app.jobs.scan_by_hand import scan_by_hand
from app.models import (
    Alert,
    AlertRecipient,
    AuditEntry,
    CaseEvent,
    CaseMilestone,
    MilestoneDecision,
    MilestoneGovernor,
    MilestoneStanding,
    Obligation,
)
from app.queries import jobs, timetables
from app.queries.audit import verify_chain
from app.services import standings
from app.services.installation import install
from tests.jobs.ledger import (
    HELPER,
    OFFICE,
    OFFICER,
    SCHEDULER,
    TODAY,
    UNIT,
    add_milestone,
    days,
    extend,
    noon,
    report,
    scan_on,
)
from tests.support.processes import process_context

SEEDS = Path(__file__).parents[2] / "seeds"


def alerts(engine: Engine) -> list[Alert]:
    with read_session(engine) as session:
        return list(session.scalars(sa.select(Alert).order_by(col(Alert.id))))


def held(engine: Engine) -> list[CaseMilestone]:
    with read_session(engine) as session:
        return list(session.scalars(sa.select(CaseMilestone).order_by(col(CaseMilestone.milestone_id))))


def fire_on(engine: Engine, milestone_id: int) -> date | None:
    with read_session(engine) as session:
        query = sa.select(col(Obligation.fire_on)).where(col(Obligation.milestone_id) == milestone_id)
        return session.scalar(query)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def test_a_second_scan_of_the_same_day_raises_nothing(ledger):
    add_milestone(ledger, TODAY - days(1))
    add_milestone(ledger, TODAY + days(10))
    first, second = scan_on(ledger, TODAY), scan_on(ledger, TODAY)
    assert (first.examined, first.overdue, first.alerts_raised, first.failed) == (2, 1, 2, 0)
    assert (second.examined, second.overdue, second.alerts_raised, second.cases_opened) == (2, 1, 0, 0)
    assert len(alerts(ledger)) == 2


def test_a_scan_asked_for_by_a_person_is_in_the_ledger_of_runs(ledger):
    add_milestone(ledger, TODAY - days(1))
    now = noon(TODAY)
    with read_session(ledger) as session:
        assert jobs.health(session, now).last_scan_at is None
    scan_by_hand(ledger, on=TODAY - days(9), now=now, actor=SCHEDULER)
    with read_session(ledger) as session:
        assert jobs.health(session, now).last_scan_at is None  # another day's says nothing of today
    finding = scan_by_hand(ledger, on=TODAY, now=now, actor=SCHEDULER)
    with read_session(ledger) as session:
        assert jobs.health(session, now).last_scan_at is not None
        assert f'"alerts_raised": {finding.alerts_raised}' in timetables.latest_runs(session)[0].result


def test_the_rungs_follow_one_another_day_by_day(ledger):
    add_milestone(ledger, TODAY + days(30))
    fired = [step for step in range(-5, 70) if scan_on(ledger, TODAY + days(step)).alerts_raised]
    assert fired == [0, 31, 45, 60]
    assert [item.days_late for item in alerts(ledger)] == [-30, 1, 15, 30]


def test_after_three_days_of_outage_everything_comes_once(ledger):
    ids = [add_milestone(ledger, TODAY + days(step)) for step in (0, 1, 2)]
    scan_on(ledger, TODAY - days(1))
    before = len(alerts(ledger))
    found = scan_on(ledger, TODAY + days(3))
    late = alerts(ledger)[before:]
    assert found.alerts_raised == 3
    assert sorted(item.milestone_id or 0 for item in late) == ids
    assert {item.measure for item in late} == {Measure.URGING}
    assert sorted(item.fire_on for item in late) == [TODAY + days(step) for step in (1, 2, 3)]


def test_a_late_start_fires_one_rung_a_day_and_keeps_the_distance(ledger):
    milestone_id = add_milestone(ledger, TODAY - days(300))
    assert scan_on(ledger, TODAY).alerts_raised == 1
    assert scan_on(ledger, TODAY + days(1)).alerts_raised == 0
    assert fire_on(ledger, milestone_id) == TODAY + days(14)


def test_a_past_day_is_replayed_from_what_was_known_then(ledger):
    reported = add_milestone(ledger, TODAY - days(20))
    later = add_milestone(ledger, TODAY - days(5))
    report(ledger, reported, 60, now=noon(TODAY - days(2)))
    with read_session(ledger) as session:
        before = standings.projection_day(session)
    found = scan_on(ledger, TODAY - days(10), today=TODAY)
    assert (found.examined, found.overdue, found.alerts_raised) == (2, 1, 1)
    (alert,) = alerts(ledger)
    assert (alert.milestone_id, alert.scanned_on, alert.days_late) == (reported, TODAY - days(10), 10)
    assert "未填报进展" in alert.reason
    with read_session(ledger) as session:
        assert standings.projection_day(session) == before == TODAY
        assert standings.differences(session, TODAY) == []
    assert scan_on(ledger, TODAY - days(10), today=TODAY).alerts_raised == 0
    assert scan_on(ledger, TODAY).alerts_raised == 1
    assert alerts(ledger)[-1].milestone_id == later


def test_a_replay_opens_no_case_on_what_was_settled_since(ledger):
    milestone_id = add_milestone(ledger, TODAY - days(100))
    with write_session(ledger) as session:
        session.add(
            MilestoneDecision(
                milestone_id=milestone_id,
                kind=DecisionKind.CLOSE_OUT,
                reached_on=TODAY - days(1),
                author_id=OFFICER,
                recorded_at=noon(TODAY),
            )
        )
        session.flush()
        standings.refresh(session, [milestone_id], TODAY)
    found = scan_on(ledger, TODAY - days(10), today=TODAY)
    assert (found.overdue, found.alerts_raised, found.cases_opened) == (1, 0, 0)


def test_another_day_ahead_leaves_todays_projection_alone(ledger):
    add_milestone(ledger, TODAY)
    assert scan_on(ledger, TODAY + days(40), today=TODAY).cases_opened == 1
    with read_session(ledger) as session:
        assert session.scalar(sa.select(col(MilestoneStanding.standing))) is Standing.DUE_SOON
        assert standings.projection_day(session) == TODAY


def test_unconfirmed_history_raises_nothing(ledger):
    add_milestone(ledger, date(2024, 12, 31))
    found = scan_on(ledger, TODAY)
    assert (found.examined, found.overdue, found.alerts_raised, found.cases_opened) == (1, 0, 0, 0)


def test_an_extension_arms_the_ladder_again(ledger):
    milestone_id = add_milestone(ledger, TODAY - days(40))
    assert scan_on(ledger, TODAY).cases_opened == 1
    extend(ledger, milestone_id, TODAY + days(60), now=noon(TODAY))
    assert scan_on(ledger, TODAY + days(1)).alerts_raised == 0
    assert scan_on(ledger, TODAY + days(30)).alerts_raised == 1
    assert scan_on(ledger, TODAY + days(61)).alerts_raised == 1
    assert [item.due_version for item in alerts(ledger)] == [1, 2, 2]
    assert "原定" in alerts(ledger)[-1].reason
    assert scan_on(ledger, TODAY + days(91)).cases_opened == 0
    assert [(item.case_id, item.due_version) for item in held(ledger)] == [(1, 1), (1, 2)]


def test_a_case_opens_on_the_first_day_past_grace(ledger):
    add_milestone(ledger, TODAY - days(30))
    assert scan_on(ledger, TODAY).cases_opened == 0
    assert scan_on(ledger, TODAY + days(1)).cases_opened == 1
    assert scan_on(ledger, TODAY + days(2)).cases_opened == 0


def test_milestones_of_one_matter_share_a_case_and_others_do_not(ledger):
    duty: dict[str, Any] = {"kind": MilestoneKind.DUTY, "series": "yearly"}
    same = [add_milestone(ledger, TODAY - days(40 + step), **duty) for step in (0, 1)]
    add_milestone(ledger, TODAY - days(50))
    later = add_milestone(ledger, TODAY - days(20), **duty)
    assert scan_on(ledger, TODAY).cases_opened == 2
    assert scan_on(ledger, TODAY + days(20)).cases_opened == 0
    cases = {item.milestone_id: item.case_id for item in held(ledger)}
    assert len({cases[item] for item in (*same, later)}) == 1
    with read_session(ledger) as session:
        texts = list(session.scalars(sa.select(col(CaseEvent.text)).order_by(col(CaseEvent.id))))
    assert len(texts) == 3
    assert "并入本案" in texts[-1]


def test_everybody_involved_is_urged_but_a_notice_is_for_the_responsible(ledger):
    add_milestone(ledger, TODAY - days(1), responsible=(UNIT,), supporting=(HELPER, UNIT))
    add_milestone(ledger, TODAY - days(1), responsible=())
    scan_on(ledger, TODAY)
    scan_on(ledger, TODAY + days(14))
    with read_session(ledger) as session:
        rows = session.execute(
            sa.select(col(Alert.milestone_id), col(Alert.measure), col(AlertRecipient.organization_id))
            .join(AlertRecipient, col(AlertRecipient.alert_id) == col(Alert.id))
            .order_by(col(Alert.id), col(AlertRecipient.organization_id))
        ).all()
    assert [tuple(row) for row in rows] == [
        (1, Measure.URGING, OFFICE),  # for the helper, in which nobody is on record
        (1, Measure.URGING, UNIT),
        (1, Measure.URGING, HELPER),
        (2, Measure.URGING, OFFICE),
        (1, Measure.SUPERVISION_NOTICE, UNIT),
        (2, Measure.SUPERVISION_NOTICE, OFFICE),
    ]


def poison(engine: Engine, table: str, milestone_id: int) -> None:
    """Make the database refuse one milestone's row."""
    condition = f"NEW.milestone_id = {milestone_id}"
    with write_session(engine) as session:
        if engine.dialect.name == "sqlite":
            body = f"WHEN {condition} BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
            session.execute(sa.text(f"CREATE TRIGGER poison_{table} BEFORE INSERT ON {table} {body}"))
            return
        raising = f"BEGIN IF {condition} THEN RAISE EXCEPTION 'poisoned'; END IF; RETURN NEW; END"
        session.execute(sa.text(f"CREATE FUNCTION poison_{table}() RETURNS trigger LANGUAGE plpgsql AS $${raising}$$"))
        calling = f"FOR EACH ROW EXECUTE FUNCTION poison_{table}()"
        session.execute(sa.text(f"CREATE TRIGGER poison_{table} BEFORE INSERT ON {table} {calling}"))


def test_a_poisoned_item_is_counted_and_the_rest_goes_on(ledger):
    ids = [add_milestone(ledger, TODAY - days(40)) for _ in range(5)]
    poison(ledger, "alert", ids[2])
    poison(ledger, "case_milestone", ids[3])
    found = scan_on(ledger, TODAY)
    assert (found.alerts_raised, found.cases_opened, found.failed) == (4, 4, 2)
    assert {item.milestone_id for item in alerts(ledger)} == set(ids) - {ids[2]}
    assert {item.milestone_id for item in held(ledger)} == set(ids) - {ids[3]}
    with read_session(ledger) as session:
        assert verify_chain(session).broken_at is None


def test_one_audit_entry_speaks_for_a_batch(ledger):
    for _ in range(3):
        add_milestone(ledger, TODAY - days(1))
    scan_on(ledger, TODAY)
    with read_session(ledger) as session:
        entries = session.scalars(sa.select(AuditEntry)).all()
        assert [(item.action, item.actor) for item in entries] == [("alerts:raise", SCHEDULER.name)]
        assert '"raised": 3' in entries[0].detail


def test_a_scan_takes_the_same_statements_for_few_and_for_many(ledger):
    counts = []
    for size in (3, 60):
        for _ in range(size):
            add_milestone(ledger, TODAY - days(40))
        with statements(ledger) as seen:
            assert scan_on(ledger, TODAY).alerts_raised == size
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 2
    assert counts[1] <= 66


def test_on_the_first_day_every_overdue_milestone_of_the_plans_gets_one_alert_and_one_case(engine):
    with write_session(engine) as session:
        install(session, SEEDS, SCHEDULER, noon(TODAY))
    found = scan_on(engine, TODAY)
    with read_session(engine) as session:
        overdue = set(
            session.scalars(
                sa.select(col(MilestoneStanding.milestone_id)).where(
                    col(MilestoneStanding.standing) == Standing.OVERDUE
                )
            )
        )
        governed = set(session.scalars(sa.select(col(MilestoneGovernor.milestone_id))))
        past = set(
            session.scalars(
                sa.select(col(MilestoneStanding.milestone_id)).where(
                    col(MilestoneStanding.standing) == Standing.OVERDUE,
                    col(MilestoneStanding.effective_due_on) < TODAY - days(30),
                )
            )
        )
    raised = [item.milestone_id for item in alerts(engine)]
    assert overdue
    assert found.overdue == len(overdue)
    assert len(raised) == len(set(raised)) == found.alerts_raised
    # A goal that stands a second time with the date that governs raises nothing of its own.
    assert governed & overdue
    assert overdue - governed <= set(raised)
    assert not governed & set(raised)
    assert {item.milestone_id for item in held(engine)} == past - governed
    assert found.failed == 0


def scan_in_a_process(url: str, start, results) -> None:
    engine = make_engine(url)
    start.wait()
    results.put(scan_on(engine, TODAY))
    engine.dispose()


def test_two_processes_that_scan_at_once_double_nothing(ledger, database_url):
    for _ in range(40):
        add_milestone(ledger, TODAY - days(40))
    ledger.dispose()
    context = process_context()
    start, results = context.Barrier(2), context.Queue()
    processes = [context.Process(target=scan_in_a_process, args=(database_url, start, results)) for _ in range(2)]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    assert sum(item.alerts_raised for item in found) == len(alerts(ledger)) == 40
    assert sum(item.cases_opened for item in found) == len(held(ledger)) == 40
    assert [item.failed for item in found] == [0, 0]
