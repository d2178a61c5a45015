"""A document as frozen text: canonical JSON that reads back to the equal document, and the hash that stands for it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import TypeAdapter

from app.printouts.documents import Document, Volume

_READERS: dict[str, Callable[[str], object]] = {
    "$day": date.fromisoformat,
    "$moment": datetime.fromisoformat,
    "$number": Decimal,
}


def freeze(document: Document | Volume) -> str:
    """Return the document as canonical JSON: the same text for the same document, on every machine.

    Days, instants and decimals carry their type, so that a table's cell reads back as what it was.
    """
    return json.dumps(_plain(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def thaw(text: str) -> Document:
    """Return the document that was frozen. Raises: ValueError when the text is none."""
    return _ADAPTER.validate_python(_typed(json.loads(text)))


def content_hash(text: str) -> str:
    """Return the sha256 of frozen text, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return {"$moment": value.isoformat()}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    if isinstance(value, float) and value.is_integer():
        return int(value)  # a width reads back as a fraction
    if isinstance(value, Decimal):
        return {"$number": format(value, "f")}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_typed(item) for item in value)
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, text)] = value.items()
        if name in _READERS:
            return _READERS[name](text)
    return {name: _typed(item) for name, item in value.items()}


_ADAPTER = TypeAdapter(Document)
