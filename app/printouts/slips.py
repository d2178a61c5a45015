"""Slips for notices carried by hand (送达回证): one for a unit, with all that is carried to it, and signatures."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.printouts.documents import UNPRINTED, day_text
from app.printouts.fixed_words import SHANGHAI
from app.printouts.fonts import FontSet, Role, find_fonts
from app.printouts.typesetting import Limits, print_template

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
    carried: dict[tuple[str, str, str], list[Slip]] = defaultdict(list)  # in the order in which they were given
    for slip in slips:
        carried[slip.office, slip.plan, slip.unit].append(slip)
    pages = [_page(group) for group in carried.values()]
    _check(pages, fonts)
    day = made_at.astimezone(SHANGHAI)
    data = {
        "title": TITLE,
        "slips": [asdict(page) for page in pages],
        "note": fonts.note(),
        "fonts": {role.value: fonts.stack(role) for role in Role},
        "date": (day.year, day.month, day.day),
    }
    return print_template("slip.typ", data, fonts, made_at, 0, limits)


@dataclass(frozen=True, slots=True)
class _Page:
    """One slip: the rows above the signatures and, where several notices go together, a line for each."""

    office: str
    number: str
    rows: list[tuple[str, str]]
    notices: list[tuple[str, str, str, str, str]]


def _page(slips: Sequence[Slip]) -> _Page:
    """Return the slip of a unit; those of one unit are carried, and signed for, together."""
    first = slips[0]
    if len(slips) == 1:
        return _Page(first.office, first.number, _rows(first), [])
    number = f"{first.number}至{slips[-1].number}，共{len(slips)}件"
    rows = [("受送达单位", first.unit), ("方案", first.plan), ("送达文书", f"{len(slips)}件，见下表")]
    return _Page(first.office, number, _printable(rows), [_notice(slip) for slip in slips])


def _rows(slip: Slip) -> list[tuple[str, str]]:
    """Return the lines of a slip that are filled in; those for the pen stand in the template."""
    return _printable(
        [
            ("受送达单位", slip.unit),
            ("送达文书", _document(slip)),
            ("方案", slip.plan),
            ("事项", slip.about),
            ("事由", slip.why),
            ("回复时限", _limit(slip)),
        ]
    )


def _notice(slip: Slip) -> tuple[str, str, str, str, str]:
    """Return a notice's line: number, document, its day, matter with the reason, limit."""
    about = f"{slip.about}。{slip.why}".translate(UNPRINTED)
    limit = slip.reply_due_on.isoformat() if slip.reply_due_on else "不要求"
    return slip.number, slip.measure, slip.raised_on.isoformat(), about, limit


def _document(slip: Slip) -> str:
    return f"{slip.measure}（{day_text(slip.raised_on)}）"


def _limit(slip: Slip) -> str:
    return day_text(slip.reply_due_on) if slip.reply_due_on else "不要求回复"


def _printable(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value.translate(UNPRINTED)) for name, value in rows]


def _check(pages: Sequence[_Page], fonts: FontSet) -> None:
    fonts.check(Role.TITLE, [(page.office + TITLE, page.number) for page in pages])
    texts: list[tuple[str, Any]] = []
    for page in pages:
        texts += [(value, f"{page.number}“{name}”") for name, value in page.rows]
        texts += [(value, f"{line[0]}“{line[3]}”") for line in page.notices for value in line]
    fonts.check(Role.BODY, texts)
