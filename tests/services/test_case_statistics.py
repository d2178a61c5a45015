"""Figures of units: each share of what is over, both dates, nothing for what there is nothing to judge by."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, event

from app.core.database import read_session, write_session
from app.domain.access import Scope
from app.domain.case_statistics import Share
from app.domain.rectifications import RectificationStepKind
from app.domain.vocabulary import ExpectedKind, Measure
from app.models import Alert, ExpectedAnswer, ExpectedReport, ReportingPeriod
from app.queries.case_statistics import Span, UnitRow, unit_statistics
from app.services import cases, rectifications
from app.services.case_limits import Limit
from app.services.case_replies import give_reply
from app.services.cases import Decision
from tests.jobs.ledger import (
    LEADER_ACTOR,
    OFFICE_ACTOR,
    OTHER_UNIT,
    PLAN,
    TODAY,
    UNIT,
    UNIT_ACTOR,
    add_milestone,
    days,
    extend,
    lay_plan,
    noon,
    scan_on,
)
from tests.support.laid import laid

LATER = TODAY + days(60)
YEAR = Span(date(2026, 1, 1), date(2026, 12, 31), LATER)


@pytest.fixture
def worked(engine: Engine) -> Engine:
    """A year's work: milestones due, a case with a late reply, an item in time, a report and an answer missing."""
    laid(engine, lay_year)
    return engine


def lay_year(engine: Engine) -> None:
    lay_plan(engine)
    add_milestone(engine, TODAY - days(40))
    add_milestone(engine, TODAY - days(20), responsible=(UNIT, OTHER_UNIT))
    add_milestone(engine, date(2027, 12, 31), responsible=(OTHER_UNIT,))
    extend(engine, 2, TODAY - days(10), now=noon(TODAY))
    scan_on(engine, TODAY)
    with write_session(engine) as session:
        now = noon(TODAY)
        cases.state_case(session, UNIT_ACTOR, 1, text="说明", now=now)
        cases.propose_measure(session, OFFICE_ACTOR, 1, measure=Measure.CIRCULAR, clause="", text="建议", now=now)
        given = Decision(Measure.CIRCULAR, limit=Limit(days=5))
        decided = cases.decide(session, LEADER_ACTOR, 1, decision=given, text="通报", now=now)
        item = rectifications.assign(
            session,
            OFFICE_ACTOR,
            rectifications.Assignment(1, UNIT, "王某", "决定", "未完工", "加快", TODAY + days(10)),
            now=now,
            case_id=1,
        )
        give_reply(session, UNIT_ACTOR, 1, decided.id or 0, text="已办", now=noon(TODAY + days(8)))
        for kind, actor in ((RectificationStepKind.REPORT, UNIT_ACTOR), (RectificationStepKind.ACCEPT, OFFICE_ACTOR)):
            rectifications.take_step(session, actor, item, kind, text="完成", now=noon(TODAY + days(9)))
        _owe(session)


def _owe(session) -> None:
    """Let UNIT owe a report, and an answer to the first alert."""
    period = ReportingPeriod(
        plan_id=PLAN,
        first_on=date(2026, 7, 1),
        last_on=date(2026, 9, 30),
        timely_until_on=date(2026, 10, 10),
        closes_on=date(2026, 10, 25),
        opened_at=noon(TODAY),
    )
    session.add(period)
    session.flush()
    alert_id = session.scalar(sa.select(sa.func.min(Alert.id)))
    for unit, answered_on in ((UNIT, None), (OTHER_UNIT, TODAY)):
        session.add(
            ExpectedAnswer(
                alert_id=alert_id,
                organization_id=unit,
                plan_id=PLAN,
                asked_on=TODAY,
                reply_days=3,
                reply_due_on=TODAY + days(3),
                calendar_version=0,
                answered_on=answered_on,
            )
        )
    session.add(
        ExpectedReport(
            period_id=period.id or 0,
            milestone_id=1,
            organization_id=UNIT,
            kind=ExpectedKind.PROGRESS,
            expected_at=noon(TODAY),
        )
    )


def figures(engine: Engine, scope: Scope = Scope(), span: Span = YEAR) -> dict[int, UnitRow]:  # noqa: B008  # frozen
    with read_session(engine) as session:
        return {row.id: row for row in unit_statistics(session, scope, span)}


def test_a_years_figures_stand_against_both_dates_and_count_only_what_is_over(worked):
    found = figures(worked)
    unit, other = found[UNIT].figures, found[OTHER_UNIT].figures
    assert unit.effective.share == unit.original.share == Share(0, 2)
    # 40 and 10 days by the dates in force on the day of the scan, 40 and 20 by the document; both 60 days later
    assert unit.effective.average_days_late == Decimal(100 + 70) / 2
    assert unit.original.average_days_late == Decimal(100 + 80) / 2
    assert (unit.decisions_answered, unit.alerts_answered) == (Share(0, 1), Share(0, 1))
    assert (unit.rectified, unit.rectified_first) == (Share(1, 1), Share(1, 1))
    assert (unit.reported, unit.measures) == (Share(0, 1), {Measure.CIRCULAR: 1})
    assert (unit.cases_opened, unit.cases_closed, unit.cases_open) == (1, 0, 1)
    assert (other.effective.share, other.alerts_answered.pct) == (Share(0, 1), Decimal(100))
    assert other.rectified.pct is other.decisions_answered.pct is other.reported.pct is None


def test_a_span_without_limits_has_no_figures_and_a_unit_sees_its_own(worked):
    assert set(figures(worked, Scope(organization_id=OTHER_UNIT))) == {OTHER_UNIT}
    assert figures(worked, Scope(plan_id=PLAN + 1)) == {}
    before = Span(date(2025, 1, 1), date(2025, 12, 31), LATER)
    assert all(row.figures.effective.average_days_late is None for row in figures(worked, span=before).values())
    today = Span(date(2026, 1, 1), date(2026, 12, 31), TODAY)
    assert figures(worked, span=today)[UNIT].figures.decisions_answered == Share()  # its limit is not over


def test_the_figures_take_the_same_few_statements_however_many_units_there_are(worked):
    sent = []
    event.listen(worked, "before_cursor_execute", lambda *args: sent.append(args[2]))
    figures(worked)
    assert len([text for text in sent if text.startswith("SELECT")]) <= 11
