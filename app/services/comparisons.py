"""Write what differs between two days as CSV (codes) or as a workbook (words), a row a milestone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from app.domain.comparisons import ChangeKind
from app.domain.official_words import KINDS, STANDINGS
from app.domain.vocabulary import MilestoneKind, Standing
from app.queries.comparisons import ComparedRow
from app.services.exports import write_csv

CHANGE_WORDS = {
    ChangeKind.CLOSED: "期间销号",
    ChangeKind.SLIPPED: "拖延",
    ChangeKind.REGRESSED: "期间滑坡",
    ChangeKind.REOPENED: "期间恢复",
    ChangeKind.MOVED: "时限变动",
    ChangeKind.APPEARED: "新增",
    ChangeKind.WENT: "退出",
}
_TITLES = {
    "plan": "方案",
    "clause": "条款",
    "milestone": "里程碑",
    "kind": "类型",
    "place": "地区",
    "responsible": "责任单位",
    "changes": "变化",
    "standing_before": "前一日状态",
    "standing_after": "后一日状态",
    "due_before": "前一日时限",
    "due_after": "后一日时限",
    "moved_days": "变动天数",
    "versions": "变动次数",
    "days_late_before": "前一日逾期天数",
    "days_late_after": "后一日逾期天数",
}


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """A milestone that differs; `moved_days` is negative where it is due earlier, a day None: not on record."""

    plan: str
    clause: str
    milestone: str
    kind: MilestoneKind
    place: str
    responsible: tuple[str, ...]
    changes: tuple[ChangeKind, ...]
    standing_before: Standing | None
    standing_after: Standing | None
    due_before: date | None
    due_after: date | None
    moved_days: int
    versions: int
    days_late_before: int
    days_late_after: int


def write_comparison_csv(rows: Iterable[ComparedRow], stream: BinaryIO) -> None:
    """Write the rows as CSV with the codes of the JSON interface."""
    records: Iterable[Any] = (_record(row) for row in rows)
    write_csv(tuple(_TITLES), records, stream)


def write_comparison_workbook(
    rows: Iterable[ComparedRow], stream: BinaryIO, *, first_on: date, last_on: date, now: datetime
) -> None:
    """Write the rows as a workbook of one sheet, in the words of official documents."""
    from app.printouts.documents import CellType, Column
    from app.printouts.xlsx import Sheet, sheets_to_xlsx  # its writer is slow to load

    types = {date | None: CellType.DAY, int: CellType.INTEGER}
    columns = tuple(
        Column(title, 30, type=types.get(ComparisonRecord.__annotations__[name], CellType.TEXT), missing="")
        for name, title in _TITLES.items()
    )
    cells = (tuple(_cell(getattr(record, name)) for name in _TITLES) for record in map(_record, rows))
    title = f"{first_on}至{last_on}台账变化"
    stream.write(sheets_to_xlsx([Sheet(title, columns, cells)], title, now))


def _record(row: ComparedRow) -> ComparisonRecord:
    told = row.difference
    return ComparisonRecord(
        plan=row.plan_title,
        clause=row.clause,
        milestone=row.title,
        kind=row.kind,
        place=row.place,
        responsible=row.responsible,
        changes=told.kinds,
        standing_before=row.standing_before,
        standing_after=row.standing_after,
        due_before=row.due_before,
        due_after=row.due_after,
        moved_days=told.moved_days,
        versions=told.versions,
        days_late_before=told.days_late_before,
        days_late_after=told.days_late_after,
    )


def _cell(value: object) -> str | int | date | None:
    if isinstance(value, tuple):
        return "、".join(str(_cell(item)) for item in value)
    if isinstance(value, ChangeKind):
        return CHANGE_WORDS[value]
    if isinstance(value, MilestoneKind):
        return KINDS[value]
    if isinstance(value, Standing):
        return STANDINGS[value]
    return value if isinstance(value, str | int | date) else None
