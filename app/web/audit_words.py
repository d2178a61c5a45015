"""What an entry of the audit trail recorded, as lines for a page: before and after side by side, the rest below."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.cases import CaseStage
from app.domain.extensions import ExtensionState
from app.domain.vocabulary import ReportState, Role, Standing
from app.models import AuditEntry
from app.services.errors import msg
from app.web.labels import _
from app.web.part_words import FIELDS

_NAMES = FIELDS | {
    "standing": _("Standing"),
    "effective_due_on": _("Effective due date"),
    "progress_pct": _("Progress, percent"),
    "active": _("Active"),
    "role": _("Role"),
    "organization": _("Organization"),
    "display_name": _("Full name"),
    "evidence": _("Evidence"),
    "note": _("Note"),
    "reason": _("Reason"),
    "values": _("Values"),
    "report_state": _("State of the report"),
    "checks": _("Checklist"),
    "claims_completion": _("claims completion"),
    "decision": _("Decision, number"),
    "due_on": _("Due"),
    "expected": _("Reports owed"),
    "extension": _("Extension"),
    "late_reason": _("The due date is over: why only now"),
    "leader": _("Leader"),
    "milestone": _("Milestone"),
    "no_change": _("No change"),
    "notice_until_on": _("Public notice until"),
    "calendar_version": _("Version of the calendar"),
    "region": _("Region"),
    "moved_alerts": _("Alerts to come that moved"),
    "moved_answers": _("Limits for answers that moved"),
    "period": _("Reporting period"),
    "proposed_due_on": _("Proposed date"),
    "replaces": _("Replaces the report, number"),
    "reply_due_on": _("Answer due"),
    "report": _("Report, number"),
    "report_id": _("Report, number"),
    "share_pct": _("Share done, in percent"),
    "state": _("State"),
    "step": _("Step, number"),
    "supports": _("In favour"),
    "text": _("Text"),
    "together": _("Accepted together"),
}
_CODES: dict[str, type[StrEnum]] = {
    "standing": Standing,
    "role": Role,
    "report_state": ReportState,
    "extension": ExtensionState,
}
_PAGES = frozenset({"milestones", "cases", "projects", "organizations", "places", "standards"})
Words = str | StrEnum


@dataclass(frozen=True, slots=True)
class Change:
    """A field before and after; None: it was empty, or there was no such field."""

    name: str
    before: Words | None
    after: Words | None

    @property
    def differs(self) -> bool:
        """Tell whether the write changed it."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class EntryLines:
    """An entry with what it recorded; `page` is the address of its subject's own page, None where it has none."""

    entry: AuditEntry
    page: str | None
    changes: list[Change]
    facts: list[tuple[str, Words]]


def lines_of(entry: AuditEntry, slugs: dict[int, str]) -> EntryLines:
    """Return an entry as lines; `slugs` are the plans' by id."""
    values: dict[str, Any] = json.loads(entry.detail)
    before, after = _state(values.pop("before", None)), _state(values.pop("after", None))
    changes = [
        Change(_name(key), _words(key, before.get(key), entry), _words(key, after.get(key), entry))
        for key in dict.fromkeys((*after, *before))
    ]
    changes.sort(key=lambda change: not change.differs)
    facts = [(_name(key), words) for key, value in values.items() if (words := _words(key, value, entry)) is not None]
    return EntryLines(entry, subject_page(entry, slugs), changes, facts)


def subject_page(entry: AuditEntry, slugs: dict[int, str]) -> str | None:
    """Return the address of the page about what an entry is on; None for what has none or is gone."""
    noun, _slash, number = entry.subject.partition("/")
    if not number.isdigit() or entry.action.endswith(":delete"):
        return None
    if noun == "plans":
        return f"/plans/{slugs[int(number)]}" if int(number) in slugs else None
    return f"/{entry.subject}" if noun in _PAGES else None


def _state(value: Any) -> dict[str, Any]:
    """Return a state by field; one that was kept as JSON in a text is read, a single value has no name."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return {"": value}
    if isinstance(value, dict):
        return value
    return {} if value is None else {"": value}


def _name(key: str) -> str:
    """Return a field's name as a sentence to say; a key that has no words stays as it is."""
    return msg(_NAMES[key]) if key in _NAMES else key


def _words(key: str, value: Any, entry: AuditEntry) -> Words | None:
    """Return a recorded value as words; codes stay codes, for the template to say in the reader's language."""
    if value in (None, "", [], {}):
        return None
    codes = CaseStage if key == "stage" and entry.action.startswith("cases:") else _CODES.get(key)
    if codes is not None and isinstance(value, str) and value in set(codes):
        return codes(value)
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    return {True: "✓", False: "✗"}[value] if isinstance(value, bool) else str(value)
