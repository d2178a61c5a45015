"""How a dossier writes days, moments, shares and tables, and how its chapters name milestones and files."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from app.core.clock import SHANGHAI
from app.printouts.documents import Align, Cell, Column, Paragraph, Table, day_text, number_text
from app.queries.dossiers import DossierFacts
from app.services.dossier_files import DossierFile

NONE = Paragraph("无。")
_ACTIONS = {
    "alerts:raise": "生成预警",
    "alerts:acknowledge": "签收预警",
    "alerts:answer": "回复预警",
    "alerts:accept_answer": "采纳回复",
    "alerts:return_answer": "退回回复",
    "alerts:withdraw": "撤回预警",
    "cases:open": "立案",
    "cases:opened": "立案",
    "cases:joined": "并入事项",
    "cases:statement_request": "要求陈述",
    "cases:statement": "单位陈述",
    "cases:proposal": "提出处理建议",
    "cases:decision": "作出处理决定",
    "cases:reply": "单位回复",
    "cases:reply_accept": "采纳回复",
    "cases:reply_return": "退回回复",
    "cases:note": "备注",
    "cases:closing": "结案",
    "cases:reopening": "恢复办理",
    "cases:follow_up": "安排回头看",
    "cases:follow_up_held": "回头看：成效保持",
    "cases:follow_up_failed": "回头看：未能保持",
    "dossiers:create": "编制案卷",
    "reports:create": "填报",
    "extensions:request": "申请延期",
    "extensions:grant": "批准延期",
    "extensions:refuse": "不批准延期",
    "instructions:create": "登记批示",
    "instructions:reply": "报告批示办理",
    "rectifications:create": "布置整改",
    "rectifications:report": "报告整改完成",
    "rectifications:accept": "验收整改",
    "hand_delivery:receive": "登记送达回证",
    "milestones:close_out": "销号",
}


class Names:
    """The short names of a case's milestones (事项1), and the numbers of the files that back each fact."""

    def __init__(self, facts: DossierFacts) -> None:
        self._items = {item.id: number for number, item in enumerate(facts.commitments, start=1)}
        self._titles = {item.id: item.title for item in facts.commitments}
        self._files: dict[tuple[str, int], list[str]] = defaultdict(list)

    def item(self, milestone_id: int | None) -> str:
        """Name a milestone; "—" for what is not about one of the case."""
        number = self._items.get(milestone_id or 0)
        return f"事项{number}" if number else "—"

    def title(self, milestone_id: int) -> str:
        """Name a milestone with its title."""
        return f"{self.item(milestone_id)}：{self._titles.get(milestone_id, '')}"

    def take(self, files: Iterable[DossierFile]) -> None:
        """Take up which files back what."""
        for file in files:
            self._files[file.line.backs, file.line.fact_id].append(file.mark)

    def files(self, backs: str, fact_id: int) -> str:
        """Return the numbers of the files that back a fact, "—" for none."""
        return "、".join(self._files.get((backs, fact_id), ())) or "—"

    def with_files(self, text: str, backs: str, fact_id: int) -> str:
        """Return a text with the numbers of its files after it."""
        numbers = self._files.get((backs, fact_id))
        return f"{text}（材料{'、'.join(numbers)}）" if numbers else text


def table(
    caption: str, columns: Sequence[tuple[str, float]], rows: Iterable[Sequence[Cell]], empty: str = "无"
) -> Table:
    """Return a table of (title, width) columns; narrow ones are centred."""
    made = tuple(Column(title, width, Align.CENTER if width <= 26 else Align.LEFT) for title, width in columns)
    return Table(made, tuple(tuple(row) for row in rows), caption, caption, empty)


def moment(at: datetime) -> str:
    """Write an instant as 2026年3月1日9:05."""
    local = at.astimezone(SHANGHAI)
    return f"{day_text(local.date())}{local.hour}:{local.minute:02}"


def exact(at: datetime) -> str:
    """Write an instant to the second."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def day(on: date | None) -> str:
    """Write a day; "—" for none."""
    return day_text(on) if on else "—"


def share(value: Decimal | None) -> str:
    """Write a share in percent; "未填" for none."""
    return "未填" if value is None else f"{number_text(value)}%"


def late(days: int) -> str:
    """Write how many days it is late."""
    return f"逾期{days}天" if days > 0 else "未逾期"


def clause(text: str | None) -> str:
    """Name a clause of the plan, or the office's setting."""
    return f"方案{text}" if text else "办公室设定"


def held_to_account(facts: DossierFacts) -> str:
    """Name who is held to account: the unit, or the group for which the office keeps the case."""
    if facts.plan.unit == facts.plan.office and facts.case.organization != facts.plan.unit:
        return f"{facts.case.organization}（由{facts.plan.office}承办）"
    return facts.plan.unit


def action(code: str) -> str:
    """Name an action of the audit trail; one without a Chinese name keeps its code."""
    return f"{_ACTIONS[code]}（{code}）" if code in _ACTIONS else code


def size(number: int) -> str:
    """Write a size in bytes with its unit."""
    if number < 1024:
        return f"{number}字节"
    return f"{number / 1024:.0f}KB" if number < 1024**2 else f"{number / 1024**2:.1f}MB"


def said(*parts: str | None) -> str:
    """Join the parts that say something."""
    return "；".join(part for part in parts if part) or "—"
