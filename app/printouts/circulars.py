"""Compose the quarterly circular (季度通报): five chapters and six annexes from one set of facts."""

from datetime import date

from app.core.clock import SHANGHAI
from app.domain.circulars import (
    NO_UNIT,
    CircularFacts,
    GroupProgress,
    StandingTotal,
    ending,
    has_counties,
    has_previous,
    on_time,
    on_time_change,
    progress_by_group,
    project_totals,
    standing_totals,
    target_totals,
    unconfirmed_count,
)
from app.domain.official_words import STANDINGS
from app.domain.vocabulary import Standing
from app.printouts.circular_annexes import INDICATORS, MILESTONES, OVERDUE, PROJECTS, annexes
from app.printouts.circular_problems import problem_chapter, requirement_chapter
from app.printouts.circular_words import BODY_LIST_LIMIT, break_title, change_text, group_noun, percent, some
from app.printouts.documents import (
    Align,
    Block,
    CellType,
    Column,
    Distribution,
    Document,
    Heading,
    Paragraph,
    Table,
    day_text,
    number_text,
)


def compose(
    facts: CircularFacts,
    *,
    number: str | None = None,
    signed_on: date | None = None,
    copies_to: tuple[str, ...] = (),
) -> Document:
    """Compose the circular; a draft has no `number` and no `signed_on` and leaves their places open."""
    return Document(
        red_mark=f"{facts.issuer_office}文件",
        number_line=number or f"〔{facts.cut_off_at.astimezone(SHANGHAI).year}〕　号",
        title_lines=break_title((f"关于{facts.quarter_label}", facts.plan_short_title, "落实情况的通报")),
        addressee="各县（市、区）人民政府，各责任单位：" if has_counties(facts) else "各责任单位：",
        blocks=chapters(facts),
        annexes=annexes(facts),
        signature=facts.issuer_office,
        signed_on=signed_on,
        distribution=Distribution(copies_to, facts.issuer_office, signed_on),
        data_as_of=facts.cut_off_at,
    )


def chapters(facts: CircularFacts) -> tuple[Block, ...]:
    """Write the opening paragraph and the five chapters."""
    return (
        opening(facts),
        *overview_chapter(facts),
        *group_chapter(facts),
        *target_chapter(facts),
        *problem_chapter(facts),
        *requirement_chapter(facts),
    )


def opening(facts: CircularFacts) -> Paragraph:
    """Write the opening paragraph: which plan, which quarter, as of when."""
    number = f"{facts.plan_document_number}，" if facts.plan_document_number else ""
    return Paragraph(
        f"按照《{facts.plan_title}》（{number}以下简称《方案》）要求，现将{facts.quarter_label}{facts.area}"
        f"各项任务进展情况通报如下。本通报数据截至{day_text(facts.cut_off_on)}。"
    )


def overview_chapter(facts: CircularFacts) -> tuple[Block, ...]:
    """Write chapter one: counts, shares, on-time rate, change on the quarter."""
    totals = standing_totals(facts)
    blocks: list[Block] = [
        Heading("一、总体情况"),
        Heading("（一）任务进度", 2),
        Paragraph(_counts_text(facts, totals)),
    ]
    if facts.milestones:
        blocks.append(_standing_table(facts, totals))
    blocks += [Heading("（二）按期完成情况", 2), Paragraph(_on_time_text(facts))]
    if unconfirmed := unconfirmed_count(facts):
        blocks.append(Paragraph(_unconfirmed_text(unconfirmed)))
    blocks += [Heading("（三）与上季度比较", 2), Paragraph(_comparison_text(facts, totals))]
    return tuple(blocks)


def group_chapter(facts: CircularFacts) -> tuple[Block, ...]:
    """Write chapter two: progress by county or by lead unit."""
    groups = progress_by_group(facts)
    heading = Heading("二、各地各单位进展")
    if not groups:
        return heading, Paragraph("台账尚无任务，各地各单位进展暂不通报。")
    return heading, Paragraph(_groups_text(facts, groups)), _group_table(facts, groups)


def target_chapter(facts: CircularFacts) -> tuple[Block, ...]:
    """Write chapter three: targets and construction projects."""
    return (
        Heading("三、重点指标和项目"),
        Heading("（一）重点指标", 2),
        Paragraph(_targets_text(facts)),
        Heading("（二）工程项目", 2),
        Paragraph(_projects_text(facts)),
    )


def _counts_text(facts: CircularFacts, totals: tuple[StandingTotal, ...]) -> str:
    day = day_text(facts.cut_off_on)
    if not facts.milestones:
        return f"截至{day}，《方案》任务尚未列入台账，无进度可报。"
    parts = [f"{STANDINGS[t.standing]}{t.count}项，占{percent(t.share_pct)}" for t in totals if t.count]
    none_closed = "" if any(t.count for t in totals if t.standing is Standing.CLOSED) else "；尚无任务销号"
    whole = f"截至{day}，《方案》列入台账的任务共{len(facts.milestones)}项"
    return f"{whole}，其中：{'；'.join(parts)}{none_closed}（详见{MILESTONES}）。"


def _on_time_text(facts: CircularFacts) -> str:
    rate, day = on_time(facts.milestones, facts.cut_off_on), day_text(facts.cut_off_on)
    if rate.rate_pct is None:
        return f"截至{day}，尚无应完成的到期任务，按期完成率不作评估。"
    early = f"（其中提前完成{rate.early}项）" if rate.early else ""
    text = f"时限在{day}及以前的任务{rate.due}项，按期完成{rate.in_time}项{early}，按期完成率{percent(rate.rate_pct)}。"
    late = sum(row.standing is Standing.OVERDUE for row in facts.milestones)
    unfinished = len(ending(facts))
    if late:
        text += f"逾期未完成{late}项（详见{OVERDUE}）。"
    elif not unfinished:
        text += "无逾期未完成任务。"
    return text + (f"{day}当日到期、尚未完成{unfinished}项，自次日起计为逾期。" if unfinished else "")


def _unconfirmed_text(count: int) -> str:
    return f"另有{count}项任务的时限早于台账启用之日且无填报记录，列为待核实，不计入逾期任务和按期完成率。"


def _comparison_text(facts: CircularFacts, totals: tuple[StandingTotal, ...]) -> str:
    if not has_previous(facts):
        return "本季度为首次通报，无上季度数据可比。"
    seldom = (Standing.AWAITING_VERIFICATION, Standing.REGRESSED)
    shown = {Standing.CLOSED, Standing.BEHIND, Standing.OVERDUE}
    shown |= {t.standing for t in totals if t.standing in seldom and (t.count or t.previous)}
    parts = [f"{STANDINGS[t.standing]}任务{change_text(t.change or 0)}" for t in totals if t.standing in shown]
    text = f"与{facts.previous_quarter_label}末相比，{'，'.join(parts)}；"
    change = on_time_change(facts)
    if change is None:
        return text + "上季度末无到期任务，按期完成率无可比数据。"
    if change == 0:
        return text + "按期完成率持平。"
    return text + f"按期完成率{'上升' if change > 0 else '下降'}{number_text(abs(change))}个百分点。"


def _groups_text(facts: CircularFacts, groups: tuple[GroupProgress, ...]) -> str:
    noun = group_noun(facts)
    by = "地区" if has_counties(facts) else "牵头责任单位"
    named = [group for group in groups if group.name != NO_UNIT]
    parts = [f"按{by}统计，共有{len(named)}个{noun}承担任务"]
    if unnamed := sum(group.total for group in groups if group.name == NO_UNIT):
        parts.append(f"另有{unnamed}项任务《方案》未明确责任单位")
    full = [group.name for group in groups if group.on_time.rate_pct == 100]
    if full:
        parts.append(f"到期任务全部按期完成的有{len(full)}个：{some(full, len(full), '个')}")
    late = sorted((group for group in groups if group.overdue), key=lambda group: -group.overdue)
    if late:
        names = (f"{group.name}（{group.overdue}项）" for group in late)
        most = "：" if len(late) <= BODY_LIST_LIMIT else "，逾期项数较多的是"
        parts.append(f"有逾期任务的有{len(late)}个{most}{some(names, len(late), f'个{noun}')}")
    else:
        parts.append(f"各{noun}均无逾期任务")
    return "。".join(parts) + "。"


def _targets_text(facts: CircularFacts) -> str:
    totals = target_totals(facts)
    if not totals.total:
        return "《方案》未设量化指标。"
    if totals.met_pct is None:
        due = sum(row.effective_due_on <= facts.cut_off_on for row in facts.targets)
        reached = f"其中时限已到{due}项次（详见{INDICATORS}）" if due else "时限均未到"
        return f"《方案》量化目标共{totals.total}项次，截至通报数据日均无监测值，未评估；{reached}。"
    missing = f"；无监测值、未评估{totals.not_assessed}项次" if totals.not_assessed else ""
    return (
        f"《方案》量化目标共{totals.total}项次，已评估{totals.met + totals.unmet}项次，其中达标{totals.met}项次、"
        f"未达标{totals.unmet}项次，达标率{percent(totals.met_pct)}{missing}（详见{INDICATORS}）。"
    )


def _projects_text(facts: CircularFacts) -> str:
    totals = project_totals(facts)
    if not totals.count:
        return "《方案》未列工程项目。"
    whole = "总投资未填报" if totals.investment_wan is None else f"总投资{number_text(totals.investment_wan)}万元"
    paid = "累计支付未填报" if totals.paid_wan is None else f"已填报的累计支付{number_text(totals.paid_wan)}万元"
    share = "" if totals.paid_pct is None else f"，占相应项目总投资的{percent(totals.paid_pct)}"
    missing = f"；另有{totals.without_payment}个项目未填报支付数据" if 0 < totals.without_payment < totals.count else ""
    return f"列入《方案》的工程项目{totals.count}个，{whole}，{paid}{share}{missing}（详见{PROJECTS}）。"


def _standing_table(facts: CircularFacts, totals: tuple[StandingTotal, ...]) -> Table:
    previous = Column("上季度末（项）", 30, Align.CENTER, CellType.INTEGER, missing="无数据")
    columns = (
        Column("任务状态", 36, Align.CENTER),
        Column(
            "本季度末（项）" if facts.cut_off_on == facts.quarter_last_on else "目前（项）",
            30,
            Align.CENTER,
            CellType.INTEGER,
        ),
        Column("占比", 30, Align.CENTER, CellType.PERCENT),
        previous,
        Column("增减（项）", 30, Align.CENTER, CellType.INTEGER, missing="无数据"),
    )
    rows = tuple((STANDINGS[t.standing], t.count, t.share_pct, t.previous, t.change) for t in totals)
    return Table(columns, rows, f"表1　{facts.quarter_label}任务状态", "表1 任务状态")


def _group_table(facts: CircularFacts, groups: tuple[GroupProgress, ...]) -> Table:
    counts = {
        "任务数": [group.total for group in groups],
        "已销号": [group.closed for group in groups],
        "未到期": [group.running for group in groups],
        "待核验": [group.awaiting for group in groups],
        "滞后": [group.behind for group in groups],
        "逾期": [group.overdue for group in groups],
        "滑坡": [group.regressed for group in groups],
        "待核实": [group.unconfirmed for group in groups],
        "已调整": [group.withdrawn for group in groups],
    }
    optional = ("待核验", "滑坡", "待核实", "已调整")
    shown = {title: values for title, values in counts.items() if title not in optional or any(values)}
    columns = (
        Column(group_noun(facts), 32),
        *(Column(title, 14, Align.CENTER, CellType.INTEGER) for title in shown),
        Column("按期完成率", 20.5, Align.CENTER, CellType.PERCENT, missing="未评估"),
    )
    rows = tuple(
        (group.name, *(values[index] for values in shown.values()), group.on_time.rate_pct)
        for index, group in enumerate(groups)
    )
    return Table(columns, rows, f"表2　各{group_noun(facts)}任务进展", "表2 各地各单位进展")
