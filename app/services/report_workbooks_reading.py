"""Read the rows of an uploaded workbook of reports: columns by their headings, rows by what they carry hidden."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from unicodedata import normalize

from app.domain.import_values import Broken, Raw, text_of
from app.services.errors import Message, msg
from app.services.import_archive import UnreadableFileError
from app.services.import_layout import column_letters
from app.services.import_reading import SheetRow, Workbook
from app.services.report_workbooks_layout import EXPECTED, FIELDS, MARK, PRINT, TARGET, TITLE, VALUE_FIELDS

MOST_ROWS = 5000  # of both sheets; a unit owes some hundreds
_KNOWN = {TITLE: "title", EXPECTED: "expected", TARGET: "target", MARK: "mark", PRINT: "print"}
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class FileProblem:
    """What stands in the way of the whole file, at a cell such as 填报!F7."""

    cell: str
    message: Message


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row: which expected report it is (None: it carries none that reads), of which target, and its cells by field.

    `columns` are the letters of the fields that the sheet has; a field that it lacks stays as it stands.
    """

    sheet: str
    number: int
    expected_id: int | None
    target_id: int | None
    mark: str
    fingerprint: str
    raws: Mapping[str, Raw]
    columns: Mapping[str, str]

    def cell(self, name: str) -> str:
        """Return the address of a field's cell; of the milestone's text where the sheet lacks the field."""
        return f"{self.sheet}!{self.columns.get(name) or self.columns.get('title', 'A')}{self.number}"


@dataclass
class WorkbookFile:
    """The rows of both sheets in their order, and what stands in the way of the file."""

    rows: list[FileRow] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    sheet: str
    header_row: int
    columns: dict[int, str]
    of_targets: bool


def read_file(content: bytes) -> WorkbookFile:
    """Return the rows of a workbook. Raises: UnreadableFileError for one that is none of ours."""
    found = WorkbookFile()
    with Workbook(content) as book:
        sheets = [item for sheet in book.sheets if (item := _sheet(sheet, book.outline(sheet))) is not None]
        if not sheets:
            raise UnreadableFileError(
                msg("this is no workbook of reports; download it here, fill it in and hand in that file")
            )
        for of_targets in (False, True):
            names = [item.sheet for item in sheets if item.of_targets is of_targets]
            if len(names) > 1:
                raise UnreadableFileError(
                    msg("the sheets %(names)s hold the same kind of rows; leave one", names="、".join(names))
                )
        for item in sorted(sheets, key=lambda item: item.of_targets):
            _read_sheet(book, item, found)
    return found


def _sheet(sheet: str, outline: list[list[str]]) -> _Found | None:
    """Return where the headings of a sheet stand; None for a sheet that holds no rows of reports."""
    for number, cells in enumerate(outline, 1):
        words = [_heading(cell) for cell in cells]
        if _heading(EXPECTED) not in words:
            continue
        of_targets = _heading(TARGET) in words
        names = _KNOWN | {item.heading: item.name for item in (VALUE_FIELDS if of_targets else FIELDS)}
        known = {_heading(heading): name for heading, name in names.items()}
        columns = {column: known[word] for column, word in enumerate(words, 1) if word in known}
        if twice := [name for name in columns.values() if list(columns.values()).count(name) > 1]:
            heading = next(heading for heading, name in names.items() if name == twice[0])
            raise UnreadableFileError(
                msg("the sheet %(sheet)s has two columns %(heading)s; leave one", sheet=sheet, heading=heading)
            )
        return _Found(sheet, number, columns, of_targets)
    return None


def _heading(text: str) -> str:
    """Return a heading without blanks and without what stands in brackets behind it."""
    return "".join(normalize("NFKC", text).split()).partition("(")[0]


def _read_sheet(book: Workbook, at: _Found, found: WorkbookFile) -> None:
    letters = {name: column_letters(column) for column, name in at.columns.items()}
    seen: set[tuple[int, int | None]] = set()
    for row in book.rows(at.sheet, at.header_row, at.columns):
        item = _row(row, at, letters)
        if item is None:
            continue
        if len(found.rows) >= MOST_ROWS:
            raise UnreadableFileError(msg("the workbook has more than %(most)s rows", most=MOST_ROWS))
        if item.expected_id is None or (at.of_targets and item.target_id is None):
            found.problems.append(
                FileProblem(
                    item.cell("title"), msg("this row is none of those downloaded; delete it, or download again")
                )
            )
        elif (key := (item.expected_id, item.target_id)) in seen:
            found.problems.append(FileProblem(item.cell("title"), msg("this row is there twice; delete one of them")))
        else:
            seen.add(key)
            found.rows.append(item)


def _row(row: SheetRow, at: _Found, letters: dict[str, str]) -> FileRow | None:
    """Return a row; None for one with nothing to take in it, such as words below the table."""
    cells = {at.columns[column]: raw for column, raw in row.cells.items()}
    raws = {name: raw for name, raw in cells.items() if name not in _KNOWN.values()}
    if "expected" not in cells and not raws:
        return None
    return FileRow(
        at.sheet,
        row.number,
        _id(cells.get("expected")),
        _id(cells.get("target")) if at.of_targets else None,
        _text(cells.get("mark")),
        _text(cells.get("print")),
        raws,
        letters,
    )


def _id(raw: Raw | None) -> int | None:
    text = _text(raw)
    return value if text.isascii() and text.isdigit() and 0 < (value := int(text[:11])) <= _LARGEST_ID else None


def _text(raw: Raw | None) -> str:
    return "" if raw is None or isinstance(raw, Broken) else text_of(raw).strip()
