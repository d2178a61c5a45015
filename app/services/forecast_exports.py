"""The list of early warnings as a file to send on: CSV or XLSX with Chinese headings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

from sqlmodel import Session

from app.domain.access import Scope
from app.domain.forecasts import Confidence
from app.queries.forecasts import WarningFilter, WarningRow, all_warnings
from app.services.exports import JOINT, write_csv

_HEADINGS = (
    "方案",
    "任务",
    "条款",
    "地区",
    "责任单位",
    "原定时限",
    "现行时限",
    "预计完成",
    "最早",
    "最晚",
    "超现行时限（天）",
    "超原定时限（天）",
    "填报进度（%）",
    "序时进度（%）",
    "进度指数",
    "现速度（百分点/30天）",
    "按期所需速度（百分点/30天）",
    "可信度",
    "依据填报次数",
    "最近填报",
)
_LEVELS = {Confidence.HIGH: "高", Confidence.MEDIUM: "中", Confidence.LOW: "低"}
NO_DAY = "按现速度无法完成"


@dataclass(frozen=True, slots=True)
class WarningRecord:
    """A milestone that will miss its date; without an expected day the sentence stands in its place."""

    plan: str
    milestone: str
    clause: str
    place: str
    units: str
    original_due_on: date
    effective_due_on: date
    expected: str
    earliest_on: date | None
    latest_on: date | None
    misses_by_days: int | None
    misses_original_by_days: int | None
    progress_pct: Decimal
    scheduled_pct: Decimal
    index: Decimal | None
    pace_pp: Decimal
    needed_pp: Decimal | None
    confidence: str
    reports: int
    last_on: date


def write_csv_list(session: Session, scope: Scope, wanted: WarningFilter, stream: BinaryIO, *, today: date) -> None:
    """Write every warning in scope as CSV, the longest delay first."""
    write_csv(_names(), _records(session, scope, wanted, today), stream, headings=_HEADINGS)


def write_xlsx_list(
    session: Session, scope: Scope, wanted: WarningFilter, stream: BinaryIO, *, today: date, now: datetime
) -> None:
    """Write every warning in scope as a workbook, the longest delay first."""
    from app.printouts.documents import CellType, Column
    from app.printouts.xlsx import Sheet, sheets_to_xlsx  # its writer is slow to load

    kinds = {date: CellType.DAY, int: CellType.INTEGER, Decimal: CellType.NUMBER}
    types = {
        name: next((kind for base, kind in kinds.items() if given in (base, base | None)), CellType.TEXT)
        for name, given in WarningRecord.__annotations__.items()
    }
    columns = tuple(
        Column(heading, 40 if name in ("milestone", "units") else 20, type=types[name])
        for name, heading in zip(_names(), _HEADINGS, strict=True)
    )
    records = _records(session, scope, wanted, today)
    rows = (tuple(getattr(record, name) for name in _names()) for record in records)
    stream.write(sheets_to_xlsx([Sheet("进度预判", columns, rows)], f"{today}进度预判", now))


def _names() -> tuple[str, ...]:
    names: tuple[str, ...] = WarningRecord.__slots__
    return names


def _records(session: Session, scope: Scope, wanted: WarningFilter, today: date) -> Iterator[WarningRecord]:
    for row in all_warnings(session, scope, wanted, today):
        yield _record(row)


def _record(row: WarningRow) -> WarningRecord:
    line, finding = row.milestone, row.finding
    return WarningRecord(
        plan=line.plan_title,
        milestone=line.title,
        clause=line.clause,
        place=line.place_name,
        units=JOINT.join(row.responsible),
        original_due_on=line.original_due_on,
        effective_due_on=line.effective_due_on,
        expected=NO_DAY if finding.expected_on is None else finding.expected_on.isoformat(),
        earliest_on=finding.earliest_on,
        latest_on=finding.latest_on,
        misses_by_days=None if finding.never else finding.misses_by_days,
        misses_original_by_days=row.misses_original_by_days,
        progress_pct=round(finding.share_pct, 1),
        scheduled_pct=round(row.scheduled, 1),
        index=None if row.index is None else round(row.index, 2),
        pace_pp=finding.pace_pp,
        needed_pp=None if row.needed_pp is None else round(row.needed_pp, 2),
        confidence=_LEVELS[row.confidence],
        reports=finding.reports,
        last_on=finding.last_on,
    )
