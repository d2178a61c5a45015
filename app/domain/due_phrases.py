"""Read the due phrases of plans (DOMAIN.md section 2): day, precision, recurrence, and the other reading.

Three kinds of phrases have two readings, and the stricter or the more usual one is applied by default:
- 2026年前 or 2026年6月前 (前 without 底): before the span begins, or by its end; a day (8月31日前) counts itself;
- 三年内: to the end of the third calendar year, the year of issue being the first, or three whole years after issue;
- 9月底前 without a year, when that day was over at issue: the year of issue, or the next.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.due_phrase_recurrences import Occurrence, Recurrence, read_recurrence
from app.domain.due_phrase_spans import Point, read_span
from app.domain.due_phrase_words import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST,
    NUMERAL,
    DuePhraseProblem,
    DueProblemKind,
    PlainPhrase,
    UnreadableError,
    numeral,
    plain,
    refuse,
    within,
)
from app.domain.vocabulary import Precision

_MOST_YEARS = 30
_COUNTED = re.compile(
    rf"(?P<lead>用|利用|通过|未来|今后)?(?P<years>{NUMERAL})年(?:左右)?(?P<tail>(?:的?时间)?(?:之内|以内|内)?)"
)
_BARE_COUNT = re.compile(r"[1-9]|[一二两三四五六七八九十]")
_UNDATED = re.compile(
    r"(?:不?定期|长期|常态化?|经常性?|及时|适时|随时|尽快|尽早|立即|即时|即日起|近期|日常|持续|稳步|逐步|全程|平时|"
    r"(?:未|没有)(?:注明|写明|明确)?时限|无时限|不限时?)(?:坚持|推进|开展|进行|实施|落实|更新|整改)?"
)


class Ambiguity(StrEnum):
    """Why a phrase has two readings."""

    BEFORE_SPAN = "before_span"
    COUNTED_YEARS = "counted_years"
    YEAR_NOT_NAMED = "year_not_named"


@dataclass(frozen=True, slots=True)
class DueReading:
    """What a phrase says: a due day, or a recurrence with its occurrences in the plan's period.

    `start_on` is None when the phrase names no beginning; `alternative_on` and `ambiguity` when it has one reading.
    A recurring phrase keeps its other reading in the recurrence.
    """

    canonical: str
    precision: Precision
    due_on: date | None
    start_on: date | None = None
    alternative_on: date | None = None
    ambiguity: Ambiguity | None = None
    recurrence: Recurrence | None = None
    occurrences: tuple[Occurrence, ...] = ()


def read_phrase(
    text: str, *, issued_on: date, period_end: date | None, period_start: date | None = None
) -> DueReading | DuePhraseProblem:
    """Read a due phrase of a plan; its period bounds the occurrences of recurring ones (no start: issue day)."""
    try:
        phrase = _checked(text)
        if (recurrence := read_recurrence(phrase.words)) is not None:
            return _recurring(recurrence, period_start or issued_on, period_end)
        if (counted := _counted(phrase.words, issued_on)) is not None:
            return counted
        if (point := read_span(phrase.words, issued_on)) is not None:
            return _dated(point, phrase, issued_on)
        if (year := re.match(rf"({NUMERAL})年(?!级)", phrase.words)) is not None:
            within(DueProblemKind.YEAR, year[1], FIRST_YEAR, LAST_YEAR)
        refuse(DueProblemKind.NOT_UNDERSTOOD, text.strip())
    except UnreadableError as unreadable:
        return unreadable.problem


def _checked(text: str) -> PlainPhrase:
    """Return the phrase in its plain spelling. Raises: UnreadableError for an empty, long or undated one."""
    if len(text.strip()) > LONGEST:
        refuse(DueProblemKind.TOO_LONG, f"{text.strip()[:LONGEST]}…", most=LONGEST)
    phrase = plain(text)
    if not phrase.words:
        refuse(DueProblemKind.EMPTY, "")
    if _UNDATED.fullmatch(phrase.words):
        refuse(DueProblemKind.NO_DATE, text.strip())
    return phrase


def _recurring(recurrence: Recurrence, first_on: date, last_on: date | None) -> DueReading:
    return DueReading(
        recurrence.words,
        Precision.RECURRING,
        due_on=None,
        ambiguity=Ambiguity.BEFORE_SPAN if recurrence.alternative_due else None,
        recurrence=recurrence,
        occurrences=recurrence.occurrences(first_on, last_on),
    )


def _counted(words: str, issued_on: date) -> DueReading | None:
    """Read 三年内: to the end of the third calendar year, or three whole years after the issue day."""
    match = _COUNTED.fullmatch(words)
    if match is None or not (match["lead"] or match["tail"] or _BARE_COUNT.fullmatch(match["years"])):
        return None
    if len(match["years"]) >= 4:
        return None  # 2025年内
    years = within(DueProblemKind.YEARS_COUNT, match["years"], 1, _MOST_YEARS)
    if not FIRST_YEAR <= issued_on.year <= LAST_YEAR:
        refuse(DueProblemKind.YEAR, f"{issued_on.year}年", FIRST_YEAR, LAST_YEAR)
    return DueReading(
        f"{numeral(years) if years != 2 else '两'}年内",
        Precision.YEAR,
        due_on=date(issued_on.year + years - 1, 12, 31),
        alternative_on=_years_later(issued_on, years),
        ambiguity=Ambiguity.COUNTED_YEARS,
    )


def _years_later(day: date, years: int) -> date:
    later = day.year + years
    return date(later, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=later)


def _dated(point: Point, phrase: PlainPhrase, issued_on: date) -> DueReading:
    alternative_on, ambiguity = (point.span.last_on, Ambiguity.BEFORE_SPAN) if point.two_readings else (None, None)
    words = point.span.words + point.ending
    if not point.year_named and ambiguity is None and point.due_on < issued_on:
        unled = words.partition("年")[2]
        if (later := _next_year(unled, issued_on)) is not None:
            words, alternative_on, ambiguity = unled, later, Ambiguity.YEAR_NOT_NAMED
    led = "到" if phrase.up_to and not point.before and point.start_on is None else ""
    return DueReading(
        led + words,
        point.span.precision,
        due_on=point.due_on,
        start_on=point.start_on,
        alternative_on=alternative_on,
        ambiguity=ambiguity,
    )


def _next_year(words: str, issued_on: date) -> date | None:
    """Return when words without a year fall due in the year after issue; None for 2月29日 of a common year."""
    try:
        later = read_span(plain(f"{issued_on.year + 1}年{words}").words, issued_on)
    except UnreadableError:
        return None
    return later.due_on if later else None
