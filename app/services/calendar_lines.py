"""Read a notice's days as they are typed, a span a line, and write them back in the same form.

`2027-02-06 至 2027-02-12 放假 春节` gives seven days off, `2027-02-14 上班` a day on which people work. Dates may be
written with -, /, . or 年月日; the name may be left out.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.services.errors import InputError, Message, msg

MOST_CHARACTERS = 20_000
NAME_LENGTH = 40
_DATE = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_LINE = re.compile(rf"{_DATE}(?:\s*(?:至|到|—+|–|~|～)\s*{_DATE})?\s*(放假|上班)\s*(.*)", re.DOTALL)
_MOST_PROBLEMS = 20
_LONGEST = 200  # characters of a line


@dataclass(frozen=True, slots=True)
class DayInput:
    """A day that departs from the week, and what for."""

    day: date
    works: bool
    name: str


def read_lines(text: str, year: int) -> list[DayInput]:
    """Return the days that the lines name, in order.

    Raises: InputError with a problem for each line that cannot be taken, `days-3` for the third one.
    """
    if len(text) > MOST_CHARACTERS:
        raise InputError({"days": msg("this text is too long")})
    taken: dict[date, int] = {}
    found: list[DayInput] = []
    problems: dict[str, Message] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        days = _read_line(line.strip(), number, year)
        twice = next((item.day for item in days if item.day in taken), None) if isinstance(days, list) else None
        if isinstance(days, Message):
            problems[f"days-{number}"] = days
        elif twice is not None:
            problems[f"days-{number}"] = msg(
                "line %(line)s: %(day)s stands in line %(other)s already", line=number, day=twice, other=taken[twice]
            )
        else:
            taken |= {item.day: number for item in days}
            found += days
        if len(problems) == _MOST_PROBLEMS:
            break
    if problems:
        raise InputError(problems)
    return sorted(found, key=lambda item: item.day)


def written(days: Iterable[DayInput]) -> str:
    """Return days as lines that `read_lines` reads back, days in a row of the same kind and name in one."""
    return "\n".join(_line(span) for span in spans(days))


def spans(days: Iterable[DayInput]) -> list[tuple[DayInput, ...]]:
    """Return days in order, those in a row of the same kind and name together."""
    found: list[list[DayInput]] = []
    for item in days:
        last = found[-1][-1] if found else None
        if last and last.day + timedelta(days=1) == item.day and (last.works, last.name) == (item.works, item.name):
            found[-1].append(item)
        else:
            found.append([item])
    return [tuple(item) for item in found]


def _line(span: Sequence[DayInput]) -> str:
    first, last = span[0], span[-1]
    days = f"{first.day}" if first is last else f"{first.day} 至 {last.day}"
    return f"{days} {'上班' if first.works else '放假'} {first.name}".rstrip()


def _read_line(line: str, number: int, year: int) -> list[DayInput] | Message:
    """Return the days of a line, or what is wrong with it."""
    match = _LINE.fullmatch(line) if len(line) <= _LONGEST else None
    if match is None:
        return msg(
            "line %(line)s: write for example 2027-02-06 至 2027-02-12 放假 春节, or 2027-02-14 上班", line=number
        )
    first, last = _day(match.groups()[:3]), _day(match.groups()[3:6]) if match[4] else _day(match.groups()[:3])
    if first is None or last is None:
        return msg("line %(line)s: there is no such day", line=number)
    if last < first:
        return msg("line %(line)s: the last day comes before the first", line=number)
    if {first.year, last.year} != {year}:
        return msg(
            "line %(line)s: every day lies in %(year)s; other years have notices of their own", line=number, year=year
        )
    if len(match[8]) > NAME_LENGTH:
        return msg("line %(line)s: the name has at most %(count)s characters", line=number, count=NAME_LENGTH)
    count = (last - first).days + 1
    return [DayInput(first + timedelta(days=step), match[7] == "上班", match[8].strip()) for step in range(count)]


def _day(parts: Sequence[str]) -> date | None:
    try:
        return date(*map(int, parts))
    except ValueError:
        return None
