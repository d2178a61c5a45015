"""The annexes of a circular or report: those that hold something, numbered in order, and how the body points there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.circular_projects import project_totals
from app.domain.circular_variation import variation_table
from app.domain.circulars import CircularFacts, TargetRow, due_or_measured, due_until_quarter_end, overdue
from app.printouts import case_tables, indicator_tables, milestone_tables, project_tables
from app.printouts.documents import Annex, Block, Table, day_text, number_text
from app.printouts.milestone_tables import Wording


class Part(StrEnum):
    """What an annex holds."""

    MILESTONES = "milestones"
    OVERDUE = "overdue"
    WARNINGS = "warnings"
    INDICATORS = "indicators"
    PROJECTS = "projects"
    CASES = "cases"
    DUE_NEXT = "due_next"


@dataclass(frozen=True)
class Annexes:
    """The annexes of one document in its order; what has nothing to show is not among them."""

    parts: tuple[tuple[Part, Annex], ...]

    def label(self, part: Part) -> str:
        """Return the label of an annex: 附件2, 附件 where it is the only one, empty where there is none."""
        found = [number for number, (own, _) in enumerate(self.parts, start=1) if own is part]
        if not found:
            return ""
        return "附件" if len(self.parts) == 1 else f"附件{found[0]}"

    def pointer(self, part: Part) -> str:
        """Return the words that point to an annex: （详见附件2）, empty where there is none."""
        label = self.label(part)
        return f"（详见{label}）" if label else ""

    def printed(self) -> tuple[Annex, ...]:
        """Return the annexes, their sheets in a workbook named after their labels."""
        return tuple(
            replace(annex, blocks=tuple(_on_sheet(block, self.label(part)) for block in annex.blocks))
            for part, annex in self.parts
        )


def gather_annexes(found: Iterable[tuple[Part, Annex | None]]) -> Annexes:
    """Return the annexes that hold something."""
    return Annexes(tuple((part, annex) for part, annex in found if annex is not None))


def circular_annexes(facts: CircularFacts) -> Annexes:
    """Return the annexes of a quarterly circular in the order in which the body points to them."""
    return gather_annexes(
        (
            (Part.MILESTONES, milestone_annex(facts)),
            (Part.OVERDUE, overdue_annex(facts)),
            (Part.INDICATORS, indicator_annex(facts)),
            (Part.PROJECTS, project_annex(facts)),
            (Part.CASES, case_annex(facts)),
            (Part.DUE_NEXT, due_next_annex(facts)),
        )
    )


def milestone_annex(facts: CircularFacts) -> Annex | None:
    """Build the annex of every milestone with both dates, standing, progress and both latenesses."""
    words = Wording(f"{facts.quarter_label}任务进展情况表", "任务进展", "无任务")
    return _tabled(facts, milestone_tables.milestone_table(facts, facts.milestones, words))


def overdue_annex(facts: CircularFacts) -> Annex | None:
    """Build the annex of overdue milestones, the longest overdue first."""
    words = Wording("逾期任务清单", "逾期任务", "无逾期任务")
    return _tabled(facts, milestone_tables.overdue_table(facts, overdue(facts), words))


def due_next_annex(facts: CircularFacts) -> Annex | None:
    """Build the annex of what falls due next quarter, and before in what is left of one that is still running."""
    rest = due_until_quarter_end(facts)
    title = "近期到期任务清单" if rest else f"{facts.next_quarter_label}到期任务清单"
    words = Wording(title, "近期到期" if rest else "下季度到期", "无到期任务")
    return _tabled(facts, milestone_tables.due_table(facts, (*rest, *facts.due_next), words), landscape=False)


def indicator_annex(facts: CircularFacts) -> Annex | None:
    """Build the annex of indicators: what was measured, what is due without a value, the coefficients of variation.

    What is neither due nor measured is counted in the note.
    """
    variation = variation_table(facts.targets)
    told = [row for row in due_or_measured(facts) if variation is None or not variation.holds(row)]
    measured = [row for row in told if row.measured is not None]
    missing = [row for row in told if row.measured is None]
    held = 0 if variation is None else sum(item is not None for row in variation.rows for item in row.targets)
    tables: list[Table] = []
    if measured:
        tables.append(indicator_tables.attained_table(measured, facts.area, "指标达标情况", "指标达标"))
    if missing:
        caption = "时限已到、尚未报送监测值的指标"
        tables.append(indicator_tables.missing_table(missing, facts.area, caption, "未报监测值"))
    if variation is not None:
        tables.append(indicator_tables.variation_rows(variation, facts.area, "校际差异系数", "差异系数"))
    if not tables:
        return None
    rest = len(facts.targets) - len(told) - held
    note = f"{as_of(facts)}　另有{rest}项次时限未到且无监测值，未列入本表" if rest else as_of(facts)
    title = "重点指标达标情况表" if measured or variation else "时限已到、尚未报送监测值的重点指标清单"
    return Annex(title, tuple(tables), landscape=True, note=note)


def project_annex(facts: CircularFacts) -> Annex | None:
    """Build the annex of construction projects with investment, payments and progress."""
    table = project_tables.project_table(facts.projects, "工程项目和投资情况表", "项目投资")
    return _tabled(facts, table, note=money_note(facts))


def case_annex(facts: CircularFacts) -> Annex | None:
    """Build the annex of accountability cases and rectification items (问责整改台账)."""
    tables: list[Table] = []
    if facts.cases:
        tables.append(case_tables.case_table(facts.cases, "问责案件", "问责案件"))
    if facts.rectifications:
        tables.append(case_tables.rectification_table(facts.rectifications, "整改事项", "整改事项"))
    if not tables:
        return None
    return Annex("问责与整改台账", tuple(tables), landscape=True, note=as_of(facts))


def unmeasured(facts: CircularFacts) -> tuple[TargetRow, ...]:
    """Return the targets that are due without a value."""
    return tuple(row for row in due_or_measured(facts) if row.measured is None)


def as_of(facts: CircularFacts) -> str:
    """Say until when the facts go: 截至2026年9月30日."""
    return f"截至{day_text(facts.cut_off_on)}"


def money_note(facts: CircularFacts) -> str:
    """Say the sums of investment and payments beside the table that holds them."""
    totals = project_totals(facts.projects)
    whole = "未明确" if totals.investment_wan is None else f"{number_text(totals.investment_wan)}万元"
    paid = "未填报" if totals.paid_wan is None else f"{number_text(totals.paid_wan)}万元"
    return f"{as_of(facts)}　总投资合计：{whole}　累计支付合计：{paid}"


def _tabled(facts: CircularFacts, table: Table, *, landscape: bool = True, note: str = "") -> Annex | None:
    if not table.rows:
        return None
    return Annex(table.caption, (table,), landscape=landscape, note=note or as_of(facts))


def _on_sheet(block: Block, label: str) -> Block:
    return replace(block, sheet=f"{label} {block.sheet}") if isinstance(block, Table) else block
