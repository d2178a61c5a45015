"""Write the workbook that offices fill in to import a plan: typed columns, drop-down lists, notes and an example."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

EMPTY_ROWS = 2_000  # below what is filled in, ready with drop-downs
EXACT_DIGITS = 15  # a workbook's numbers are doubles: longer ones are written as text
FormCell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column to fill in; `choices` names the list its cells are offered, `day` marks a column of dates."""

    heading: str
    width: int
    required: bool = False
    choices: str | None = None
    day: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class FormSheet:
    """A sheet to fill in, with the rows that are filled already."""

    name: str
    columns: Sequence[FormColumn]
    rows: Iterable[Sequence[FormCell]] = ()


def import_form(
    sheets: Sequence[FormSheet],
    notes: Sequence[tuple[str, str]],
    example: FormSheet,
    lists: Mapping[str, Sequence[str]],
    *,
    title: str,
    created_at: datetime,
) -> bytes:
    """Return the workbook; `notes` are (column, explanation), an empty explanation makes the first a heading.

    `lists` are the drop-downs by name, kept on a hidden sheet. `created_at` (aware) is the only time it carries.
    """
    buffer = BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": title, "created": created_at.astimezone(UTC).replace(tzinfo=None)})
    styles = _styles(book)
    for sheet in sheets:
        _write_form(book.add_worksheet(sheet.name), sheet, styles, lists)
    _write_notes(book.add_worksheet("填写说明"), notes, styles)
    _write_form(book.add_worksheet(example.name), example, styles, {})
    _write_lists(book.add_worksheet("列表"), lists)
    book.close()
    return buffer.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    font = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
    head = {"font_name": "黑体", "font_size": 10.5, "bold": True, "align": "center", "valign": "vcenter", "border": 1}
    return {
        "head": book.add_format({**head, "text_wrap": True, "bg_color": "#EDEDED"}),
        "required": book.add_format({**head, "text_wrap": True, "bg_color": "#FFE699"}),
        "text": book.add_format({**font, "num_format": "@", "text_wrap": True}),
        "number": book.add_format({**font, "num_format": "0.######"}),
        "day": book.add_format({**font, "num_format": "yyyy-mm-dd"}),
        "title": book.add_format({**font, "bold": True, "font_name": "黑体", "text_wrap": True}),
    }


def _write_form(page: Any, sheet: FormSheet, styles: dict[str, Any], lists: Mapping[str, Sequence[str]]) -> None:
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width, styles["day" if column.day else "text"])
        page.write_string(0, index, column.heading, styles["required" if column.required else "head"])
        if column.help:
            page.write_comment(0, index, column.help, {"x_scale": 2, "visible": False})
    last = 0
    for last, row in enumerate(sheet.rows, 1):
        for index, cell in enumerate(row):
            _write_cell(page, last, index, cell, styles)
    for index, column in enumerate(sheet.columns):
        if column.choices and lists.get(column.choices):
            page.data_validation(1, index, last + EMPTY_ROWS, index, _validation(column.choices, lists))
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)
    page.set_paper(9)  # A4
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _validation(name: str, lists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Offer a list without refusing what is typed beside it: the check says what is wrong, in words."""
    letters = _letters(list(lists).index(name))
    return {
        "validate": "list",
        "source": f"=列表!${letters}$2:${letters}${len(lists[name]) + 1}",
        "show_error": False,
    }


def _write_cell(page: Any, row: int, index: int, cell: FormCell, styles: dict[str, Any]) -> None:
    match cell:
        case None | "":
            return
        case date():
            page.write_datetime(row, index, datetime(cell.year, cell.month, cell.day), styles["day"])
        case int():
            page.write_number(row, index, cell, styles["number"])
        case Decimal() if len(cell.normalize().as_tuple().digits) <= EXACT_DIGITS:
            page.write_number(row, index, float(cell), styles["number"])
        case _:
            page.write_string(row, index, str(cell), styles["text"])


def _write_notes(page: Any, notes: Sequence[tuple[str, str]], styles: dict[str, Any]) -> None:
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 96)
    for row, (name, words) in enumerate(notes):
        page.write_string(row, 0, name, styles["text" if words else "title"])
        page.write_string(row, 1, words, styles["text"])
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _write_lists(page: Any, lists: Mapping[str, Sequence[str]]) -> None:
    for index, (name, words) in enumerate(lists.items()):
        page.write_string(0, index, name)
        for row, word in enumerate(words, 1):
            page.write_string(row, index, word)
    page.hide()


def _letters(index: int) -> str:
    return chr(65 + index) if index < 26 else chr(64 + index // 26) + chr(65 + index % 26)
