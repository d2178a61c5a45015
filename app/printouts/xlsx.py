"""Write tables and documents as XLSX: typed cells, frozen header, filter, print set-up, reproducible bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from app.printouts.documents import (
    Align,
    Block,
    Cell,
    CellType,
    Column,
    Document,
    Heading,
    Paragraph,
    Table,
    cell_text,
    day_text,
)

MAX_SHEET_NAME = 31
MAX_CELL_TEXT = 32767
EXACT_DIGITS = 15  # a workbook's numbers are doubles: longer ones are written as text
MM_PER_CHARACTER = 1.9
NUMBER_FORMATS = {
    CellType.TEXT: "@",
    CellType.INTEGER: "0",
    CellType.NUMBER: "0.######",
    CellType.PERCENT: '0.0"%"',
    CellType.DAY: 'yyyy"年"m"月"d"日"',
    CellType.MOMENT: "yyyy-mm-dd hh:mm:ss",
}
Format = Any  # xlsxwriter ships no types
Formats = dict[tuple[CellType, Align], Format]


@dataclass(frozen=True)
class Sheet:
    """One worksheet: a header row and typed rows, which may be a generator; `name` is cut to what a workbook allows."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Cell, ...]]


def sheets_to_xlsx(sheets: Iterable[Sheet], title: str, created_at: datetime) -> bytes:
    """Return a workbook of the sheets; `created_at` (aware) is the only time it carries.

    An absent value (None) is an empty cell where numbers or days are expected, so that filters and sums stay right;
    a column of text writes its `missing` words.
    """
    buffer = BytesIO()
    book = _open(buffer, title, created_at)
    formats = _formats(book)
    for sheet in sheets:
        _write_sheet(book, sheet, formats)
    book.close()
    return buffer.getvalue()


def to_xlsx(document: Document) -> bytes:
    """Return the document as a workbook: its text on the first sheet, then every table on a sheet of its own."""
    buffer = BytesIO()
    book = _open(buffer, document.title, document.data_as_of)
    formats = _formats(book)
    _write_text(book, document)
    for table in _tables(document):
        _write_sheet(book, Sheet(table.sheet, table.columns, table.rows), formats)
    book.close()
    return buffer.getvalue()


def _open(buffer: BytesIO, title: str, created_at: datetime) -> Any:
    book = xlsxwriter.Workbook(
        buffer,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"title": title, "created": created_at.astimezone(UTC).replace(tzinfo=None)})
    return book


def _formats(book: Any) -> Formats:
    return {
        (kind, align): book.add_format(
            {
                "num_format": number,
                "align": align.value,
                "valign": "vcenter",
                "text_wrap": kind is CellType.TEXT,
                "border": 1,
                "font_name": "宋体",
                "font_size": 10.5,
            }
        )
        for kind, number in NUMBER_FORMATS.items()
        for align in Align
    }


def _write_sheet(book: Any, sheet: Sheet, formats: Formats) -> None:
    page = book.add_worksheet(_sheet_name(sheet.name))
    header = book.add_format(
        {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1, "bg_color": "#EDEDED",
         "font_name": "黑体", "font_size": 10.5}
    )  # fmt: skip
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, _width(column))
        page.write_string(0, index, column.title.replace("\n", ""), header)
    last_row = 0
    for last_row, row in enumerate(sheet.rows, start=1):
        for index, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
            _write_cell(page, last_row, index, cell, column, formats)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, last_row, len(sheet.columns) - 1)
    _set_up_print(page, landscape=True)
    page.repeat_rows(0)


def _write_cell(page: Any, row: int, index: int, cell: Cell, column: Column, formats: Formats) -> None:
    """Write one cell as what it is: text never becomes a formula, a day is a date, a number a number."""
    style = formats[(column.type, column.align)]
    if cell is None and column.type is not CellType.TEXT:
        page.write_blank(row, index, None, style)
    elif isinstance(cell, datetime) and column.type is CellType.MOMENT:
        page.write_datetime(row, index, cell, style)
    elif isinstance(cell, date):
        page.write_datetime(row, index, datetime(cell.year, cell.month, cell.day), style)
    elif isinstance(cell, int | Decimal) and _is_exact(cell):
        page.write_number(row, index, cell if isinstance(cell, int) else float(cell), style)
    else:
        page.write_string(row, index, cell_text(cell, column)[:MAX_CELL_TEXT], style)


def _is_exact(number: int | Decimal) -> bool:
    """Say whether a workbook keeps every digit of the number."""
    return len(Decimal(number).normalize().as_tuple().digits) <= EXACT_DIGITS


def _write_text(book: Any, document: Document) -> None:
    """Write the document's running text, one paragraph a row, with a pointer where a table stands."""
    page = book.add_worksheet("正文")
    page.set_column(0, 0, 92)
    body = book.add_format({"text_wrap": True, "valign": "top", "font_name": "仿宋", "font_size": 14, "indent": 2})
    bold = book.add_format({"bold": True, "font_name": "黑体", "font_size": 14, "text_wrap": True})
    title = book.add_format({"bold": True, "align": "center", "font_name": "宋体", "font_size": 18, "text_wrap": True})
    page.write_string(0, 0, document.title, title)
    page.write_string(1, 0, document.addressee, bold)
    row = 1
    for row, block in enumerate(document.blocks, start=2):
        page.write_string(row, 0, _line(block), bold if isinstance(block, Heading) else body)
    page.write_string(row + 1, 0, document.signature, body)
    page.write_string(row + 2, 0, day_text(document.signed_on) if document.signed_on else "（草稿，未签发）", body)
    _set_up_print(page, landscape=False)


def _line(block: Block) -> str:
    if isinstance(block, Heading | Paragraph):
        return block.text
    return f"（见工作表“{_sheet_name(block.sheet)}”）"


def _set_up_print(page: Any, *, landscape: bool) -> None:
    page.set_paper(9)  # A4
    if landscape:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
    page.set_footer('&C&"宋体"— &P —')


def _tables(document: Document) -> Iterable[Table]:
    for blocks in (document.blocks, *(annex.blocks for annex in document.annexes)):
        yield from (block for block in blocks if isinstance(block, Table))


def _sheet_name(name: str) -> str:
    """Return the name without the signs a workbook refuses, cut to its length."""
    return name.translate({ord(sign): "、" for sign in "[]:*?/\\"}).strip("'")[:MAX_SHEET_NAME]


def _width(column: Column) -> float:
    """Return the column's width in characters: from its millimetres, but no narrower than its title needs."""
    return round(max(column.width / MM_PER_CHARACTER, 2 * len(column.title) * 0.6 + 4), 2)
