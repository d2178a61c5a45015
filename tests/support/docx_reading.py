"""Read a word-processor document back with a library that did not write it: title, paragraphs, tables as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import docx
from docx.oxml.ns import qn

from app.printouts.direction import MARK
from app.printouts.documents import Chart, Document, Pairs, Slip, Table, Volume, cell_text
from app.printouts.docx_markup import clean
from app.printouts.docx_styles import BLOCK_TABLE, RULED_TABLE

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ReadBack:
    """What a DOCX says: `tables` are data tables (header first), forms and the tables of charts, in their order.

    `paragraphs` are those of the text that hold any; `block` are the lines of the distribution block.
    """

    title: str
    paragraphs: tuple[str, ...]
    tables: tuple[Rows, ...]
    block: tuple[str, ...]


def read_back(docx_bytes: bytes) -> ReadBack:
    """Return what the file says."""
    opened = docx.Document(BytesIO(docx_bytes))
    body = opened.element.body
    paragraphs = [text_of(one) for one in body.iterchildren(qn("w:p"))]
    tables = [(style_of(one), rows_of(one)) for one in body.iterchildren(qn("w:tbl"))]
    return ReadBack(
        title=opened.core_properties.title,
        paragraphs=tuple(text for text in paragraphs if text),
        tables=tuple(rows for style, rows in tables if style == RULED_TABLE),
        block=tuple(cell for style, rows in tables if style == BLOCK_TABLE for row in rows for cell in row),
    )


def expected_tables(printed: Document | Volume) -> tuple[Rows, ...]:
    """Return what `tables` of the file must be: every cell as the document model writes it out."""
    documents = printed.documents if isinstance(printed, Volume) else (printed,)
    return tuple(_rows(table) for document in documents for table in _in_order(document))


def text_of(element: Any) -> str:
    """Return the text of a paragraph or a cell; a line break is a line break, a second paragraph a new line."""
    paragraphs = [element] if element.tag == qn("w:p") else list(element.iterchildren(qn("w:p")))
    return "\n".join("".join(_pieces(one)) for one in paragraphs)


def rows_of(table: Any) -> Rows:
    """Return the text of every cell."""
    rows = table.iterchildren(qn("w:tr"))
    return tuple(tuple(text_of(cell) for cell in row.iterchildren(qn("w:tc"))) for row in rows)


def style_of(element: Any) -> str:
    """Return the key of a paragraph's or table's style."""
    kind = "w:pStyle" if element.tag == qn("w:p") else "w:tblStyle"
    found = next(element.iter(qn(kind)), None)
    return "" if found is None else str(found.get(qn("w:val")))


def parts_of(docx_bytes: bytes) -> dict[str, bytes]:
    """Return every entry of the file by its name."""
    with ZipFile(BytesIO(docx_bytes)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def said(text: str) -> str:
    """Return text as the file says it: without what paper does not show."""
    return clean(text).replace(MARK, "")


def _pieces(paragraph: Any) -> Iterator[str]:
    for piece in paragraph.iter(qn("w:t"), qn("w:br"), qn("w:tab")):
        if piece.tag == qn("w:t"):
            yield (piece.text or "").replace(MARK, "")
        elif piece.getparent().tag == qn("w:r"):
            yield "\n" if piece.tag == qn("w:br") else "\t"


def _in_order(document: Document) -> Iterator[Table | Pairs]:
    """Yield tables as they are printed: slips come after the text they stand in."""
    for blocks in (document.blocks, *(annex.blocks for annex in document.annexes)):
        for block in blocks:
            if isinstance(block, Table | Pairs | Chart):
                yield block.table if isinstance(block, Chart) else block
        yield from (block.form for block in blocks if isinstance(block, Slip))


def _rows(table: Table | Pairs) -> Rows:
    if isinstance(table, Pairs):
        return tuple((said(name), said(value)) for name, value in table.rows)
    header = tuple(said(column.title) for column in table.columns)
    rows = [
        tuple(said(cell_text(cell, column)) for cell, column in zip(row, table.columns, strict=True))
        for row in table.rows
    ]
    return (header, *(rows or [(said(table.empty),)]))
