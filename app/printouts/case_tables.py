"""Tables of accountability cases and of rectification items (问责整改台账)."""

from collections.abc import Sequence

from app.domain.circular_cases import CaseRow, RectificationRow
from app.domain.rectifications import RectificationState
from app.printouts.documents import Align, CellType, Column, Table
from app.printouts.milestone_tables import NUMBER

STATES = {
    RectificationState.OPEN: "整改中",
    RectificationState.DONE: "待验收",
    RectificationState.CLOSED: "已销号",
    RectificationState.CANCELLED: "已撤销",
}
CASE_COLUMNS = (
    NUMBER,
    Column("案件编号", 24, Align.CENTER),
    Column("责任单位", 44),
    Column("涉及任务", 63),
    Column("立案日期", 27, Align.CENTER, CellType.DAY),
    Column("办理进展", 26, Align.CENTER),
    Column("结案日期", 27, Align.CENTER, CellType.DAY, missing="未结案"),
)
RECTIFICATION_COLUMNS = (
    NUMBER,
    Column("责任单位", 24),
    Column("涉及任务", 24),
    Column("存在问题", 27),
    Column("整改措施", 27),
    Column("案件编号", 16.4, Align.CENTER, missing="无"),
    Column("原定时限", 27, Align.CENTER, CellType.DAY),
    Column("现行时限", 27, Align.CENTER, CellType.DAY),
    Column("状态", 12.8, Align.CENTER),
    Column("按现行\n时限逾\n期天数", 12.8, Align.CENTER, CellType.INTEGER),
    Column("按原定\n时限逾\n期天数", 12.8, Align.CENTER, CellType.INTEGER),
)


def case_table(cases: Sequence[CaseRow], caption: str, sheet: str) -> Table:
    """Build the table of cases."""
    rows = tuple(
        (
            number,
            within_plan(case.number),
            case.unit,
            "；".join(case.milestone_titles),
            case.opened_on,
            case.stage_label,
            case.closed_on,
        )
        for number, case in enumerate(cases, start=1)
    )
    return Table(CASE_COLUMNS, rows, caption, sheet, "无问责案件")


def rectification_table(items: Sequence[RectificationRow], caption: str, sheet: str) -> Table:
    """Build the table of rectification items, with both limits and both latenesses."""
    rows = tuple(
        (
            number,
            item.unit,
            item.milestone_title,
            item.problem,
            item.measure,
            within_plan(item.case_number) if item.case_number else None,
            item.first_due_on,
            item.due_on,
            STATES[item.state],
            item.days_late or None,
            item.days_late_first or None,
        )
        for number, item in enumerate(items, start=1)
    )
    return Table(RECTIFICATION_COLUMNS, rows, caption, sheet, "无整改事项")


def within_plan(number: str) -> str:
    """Return a case's number without its plan, which the document names: year and serial."""
    return "-".join(number.split("-")[-2:])
