"""Open an uploaded workbook with care and read its rows as typed cells: uploads are the only files read this way."""

import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from math import isfinite
from typing import Any

from app.domain.import_values import Broken, Month, Percent, Raw, text_of
from app.services.errors import msg
from app.services.import_archive import BREAKAGES, UnreadableFileError, checked_archive, damaged, refuse_other_files
from app.services.import_layout import Layout, scan_layout

MOST_ROWS = 100_000  # with something in them, in one sheet
MOST_COLUMNS = 60
MOST_SHEETS = 20
OUTLINE_ROWS = 12
_MOST_EMPTY = 20_000  # rows in a row without anything in them: what follows is not read


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row with something in it: its number and its cells by column number (A is 1).

    `own` are the columns that hold a value themselves; the others stand in a block merged downwards. `banner`: the
    row is one title, merged across columns. `hidden`: the office does not see it.
    """

    number: int
    cells: dict[int, Raw]
    own: frozenset[int]
    banner: bool
    hidden: bool


class Workbook:
    """An uploaded workbook that is safe to read; close it after use."""

    def __init__(self, content: bytes) -> None:
        refuse_other_files(content)
        self._archive = checked_archive(content)
        self._book = _open(content)
        self._layouts: dict[str, Layout] = {}

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, *_error: object) -> None:
        self._book.close()
        self._archive.close()

    @property
    def sheets(self) -> list[str]:
        """The names of the visible sheets in order."""
        names = [sheet.title for sheet in self._book.worksheets if sheet.sheet_state == "visible"]
        return names[:MOST_SHEETS]

    def outline(self, sheet: str) -> list[list[str]]:
        """Return the first rows of a sheet as text, blank ones too, to find its headings in."""
        page = self._page(sheet)
        rows = page.iter_rows(min_row=1, max_row=OUTLINE_ROWS, max_col=MOST_COLUMNS)
        found = [[_shown(cell) for cell in row] for row in rows]
        width = max((index for row in found for index, text in enumerate(row, 1) if text), default=0)
        return [(row + [""] * width)[:width] for row in found]

    def count(self, sheet: str) -> int:
        """Return how many rows a sheet has on file."""
        return self._layout(sheet).rows

    def rows(self, sheet: str, after: int, columns: Iterable[int]) -> Iterator[SheetRow]:
        """Yield the rows below `after` that hold something in one of the columns.

        A value in a block merged downwards holds for each of its rows. Raises: UnreadableFileError.
        """
        layout, wanted = self._layout(sheet), sorted(columns)
        active: dict[int, tuple[int, Raw]] = {}
        found = empty = 0
        for number, cells in enumerate(self._read(sheet, after + 1), after + 1):
            row = _row(number, cells, wanted, layout, active)
            empty = 0 if row.own else empty + 1
            if empty > _MOST_EMPTY:
                return
            if not row.own:
                continue
            found += 1
            if found > MOST_ROWS:
                raise UnreadableFileError(
                    msg("the sheet %(sheet)s has more than %(most)d rows; split the file", sheet=sheet, most=MOST_ROWS)
                )
            yield row

    def _read(self, sheet: str, first: int) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._page(sheet).iter_rows(min_row=first, max_col=MOST_COLUMNS)
        except BREAKAGES as error:
            raise UnreadableFileError(damaged()) from error

    def _page(self, sheet: str) -> Any:
        page = self._book[sheet]
        page.reset_dimensions()  # what the file says of its size is often wrong
        return page

    def _layout(self, sheet: str) -> Layout:
        if sheet not in self._layouts:
            path = self._book[sheet]._worksheet_path.lstrip("/")
            try:
                with self._archive.open(path) as stream:
                    self._layouts[sheet] = scan_layout(stream)
            except BREAKAGES as error:
                raise UnreadableFileError(damaged()) from error
        return self._layouts[sheet]


def _open(content: bytes) -> Any:
    import openpyxl  # slow to load

    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")  # on parts that it does not read
    try:
        return openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except BREAKAGES as error:
        raise UnreadableFileError(damaged()) from error


def _row(
    number: int,
    cells: tuple[Any, ...],
    wanted: list[int],
    layout: Layout,
    active: dict[int, tuple[int, Raw]],
) -> SheetRow:
    found: dict[int, Raw] = {}
    for column in wanted[: bisect_right(wanted, len(cells))]:
        raw = _raw(cells[column - 1], layout)
        if raw is None:
            continue
        found[column] = raw
        if (bottom := layout.down.get((number, column))) is not None:
            active[column] = (bottom, raw)
    own = frozenset(found)
    for column, (bottom, raw) in active.items():
        if number <= bottom:
            found.setdefault(column, raw)
    banner = len(own) == 1 and layout.banners.get(number, 0) >= 3
    return SheetRow(number, found, own, banner, number in layout.hidden)


def _raw(cell: Any, layout: Layout) -> Raw | None:
    value = cell.value
    if value is None:
        if layout.unsolved and getattr(cell, "coordinate", None) in layout.unsolved:
            return Broken("=")
        return None
    if isinstance(value, str):
        if cell.data_type == "e":
            return Broken(value)
        return value if value.strip() else None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not isfinite(value):
            return Broken(str(value))
        number = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
        return Percent(number * 100) if "%" in _signs(cell.number_format) else number
    if isinstance(value, datetime):
        signs = _signs(cell.number_format).lower()
        return Month(value.year, value.month) if "y" in signs and "d" not in signs else value.date()
    return value if isinstance(value, date) else str(value)


_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')


def _signs(number_format: str | None) -> str:
    """Return a number format without what it only writes out."""
    return _QUOTED.sub("", number_format or "")


def _shown(cell: Any) -> str:
    raw = _raw(cell, Layout())
    if raw is None:
        return ""
    return raw.text if isinstance(raw, Broken) else " ".join(text_of(raw).split())[:80]


def shown(cells: Mapping[str, Raw], name: str) -> str:
    """Return a cell as it is shown beside its problem; empty for one that is not there."""
    raw = cells.get(name)
    if raw is None:
        return ""
    return raw.text if isinstance(raw, Broken) else text_of(raw)[:200]
