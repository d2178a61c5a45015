"""The worksheets of a workbook: tables, forms and running text, each ready to read, filter and print on A4."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from app.printouts.documents import Cell, Column, Document, Pairs, day_text
from app.printouts.fixed_words import SHANGHAI
from app.printouts.xlsx_cells import Formats, width_of, write_cell

A4 = 9
_FORM = (Column("项目", 32), Column("内容", 118))


def write_table(
    book: Any, name: str, columns: Sequence[Column], rows: Iterable[tuple[Cell, ...]], formats: Formats, title: str = ""
) -> tuple[Any, int]:
    """Write a table on a sheet of its own with a frozen header and a filter; return the sheet and its last row.

    `rows` may be a generator; widths then come from the columns alone. `title` is printed over every page.
    """
    page = book.add_worksheet(name)
    known = rows if isinstance(rows, tuple) else ()
    for index, column in enumerate(columns):
        page.set_column(index, index, width_of(column, tuple(row[index] for row in known)))
        page.write_string(0, index, column.title.replace("\n", ""), formats.header)
    last_row = 0
    for last_row, row in enumerate(rows, start=1):
        for index, (cell, column) in enumerate(zip(row, columns, strict=True)):
            write_cell(page, last_row, index, cell, column, formats)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, last_row, len(columns) - 1)
    page.repeat_rows(0)
    set_up_print(page, landscape=True, title=title)
    return page, last_row


def write_form(book: Any, name: str, pairs: Pairs, formats: Formats, title: str = "", note: str = "") -> None:
    """Write a form, one name with its value a row, and what stands beneath it."""
    page = book.add_worksheet(name)
    for index, column in enumerate(_FORM):
        page.set_column(index, index, width_of(column))
        page.write_string(0, index, column.title, formats.header)
    rows = [*pairs.rows, *([("", note)] if note else [])]
    for number, row in enumerate(rows, start=1):
        for index, (cell, column) in enumerate(zip(row, _FORM, strict=True)):
            write_cell(page, number, index, cell, column, formats)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    set_up_print(page, landscape=False, title=title)


def set_up_print(page: Any, *, landscape: bool, title: str = "") -> None:
    """Set a sheet up for A4, as wide as the page, with its title over and the page number under every page."""
    page.set_paper(A4)
    if landscape:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
    if title:
        page.set_header(f'&C&"黑体"&14 {title.replace("&", "&&")}'[:250])
    page.set_footer('&C&"宋体"— &P —')


def as_of_words(document: Document) -> str:
    """Say until when the facts were known, where a document has no day of its own: （数据截至2026年9月30日）."""
    last_known = document.data_as_of - timedelta(microseconds=1)  # the end of a day is the first instant of the next
    return f"（数据截至{day_text(last_known.astimezone(SHANGHAI).date())}）"
