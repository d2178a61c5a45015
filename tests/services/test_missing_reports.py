"""Alerts on missing reports, on both engines: silence that begins late is urged all the same."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.vocabulary import Capacity, DayKind, DecisionKind, Measure, RungTrigger
from app.models import Alert, LadderRung, MilestoneDecision
from app.services import days, standings
from tests.jobs.ledger import OFFICER, PLAN, TODAY, add_milestone, lay_plan, noon, scan_on


def decide(engine: Engine, milestone_id: int, kind: DecisionKind, on: date) -> None:
    with write_session(engine) as session:
        reached_on = on if kind is DecisionKind.CLOSE_OUT else None
        values = {"milestone_id": milestone_id, "kind": kind, "reached_on": reached_on, "note": "复核"}
        session.add(MilestoneDecision.model_validate(values | {"author_id": OFFICER, "recorded_at": noon(on)}))
        session.flush()
        standings.refresh(session, [milestone_id], on)


def test_a_unit_that_owes_a_report_again_after_every_rung_has_passed_is_urged_rung_by_rung(engine):
    lay_plan(engine)
    with write_session(engine) as session:
        for offset in (1, 5):
            session.add(
                LadderRung(
                    plan_id=PLAN,
                    key=f"missing-{offset}",
                    trigger=RungTrigger.MISSING_REPORT,
                    offset_days=offset,
                    day_kind=DayKind.WORKING,
                    measure=Measure.URGING,
                    addressees=(Capacity.RESPONSIBLE,),
                )
            )
    milestone_id = add_milestone(engine, date(2029, 12, 31), start_on=date(2026, 1, 1))
    with write_session(engine) as session:
        days.begin(session, noon(TODAY))
    decide(engine, milestone_id, DecisionKind.CLOSE_OUT, date(2026, 12, 20))
    for step in range(15):  # from 2027-01-10, the last day in time
        scan_on(engine, date(2027, 1, 10) + timedelta(days=step))
    decide(engine, milestone_id, DecisionKind.REOPEN, date(2027, 1, 25))
    for step in range(10):
        scan_on(engine, date(2027, 1, 26) + timedelta(days=step))
    with read_session(engine) as session:
        query = sa.select(col(Alert.scanned_on)).where(col(Alert.trigger) == RungTrigger.MISSING_REPORT)
        assert session.scalars(query).all() == [date(2027, 1, 26), date(2027, 1, 30)]
