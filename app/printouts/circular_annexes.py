"""The six annexes of the quarterly circular: milestones, overdue, indicators, projects, cases, due next quarter."""

from collections.abc import Sequence

from app.domain.circulars import (
    CircularFacts,
    MilestoneRow,
    due_or_measured,
    overdue,
    project_totals,
    share_pct,
)
from app.domain.targets import Verdict
from app.domain.vocabulary import Standing
from app.printouts.circular_words import measured_text, target_text
from app.printouts.documents import Align, Annex, Cell, CellType, Column, Table, day_text, number_text

MILESTONES, OVERDUE, INDICATORS, PROJECTS, CASES, DUE_NEXT = (f"附件{number}" for number in range(1, 7))
AREA = "本级"  # a milestone of the plan's whole area, of no single county
VERDICT_LABELS = {Verdict.MET: "达标", Verdict.UNMET: "未达标", Verdict.NOT_ASSESSED: "未评估"}

NUMBER = Column("序号", 9.6, Align.CENTER, CellType.INTEGER)
CLAUSE = Column("条款", 16, Align.CENTER)
TASK = Column("任务", 50)
PLACE = Column("地区", 16, Align.CENTER)
UNITS = Column("责任单位", 41, missing="未明确")
ORIGINAL_DUE = Column("原定时限", 27, Align.CENTER, CellType.DAY)
EFFECTIVE_DUE = Column("现行时限", 27, Align.CENTER, CellType.DAY)
STANDING = Column("状态", 13.5, Align.CENTER)
MILESTONE_COLUMNS = (
    NUMBER,
    CLAUSE,
    TASK,
    PLACE,
    UNITS,
    ORIGINAL_DUE,
    EFFECTIVE_DUE,
    STANDING,
    Column("进度", 13.5, Align.CENTER, CellType.PERCENT, missing="未填报"),
    Column("逾期\n天数", 11.5, Align.CENTER, CellType.INTEGER),
)
OVERDUE_COLUMNS = (
    NUMBER,
    CLAUSE,
    Column("任务", 39),
    PLACE,
    Column("责任单位", 34, missing="未明确"),
    ORIGINAL_DUE,
    EFFECTIVE_DUE,
    Column("逾期天数\n（现行）", 18, Align.CENTER, CellType.INTEGER),
    Column("逾期天数\n（原定）", 18, Align.CENTER, CellType.INTEGER),
    Column("最近填报", 27, Align.CENTER, CellType.DAY, missing="未填报"),
)
INDICATOR_COLUMNS = (
    NUMBER,
    PLACE,
    Column("指标代码", 18, Align.CENTER),
    Column("指标名称", 52),
    Column("学段", 15, Align.CENTER),
    Column("目标值", 22, Align.CENTER),
    Column("目标时限", 27, Align.CENTER, CellType.DAY),
    Column("监测值", 22, Align.CENTER, missing="未评估"),
    Column("监测日期", 27, Align.CENTER, CellType.DAY, missing="未填报"),
    Column("评估结果", 18.5, Align.CENTER),
)
PROJECT_COLUMNS = (
    NUMBER,
    Column("项目名称", 42),
    Column("性质", 15, Align.CENTER),
    Column("建设地点", 34),
    Column("总投资\n（万元）", 20, Align.RIGHT, CellType.NUMBER, missing="未填报"),
    Column("累计支付\n（万元）", 20, Align.RIGHT, CellType.NUMBER, missing="未填报"),
    Column("支付率", 15, Align.RIGHT, CellType.PERCENT),
    Column("开工年份", 17, Align.CENTER, CellType.INTEGER),
    Column("竣工年份", 17, Align.CENTER, CellType.INTEGER),
    Column("开工", 14, Align.CENTER),
    Column("竣工", 14, Align.CENTER),
    Column("形象进度", 17, Align.RIGHT, CellType.PERCENT, missing="未填报"),
)
CASE_COLUMNS = (
    NUMBER,
    Column("案件编号", 26, Align.CENTER),
    Column("责任单位", 30),
    Column("涉及任务", 44),
    Column("立案日期", 27, Align.CENTER, CellType.DAY),
    Column("办理进展", 20, Align.CENTER),
)
DUE_NEXT_COLUMNS = (
    NUMBER,
    Column("条款", 15, Align.CENTER),
    Column("任务", 46),
    PLACE,
    Column("责任单位", 28, missing="未明确"),
    EFFECTIVE_DUE,
    STANDING,
)


def annexes(facts: CircularFacts) -> tuple[Annex, ...]:
    """Return the annexes in the order in which the body points to them."""
    return (
        milestone_annex(facts),
        overdue_annex(facts),
        indicator_annex(facts),
        project_annex(facts),
        case_annex(facts),
        due_next_annex(facts),
    )


def milestone_annex(facts: CircularFacts) -> Annex:
    """Build annex 1: every milestone with both due dates, standing and progress."""
    rows = tuple(
        (
            *_lead(number, row),
            row.original_due_on,
            row.effective_due_on,
            row.standing_label,
            row.progress_pct,
            _late(row),
        )
        for number, row in enumerate(facts.milestones, start=1)
    )
    return _annex(f"{facts.quarter_label}任务进展情况表", "附件1 任务进展", MILESTONE_COLUMNS, rows, _as_of(facts))


def overdue_annex(facts: CircularFacts) -> Annex:
    """Build annex 2: the overdue milestones, late against both due dates, with the day of the last report."""
    rows = tuple(
        (
            *_lead(number, row),
            row.original_due_on,
            row.effective_due_on,
            row.days_late,
            row.days_late_original,
            row.last_report_on,
        )
        for number, row in enumerate(overdue(facts), start=1)
    )
    return _annex("逾期任务清单", "附件2 逾期任务", OVERDUE_COLUMNS, rows, _as_of(facts), empty="无逾期任务")


def indicator_annex(facts: CircularFacts) -> Annex:
    """Build annex 3: every target that is due or measured against its value; the others are counted in the note."""
    told = due_or_measured(facts)
    rest = len(facts.targets) - len(told)
    note = f"{_as_of(facts)}　另有{rest}项次时限未到且无监测值，未列入本表" if rest else _as_of(facts)
    rows = tuple(
        (
            number,
            _at(row.place, facts),
            row.indicator_code,
            row.indicator_name,
            row.stage_label,
            target_text(row),
            row.effective_due_on,
            measured_text(row),
            row.measured_on,
            VERDICT_LABELS[row.verdict],
        )
        for number, row in enumerate(told, start=1)
    )
    empty = "时限均未到，且无监测值" if facts.targets else "方案未设量化指标"
    return _annex("重点指标达标情况表", "附件3 指标达标", INDICATOR_COLUMNS, rows, note, empty=empty)


def project_annex(facts: CircularFacts) -> Annex:
    """Build annex 4: the construction projects with money and dates."""
    rows = tuple(
        (
            number,
            row.name,
            row.nature_label,
            row.site,
            row.investment_wan,
            row.paid_wan,
            None if row.paid_wan is None or row.investment_wan is None else share_pct(row.paid_wan, row.investment_wan),
            row.start_year,
            row.end_year,
            row.start_standing_label,
            row.completion_standing_label,
            row.progress_pct,
        )
        for number, row in enumerate(facts.projects, start=1)
    )
    return _annex(
        "工程项目和投资情况表", "附件4 项目投资", PROJECT_COLUMNS, rows, _money_note(facts), empty="方案未列工程项目"
    )


def case_annex(facts: CircularFacts) -> Annex:
    """Build annex 5: the accountability and rectification ledger (问责与整改台账)."""
    rows = tuple(
        (number, _within_plan(row.number), row.unit, "；".join(row.milestone_titles), row.opened_on, row.stage_label)
        for number, row in enumerate(facts.cases, start=1)
    )
    table = Table(CASE_COLUMNS, rows, "问责与整改台账", "附件5 问责整改", empty="无问责与整改案件")
    return Annex(table.caption, (table,), note=_as_of(facts))


def _within_plan(number: str) -> str:
    """Return a case's number without its plan, which the document names: year and serial."""
    return "-".join(number.split("-")[-2:])


def due_next_annex(facts: CircularFacts) -> Annex:
    """Build annex 6: what falls due next quarter."""
    rows = tuple(
        (*_lead(number, row), row.effective_due_on, row.standing_label)
        for number, row in enumerate(facts.due_next, start=1)
    )
    title = f"{facts.next_quarter_label}到期任务清单"
    table = Table(DUE_NEXT_COLUMNS, rows, title, "附件6 下季度到期", empty="下季度无到期任务")
    return Annex(title, (table,), note=_as_of(facts))


def _annex(
    title: str,
    sheet: str,
    columns: tuple[Column, ...],
    rows: tuple[tuple[Cell, ...], ...],
    note: str,
    empty: str = "无",
) -> Annex:
    table = Table(columns, rows, title, sheet, empty)
    return Annex(title, (table,), landscape=True, note=note)


def _lead(number: int, row: MilestoneRow) -> tuple[Cell, ...]:
    """Return the columns every milestone table starts with."""
    return number, row.clause, row.title, row.group or AREA, _units(row.responsible, row.supporting)


def _at(place: str | None, facts: CircularFacts) -> str | None:
    """Return a county's name; the plan's own area, which every page names, is told in two characters."""
    return AREA if place == facts.area else place


def _units(responsible: Sequence[str], supporting: Sequence[str]) -> str | None:
    if not responsible:
        return None
    return "、".join(responsible) + (f"（配合：{'、'.join(supporting)}）" if supporting else "")


def _late(row: MilestoneRow) -> int | None:
    return row.days_late if row.standing is Standing.OVERDUE else None


def _as_of(facts: CircularFacts) -> str:
    return f"截至{day_text(facts.cut_off_on)}"


def _money_note(facts: CircularFacts) -> str:
    totals = project_totals(facts)
    whole = "未填报" if totals.investment_wan is None else f"{number_text(totals.investment_wan)}万元"
    paid = "未填报" if totals.paid_wan is None else f"{number_text(totals.paid_wan)}万元"
    return f"{_as_of(facts)}　总投资合计：{whole}　累计支付合计：{paid}"
