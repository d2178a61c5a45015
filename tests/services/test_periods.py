"""Periods that open by themselves, who owes in them, who was late, and opening a closed one; on both engines."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.domain.access import Scope
from app.domain.periods import OwedState
from app.domain.vocabulary import DecisionKind, ExpectedKind, ReportingCycle, Standing
from app.models import AuditEntry, ExpectedReport
from app.queries import period_pages
from app.services import days, periods, report_submissions, standings
from app.services.errors import ConflictError, InputError, NotFoundError
from tests.support.desk import NOW, due, task
from tests.support.facts import add_decision, counted, day, noon
from tests.support.reporters import Reporters, reporters_of

TODAY = day("2026-11-22")
QUARTER = "2026-10-01"


def counts_of(those: Reporters, at: str = "2026-11-22", scope: Scope | None = None) -> dict[str, tuple[int, ...]]:
    """Return by unit (expected, handed in, late, missing) of the first period."""
    period_id = those.periods()[0].id or 0
    found = period_pages.period(those.session, scope or Scope(), period_id, day(at))
    assert found is not None
    lines = period_pages.units_of(those.session, scope or Scope(), found[0]).rows
    return {
        line.short_name: (line.counts.expected, line.counts.reported, line.counts.late, line.counts.missing)
        for line in lines
    }


def test_a_period_opens_by_itself_and_absence_is_visible_from_that_moment(engine: Engine):
    with reporters_of(engine) as those:
        assert those.expected() == [
            (QUARTER, "north-school-done", "甲县政府"),
            (QUARTER, "places-2028", "乙县政府"),
            (QUARTER, "places-2028", "州教育局"),
            (QUARTER, "places-2028", "甲县政府"),
            (QUARTER, "recognition-jia", "甲县政府"),
            (QUARTER, "rotation-2025", "乙县政府"),
            (QUARTER, "rotation-2025", "甲县政府"),
            (QUARTER, "rotation-2026", "乙县政府"),
            (QUARTER, "rotation-2026", "甲县政府"),
        ]
        assert counts_of(those) == {"甲县政府": (5, 0, 0, 5), "乙县政府": (3, 0, 0, 3), "州教育局": (1, 0, 0, 1)}
        assert list(counts_of(those)) == ["甲县政府", "乙县政府", "州教育局"]  # who misses most first
        assert counts_of(those, scope=those.yi.scope) == {"乙县政府": (3, 0, 0, 3)}
        told = sa.select(col(AuditEntry.detail)).where(col(AuditEntry.action) == "periods:expect")
        assert those.session.scalars(told).all() == ['{"expected": 9, "period": "2026年第四季度"}']
        assert days.begin(those.session, NOW + timedelta(hours=3)) == 0
        assert len(those.expected()) == 9


def test_a_milestone_of_which_a_report_was_expected_is_withdrawn_and_not_deleted(engine: Engine):
    with reporters_of(engine) as those:
        those.desk.revise("rotation-2026", None)
        assert those.desk.standing("rotation-2026").standing is Standing.WITHDRAWN
        assert len(those.expected()) == 9


def test_what_names_no_unit_is_the_offices_to_report_and_late_joiners_are_expected_the_next_morning(engine: Engine):
    with reporters_of(engine) as those:
        those.desk.revise("plan-paper", task(key="plan-paper", due=due("2027-06-30"), responsible=()))
        days.begin(those.session, NOW + timedelta(days=1))
        assert (QUARTER, "plan-paper", "州教育局") in those.expected()
        assert {row.title for row in those.rows(those.office)} == {"新增学位2700个", "编制建设计划"}
        row = those.draft(those.office, "plan-paper")
        report_submissions.submit(those.session, those.office, row.id, seen=row.mark, now=NOW)
        assert those.row(those.office, "plan-paper").state is OwedState.ACCEPTED


def test_late_is_who_first_reported_after_the_timely_day_whatever_was_sent_afterwards(engine: Engine):
    last_moment, too_late = noon("2027-01-10"), noon("2027-01-11")
    with reporters_of(engine) as those:
        days.begin(those.session, noon("2027-01-01"))
        assert [period.first_on for period in those.periods()] == [day(QUARTER), day("2027-01-01")]
        old = {
            row.milestone_id: row.id
            for row in those.rows(those.jia, last_moment)
            if row.period.first_on == day(QUARTER)
        }
        first, second = old[those.desk.id_of("rotation-2026")], old[those.desk.id_of("rotation-2025")]
        report_submissions.report_no_change(those.session, those.jia, [first], now=last_moment)
        report_submissions.report_no_change(those.session, those.jia, [second], now=too_late)
        assert counts_of(those, "2027-01-11")["甲县政府"] == (5, 2, 1, 3)
        report_id = next(row.report_id for row in those.rows(those.jia, too_late) if row.id == first)
        milestone_id = those.desk.id_of("rotation-2026")
        back = DecisionKind.RETURN
        add_decision(those.session, those.desk.office, milestone_id, back, too_late, report_id=report_id, note="重报")
        standings.refresh(those.session, [milestone_id], day("2027-01-11"))
        report_submissions.report_no_change(those.session, those.jia, [first], now=too_late + timedelta(minutes=5))
        assert counts_of(those, "2027-01-11")["甲县政府"] == (5, 2, 1, 3)
        late = {row.id: row.is_late(day("2027-01-11")) for row in those.rows(those.jia, too_late)}
        assert (late[first], late[second]) == (False, True)
        assert not any(
            row.is_late(day("2027-01-11"))
            for row in those.rows(those.jia, too_late)
            if row.period.first_on == day("2027-01-01")
        )


def test_a_closed_period_takes_nothing_until_it_is_opened_for_one_unit(engine: Engine):
    after, until = noon("2027-02-01"), day("2027-02-10")
    with reporters_of(engine) as those:
        expected = {row.id for row in those.rows(those.jia)}
        period_id = those.periods()[0].id or 0
        session, jia = those.session, those.jia.scope.organization_id or 0
        with pytest.raises(ConflictError, match="still open"):
            periods.reopen(session, those.office, period_id, jia, until_on=until, reason="补报", now=NOW)
        days.begin(session, after)
        assert not expected & {row.id for row in those.rows(those.jia, after)}
        with pytest.raises(report_submissions.BatchRejectedError, match="cannot be submitted"):
            report_submissions.report_no_change(session, those.jia, sorted(expected)[:1], now=after)
        for wrong, reason in ((None, "补报"), (day("2027-01-31"), "补报"), (day("2027-12-31"), "补报"), (until, "")):
            with pytest.raises(InputError):
                periods.reopen(session, those.office, period_id, jia, until_on=wrong, reason=reason, now=after)
        with pytest.raises(NotFoundError):
            periods.reopen(session, those.office, period_id, 999, until_on=until, reason="补报", now=after)
        periods.reopen(session, those.office, period_id, jia, until_on=until, reason="系统故障", now=after)
        assert expected <= {row.id for row in those.rows(those.jia, after)}
        assert those.rows(those.jia, after)[0].period.reopened
        assert {row.period.first_on for row in those.rows(those.yi, after)} == {day("2027-01-01")}
        report_submissions.report_no_change(session, those.jia, sorted(expected)[:1], now=after)
        assert counts_of(those, "2027-02-01")["甲县政府"][1:3] == (1, 1)
        assert not expected & {row.id for row in those.rows(those.jia, noon("2027-02-11"))}
        told = sa.select(sa.func.count()).where(col(AuditEntry.action) == "periods:reopen")
        assert session.scalar(told) == 1


def test_a_plan_may_report_by_month_and_after_an_outage_what_is_still_taken_is_expected(engine: Engine):
    with reporters_of(engine) as those:
        those.desk.context.plan.reporting_cycle = ReportingCycle.MONTH
        days.begin(those.session, noon("2027-03-05"))
        assert [(period.first_on.isoformat(), period.closes_on.isoformat()) for period in those.periods()] == [
            (QUARTER, "2027-01-25"),
            ("2027-01-01", "2027-02-25"),
            ("2027-02-01", "2027-03-25"),
            ("2027-03-01", "2027-04-25"),
        ]
        assert {first for first, _, _ in those.expected()} == {QUARTER, "2027-02-01", "2027-03-01"}
        names = [row.name for row in period_pages.list_periods(those.session, Scope(), None, day("2027-03-05")).rows]
        assert names == ["2027年3月", "2027年2月", "2027年1月", "2026年第四季度"]


def test_closed_milestones_owe_a_recheck_a_year_later_and_what_waits_for_the_office_owes_nothing(engine: Engine):
    with reporters_of(engine) as those:
        of, closed = those.desk.office, DecisionKind.CLOSE_OUT
        milestone_id = those.desk.id_of("recognition-jia")
        add_decision(those.session, of, milestone_id, closed, NOW, reached_on=TODAY)
        standings.refresh(those.session, [milestone_id], TODAY)
        assert those.row(those.jia, "recognition-jia").state is OwedState.NOT_NEEDED
        assert counts_of(those)["甲县政府"] == (4, 0, 0, 4)
        for at in ("2027-01-01", "2027-04-01", "2027-07-01", "2027-10-01"):
            days.begin(those.session, noon(at))
        kinds = sa.select(col(ExpectedReport.kind)).where(col(ExpectedReport.milestone_id) == milestone_id)
        assert those.session.scalars(kinds.order_by(col(ExpectedReport.id))).all() == [
            ExpectedKind.PROGRESS,
            ExpectedKind.RECHECK,
        ]
        row = those.row(those.jia, "recognition-jia", noon("2027-10-01"))
        assert (row.kind, row.state) == (ExpectedKind.RECHECK, OwedState.MISSING)
        rest = report_submissions.the_rest(those.session, those.jia, None, day("2027-10-01"))
        assert row.id not in rest


def test_the_offices_pages_ask_the_database_as_often_for_many_units_as_for_one(engine: Engine):
    with reporters_of(engine) as those:
        period_id = those.periods()[0].id or 0
        numbers = []
        for scope in (those.yi.scope, Scope()):
            with counted(engine) as statements:
                period_pages.list_periods(those.session, scope, None, TODAY)
                found = period_pages.period(those.session, scope, period_id, TODAY)
                assert found
                period_pages.units_of(those.session, scope, found[0])
                period_pages.rows_of(those.session, scope, found[0])
                period_pages.in_hand(those.session, scope, TODAY)
            numbers.append(len(statements))
        assert numbers[0] == numbers[1] <= 10
