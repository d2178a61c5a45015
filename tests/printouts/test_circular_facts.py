"""The counts, rates and problems of a circular, by vectors."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.domain.circular_problems import ProblemKind, problems
from app.domain.circular_projects import project_totals
from app.domain.circular_quarters import completion_by_quarter
from app.domain.circulars import (
    OnTime,
    PastStanding,
    TargetTotals,
    has_previous,
    on_time,
    on_time_change,
    overdue,
    previous_on_time,
    progress_by_group,
    standing_totals,
    target_totals,
    unconfirmed_count,
)
from app.domain.shares import share_pct
from app.domain.vocabulary import Standing, Timeliness
from tests.printouts.invented import CUT_OFF, facts, milestone, projects, targets

DUE = date(2026, 9, 1)
LATER = date(2027, 9, 1)


def closed(number: int, timeliness: Timeliness, due_on: date = DUE) -> object:
    return milestone(number, Standing.CLOSED, timeliness=timeliness, effective_due_on=due_on)


def test_shares_are_rounded_half_up_to_one_decimal_and_absent_without_a_whole() -> None:
    assert share_pct(1, 3) == Decimal("33.3")
    assert share_pct(1, 16) == Decimal("6.3")
    assert share_pct(0, 7) == Decimal(0)
    assert share_pct(0, 0) is None


def test_an_empty_plan_has_zero_counts_no_shares_and_no_rate() -> None:
    empty = facts(0, target_count=0, projects=(), cases=(), due_next=())
    assert all(total.count == 0 and total.share_pct is None for total in standing_totals(empty))
    assert on_time(empty.milestones, CUT_OFF).rate_pct is None
    assert progress_by_group(empty) == ()
    assert problems(empty) == ()
    assert project_totals(empty.projects).investment_wan is None


def test_every_standing_is_counted_once_and_the_counts_add_up() -> None:
    totals = standing_totals(facts(120))
    assert [total.standing for total in totals] == list(dict.fromkeys(total.standing for total in totals))
    assert set(Standing) == {total.standing for total in totals}
    assert sum(total.count for total in totals) == 120


def test_the_rate_counts_in_time_closings_among_what_was_due() -> None:
    rows = (
        closed(1, Timeliness.EARLY),
        closed(2, Timeliness.ON_TIME),
        closed(3, Timeliness.LATE),
        closed(4, Timeliness.EARLY, LATER),
        milestone(5, Standing.OVERDUE),
        milestone(6, Standing.UNCONFIRMED),
        milestone(7, Standing.WITHDRAWN, effective_due_on=DUE),
        milestone(8, Standing.ON_TRACK, effective_due_on=LATER),
    )
    rate = on_time(rows, CUT_OFF)  # type: ignore[arg-type]
    assert rate == OnTime(due=4, in_time=2, early=1)
    assert rate.rate_pct == Decimal("50.0")


def test_without_a_previous_quarter_nothing_is_compared() -> None:
    first = facts(20, previous_cut_off_on=None, previous_quarter_label=None)
    assert not has_previous(first)
    assert all(total.previous is None and total.change is None for total in standing_totals(first))
    assert previous_on_time(first) is None
    assert on_time_change(first) is None


def test_the_change_on_the_quarter_is_in_items_and_percentage_points() -> None:
    before = date(2026, 6, 1)
    then_overdue = PastStanding(standing=Standing.OVERDUE, timeliness=None, effective_due_on=before)
    then_closed = PastStanding(standing=Standing.CLOSED, timeliness=Timeliness.ON_TIME, effective_due_on=before)
    rows = (
        milestone(1, Standing.CLOSED, timeliness=Timeliness.LATE, effective_due_on=before, previous=then_overdue),
        milestone(2, Standing.CLOSED, timeliness=Timeliness.ON_TIME, effective_due_on=before, previous=then_closed),
        milestone(3, Standing.CLOSED, timeliness=Timeliness.EARLY, effective_due_on=DUE, previous=None),
    )
    compared = facts(0, milestones=rows)
    changes = {total.standing: total.change for total in standing_totals(compared)}
    assert changes[Standing.CLOSED] == 2
    assert changes[Standing.OVERDUE] == -1
    assert on_time_change(compared) == Decimal("66.7") - Decimal("50.0")


def test_a_plan_with_counties_is_told_by_county_and_its_own_level() -> None:
    rows = (
        milestone(1, Standing.CLOSED, group="东平县"),
        milestone(2, Standing.OVERDUE, group="东平县"),
        milestone(3, Standing.PLANNED, group=None),
    )
    first, second = progress_by_group(facts(0, milestones=rows))
    assert (first.name, first.total, first.closed, first.overdue) == ("东平县", 2, 1, 1)
    assert (second.name, second.running) == ("清江市本级", 1)


def test_a_plan_without_counties_is_told_by_lead_unit() -> None:
    rows = (
        milestone(1, Standing.CLOSED, group=None, responsible=("市教育局", "市财政局")),
        milestone(2, Standing.PLANNED, group=None, responsible=()),
    )
    assert [group.name for group in progress_by_group(facts(0, milestones=rows))] == ["市教育局", "未明确责任单位"]


def test_the_overdue_list_starts_with_the_longest_overdue() -> None:
    rows = tuple(milestone(number, Standing.OVERDUE, days_late=late) for number, late in ((1, 5), (2, 200), (3, 5)))
    assert [row.id for row in overdue(facts(0, milestones=rows))][:1] == [2]
    days = [row.days_late for row in overdue(facts(300))]
    assert days == sorted(days, reverse=True)


def test_problems_are_named_in_order_and_only_when_there_are_any() -> None:
    rows = (
        milestone(1, Standing.OVERDUE, days_late=91, last_report_on=None),
        milestone(2, Standing.OVERDUE, days_late=90, last_report_on=CUT_OFF),
        milestone(3, Standing.UNCONFIRMED),
    )
    found = {problem.kind: problem.count for problem in problems(facts(0, target_count=0, milestones=rows))}
    assert found == {
        ProblemKind.LONG_OVERDUE: 1,
        ProblemKind.OVERDUE: 1,
        ProblemKind.NOTHING_REPORTED: 1,
        ProblemKind.UNREPORTED_PAYMENTS: 2,
    }


def test_targets_without_a_value_are_neither_met_nor_unmet() -> None:
    assert target_totals(facts(0, target_count=3)) == TargetTotals(total=3, met=1, unmet=1, not_assessed=1)
    assert target_totals(facts(0, target_count=3)).met_pct == Decimal("50.0")
    nothing = tuple(row for row in targets(9) if row.measured is None)
    assert target_totals(facts(0, targets=nothing)).met_pct is None


def test_money_that_was_not_reported_is_counted_apart_and_not_as_nothing() -> None:
    totals = project_totals(facts(0).projects)
    assert (totals.investment_wan, totals.paid_wan) == (Decimal(84300), Decimal(19000))
    assert (totals.without_investment, totals.without_payment) == (1, 2)
    assert totals.paid_pct == share_pct(Decimal(19000), Decimal(76900))
    assert len(projects()) == totals.count


def test_unconfirmed_history_is_counted_for_the_remark() -> None:
    assert unconfirmed_count(facts(120)) == 9


def test_completion_is_counted_by_the_quarter_in_which_a_milestone_is_due() -> None:
    rows = (
        closed(1, Timeliness.EARLY, date(2026, 7, 1)),
        closed(2, Timeliness.LATE, date(2026, 9, 30)),
        milestone(3, Standing.OVERDUE, effective_due_on=date(2026, 8, 1)),
        milestone(4, Standing.ON_TRACK, effective_due_on=date(2026, 12, 31)),
        milestone(5, Standing.UNCONFIRMED, effective_due_on=date(2026, 8, 1)),
        milestone(6, Standing.PLANNED, effective_due_on=date(2029, 8, 1)),
        closed(7, Timeliness.ON_TIME, date(2024, 3, 31)),
    )
    quarters = completion_by_quarter(facts(0, milestones=rows), back=5, ahead=2)
    assert [(str(one.quarter), one.in_time, one.late, one.overdue, one.open) for one in quarters] == [
        ("2026Q3", 1, 1, 1, 0),
        ("2026Q4", 0, 0, 0, 1),
    ]
    assert [one.due for one in quarters] == [3, 1]


def test_payments_are_a_share_of_the_budget_where_the_document_gives_no_investment() -> None:
    row = replace(projects()[4], budget_wan=Decimal(400), paid_wan=Decimal(100))
    totals = project_totals((row,))
    assert (totals.investment_wan, totals.budget_wan, totals.paid_pct) == (None, Decimal(400), Decimal("25.0"))
