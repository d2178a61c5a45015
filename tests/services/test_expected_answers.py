"""Answers that alerts ask for, on both engines: what fell away is urged no more, whatever the alert was about."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.vocabulary import (
    AlertState,
    Capacity,
    ChangeSubject,
    DayKind,
    DecisionKind,
    Measure,
    RevisionCause,
    RungTrigger,
)
from app.models import Alert, ExpectedAnswer, LadderRung, MilestoneDecision, MilestoneUnit, PeriodObligation, Plan
from app.queries.alert_states import states
from app.services import days, standings
from app.services.plan_context import plan_context
from app.services.revisions import RevisionInput, Wanted, revise
from tests.jobs.ledger import (
    HELPER,
    OFFICE_ACTOR,
    OFFICER,
    OTHER_UNIT,
    PLAN,
    TODAY,
    UNIT,
    add_milestone,
    lay_plan,
    noon,
    report,
    scan_on,
)
from tests.support.laid import laid


@pytest.fixture
def plan(engine: Engine) -> Engine:
    """The small ledger, whose unanswered notices are urged on the first working day after their limit."""
    laid(engine, lay_ladder)
    return engine


def lay_ladder(engine: Engine) -> None:
    lay_plan(engine)
    with write_session(engine) as session:  # keys as plan files write them
        named = sa.update(LadderRung).where(col(LadderRung.key) == Measure.SUPERVISION_NOTICE)
        session.execute(named.values(key="supervision-notice"))
    add_rung(engine, RungTrigger.UNANSWERED, 1, Measure.URGING, day_kind=DayKind.WORKING)


def add_rung(engine: Engine, trigger: RungTrigger, offset: int, measure: Measure, **more: Any) -> None:
    with write_session(engine) as session:
        key, to = f"{trigger.replace('_', '-')}-{offset}", (Capacity.RESPONSIBLE,)
        rung = LadderRung(
            plan_id=PLAN, key=key, trigger=trigger, offset_days=offset, measure=measure, addressees=to, **more
        )
        session.add(rung)


def decide(engine: Engine, milestone_id: int, kind: DecisionKind, at: datetime) -> None:
    with write_session(engine) as session:
        row = MilestoneDecision(milestone_id=milestone_id, kind=kind, note="复核", author_id=OFFICER, recorded_at=at)
        row.reached_on = at.date() if kind is DecisionKind.CLOSE_OUT else None
        session.add(row)
        session.flush()
        standings.refresh(session, [milestone_id], at.date())


def answers(engine: Engine) -> Sequence[tuple[date | None, AlertState]]:
    """Return when each answer was settled, and where its alert stands."""
    with read_session(engine) as session:
        rows = session.execute(sa.select(col(ExpectedAnswer.alert_id), col(ExpectedAnswer.settled_on))).all()
        stand = states(session, [row.alert_id for row in rows])
        return [(row.settled_on, stand[row.alert_id]) for row in rows]


def urged(engine: Engine) -> list[date]:
    with read_session(engine) as session:
        query = sa.select(col(Alert.scanned_on)).where(col(Alert.trigger) == RungTrigger.UNANSWERED)
        return list(session.scalars(query))


def test_a_rung_that_waits_for_an_answer_or_a_report_can_be_taken_away_and_nothing_waits_for_it_then(plan):
    add_rung(plan, RungTrigger.LAGGING, 1, Measure.SUPERVISION_NOTICE, reply_days=3)
    add_rung(plan, RungTrigger.MISSING_REPORT, 1, Measure.URGING, day_kind=DayKind.WORKING)
    milestone_id = add_milestone(plan, date(2028, 12, 31), today=date(2026, 1, 5), start_on=date(2026, 1, 1))
    report(plan, milestone_id, 1, now=noon(date(2026, 2, 1)))
    with write_session(plan) as session:
        days.begin(session, noon(date(2026, 7, 1)))
    scan_on(plan, date(2026, 7, 1))
    with write_session(plan) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PeriodObligation)) == 1
        assert session.scalars(sa.select(col(ExpectedAnswer.rung_id))).all() != [None]
        context = plan_context(session, session.get_one(Plan, PLAN))
        gone: Wanted = {(ChangeSubject.RUNG, key): None for key in ("missing-report-1", "unanswered-1")}
        given = RevisionInput(RevisionCause.EDIT, "更正", reason="改设")
        revise(session, OFFICE_ACTOR, context, gone, given, now=noon(date(2026, 7, 2)))
    with read_session(plan) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PeriodObligation)) == 0
        assert session.scalars(sa.select(col(ExpectedAnswer.rung_id))).all() == [None]


def test_a_notice_of_lagging_wants_no_answer_once_the_schedule_is_made_good(plan):
    add_rung(plan, RungTrigger.LAGGING, 1, Measure.SUPERVISION_NOTICE, reply_days=3)
    milestone_id = add_milestone(plan, date(2028, 12, 31), today=date(2026, 1, 5), start_on=date(2026, 1, 1))
    report(plan, milestone_id, 1, now=noon(date(2026, 2, 1)))
    scan_on(plan, date(2026, 7, 1))
    report(plan, milestone_id, 40, now=noon(date(2026, 7, 2)))
    assert answers(plan) == [(date(2026, 7, 2), AlertState.SUPERSEDED)]
    scan_on(plan, date(2026, 7, 20))
    assert urged(plan) == []


def test_a_notice_of_a_regression_wants_no_answer_once_the_milestone_is_opened_again(plan):
    add_rung(plan, RungTrigger.REGRESSION, 0, Measure.SUPERVISION_NOTICE, reply_days=3)
    milestone_id = add_milestone(plan, date(2027, 12, 31), start_on=date(2026, 1, 1))
    decide(plan, milestone_id, DecisionKind.CLOSE_OUT, noon(date(2026, 11, 23)))
    decide(plan, milestone_id, DecisionKind.RECHECK_FAILED, noon(date(2026, 11, 24)))
    scan_on(plan, date(2026, 11, 24))
    assert answers(plan) == [(None, AlertState.OPEN)]
    decide(plan, milestone_id, DecisionKind.REOPEN, noon(date(2026, 11, 25)))
    assert answers(plan) == [(date(2026, 11, 25), AlertState.SUPERSEDED)]
    scan_on(plan, date(2026, 12, 10))
    assert urged(plan) == []


@pytest.fixture
def silent(plan: Engine) -> int:
    """A notice of missing reports that asks for an answer, raised on 2027-01-11; the milestone of the only report."""
    add_rung(plan, RungTrigger.MISSING_REPORT, 1, Measure.SUPERVISION_NOTICE, day_kind=DayKind.WORKING, reply_days=3)
    milestone_id = add_milestone(plan, date(2029, 12, 31), start_on=date(2026, 1, 1))
    with write_session(plan) as session:
        days.begin(session, noon(TODAY))
    scan_on(plan, date(2027, 1, 11))
    assert answers(plan) == [(None, AlertState.OPEN)]
    return milestone_id


def test_a_notice_of_missing_reports_wants_no_answer_from_the_moment_that_nothing_is_owed(plan, silent):
    decide(plan, silent, DecisionKind.CLOSE_OUT, noon(date(2027, 1, 12)))
    assert answers(plan) == [(date(2027, 1, 12), AlertState.SUPERSEDED)]


def test_an_alert_is_judged_again_before_its_missing_answer_is_urged(plan, silent):
    with write_session(plan) as session:
        session.execute(sa.text("UPDATE milestone_standing SET standing = 'closed'"))
    scan_on(plan, date(2027, 1, 15))
    assert urged(plan) == []
    assert answers(plan) == [(date(2027, 1, 15), AlertState.SUPERSEDED)]


def test_a_unit_that_a_milestone_was_taken_from_owes_no_answer_about_it_any_more(plan):
    with write_session(plan) as session:
        asked = sa.update(LadderRung).where(col(LadderRung.measure) == Measure.URGING)
        session.execute(asked.where(col(LadderRung.trigger) == RungTrigger.DUE).values(reply_days=3))
    milestone_id = add_milestone(plan, TODAY - timedelta(days=1), responsible=(UNIT, HELPER))
    scan_on(plan, TODAY)
    with write_session(plan) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ExpectedAnswer)) == 2
        taken = sa.update(MilestoneUnit).where(col(MilestoneUnit.organization_id) == UNIT)
        session.execute(taken.values(organization_id=OTHER_UNIT))
        standings.refresh(session, [milestone_id], TODAY + timedelta(days=1))
        owed = session.scalars(sa.select(ExpectedAnswer).where(col(ExpectedAnswer.settled_on).is_(None)))
        assert [answer.organization_id for answer in owed] == [HELPER]
