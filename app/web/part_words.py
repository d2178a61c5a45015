"""What differs between two states of a part of a plan, field by field, as words for a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.domain.vocabulary import Comparator
from app.services.errors import msg
from app.services.plan_files import (
    BudgetPart,
    DuePart,
    FloorPart,
    LadderRungPart,
    Part,
    PhasePart,
    RepeatPart,
    SettingsPart,
    TargetPart,
    ThresholdPart,
)
from app.web.filters import SIGNS, format_number
from app.web.labels import _

Line = tuple[str | StrEnum, ...]  # pieces; codes and messages are said in the reader's language by the template

FIELDS = {
    "key": _("Key"),
    "code": _("Code"),
    "name": _("Name"),
    "title": _("Title"),
    "kind": _("Kind"),
    "group": _("Group"),
    "value_type": _("Type of value"),
    "clause": _("Clause"),
    "place": _("Place"),
    "detail": _("Detail"),
    "stage": _("Stage"),
    "project": _("Project"),
    "start_on": _("Start"),
    "end_on": _("End"),
    "due": _("Due"),
    "responsible": _("Responsible"),
    "supporting": _("Supporting"),
    "units_clause": _("Units named in"),
    "all_indicators": _("Tied to all indicators"),
    "targets": _("Targets"),
    "series": _("Recurring duty"),
    "needs": _("Needs the project"),
    "governed_by": _("Date governed by"),
    "note": _("Note"),
    "cumulative": _("Cumulative"),
    "members": _("Members"),
    "thresholds": _("Thresholds"),
    "indicator": _("Indicator"),
    "comparator": _("Comparator"),
    "value": _("Value"),
    "unit": _("Unit of value"),
    "no": _("Number"),
    "aliases": _("Other names"),
    "site": _("Site"),
    "nature": _("Nature"),
    "investment_wan": _("Investment (万元)"),
    "start_year": _("First year"),
    "end_year": _("Last year"),
    "grade_classes": _("Classes per grade"),
    "grades": _("Grades"),
    "classes": _("Classes"),
    "places": _("Places"),
    "land_m2": _("Land (m²)"),
    "floor_m2": _("Floor area (m²)"),
    "sports_m2": _("Sports ground (m²)"),
    "floors": _("Floor areas by part"),
    "phases": _("Phases"),
    "budget": _("Budget"),
    "description": _("Description"),
    "short_title": _("Short title"),
    "document_number": _("Document number"),
    "issuer": _("Issuer"),
    "issued_on": _("Issued"),
    "period_start": _("Period from"),
    "period_end": _("Period to"),
    "area": _("Area"),
    "leading_group": _("Leading group"),
    "office": _("Office"),
    "standard": _("Standard"),
    "settings": _("Settings of the office, not of the document"),
    "trigger": _("Counted from"),
    "offset_days": _("Days"),
    "day_kind": _("Days counted"),
    "measure": _("Measure"),
    "addressees": _("Addressed to"),
    "reply_days": _("Working days to answer"),
    "urgent": _("Told at once"),
    "opens_case": _("Opens a case"),
}
_SETTINGS = {
    "tracked_from": msg("Tracked from"),
    "warning_days": msg("Days of warning"),
    "behind_threshold_pp": msg("Points behind schedule"),
    "case_grace_days": msg("Days until a case opens"),
    "drift_threshold_pp": msg("Points a project may drift apart"),
    "reporting_cycle": msg("Units report"),
    "report_timely_days": msg("Days a report is in time"),
    "report_closing_days": msg("Days a report is taken"),
    "extension_limit": msg("Extensions of one milestone"),
    "recheck_months": msg("Months between rechecks"),
}


@dataclass(frozen=True, slots=True)
class FieldWords:
    """A field that differs: its name (a msgid) and its lines before and after; no lines: not given."""

    label: str
    before: tuple[Line, ...]
    after: tuple[Line, ...]


def differing_fields(before: Part | None, after: Part | None) -> list[FieldWords]:
    """Return the fields that differ, in the order of the plan file; a part that is new or gone, all that it gives."""
    either = after if after is not None else before
    assert either is not None
    found = []
    for name in type(either).model_fields:
        old, new = _lines(before, name), _lines(after, name)
        if old != new and name not in ("slug", "repeat"):
            found.append(FieldWords(FIELDS[name], old, new))
    return found


def _lines(part: Part | None, name: str) -> tuple[Line, ...]:
    value = getattr(part, name, None)
    if isinstance(part, LadderRungPart):  # what is usual for the measure is not written down, and holds all the same
        value = {"addressees": part.addressed, "urgent": part.at_once}.get(name, value)
    if value in (None, "", (), False):
        return ()
    return tuple(_one(item) for item in value) if isinstance(value, tuple) else tuple(_several(value))


def _several(value: Any) -> Iterator[Line]:
    if isinstance(value, SettingsPart):
        yield from ((label, " ", *_one(getattr(value, name))) for name, label in _SETTINGS.items())
    elif isinstance(value, DuePart):
        yield _due(value)
        if value.alternative_on:
            yield (msg("other reading:"), " ", value.alternative_on.isoformat())
    else:
        yield _one(value)


def _one(value: Any) -> Line:
    if isinstance(value, ThresholdPart):
        return tuple(_threshold(value))
    if isinstance(value, FloorPart):
        return (value.name, " ", _plain(value.area_m2), " m²")
    if isinstance(value, PhasePart):
        figures = (value.classes, value.places, value.land_m2, value.floor_m2, value.sports_m2)
        return (value.name, " ", " / ".join(_plain(item) for item in figures))
    if isinstance(value, BudgetPart):
        return (_plain(value.year), " ", value.source, " ", _plain(value.amount_wan))
    if isinstance(value, RepeatPart):
        return (value.phrase,)
    if isinstance(value, Comparator):
        return (SIGNS[value],)
    return (value if isinstance(value, StrEnum) else _plain(value),)


def _due(value: DuePart) -> Line:
    return (value.on.isoformat(), "（", value.phrase, "，", value.precision, "）")


def _threshold(value: ThresholdPart) -> Iterator[str | StrEnum]:
    if isinstance(value, TargetPart):
        yield f"{value.indicator} "
    if value.stage:
        yield value.stage
        yield " "
    yield f"{SIGNS[value.comparator]} {format_number(value.value)} {value.unit}".rstrip()
    if isinstance(value, TargetPart) and value.baseline is not None:
        yield f"（{format_number(value.baseline)} →）"
    if isinstance(value, TargetPart) and value.note:
        yield f"（{value.note}）"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "✓"
    if value is None or isinstance(value, (Decimal, int)):
        return format_number(value)
    return value.isoformat() if isinstance(value, date) else str(value)
