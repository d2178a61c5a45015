"""After closing: an accepted value below its target and a failed recheck are seen, urged, expected again, kept."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import write_session
from app.domain.vocabulary import DecisionKind, ExpectedKind, Measure, RungTrigger, Standing
from app.models import Alert, ExpectedReport, LadderRung, MilestoneStanding, Obligation, ReportingPeriod
from app.services import alerts, days, standings
from tests.support.facts import SYSTEM, Office, add_decision, add_milestone, add_report, add_target, day, noon, office


def with_rung(session: Session) -> Office:
    of = office(session)
    rung = LadderRung(
        plan_id=of.plan_id,
        key="slid",
        trigger=RungTrigger.REGRESSION,
        offset_days=0,
        measure=Measure.SUPERVISION_NOTICE,
    )
    session.add(rung)
    return of


def closed(session: Session, of: Office) -> tuple[int, int]:
    """Add a milestone with a target of 95 that was closed on 2026-06-01; return its id and the target's."""
    milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
    target = add_target(session, of, milestone_id, "95")
    add_decision(session, of, milestone_id, DecisionKind.CLOSE_OUT, noon("2026-06-01"), reached_on=day("2026-05-20"))
    return milestone_id, target


def scan(session: Session, milestone_id: int, on: str) -> int:
    standings.roll(session, day(on))
    standings.refresh(session, [milestone_id], day(on))
    return alerts.raise_due(session, SYSTEM, [milestone_id], on=day(on), now=noon(on))


def raised(session: Session, milestone_id: int) -> list[tuple[int, date, str]]:
    query = sa.select(Alert).where(col(Alert.milestone_id) == milestone_id).order_by(col(Alert.id))
    return [(row.occasion, row.fire_on, row.reason) for row in session.scalars(query)]


def test_each_regression_is_urged_once_and_the_closing_stays_on_record(engine: Engine):
    with write_session(engine) as session:
        of = with_rung(session)
        milestone_id, target = closed(session, of)
        standings.refresh(session, [milestone_id], day("2026-06-01"))
        assert session.get(Obligation, milestone_id) is None
        report_id = add_report(session, of, milestone_id, noon("2027-05-01"), values={target: "93"})
        assert scan(session, milestone_id, "2027-05-02") == 0  # nobody has accepted the value yet
        add_decision(session, of, milestone_id, DecisionKind.ACCEPT, noon("2027-05-10"), report_id=report_id)
        assert scan(session, milestone_id, "2027-05-11") == 1
        assert scan(session, milestone_id, "2027-05-12") == 0
        stood = session.get_one(MilestoneStanding, milestone_id, populate_existing=True)
        assert (stood.standing, stood.since, stood.clock_stopped_on) == (
            Standing.REGRESSED,
            day("2027-05-10"),
            day("2026-05-20"),
        )
        add_decision(session, of, milestone_id, DecisionKind.RECHECK_PASSED, noon("2027-06-01"))
        assert scan(session, milestone_id, "2027-06-01") == 0
        add_decision(session, of, milestone_id, DecisionKind.RECHECK_FAILED, noon("2028-06-01"))
        assert scan(session, milestone_id, "2028-06-01") == 1
        found = raised(session, milestone_id)
        assert [item[:2] for item in found] == [(1, day("2027-05-10")), (2, day("2028-06-01"))]
        assert "2027年5月10日认定滑坡（第1次）" in found[0][2]
        assert standings.differences(session, day("2028-06-01")) == []


def test_rechecks_are_expected_every_year_and_in_each_period_while_it_has_slid_back(engine: Engine):
    with write_session(engine) as session:
        of = with_rung(session)
        milestone_id, _ = closed(session, of)
        add_milestone(session, of, "2026-01-01", "2026-12-31")  # without a target: nothing to recheck

        def expected(on: str) -> list[tuple[date, ExpectedKind]]:
            standings.refresh(session, [milestone_id], day(on))
            days.begin(session, noon(on))
            query = (
                sa.select(col(ReportingPeriod.first_on), col(ExpectedReport.kind))
                .join(ExpectedReport, col(ExpectedReport.period_id) == col(ReportingPeriod.id))
                .where(col(ExpectedReport.milestone_id) == milestone_id)
            )
            return [(first, kind) for first, kind in session.execute(query.order_by(col(ReportingPeriod.first_on)))]

        assert expected("2027-02-01") == []
        yearly = [(day("2027-04-01"), ExpectedKind.RECHECK)]  # the result was reached on 20 May 2026
        assert expected("2027-04-01") == yearly
        assert expected("2027-08-01") == yearly
        add_decision(session, of, milestone_id, DecisionKind.RECHECK_FAILED, noon("2027-08-15"))
        assert expected("2027-08-16") == [*yearly, (day("2027-07-01"), ExpectedKind.RECHECK)]
        assert expected("2027-11-01")[-1] == (day("2027-10-01"), ExpectedKind.RECHECK)
