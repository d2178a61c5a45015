"""Recurring due phrases (DOMAIN.md section 2): 每年9月, 每学年, 逐年 and their occurrences in a plan's period.

An occurrence belongs to the year in which it is due. A duty due at the end of February is due on the 28th of every
year, as a recurring day is kept without its year.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from app.domain.due_phrase_spans import Point, month_end, read_span
from app.domain.due_phrase_words import FIRST_YEAR, FOUR_DIGITS, LAST_YEAR, DueProblemKind, number, refuse, within

_PATTERN_YEAR = 2001  # stands for every year while its days are read; neither it nor the next is a leap year
_SINCE = re.compile(rf"(?:从|自)?(?P<year>{FOUR_DIGITS})年度?(?:起|开始),?(?P<rest>.*)")
_YEARLY = re.compile(
    r"(?:每年度?|每个年度|逐年|按年度?|年度[\u4e00-\u9fff]{0,4})(?:(?:至少|不少于|不低于)?[0-9一二两三四五六七八九十]{1,3}次)?"
)
_SCHOOL_YEARLY = re.compile(r"(?:每个?)?学年度?(?:[底末]|结束)?(?:之前|以前|前|之内|以内|内)?")
_SEVERAL = re.compile(r"每个?(?P<part>学期|半年|季度?|月)(?:[底末])?(?:之前|以前|前|之内|以内|内)?")


@dataclass(frozen=True, slots=True)
class YearSpan:
    """Days of a year as MM-DD; `crosses_year`: due in the year after the one it starts in."""

    start: str
    due: str
    crosses_year: bool = False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time a recurring duty falls due; `alternative_on` is the day by the phrase's other reading."""

    start_on: date
    due_on: date
    alternative_on: date | None = None


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What recurs every year: one span, or several for 每学期; `alternative_due` as MM-DD; `since_year` of 从…起."""

    words: str
    spans: tuple[YearSpan, ...]
    alternative_due: str | None = None
    since_year: int | None = None

    def occurrences(self, first_on: date, last_on: date | None) -> tuple[Occurrence, ...]:
        """Return what falls due in a plan's period, before its issue too; none without the period's end.

        A school year that began before the period, or before the year since when the duty holds, is left out.
        """
        if last_on is None:
            return ()
        lower = max(first_on, date(self.since_year or FIRST_YEAR, 1, 1))
        upper = min(last_on, date(LAST_YEAR, 12, 31))
        found = (item for year in range(lower.year, upper.year + 1) for item in self._in_year(year))
        return tuple(
            item
            for item in found
            if lower <= item.due_on <= upper and (item.start_on.year == item.due_on.year or item.start_on >= lower)
        )

    def _in_year(self, year: int) -> Iterator[Occurrence]:
        other = _day(year, self.alternative_due) if self.alternative_due else None
        for span in self.spans:
            yield Occurrence(_day(year - span.crosses_year, span.start), _day(year, span.due), other)


def _day(year: int, month_day: str) -> date:
    return date.fromisoformat(f"{year:04}-{month_day}")


_SCHOOL_YEAR = (YearSpan("09-01", "08-31", crosses_year=True),)
_PARTS: dict[str, tuple[YearSpan, ...]] = {
    "学期": (YearSpan("09-01", "01-31", crosses_year=True), YearSpan("02-01", "08-31")),
    "半年": (YearSpan("01-01", "06-30"), YearSpan("07-01", "12-31")),
    "季度": tuple(YearSpan(f"{end - 2:02}-01", f"{month_end(_PATTERN_YEAR, end):%m-%d}") for end in (3, 6, 9, 12)),
    "月": tuple(YearSpan(f"{month:02}-01", f"{month_end(_PATTERN_YEAR, month):%m-%d}") for month in range(1, 13)),
}


def read_recurrence(words: str) -> Recurrence | None:
    """Read words that recur; None for words that do not. Raises: UnreadableError for days there are not."""
    if (since := _SINCE.fullmatch(words)) is not None:
        year = within(DueProblemKind.YEAR, since["year"], FIRST_YEAR, LAST_YEAR)
        recurring = _every(since["rest"] or "每年")
        return recurring and replace(recurring, words=f"{year}年起{recurring.words}", since_year=year)
    return _every(words)


def _every(words: str) -> Recurrence | None:
    if _YEARLY.fullmatch(words):
        return Recurrence("每年", (YearSpan("01-01", "12-31"),))
    if _SCHOOL_YEARLY.fullmatch(words):
        return Recurrence("每学年", _SCHOOL_YEAR)
    if (several := _SEVERAL.fullmatch(words)) is not None:
        part = "季度" if several["part"] == "季" else several["part"]
        return Recurrence(f"每{part}", _PARTS[part])
    inner = re.fullmatch(r"每年度?(.+)", words)
    if inner is None or number(inner[1][:4]) is not None:
        return None
    point = read_span(f"{_PATTERN_YEAR}年{inner[1]}", date(_PATTERN_YEAR, 1, 1))
    return None if point is None else _of_every_year(point)


def _of_every_year(point: Point) -> Recurrence:
    """Return the recurrence that a point of the pattern year stands for."""
    next_year = f"{_PATTERN_YEAR + 1}年"
    days = (point.span.words + point.ending).removeprefix(f"{_PATTERN_YEAR}年")
    words = f"每年{days.replace(f'{_PATTERN_YEAR}年', '').replace(next_year, '次年')}"
    due_on, other = point.due_on, point.span.last_on if point.two_readings else None
    if due_on.year < _PATTERN_YEAR or due_on.year > _PATTERN_YEAR + 1 or (other and other.year != due_on.year):
        refuse(DueProblemKind.CROSSES_YEAR, words)
    crosses = due_on.year > _PATTERN_YEAR
    starts_on = point.start_on or (date(_PATTERN_YEAR, 1, 1) if point.before and not crosses else point.span.first_on)
    span = YearSpan(f"{starts_on:%m-%d}", f"{due_on:%m-%d}", crosses)
    return Recurrence(words, (span,), f"{other:%m-%d}" if other else None)
