"""Tables and forms for a word processor, written straight as text, so that thousands of rows take a second or two."""

from collections.abc import Iterator, Sequence
from math import ceil, inf

from app.printouts.documents import Align, CellType, Column, Pairs, Table, cell_text
from app.printouts.docx_markup import TWIPS_PER_MM, attribute, breadth, paragraph, run, twips, words
from app.printouts.docx_styles import RULED_TABLE

DAY_MM = 31.5  # the longest day, 2026年12月31日, even where a word processor sets its digits apart
MOST_FOR_DAYS = 0.7  # of a table's width
WHOLE_ROWS = 25  # a table up to this long stays on one page
TABLE_MARGINS_MM, FORM_MARGINS_MM = (1.0, 1.0), (1.2, 2.0)  # of a cell: above and below, at the sides
PEN_MM = 13.0  # the height that an empty value leaves for the pen
EM_MM, FORM_EM_MM = 10 * 25.4 / 72, 12 * 25.4 / 72  # a character of a table, of a form
MOST_LINES = 20  # a row with a cell of more lines may break: it could outgrow a page
BODY_STYLES = {Align.LEFT: "TableLeft", Align.CENTER: "TableCenter", Align.RIGHT: "TableRight"}
STAYS = "<w:keepNext/>"
LINE_MM = 270 / TWIPS_PER_MM  # of a table
LOOK = (
    '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" '
    'w:noVBand="1"/>'
)
HEADER_ROW = "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
WHOLE_ROW = "<w:trPr><w:cantSplit/></w:trPr>"


def data_table(table: Table, width_mm: float, *, whole_mm: float, held: bool = False) -> str:
    """Return a table as wide as given, its header repeated on every page and no row broken.

    Up to `whole_mm` high it stays on one page; `held`: what follows stays with its last row.
    """
    widths = column_widths(table.columns, width_mm)
    header = "".join(
        _cell(width, paragraph("TableHead", run(column.title)))
        for column, width in zip(table.columns, widths, strict=True)
    )
    whole = table_height(table, width_mm) <= whole_mm
    rows = "".join(_rows(table, widths, whole, held)) if table.rows else _empty_row(table, sum(widths), held)
    return _table(table.caption, widths, TABLE_MARGINS_MM, f"<w:tr>{HEADER_ROW}{header}</w:tr>{rows}")


def table_height(table: Table, width_mm: float) -> float:
    """Estimate the height of a table in millimetres; infinite for a long one, which is never kept whole."""
    if len(table.rows) > WHOLE_ROWS:
        return inf
    widths = column_widths(table.columns, width_mm)
    most = [max(width / twips(EM_MM) - 0.6, 1) for width in widths]  # less the cell's margins
    texts = [[column.title for column in table.columns], *(map(cell_text, row, table.columns) for row in table.rows)]
    lines = sum(max(map(_lines, row, most)) for row in texts)
    return lines * LINE_MM + len(texts) * 2 * TABLE_MARGINS_MM[0]


def _lines(text: str, most: float) -> int:
    """Estimate how many lines a text takes that hold `most` characters each."""
    return sum(max(ceil(breadth(part) / most), 1) for part in text.split("\n"))


def column_widths(columns: Sequence[Column], width_mm: float) -> list[int]:
    """Share the width in twips: a column of days takes what days need, the others share the rest by their widths."""
    days = [column.type is CellType.DAY for column in columns]
    day_mm = min(DAY_MM, MOST_FOR_DAYS * width_mm / max(sum(days), 1))
    others = sum(column.width for column, is_day in zip(columns, days, strict=True) if not is_day)
    room = width_mm - day_mm * sum(days)
    shares = [day_mm if is_day else column.width / others * room for column, is_day in zip(columns, days, strict=True)]
    stretch = width_mm / sum(shares)
    return [twips(share * stretch) for share in shares]


def form_table(form: Pairs, width_mm: float, *, held: bool = False) -> str:
    """Return a form of names and values; a missing value leaves room for the pen. `held`: as in `data_table`."""
    widths = [twips(form.width), twips(width_mm - form.width)]
    rows = "".join(
        _form_row(name, value, widths, _stays(number, len(form.rows), len(form.rows) <= WHOLE_ROWS, held))
        for number, (name, value) in enumerate(form.rows, start=1)
    )
    return _table(form.sheet, widths, FORM_MARGINS_MM, rows)


def _form_row(name: str, value: str, widths: list[int], stays: str) -> str:
    height = "" if value else f'<w:trHeight w:val="{twips(PEN_MM)}" w:hRule="atLeast"/>'
    breaks = len(value) * FORM_EM_MM > MOST_LINES * widths[1] / twips(1)
    properties = ("" if breaks else "<w:cantSplit/>") + height
    cells = _cell(widths[0], paragraph("FormName", run(name), stays))
    cells += _cell(widths[1], paragraph("FormValue", run(value) if value else "", stays))
    return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{cells}</w:tr>"


def _rows(table: Table, widths: list[int], whole: bool, held: bool) -> Iterator[str]:
    """Write the rows; what is the same in every cell of a column is made once."""
    starts = [_cell_start(width, BODY_STYLES[c.align]) for c, width in zip(table.columns, widths, strict=True)]
    most = [MOST_LINES * width / twips(EM_MM) for width in widths]
    for number, row in enumerate(table.rows, start=1):
        texts = [cell_text(cell, column) for cell, column in zip(row, table.columns, strict=True)]
        breaks = any(len(text) > room for text, room in zip(texts, most, strict=True))
        end = f"{_stays(number, len(table.rows), whole, held)}</w:pPr><w:r>"
        cells = "".join(
            f"{start}{end}{words(text)}</w:r></w:p></w:tc>" for start, text in zip(starts, texts, strict=True)
        )
        yield f"<w:tr>{'' if breaks else WHOLE_ROW}{cells}</w:tr>"


def _stays(number: int, count: int, whole: bool, held: bool) -> str:
    """Bind a row to the next: those of a table kept whole, and the last one to what follows when that is held."""
    return STAYS if (held if number == count else whole) else ""


def _empty_row(table: Table, width: int, held: bool) -> str:
    span = f'<w:gridSpan w:val="{len(table.columns)}"/>'
    words_of_none = paragraph("TableCenter", run(table.empty), STAYS if held else "")
    return f"<w:tr>{WHOLE_ROW}{_cell(width, words_of_none, span)}</w:tr>"


def _cell(width: int, content: str, span: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}<w:vAlign w:val="center"/></w:tcPr>{content}</w:tc>'


def _cell_start(width: int, style: str) -> str:
    """Return a cell up to where its paragraph's further properties go."""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>'
    )


def _table(name: str, widths: list[int], margins_mm: tuple[float, float], rows: str) -> str:
    """Return the table's element; `margins_mm` of its cells: above and below, at the sides."""
    upright, side = map(twips, margins_mm)
    margins = "".join(
        f'<w:{edge} w:w="{room}" w:type="dxa"/>'
        for edge, room in (("top", upright), ("left", side), ("bottom", upright), ("right", side))
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    caption = f"<w:tblCaption w:val={attribute(name)}/>" if name else ""
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{RULED_TABLE}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar>{LOOK}{caption}'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
    )
