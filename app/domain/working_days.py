"""Count working days by a calendar in versions (DOMAIN.md section 4): national, with regional days laid over it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """A day that was counted; `provisional` when a year on the way is not published yet."""

    day: date
    provisional: bool


@dataclass(frozen=True)
class WorkCalendar:
    """Which days people work, by one version of the calendar; 0: as it came with the program.

    `days` are the exceptions (True: people work), all others go by the week; `published` are the years whose
    arrangement is known. It is never changed, so what was counted once is remembered.
    """

    version: int
    days: Mapping[date, bool]
    published: frozenset[int]
    _counted: dict[tuple[date, int], WorkingDay] = field(default_factory=dict, init=False, repr=False, compare=False)

    def works(self, day: date) -> bool:
        """Tell whether people work on a day: by the exceptions, else Monday to Friday."""
        return self.days.get(day, day.weekday() < SATURDAY)

    def working_days_after(self, day: date, count: int) -> WorkingDay:
        """Return the day on which `count` (at least 1) working days are over; `day` itself is not counted."""
        return self._steps(day, _at_least_one(count))

    def working_days_before(self, day: date, count: int) -> WorkingDay:
        """Return the day that lies `count` (at least 1) working days before `day`, which is not counted itself."""
        return self._steps(day, -_at_least_one(count))

    def moved(self, day: date) -> WorkingDay:
        """Return the day on which a limit ends: a day off moves to the next working day."""
        if self.works(day):
            return WorkingDay(day, day.year not in self.published)
        found = self._steps(day, 1)
        return WorkingDay(found.day, found.provisional or day.year not in self.published)

    def _steps(self, day: date, count: int) -> WorkingDay:
        """Go `count` working days on (negative: back). Raises: OverflowError beyond the years that a date can have."""
        if found := self._counted.get((day, count)):
            return found
        start, step, provisional = day, _DAY if count > 0 else -_DAY, False
        left = abs(count)
        while left:
            day += step
            provisional = provisional or day.year not in self.published
            left -= self.works(day)
        return self._counted.setdefault((start, count), WorkingDay(day, provisional))


@dataclass(frozen=True, slots=True)
class NoticeDays:
    """The exceptions that a notice of a year brings; `version` is the calendar's from then on.

    `region_code` is what the division codes of the region begin with (65: Xinjiang); None: the whole country.
    """

    version: int
    year: int
    region_code: str | None
    days: Mapping[date, bool]

    def holds_for(self, code: str | None) -> bool:
        """Tell whether it holds at a place with a division code; None: a place without one."""
        return self.region_code is None or (code is not None and code.startswith(self.region_code))


def work_calendar(base: WorkCalendar, notices: Iterable[NoticeDays], code: str | None) -> WorkCalendar:
    """Return the calendar of a place: a national notice replaces its year, then the smaller region goes last.

    `notices` are the latest of each year and region; `code` is the place's division code, None: only national days.
    """
    mine = sorted((item for item in notices if item.holds_for(code)), key=lambda item: len(item.region_code or ""))
    if not mine:
        return base
    announced = {item.year for item in mine if item.region_code is None}
    days = {day: works for day, works in base.days.items() if day.year not in announced}
    for item in mine:
        days.update(item.days)
    version = max(item.version for item in mine)
    return WorkCalendar(version, MappingProxyType(days), base.published | announced)


def calendars_of(base: WorkCalendar, notices: Iterable[NoticeDays]) -> Callable[[str | None], WorkCalendar]:
    """Return what gives the calendar of a division code; places under the same notices share one calendar."""
    known, made = list(notices), dict[tuple[int, ...], WorkCalendar]()

    def calendar_of(code: str | None) -> WorkCalendar:
        key = tuple(item.version for item in known if item.holds_for(code))
        return made.get(key) or made.setdefault(key, work_calendar(base, known, code))

    return calendar_of


def _at_least_one(count: int) -> int:
    if count < 1:
        raise ValueError("at least one working day")
    return count
