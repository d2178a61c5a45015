"""What the pages of units and places share: words of filters, fields that name a place, latest changes."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.database import Session
from app.queries.audit import AuditFilter, list_entries
from app.services.errors import Message
from app.services.places import place_id_of
from app.web.forms import Form

STATES = {"current": False, "ended": True}  # what the filter's words say of `ended`
LATEST = 10


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """An entry of the audit trail on a unit or place: the fields that differ, before and after; None: it was empty."""

    at: datetime
    actor: str
    action: str  # create, update
    fields: tuple[tuple[str, Any, Any], ...]


def latest_changes(session: Session, subject: str, kinds: type[StrEnum]) -> list[ChangeRow]:
    """Return the latest changes of a subject, newest first; SQLite may give the number of what was deleted again."""
    rows: list[ChangeRow] = []
    for entry in list_entries(session, AuditFilter(subject=subject))[:LATEST]:
        if entry.action.endswith(":delete"):
            break
        detail = json.loads(entry.detail)
        before, after = detail.get("before", {}), detail.get("after", {})
        fields = [
            (name, _shown(name, before.get(name), kinds), _shown(name, after.get(name), kinds))
            for name in dict.fromkeys((*after, *before))
            if name != "path" and before.get(name) != after.get(name)
        ]
        rows.append(ChangeRow(entry.at, entry.actor, entry.action.partition(":")[2], tuple(fields)))
    return rows


def _shown(name: str, value: Any, kinds: type[StrEnum]) -> Any:
    if name == "kind" and value is not None:
        return kinds(value)
    return "、".join(value) if isinstance(value, list) else value


def cleaned(text: str) -> str:
    """Return words of an address as they are searched for; NUL is dropped, as PostgreSQL refuses it."""
    return text.replace("\x00", "").strip()


def place_id(session: Session, form: Form, name: str, *, required: bool = False) -> int | None:
    """Return the id of the place that a field names by path or name; None when empty or with a problem there."""
    typed = form.text(name, limit=200, required=required)
    if not typed:
        return None
    found = place_id_of(session, typed)
    if isinstance(found, Message):
        form.problems[name] = found
        return None
    return found


def differing(stored: dict[str, str], typed: dict[str, str]) -> dict[str, str]:
    """Return the stored words of the fields in which something else was typed."""
    lines = {name: "\n".join(words.splitlines()) for name, words in typed.items()}
    return {name: words for name, words in stored.items() if words != lines.get(name, "").strip()}
