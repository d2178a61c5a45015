"""Rows of stages, projects and what belongs to projects, made into parts over what is on record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from app.domain.import_values import (
    Raw,
    day_of,
    flag_of,
    key_of,
    line_of,
    names_of,
    number_of,
    text_of,
    whole_of,
    year_of,
)
from app.domain.imports import SheetSubject
from app.domain.money import FEN_PER_WAN, MOST_WAN
from app.models import Project, ProjectAlias, Stage
from app.services.errors import msg
from app.services.import_cells import Cells, Findings, column_lengths
from app.services.import_fields import NATURES, SCHOOL_STAGES, SOURCES
from app.services.import_mapping import SheetMapping
from app.services.import_names import NameBook
from app.services.import_reading import SheetRow
from app.services.import_record import PlanRecord
from app.services.plan_files import BudgetPart, FloorPart, Part, PhasePart, ProjectPart, StagePart

_CHILDREN: dict[SheetSubject, tuple[str, type[Part]]] = {
    SheetSubject.FLOOR: ("floors", FloorPart),
    SheetSubject.PHASE: ("phases", PhasePart),
    SheetSubject.BUDGET: ("budget", BudgetPart),
}
_COUNTS = ("grade_classes", "grades", "classes", "places")
_AREAS = ("land_m2", "floor_m2", "sports_m2", "area_m2")
_YEARS = ("start_year", "end_year", "year")
_MONEY = ("investment_wan", "amount_wan")
_READERS: dict[str, Callable[[Raw], Any]] = {
    **dict.fromkeys(_COUNTS, whole_of),
    **dict.fromkeys(_AREAS, number_of),
    **dict.fromkeys(_YEARS, year_of),
    **dict.fromkeys(_MONEY, number_of),
    **dict.fromkeys(("start_on", "end_on"), day_of),
    "no": whole_of,
    "aliases": names_of,
    "underground": flag_of,
    "description": text_of,
}
_WORDS = {"nature": NATURES, "stage": SCHOOL_STAGES, "source": SOURCES}
_EMPTY: dict[str, Any] = {"aliases": (), "description": "", "underground": False}


_LONGEST = {
    SheetSubject.STAGE: column_lengths(Stage, "name", "clause"),
    SheetSubject.PROJECT: column_lengths(Project, "name", "clause", "site") | column_lengths(ProjectAlias, "alias"),
    SheetSubject.FLOOR: {},
    SheetSubject.PHASE: {},
    SheetSubject.BUDGET: {"clause": 60},
}


@dataclass
class FrameRows:
    """Takes rows of stages, projects and what belongs to projects, and makes parts of them."""

    record: PlanRecord
    findings: Findings
    stages: dict[str, StagePart] = field(default_factory=dict)
    projects: dict[str, ProjectPart] = field(default_factory=dict)
    origins: dict[str, Cells] = field(default_factory=dict)  # by `stage/…` and `project/…`
    stage_book: NameBook = field(init=False)  # keys of the record's and the file's own, by key and by name
    project_book: NameBook = field(init=False)
    _lists: dict[tuple[str, str], list[Part]] = field(default_factory=dict)  # (project, field) → parts
    _last_no: int = 0

    def __post_init__(self) -> None:
        """Begin with the names of the record."""
        self.stage_book, self.project_book = NameBook({}), NameBook({})
        for stage in self.record.stages.values():
            _enter(self.stage_book, stage.key, stage.name)
        for project in self.record.projects.values():
            _enter(self.project_book, project.key, project.name, *project.aliases)
            self._last_no = max(self._last_no, project.no)

    def take(self, table: SheetMapping, row: SheetRow) -> None:
        """Take one row; what is wrong is reported at its cell."""
        values = {name: row.cells[column] for column, name in table.columns.items() if column in row.cells}
        cells = Cells(table, row.number, values, self.findings)
        if row.banner:
            cells.warn(next(iter(values), "key"), msg("taken for a heading between the rows; not imported"))
            return
        if row.hidden:
            cells.warn(next(iter(values), "key"), msg("this row is hidden in the file; it is read like the others"))
        assert table.subject is not None
        if table.subject is SheetSubject.STAGE:
            self._stage(cells)
        elif table.subject is SheetSubject.PROJECT:
            self._project(cells)
        else:
            self._child(cells, table.subject)

    def finish(self) -> None:
        """Put the lists that the file gives for projects in place of those on record."""
        for (key, name), parts in self._lists.items():
            self.projects[key] = self.projects[key].model_copy(update={name: tuple(parts)})

    def _stage(self, cells: Cells) -> None:
        key = cells.read("key", key_of)
        base = self.record.stages.get(key or "")
        part = self._made(cells, StagePart, base, {"key": key or ""}, SheetSubject.STAGE)
        if isinstance(part, StagePart) and self._first(cells, f"stage/{part.key}"):
            self.stages[part.key] = part
            _enter(self.stage_book, part.key, part.name)

    def _project(self, cells: Cells) -> None:
        key = cells.read("key", key_of) if cells.given("key") else self._key_by_name(cells)
        if not key:
            return
        base = self.record.projects.get(key)
        own: dict[str, Any] = {"key": key}
        if base is None:
            own["place"] = self.record.area
            if not cells.given("no"):
                own["no"] = self._last_no + 1
        if cells.given("place"):
            place = cells.read("place", line_of)
            own["place"] = (self.record.places.find(place) or place) if place else self.record.area
        part = self._made(cells, ProjectPart, base, own, SheetSubject.PROJECT)
        if isinstance(part, ProjectPart) and self._first(cells, f"project/{part.key}"):
            self.projects[part.key] = part
            self._last_no = max(self._last_no, part.no)
            _enter(self.project_book, part.key, part.name, *part.aliases)

    def _key_by_name(self, cells: Cells) -> str | None:
        name = cells.read("name", line_of)
        if not name:
            if not cells.failed:
                cells.problem("name", msg("fill in this field"))
            return None
        return self.project_book.find(name) or f"x{sha256(name.encode()).hexdigest()[:10]}"

    def _child(self, cells: Cells, subject: SheetSubject) -> None:
        name, model = _CHILDREN[subject]
        text = cells.read("project", line_of)
        if not text:
            if not cells.failed:
                cells.problem("project", msg("fill in this field"))
            return
        key = self.project_book.find(text)
        if key is None:
            cells.unknown("project", [text], self.project_book)
            return
        if key not in self.projects:
            self.projects[key] = self.record.projects[key]
            self.origins[f"project/{key}"] = cells
        if (part := self._made(cells, model, None, {}, subject)) is not None:
            self._lists.setdefault((key, name), []).append(part)

    def _first(self, cells: Cells, origin: str) -> bool:
        if (before := self.origins.get(origin)) is not None:
            cells.problem(
                "key", msg("given before, in row %(row)d of %(sheet)s", row=before.row, sheet=before.table.sheet)
            )
            return False
        self.origins[origin] = cells
        return True

    def _made(
        self, cells: Cells, model: type[Part], base: Part | None, own: Mapping[str, Any], subject: SheetSubject
    ) -> Part | None:
        """Return a part of a row over what is on record; None when it is wrong, which is reported."""
        values: dict[str, Any] = {name: getattr(base, name) for name in model.model_fields} if base else {}
        values |= own
        for name in model.model_fields:
            if name not in own and cells.mapped(name):
                self._read(cells, name, values, required=model.model_fields[name].is_required())
        for name, longest in _LONGEST[subject].items():
            if name != "alias" and len(values.get(name) or "") > longest:
                cells.problem(name, msg("at most %(count)s characters", count=longest))
        if any(len(alias) > _LONGEST[SheetSubject.PROJECT]["alias"] for alias in values.get("aliases", ())):
            cells.problem("aliases", msg("at most %(count)s characters", count=_LONGEST[SheetSubject.PROJECT]["alias"]))
        if cells.failed:
            return None
        try:
            return model.model_validate(values)
        except ValidationError as error:
            cells.refused(error)
            return None

    def _read(self, cells: Cells, name: str, values: dict[str, Any], *, required: bool) -> None:
        """Read one field: an empty cell empties it, but leaves what must be there as stored."""
        if not cells.given(name):
            if not required:
                values[name] = _EMPTY.get(name)
            return
        if name in _WORDS:
            value: Any = cells.word(name, _WORDS[name])
        else:
            value = cells.read(name, _READERS.get(name, line_of))
        if name in _MONEY and isinstance(value, Decimal):
            self._check_money(cells, name, value)
        if name in (*_COUNTS, "no") and isinstance(value, int) and not 0 < value < 10**7:
            cells.problem(name, msg("this number is outside the range allowed"))
        if value is not None:
            values[name] = value

    def _check_money(self, cells: Cells, name: str, wan: Decimal) -> None:
        if not 0 < wan <= MOST_WAN:
            cells.problem(name, msg("this number is outside the range allowed"))
        elif (wan * FEN_PER_WAN) % 1:
            cells.problem(name, msg("an amount in 万元 has at most six decimals"))


def _enter(book: NameBook, key: str, *names: str) -> None:
    for name in (key, *names):
        book.add(name, key)
