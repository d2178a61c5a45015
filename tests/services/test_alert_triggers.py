"""Rungs of every trigger on both engines: lagging, missing reports, unanswered notices, who is told, what lapses."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.vocabulary import AlertState, Capacity, DayKind, Measure, Role, RungTrigger
from app.models import (
    Account,
    Alert,
    AlertRecipient,
    CaseMilestone,
    ExpectedAnswer,
    LadderRung,
    Milestone,
    Organization,
    PeriodObligation,
)
from app.queries import alert_steps as step_reads
from app.queries.alert_states import states
from app.services import alert_steps, alerts, days, expected_answers, missing_reports, standings
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from tests.jobs.ledger import (
    HELPER,
    OFFICE,
    OFFICER,
    PLAN,
    SCHEDULER,
    TODAY,
    UNIT,
    add_milestone,
    extend,
    lay_plan,
    noon,
    report,
    scan_on,
)

UNIT_ACTOR = Actor(3, "unit", Role.UNIT, Scope(organization_id=UNIT))
OFFICE_ACTOR = Actor(OFFICER, "office", Role.OFFICE, Scope(plan_id=PLAN))
LEADER_ACTOR = Actor(2, "leader", Role.LEADER)
STRANGER = Actor(4, "stranger", Role.UNIT, Scope(organization_id=3))
WORKING = DayKind.WORKING


@pytest.fixture
def plan(engine: Engine) -> Engine:
    lay_plan(engine)
    return engine


def add_rung(engine: Engine, trigger: RungTrigger, offset: int, measure: Measure, **more: Any) -> None:
    with write_session(engine) as session:
        key = f"{trigger}-{offset}"
        session.add(LadderRung(plan_id=PLAN, key=key, trigger=trigger, offset_days=offset, measure=measure, **more))


def fired(engine: Engine, trigger: RungTrigger) -> list[tuple[date, Measure]]:
    with read_session(engine) as session:
        query = sa.select(col(Alert.scanned_on), col(Alert.measure)).where(col(Alert.trigger) == trigger)
        return [(on, measure) for on, measure in session.execute(query.order_by(col(Alert.id)))]


def told(session: Session, alert_id: int) -> set[tuple[int, Capacity]]:
    query = sa.select(col(AlertRecipient.organization_id), col(AlertRecipient.capacity))
    return {(unit, role) for unit, role in session.execute(query.where(col(AlertRecipient.alert_id) == alert_id))}


def test_lagging_is_urged_by_periods_and_a_better_report_that_still_lags_begins_no_new_spell(plan):
    add_rung(plan, RungTrigger.LAGGING, 1, Measure.URGING)
    add_rung(plan, RungTrigger.LAGGING, 2, Measure.SUPERVISION_NOTICE)
    due_on = date(2028, 12, 31)
    milestone_id = add_milestone(plan, due_on, today=date(2026, 1, 5), start_on=date(2026, 1, 1))
    report(plan, milestone_id, 1, now=noon(date(2026, 2, 1)))  # behind from spring on
    day = date(2026, 2, 1)
    while day < date(2027, 1, 10):
        scan_on(plan, day)
        if day == date(2026, 8, 1):
            report(plan, milestone_id, 4, now=noon(day))
        day += timedelta(days=1)
    assert fired(plan, RungTrigger.LAGGING) == [
        (date(2026, 7, 1), Measure.URGING),
        (date(2026, 10, 1), Measure.SUPERVISION_NOTICE),
    ]
    with read_session(plan) as session:
        reason = session.scalars(sa.select(col(Alert.reason)).order_by(col(Alert.id).desc())).first()
        assert reason is not None
        assert "滞后于序时进度" in reason
        assert "连续2个报送期滞后" in reason


def test_lagging_that_was_made_good_and_comes_back_is_urged_again(plan):
    add_rung(plan, RungTrigger.LAGGING, 1, Measure.URGING)
    milestone_id = add_milestone(plan, date(2028, 12, 31), today=date(2026, 1, 5), start_on=date(2026, 1, 1))
    report(plan, milestone_id, 1, now=noon(date(2026, 2, 1)))
    scan_on(plan, date(2026, 7, 2))
    report(plan, milestone_id, 30, now=noon(date(2026, 7, 3)))  # ahead of the schedule for a while
    scan_on(plan, date(2026, 10, 2))
    with read_session(plan) as session:
        assert set(states(session, [1]).values()) == {AlertState.SUPERSEDED}
    scan_on(plan, date(2027, 10, 2))
    assert [on for on, _ in fired(plan, RungTrigger.LAGGING)] == [date(2026, 7, 2), date(2027, 10, 2)]


@pytest.fixture
def silent(plan: Engine) -> Engine:
    """A plan with two rungs for silence, and two milestones of one unit that are reported on in 2026Q4."""
    for offset, measure, reply in ((1, Measure.URGING, None), (5, Measure.SUPERVISION_NOTICE, 3)):
        addressees = (Capacity.RESPONSIBLE, Capacity.OFFICE)
        add_rung(
            plan,
            RungTrigger.MISSING_REPORT,
            offset,
            measure,
            day_kind=WORKING,
            addressees=addressees,
            reply_days=reply,
        )
    for _ in range(2):
        add_milestone(plan, date(2029, 12, 31), start_on=date(2026, 1, 1))
    with write_session(plan) as session:
        days.begin(session, noon(TODAY))
    return plan


def test_a_unit_that_has_not_reported_is_urged_once_for_all_it_owes_and_by_working_days(silent):
    day = TODAY
    while day < date(2027, 2, 1):
        with write_session(silent) as session:
            days.begin(session, noon(day))
        scan_on(silent, day)
        day += timedelta(days=1)
    # in time until Sunday 2027-01-10; the calendar of 2027 is not published, so it goes by weekends
    assert fired(silent, RungTrigger.MISSING_REPORT) == [
        (date(2027, 1, 11), Measure.URGING),
        (date(2027, 1, 15), Measure.SUPERVISION_NOTICE),
    ]
    with read_session(silent) as session:
        row = session.scalars(sa.select(Alert).where(col(Alert.period_id).is_not(None))).first()
        assert row is not None
        assert (row.milestone_id, row.organization_id, row.due_version) == (None, UNIT, 0)
        assert "2026年第四季度应报2项未报" in row.reason
        assert told(session, row.id or 0) == {(UNIT, Capacity.RESPONSIBLE), (OFFICE, Capacity.OFFICE)}


def test_a_unit_that_has_reported_is_left_in_peace_and_the_alert_lapses_when_it_does(silent):
    scan_on(silent, date(2027, 1, 11))
    alert_id = len(fired(silent, RungTrigger.MISSING_REPORT))
    assert alert_id == 1
    with write_session(silent) as session:
        raised = session.execute(sa.select(col(Alert.id))).scalar_one()
        assert raised is not None
        assert states(session, [raised])[raised] is AlertState.OPEN
        session.execute(sa.text("UPDATE milestone_standing SET standing = 'closed'"))  # nothing is owed any more
        assert states(session, [raised])[raised] is AlertState.SUPERSEDED
        assert missing_reports.raise_due(session, SCHEDULER, [(1, UNIT)], on=date(2027, 1, 18), now=noon(TODAY)) == 0


def test_the_ladder_of_silence_is_worked_out_anew_when_it_changes(silent):
    with write_session(silent) as session:
        (row,) = session.scalars(sa.select(PeriodObligation))
        assert row.fire_on == date(2027, 1, 11)
        session.execute(sa.update(LadderRung).where(col(LadderRung.offset_days) == 1).values(offset_days=2))
        missing_reports.refresh(session, TODAY, [PLAN])
        (moved,) = session.scalars(sa.select(col(PeriodObligation.fire_on)))
        assert moved == date(2027, 1, 12)


@pytest.fixture
def noticed(plan: Engine) -> tuple[Engine, int]:
    """A supervision notice that asks for an answer in three working days, raised on Thursday 2026-12-03."""
    with write_session(plan) as session:
        session.execute(
            sa.update(LadderRung).where(col(LadderRung.measure) == Measure.SUPERVISION_NOTICE).values(reply_days=3)
        )
    for offset, addressees in ((1, (Capacity.RESPONSIBLE,)), (3, (Capacity.RESPONSIBLE, Capacity.LEADER))):
        add_rung(plan, RungTrigger.UNANSWERED, offset, Measure.URGING, day_kind=WORKING, addressees=addressees)
    milestone_id = add_milestone(plan, date(2026, 11, 18), supporting=(HELPER,))
    scan_on(plan, date(2026, 11, 19))
    scan_on(plan, date(2026, 12, 3))
    with read_session(plan) as session:
        alert_id = session.scalar(sa.select(sa.func.max(col(Alert.id))).where(col(Alert.milestone_id) == milestone_id))
    assert alert_id == 2
    return plan, alert_id


def owed(engine: Engine, alert_id: int) -> ExpectedAnswer:
    with read_session(engine) as session:
        return session.scalars(sa.select(ExpectedAnswer).where(col(ExpectedAnswer.alert_id) == alert_id)).one()


def test_a_notice_without_an_answer_is_urged_and_taken_to_the_leader(noticed):
    engine, alert_id = noticed
    answer = owed(engine, alert_id)
    assert (answer.organization_id, answer.reply_due_on, answer.provisional) == (UNIT, date(2026, 12, 8), False)
    day = date(2026, 12, 4)
    while day < date(2026, 12, 20):
        scan_on(engine, day)
        day += timedelta(days=1)
    with read_session(engine) as session:
        rows = session.scalars(sa.select(Alert).where(col(Alert.follows_id) == alert_id).order_by(col(Alert.id))).all()
        assert [(row.scanned_on, row.organization_id) for row in rows] == [
            (date(2026, 12, 9), UNIT),
            (date(2026, 12, 11), UNIT),
        ]
        assert "要求教育局于2026年12月8日前回复" in rows[0].reason
        assert told(session, rows[1].id or 0) == {(UNIT, Capacity.RESPONSIBLE), (OFFICE, Capacity.LEADER)}


def test_an_answer_stops_the_urging_and_one_sent_back_has_a_new_limit(noticed):
    engine, alert_id = noticed
    with write_session(engine) as session:
        alert_steps.acknowledge(session, UNIT_ACTOR, alert_id, now=noon(date(2026, 12, 4)))
        alert_steps.answer(session, UNIT_ACTOR, alert_id, text="已部署", files=[], now=noon(date(2026, 12, 7)))
    scan_on(engine, date(2026, 12, 10))
    assert fired(engine, RungTrigger.UNANSWERED) == []
    with write_session(engine) as session:
        alert_steps.return_answer(session, OFFICE_ACTOR, alert_id, UNIT, text="无时限", now=noon(date(2026, 12, 10)))
    answer = owed(engine, alert_id)
    assert (answer.answered_on, answer.reply_due_on, answer.fire_on) == (None, date(2026, 12, 15), date(2026, 12, 16))
    with write_session(engine) as session:
        alert_steps.answer(session, UNIT_ACTOR, alert_id, text="月底完成", files=[], now=noon(date(2026, 12, 11)))
        alert_steps.accept_answer(session, OFFICE_ACTOR, alert_id, UNIT, text="", now=noon(date(2026, 12, 12)))
        history = step_reads.history(session, alert_id)
        assert states(session, [alert_id])[alert_id] is AlertState.ANSWERED
    assert owed(engine, alert_id).settled_on == date(2026, 12, 12)
    assert [step.kind.value for step in history.steps] == [
        "acknowledge",
        "answer",
        "return_answer",
        "answer",
        "accept_answer",
    ]


def test_an_answer_that_was_sent_back_is_urged_again_by_every_rung_though_all_fired_before(noticed):
    engine, alert_id = noticed
    for day in (9, 11):
        scan_on(engine, date(2026, 12, day))
    with write_session(engine) as session:
        alert_steps.answer(session, UNIT_ACTOR, alert_id, text="已部署", files=[], now=noon(date(2026, 12, 12)))
        alert_steps.return_answer(session, OFFICE_ACTOR, alert_id, UNIT, text="无时限", now=noon(date(2026, 12, 14)))
    assert (owed(engine, alert_id).reply_due_on, owed(engine, alert_id).fire_on) == (
        date(2026, 12, 17),
        date(2026, 12, 18),
    )
    for day in range(15, 32):
        scan_on(engine, date(2026, 12, day))
    days_fired = [on.day for on, _ in fired(engine, RungTrigger.UNANSWERED)]
    assert days_fired == [9, 11, 18, 22]


def test_steps_are_refused_with_the_reason_to_whom_they_are_not_given(noticed):
    engine, alert_id = noticed
    at = noon(date(2026, 12, 4))
    with write_session(engine) as session:
        with pytest.raises(NotFoundError):
            alert_steps.answer(session, STRANGER, alert_id, text="我来答", files=[], now=at)
        with pytest.raises((NotFoundError, ForbiddenError)):
            alert_steps.answer(session, OFFICE_ACTOR, alert_id, text="代答", files=[], now=at)
        with pytest.raises(InputError):
            alert_steps.answer(session, UNIT_ACTOR, alert_id, text="  ", files=[], now=at)
        with pytest.raises(ForbiddenError):
            alert_steps.withdraw(session, UNIT_ACTOR, alert_id, text="不要了", now=at)
        with pytest.raises(ConflictError):
            alert_steps.accept_answer(session, OFFICE_ACTOR, alert_id, UNIT, text="", now=at)
        with pytest.raises(NotFoundError):
            alert_steps.acknowledge(session, LEADER_ACTOR, alert_id, now=at)


def test_a_withdrawn_alert_asks_for_nothing_more_and_the_ladder_goes_on(noticed):
    engine, alert_id = noticed
    with write_session(engine) as session:
        alert_steps.withdraw(session, OFFICE_ACTOR, alert_id, text="发错单位", now=noon(date(2026, 12, 4)))
        assert states(session, [alert_id])[alert_id] is AlertState.WITHDRAWN
        with pytest.raises(ConflictError):
            alert_steps.answer(session, UNIT_ACTOR, alert_id, text="已部署", files=[], now=noon(date(2026, 12, 5)))
    scan_on(engine, date(2026, 12, 12))
    assert fired(engine, RungTrigger.UNANSWERED) == []
    scan_on(engine, date(2026, 12, 18))
    assert fired(engine, RungTrigger.DUE)[-1] == (date(2026, 12, 18), Measure.CIRCULAR)


def test_an_extension_lets_what_fired_lapse_and_arms_the_ladder_again(noticed):
    engine, alert_id = noticed
    extend(engine, 1, date(2026, 12, 20), now=noon(date(2026, 12, 4)))
    with read_session(engine) as session:
        assert states(session, [alert_id])[alert_id] is AlertState.SUPERSEDED
    assert owed(engine, alert_id).settled_on == date(2026, 12, 4)
    scan_on(engine, date(2026, 12, 21))
    assert fired(engine, RungTrigger.DUE)[-1] == (date(2026, 12, 21), Measure.URGING)
    assert fired(engine, RungTrigger.UNANSWERED) == []


def test_a_unit_in_which_nobody_answers_is_told_beside_the_office(plan):
    with write_session(plan) as session:
        session.execute(sa.update(Account).where(col(Account.organization_id) == UNIT).values(active=False))
    add_milestone(plan, TODAY - timedelta(days=1), supporting=(HELPER,))
    scan_on(plan, TODAY)
    with read_session(plan) as session:
        assert told(session, 1) == {
            (UNIT, Capacity.RESPONSIBLE),
            (HELPER, Capacity.SUPPORTING),
            (OFFICE, Capacity.OFFICE),
        }


def test_an_office_that_answers_for_a_milestone_itself_is_told_as_the_office_and_can_answer(plan):
    with write_session(plan) as session:
        session.execute(sa.update(LadderRung).where(col(LadderRung.measure) == Measure.URGING).values(reply_days=3))
    add_milestone(plan, TODAY - timedelta(days=1), responsible=(OFFICE,))
    scan_on(plan, TODAY)
    with write_session(plan) as session:
        assert told(session, 1) == {(OFFICE, Capacity.OFFICE)}
        alert_steps.answer(session, OFFICE_ACTOR, 1, text="已部署", files=[], now=noon(TODAY))
    assert owed(plan, 1).answered_on == TODAY


def test_the_supervisor_of_a_responsible_unit_is_told_where_the_rung_says_so(plan):
    with write_session(plan) as session:
        session.get_one(Organization, UNIT).supervisor_id = 3
        session.execute(
            sa.update(LadderRung)
            .where(col(LadderRung.measure) == Measure.URGING)
            .values(addressees=(Capacity.RESPONSIBLE, Capacity.SUPERVISOR))
        )
    add_milestone(plan, TODAY - timedelta(days=1))
    scan_on(plan, TODAY)
    with read_session(plan) as session:
        assert told(session, 1) == {(UNIT, Capacity.RESPONSIBLE), (3, Capacity.SUPERVISOR)}


def test_a_rung_that_an_edit_moved_before_one_that_fired_does_not_hold_up_the_ladder(plan):
    add_milestone(plan, TODAY - timedelta(days=1))
    for step in (0, 14):
        scan_on(plan, TODAY + timedelta(days=step))
    with write_session(plan) as session:
        moved = col(LadderRung.measure) == Measure.URGING
        session.execute(sa.update(LadderRung).where(moved).values(offset_days=20))  # it fired before the notice of 15
    for step in range(15, 40):
        scan_on(plan, TODAY + timedelta(days=step))
    measures = [measure for _, measure in fired(plan, RungTrigger.DUE)]
    assert measures == [Measure.URGING, Measure.SUPERVISION_NOTICE, Measure.CIRCULAR]


def test_a_rung_that_opens_a_case_opens_it_with_the_alert(plan):
    with write_session(plan) as session:
        session.execute(sa.update(LadderRung).where(col(LadderRung.measure) == Measure.URGING).values(opens_case=True))
    milestone_id = add_milestone(plan, TODAY - timedelta(days=1))
    scan_on(plan, TODAY)
    scan_on(plan, TODAY + timedelta(days=60))
    with read_session(plan) as session:
        rows = session.execute(sa.select(col(CaseMilestone.milestone_id), col(CaseMilestone.joined_on))).all()
        assert [tuple(row) for row in rows] == [(milestone_id, TODAY)]


def test_an_alert_keeps_the_versions_and_values_it_rests_on(plan):
    add_milestone(plan, TODAY - timedelta(days=1))
    scan_on(plan, TODAY)
    with read_session(plan) as session:
        row = session.get_one(Alert, 1)
        assert (row.matter, row.ladder_version, row.calendar_version) == ("milestone/1", 1, 0)
        assert '"standing": "overdue"' in row.basis
        assert '"original_due_on": "2026-11-21"' in row.basis


def test_a_rung_of_a_past_day_is_raised_with_what_was_in_force_then(plan):
    milestone_id = add_milestone(plan, TODAY - timedelta(days=20))
    with write_session(plan) as session:
        session.get_one(Milestone, milestone_id)
        standings.refresh(session, [milestone_id], local_day(noon(TODAY)))
        raised = alerts.raise_due(session, SCHEDULER, [milestone_id], on=TODAY - timedelta(days=10), now=noon(TODAY))
        assert raised == 1
        assert expected_answers.raise_due(session, SCHEDULER, [(1, UNIT)], on=TODAY, now=noon(TODAY)) == 0
