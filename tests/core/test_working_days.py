"""Working days by the national calendar: the vectors of DOMAIN.md section 4."""

from datetime import date

import pytest

from app.core.working_days import WorkingDay, working_days_after


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-09-18", 5, "2026-09-24"),
        ("2026-09-30", 10, "2026-10-20"),
        ("2026-02-13", 3, "2026-02-25"),
        ("2025-01-24", 10, "2025-02-13"),
    ],
)
def test_holidays_are_left_out_and_the_sundays_worked_instead_are_counted(start: str, count: int, end: str) -> None:
    assert working_days_after(date.fromisoformat(start), count) == WorkingDay(date.fromisoformat(end), False)


def test_the_start_day_is_not_counted_whatever_day_it_is() -> None:
    assert working_days_after(date(2026, 11, 20), 1).day == date(2026, 11, 23)  # Friday to Monday
    assert working_days_after(date(2026, 11, 21), 1).day == date(2026, 11, 23)  # a Saturday


def test_a_year_that_is_not_published_is_counted_by_weeks_and_says_so() -> None:
    assert working_days_after(date(2099, 12, 31), 5) == WorkingDay(date(2100, 1, 7), True)
    assert working_days_after(date(2003, 12, 26), 3) == WorkingDay(date(2003, 12, 31), True)


def test_no_working_day_at_all_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="at least one"):
        working_days_after(date(2026, 11, 22), 0)
