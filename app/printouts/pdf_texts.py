"""Every printed text of a document with the role of its font and its place in words, to look its characters up."""

from collections.abc import Iterator

from app.printouts.chart_fonts import check_chart
from app.printouts.documents import (
    Block,
    Chart,
    Document,
    Heading,
    Pairs,
    Paragraph,
    Slip,
    Stamp,
    Table,
    Volume,
    tables_of,
)
from app.printouts.fixed_words import SIGNER, annex_labels
from app.printouts.fonts import FontSet, Role
from app.printouts.pdf_data import plain

Placed = Iterator[tuple[Role, str, str]]


def check_glyphs(printed: Document | Volume, fonts: FontSet, stamp: Stamp | None = None) -> None:
    """Look up every character of a document or volume in the fonts of its role.

    Raises: MissingGlyphError naming the first character that cannot be printed, and its place.
    """
    pieces: dict[Role, list[tuple[str, str]]] = {role: [] for role in Role}
    for role, text, place in (*_texts(printed), *_stamp_texts(stamp or Stamp())):
        pieces[role].append((plain(text), place))
    for role, texts in pieces.items():
        fonts.check(role, texts)
    for document in printed.documents if isinstance(printed, Volume) else (printed,):
        for chart in (piece for piece in tables_of(document) if isinstance(piece, Chart)):
            check_chart(chart, fonts)


def _stamp_texts(stamp: Stamp) -> Placed:
    yield Role.TITLE, stamp.watermark, "水印"
    yield Role.SONG, stamp.fingerprint, "核验码"


def _texts(printed: Document | Volume) -> Placed:
    if isinstance(printed, Document):
        yield from _document_texts(printed)
        return
    yield Role.TITLE, printed.title, "封面标题"
    yield Role.BODY, printed.organ, "封面"
    for document in printed.documents:
        name = document.outlined_as or document.title
        yield Role.BODY, name, f"目录“{name[:12]}”"
        for role, text, place in _document_texts(document):
            yield role, text, f"“{name}”的{place}"


def _document_texts(document: Document) -> Placed:
    yield Role.TITLE, document.red_mark, "发文机关标志"
    yield Role.TITLE, document.title, "标题"
    yield Role.BODY, document.number_line, "发文字号"
    if document.signer:
        yield Role.BODY, SIGNER, "签发人"
        yield Role.SUBHEADING, document.signer, "签发人"
    yield Role.BODY, document.addressee, "主送机关"
    yield Role.BODY, document.note, "标题下的注"
    yield from _block_texts(document.blocks, "正文")
    for annex, label in zip(document.annexes, annex_labels(document), strict=True):
        yield Role.HEADING, label, "附件标识"
        yield Role.TITLE, annex.title, f"{label}标题"
        yield Role.BODY, annex.title + annex.note, f"{label}标题"
        yield from _block_texts(annex.blocks, label)
    yield Role.BODY, document.signature, "落款"
    block = document.distribution
    if block is not None:
        yield Role.BODY, "".join(block.copies_to) + block.printed_by, "版记"


def _block_texts(blocks: tuple[Block, ...], place: str) -> Placed:
    for block in blocks:
        match block:
            case Heading():
                role = {1: Role.HEADING, 2: Role.SUBHEADING}.get(block.level, Role.BODY)
                yield role, block.text, f"{place}标题“{block.text}”"
            case Paragraph():
                yield Role.BODY, block.text, f"{place}“{block.text[:12]}”"
            case Pairs():
                yield from _pairs_texts(block, place)
            case Chart():
                yield from _table_texts(block.table, f"{place}图《{block.caption}》")
            case Slip():
                yield Role.TITLE, block.title, f"{place}的回执"
                yield Role.BODY, block.note, f"“{block.title}”的注"
                yield from _pairs_texts(block.form, f"“{block.title}”")
            case Table():
                yield from _table_texts(block, place)


def _pairs_texts(pairs: Pairs, place: str) -> Placed:
    for name, value in pairs.rows:
        yield Role.HEADING, name, f"{place}表格“{name}”"
        yield Role.BODY, value, f"{place}表格“{name}”"


def _table_texts(table: Table, place: str) -> Placed:
    yield Role.HEADING, table.caption + "".join(column.title for column in table.columns), f"{place}表头"
    yield Role.BODY, table.empty + "".join(column.missing for column in table.columns), place
    for number, row in enumerate(table.rows, start=1):
        for cell, column in zip(row, table.columns, strict=True):
            if isinstance(cell, str):
                yield Role.BODY, cell, f"{place}《{table.caption}》第{number}行“{column.title}”"
