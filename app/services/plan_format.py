"""What is wrong with an entry's form, in words for the person who wrote the file."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.services.errors import Message, msg
from app.services.plan_findings import ErrorKind, FindingLevel, PlanFinding
from app.services.plan_yaml import Way

_NAMED_BY = ("key", "slug", "name", "code", "indicator", "year")
_SHOWN = 60


def format_findings(error: ValidationError, data: Any) -> list[PlanFinding]:
    """Return every error of form in the data of a plan file, in the order of the file's fields."""
    return [_finding(item, data) for item in error.errors(include_url=False)]


def place_name(data: Any, path: Way) -> str:
    """Name an entry for a person: section and key of the part, then the field in it (`milestones rotation, due.on`)."""
    if not path:
        return "plan"
    section, rest = str(path[0]), path[1:]
    if not rest or not isinstance(rest[0], int):
        return ".".join((section, *map(str, rest)))
    part = data[section][rest[0]] if _holds(data, section, rest[0]) else None
    names = [str(part[name]) for name in _NAMED_BY if part.get(name) is not None] if isinstance(part, dict) else []
    where = f"{section} {names[0] if names else rest[0] + 1}"
    steps = [f" {step + 1}" if isinstance(step, int) else f".{step}" for step in rest[1:]]
    return f"{where}, {''.join(steps).lstrip('. ')}" if steps else where


def _holds(data: Any, section: str, index: int) -> bool:
    return isinstance(data, dict) and isinstance(data.get(section), list) and index < len(data[section])


def _finding(item: ErrorDetails, data: Any) -> PlanFinding:
    path: Way = item["loc"]
    return PlanFinding(FindingLevel.ERROR, ErrorKind.FORMAT, path, place_name(data, path), _message(item))


def _message(item: ErrorDetails) -> Message:
    given = _shown(item["input"])
    limits: dict[str, Any] = item.get("ctx", {})
    for kinds, say in _SENTENCES:
        if item["type"] in kinds:
            return say(given, limits)
    return msg("cannot be taken: %(reason)s", reason=item["msg"].removeprefix("Value error, "))


def _shown(value: Any) -> str:
    """Return a value on one short line."""
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_Say = Callable[[str, dict[str, Any]], Message]
_SENTENCES: tuple[tuple[frozenset[str], _Say], ...] = (
    (frozenset({"missing"}), lambda given, limits: msg("is missing")),
    (frozenset({"extra_forbidden", "invalid_key"}), lambda given, limits: msg("is no field of the format")),
    (
        frozenset({"enum"}),
        lambda given, limits: msg("%(given)s is not one of %(allowed)s", given=given, allowed=limits["expected"]),
    ),
    (
        frozenset({"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"}),
        lambda given, limits: msg("%(given)s is not a day; write it as 2025-12-31", given=given),
    ),
    (
        frozenset({"int_type", "int_parsing", "int_from_float", "int_parsing_size"}),
        lambda given, limits: msg("%(given)s is not a whole number", given=given),
    ),
    (
        frozenset({"decimal_type", "decimal_parsing", "finite_number", "decimal_max_digits"}),
        lambda given, limits: msg("%(given)s is not a number", given=given),
    ),
    (frozenset({"string_type"}), lambda given, limits: msg("%(given)s is not text; put it in quotes", given=given)),
    (
        frozenset({"bool_type", "bool_parsing"}),
        lambda given, limits: msg("%(given)s is neither true nor false", given=given),
    ),
    (
        frozenset({"string_pattern_mismatch"}),
        lambda given, limits: msg("%(given)s does not fit the form %(form)s", given=given, form=limits["pattern"]),
    ),
    (
        frozenset({"string_too_long"}),
        lambda given, limits: msg("is longer than %(limit)d characters", limit=limits["max_length"]),
    ),
    (
        frozenset({"greater_than", "greater_than_equal"}),
        lambda given, limits: msg("%(given)s is too small", given=given),
    ),
    (frozenset({"tuple_type", "list_type"}), lambda given, limits: msg("is not a list; begin each entry with -")),
    (
        frozenset({"model_type", "model_attributes_type", "dict_type"}),
        lambda given, limits: msg("is not made of fields (name: value)"),
    ),
)
