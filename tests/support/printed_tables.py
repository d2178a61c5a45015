"""Read the tables of a document back from PDF, DOCX and XLSX, and hold them to the document."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pypdfium2

from app.printouts.documents import NONE, Cell, Chart, Document, Table, cell_text, tables_of
from tests.support.docx_reading import expected_tables, read_back
from tests.support.gbt9704 import RIGHT_TO_LEFT

Sheets = list[list[tuple[Any, ...]]]


def missing_in_pdf(document: Document, pdf: bytes) -> list[str]:
    """Return the captions of tables of which a row is not on paper, or not in its order."""
    text = "".join(squeezed(page) for page in page_texts(pdf))
    return [table.caption for table in tables(document) if not stand_in_order(table, text)]


def missing_in_docx(document: Document, docx: bytes) -> list[str]:
    """Return the first rows of tables that are not in the file as the document writes them."""
    found = read_back(docx).tables
    return [] if found == expected_tables(document) else [str(table[:2]) for table in expected_tables(document)]


def missing_in_xlsx(document: Document, workbook: bytes) -> list[str]:
    """Return the captions of tables that no sheet holds whole, with typed numbers and days."""
    book = openpyxl.load_workbook(BytesIO(workbook), read_only=False, data_only=True)
    sheets = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    return [table.caption for table in tables(document) if not stands_in(table, sheets)]


def tables(document: Document) -> list[Table]:
    """Return the tables of a document that have rows, those of its charts among them."""
    found = (one.table if isinstance(one, Chart) else one for one in tables_of(document))
    return [one for one in found if isinstance(one, Table) and one.rows]


def page_texts(pdf: bytes) -> Iterable[str]:
    """Yield the text of each page in the order in which it was written."""
    with pypdfium2.PdfDocument(pdf) as opened:
        for number in range(len(opened)):
            yield opened[number].get_textpage().get_text_bounded()


def stand_in_order(table: Table, text: str) -> bool:
    """Tell whether every row of a table stands in a text, each cell after the other, each row after the one before."""
    cursor = 0
    for row in table.rows:
        cells = (squeezed(cell_text(cell, column)) for cell, column in zip(row, table.columns, strict=True))
        written = "".join(cells)
        at = text.find(written, cursor)
        if at < 0:
            return False
        cursor = at + len(written)
    return True


def squeezed(text: str) -> str:
    """Return a text without blanks, brackets, words from right to left and their marks: PDF readers differ there."""
    return "".join(sign for sign in text if not (sign.isspace() or sign in _LEFT_OUT or RIGHT_TO_LEFT.match(sign)))


_LEFT_OUT = "（）\u200b\u200e\ufffe\u00ad"


def stands_in(table: Table, sheets: Sheets) -> bool:
    """Tell whether a sheet holds a table whole: its head, then its rows."""
    head = tuple(column.title.replace("\n", "") for column in table.columns)
    for rows in sheets:
        for at, row in enumerate(rows):
            below = rows[at + 1 : at + 1 + len(table.rows)]
            if row[: len(head)] == head and len(below) == len(table.rows) and all(map(is_same, below, table.rows)):
                return True
    return False


def is_same(found: tuple[Any, ...], row: tuple[Cell, ...]) -> bool:
    """Tell whether a row of a sheet holds a row of a table."""
    return all(is_same_value(value, cell) for value, cell in zip(found, row, strict=False))


def is_same_value(value: Any, cell: Cell) -> bool:
    """Tell whether a sheet's value is a cell's: days as days, numbers as numbers."""
    if cell in (None, "", NONE):
        return value is None or isinstance(value, str)
    if isinstance(cell, date):
        return isinstance(value, datetime) and value.date() == cell
    if isinstance(cell, int | Decimal):
        return isinstance(value, int | float) and Decimal(str(value)) == Decimal(cell)
    return isinstance(value, str) and "".join(value.split()) == "".join(cell.split())
