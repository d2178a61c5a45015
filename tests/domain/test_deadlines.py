"""Days late, the span of a due phrase, and scheduled progress as a straight line."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.deadlines import days_late, falls_behind_on, scheduled_pct, span_start, timeliness
from app.domain.vocabulary import Precision, Timeliness
from tests.support.facts import day

START, DUE = day("2026-01-01"), day("2026-12-31")


@pytest.mark.parametrize(("on", "late"), [("2026-12-30", 0), ("2026-12-31", 0), ("2027-01-01", 1), ("2027-12-31", 365)])
def test_the_due_day_is_in_time_until_its_end(on, late):
    assert days_late(DUE, day(on)) == late


@pytest.mark.parametrize(
    ("precision", "due", "first"),
    [
        (Precision.DAY, "2024-02-29", "2024-02-29"),
        (Precision.MONTH, "2024-02-29", "2024-02-01"),
        (Precision.QUARTER, "2026-03-31", "2026-01-01"),
        (Precision.QUARTER, "2026-12-31", "2026-10-01"),
        (Precision.HALF_YEAR, "2026-06-30", "2026-01-01"),
        (Precision.HALF_YEAR, "2026-07-01", "2026-07-01"),
        (Precision.YEAR, "2024-02-29", "2024-01-01"),
        (Precision.FIVE_YEAR_PLAN, "2025-12-31", "2021-01-01"),
        (Precision.FIVE_YEAR_PLAN, "2024-02-29", "2020-01-01"),
        (Precision.RECURRING, "2026-12-31", "2026-01-01"),
    ],
)
def test_a_phrase_names_a_span(precision, due, first):
    assert span_start(day(due), precision, START) == day(first)


def test_the_span_of_a_duty_never_starts_after_its_due_day():
    assert span_start(day("2025-12-31"), Precision.RECURRING, START) == day("2025-12-31")


def test_a_result_is_early_before_the_span_and_late_after_the_due_day():
    span = day("2026-07-01")
    expected = {
        "2026-06-30": Timeliness.EARLY,
        "2026-07-01": Timeliness.ON_TIME,
        "2026-12-31": Timeliness.ON_TIME,
        "2027-01-01": Timeliness.LATE,
    }
    assert {on: timeliness(day(on), DUE, span) for on in expected} == expected


@pytest.mark.parametrize(
    ("on", "pct"), [("2025-12-31", "0"), ("2026-03-14", "20"), ("2026-12-30", "99.7"), ("2026-12-31", "100")]
)
def test_scheduled_progress_is_a_straight_line(on, pct):
    assert round(scheduled_pct(START, DUE, day(on)), 1) == Decimal(pct)


@given(
    st.integers(0, 1500),
    st.decimals(0, 100, places=2),
    st.integers(0, 50),
)
def test_the_day_of_falling_behind_is_the_first_on_which_the_gap_exceeds_the_threshold(length, progress, threshold):
    due = START + timedelta(length)
    found = falls_behind_on(START, due, progress, threshold)

    def gap(on: date) -> Decimal:
        return scheduled_pct(START, due, on) - progress

    if found is None:
        assert length == 0 or gap(due) <= threshold
        return
    assert START <= found <= due
    assert gap(found) > threshold
    assert gap(found - timedelta(1)) <= threshold


def test_nobody_falls_behind_within_the_threshold_of_the_whole_or_on_a_single_day():
    assert falls_behind_on(START, DUE, Decimal(90), 10) is None
    assert falls_behind_on(START, START, Decimal(0), 10) is None
