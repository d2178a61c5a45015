"""The one document model: chapters, tables and annexes that every writer (PDF, XLSX) prints the same."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

# Signs that have no glyph: white space becomes a blank, marks without width vanish.
UNPRINTED = str.maketrans(dict.fromkeys("\t\r\v\f\u00a0\u2028\u2029", " ") | dict.fromkeys("\u200b\u2060\ufeff", ""))

Cell = str | int | Decimal | date | None


class Align(StrEnum):
    """Where a column's cells stand."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class CellType(StrEnum):
    """What a column holds; decides how a cell is written out and typed in a workbook."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    PERCENT = "percent"  # a share in percent: 66.7 prints 66.7%
    DAY = "day"
    MOMENT = "moment"  # an instant to the second, without a time zone


@dataclass(frozen=True)
class Column:
    """One column; `width` is its share in millimetres on paper, `missing` what an absent value (None) prints.

    The title may hold a line break for paper; columns of days take the width that days need.
    """

    title: str
    width: float
    align: Align = Align.LEFT
    type: CellType = CellType.TEXT
    missing: str = "—"


@dataclass(frozen=True)
class Table:
    """A table of typed cells; `sheet` names it in a workbook, `empty` is printed when there is no row."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str
    sheet: str
    empty: str = "无"


@dataclass(frozen=True)
class Heading:
    """A heading: level 1 is 一、, level 2 is （一）, level 3 is 1. (the number is part of the text)."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of running text."""

    text: str


Block = Heading | Paragraph | Table


@dataclass(frozen=True)
class Annex:
    """An attachment on pages of its own; its number is its place in the document."""

    title: str
    blocks: tuple[Block, ...]
    landscape: bool = False
    note: str = ""


@dataclass(frozen=True)
class Distribution:
    """The distribution block (版记); `printed_on` None leaves the day open for the pen."""

    copies_to: tuple[str, ...]
    printed_by: str
    printed_on: date | None


@dataclass(frozen=True)
class Document:
    """An official document; `number_line` may hold blanks for the pen, `signed_on` None leaves the day open.

    `title_lines` are the title broken where its words allow; `data_as_of` is the instant (UTC) the facts were cut off.
    """

    red_mark: str
    number_line: str
    title_lines: tuple[str, ...]
    addressee: str
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...]
    signature: str
    signed_on: date | None
    distribution: Distribution
    data_as_of: datetime

    @property
    def title(self) -> str:
        """Return the title on one line."""
        return "".join(self.title_lines)


def cell_text(cell: Cell, column: Column) -> str:
    """Write a cell out for paper: days as 2026年9月30日, numbers plain, shares with %, None as `column.missing`."""
    if cell is None:
        return column.missing
    if isinstance(cell, date):
        return day_text(cell)
    if isinstance(cell, str):
        return cell.translate(UNPRINTED)
    return number_text(cell) + ("%" if column.type is CellType.PERCENT else "")


def day_text(day: date) -> str:
    """Write a day as official documents do: 2026年9月30日."""
    return f"{day.year}年{day.month}月{day.day}日"


def number_text(number: int | Decimal) -> str:
    """Write a number without thousands separators, exponent or trailing zeros after the point."""
    text = format(number, "f") if isinstance(number, Decimal) else str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text
