"""Which column of which sheet is what: guessed from its headings, corrected by the office, remembered for later."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from app.domain.imports import SheetSubject
from app.services.errors import InputError, Message, msg
from app.services.import_fields import FIELDS, PASSIVE_SHEETS, SHEET_NAMES, field_named, field_of_heading
from app.services.import_layout import column_letters

HEADER_ROWS = 10  # headings stand in one of the first rows
_LEAST_KNOWN = 2  # headings that make a row a row of headings


@dataclass(frozen=True, slots=True)
class SheetOutline:
    """The first rows of a sheet as text."""

    sheet: str
    rows: list[list[str]]

    def headings(self, header_row: int) -> list[str]:
        """Return the texts of a row (1 is the first); none below what the outline holds."""
        return self.rows[header_row - 1] if 0 < header_row <= len(self.rows) else []

    def sample(self, header_row: int, column: int) -> str:
        """Return the first text below a heading."""
        return next((row[column - 1] for row in self.rows[header_row:] if row[column - 1]), "")


@dataclass(frozen=True, slots=True)
class SheetMapping:
    """What a sheet holds (None: nothing of the plan), where its headings stand, and each column's field."""

    sheet: str
    subject: SheetSubject | None
    header_row: int
    headings: list[str]
    columns: dict[int, str] = field(default_factory=dict)

    def column(self, name: str) -> int | None:
        """Return the column of a field; None where the sheet has none."""
        return next((column for column, found in self.columns.items() if found == name), None)

    def cell(self, name: str, row: int) -> str:
        """Return the address of a field's cell in a row, of the first mapped column where the field has none."""
        return f"{column_letters(self.column(name) or min(self.columns, default=1))}{row}"

    def heading(self, name: str) -> str:
        """Return the heading of a field as the file has it; the template's where the file has none."""
        column = self.column(name)
        if column is not None and column <= len(self.headings):
            return self.headings[column - 1][:80]
        return field_named(self.subject, name).heading if self.subject else ""

    def field_or_first(self, name: str) -> str:
        """Return a field's own name, or that of the sheet's first one for what the sheet has no column for."""
        names = [item.name for item in FIELDS[self.subject]] if self.subject else []
        return name if name in names or not names else names[0]


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """What every sheet holds; `complete`: milestones of the plan that the file lacks are taken out."""

    sheets: tuple[SheetMapping, ...]
    complete: bool = False

    @property
    def used(self) -> list[SheetMapping]:
        """The sheets that hold something, what others refer to first."""
        order = list(FIELDS)
        order.sort(key=lambda subject: subject is SheetSubject.MILESTONE)
        held = [item for item in self.sheets if item.subject is not None]
        return sorted(held, key=lambda item: order.index(item.subject) if item.subject else 0)


def guess(outlines: Iterable[SheetOutline], remembered: Sequence[ImportMapping] = ()) -> ImportMapping:
    """Return the likeliest mapping; a sheet whose headings an earlier file had is read as that one was."""
    known = [item for mapping in remembered for item in mapping.sheets if item.headings]
    found = []
    for outline in outlines:
        again = next((item for item in known if outline.headings(item.header_row) == item.headings), None)
        if again is not None:
            found.append(
                SheetMapping(outline.sheet, again.subject, again.header_row, again.headings, dict(again.columns))
            )
        else:
            found.append(_guess_sheet(outline))
    return ImportMapping(tuple(found))


def _guess_sheet(outline: SheetOutline) -> SheetMapping:
    best: SheetMapping | None = None
    subjects: Iterable[SheetSubject] = FIELDS
    if named := [subject for subject, name in SHEET_NAMES.items() if name == outline.sheet]:
        subjects = named
    elif outline.sheet in PASSIVE_SHEETS:
        subjects = ()
    for subject in subjects:
        for header_row in range(1, HEADER_ROWS + 1):
            tried = map_columns(outline, subject, header_row)
            if best is None or len(tried.columns) > len(best.columns):
                best = tried
    if best is None or len(best.columns) < _LEAST_KNOWN:
        return SheetMapping(outline.sheet, None, 1, outline.headings(1))
    return best


def map_columns(outline: SheetOutline, subject: SheetSubject | None, header_row: int) -> SheetMapping:
    """Return the mapping of a sheet by the headings in a row; of two columns of one name the first is taken."""
    headings, columns, taken = outline.headings(header_row), dict[int, str](), set[str]()
    for column, heading in enumerate(headings, 1):
        name = field_of_heading(subject, heading) if subject and heading else None
        if name is not None and name not in taken:
            columns[column] = name
            taken.add(name)
    return SheetMapping(outline.sheet, subject, header_row, headings, columns)


def refuse_unusable(mapping: ImportMapping) -> None:
    """Raises: InputError when no sheet is chosen, a field has two columns, or rows could not be told apart."""
    problems: dict[str, Message] = {}
    for index, item in enumerate(mapping.sheets):
        if item.subject is None:
            continue
        names = list(item.columns.values())
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice:
            heading = field_named(item.subject, twice[0]).heading
            problems[f"subject-{index}"] = msg("two columns are chosen for %(field)s; leave one", field=heading)
        elif not ({"key", "title"} if item.subject is SheetSubject.MILESTONE else _needed(item.subject)) & set(names):
            wanted = "编号 / 任务内容" if item.subject is SheetSubject.MILESTONE else _headings(item.subject)
            problems[f"subject-{index}"] = msg("choose the column of %(field)s", field=wanted)
    if not mapping.used:
        problems["subject"] = msg("choose what at least one sheet holds")
    if problems:
        raise InputError(problems)


def _needed(subject: SheetSubject) -> set[str]:
    if subject is SheetSubject.PROJECT:
        return {"key", "name"}
    return {"key"} if subject is SheetSubject.STAGE else {"project"}


def _headings(subject: SheetSubject) -> str:
    return " / ".join(item.heading for item in FIELDS[subject] if item.name in _needed(subject))


def mapping_text(mapping: ImportMapping) -> str:
    """Return a mapping as JSON."""
    return json.dumps(asdict(mapping), ensure_ascii=False)


def mapping_of(text: str) -> ImportMapping:
    """Read a mapping back; an empty text is one without sheets."""
    values = json.loads(text) if text else {"sheets": []}
    sheets = tuple(
        SheetMapping(
            item["sheet"],
            SheetSubject(item["subject"]) if item["subject"] else None,
            item["header_row"],
            item["headings"],
            {int(column): name for column, name in item["columns"].items()},
        )
        for item in values["sheets"]
    )
    return ImportMapping(sheets, values.get("complete", False))


def outline_text(outlines: Iterable[SheetOutline]) -> str:
    """Return outlines as JSON."""
    return json.dumps([asdict(item) for item in outlines], ensure_ascii=False)


def outlines_of(text: str) -> list[SheetOutline]:
    """Read outlines back."""
    return [SheetOutline(**item) for item in json.loads(text)]
