"""Compose the rectification ledger (整改台账): problem, unit, measure, limit, progress, verification, follow-up."""

from collections.abc import Sequence

from app.domain.dossier_words import word
from app.domain.rectifications import RectificationState
from app.domain.sheets import RectificationLedgerFacts, RectificationLine
from app.printouts.documents import Align, Cell, CellType, Column, Document, Paragraph, Table, day_text
from app.printouts.sheet_words import case_number, numbered, sheet

COLUMNS = (
    Column("序号", 16, Align.CENTER, CellType.INTEGER),
    Column("问题及来源", 42),
    Column("责任单位\n和责任人", 28),
    Column("整改措施", 36),
    Column("原定时限", 27, Align.CENTER, CellType.DAY),
    Column("现行时限", 27, Align.CENTER, CellType.DAY),
    Column("状态", 18, Align.CENTER),
    Column("进展情况", 34, missing="尚未报告"),
    Column("报告完成", 27, Align.CENTER, CellType.DAY),
    Column("验收销号", 27, Align.CENTER, missing="未验收"),
    Column("回头看", 22, Align.CENTER, missing="未安排"),
    Column("逾期\n天数", 16, Align.CENTER, CellType.INTEGER),
)


def compose(facts: RectificationLedgerFacts) -> Document:
    """Compose the ledger, across, in the order in which items were assigned."""
    rows = numbered(_row(item) for item in facts.items)
    table = Table(COLUMNS, rows, "整改台账", "整改台账", "无整改事项")
    blocks = (Paragraph(_totals(facts)), table)
    return sheet(facts.head, (facts.head.area, "整改台账"), blocks, landscape=True)


def _totals(facts: RectificationLedgerFacts) -> str:
    day = day_text(facts.head.on)
    if not facts.items:
        return f"截至{day}，{plan_title(facts)}实施中未布置整改事项。"
    late = sum(item.state is RectificationState.OPEN and item.days_late > 0 for item in facts.items)
    said = "，".join(f"{word(state)}{count}项" for state in RectificationState if (count := _count(facts.items, state)))
    overdue = f"；整改中逾期{late}项" if late else ""
    return f"截至{day}，{plan_title(facts)}实施中布置整改事项{len(facts.items)}项：{said}{overdue}。"


def plan_title(facts: RectificationLedgerFacts) -> str:
    """Name the plan."""
    return f"《{facts.head.plan_title}》"


def _count(items: Sequence[RectificationLine], state: RectificationState) -> int:
    return sum(item.state is state for item in items)


def _row(item: RectificationLine) -> tuple[Cell, ...]:
    source = f"{item.source}；案件{case_number(item.case_number)}" if item.case_number else item.source
    verified = item.settled_on and item.state is RectificationState.CLOSED
    follow_up = f"{day_text(item.follow_up_on)}{item.follow_up}" if item.follow_up_on else None
    return (
        f"{item.problem}（{item.place}；{source}）",
        f"{item.unit}（{item.person}）",
        item.measure,
        item.first_due_on,
        item.due_on,
        word(item.state),
        item.progress or None,
        item.done_on,
        f"{day_text(item.settled_on)} {item.verified_by or ''}".strip() if verified and item.settled_on else None,
        follow_up,
        item.days_late or None,
    )
