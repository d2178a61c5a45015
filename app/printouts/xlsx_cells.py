"""The cells of a workbook: each written as what it is, and shown exactly as the paper writes it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.printouts.documents import NONE, Align, Cell, CellType, Column, cell_text

MAX_CELL_TEXT = 32767
EXACT_DIGITS = 15  # a workbook's numbers are doubles: longer ones are written as text
MM_PER_CHARACTER = 1.9
_LEAST = {CellType.DAY: 16.0, CellType.MOMENT: 21.0}  # what the longest day and instant need; else #### is shown
_MOST = 80.0  # of a column that is not text
_DAY = 'yyyy"年"m"月"d"日"'
_MOMENT = "yyyy-mm-dd hh:mm:ss"
Format = Any  # xlsxwriter ships no types


class Formats:
    """The cell formats of one workbook, made as they are needed."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, Align, bool], Format] = {}
        self.header = book.add_format(
            {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1,
             "bg_color": "#EDEDED", "font_name": "黑体", "font_size": 10.5}
        )  # fmt: skip

    def of(self, column: Column, cell: Cell) -> Format:
        """Return the format in which a cell of a column shows what paper writes: 12, 600.5, 66.7%, 2026年9月30日."""
        number = _number_format(column, cell)
        key = (number, column.align, column.type is CellType.TEXT)
        if key not in self._made:
            self._made[key] = self._book.add_format(
                {
                    "num_format": number,
                    "align": column.align.value,
                    "valign": "vcenter",
                    "text_wrap": column.type is CellType.TEXT,
                    "border": 1,
                    "font_name": "宋体",
                    "font_size": 10.5,
                }
            )
        return self._made[key]


def _number_format(column: Column, cell: Cell) -> str:
    if isinstance(cell, datetime):
        return _MOMENT if column.type is CellType.MOMENT else _DAY
    if isinstance(cell, date):
        return _DAY
    if isinstance(cell, int | Decimal):
        places = _places(cell)
        return ("0." + "0" * places if places else "0") + ('"%"' if column.type is CellType.PERCENT else "")
    return "@" if column.type is CellType.TEXT else "General"


def _places(number: int | Decimal) -> int:
    """Return how many places after the point paper writes: none that is only a trailing zero."""
    if isinstance(number, int):
        return 0
    exponent = number.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def write_cell(page: Any, row: int, index: int, cell: Cell, column: Column, formats: Formats) -> None:
    """Write one cell as what it is: text never becomes a formula, a day is a date, a number a number.

    What is absent (None, "—") is an empty cell where numbers or days are expected, so that filters and sums stay right.
    """
    style = formats.of(column, cell)
    if cell in (None, NONE) and column.type is not CellType.TEXT:
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


def wide(text: str) -> int:
    """Return the width of a text in characters of a workbook: a Chinese one counts two."""
    return max((sum(2 if ord(sign) > 0x2000 else 1 for sign in line) for line in text.split("\n")), default=0)


def width_of(column: Column, cells: tuple[Cell, ...] = ()) -> float:
    """Return the column's width in characters: from its millimetres on paper, but no narrower than it needs.

    The title (with the filter's arrow) may take two lines, text wraps; numbers and days do not and need their room.
    """
    title = max(wide(column.title) / 2 + 3, 6)
    least = _LEAST.get(column.type, 0.0)
    if column.type is not CellType.TEXT:
        least = min(max([least, *(wide(cell_text(cell, column)) + 2 for cell in cells)]), _MOST)
    return round(max(column.width / MM_PER_CHARACTER, title, least), 2)
