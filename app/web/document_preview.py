"""A document as its page shows it before it is printed: text in its order, the head of each table, charts drawn."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.printouts.documents import Block, Chart, Document, Heading, Pairs, Paragraph, Slip, Table, cell_text
from app.web.charts import Drawing, drawn

ROWS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class PreviewTable:
    """A table's head and first rows, every cell written out; `more` rows are left out.

    `aligned` says of each column where its cells stand.
    """

    caption: str
    heads: tuple[str, ...]
    aligned: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int
    empty: str


@dataclass(frozen=True, slots=True)
class PreviewBlock:
    """One piece of a document: `kind` says which of the others is filled."""

    kind: str
    text: str = ""
    level: int = 0
    slot: str = ""
    table: PreviewTable | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """The body (title empty) or an attachment."""

    title: str
    note: str
    blocks: tuple[PreviewBlock, ...]


def preview(document: Document) -> tuple[PreviewPart, ...]:
    """Return the body and the attachments of a document for its page."""
    body = PreviewPart("", document.note, tuple(_blocks(document.blocks)))
    return body, *(PreviewPart(annex.title, annex.note, tuple(_blocks(annex.blocks))) for annex in document.annexes)


def _blocks(blocks: Iterable[Block]) -> Iterable[PreviewBlock]:
    for block in blocks:
        if isinstance(block, Heading):
            yield PreviewBlock("heading", block.text, block.level)
        elif isinstance(block, Paragraph):
            yield PreviewBlock("paragraph", block.text, slot=block.slot.value if block.slot else "")
        elif isinstance(block, Table):
            yield PreviewBlock("table", table=_table(block))
        elif isinstance(block, Pairs):
            yield PreviewBlock("pairs", pairs=block.rows)
        elif isinstance(block, Chart):
            yield PreviewBlock("chart", drawing=drawn(block))
        elif isinstance(block, Slip):
            yield PreviewBlock("slip", block.title, pairs=block.form.rows)


def _table(table: Table) -> PreviewTable:
    shown = table.rows[:ROWS_SHOWN]
    rows = tuple(tuple(cell_text(cell, c) for cell, c in zip(row, table.columns, strict=True)) for row in shown)
    heads = tuple(column.title.replace("\n", "") for column in table.columns)
    aligned = tuple(column.align.value for column in table.columns)
    return PreviewTable(table.caption, heads, aligned, rows, len(table.rows) - len(shown), table.empty)
