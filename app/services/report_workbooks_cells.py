"""The cells of a workbook of reports: a typed text as a cell, and a cell as the text that somebody would type."""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from unicodedata import normalize

from app.domain.import_values import (
    Broken,
    CellFault,
    CellFaultError,
    Raw,
    day_of,
    flag_of,
    plain_number,
    quantity_of,
    text_of,
)
from app.printouts.report_workbooks import Flag, WorkbookCell
from app.services.errors import Message, msg
from app.services.import_cells import FAULTS
from app.services.typed_values import read_day, read_number


class FieldKind(StrEnum):
    """What a field of a report holds."""

    DAY = "day"
    NUMBER = "number"  # in the unit of its target; a share in percent
    WORDS = "words"
    TICK = "tick"  # typed as 1 or nothing
    ANSWER = "answer"  # measured yes or no, typed as 1 or 0; nothing: not measured


class _UnitError(ValueError):
    """A number in another unit than its target's."""


def to_cell(kind: FieldKind, text: str) -> WorkbookCell:
    """Return the cell of a typed text; one that does not read stays as it was typed."""
    text = text.strip()
    match kind:
        case FieldKind.TICK:
            return Flag("是" if text else "否")
        case FieldKind.ANSWER if text in ("", "0", "1"):
            return Flag({"1": "是", "0": "否"}.get(text, ""))
        case FieldKind.DAY:
            day = read_day(text)
            return text if isinstance(day, Message) else day
        case FieldKind.NUMBER:
            number = read_number(text)
            return text if isinstance(number, Message) else number
        case _:
            return "\n".join(text.splitlines())


def read_cell(kind: FieldKind, raw: Raw | None, unit: str = "%") -> tuple[str, Message | None]:
    """Return a cell as the text of its field, and what is wrong with it; what does not read stays as it stands."""
    if raw is None:
        return "", None
    try:
        return _read(kind, raw, unit), None
    except CellFaultError as error:
        return (raw.text if isinstance(raw, Broken) else text_of(raw)), FAULTS[error.fault]
    except _UnitError:
        return text_of(raw), msg(
            "write the number in the unit of its target, %(unit)s, without another sign", unit=unit
        )


def _read(kind: FieldKind, raw: Raw, unit: str) -> str:
    match kind:
        case FieldKind.DAY:
            return day_of(raw).isoformat()
        case FieldKind.TICK:
            return "1" if flag_of(raw) else ""
        case FieldKind.ANSWER:
            return "1" if flag_of(raw) else "0"
        case FieldKind.NUMBER:
            return _number(raw, unit)
        case _:
            return _words(raw)


def _number(raw: Raw, unit: str) -> str:
    word = normalize("NFKC", raw).strip() if isinstance(raw, str) else ""
    if isinstance(raw, bool) or (word and not any(sign.isdigit() for sign in word)):
        raise CellFaultError(CellFault.NUMBER)
    found = quantity_of(raw)
    if found.comparator is not None:
        raise CellFaultError(CellFault.NUMBER)
    if found.unit is not None and found.unit != normalize("NFKC", unit):
        if unit:
            raise _UnitError
        raise CellFaultError(CellFault.NUMBER)
    return plain_number(found.value)


def _words(raw: Raw) -> str:
    if not isinstance(raw, str):
        return text_of(raw)
    return "\n".join(raw.replace("\x00", "").replace("_x000D_", "").splitlines()).strip()


def normalized(kind: FieldKind, text: str, unit: str = "%") -> str:
    """Return a typed text as it comes back from the workbook."""
    return read_cell(kind, raw_of(to_cell(kind, text)), unit)[0]


def raw_of(cell: WorkbookCell) -> Raw | None:
    """Return what a reader finds in a cell that was written so."""
    match cell:
        case Flag(words):
            return words or None
        case str():
            return cell if cell.strip() else None
        case _:
            return cell


def shown(kind: FieldKind, text: str, unit: str = "%") -> str:
    """Return a field's text as the preview writes it."""
    if kind is FieldKind.TICK:
        return "是" if text else "否"
    if kind is FieldKind.ANSWER:
        return {"1": "是", "0": "否"}.get(text, text)
    if kind is FieldKind.NUMBER and text and not isinstance(read_number(text), Message):
        return f"{text.removesuffix('%')}{'' if unit == '%' else ' '}{unit}".strip()
    return text


def fingerprint(texts: Mapping[str, str]) -> str:
    """Return what a row carries of its texts, so that one that nobody touched is known again."""
    filled = {name: text for name, text in texts.items() if text}
    return hashlib.sha256(json.dumps(filled, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
