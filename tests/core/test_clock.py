"""Days in Asia/Shanghai and instants in UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import FixedClock, SystemClock, day_end, day_start, local_day
from tests.support.facts import day


@pytest.mark.parametrize(
    ("instant", "on"),
    [("2026-11-22T15:59:59.999999+00:00", "2026-11-22"), ("2026-11-22T16:00:00+00:00", "2026-11-23")],
)
def test_a_day_ends_at_midnight_in_shanghai(instant, on):
    assert local_day(datetime.fromisoformat(instant)) == day(on)


@given(st.dates(min_value=day("1992-01-01"), max_value=day("2100-12-31")))
def test_a_day_runs_from_its_start_to_just_before_its_end(on):
    assert day_end(on) - day_start(on) == timedelta(days=1)
    assert local_day(day_start(on)) == local_day(day_end(on) - timedelta(microseconds=1)) == on
    assert local_day(day_end(on)) == on + timedelta(days=1)
    assert day_start(on).tzinfo is UTC


def test_a_fixed_clock_moves_only_when_told():
    clock = FixedClock(datetime(2026, 11, 22, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(timedelta(hours=1))
    assert clock.now() == datetime(2026, 11, 22, 1, tzinfo=UTC)


def test_the_systems_clock_is_aware():
    assert SystemClock().now().tzinfo is UTC
