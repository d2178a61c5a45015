"""Reporting periods: which open when, without gap or overlap, and in which a recheck falls."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.domain.periods import PeriodDates, ReportingPolicy, label, periods_to_open, recheck_in, span_of
from app.domain.vocabulary import ReportingCycle

QUARTERS = ReportingPolicy()
MONTHS = ReportingPolicy(ReportingCycle.MONTH, timely_days=5, closing_days=15)
DAYS = st.dates(date(1996, 1, 1), date(2096, 12, 31))


def spans(found: list[PeriodDates]) -> list[tuple[date, date]]:
    return [(item.first_on, item.last_on) for item in found]


def test_the_first_period_of_a_plan_is_that_of_today():
    (found,) = periods_to_open(QUARTERS, None, date(2026, 11, 22))
    assert found == PeriodDates(date(2026, 10, 1), date(2026, 12, 31), date(2027, 1, 10), date(2027, 1, 25))
    (found,) = periods_to_open(MONTHS, None, date(2028, 2, 29))
    assert found == PeriodDates(date(2028, 2, 1), date(2028, 2, 29), date(2028, 3, 5), date(2028, 3, 15))


def test_nothing_opens_while_the_last_one_runs_and_the_next_on_its_first_day():
    last = (date(2026, 10, 1), date(2026, 12, 31))
    assert periods_to_open(QUARTERS, last, date(2026, 12, 31)) == []
    assert spans(periods_to_open(QUARTERS, last, date(2027, 1, 1))) == [(date(2027, 1, 1), date(2027, 3, 31))]


def test_after_an_outage_of_three_quarters_every_one_of_them_opens():
    last = (date(2026, 1, 1), date(2026, 3, 31))
    found = periods_to_open(QUARTERS, last, date(2027, 1, 2))
    assert [item.first_on for item in found] == [
        date(2026, 4, 1),
        date(2026, 7, 1),
        date(2026, 10, 1),
        date(2027, 1, 1),
    ]


def test_a_plan_that_changes_its_cycle_goes_on_where_the_last_period_ended():
    quarter, month = (date(2026, 10, 1), date(2026, 12, 31)), (date(2026, 11, 1), date(2026, 11, 30))
    assert spans(periods_to_open(MONTHS, quarter, date(2027, 1, 20))) == [(date(2027, 1, 1), date(2027, 1, 31))]
    assert spans(periods_to_open(QUARTERS, month, date(2027, 1, 1))) == [
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 3, 31)),
    ]


def test_a_period_is_never_closed_before_it_is_late():
    (found,) = periods_to_open(ReportingPolicy(timely_days=30, closing_days=5), None, date(2026, 11, 22))
    assert found.closes_on == found.timely_until_on == date(2027, 1, 30)


@given(DAYS, st.lists(st.tuples(st.integers(0, 400), st.sampled_from((QUARTERS, MONTHS))), max_size=12))
def test_periods_follow_one_another_without_gap_or_overlap(start: date, steps: list[tuple[int, ReportingPolicy]]):
    today, last = start, None
    found: list[PeriodDates] = []
    for days, policy in [(0, QUARTERS), *steps]:
        today += timedelta(days)
        opened = periods_to_open(policy, last, today)
        assert all(item.first_on <= today for item in opened)
        found += opened
        last = (found[-1].first_on, found[-1].last_on)
        assert last[0] <= today <= last[1]
    assert all(later.first_on - earlier.last_on == timedelta(1) for earlier, later in pairwise(found))


@given(DAYS, st.sampled_from(ReportingCycle))
def test_a_day_lies_in_its_own_span(day: date, cycle: ReportingCycle):
    first_on, last_on = span_of(cycle, day)
    assert first_on <= day <= last_on
    assert span_of(cycle, first_on) == span_of(cycle, last_on) == (first_on, last_on)


def test_periods_are_named_as_documents_name_them():
    assert label(date(2026, 10, 1), date(2026, 12, 31)) == "2026年第四季度"
    assert label(date(2028, 2, 1), date(2028, 2, 29)) == "2028年2月"
    assert label(date(2026, 11, 1), date(2026, 12, 31)) == "2026年11月1日至12月31日"


def test_a_recheck_falls_so_many_months_after_the_result_and_again_after_each():
    reached = date(2025, 11, 20)
    in_quarter = [
        date(year, month, 1)
        for year in range(2025, 2029)
        for month in (1, 4, 7, 10)
        if recheck_in(reached, 12, *span_of(ReportingCycle.QUARTER, date(year, month, 1)))
    ]
    assert in_quarter == [date(2026, 10, 1), date(2027, 10, 1), date(2028, 10, 1)]
    assert not recheck_in(reached, 0, date(2026, 10, 1), date(2026, 12, 31))


def test_a_result_of_the_last_of_february_is_rechecked_at_the_end_of_the_month():
    leap = date(2024, 2, 29)
    assert recheck_in(leap, 12, date(2025, 2, 1), date(2025, 2, 28))
    assert not recheck_in(leap, 12, date(2025, 3, 1), date(2025, 3, 31))
    assert recheck_in(date(2026, 8, 31), 6, date(2027, 2, 1), date(2027, 2, 28))


@given(DAYS, st.integers(1, 60))
def test_over_ten_years_of_months_a_recheck_falls_once_in_each_interval(reached: date, months: int):
    day, hits = reached.replace(day=1), 0
    for _ in range(120):
        day = span_of(ReportingCycle.MONTH, day)[1] + timedelta(1)
        hits += recheck_in(reached, months, *span_of(ReportingCycle.MONTH, day))
    assert hits == 120 // months
