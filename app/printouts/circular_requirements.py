"""What is asked of whom next (下一步工作要求): each point only where the facts give something to point to."""

from app.domain.circular_cases import case_totals, rectification_totals
from app.domain.circular_problems import ProblemKind, problems
from app.domain.circulars import CircularFacts, MilestoneRow, due_until_quarter_end, ending, overdue, unconfirmed_count
from app.domain.plan_names import short_form
from app.domain.vocabulary import Standing
from app.printouts.circular_annexes import Annexes, Part
from app.printouts.circular_words import ORDINALS, distinct, due_name, some
from app.printouts.documents import Block, Heading, Paragraph, day_text

Point = tuple[str, str]  # what is asked, and of whom and how


def requirements(facts: CircularFacts, annexes: Annexes) -> tuple[Block, ...]:
    """Return the points with their headings."""
    points = (
        _late_point(facts, annexes),
        _ending_point(facts),
        _next_point(facts, annexes),
        _figures_point(facts, annexes),
        _cases_point(facts, annexes),
        _report_point(),
    )
    blocks: list[Block] = []
    for ordinal, (title, text) in zip(ORDINALS, (point for point in points if point), strict=False):
        blocks += [Heading(f"（{ordinal}）{title}", 2), Paragraph(text)]
    return tuple(blocks)


def _late_point(facts: CircularFacts, annexes: Annexes) -> Point | None:
    late = overdue(facts)
    if not late:
        return None
    units = distinct(row.responsible[0] for row in late if row.responsible)
    who = some(units, len(units), "个单位") if units else "各有关单位"
    unnamed = sum(not row.responsible for row in late)
    apart = (
        f"其中{short_form(facts.plan_title)}未明确责任单位的{unnamed}项，由我办商有关方面明确牵头单位。"
        if unnamed
        else ""
    )
    return (
        "限期办结逾期任务",
        f"{who}要对照{annexes.label(Part.OVERDUE)}逐项查明逾期原因，明确完成时限和责任人，倒排工期，"
        f"对{len(late)}项逾期任务完成一项、核验一项、销号一项。{apart}",
    )


def _ending_point(facts: CircularFacts) -> Point | None:
    rows = ending(facts)
    if not rows:
        return None
    return (
        "核清时限届满任务",
        f"{day_text(facts.cut_off_on)}到期、尚未完成的{len(rows)}项任务，各责任单位要立即报送完成情况和佐证材料；"
        "仍未完成的，自次日起按逾期任务管理。",
    )


def _next_point(facts: CircularFacts, annexes: Annexes) -> Point | None:
    """Ask for what falls due, or for what comes after that; None: nothing is left to fall due."""
    told = due_text(facts, annexes)
    if not told and not any(_is_ahead(row, facts) for row in facts.milestones):
        return None
    if not told:
        return "抓紧推进到期任务", f"{facts.next_quarter_label}无到期任务，各责任单位要抓紧推进后续任务。"
    return "抓紧推进到期任务", f"{told}各责任单位要提前梳理进度，及早协调解决问题，确保按期完成。"


def _is_ahead(row: MilestoneRow, facts: CircularFacts) -> bool:
    settled = row.standing in (Standing.CLOSED, Standing.WITHDRAWN)
    return not settled and row.effective_due_on > facts.cut_off_on


def due_text(facts: CircularFacts, annexes: Annexes) -> str:
    """Name what falls due in what is left of the quarter and in the next one; empty when nothing does."""
    label = annexes.label(Part.DUE_NEXT)
    told = ""
    if rest := due_until_quarter_end(facts):
        names = some(map(due_name, rest), len(rest), annex=label)
        told += f"{facts.quarter_label}内尚有{len(rest)}项任务将到期：{names}。"
    if facts.due_next:
        names = some(map(due_name, facts.due_next), len(facts.due_next), annex=label)
        told += f"{facts.next_quarter_label}到期的任务共{len(facts.due_next)}项：{names}。"
    return told


def _figures_point(facts: CircularFacts, annexes: Annexes) -> Point | None:
    kinds = {problem.kind for problem in problems(facts)}
    indicators, projects = annexes.label(Part.INDICATORS), annexes.label(Part.PROJECTS)
    wanted = []
    if ProblemKind.UNASSESSED_TARGETS in kinds:
        wanted.append(f"对照{indicators}补报监测数据")
    if ProblemKind.UNMET_TARGETS in kinds:
        wanted.append(f"对照{indicators}对未达标指标制定提升措施")
    if ProblemKind.UNREPORTED_PAYMENTS in kinds:
        wanted.append(f"对照{projects}补报项目支付数据")
    if unconfirmed := unconfirmed_count(facts):
        wanted.append(f"对{unconfirmed}项待核实任务逐项核对，提供完成时间和佐证材料")
    return ("补齐数据和佐证材料", f"各责任单位要{'；'.join(wanted)}。") if wanted else None


def _cases_point(facts: CircularFacts, annexes: Annexes) -> Point | None:
    open_cases = case_totals(facts.cases, facts.quarter_first_on).open
    items = rectification_totals(facts.rectifications)
    waiting = items.open + items.done
    told = [f"问责案件{open_cases}件"] if open_cases else []
    told += [f"整改事项{waiting}项"] if waiting else []
    if not told:
        return None
    return (
        "落实问责和整改",
        f"对截至{day_text(facts.cut_off_on)}尚未办结的{'、'.join(told)}{annexes.pointer(Part.CASES)}，"
        "有关单位要按期反馈情况说明和整改结果，整改完成后按程序销号。",
    )


def _report_point() -> Point:
    return (
        "严格按时填报",
        "各责任单位要按要求填报任务进展、监测数据和佐证材料，对填报内容的真实性负责；"
        "预计不能按期完成的，应在到期前提出延期申请并说明理由。",
    )
