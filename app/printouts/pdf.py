"""Print a document as PDF: check its characters, then have one short-lived process set it with typst."""

import json
import os
import subprocess  # runs this package's own typesetting process, no shell
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from pathlib import Path
from typing import Any

from app.printouts.documents import (
    UNPRINTED,
    Annex,
    Block,
    CellType,
    Document,
    Heading,
    Paragraph,
    Table,
    cell_text,
    day_text,
)
from app.printouts.fonts import FontSet, Role, find_fonts

SHANGHAI = timezone(timedelta(hours=8))  # no daylight saving since 1991
APP_ROOT = Path(__file__).resolve().parent.parent.parent
ARCHIVAL_TAGGED = ("a-2a", "ua-1")
ARCHIVAL_PLAIN = ("a-2u",)


class TypesettingError(RuntimeError):
    """The typesetting process failed, ran out of its time or of its memory."""


@dataclass(frozen=True)
class Limits:
    """What one document may use; above `tagged_rows` table rows the PDF carries no structure tags."""

    seconds: int = 120
    memory_bytes: int = 3 * 1024**3
    tagged_rows: int = 2000


def to_pdf(document: Document, font_dirs: tuple[Path, ...] | None = None, limits: Limits | None = None) -> bytes:
    """Return the document as PDF/A bytes, the same for the same document and fonts.

    `font_dirs` are searched in order, an office's own folder first; None means the installed fonts.
    Raises: MissingGlyphError, NoFontError, TypesettingError.
    """
    limits = limits or Limits()
    fonts = find_fonts(font_dirs)
    check_glyphs(document, fonts)
    tagged = sum(len(table.rows) for table in _tables(document)) <= limits.tagged_rows
    job = {
        "template": "official.typ",
        "data": document_data(document, fonts),
        "font_dirs": [str(folder) for folder in fonts.folders],
        "standards": ARCHIVAL_TAGGED if tagged else ARCHIVAL_PLAIN,
        "tagged": tagged,
        "created_at": int(document.data_as_of.timestamp()),
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.seconds * 2,
    }
    return typeset(json.dumps(job, ensure_ascii=False), limits.seconds)


def check_glyphs(document: Document, fonts: FontSet) -> None:
    """Look up every character of the document in the fonts of its role.

    Raises: MissingGlyphError naming the first character that cannot be printed, and its place.
    """
    pieces: dict[Role, list[tuple[str, str]]] = {role: [] for role in Role}
    for role, text, place in _texts(document):
        pieces[role].append((text, place))
    for role, texts in pieces.items():
        fonts.check(role, texts)


def document_data(document: Document, fonts: FontSet) -> dict[str, Any]:
    """Return the document as the JSON data that the template reads: every cell already written out."""
    day = document.data_as_of.astimezone(SHANGHAI)
    block = document.distribution
    return {
        "title": document.title,
        "title_lines": document.title_lines,
        "mark": document.red_mark,
        "issuer": document.signature,
        "number_line": document.number_line,
        "addressee": document.addressee,
        "blocks": [_block_data(block) for block in document.blocks],
        "annexes": [
            _annex_data(annex, label) for annex, label in zip(document.annexes, _labels(document), strict=True)
        ],
        "signature": {"name": document.signature, "day": _open_day(document.signed_on, day.year)},
        "distribution": {
            "copies": "，".join(block.copies_to) + "。" if block.copies_to else "",
            "by": block.printed_by,
            "on": f"{_open_day(block.printed_on, day.year)}印发",
        },
        "note": fonts.note(),
        "fonts": {role.value: fonts.families(role) for role in Role},
        "date": (day.year, day.month, day.day),
    }


def _open_day(day: date | None, year: int) -> str:
    """Write a day, or leave month and day open for the pen."""
    return f"{year}年　月　日" if day is None else day_text(day)


def _labels(document: Document) -> list[str]:
    if len(document.annexes) == 1:
        return ["附件"]
    return [f"附件{number}" for number in range(1, len(document.annexes) + 1)]


def _annex_data(annex: Annex, label: str) -> dict[str, Any]:
    return {
        "label": label,
        "title": annex.title,
        "note": annex.note,
        "landscape": annex.landscape,
        "blocks": [_block_data(block) for block in annex.blocks],
    }


def _block_data(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level, "text": block.text}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "text": block.text.translate(UNPRINTED)}
    return {
        "kind": "table",
        "caption": block.caption,
        "empty": block.empty,
        "columns": [
            {"title": c.title, "width": c.width, "align": c.align.value, "day": c.type is CellType.DAY}
            for c in block.columns
        ],
        "rows": [[cell_text(cell, c) for cell, c in zip(row, block.columns, strict=True)] for row in block.rows],
    }


def _tables(document: Document) -> Iterator[Table]:
    for blocks in (document.blocks, *(annex.blocks for annex in document.annexes)):
        yield from (block for block in blocks if isinstance(block, Table))


def _texts(document: Document) -> Iterator[tuple[Role, str, str]]:
    """Yield every printed text with the role of its font and its place in words."""
    yield Role.TITLE, document.red_mark, "发文机关标志"
    yield Role.TITLE, document.title, "标题"
    yield Role.BODY, document.number_line, "发文字号"
    yield Role.BODY, document.addressee, "主送机关"
    yield from _block_texts(document.blocks, "正文")
    for annex, label in zip(document.annexes, _labels(document), strict=True):
        yield Role.HEADING, label, "附件标识"
        yield Role.TITLE, annex.title, f"{label}标题"
        yield Role.BODY, annex.title + annex.note, f"{label}标题"
        yield from _block_texts(annex.blocks, label)
    yield Role.BODY, document.signature, "落款"
    block = document.distribution
    yield Role.BODY, "".join(block.copies_to) + block.printed_by, "版记"


def _block_texts(blocks: tuple[Block, ...], place: str) -> Iterator[tuple[Role, str, str]]:
    for block in blocks:
        if isinstance(block, Heading):
            role = {1: Role.HEADING, 2: Role.SUBHEADING}.get(block.level, Role.BODY)
            yield role, block.text, f"{place}标题“{block.text}”"
        elif isinstance(block, Paragraph):
            yield Role.BODY, block.text.translate(UNPRINTED), f"{place}“{block.text[:12]}”"
        else:
            yield from _table_texts(block, place)


def _table_texts(table: Table, place: str) -> Iterator[tuple[Role, str, str]]:
    yield Role.HEADING, table.caption + "".join(column.title for column in table.columns), f"{place}表头"
    yield Role.BODY, table.empty + "".join(column.missing for column in table.columns), place
    for number, row in enumerate(table.rows, start=1):
        for cell, column in zip(row, table.columns, strict=True):
            if isinstance(cell, str):
                yield Role.BODY, cell.translate(UNPRINTED), f"{place}《{table.caption}》第{number}行“{column.title}”"


def typeset(job: str, seconds: int) -> bytes:
    """Run the typesetting process on one job.

    Raises: TypesettingError.
    """
    environment = {"PATH": os.defpath, "PYTHONPATH": str(APP_ROOT), "PYTHONUTF8": "1"}  # no secrets of the parent's
    command = [sys.executable, "-m", "app.printouts.typeset"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed command line
            command, input=job.encode(), capture_output=True, timeout=seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired as expired:
        raise TypesettingError(f"typesetting took longer than {seconds} s") from expired
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF"):
        reason = done.stderr.decode(errors="replace").strip()[-2000:]
        raise TypesettingError(reason or f"typesetting ended with code {done.returncode}")
    return done.stdout
