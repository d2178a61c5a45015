"""The running text of a document in a workbook: one paragraph a row, with a pointer where a table stands."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.printouts.documents import Annex, Block, Document, Form, Heading, Paragraph, day_text
from app.printouts.fixed_words import SIGNER, annex_labels, annex_list, copies_line, printed_on_words
from app.printouts.xlsx_cells import MAX_CELL_TEXT
from app.printouts.xlsx_pages import set_up_print

TEXT_SHEET = "正文"
UNSIGNED = "（草稿，未签发）"
Lines = Iterator[tuple[str, str]]  # the style's name and the text
_STYLES = {
    "title": {"bold": True, "align": "center", "font_name": "宋体", "font_size": 18},
    "heading": {"bold": True, "font_name": "黑体", "font_size": 14},
    "center": {"align": "center", "font_name": "仿宋", "font_size": 14},
    "right": {"align": "right", "font_name": "仿宋", "font_size": 14},
    "plain": {"font_name": "仿宋", "font_size": 14},
    "body": {"font_name": "仿宋", "font_size": 14, "indent": 2},
}


def has_text(document: Document) -> bool:
    """Tell whether a document says something outside its tables; a sheet of tables alone has no page of text."""
    if document.form is not Form.SHEET or document.addressee or document.signature:
        return True
    blocks = (*document.blocks, *(block for annex in document.annexes for block in annex.blocks))
    return any(isinstance(block, Paragraph) for block in blocks)


def write_text(book: Any, name: str, document: Document, names: Sequence[str]) -> None:
    """Write the text of a document and its annexes; `names`: the sheets of its tables in the order of the paper."""
    page = book.add_worksheet(name)
    page.set_column(0, 0, 92)
    styles = {key: book.add_format({"text_wrap": True, "valign": "top"} | look) for key, look in _STYLES.items()}
    for row, (style, text) in enumerate(_lines(document, iter(names))):
        page.write_string(row, 0, text[:MAX_CELL_TEXT], styles[style])
    set_up_print(page, landscape=False)


def _lines(document: Document, names: Iterator[str]) -> Lines:
    yield "title", document.title
    number = f"{document.number_line}　　{SIGNER}{document.signer}" if document.signer else document.number_line
    for style, text in (("center", number), ("center", document.note), ("heading", document.addressee)):
        if text:
            yield style, text
    for block in document.blocks:
        yield _line(block, names)
    for number, title in annex_list(document) if document.annexes else ():
        yield "plain", f"附件：{number}{title}"
    if document.signature:
        yield "right", document.signature
        yield "right", day_text(document.signed_on) if document.signed_on else UNSIGNED
    for label, annex in zip(annex_labels(document), document.annexes, strict=False):
        yield from _annex_lines(label, annex, names)
    yield from _distribution_lines(document)


def _annex_lines(label: str, annex: Annex, names: Iterator[str]) -> Lines:
    yield "heading", label
    yield "title", annex.title
    if annex.note:
        yield "right", annex.note
    for block in annex.blocks:
        yield _line(block, names)


def _distribution_lines(document: Document) -> Lines:
    if (block := document.distribution) is None:
        return
    if copies := copies_line(block):
        yield "plain", copies
    yield "plain", f"{block.printed_by}　{printed_on_words(block, document.data_as_of)}"


def _line(block: Block, names: Iterator[str]) -> tuple[str, str]:
    if isinstance(block, Heading):
        return "heading", block.text
    if isinstance(block, Paragraph):
        return "body" if block.indent else "plain", block.text
    return "body", f"（见工作表“{next(names)}”）"
