"""The one document model: chapters, tables, charts and annexes that every writer (PDF, DOCX, XLSX) prints the same."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

# Signs that have no glyph: white space becomes a blank, marks without width vanish.
UNPRINTED = str.maketrans(dict.fromkeys("\t\r\v\f\u00a0\u2028\u2029", " ") | dict.fromkeys("\u200b\u2060\ufeff", ""))

Cell = str | int | Decimal | date | None
NONE = "—"  # a cell that needs no value; a workbook leaves it empty where numbers or days are expected
Figure = int | Decimal | None


class Form(StrEnum):
    """The form an official document has (GB/T 9704-2012, clauses 7 and 10); a sheet has no head of its own."""

    FILE = "file"  # 文件格式: red mark, number, rule, title
    LETTER = "letter"  # 信函格式 (10.1): mark at 30 mm, double rules of 170 mm
    MINUTES = "minutes"  # 纪要格式 (10.3): mark of the minutes, no addressee, no seal
    SHEET = "sheet"  # ledgers, lists, certificates: a title and what it holds


class Slot(StrEnum):
    """A paragraph that an office words itself; figures are never typed."""

    OPENING = "opening"
    CLOSING = "closing"


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
    missing: str = NONE


@dataclass(frozen=True)
class Table:
    """A table of typed cells; `sheet` names it in a workbook, `empty` is printed when there is no row."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str
    sheet: str
    empty: str = "无"
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Heading:
    """A heading: level 1 is 一、, level 2 is （一）, level 3 is 1. (the number is part of the text)."""

    text: str
    level: int = 1
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of running text; one with a `slot` was or can be worded by the office. `indent` False: flush left."""

    text: str
    slot: Slot | None = None
    indent: bool = True
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True)
class Pairs:
    """A form: names with their values, one a row; `width` of the names in millimetres.

    An empty value leaves room for the pen; `sheet` names it in a workbook.
    """

    rows: tuple[tuple[str, str], ...]
    width: int = 28
    sheet: str = "基本情况"
    kind: Literal["pairs"] = "pairs"


class ChartKind(StrEnum):
    """How a chart shows its series."""

    STACKED = "stacked"  # one bar a place on the x axis, the series stacked in it
    BARS = "bars"  # the series side by side
    LINES = "lines"  # lines with marks; days on the x axis stand in proportion to time


@dataclass(frozen=True)
class Series:
    """One series of a chart: a figure for each place on the x axis, None where there is none.

    A `guide` is what the others are held against (a target, a schedule) and is drawn apart.
    """

    name: str
    values: tuple[Figure, ...]
    guide: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart and its table in one: `places` are the x axis (names, or days in order), `unit` of every figure."""

    chart: ChartKind
    caption: str
    axis: str  # what the places are: 季度, 地区
    unit: str
    places: tuple[str | date, ...]
    series: tuple[Series, ...]
    sheet: str
    kind: Literal["chart"] = "chart"

    @property
    def table(self) -> "Table":
        """Return the figures of the chart as the table that always stands with it."""
        days = bool(self.places) and isinstance(self.places[0], date)
        room = 156 - 36
        columns = (
            Column(self.axis, 36, Align.CENTER, CellType.DAY if days else CellType.TEXT),
            *(
                Column(f"{one.name}（{self.unit}）", room / len(self.series), Align.CENTER, CellType.NUMBER)
                for one in self.series
            ),
        )
        rows = tuple((place, *(one.values[index] for one in self.series)) for index, place in enumerate(self.places))
        return Table(columns, rows, self.caption, self.sheet, "无数据")


@dataclass(frozen=True)
class Slip:
    """A slip to cut off below the text and send back (回执): a dashed line, its title, a form, a line beneath."""

    title: str
    form: Pairs
    note: str = ""
    kind: Literal["slip"] = "slip"


Block = Heading | Paragraph | Table | Pairs | Chart | Slip


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
    Empty `red_mark`, `number_line`, `addressee` or `signature` and no `distribution`: the document has none.
    `note` stands beneath the title of a sheet; `outlined_as` is its name in contents and bookmarks of a bound volume.
    `signer` signs a document to a superior and stands beside its number (签发人, 7.2.6); blanks: for the pen, "": none.
    """

    red_mark: str
    number_line: str
    title_lines: tuple[str, ...]
    addressee: str
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...]
    signature: str
    signed_on: date | None
    distribution: Distribution | None
    data_as_of: datetime
    form: Form = Form.FILE
    landscape: bool = False
    note: str = ""
    outlined_as: str = ""
    signer: str = ""

    @property
    def title(self) -> str:
        """Return the title on one line."""
        return "".join(self.title_lines)


@dataclass(frozen=True)
class Volume:
    """Several documents bound into one, or sent together: cover, contents, then each on pages of its own."""

    title: str
    organ: str
    documents: tuple[Document, ...]
    data_as_of: datetime


@dataclass(frozen=True)
class Stamp:
    """What is printed on each page beside the document itself; it is not part of its content.

    `watermark` "" for none; `address` is what the QR code holds, `fingerprint` the short hash beside it ("" for none).
    """

    watermark: str = ""
    address: str = ""
    fingerprint: str = ""


def tables_of(document: Document) -> "tuple[Table | Pairs | Chart, ...]":
    """Return every table, form and chart of the document and its annexes, in its order."""
    pieces = (*document.blocks, *(block for annex in document.annexes for block in annex.blocks))
    found = (piece.form if isinstance(piece, Slip) else piece for piece in pieces)
    return tuple(piece for piece in found if isinstance(piece, Table | Pairs | Chart))


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
