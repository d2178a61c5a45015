"""A dossier as a document: cover, contents, chapters; what no font can print is written as its code, never dropped.

The facts of a dossier cannot be put right for the printer's sake, so that a sign without a glyph must not stop it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.printouts.documents import UNPRINTED, Heading, Pairs, Paragraph, Table, cell_text
from app.printouts.fixed_words import SHANGHAI
from app.printouts.fonts import FontSet, MissingGlyphError, Role, find_fonts
from app.printouts.pdf_data import breakable, plain
from app.printouts.typesetting import Limits, print_template

TAGGED_ROWS = 6000  # table rows; a dossier beyond carries no structure tags
_ROLES = (Role.BODY, Role.HEADING, Role.SUBHEADING)


DossierBlock = Heading | Paragraph | Table | Pairs


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter; its number is part of its title."""

    title: str
    blocks: tuple[DossierBlock, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier whole; `data_as_of` is the instant (UTC) the facts were cut off."""

    group: str
    mark: str
    subtitle: str
    cover: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...]
    office: str
    data_as_of: datetime


def to_pdf(dossier: Dossier, font_dirs: tuple[Path, ...] | None = None, limits: Limits | None = None) -> bytes:
    """Return the dossier as PDF/A bytes, the same for the same dossier and fonts.

    Raises: NoFontError, TypesettingError.
    """
    limits = limits or Limits(tagged_rows=TAGGED_ROWS)
    fonts = find_fonts(font_dirs)
    rows = sum(
        len(block.rows) for chapter in dossier.chapters for block in chapter.blocks if isinstance(block, (Table, Pairs))
    )
    data = _printable(_data(dossier, fonts), fonts)
    return print_template("dossier.typ", data, fonts, dossier.data_as_of, rows, limits)


def _data(dossier: Dossier, fonts: FontSet) -> dict[str, Any]:
    day = dossier.data_as_of.astimezone(SHANGHAI)
    return {
        "title": f"{dossier.mark}　{dossier.subtitle}",
        "group": dossier.group,
        "mark": dossier.mark,
        "subtitle": dossier.subtitle,
        "cover": dossier.cover,
        "chapters": [
            {"title": chapter.title, "blocks": [_block(block) for block in chapter.blocks]}
            for chapter in dossier.chapters
        ],
        "office": dossier.office,
        "note": fonts.note(),
        "fonts": {role.value: fonts.stack(role) for role in Role},
        "date": (day.year, day.month, day.day),
    }


def _block(block: DossierBlock) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level, "text": block.text}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "text": block.text}
    if isinstance(block, Pairs):
        return {"kind": "pairs", "width": block.width, "rows": block.rows}
    return {
        "kind": "table",
        "caption": block.caption,
        "empty": block.empty,
        "columns": [{"title": c.title, "width": c.width, "align": c.align.value} for c in block.columns],
        "rows": [[cell_text(cell, c) for cell, c in zip(row, block.columns, strict=True)] for row in block.rows],
    }


def _printable(data: dict[str, Any], fonts: FontSet) -> dict[str, Any]:
    """Write signs that no font has as 〔U+1F600〕, and let long runs of letters and digits break."""
    signs = {sign for text in _texts(data) for sign in text.translate(UNPRINTED)} - {"\n"}
    codes = {ord(sign): f"〔U+{ord(sign):04X}〕" for sign in _without_glyph(signs, fonts)}

    def written(value: Any) -> Any:
        if isinstance(value, str):
            return breakable(plain(value).translate(codes))
        if isinstance(value, dict):
            return {key: item if key == "fonts" else written(item) for key, item in value.items()}
        return [written(item) for item in value] if isinstance(value, (list, tuple)) else value

    result: dict[str, Any] = written(data)
    return result


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _without_glyph(signs: Iterable[str], fonts: FontSet) -> set[str]:
    missing = set()
    for sign in signs:
        try:
            for role in _ROLES:
                fonts.check(role, [(sign, "")])
        except MissingGlyphError:
            missing.add(sign)
    return missing
