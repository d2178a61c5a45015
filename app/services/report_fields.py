"""The fields of a report by name, wherever they are typed: on a page, in a draft, in a workbook."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from app.services.errors import Message, msg
from app.services.reports import ReportInput
from app.services.typed_values import read_day, read_number

PLAIN = ("reported_on", "share_pct", "summary", "no_change", "claims_completion", "reached_on", "doubted")
LONGEST_SUMMARY = 4000
_OF_TARGET = re.compile(r"^(value|why)-([1-9]\d{0,9})$", re.ASCII)
_LARGEST_ID = 2**31 - 1


def report_fields(typed: Mapping[str, str]) -> dict[str, str]:
    """Return those texts that belong to a report; NUL is dropped, as PostgreSQL refuses it."""
    return {
        name: text.replace("\x00", "") for name, text in typed.items() if name in PLAIN or target_of(name) is not None
    }


def target_of(name: str) -> int | None:
    """Return the target that a field's name speaks of (`value-12`, `why-12`); None for another field."""
    found = _OF_TARGET.match(name)
    return int(found[2]) if found and int(found[2]) <= _LARGEST_ID else None


def read_report(
    typed: Mapping[str, str], today: date, *, expected_id: int | None = None
) -> tuple[ReportInput, dict[str, Message]]:
    """Return what the texts say, and what of them cannot be read, by field.

    `value-<target id>` are measured values, `why-<target id>` words on those that look implausible, `doubted` the ids
    of the targets whose values the person was asked about and sends all the same, with commas between.
    """
    reader = _Reader({name: text.replace("\x00", "").strip() for name, text in typed.items()}, {})
    if not reader.texts.get("reported_on"):
        reader.problems["reported_on"] = msg("fill in this field")
    given = ReportInput(
        reported_on=reader.day("reported_on") or today,
        share_pct=reader.number("share_pct"),
        summary=reader.words("summary", LONGEST_SUMMARY),
        no_change=bool(reader.texts.get("no_change")),
        claims_completion=bool(reader.texts.get("claims_completion")),
        reached_on=reader.day("reached_on"),
        values={
            target_id: value
            for target_id, name in reader.by_target("value-").items()
            if (value := reader.number(name)) is not None
        },
        explanations={
            target_id: words for target_id, name in reader.by_target("why-").items() if (words := reader.texts[name])
        },
        doubted=frozenset(reader.ids("doubted")),
        expected_id=expected_id,
    )
    return given, reader.problems


class _Reader:
    """Reads texts by field name and notes what cannot be read."""

    def __init__(self, texts: Mapping[str, str], problems: dict[str, Message]) -> None:
        self.texts, self.problems = texts, problems

    def day(self, name: str) -> date | None:
        found = read_day(self.texts.get(name, ""))
        if isinstance(found, Message):
            self.problems[name] = found
            return None
        return found

    def number(self, name: str) -> Decimal | None:
        found = read_number(self.texts.get(name, ""))
        if isinstance(found, Message):
            self.problems[name] = found
            return None
        return found

    def words(self, name: str, limit: int) -> str:
        words = self.texts.get(name, "")
        if len(words) > limit:
            self.problems[name] = msg("this text is too long")
        return words

    def by_target(self, prefix: str) -> dict[int, str]:
        return {
            target_id: name
            for name in self.texts
            if name.startswith(prefix) and (target_id := target_of(name)) is not None
        }

    def ids(self, name: str) -> list[int]:
        words = self.texts.get(name, "").split(",")
        return [int(word) for word in words if word.isascii() and word.isdigit() and len(word) <= 10]
