"""A year of the calendar as pages show it: months as weeks of days, each with its mark and the words for it."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.working_days import SATURDAY, WorkCalendar
from app.queries.calendars import NamedDay


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of a month: worked or not, and whether that departs from the week; `name` is what for."""

    day: date
    works: bool
    departs: bool
    name: str
    regional: bool
    today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday; None fills up a week."""

    first: date
    weeks: tuple[tuple[DayCell | None, ...], ...]
    working_days: int


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row of the same kind and name, as the list beside the months tells them."""

    first: date
    last: date
    works: bool
    name: str
    region_name: str | None
    version: int


def months_of(year: int, calendar: WorkCalendar, named: Sequence[NamedDay], today: date) -> list[Month]:
    """Return the twelve months of a year."""
    by_day = {item.day: item for item in named}
    return [_month(date(year, number, 1), calendar, by_day, today) for number in range(1, 13)]


def _month(first: date, calendar: WorkCalendar, named: Mapping[date, NamedDay], today: date) -> Month:
    weeks = tuple(
        tuple(_cell(day, calendar, named, today) if day.month == first.month else None for day in week)
        for week in Calendar().monthdatescalendar(first.year, first.month)
    )
    return Month(first, weeks, sum(cell.works for week in weeks for cell in week if cell))


def _cell(day: date, calendar: WorkCalendar, named: Mapping[date, NamedDay], today: date) -> DayCell:
    item, works = named.get(day), calendar.works(day)
    return DayCell(
        day=day,
        works=works,
        departs=item is not None or works != (day.weekday() < SATURDAY),
        name=item.name if item else "",
        regional=item is not None and item.region_name is not None,
        today=day == today,
    )


def spans_of(named: Sequence[NamedDay]) -> list[Span]:
    """Return the days that depart from the week in order, those in a row of one kind, name and notice together."""
    found: list[Span] = []
    for item in named:
        kind = (item.works, item.name, item.region_name, item.version)
        last = found[-1] if found else None
        if last and last.last + timedelta(days=1) == item.day and kind == _kind(last):
            found[-1] = Span(last.first, item.day, *kind)
        else:
            found.append(Span(item.day, item.day, *kind))
    return found


def _kind(span: Span) -> tuple[bool, str, str | None, int]:
    return span.works, span.name, span.region_name, span.version
