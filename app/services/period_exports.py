"""Who has not reported in a period, as a file to send on: CSV or XLSX with Chinese headings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from sqlmodel import Session

from app.domain.access import Scope
from app.domain.periods import OwedState
from app.domain.vocabulary import ExpectedKind
from app.queries.expected_reports import PeriodRow
from app.queries.period_pages import rows_of
from app.services.exports import write_csv

_HEADINGS = ("方案", "报送期", "单位", "任务", "条款", "地区", "时限", "类别", "状态", "按时报送截止", "报送关闭")
_KINDS = {ExpectedKind.PROGRESS: "进展", ExpectedKind.RECHECK: "复查"}
_STATES = {OwedState.MISSING: "未报送", OwedState.RETURNED: "已退回待重报"}


@dataclass(frozen=True, slots=True)
class MissingRecord:
    """A report that was not handed in, or was sent back and not written again."""

    plan: str
    period: str
    unit: str
    milestone: str
    clause: str
    place: str
    effective_due_on: date
    kind: str
    state: str
    timely_until_on: date
    closes_on: date


def write_missing_csv(session: Session, scope: Scope, period: PeriodRow, stream: BinaryIO) -> None:
    """Write what is missing or was sent back in a period as CSV, by unit."""
    names: tuple[str, ...] = MissingRecord.__slots__
    write_csv(names, _missing(session, scope, period), stream, headings=_HEADINGS)


def write_missing_xlsx(session: Session, scope: Scope, period: PeriodRow, stream: BinaryIO, *, now: datetime) -> None:
    """Write what is missing or was sent back in a period as a workbook, by unit."""
    from app.printouts.documents import CellType, Column
    from app.printouts.xlsx import Sheet, sheets_to_xlsx  # its writer is slow to load

    names: tuple[str, ...] = MissingRecord.__slots__
    days = {name for name, kind in MissingRecord.__annotations__.items() if kind is date}
    columns = tuple(
        Column(heading, 40 if name == "milestone" else 20, type=CellType.DAY if name in days else CellType.TEXT)
        for name, heading in zip(names, _HEADINGS, strict=True)
    )
    rows = (tuple(getattr(record, name) for name in names) for record in _missing(session, scope, period))
    stream.write(sheets_to_xlsx([Sheet("未报送", columns, rows)], f"{period.name}未报送", now))


def _missing(session: Session, scope: Scope, period: PeriodRow) -> Iterator[MissingRecord]:
    for row in rows_of(session, scope, period, states=tuple(_STATES)):
        yield MissingRecord(
            period.plan_title,
            period.name,
            row.unit_name,
            row.title,
            row.clause,
            row.place_name,
            row.effective_due_on,
            _KINDS[row.kind],
            _STATES[row.state],
            period.timely_until_on,
            period.closes_on,
        )
