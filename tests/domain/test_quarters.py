"""Quarters: their days, neighbours and names."""

import pytest

from app.domain.quarters import Quarter, parse_quarter, quarter_of
from tests.support.facts import day


def test_a_quarter_knows_its_days_neighbours_and_name() -> None:
    quarter = parse_quarter("2026Q4")
    assert (quarter.first_on, quarter.last_on) == (day("2026-10-01"), day("2026-12-31"))
    assert (quarter.previous, quarter.next) == (Quarter(2026, 3), Quarter(2027, 1))
    assert (quarter.next.previous, str(quarter), quarter.label) == (quarter, "2026Q4", "2026年第四季度")


@pytest.mark.parametrize("text", ["", "2026Q5", "2026Q0", "2026q3", "26Q3", "2026Q3 ", "2026-Q3"])
def test_anything_else_is_not_a_quarter(text: str) -> None:
    with pytest.raises(ValueError, match="2026Q3"):
        parse_quarter(text)


@pytest.mark.parametrize(("on", "number"), [("2026-01-01", 1), ("2026-03-31", 1), ("2026-04-01", 2), ("2026-12-31", 4)])
def test_every_day_lies_in_its_quarter(on: str, number: int) -> None:
    assert quarter_of(day(on)) == Quarter(2026, number)
