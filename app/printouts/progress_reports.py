"""Compose the progress report (进展情况报告) to the leading group: everything since the plan was issued."""

from collections.abc import Sequence

from app.domain.circulars import GroupProgress, has_counties
from app.domain.plan_names import short_form, title_of
from app.domain.progress_reports import ProgressFacts, progress_by_stage, progress_by_unit
from app.printouts.captions import numbered
from app.printouts.circular_annexes import (
    Annexes,
    Part,
    case_annex,
    due_next_annex,
    gather_annexes,
    indicator_annex,
    overdue_annex,
    project_annex,
)
from app.printouts.circular_charts import quarter_chart
from app.printouts.circular_overview import counts_text, on_time_text, standing_table, unconfirmed_text
from app.printouts.circular_parts import group_blocks, project_text, target_text
from app.printouts.circular_problems import problem_paragraphs
from app.printouts.circular_words import ORDINALS
from app.printouts.circulars import basis_text, open_number
from app.printouts.documents import (
    Align,
    Block,
    CellType,
    Column,
    Distribution,
    Document,
    Heading,
    Paragraph,
    Slot,
    Table,
    day_text,
)
from app.printouts.fixed_words import UNSIGNED_BY
from app.printouts.progress_handling import handling_paragraphs
from app.printouts.progress_outlook import next_paragraphs, warning_annex, warning_paragraphs
from app.printouts.title_lines import break_title

COUNTS = ("任务数", "已销号", "滞后", "逾期", "已到期")
BACK, AHEAD = 11, 4  # quarters that the picture of completion shows around the cut-off


def compose_report(facts: ProgressFacts) -> Document:
    """Compose the report as a draft: number and day are left open."""
    annexes = report_annexes(facts)
    return Document(
        red_mark=f"{facts.issuer_office}文件",
        number_line=open_number(facts),
        title_lines=break_title((f"关于{title_of(facts.plan_title)}", "实施进展情况的报告")),
        addressee=f"{facts.leading_group}：",
        blocks=numbered(_chapters(facts, annexes)),
        annexes=annexes.printed(),
        signature=facts.issuer_office,
        signed_on=None,
        distribution=Distribution((), facts.issuer_office, None),
        data_as_of=facts.cut_off_at,
        signer=UNSIGNED_BY,  # a report goes to a superior
    )


def report_annexes(facts: ProgressFacts) -> Annexes:
    """Return the annexes of a progress report in the order in which the body points to them."""
    return gather_annexes(
        (
            (Part.OVERDUE, overdue_annex(facts)),
            (Part.INDICATORS, indicator_annex(facts)),
            (Part.PROJECTS, project_annex(facts)),
            (Part.CASES, case_annex(facts)),
            (Part.WARNINGS, warning_annex(facts)),
            (Part.DUE_NEXT, due_next_annex(facts)),
        )
    )


def _chapters(facts: ProgressFacts, annexes: Annexes) -> tuple[Block, ...]:
    """Write the chapters that have something to tell, numbered in order, between opening and closing."""
    chapters = (
        ("总体进展", _overview(facts, annexes)),
        ("各地各单位进展", (*group_blocks(facts), *_units(facts))),
        ("重点指标达标情况", (Paragraph(target_text(facts, annexes)),)),
        ("工程项目和资金情况", (Paragraph(project_text(facts, annexes)),)),
        ("督办问责情况", handling_paragraphs(facts, annexes)),
        ("预警研判", warning_paragraphs(facts, annexes)),
        ("存在问题", problem_paragraphs(facts, annexes)),
        ("下一步工作安排", next_paragraphs(facts, annexes)),
    )
    told = [(title, blocks) for title, blocks in chapters if blocks]
    headed = (
        block
        for ordinal, (title, blocks) in zip(ORDINALS, told, strict=False)
        for block in (Heading(f"{ordinal}、{title}"), *blocks)
    )
    return _opening(facts), Paragraph(basis_text(facts, "报告")), *headed, _closing(), Paragraph("特此报告。")


def _opening(facts: ProgressFacts) -> Paragraph:
    text = f"现将{title_of(facts.plan_title)}实施以来的进展情况报告如下。"
    return Paragraph(text, Slot.OPENING)


def _closing() -> Paragraph:
    return Paragraph("以上情况和下一步工作安排，请审阅；如有指示，我办将认真抓好落实。", Slot.CLOSING)


def _overview(facts: ProgressFacts, annexes: Annexes) -> tuple[Block, ...]:
    blocks: list[Block] = [Heading("（一）任务完成情况", 2), Paragraph(counts_text(facts, ""))]
    if facts.milestones:
        blocks.append(standing_table(facts, "任务状态"))
    blocks += [Heading("（二）按期完成情况", 2), Paragraph(on_time_text(facts, annexes.pointer(Part.OVERDUE)))]
    if unconfirmed := unconfirmed_text(facts):
        blocks.append(Paragraph(unconfirmed))
    if chart := quarter_chart(facts, "分季度任务完成情况", back=BACK, ahead=AHEAD):
        blocks.append(chart)
    if stages := progress_by_stage(facts):
        blocks += [Heading("（三）各阶段完成情况", 2), Paragraph(_stages_text(facts))]
        blocks.append(_progress_table("阶段", stages, "各阶段任务完成情况", "各阶段完成情况"))
    return tuple(blocks)


def _stages_text(facts: ProgressFacts) -> str:
    now = [stage.name for stage in facts.stages if stage.start_on <= facts.cut_off_on <= stage.end_on]
    spans = "，".join(f"{stage.name}为{day_text(stage.start_on)}至{day_text(stage.end_on)}" for stage in facts.stages)
    told = f"{short_form(facts.plan_title)}分{len(facts.stages)}个阶段实施：{spans}。"
    if now:
        told += f"截至{day_text(facts.cut_off_on)}，处于{'、'.join(now)}。"
    elif all(stage.end_on < facts.cut_off_on for stage in facts.stages):
        told += f"截至{day_text(facts.cut_off_on)}，各阶段均已届满。"
    apart = sum(row.stage is None for row in facts.milestones)
    return told + (f"另有{apart}项任务不分阶段，未列入下表。" if apart else "")


def _units(facts: ProgressFacts) -> tuple[Block, ...]:
    """Tell the progress by lead unit where the chapter tells it by county."""
    if not has_counties(facts):
        return ()
    return (_progress_table("牵头责任单位", progress_by_unit(facts), "各牵头责任单位任务进展", "各单位进展"),)


def _progress_table(noun: str, groups: Sequence[GroupProgress], caption: str, sheet: str) -> Table:
    columns = (
        Column(noun, 46),
        *(
            Column(title, 18, Align.CENTER, CellType.INTEGER)
            for title in ("任务数", "已销号", "滞后", "逾期", "已到期")
        ),
        Column("按期\n完成率", 20, Align.CENTER, CellType.PERCENT, missing="未评估"),
    )
    rows = tuple(
        (
            group.name,
            group.total,
            group.closed,
            group.behind,
            group.overdue,
            group.on_time.due,
            group.on_time.rate_pct,
        )
        for group in groups
    )
    return Table(columns, rows, caption, sheet)
