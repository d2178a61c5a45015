"""Count working days by the national calendar (DOMAIN.md section 4); years not yet published count Monday to Friday."""

from dataclasses import dataclass
from datetime import date, timedelta

from chinese_calendar import is_workday

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """The day on which a number of working days is over; `provisional` when a year on the way is not published yet."""

    day: date
    provisional: bool


def working_days_after(day: date, count: int) -> WorkingDay:
    """Return the day on which `count` (at least 1) working days are over; `day` itself is not counted."""
    if count < 1:
        raise ValueError("at least one working day")
    provisional = False
    while count:
        day += timedelta(days=1)
        works, published = _works(day)
        provisional = provisional or not published
        count -= works
    return WorkingDay(day, provisional)


def _works(day: date) -> tuple[bool, bool]:
    """Tell whether people work on a day, and whether the calendar of its year is published."""
    try:
        return is_workday(day), True
    except NotImplementedError:
        return day.weekday() < SATURDAY, False
