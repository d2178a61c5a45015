"""Progress by county or unit, indicators, and construction projects, as a circular or report tells of them."""

from collections.abc import Sequence

from app.domain.circular_projects import project_totals
from app.domain.circular_variation import variation_table
from app.domain.circulars import (
    NO_UNIT,
    CircularFacts,
    GroupProgress,
    has_counties,
    progress_by_group,
    target_totals,
)
from app.domain.plan_names import short_form
from app.domain.targets import Verdict
from app.printouts.circular_annexes import Annexes, Part
from app.printouts.circular_charts import group_chart
from app.printouts.circular_words import BODY_LIST_LIMIT, group_noun, percent, some
from app.printouts.documents import Align, Block, CellType, Column, Paragraph, Table, number_text
from app.printouts.milestone_tables import AREA


def group_blocks(facts: CircularFacts) -> tuple[Block, ...]:
    """Tell the progress by county or by lead unit: in words, as a picture with its table, and the on-time rates."""
    groups = progress_by_group(facts)
    if not groups:
        return (Paragraph("台账尚无任务，各地各单位进展暂不通报。"),)
    blocks: list[Block] = [Paragraph(_groups_text(facts, groups))]
    noun = group_noun(facts)
    rated = [group for group in groups if group.on_time.rate_pct is not None]
    if rated:
        blocks.append(_rate_table(noun, rated))
    if chart := group_chart(facts, groups, f"各{noun}任务状态"):
        blocks.append(chart)
    return tuple(blocks)


def _rate_table(noun: str, groups: list[GroupProgress]) -> Table:
    columns = (
        Column(noun, 48),
        Column("任务数\n（项）", 27, Align.CENTER, CellType.INTEGER),
        Column("已到期\n（项）", 27, Align.CENTER, CellType.INTEGER),
        Column("按期完成\n（项）", 27, Align.CENTER, CellType.INTEGER),
        Column("按期\n完成率", 27, Align.CENTER, CellType.PERCENT),
    )
    rows = tuple(
        (group.name, group.total, group.on_time.due, group.on_time.in_time, group.on_time.rate_pct) for group in groups
    )
    return Table(columns, rows, f"各{noun}到期任务按期完成情况", "按期完成情况")


def _groups_text(facts: CircularFacts, groups: tuple[GroupProgress, ...]) -> str:
    """Count the counties or units and name those on time and late; what is of no county or no unit is told apart."""
    by = "地区" if has_counties(facts) else "牵头责任单位"
    own = f"{facts.area}{AREA}"
    named = [group for group in groups if group.name not in (own, NO_UNIT)]
    apart = [group for group in groups if group.name in (own, NO_UNIT)]
    area = f"和{own}" if any(group.name == own for group in apart) else ""
    parts = [f"按{by}统计，共有{_counted(facts, named)}{area}承担任务"] if named else []
    if unnamed := sum(group.total for group in apart if group.name == NO_UNIT):
        parts.append(f"{'另' if named else ''}有{unnamed}项任务{short_form(facts.plan_title)}未明确责任单位")
    parts += [part for part in (_full_text(facts, named, apart), _late_text(facts, named, apart)) if part]
    return "。".join(parts) + "。"


def _counted(facts: CircularFacts, named: Sequence[GroupProgress]) -> str:
    return f"{len(named)}个{'县市区' if has_counties(facts) else '单位'}"


def _full_text(facts: CircularFacts, named: Sequence[GroupProgress], apart: Sequence[GroupProgress]) -> str:
    """Name those that did in time whatever was due."""
    full = [group.name for group in named if group.on_time.rate_pct == 100]
    parts = [f"{group.name}的到期任务全部按期完成" for group in apart if group.on_time.rate_pct == 100]
    if full:
        counted = _counted(facts, [group for group in named if group.name in full])
        parts.insert(0, f"到期任务全部按期完成的有{counted}：{some(full, len(full))}")
    return "；".join(parts)


def _late_text(facts: CircularFacts, named: Sequence[GroupProgress], apart: Sequence[GroupProgress]) -> str:
    """Name those with overdue tasks, the most first."""
    late = sorted((group for group in named if group.overdue), key=lambda group: -group.overdue)
    also = [f"{group.name}的任务逾期{group.overdue}项" for group in apart if group.overdue]
    if late:
        names = (f"{group.name}（{group.overdue}项）" for group in late)
        most = "：" if len(late) <= BODY_LIST_LIMIT else "，逾期项数较多的是"
        also.insert(0, f"有逾期任务的有{_counted(facts, late)}{most}{some(names, len(late))}")
    elif named:
        also.insert(0, f"各{'县市区' if also and has_counties(facts) else group_noun(facts)}均无逾期任务")
    return "；".join(also) or "无逾期任务"


def target_text(facts: CircularFacts, annexes: Annexes) -> str:
    """Tell how many targets are met, unmet and not assessed; of coefficients of variation once there are any."""
    totals, pointer = target_totals(facts), annexes.pointer(Part.INDICATORS)
    if not totals.total:
        return f"{short_form(facts.plan_title)}未设量化指标。"
    if totals.met_pct is None:
        due = sum(row.effective_due_on <= facts.cut_off_on for row in facts.targets)
        reached = f"其中时限已到{due}项次{pointer}" if due else "时限均未到"
        return f"{short_form(facts.plan_title)}量化目标共{totals.total}项次，均无监测值，未评估；{reached}。"
    missing = f"；无监测值、未评估{totals.not_assessed}项次" if totals.not_assessed else ""
    return (
        f"{short_form(facts.plan_title)}量化目标共{totals.total}项次，"
        f"已评估{totals.met + totals.unmet}项次，其中达标{totals.met}项次、"
        f"未达标{totals.unmet}项次，达标率{percent(totals.met_pct)}{missing}{pointer}。{_variation_text(facts)}"
    )


def _variation_text(facts: CircularFacts) -> str:
    table = variation_table(facts.targets)
    if table is None:
        return ""
    measured = [item for row in table.rows for item in row.targets if item is not None and item.measured is not None]
    met = sum(item.verdict is Verdict.MET for item in measured)
    unmet = "" if met == len(measured) else f"，未达到限值{len(measured) - met}项次"
    return f"其中，校际差异系数已测算{len(measured)}项次，达到限值{met}项次{unmet}。"


def project_text(facts: CircularFacts, annexes: Annexes) -> str:
    """Tell of the construction projects: how many, what they cost, what was paid."""
    totals = project_totals(facts.projects)
    if not totals.count:
        return f"{short_form(facts.plan_title)}未列工程项目。"
    whole = "总投资未明确" if totals.investment_wan is None else f"总投资{number_text(totals.investment_wan)}万元"
    paid = "累计支付未填报" if totals.paid_wan is None else f"已填报的累计支付{number_text(totals.paid_wan)}万元"
    share = "" if totals.paid_pct is None else f"，占相应项目总投资的{percent(totals.paid_pct)}"
    missing = f"；另有{totals.without_payment}个项目未填报支付数据" if 0 < totals.without_payment < totals.count else ""
    pointer = annexes.pointer(Part.PROJECTS)
    return f"列入{short_form(facts.plan_title)}的工程项目{totals.count}个，{whole}，{paid}{share}{missing}{pointer}。"
