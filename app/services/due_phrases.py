"""Turn a typed due phrase into the part of a plan file it stands for, and say in words what is wrong with one."""

from datetime import date

from app.domain.due_phrase_recurrences import Recurrence
from app.domain.due_phrase_words import DuePhraseProblem, DueProblemKind
from app.domain.due_phrases import Ambiguity, DueReading, read_phrase
from app.services.errors import InputError, Message, msg
from app.services.plan_files import DuePart, RepeatPart

FIELD = "due_phrase"


def _(msgid: str) -> str:
    """Mark a msgid for extraction; pages translate it."""
    return msgid


_PROBLEMS = {
    DueProblemKind.EMPTY: _("write when it is due, for example 2026年底前 or 每年9月"),
    DueProblemKind.TOO_LONG: _("a due phrase has at most %(most)s characters; leave out what does not say when"),
    DueProblemKind.NO_DATE: _(
        "%(found)s names no date: write the day the office wants it by, such as 2026年底前, "
        "or 每年 for a duty that comes back every year"
    ),
    DueProblemKind.NOT_UNDERSTOOD: _(
        "%(found)s is not understood: write a year, a month, a day, a quarter, a half-year, a school year, "
        "a five-year plan, or 每年 with one of them"
    ),
    DueProblemKind.YEAR: _("%(found)s is no year this register keeps: write four digits, from %(least)s to %(most)s"),
    DueProblemKind.MONTH: _("there is no month %(found)s: a month is %(least)s to %(most)s"),
    DueProblemKind.DAY: _("there is no %(found)s: that month has the days %(least)s to %(most)s"),
    DueProblemKind.QUARTER: _("there is no quarter %(found)s: a quarter is %(least)s to %(most)s"),
    DueProblemKind.BACKWARDS: _("%(found)s ends before it starts: write the earlier time first"),
    DueProblemKind.SCHOOL_YEAR: _(
        "%(found)s is no school year: one runs from 1 September to 31 August, such as 2025—2026学年"
    ),
    DueProblemKind.YEARS_COUNT: _("a number of years is from %(least)s to %(most)s"),
    DueProblemKind.CROSSES_YEAR: _(
        "%(found)s would be due in the year before: write 每年12月底前, or the month by whose end it is due"
    ),
}
_READINGS = {
    Ambiguity.BEFORE_SPAN: _(
        "Read strictly, 前 without 底 means before that time begins; it may also mean by its end. "
        "The strict reading is applied unless you choose the other."
    ),
    Ambiguity.COUNTED_YEARS: _(
        "Years are counted to the end of a calendar year, the year of issue being the first; "
        "they may also be whole years from the day of issue."
    ),
    Ambiguity.YEAR_NOT_NAMED: _(
        "The phrase names no year: it is read as the year of issue, in which that day was already over; "
        "it may also mean the year after."
    ),
}


def due_part(
    text: str, *, issued_on: date, period_start: date, period_end: date, other_reading: bool = False
) -> DuePart | RepeatPart:
    """Return a due phrase as a part of a plan file, its words as typed; `other_reading` applies the other day.

    Raises: InputError at `due_phrase`, saying what is wrong and what is allowed.
    """
    found = read_phrase(text, issued_on=issued_on, period_start=period_start, period_end=period_end)
    if problem := problem_of(found, period_start, period_end):
        raise InputError({FIELD: problem})
    assert isinstance(found, DueReading)
    if other_reading and found.ambiguity is None:
        raise InputError({FIELD: msg("this phrase has one reading only; there is no other one to apply")})
    phrase = "".join(text.split())
    if found.recurrence is not None:
        return _repeat_part(phrase, found, found.recurrence, other_reading)
    assert found.due_on is not None
    on, other = found.due_on, found.alternative_on
    if other_reading and other is not None:
        on, other = other, on
    return DuePart(phrase=phrase, on=on, precision=found.precision, alternative_on=other)


def start_named(text: str, *, issued_on: date) -> date | None:
    """Return the day on which a phrase says the work begins; None when it names none, recurs or is not read."""
    found = read_phrase(text, issued_on=issued_on, period_end=None)
    return found.start_on if isinstance(found, DueReading) else None


def _repeat_part(phrase: str, found: DueReading, recurrence: Recurrence, other_reading: bool) -> RepeatPart:
    """Return a yearly duty with its years, start and due day."""
    (span,) = recurrence.spans
    due, other = span.due, recurrence.alternative_due
    if other_reading and other is not None:
        due, other = other, due
    return RepeatPart(
        phrase=phrase,
        years=tuple(item.due_on.year for item in found.occurrences),
        start=span.start,
        from_year_before=span.crosses_year,
        due=due,
        alternative_due=other,
        precision=found.precision,
    )


def problem_of(
    found: DueReading | DuePhraseProblem, period_start: date | None, period_end: date | None
) -> Message | None:
    """Return why what was read cannot be kept as a milestone's due time; None when it can."""
    if isinstance(found, DuePhraseProblem):
        return problem_message(found)
    if found.recurrence is None:
        return None
    if len(found.recurrence.spans) > 1:
        return _several(found.recurrence)
    if period_start is None or period_end is None:
        return msg("a recurring phrase needs the plan's period: give its first and last day")
    if not found.occurrences:
        return msg(
            "this duty never falls due in the plan's period, %(first)s to %(last)s; correct the phrase or the period",
            first=period_start.isoformat(),
            last=period_end.isoformat(),
        )
    return None


def _several(recurrence: Recurrence) -> Message:
    days = (date.fromisoformat(f"2001-{span.due}") for span in recurrence.spans)
    return msg(
        "%(phrase)s falls due %(times)s times a year, and a duty is kept with one day a year: "
        "enter a duty for each, %(phrases)s",
        phrase=recurrence.words,
        times=len(recurrence.spans),
        phrases="、".join(f"每年{day.month}月底前" for day in days),
    )


def problem_message(problem: DuePhraseProblem) -> Message:
    """Return a problem of a phrase as a sentence: what is wrong, and what is allowed."""
    return msg(_PROBLEMS[problem.kind], found=problem.found, least=problem.least, most=problem.most)


def explanation(found: DueReading) -> Message | None:
    """Return a sentence on both readings of a phrase; None when it has one."""
    return None if found.ambiguity is None else msg(_READINGS[found.ambiguity])
