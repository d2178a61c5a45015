"""The audit trail as a workbook: entries with typed cells, one after another."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from app.core.clock import SHANGHAI

COLUMNS = ("id", "at", "actor", "action", "subject", "plan_id", "detail", "request_id", "previous_hash", "hash")
MOST_ROWS = 1_000_000  # a sheet holds 1,048,576; CSV holds them all


def write_workbook(entries: Iterable[Any], stream: BinaryIO, now: datetime) -> None:
    """Write entries, the newest MOST_ROWS of them, to a workbook; instants are in Asia/Shanghai to the second."""
    from app.printouts.documents import CellType, Column
    from app.printouts.xlsx import Sheet, sheets_to_xlsx  # its writer is slow to load

    types = {"id": CellType.INTEGER, "at": CellType.MOMENT, "plan_id": CellType.INTEGER}
    widths = {"id": 18, "at": 36, "actor": 24, "detail": 160, "hash": 60, "previous_hash": 60}
    columns = tuple(
        Column(name, widths.get(name, 34), type=types.get(name, CellType.TEXT), missing="") for name in COLUMNS
    )
    sheet = Sheet("audit", columns, _rows(islice(entries, MOST_ROWS)))
    stream.write(sheets_to_xlsx([sheet], "audit", now))


def _rows(entries: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for entry in entries:
        cells = [getattr(entry, name) for name in COLUMNS]
        cells[1] = entry.at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
        yield tuple(cells)
