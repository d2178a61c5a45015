"""What entries that people keep (units, places) have in common: their validity, their successor, the lock of a form."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from app.domain.succession import Span, closes_circle
from app.services.errors import InputError, Message, msg

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SEPARATORS = frozenset("，；,;\n\t")  # what writers put between names; 、 stands in some official names


def fingerprint(values: "DataclassInstance") -> str:
    """Return a short mark of an entry's values, which a form carries so that a change meanwhile is noticed."""
    return sha256(json.dumps(asdict(values), sort_keys=True, default=str).encode()).hexdigest()[:32]


def refuse_if_changed(stored: "DataclassInstance", seen: str) -> None:
    """Raises: InputError when the entry is no longer as the form showed it."""
    if fingerprint(stored) != seen:
        raise InputError({"fingerprint": msg("somebody else changed this entry meanwhile")})


def differences(stored: "DataclassInstance", given: "DataclassInstance") -> list[str]:
    """Return the names of the fields in which two states of an entry differ."""
    names = [field.name for field in fields(stored)]
    return [name for name in names if getattr(stored, name) != getattr(given, name)]


def name_problem(name: str, *, longest: int) -> Message | None:
    """Return what is wrong with one name, if anything; being taken is not asked here."""
    if not name:
        return msg("fill in this field")
    if len(name) > longest:
        return msg("at most %(count)s characters", count=longest)
    if SEPARATORS & set(name):
        return msg("a name holds neither ， nor ；, as lists of names are split there")
    return None


def validity_problems(
    span: Span, successor_id: int | None, own_id: int | None, successor_of: Mapping[int, int]
) -> dict[str, Message]:
    """Return what is wrong with an entry's days and successor, by field; a new entry has no id of its own yet."""
    problems: dict[str, Message] = {}
    if span.is_empty:
        problems["valid_to"] = msg("the last day lies before the first; check both")
    elif successor_id is not None and span.last is None:
        problems["valid_to"] = msg("what has a successor has ended; give its last day in force")
    if successor_id is not None and own_id is not None:
        if successor_id == own_id:
            problems["successor"] = msg("nothing succeeds itself; choose another one")
        elif closes_circle(own_id, successor_id, successor_of):
            problems["successor"] = msg("this one is itself succeeded by the entry you edit; choose another one")
    return problems


def readable(values: "DataclassInstance", **words: Any) -> dict[str, Any]:
    """Return an entry's values for the audit trail: names in place of ids, nothing that is empty."""
    record = {name.removesuffix("_id"): value for name, value in asdict(values).items()} | words
    return {name: value for name, value in record.items() if value not in (None, "", ())}
