"""Make a milestone's part of its rows: what the file says over what is on record, unmapped columns kept as stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from app.domain.import_values import (
    comparator_of,
    day_of,
    flag_of,
    key_of,
    line_of,
    names_of,
    phrase_of,
    quantity_of,
    text_of,
)
from app.domain.vocabulary import Comparator, MilestoneKind, Precision
from app.models import Milestone, Target
from app.services.due_phrases import due_part, start_named
from app.services.errors import InputError, Message, msg
from app.services.import_cells import Cells, column_lengths
from app.services.import_fields import KINDS, PRECISIONS, SCHOOL_STAGES
from app.services.import_milestones import RowGroup, target_rows
from app.services.import_names import NameBook
from app.services.import_record import PlanRecord
from app.services.plan_files import DuePart, MilestonePart, RepeatPart, TargetPart

_REQUIRED = ("title", "clause", "due")


_LONGEST = column_lengths(Milestone, "clause", "units_clause") | {
    "due": column_lengths(Milestone, "due_phrase")["due_phrase"]
}
_LONGEST_TARGET = {"unit": "unit", "target_note": "note"}


@dataclass
class MilestoneMaker:
    """Makes parts of rows; the names of stages and projects that the file itself defines are known, too."""

    record: PlanRecord
    stages: NameBook  # keys by key and by name
    projects: NameBook
    _dues: dict[str, DuePart | RepeatPart | Message] = field(default_factory=dict)

    def part(self, group: RowGroup) -> tuple[MilestonePart, bool]:
        """Return the part of a milestone and whether it can be written.

        Of one that cannot, which is reported, what could be read is there: its names are checked all the same.
        """
        cells, base = group.cells, self.record.stored(group.key)
        values: dict[str, Any] = {name: getattr(base, name) for name in MilestonePart.model_fields} if base else {}
        values["key"] = group.key
        self._require(cells, base)
        self._words(cells, values)
        self._places(cells, values, base)
        self._dates(cells, values, base)
        self._targets(group, values, base)
        if base is None and values.get("kind") is None:
            values["kind"] = _kind(values)
        if not (cells.failed or any(row.failed for row in group.targets)):
            try:
                return MilestonePart.model_validate(values), True
            except ValidationError as error:
                cells.refused(error)
        return MilestonePart.model_construct(**values), False

    def _require(self, cells: Cells, base: MilestonePart | None) -> None:
        """Report what a new milestone must have; of a stored one an empty cell there leaves what it has."""
        for name in _REQUIRED if base is None else ():
            if not cells.given(name) and not (name == "due" and cells.given("due_on")):
                cells.problem(name, msg("a new milestone needs this; fill it in"))

    def _words(self, cells: Cells, values: dict[str, Any]) -> None:
        for name, convert in (("title", line_of), ("clause", line_of)):
            if cells.given(name) and (text := cells.read(name, convert)):
                values[name] = text
        for name, convert, empty in (
            ("detail", text_of, ""),
            ("units_clause", line_of, None),
            ("note", text_of, None),
            ("series", key_of, None),
        ):
            if cells.mapped(name):
                values[name] = cells.read(name, convert) or empty
        if cells.mapped("all_indicators"):
            values["all_indicators"] = bool(cells.read("all_indicators", flag_of))
        if (kind := cells.word("kind", KINDS)) is not None:
            values["kind"] = kind
        for name, longest in _LONGEST.items():
            if name != "due" and len(values.get(name) or "") > longest:
                cells.problem(name, msg("at most %(count)s characters", count=longest))

    def _places(self, cells: Cells, values: dict[str, Any], base: MilestonePart | None) -> None:
        """Read what refers to something else of the plan."""
        if cells.given("place"):
            place = cells.read("place", line_of)
            values["place"] = (self.record.places.find(place) or place) if place else self.record.area
        elif base is None:
            values["place"] = self.record.area
        for name, known in (("stage", self.stages), ("project", self.projects)):
            if cells.mapped(name):
                values[name] = _resolved(cells, name, known)
        for name in ("responsible", "supporting"):
            if cells.mapped(name):
                named = self.record.units.split(cells.read(name, text_of) or "")
                values[name] = tuple(dict.fromkeys(found or word for word, found in named))
        if cells.mapped("needs"):
            values["needs"] = _resolved_all(cells, "needs", self.projects)
        if cells.mapped("governed_by"):
            values["governed_by"] = tuple(name.lower() for name in cells.read("governed_by", names_of) or ())

    def _dates(self, cells: Cells, values: dict[str, Any], base: MilestonePart | None) -> None:
        phrase = cells.read("due", phrase_of) if cells.given("due") else None
        if phrase and len(phrase) > _LONGEST["due"]:
            cells.problem("due", msg("at most %(count)s characters", count=_LONGEST["due"]))
            return
        same = base is not None and phrase in (None, _phrase(base))
        if phrase and not same:
            found = self._read_due(phrase)
            if isinstance(found, Message) and not cells.given("due_on"):
                cells.problem("due", found)
                return
            values["due"] = found if isinstance(found, DuePart) else None
            values["repeat"] = found if isinstance(found, RepeatPart) else None
        self._override(cells, values, phrase)
        if cells.given("start_on"):
            values["start_on"] = cells.read("start_on", day_of)
        elif cells.mapped("start_on") or not same:
            named = start_named(phrase, issued_on=self.record.context.plan.issued_on) if phrase else None
            # An empty cell takes back a day that somebody set, not the one that the unchanged phrase itself names.
            values["start_on"] = named if base is None or not same or base.start_on == named else None

    def _override(self, cells: Cells, values: dict[str, Any], phrase: str | None) -> None:
        """Put days and precision that the file gives in place of those that the phrase was read as."""
        given = {name: cells.given(name) for name in ("due_on", "alternative_on", "precision")}
        if not any(given.values()):
            return
        day, other = cells.read("due_on", day_of), cells.read("alternative_on", day_of)
        precision = cells.word("precision", PRECISIONS)
        due, repeat = values.get("due"), values.get("repeat")
        if repeat is not None and day is None:
            return  # the days of a duty are those of its phrase
        day = day or (due.on if due else None)
        if day is None:
            cells.problem("due_on", msg("a new milestone needs this; fill it in"))
            return
        if due is None:
            phrase = phrase or (repeat.phrase if repeat else text_of(day))
            precision = precision or (Precision.RECURRING if repeat else Precision.DAY)
            due = DuePart(phrase=phrase, on=day, precision=Precision(precision))
        update: dict[str, Any] = {"on": day}
        if given["alternative_on"]:
            update["alternative_on"] = other
        elif day != due.on:
            update["alternative_on"] = due.on if due.alternative_on == day else None
        if precision is not None:
            update["precision"] = precision
        values["due"], values["repeat"] = due.model_copy(update=update), None

    def _read_due(self, phrase: str) -> DuePart | RepeatPart | Message:
        """Return what a phrase says, or the sentence why it says nothing; each phrase is read once."""
        if phrase not in self._dues:
            plan = self.record.context.plan
            try:
                self._dues[phrase] = due_part(
                    phrase, issued_on=plan.issued_on, period_start=plan.period_start, period_end=plan.period_end
                )
            except InputError as error:
                self._dues[phrase] = next(iter(error.problems.values()))
        return self._dues[phrase]

    def _targets(self, group: RowGroup, values: dict[str, Any], base: MilestonePart | None) -> None:
        if not group.cells.mapped("indicator"):
            if any(cells.given("value") for cells in group.targets):
                group.cells.problem("value", msg("a target needs the column of its indicator, too"))
            return
        before = {_kind_of(item): item for item in base.targets} if base else {}
        found = [(cells, self._target(cells, before)) for cells in target_rows(group)]
        group.read_targets = [cells for cells, target in found if target is not None]
        values["targets"] = tuple(target for _, target in found if target is not None)

    def _target(self, cells: Cells, before: Mapping[tuple[str, Any, Any], TargetPart]) -> TargetPart | None:
        code, boolean = self._indicator(cells)
        figure = cells.read("value", quantity_of)
        if not cells.given("value"):
            cells.problem("value", msg("fill in this field"))
        typed = self._comparator(cells)
        plain = Comparator.EQUAL if boolean else Comparator.AT_LEAST
        comparator = typed or (figure.comparator if figure else None) or plain
        stage = cells.word("target_stage", SCHOOL_STAGES)
        known = before.get((code, stage, comparator))
        texts = {name: self._text(cells, name, stored, known) for name, stored in _LONGEST_TARGET.items()}
        baseline = cells.read("baseline", quantity_of) if cells.given("baseline") else None
        if cells.failed or figure is None:
            return None
        return TargetPart.model_construct(
            indicator=code,
            stage=stage,
            comparator=comparator,
            value=figure.value,
            unit=texts["unit"] or figure.unit or "",
            baseline=baseline.value if baseline else None if cells.mapped("baseline") or not known else known.baseline,
            note=texts["target_note"],
        )

    def _comparator(self, cells: Cells) -> Comparator | None:
        text = cells.read("comparator", text_of)
        found = comparator_of(text) if text else None
        if text and found is None:
            cells.problem("comparator", msg("not one of the list: %(allowed)s", allowed="≥、≤、>、<、等于"))
        return found

    def _indicator(self, cells: Cells) -> tuple[str, bool]:
        text = cells.read("indicator", line_of)
        if not text:
            if not cells.failed:
                cells.problem("indicator", msg("fill in this field"))
            return "", False
        known = self.record.indicators
        found = known.get(text) or known.get(text.split()[0])
        if found is None:
            cells.unknown("indicator", [text], known)
            return "", False
        return found.code, found.boolean

    def _text(self, cells: Cells, name: str, stored: str, known: TargetPart | None) -> str | None:
        if not cells.mapped(name):
            return getattr(known, stored) if known else None
        text = cells.read(name, line_of) or None
        longest = column_lengths(Target, stored)[stored]
        if text and len(text) > longest:
            cells.problem(name, msg("at most %(count)s characters", count=longest))
        return text


def _kind(values: Mapping[str, Any]) -> MilestoneKind:
    if values.get("repeat") is not None:
        return MilestoneKind.DUTY
    return MilestoneKind.QUANTITY if values.get("targets") else MilestoneKind.TASK


def _kind_of(target: TargetPart) -> tuple[str, StrEnum | None, StrEnum]:
    return target.indicator, target.stage, target.comparator


def _phrase(part: MilestonePart) -> str:
    due = part.due or part.repeat
    return "".join(due.phrase.split()) if due else ""


def _resolved(cells: Cells, name: str, known: NameBook) -> str | None:
    """Return the key that a cell names by key or name; an unknown one is reported."""
    text = cells.read(name, line_of)
    if not text:
        return None
    key = known.find(text)
    if key is None:
        cells.unknown(name, [text], known)
    return key


def _resolved_all(cells: Cells, name: str, known: NameBook) -> tuple[str, ...]:
    named = list(known.split(cells.read(name, text_of) or ""))
    if unknown := [word for word, found in named if found is None]:
        cells.unknown(name, unknown, known)
    return tuple(found for _, found in named if found is not None)
