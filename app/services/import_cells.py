"""The cells of one imported row: each read as what its column holds, each problem kept at its cell."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar
from unicodedata import normalize

from pydantic import ValidationError

from app.domain.import_values import CellFault, CellFaultError, Raw, text_of
from app.domain.imports import ProblemLevel
from app.services.errors import Message, msg
from app.services.import_mapping import SheetMapping
from app.services.import_reading import shown

Value = TypeVar("Value")
_MOST_CHOICES = 1_000  # names among which the closest are looked for
MOST_PROBLEMS = 20_000  # kept with their cells; the rest is counted

FAULTS = {
    CellFault.BROKEN: msg("the cell shows an error, or a formula whose result is not in the file: type the value"),
    CellFault.NUMBER: msg("write a plain number, for example 95 or 4.25"),
    CellFault.WHOLE_NUMBER: msg("write a whole number"),
    CellFault.DAY: msg("write a day, for example 2026-11-22 or 2026年11月22日"),
    CellFault.YEAR: msg("write a year with four digits, for example 2026"),
    CellFault.FLAG: msg("write 是 or 否"),
}


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """What is wrong, or worth a look, at one cell."""

    level: ProblemLevel
    sheet: str
    cell: str
    heading: str
    value: str
    message: Message


@dataclass
class Findings:
    """The problems of a file, errors and warnings counted."""

    problems: list[FoundProblem] = field(default_factory=list)
    errors: int = 0
    warnings: int = 0

    def add(self, problem: FoundProblem) -> None:
        """Keep a problem, and count it in any case."""
        if problem.level is ProblemLevel.ERROR:
            self.errors += 1
        else:
            self.warnings += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


@dataclass
class Cells:
    """The mapped cells of one row, by field."""

    table: SheetMapping
    row: int
    values: Mapping[str, Raw]
    findings: Findings
    failed: bool = False

    def given(self, name: str) -> bool:
        """Tell whether the cell holds something."""
        return name in self.values

    def mapped(self, name: str) -> bool:
        """Tell whether the sheet has a column for the field."""
        return self.table.column(name) is not None

    def problem(self, name: str, message: Message, *, level: ProblemLevel = ProblemLevel.ERROR) -> None:
        """Report a problem at the field's cell."""
        if level is ProblemLevel.ERROR:
            self.failed = True
        name = self.table.field_or_first(name)
        cell, heading = self.table.cell(name, self.row), self.table.heading(name)
        self.findings.add(FoundProblem(level, self.table.sheet, cell, heading, shown(self.values, name), message))

    def warn(self, name: str, message: Message) -> None:
        """Report what is worth a look at the field's cell."""
        self.problem(name, message, level=ProblemLevel.WARNING)

    def read(self, name: str, convert: Callable[[Raw], Value]) -> Value | None:
        """Return the cell's value; None when it is empty or, reported, not what the column holds."""
        if (raw := self.values.get(name)) is None:
            return None
        try:
            return convert(raw)
        except CellFaultError as error:
            self.problem(name, FAULTS[error.fault])
            return None

    def word(self, name: str, words: Mapping[str, StrEnum]) -> StrEnum | None:
        """Return the code that a word of a closed list stands for; None when empty or, reported, not of the list."""
        text = self.read(name, text_of)
        if not text:
            return None
        code = words.get("".join(normalize("NFKC", text).split()))
        if code is None:
            self.problem(name, msg("not one of the list: %(allowed)s", allowed="、".join(words)))
        return code

    def unknown(self, name: str, unknown: Iterable[str], known: Iterable[str]) -> None:
        """Report names that nothing in the plan goes by, with the closest that something does."""
        self.problem(name, unknown_names(list(unknown), known))

    def refused(self, error: ValidationError, names: Mapping[str, str] | None = None) -> None:
        """Report what a part of the plan file did not take; `names` are the columns of its fields, if others."""
        for item in error.errors():
            name = str(item["loc"][0]) if item["loc"] else "key"
            self.problem((names or {}).get(name, name), _refusal(item))


def column_lengths(model: type[Any], *names: str) -> dict[str, int]:
    """Return how many characters each of a table's columns holds."""
    return {name: model.__table__.c[name].type.length for name in names}


def unknown_names(unknown: list[str], known: Iterable[str]) -> Message:
    """Return the sentence that names are not defined, with the closest ones that are."""
    choices = tuple(known)[:_MOST_CHOICES]
    near = dict.fromkeys(match for name in unknown[:3] for match in _closest(name, choices))
    listed = "、".join(unknown)[:200]
    if near:
        return msg("not defined in this plan: %(names)s; closest: %(near)s", names=listed, near="、".join(near))
    return msg("not defined in this plan: %(names)s", names=listed)


@lru_cache(maxsize=1000)  # a word misspelt once is often misspelt in every row
def _closest(name: str, choices: tuple[str, ...]) -> list[str]:
    return get_close_matches(name, choices, n=2, cutoff=0.5)


def _refusal(item: Any) -> Message:
    context = item.get("ctx", {})
    match item["type"]:
        case "string_too_long":
            return msg("at most %(count)s characters", count=context["max_length"])
        case "string_pattern_mismatch":
            return msg("write small letters a to z, digits and hyphens only, for example build-school-1")
        case "greater_than":
            return msg("write a number above %(least)s", least=context["gt"])
        case "missing" | "none_required" | "string_type" | "enum" | "int_type" | "date_type" | "decimal_type":
            return msg("fill in this field")
        case _:
            return msg("this is not taken here: %(reason)s", reason=item["msg"])
