"""What the typesetting templates read: a document or a volume as plain JSON data, every cell already written out."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import segno

from app.printouts.chart_fonts import WIDTH_MM, chart_families
from app.printouts.charts import alt_text, svg
from app.printouts.documents import (
    UNPRINTED,
    Annex,
    Block,
    CellType,
    Chart,
    Document,
    Heading,
    Pairs,
    Paragraph,
    Slip,
    Stamp,
    Table,
    Volume,
    cell_text,
    day_text,
)
from app.printouts.fixed_words import SHANGHAI, SIGNER, annex_labels, copies_line, open_day, printed_on_words
from app.printouts.fonts import FontSet, Role
from app.printouts.title_lines import break_title

_SOLID = re.compile(r"[!-~]{13,}")  # hashes, addresses, names of files: nothing in them lets a line end
_STEP = 8


def official_data(printed: Document | Volume, fonts: FontSet, stamp: Stamp | None) -> dict[str, Any]:
    """Return the data of official.typ: one document, or a volume of several with cover and contents."""
    documents = printed.documents if isinstance(printed, Volume) else (printed,)
    day = printed.data_as_of.astimezone(SHANGHAI)
    volume = None
    if isinstance(printed, Volume):
        last = (day - timedelta(seconds=1)).date()  # cut off at midnight: the day that ended then
        lines = [plain(line) for line in break_title((printed.title,))]
        volume = {"title": plain(printed.title), "lines": lines, "organ": plain(printed.organ), "day": day_text(last)}
    return {
        "title": plain(printed.title),
        "author": plain(printed.organ if isinstance(printed, Volume) else printed.signature),
        "volume": volume,
        "documents": [_document_data(document, fonts) for document in documents],
        "stamp": _stamp_data(stamp or Stamp()),
        "note": fonts.note(),
        "signer-label": SIGNER,
        "fonts": {role.value: fonts.stack(role) for role in Role},
        "date": (day.year, day.month, day.day),
    }


def plain(text: str) -> str:
    """Return a text without the signs that paper does not show."""
    return text.translate(UNPRINTED)


def breakable(text: str) -> str:
    """Return a cell's text without unprinted signs, in which long runs of letters and digits let a line end."""
    return _SOLID.sub(_with_breaks, plain(text))


def _with_breaks(run: re.Match[str]) -> str:
    text = run.group()
    return "\u200b".join(text[start : start + _STEP] for start in range(0, len(text), _STEP))


def _stamp_data(stamp: Stamp) -> dict[str, Any]:
    return {
        "watermark": plain(stamp.watermark),
        "code": _code(stamp.address) if stamp.address else "",
        "fingerprint": plain(stamp.fingerprint),
    }


def _code(address: str) -> str:
    """Return the QR code of an address as SVG, without a margin of its own."""
    image = BytesIO()
    segno.make_qr(address, error="m").save(image, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None)
    return image.getvalue().decode()


def _document_data(document: Document, fonts: FontSet) -> dict[str, Any]:
    block = document.distribution
    return {
        "form": document.form.value,
        "landscape": document.landscape,
        "name": plain(document.outlined_as or document.title),
        "title_lines": [plain(line) for line in document.title_lines],
        "mark": plain(document.red_mark),
        "number": plain(document.number_line),
        "signer": plain(document.signer),
        "addressee": plain(document.addressee),
        "note": plain(document.note),
        "blocks": _blocks_data((b for b in document.blocks if not isinstance(b, Slip)), fonts, 1),
        "slips": [_slip_data(block) for block in document.blocks if isinstance(block, Slip)],
        "annexes": [
            _annex_data(annex, label, fonts)
            for annex, label in zip(document.annexes, annex_labels(document), strict=True)
        ],
        "signature": _signature_data(document),
        "distribution": block
        and {
            "copies": plain(copies_line(block)),
            "by": plain(block.printed_by),
            "on": printed_on_words(block, document.data_as_of),
        },
    }


def _signature_data(document: Document) -> dict[str, str] | None:
    """Return organ and day, the day open for the pen where it is not known; None when the document is not signed."""
    if not document.signature and document.signed_on is None:
        return None
    return {"name": plain(document.signature), "day": open_day(document.signed_on, document.data_as_of)}


def _annex_data(annex: Annex, label: str, fonts: FontSet) -> dict[str, Any]:
    return {
        "label": label,
        "title": plain(annex.title),
        "note": plain(annex.note),
        "landscape": annex.landscape,
        "blocks": _blocks_data((b for b in annex.blocks if not isinstance(b, Slip)), fonts, 2),
        "slips": [_slip_data(block) for block in annex.blocks if isinstance(block, Slip)],
    }


def _blocks_data(blocks: Iterable[Block], fonts: FontSet, first: int) -> list[dict[str, Any]]:
    """Return the blocks; a heading's depth in the bookmarks begins at `first` and leaves no level out."""
    return list(_with_depths((_block_data(block, fonts) for block in blocks), first))


def _with_depths(blocks: Iterable[dict[str, Any]], first: int) -> Iterator[dict[str, Any]]:
    above = first - 1
    for block in blocks:
        if block["kind"] == "heading":
            above = min(block["level"] + first - 1, above + 1)
            block["depth"] = above
        yield block


def _block_data(block: Block, fonts: FontSet) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": plain(block.text)}
        case Paragraph():
            return {"kind": "paragraph", "text": plain(block.text), "indent": block.indent}
        case Pairs():
            return _pairs_data(block)
        case Chart():
            return _chart_data(block, fonts)
        case Slip():
            return _slip_data(block)
    return _table_data(block)


def _pairs_data(pairs: Pairs) -> dict[str, Any]:
    rows = [(plain(name), breakable(value)) for name, value in pairs.rows]
    return {"kind": "pairs", "width": pairs.width, "rows": rows}


def _slip_data(slip: Slip) -> dict[str, Any]:
    return {"kind": "slip", "title": plain(slip.title), "note": plain(slip.note), "form": _pairs_data(slip.form)}


def _chart_data(chart: Chart, fonts: FontSet) -> dict[str, Any]:
    return {
        "kind": "chart",
        "caption": plain(chart.caption),
        "picture": svg(chart, chart_families(fonts)),
        "alt": alt_text(chart),
        "width": WIDTH_MM,
        "table": _table_data(chart.table),
    }


def _table_data(table: Table) -> dict[str, Any]:
    rows = ([cell_text(cell, c) for cell, c in zip(row, table.columns, strict=True)] for row in table.rows)
    return {
        "kind": "table",
        "caption": plain(table.caption),
        "empty": plain(table.empty),
        "columns": [
            {
                "title": c.title.translate(UNPRINTED),
                "width": float(c.width),
                "align": c.align.value,
                "day": c.type is CellType.DAY,
            }
            for c in table.columns
        ],
        "rows": [[breakable(cell) for cell in row] for row in rows],
    }
