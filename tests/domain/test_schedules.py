"""The quarters of a milestone's own schedule, and which shares fit."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.deadlines import falls_behind_on, scheduled_pct
from app.domain.quarters import Quarter, parse_quarter
from app.domain.schedules import open_quarters, wrong_shares
from tests.support.facts import day

START, DUE = date(2026, 1, 1), date(2026, 12, 31)


def test_shares_are_set_for_the_quarters_that_end_before_the_due_day():
    assert [str(quarter) for quarter in open_quarters(START, DUE)] == ["2026Q1", "2026Q2", "2026Q3"]
    assert open_quarters(day("2026-02-01"), day("2026-03-31")) == []


def test_a_share_below_an_earlier_one_or_outside_the_whole_does_not_fit():
    shares = {parse_quarter(name): Decimal(share) for name, share in (("2026Q3", 40), ("2026Q1", 50), ("2026Q2", 101))}
    assert wrong_shares(shares) == [Quarter(2026, 2), Quarter(2026, 3)]


@given(st.lists(st.integers(0, 100), min_size=3, max_size=3).map(sorted), st.integers(0, 364), st.integers(0, 100))
def test_the_schedule_only_grows_and_the_day_of_falling_behind_is_the_first(shares, offset, progress):
    points = tuple(
        (quarter.last_on, Decimal(share)) for quarter, share in zip(open_quarters(START, DUE), shares, strict=True)
    )
    on = date.fromordinal(START.toordinal() + offset)
    assert scheduled_pct(START, DUE, on, points) <= scheduled_pct(
        START, DUE, date.fromordinal(on.toordinal() + 1), points
    )
    behind_on = falls_behind_on(START, DUE, Decimal(progress), 10, points)
    if behind_on is None:
        assert progress + 10 >= 100
        return
    assert scheduled_pct(START, DUE, behind_on, points) - progress > 10
    assert scheduled_pct(START, DUE, date.fromordinal(behind_on.toordinal() - 1), points) - progress <= 10
