"""Compose the quarterly circular (季度通报): five chapters and the annexes that hold something."""

from datetime import date

from app.core.clock import SHANGHAI
from app.domain.circulars import CircularFacts, has_counties
from app.domain.distribution import all_counties
from app.domain.plan_names import short_form, title_of
from app.printouts.captions import numbered
from app.printouts.circular_annexes import Annexes, Part, circular_annexes
from app.printouts.circular_charts import quarter_chart
from app.printouts.circular_handling import handling_text
from app.printouts.circular_overview import (
    comparison_text,
    counts_text,
    on_time_text,
    standing_table,
    unconfirmed_text,
)
from app.printouts.circular_parts import group_blocks, project_text, target_text
from app.printouts.circular_problems import problem_paragraphs
from app.printouts.circular_requirements import requirements
from app.printouts.documents import Block, Distribution, Document, Heading, Paragraph, Slot, day_text
from app.printouts.title_lines import break_title

BACK, AHEAD = 5, 2  # quarters that the picture of completion shows around the cut-off


def compose(
    facts: CircularFacts,
    *,
    number: str | None = None,
    signed_on: date | None = None,
    copies_to: tuple[str, ...] = (),
) -> Document:
    """Compose the circular; a draft has no `number` and no `signed_on` and leaves their places open."""
    annexes = circular_annexes(facts)
    return Document(
        red_mark=f"{facts.issuer_office}文件",
        number_line=number or open_number(facts),
        title_lines=break_title((f"关于{title_of(facts.plan_title)}", facts.quarter_label, "落实情况的通报")),
        addressee=f"{_counties(facts)}，各责任单位：" if has_counties(facts) else "各责任单位：",
        blocks=numbered(chapters(facts, annexes)),
        annexes=annexes.printed(),
        signature=facts.issuer_office,
        signed_on=signed_on,
        distribution=Distribution(copies_to, facts.issuer_office, signed_on),
        data_as_of=facts.cut_off_at,
    )


def _counties(facts: CircularFacts) -> str:
    """Name the governments of the counties together, as the plan has them."""
    return all_counties(row.group for row in facts.milestones if row.group)


def open_number(facts: CircularFacts) -> str:
    """Return the number line of a draft: the year, and room for organ and serial."""
    return f"〔{facts.cut_off_at.astimezone(SHANGHAI).year}〕　号"


def chapters(facts: CircularFacts, annexes: Annexes) -> tuple[Block, ...]:
    """Write the opening, the five chapters and the closing."""
    return (
        opening(facts),
        Paragraph(basis_text(facts, "通报")),
        *_overview_chapter(facts, annexes),
        Heading("二、各地各单位进展"),
        *group_blocks(facts),
        Heading("三、重点指标和项目"),
        Heading("（一）重点指标", 2),
        Paragraph(target_text(facts, annexes)),
        Heading("（二）工程项目", 2),
        Paragraph(project_text(facts, annexes)),
        Heading("四、存在问题"),
        *problem_paragraphs(facts, annexes),
        Heading("五、下一步工作要求"),
        *requirements(facts, annexes),
        closing(facts),
        Paragraph("特此通报。"),
    )


def opening(facts: CircularFacts) -> Paragraph:
    """Write the opening that an office may word itself: which plan, which quarter; no figure."""
    return Paragraph(
        f"按照{title_of(facts.plan_title)}要求，现将{facts.quarter_label}{facts.area}各项任务落实情况通报如下。",
        Slot.OPENING,
    )


def closing(facts: CircularFacts) -> Paragraph:
    """Write the closing that an office may word itself."""
    who = f"{_counties(facts)}、各责任单位" if has_counties(facts) else "各责任单位"
    return Paragraph(
        f"{who}要对照本通报指出的问题，压实责任、细化措施，逐项抓好整改落实，"
        f"确保{short_form(facts.plan_title)}确定的目标任务按期完成。",
        Slot.CLOSING,
    )


def basis_text(facts: CircularFacts, what: str) -> str:
    """Say what the figures rest on, how the plan is called from here on, and until when they go; it is not worded."""
    number = f"{facts.plan_document_number}，" if facts.plan_document_number else ""
    plan = f"{title_of(facts.plan_title)}（{number}以下简称{short_form(facts.plan_title)}）"
    day = day_text(facts.cut_off_on)
    gaps = "未填报的数据不作推算，相应列为“未填报”或“未评估”"
    return f"本{what}依据{plan}任务台账编制，数据截至{day}；{gaps}。"


def _overview_chapter(facts: CircularFacts, annexes: Annexes) -> tuple[Block, ...]:
    blocks: list[Block] = [
        Heading("一、总体情况"),
        Heading("（一）任务进度", 2),
        Paragraph(counts_text(facts, annexes.pointer(Part.MILESTONES))),
    ]
    if facts.milestones:
        blocks.append(standing_table(facts, f"{facts.quarter_label}任务状态"))
    blocks += [Heading("（二）按期完成情况", 2), Paragraph(on_time_text(facts, annexes.pointer(Part.OVERDUE)))]
    if unconfirmed := unconfirmed_text(facts):
        blocks.append(Paragraph(unconfirmed))
    blocks += [Heading("（三）与上季度比较", 2), Paragraph(comparison_text(facts))]
    blocks += [Heading("（四）问责整改情况", 2), Paragraph(handling_text(facts, annexes.pointer(Part.CASES)))]
    chart = quarter_chart(facts, "分季度任务完成情况", back=BACK, ahead=AHEAD)
    return (*blocks, chart) if chart else tuple(blocks)
