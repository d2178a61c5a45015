"""Write tables, documents and volumes as XLSX: typed cells, frozen header, filter, print set-up, reproducible bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter

from app.printouts.documents import Align, Block, Cell, Chart, Column, Document, Pairs, Slip, Table, Volume
from app.printouts.xlsx_cells import Formats
from app.printouts.xlsx_charts import insert_picture, pictures
from app.printouts.xlsx_names import SheetNames
from app.printouts.xlsx_pages import as_of_words, write_form, write_table
from app.printouts.xlsx_text import TEXT_SHEET, has_text, write_text

CONTENTS = "目录"
_CONTENTS = (Column("序号", 16, Align.CENTER), Column("文件", 110), Column("工作表", 60))


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
    book = _open(buffer, title, created_at, rows_at_once=True)
    formats, names = Formats(book), SheetNames()
    for sheet in sheets:
        write_table(book, names.take(sheet.name), sheet.columns, sheet.rows, formats)
    book.close()
    return buffer.getvalue()


def to_xlsx(printed: Document | Volume, font_dirs: tuple[Path, ...] | None = None) -> bytes:
    """Return a document as a workbook: its text on the first sheet, then every table, form and chart on its own.

    A volume is one workbook: a list of its documents with links, then the sheets of each under its name. `font_dirs`
    are for the letters of charts, an office's own folder first; None means the installed fonts.
    Raises: MissingGlyphError, NoFontError, TypesettingError when a chart cannot be drawn.
    """
    documents = (printed,) if isinstance(printed, Document) else printed.documents
    drawn = iter(pictures([chart for document in documents for chart in _charts(document)], font_dirs))
    buffer = BytesIO()
    book = _open(buffer, printed.title, printed.data_as_of, rows_at_once=isinstance(printed, Document))
    formats, names = Formats(book), SheetNames()
    if isinstance(printed, Document):
        _write_document(book, printed, formats, _named(printed, names), drawn)
    else:
        _write_volume(book, printed, formats, names, drawn)
    book.close()
    return buffer.getvalue()


def _open(buffer: BytesIO, title: str, created_at: datetime, *, rows_at_once: bool) -> Any:
    """Open a workbook; one that writes rows at once keeps little in memory, and a file open for every sheet."""
    options = {
        "constant_memory": rows_at_once,
        "in_memory": not rows_at_once,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": title, "created": created_at.astimezone(UTC).replace(tzinfo=None)})
    return book


@dataclass(frozen=True)
class _Sheets:
    """The names of a document's sheets: of its text (None: it has none), then of its tables in their order."""

    text: str | None
    blocks: tuple[str, ...]

    @property
    def first(self) -> str:
        """Return the sheet to open first."""
        return self.text or next(iter(self.blocks), "")


def _named(document: Document, names: SheetNames, within: str = "") -> _Sheets:
    """Give every sheet of a document its name; `within` a volume it begins with the document's own."""
    pieces = _pieces(document)
    text = names.take(within or TEXT_SHEET) if has_text(document) or not pieces else None
    alone = within and text is None and len(pieces) == 1
    begin = f"{within}-" if within and not alone else ""
    return _Sheets(text, tuple(names.take(within if alone else begin + _own_name(piece)) for piece in pieces))


def _own_name(piece: Block) -> str:
    if isinstance(piece, Slip):
        return piece.title
    return piece.sheet if isinstance(piece, Table | Pairs | Chart) else ""


def _pieces(document: Document) -> list[Block]:
    """Return what stands on sheets of its own, in the order of the paper."""
    blocks = (*document.blocks, *(block for annex in document.annexes for block in annex.blocks))
    return [block for block in blocks if isinstance(block, Table | Pairs | Chart | Slip)]


def _charts(document: Document) -> list[Chart]:
    return [piece for piece in _pieces(document) if isinstance(piece, Chart)]


def _write_document(book: Any, document: Document, formats: Formats, sheets: _Sheets, drawn: Iterator[bytes]) -> None:
    if sheets.text is not None:
        write_text(book, sheets.text, document, sheets.blocks)
    over = "" if sheets.text is not None else f"{document.title}　{document.note or as_of_words(document)}"
    for piece, name in zip(_pieces(document), sheets.blocks, strict=True):
        if isinstance(piece, Slip):
            write_form(book, name, piece.form, formats, piece.title, piece.note)
        elif isinstance(piece, Pairs):
            write_form(book, name, piece, formats, over)
        elif isinstance(piece, Table):
            write_table(book, name, piece.columns, piece.rows, formats, over or piece.caption)
        elif isinstance(piece, Chart):
            page, last_row = write_table(book, name, piece.table.columns, piece.table.rows, formats, piece.caption)
            insert_picture(page, piece, next(drawn), last_row)


def _write_volume(book: Any, volume: Volume, formats: Formats, names: SheetNames, drawn: Iterator[bytes]) -> None:
    contents = names.take(CONTENTS)
    named = [_named(document, names, document.outlined_as or document.title) for document in volume.documents]
    rows = tuple(
        (str(number), document.outlined_as or document.title, sheets.first)
        for number, (document, sheets) in enumerate(zip(volume.documents, named, strict=True), start=1)
    )
    page, _ = write_table(book, contents, _CONTENTS, rows, formats, volume.title)
    for row, (_, _, first) in enumerate(rows, start=1):
        quoted = first.replace("'", "''")
        page.write_url(row, 2, f"internal:'{quoted}'!A1", string=first)
    for document, sheets in zip(volume.documents, named, strict=True):
        _write_document(book, document, formats, sheets, drawn)
