"""Write the workbook in which a unit fills in its reports: grey cells to read, white ones to fill, lists and notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from typing import Any, NamedTuple

import xlsxwriter

EXACT_DIGITS = 15  # a workbook's numbers are doubles: longer ones are written as text
MAX_CELL_TEXT = 32767
# Text that would become a formula as soon as somebody edits the cell.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
YES_OR_NO = ("是", "否")
_GREY = "#EDEDED"


class Flag(NamedTuple):
    """A cell that offers 是 and 否; empty: neither."""

    words: str


WorkbookCell = str | Decimal | date | Flag | None


class ColumnKind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class WorkbookColumn:
    """A column: `fill` is to be filled in, `hidden` is not shown; `help` stands at its heading.

    `most` is the largest number expected in it, from 0; None: any.
    """

    heading: str
    width: int
    kind: ColumnKind = ColumnKind.TEXT
    fill: bool = False
    hidden: bool = False
    help: str = ""
    most: int | None = None


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """A sheet with its rows; the first `frozen` columns stay in view."""

    name: str
    columns: Sequence[WorkbookColumn]
    rows: Sequence[Sequence[WorkbookCell]]
    frozen: int


def report_workbook(
    sheets: Sequence[WorkbookSheet], notes: Sequence[tuple[str, str]], *, title: str, created_at: datetime
) -> bytes:
    """Return the workbook; `notes` are (heading, words) of the sheet 说明.

    `created_at` (aware) is the only time it carries. The grey cells are locked without a password.
    """
    buffer = BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": title, "created": created_at.astimezone(UTC).replace(tzinfo=None)})
    styles = _Styles(book)
    for sheet in sheets:
        _write_sheet(book.add_worksheet(sheet.name), sheet, styles)
    _write_notes(book.add_worksheet("说明"), notes, styles)
    book.close()
    return buffer.getvalue()


class _Styles:
    """The formats of a workbook, each made when it is first needed."""

    def __init__(self, book: Any) -> None:
        self._book, self._made = book, dict[tuple[object, ...], Any]()

    def cell(self, kind: ColumnKind, *, fill: bool, quoted: bool = False) -> Any:
        """Return the format of a cell to fill in or to read; numbers have none, so that 35% typed stays 35%."""
        number = {ColumnKind.TEXT: "@", ColumnKind.NUMBER: "General", ColumnKind.DAY: "yyyy-mm-dd"}[kind]
        values = {"num_format": number, "text_wrap": kind is ColumnKind.TEXT, "locked": not fill}
        values |= {"align": "left" if kind is ColumnKind.TEXT else "center", "quote_prefix": quoted}
        return self._format(values if fill else {**values, "bg_color": _GREY, "font_color": "#404040"})

    def heading(self, *, fill: bool) -> Any:
        """Return the format of a heading: yellow over what is to be filled in."""
        return self._format(
            {"font_name": "黑体", "bold": True, "align": "center", "text_wrap": True}
            | {"bg_color": "#FFE699" if fill else "#D9D9D9"}
        )

    def note(self, *, bold: bool) -> Any:
        """Return the format of a line of the notes."""
        return self._format({"text_wrap": True, "bold": bold, "valign": "top", "border": 0})

    def _format(self, values: dict[str, Any]) -> Any:
        key = tuple(sorted(values.items()))
        if key not in self._made:
            plain = {
                "font_name": "宋体",
                "font_size": 10.5,
                "valign": "vcenter",
                "border": 1,
                "border_color": "#9AA5B1",
            }
            self._made[key] = self._book.add_format({**plain, **values})
        return self._made[key]


def _write_sheet(page: Any, sheet: WorkbookSheet, styles: _Styles) -> None:
    page.set_row(0, 32)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width, None, {"hidden": column.hidden})
        page.write_string(0, index, column.heading, styles.heading(fill=column.fill))
        if column.help:
            page.write_comment(0, index, column.help, {"x_scale": 2, "visible": False})
    for number, row in enumerate(sheet.rows, 1):
        for index, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
            _write_cell(page, number, index, cell, column, styles)
    last = max(len(sheet.rows), 1)
    for index, column in enumerate(sheet.columns):
        if column.fill and (checks := _checks(column)):
            page.data_validation(1, index, last, index, checks)
    page.freeze_panes(1, sheet.frozen)
    page.autofilter(0, 0, last, len(sheet.columns) - 1)
    page.protect("", {"format_cells": True, "format_columns": True, "format_rows": True, "autofilter": True})
    page.set_paper(8)  # A3
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_footer('&C&"宋体"— &P —')


def _write_cell(page: Any, row: int, index: int, cell: WorkbookCell, column: WorkbookColumn, styles: _Styles) -> None:
    """Write one cell as what it is: text stays text, whatever sign it begins with."""
    style = styles.cell(column.kind, fill=column.fill)
    match cell:
        case Flag(words):
            page.write_string(row, index, words, style) if words else page.write_blank(row, index, None, style)
            if column.fill:
                page.data_validation(row, index, row, index, {**_FREE, "validate": "list", "source": list(YES_OR_NO)})
        case None | "":
            page.write_blank(row, index, None, style)
        case date():
            page.write_datetime(row, index, datetime(cell.year, cell.month, cell.day), style)
        case Decimal() if len(cell.normalize().as_tuple().digits) <= EXACT_DIGITS:
            page.write_number(row, index, float(cell), style)
        case _:
            text = str(cell)[:MAX_CELL_TEXT]
            quoted = text.startswith(FORMULA_SIGNS)
            page.write_string(row, index, text, styles.cell(ColumnKind.TEXT, fill=column.fill, quoted=quoted))


# Told, not refused: the check after the upload says what is wrong, in words, and takes more ways of writing.
_FREE = {"show_error": False}


def _checks(column: WorkbookColumn) -> dict[str, Any] | None:
    told = {"error_type": "warning", "ignore_blank": True}
    if column.kind is ColumnKind.DAY:
        return {
            **told,
            "validate": "date",
            "criteria": "between",
            "minimum": date(2000, 1, 1),
            "maximum": date(2099, 12, 31),
            "error_title": "日期",
            "error_message": "请填写日期，例如 2026-11-22。",
        }
    if column.most is not None:
        return {
            **told,
            "validate": "decimal",
            "criteria": "between",
            "minimum": 0,
            "maximum": column.most,
            "error_title": column.heading,
            "error_message": f"请填写 0 到 {column.most} 之间的数。",
        }
    return None


def _write_notes(page: Any, notes: Sequence[tuple[str, str]], styles: _Styles) -> None:
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 96)
    for row, (heading, words) in enumerate(notes):
        page.write_string(row, 0, heading, styles.note(bold=True))
        page.write_string(row, 1, words, styles.note(bold=False))
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
