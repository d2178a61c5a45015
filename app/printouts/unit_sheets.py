"""Compose the sheet of one unit (一单位一表): what it owes by due date, has not reported, and must answer."""

from collections.abc import Sequence

from app.domain.circulars import on_time
from app.domain.sheets import ExtensionLine, MissingReports, UnitSheetFacts, UnitTask
from app.domain.vocabulary import UnitRole
from app.printouts.documents import Align, Block, CellType, Column, Document, Pairs, Table
from app.printouts.milestone_tables import progress_cell
from app.printouts.sheet_words import (
    CLAUSE,
    DAYS_LATE,
    EFFECTIVE_DUE,
    NUMBER,
    ORIGINAL_DUE,
    PLACE,
    PROGRESS,
    STANDING,
    accounts,
    counts_words,
    days_late,
    fits,
    numbered,
    open_words,
    plan_words,
    sheet,
)

TASK_COLUMNS = (
    NUMBER,
    CLAUSE,
    Column("任务", 60),
    PLACE,
    Column("分工", 13, Align.CENTER),
    ORIGINAL_DUE,
    EFFECTIVE_DUE,
    STANDING,
    PROGRESS,
    Column("最近填报", 27, Align.CENTER, CellType.DAY, missing="未填报"),
    DAYS_LATE,
)
MISSING_COLUMNS = (
    NUMBER,
    Column("报送期", 34, Align.CENTER),
    Column("应报内容", 26, Align.CENTER),
    Column("缺报\n项数", 14, Align.CENTER, CellType.INTEGER),
    Column("涉及条款", 90),
    Column("按时报送截止", 27, Align.CENTER, CellType.DAY),
    Column("超期\n天数", 12, Align.CENTER, CellType.INTEGER),
)
EXTENSION_COLUMNS = (
    NUMBER,
    Column("任务", 80),
    Column("申请日期", 27, Align.CENTER, CellType.DAY),
    Column("申请时时限", 27, Align.CENTER, CellType.DAY),
    Column("申请延至", 27, Align.CENTER, CellType.DAY),
    Column("办理结果", 34, Align.CENTER),
    Column("批准延至", 27, Align.CENTER, CellType.DAY),
)
_ROLES = {UnitRole.RESPONSIBLE: "责任", UnitRole.SUPPORTING: "配合"}


def compose(facts: UnitSheetFacts) -> Document:
    """Compose the sheet of one unit, across."""
    blocks: list[Block] = [_head(facts)]
    for role, caption in ((UnitRole.RESPONSIBLE, "责任任务"), (UnitRole.SUPPORTING, "配合任务")):
        if tasks := facts.of_role(role):
            blocks.append(_tasks(tasks, caption))
    if facts.missing:
        blocks.append(_missing(facts.missing, facts))
    blocks += accounts(facts.alerts, facts.cases, facts.items, facts.head.on)
    if facts.extensions:
        blocks.append(_extensions(facts.extensions))
    return sheet(facts.head, (facts.unit, "任务表"), blocks, landscape=True, outlined_as=facts.unit)


def _head(facts: UnitSheetFacts) -> Pairs:
    responsible, supporting = (
        [task.row for task in facts.of_role(role)] for role in (UnitRole.RESPONSIBLE, UnitRole.SUPPORTING)
    )
    leading = sum(task.leads for task in facts.tasks)
    rows = [
        ("单位", facts.unit),
        ("所属方案", plan_words(facts.head)),
        ("责任任务", counts_words(responsible) + (f"；其中牵头{leading}项" if leading else "")),
        ("配合任务", counts_words(supporting)),
        ("按期完成情况", _on_time(facts)),
        ("填报和延期", _reports(facts)),
        open_words(facts.alerts, facts.cases, facts.items),
    ]
    if not fits(facts.head, landscape=True):
        rows.append(("填表单位", facts.head.office))
    return Pairs(tuple(rows), width=32)


def _on_time(facts: UnitSheetFacts) -> str:
    rate = on_time((task.row for task in facts.of_role(UnitRole.RESPONSIBLE)), facts.head.on)
    if rate.rate_pct is None:
        return "尚无应完成的到期责任任务"
    return f"到期责任任务{rate.due}项，按期完成{rate.in_time}项，按期完成率{rate.rate_pct}%".replace(".0%", "%")


def _reports(facts: UnitSheetFacts) -> str:
    """Say how many reports are late, how many are still in time, and how often an extension was asked for."""
    late = sum(row.count for row in facts.missing if row.days_late(facts.head.on))
    ahead = sum(row.count for row in facts.missing) - late
    reports = (f"逾期未报{late}项次" if late else "无逾期未报") + (f"，期限内待报{ahead}项次" if ahead else "")
    return f"{reports}；{f'申请延期{len(facts.extensions)}次' if facts.extensions else '未申请延期'}"


def _tasks(tasks: Sequence[UnitTask], caption: str) -> Table:
    rows = (
        (
            task.row.clause,
            task.row.title,
            task.row.place,
            "牵头" if task.leads else _ROLES[task.role],
            task.row.original_due_on,
            task.row.effective_due_on,
            task.row.standing_label,
            progress_cell(task.row),
            task.row.last_report_on,
            days_late(task.row),
        )
        for task in tasks
    )
    return Table(TASK_COLUMNS, numbered(rows), caption, caption)


def _missing(missing: Sequence[MissingReports], facts: UnitSheetFacts) -> Table:
    rows = (
        (
            row.period,
            row.kind,
            row.count,
            "、".join(row.items),
            row.timely_until_on,
            row.days_late(facts.head.on) or None,
        )
        for row in missing
    )
    return Table(MISSING_COLUMNS, numbered(rows), "尚未报送的填报", "尚未报送", "无")


def _extensions(extensions: Sequence[ExtensionLine]) -> Table:
    rows = (
        (row.milestone, row.asked_on, row.asked_from_on, row.proposed_due_on, row.state, row.granted_due_on)
        for row in extensions
    )
    return Table(EXTENSION_COLUMNS, numbered(rows), "延期申请", "延期申请")
