"""Write export records as JSON, CSV or XLSX, one after another, so that no file is held in memory twice."""

import csv
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, BinaryIO

from sqlmodel import Session

from app.core.clock import local_day
from app.queries import export_projects, export_registers, exports
from app.queries.export_rows import (
    AlertRecord,
    BudgetRecord,
    DriftRecord,
    FloorRecord,
    IndicatorRecord,
    MeasuredRecord,
    MilestoneRecord,
    MoneyFindingRecord,
    PaidRecord,
    PhaseRecord,
    ProjectRecord,
    Record,
    Selection,
    TargetRecord,
    ThresholdRecord,
)

JOINT = "、"
_BOM = b"\xef\xbb\xbf"  # without it Excel reads a CSV file in the machine's own code page
# Also as wide signs, which spreadsheets set to Chinese take for the narrow ones.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class ExportKind(StrEnum):
    """What can be exported."""

    MILESTONES = "milestones"
    PROJECTS = "projects"
    INDICATORS = "indicators"
    ALERTS = "alerts"


class ExportFormat(StrEnum):
    """The file formats of an export."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


_RECORDS: dict[ExportKind, type[Record]] = {
    ExportKind.MILESTONES: MilestoneRecord,
    ExportKind.PROJECTS: ProjectRecord,
    ExportKind.INDICATORS: IndicatorRecord,
    ExportKind.ALERTS: AlertRecord,
}


def export(
    session: Session,
    kind: ExportKind,
    file_format: ExportFormat,
    stream: BinaryIO,
    *,
    wanted: Selection,
    on: date | None,
    now: datetime,
) -> None:
    """Write records to a stream; `on` None is today, and for alerts the whole register."""
    today = local_day(now)
    records: Iterable[Record]
    match kind:
        case ExportKind.MILESTONES:
            records = exports.all_milestones(session, wanted, on or today)
        case ExportKind.PROJECTS:
            records = (record for _, record in export_projects.projects(session, wanted, on or today))
        case ExportKind.INDICATORS:
            records = export_registers.indicators(session, wanted, on or today)
        case ExportKind.ALERTS:
            records = export_registers.all_alerts(session, wanted, on)
    match file_format:
        case ExportFormat.JSON:
            write_json(records, stream)
        case ExportFormat.CSV:
            write_csv(_names(_RECORDS[kind]), records, stream)
        case ExportFormat.XLSX:
            write_xlsx(kind, records, stream, now)


def write_json(records: Iterable[Record], stream: BinaryIO) -> None:
    """Write one JSON array, a record a line."""
    lead = b"[\n"
    for record in records:
        stream.write(lead + json.dumps(plain(record), ensure_ascii=False).encode())
        lead = b",\n"
    stream.write(b"[]\n" if lead == b"[\n" else b"\n]\n")


def write_csv(
    columns: tuple[str, ...], records: Iterable[Any], stream: BinaryIO, *, headings: tuple[str, ...] = ()
) -> None:
    """Write CSV for a spreadsheet: UTF-8 with a byte-order mark, lists joined by 、, no text taken for a formula.

    `headings` empty: the columns' own names.
    """
    stream.write(_BOM)
    writer = csv.writer(_Encoded(stream))
    writer.writerow(headings or columns)
    for record in records:
        writer.writerow([_guarded(cell(getattr(record, name))) for name in columns])


def write_xlsx(kind: ExportKind, records: Iterable[Record], stream: BinaryIO, now: datetime) -> None:
    """Write a workbook of one sheet, typed as the records are."""
    from app.printouts.documents import Column
    from app.printouts.xlsx import Sheet, sheets_to_xlsx  # its writer is slow to load

    names = _names(_RECORDS[kind])
    columns = tuple(Column(name, 30, type=_cell_type(_RECORDS[kind], name), missing="") for name in names)
    rows = (tuple(cell(getattr(record, name)) for name in names) for record in records)
    stream.write(sheets_to_xlsx([Sheet(kind, columns, rows)], kind, now))


def plain(value: Any) -> Any:
    """Return a value as JSON carries it: records as objects, days as ISO text, decimals as numbers where exact."""
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, Decimal):
        return json_number(value)
    if isinstance(value, date):  # an instant is one too
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return {name: plain(getattr(value, name)) for name in _names(type(value))}


def json_number(value: Decimal) -> int | float | str:
    """Return a decimal as an integer, as a float that prints the same digits, or else as text."""
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    return number if Decimal(repr(number)) == value else format(value, "f")


def cell(value: Any) -> str | int | Decimal | date | None:
    """Return a value as one cell of a table: lists joined by 、, targets and thresholds as short text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | int | Decimal | date | None):
        return value
    if isinstance(value, tuple):
        return JOINT.join(str(cell(item)) for item in value)
    return _short(value)


def _short(value: Any) -> str:
    stage = f"[{value.stage}]" if getattr(value, "stage", None) else ""
    match value:
        case FloorRecord():
            return f"{value.name}{value.area_m2}m²{'(underground)' if value.underground else ''}"
        case PhaseRecord():
            return _phase(value, stage)
        case BudgetRecord() | PaidRecord():
            return f"{value.year or ''}[{value.source or '-'}]{value.amount_wan}"
        case DriftRecord():
            return f"{value.behind}<{value.ahead} {value.points}"
        case MoneyFindingRecord():
            about = "/".join(str(item) for item in (value.year, value.source) if item)
            return f"{value.kind}{f'[{about}]' if about else ''}{value.amount_wan}"
        case TargetRecord():
            measured = "" if value.measured is None else f"({value.measured}{value.unit}, {value.measured_on})"
            return f"{value.indicator}{stage}{value.comparator}{value.value}{value.unit}{measured}"
        case ThresholdRecord():
            return f"{stage}{value.comparator}{value.value}{value.unit}{'(plan)' if value.overridden else ''}"
        case MeasuredRecord():
            return f"{value.place}{stage}{value.value}{value.unit}({value.measured_on})"
    raise TypeError(type(value))


def _phase(phase: PhaseRecord, stage: str) -> str:
    """Return a phase with the figures it has, each with its field's name."""
    names = _names(PhaseRecord)[2:]
    figures = (f"{name}={value}" for name in names if (value := getattr(phase, name)) is not None)
    return f"{phase.name}{stage}({' '.join(figures)})"


def _guarded(value: str | int | Decimal | date | None) -> str | int | Decimal | date | None:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_SIGNS) else value


def _names(record: type[Any]) -> tuple[str, ...]:
    """Return a record's field names, which a slotted dataclass keeps in order."""
    names: tuple[str, ...] = record.__slots__
    return names


def _cell_type(record: type[Record], name: str) -> Any:
    """Return how a workbook types a column, from the record's annotation."""
    from app.printouts.documents import CellType

    kinds = {int: CellType.INTEGER, Decimal: CellType.NUMBER, date: CellType.DAY}
    annotation = record.__annotations__[name]
    return next((kinds[kind] for kind in kinds if annotation in (kind, kind | None)), CellType.TEXT)


class _Encoded:
    """A text file over a stream of bytes, in UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text as bytes."""
        return self._stream.write(text.encode())
