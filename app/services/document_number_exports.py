"""Write a register of document numbers for a spreadsheet, in official words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from app.core.clock import local_day
from app.domain.documents import number_text
from app.queries.document_pages import NumberRow
from app.services.exports import write_csv

_HEADINGS = ("文号", "文件标题", "成文日期", "未成文原因", "登记人", "登记日期")


@dataclass(frozen=True, slots=True)
class _Entry:
    number: str
    title: str
    signed_on: date | None
    reason: str
    author: str
    recorded_on: date


def write_numbers(rows: Sequence[NumberRow], stream: BinaryIO) -> None:
    """Write the rows as CSV, in their order."""
    entries = (
        _Entry(
            number_text(row.series, row.year, row.serial),
            row.title or "",
            row.signed_on,
            row.reason,
            row.author or "命令行",
            local_day(row.recorded_at),
        )
        for row in rows
    )
    write_csv(tuple(_Entry.__slots__), entries, stream, headings=_HEADINGS)
