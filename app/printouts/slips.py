"""Slips for notices that are carried by hand (送达回证): number, unit, matter, limit, signatures; a page each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.printouts.documents import UNPRINTED, day_text
from app.printouts.fonts import FontSet, Role, find_fonts
from app.printouts.pdf import ARCHIVAL_TAGGED, SHANGHAI, Limits, typeset

TITLE = "送达回证"


@dataclass(frozen=True, slots=True)
class Slip:
    """One notice for one unit; `reply_due_on` None: no answer is asked for."""

    number: str
    office: str
    plan: str
    unit: str
    measure: str
    about: str
    why: str
    reply_due_on: date | None
    raised_on: date


def to_pdf(
    slips: Sequence[Slip], made_at: datetime, font_dirs: tuple[Path, ...] | None = None, limits: Limits | None = None
) -> bytes:
    """Return the slips as PDF/A bytes. Raises: MissingGlyphError, NoFontError, TypesettingError."""
    limits = limits or Limits()
    fonts = find_fonts(font_dirs)
    pages = [_rows(slip) for slip in slips]
    _check(slips, pages, fonts)
    day = made_at.astimezone(SHANGHAI)
    job = {
        "template": "slip.typ",
        "data": {
            "title": TITLE,
            "slips": [
                {"office": slip.office, "number": slip.number, "rows": rows}
                for slip, rows in zip(slips, pages, strict=True)
            ],
            "note": fonts.note(),
            "fonts": {role.value: fonts.families(role) for role in Role},
            "date": (day.year, day.month, day.day),
        },
        "font_dirs": [str(folder) for folder in fonts.folders],
        "standards": ARCHIVAL_TAGGED,
        "tagged": True,
        "created_at": int(made_at.timestamp()),
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.seconds * 2,
    }
    return typeset(json.dumps(job, ensure_ascii=False), limits.seconds)


def _rows(slip: Slip) -> list[tuple[str, str]]:
    """Return the lines of a slip that are filled in; those for the pen stand in the template."""
    rows = [
        ("受送达单位", slip.unit),
        ("送达文书", f"{slip.measure}（{day_text(slip.raised_on)}）"),
        ("方案", slip.plan),
        ("事项", slip.about),
        ("事由", slip.why),
        ("回复时限", day_text(slip.reply_due_on) if slip.reply_due_on else "不要求回复"),
    ]
    return [(name, value.translate(UNPRINTED)) for name, value in rows]


def _check(slips: Sequence[Slip], pages: Sequence[list[tuple[str, str]]], fonts: FontSet) -> None:
    fonts.check(Role.TITLE, [(slip.office + TITLE, slip.number) for slip in slips])
    texts: list[tuple[str, Any]] = []
    for slip, rows in zip(slips, pages, strict=True):
        texts += [(value, f"{slip.number}“{name}”") for name, value in rows]
    fonts.check(Role.BODY, texts)
