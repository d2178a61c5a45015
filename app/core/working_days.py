"""The national calendar as the package `chinesecalendar` carries it: version 0, before any notice is entered."""

from datetime import date
from functools import cache
from types import MappingProxyType

from chinese_calendar.constants import Holiday, holidays, workdays

from app.domain.working_days import WorkCalendar


@cache
def library_calendar() -> WorkCalendar:
    """Return the calendar of the years that the package knows, made once per process."""
    days = dict.fromkeys(holidays, False) | dict.fromkeys(workdays, True)
    first, last = min(holidays).year, max(holidays).year
    return WorkCalendar(0, MappingProxyType(days), frozenset(range(first, last + 1)))


@cache
def library_names() -> MappingProxyType[date, str]:
    """Return the Chinese name of the holiday behind each exception; for a day worked, the one it makes up for."""
    chinese = {item.value: str(item.chinese) for item in Holiday}
    return MappingProxyType({day: chinese[name] for day, name in (holidays | workdays).items()})
