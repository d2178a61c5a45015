"""Compose the sheet of one place (一县一表): what it has to reach, where it stands, what is open, what comes next."""

from collections import Counter
from collections.abc import Sequence

from app.domain.circular_projects import ProjectRow
from app.domain.circulars import STANDING_ORDER
from app.domain.official_words import STANDINGS
from app.domain.sheets import CountySheetFacts, SheetMilestone, due_next, lagging
from app.domain.vocabulary import Standing
from app.printouts.chart_kinds import trajectory_chart
from app.printouts.documents import (
    Align,
    Block,
    CellType,
    Chart,
    ChartKind,
    Column,
    Document,
    Pairs,
    Paragraph,
    Series,
    Table,
)
from app.printouts.milestone_tables import progress_cell
from app.printouts.sheet_targets import target_blocks, totals_words
from app.printouts.sheet_words import (
    CLAUSE,
    DAYS_LATE,
    EFFECTIVE_DUE,
    NUMBER,
    ORIGINAL_DUE,
    PROGRESS,
    STANDING,
    TASK,
    accounts,
    counts_words,
    dates_words,
    days_late,
    fits,
    numbered,
    open_words,
    plan_words,
    sheet,
    standing_words,
)

CHARTED = 15  # from so many milestones on a picture says more than the list
NAMED = 4  # units named in the head
SHARED_SHOWN = 10  # tasks of the wider area that are late
_LATE = (Standing.OVERDUE, Standing.REGRESSED, Standing.BEHIND)

WIDE_TASK = Column("任务", 96)
MILESTONE_COLUMNS = (NUMBER, CLAUSE, TASK, ORIGINAL_DUE, EFFECTIVE_DUE, STANDING, PROGRESS, DAYS_LATE)
SHARED_COLUMNS = (NUMBER, CLAUSE, WIDE_TASK, EFFECTIVE_DUE, STANDING, DAYS_LATE)
DAYS_LEFT = Column("距时限\n天数", 20, Align.CENTER, CellType.INTEGER)
NEXT_COLUMNS = (NUMBER, CLAUSE, WIDE_TASK, EFFECTIVE_DUE, STANDING, DAYS_LEFT)
PROJECT_COLUMNS = (
    NUMBER,
    Column("项目名称", 50),
    Column("性质", 15, Align.CENTER),
    Column("总投资\n（万元）", 20, Align.RIGHT, CellType.NUMBER, missing="未填报"),
    Column("累计支付\n（万元）", 20, Align.RIGHT, CellType.NUMBER, missing="未填报"),
    Column("开工", 14, Align.CENTER),
    Column("竣工", 14, Align.CENTER),
    Column("形象\n进度", 17, Align.RIGHT, CellType.PERCENT, missing="未填报"),
)


def compose(facts: CountySheetFacts) -> Document:
    """Compose the sheet of one place, upright: as many pages as its tables need."""
    blocks: list[Block] = [_head(facts)]
    if facts.milestones:
        blocks.append(_milestones(facts))
    blocks.append(_next(facts))
    if chart := standing_chart(facts.milestones):
        blocks.append(chart)
    blocks += target_blocks(facts.targets)
    blocks += (trajectory_chart(one, sheet=f"指标走势{no}") for no, one in enumerate(lagging(facts), start=1))
    blocks += _shared(facts)
    if facts.projects:
        blocks.append(project_table(facts.projects))
    blocks += accounts(facts.alerts, facts.cases, facts.items, facts.head.on)
    title = (facts.place, "任务和指标情况表")
    return sheet(facts.head, title, blocks, outlined_as=facts.place)


def _head(facts: CountySheetFacts) -> Pairs:
    rows = [("所属方案", plan_words(facts.head)), ("责任单位", _units(facts.units))]
    if aim := facts.recognition:
        rows += [
            ("认定时限", f"{dates_words(aim)}；方案表述：{aim.due_phrase}"),
            ("认定进展", standing_words(aim)),
        ]
    rows.append(("本地区任务", counts_words(facts.milestones)))
    if facts.shared:
        rows.append(("其他任务", counts_words(facts.shared)))
    rows += [("量化指标", totals_words(facts.targets)), open_words(facts.alerts, facts.cases, facts.items)]
    if not fits(facts.head):
        rows.append(("填表单位", facts.head.office))
    return Pairs(tuple(rows), width=32)


def _units(names: Sequence[str]) -> str:
    if not names:
        return "未明确"
    return "、".join(names[:NAMED]) + (f"等{len(names)}个单位" if len(names) > NAMED else "")


def _milestones(facts: CountySheetFacts) -> Table:
    rows = (
        (
            row.clause,
            row.title,
            row.original_due_on,
            row.effective_due_on,
            row.standing_label,
            progress_cell(row),
            days_late(row),
        )
        for row in facts.milestones
    )
    return Table(MILESTONE_COLUMNS, numbered(rows), "本地区任务", "本地区任务", "未对本地区单列任务")


def standing_chart(rows: Sequence[SheetMilestone]) -> Chart | None:
    """Draw how many milestones stand how; None: too few to draw, or all stand alike."""
    counts = Counter(row.standing for row in rows)
    if len(rows) < CHARTED or len(counts) < 2:
        return None
    shown = [standing for standing in STANDING_ORDER if counts[standing]]
    return Chart(
        ChartKind.BARS,
        "本地区任务状态",
        "状态",
        "项",
        tuple(STANDINGS[standing] for standing in shown),
        (Series("任务", tuple(counts[standing] for standing in shown)),),
        "任务状态图",
    )


def _shared(facts: CountySheetFacts) -> tuple[Block, ...]:
    """List what is late of the wider area's tasks for which units of the place answer."""
    late = sorted((row for row in facts.shared if row.standing in _LATE), key=lambda row: -row.days_late)
    if not late:
        return ()
    rows = (
        (row.clause, row.title, row.effective_due_on, row.standing_label, days_late(row)) for row in late[:SHARED_SHOWN]
    )
    table = Table(SHARED_COLUMNS, numbered(rows), "承担的其他任务中逾期、滞后和滑坡的事项", "其他任务中的问题")
    if len(late) <= SHARED_SHOWN:
        return (table,)
    return table, Paragraph(f"此类事项共{len(late)}项，上表列{SHARED_SHOWN}项，其余见有关单位任务表。")


def project_table(projects: Sequence[ProjectRow]) -> Table:
    """List the projects sited at the place."""
    rows = (
        (
            row.name,
            row.nature_label,
            row.investment_wan,
            row.paid_wan,
            row.start_standing_label,
            row.completion_standing_label,
            row.progress_pct,
        )
        for row in projects
    )
    return Table(PROJECT_COLUMNS, numbered(rows), "工程项目", "工程项目")


def _next(facts: CountySheetFacts) -> Table:
    """List what falls due next, of the place's own tasks and of those its units answer for."""
    on = facts.head.on
    rows = (
        (
            row.clause,
            row.title,
            row.effective_due_on,
            row.standing_label,
            (row.effective_due_on - on).days,
        )
        for row in due_next((*facts.milestones, *facts.shared), on)
    )
    return Table(NEXT_COLUMNS, numbered(rows), "下一步到期任务", "下一步到期", "无未到期任务")
