"""The calendar side of due phrases (DOMAIN.md section 2): which days a year, month, quarter, term or range covers.

A school year runs from 1 September to 31 August; its terms are September to January and February to August.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.domain.due_phrase_words import (
    FIRST_YEAR,
    FOUR_DIGITS,
    LAST_YEAR,
    NUMERAL,
    DueProblemKind,
    number,
    numeral,
    refuse,
    within,
)
from app.domain.vocabulary import Precision

_LATER = {"明年": 1, "次年": 1, "翌年": 1, "后年": 2}
_YEAR = rf"(?P<year>{FOUR_DIGITS}(?:年度?|(?=[-底末前]|以前|之前|$))|今年|本年度?|当年|明年|后年|次年|翌年)"
_END = r"(?P<end>[底末]|结束)?(?P<before>之前|以前|前|之内|以内|内|期间)?"
_POINT = re.compile(rf"{_YEAR}?(?P<unit>.*?){_END}")
_SCHOOL_YEAR = re.compile(
    rf"(?P<first>{FOUR_DIGITS}|本|下)年?(?:-(?P<last>{FOUR_DIGITS}|[0-9]{{2}})年?)?学年度?"
    rf"(?:第?(?P<term>[一二12上下])学期)?{_END}"
)
_FIVE_YEARS = re.compile(rf"(?P<name>十[一二三四五六七八九]五)(?:规划)?(?:时期|期)?{_END}")


@dataclass(frozen=True, slots=True)
class Span:
    """The days some words cover, both ends included."""

    first_on: date
    last_on: date
    precision: Precision
    words: str
    runs: bool = False  # the words name a beginning too: 7、8月, 2024—2025学年
    instant: bool = False  # the words name a day, so 前 means up to it and nothing else
    ending: str = ""  # what the words take when nothing else ends them: “十五五”期间


@dataclass(frozen=True, slots=True)
class Point:
    """A span with its ending: 底 or 末 (`end`), 前 (`before`); `start_on` of a range, None for words that name none."""

    span: Span
    end: bool = False
    before: bool = False
    year_named: bool = True
    start_on: date | None = None

    @property
    def due_on(self) -> date:
        """Return the last day in time; of 前 without 底 the strict reading, before the span begins."""
        return self.span.first_on - timedelta(days=1) if self.two_readings else self.span.last_on

    @property
    def two_readings(self) -> bool:
        """Tell whether 前 may mean before the span begins, or by its end."""
        return self.before and not self.end and not self.span.instant

    @property
    def ending(self) -> str:
        """Return the canonical ending."""
        if not self.end:
            return "前" if self.before else self.span.ending
        monthly = self.span.precision in (Precision.YEAR, Precision.MONTH) and "学" not in self.span.words
        return f"{'底' if monthly else '末'}{'前' if self.before else ''}"


def read_span(words: str, issued_on: date) -> Point | None:
    """Read a year, a part of one, a school year, a five-year plan, or a range; None when the words are none of these.

    Words without a year are of the year of issue. Raises: UnreadableError for a month, day or year there is not.
    """
    for read in (_school_year, _five_years, _point):
        if (found := read(words, issued_on)) is not None:
            return found
    return _range(words, issued_on)


def _point(words: str, issued_on: date, year: int | None = None) -> Point | None:
    """Read a year or a part of one; `year` is that of words without one and the year that 次年 follows."""
    match = _POINT.fullmatch(words)
    if match is None or not (match["year"] or match["unit"]):
        return None
    named = _year(match["year"], issued_on, year) if match["year"] else year or issued_on.year
    for pattern, build in _UNITS:
        if unit := re.fullmatch(pattern, match["unit"]):
            span = build(unit, _in_range(named))
            if span.instant and match["end"]:
                return None
            return _ended(replace(span, words=f"{named}年{span.words}"), match, year_named=bool(match["year"]))
    return None


def _ended(span: Span, match: re.Match[str], *, year_named: bool = True) -> Point:
    before = (match["before"] or "").endswith("前")
    start_on = span.first_on if span.runs and not (match["end"] or before) else None
    return Point(span, bool(match["end"]), before, year_named, start_on)


def _year(word: str, issued_on: date, year: int | None) -> int:
    if (value := number(word[:4])) is not None:
        return _in_range(value)
    base = issued_on.year if word in ("明年", "后年") or year is None else year
    return _in_range((base if word in _LATER else issued_on.year) + _LATER.get(word, 0))


def _in_range(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        refuse(DueProblemKind.YEAR, f"{year}年", FIRST_YEAR, LAST_YEAR)
    return year


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def _whole_year(_match: re.Match[str], year: int) -> Span:
    return Span(date(year, 1, 1), date(year, 12, 31), Precision.YEAR, "")


def _day(match: re.Match[str], year: int) -> Span:
    month = within(DueProblemKind.MONTH, match[1], 1, 12)
    last, value = month_end(year, month).day, number(match[2])
    if value is None or not 1 <= value <= last:
        refuse(DueProblemKind.DAY, f"{month}月{match[2]}日", 1, last)
    day = date(year, month, value)
    return Span(day, day, Precision.DAY, f"{month}月{value}日", instant=True)


def _month(match: re.Match[str], year: int) -> Span:
    month = within(DueProblemKind.MONTH, match[1], 1, 12)
    end = month_end(year, month)
    first, last = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, end.day)}.get(match[2], (1, end.day))
    return Span(end.replace(day=first), end.replace(day=last), Precision.MONTH, f"{month}月{match[2] or ''}")


def _months(match: re.Match[str], year: int) -> Span:
    months = [within(DueProblemKind.MONTH, item, 1, 12) for item in re.findall(NUMERAL, match[0])]
    if months != sorted(months):
        refuse(DueProblemKind.BACKWARDS, match[0].replace("-", "—"))
    if "," in match[0] and months != list(range(months[0], months[-1] + 1)):
        refuse(DueProblemKind.NOT_UNDERSTOOD, match[0].replace(",", "、"))
    written = ("、" if "," in match[0] else "—").join(str(month) for month in months)
    return Span(date(year, months[0], 1), month_end(year, months[-1]), Precision.MONTH, f"{written}月", runs=True)


def _quarter(match: re.Match[str], year: int) -> Span:
    value = within(DueProblemKind.QUARTER, match[2], 1, 4)
    first = date(year, 1 if match[1] == "前" else 3 * value - 2, 1)
    words = f"{'前' if match[1] == '前' else '第'}{numeral(value)}季度"
    return Span(first, month_end(year, 3 * value), Precision.QUARTER, words)


def _half_year(match: re.Match[str], year: int) -> Span:
    first, last = (1, 6) if match[0] == "上半年" else (7, 12)
    return Span(date(year, first, 1), month_end(year, last), Precision.HALF_YEAR, match[0])


def _term(match: re.Match[str], year: int) -> Span:
    if match[1] == "秋":
        return Span(date(year, 9, 1), date(year + 1, 1, 31), Precision.HALF_YEAR, "秋季学期", runs=True)
    return Span(date(year, 2, 1), date(year, 8, 31), Precision.HALF_YEAR, "春季学期", runs=True)


def _opening(_match: re.Match[str], year: int) -> Span:
    day = date(year, 8, 31)
    return Span(day, day, Precision.DAY, "秋季开学", instant=True)


_UNITS: tuple[tuple[str, Callable[[re.Match[str], int], Span]], ...] = (
    (r"", _whole_year),
    (rf"({NUMERAL})月份?({NUMERAL})[日号]", _day),
    (rf"({NUMERAL})月份?([上中下]旬)?", _month),
    (rf"{NUMERAL}(?:月份?)?(?:-{NUMERAL}|(?:,{NUMERAL}(?:月份?)?)*,{NUMERAL})月份?", _months),
    (rf"(第|前)?({NUMERAL})个?季度", _quarter),
    (r"[上下]半年", _half_year),
    (r"([秋春])季?学期", _term),
    (r"秋季(?:学期)?开学", _opening),
)


def _school_year(words: str, issued_on: date) -> Point | None:
    """Read 2024-2025学年, 2025学年, 本学年 and 下学年, and their terms; one year alone is that of the beginning."""
    match = _SCHOOL_YEAR.fullmatch(words)
    if match is None:
        return None
    running = issued_on.year if issued_on.month >= 9 else issued_on.year - 1
    first = _in_range(running + (match["first"] == "下") if match["first"] in "本下" else number(match["first"]) or 0)
    last = first + 1 if match["last"] is None else number(match["last"]) or 0
    if last not in (first + 1, (first + 1) % 100):
        refuse(DueProblemKind.SCHOOL_YEAR, words.replace("-", "—"))
    name, begins, ends = f"{first}—{first + 1}学年", date(first, 9, 1), date(first + 1, 8, 31)
    if match["term"] is None:
        span = Span(begins, ends, Precision.YEAR, name, runs=True)
    elif match["term"] in "一1上":
        span = Span(begins, date(first + 1, 1, 31), Precision.HALF_YEAR, f"{name}第一学期", runs=True)
    else:
        span = Span(date(first + 1, 2, 1), ends, Precision.HALF_YEAR, f"{name}第二学期", runs=True)
    return _ended(span, match)


def _five_years(words: str, _issued_on: date) -> Point | None:
    """Read 十五五期间 (2026 to 2030) and the like: the thirteenth plan began in 2016, each lasts five years."""
    match = _FIVE_YEARS.fullmatch(words)
    if match is None:
        return None
    first = 2016 + 5 * ((number(match["name"][:2]) or 0) - 13)
    span = Span(
        date(first, 1, 1),
        date(first + 4, 12, 31),
        Precision.FIVE_YEAR_PLAN,
        f"“{match['name']}”",
        runs=True,
        ending="期间",
    )
    return _ended(span, match)


def _range(words: str, issued_on: date) -> Point | None:
    """Read a beginning and an end; an end without a year is of the beginning's year, and the other way round."""
    left, joined, right = words.partition("-")
    if not joined:
        return None
    left = re.sub(r"^[从自]|(?:起|开始)$", "", left)
    opening = _point(left, issued_on)
    closing = _point(right, issued_on, opening.span.first_on.year if opening else None)
    if opening and closing and closing.year_named and not opening.year_named:
        opening = _point(left, issued_on, closing.span.first_on.year)
    if opening is None or closing is None or opening.before:
        return None
    start_on = opening.span.last_on if opening.end else opening.span.first_on
    if closing.due_on < start_on:
        refuse(DueProblemKind.BACKWARDS, words.replace("-", "—"))
    whole_years = opening.span.words.endswith("年") and closing.span.words.endswith("年") and not opening.end
    begins = opening.span.words.removesuffix("年") if whole_years else opening.span.words + opening.ending
    return replace(
        closing, span=replace(closing.span, words=f"{begins}—{closing.span.words}"), year_named=True, start_on=start_on
    )
