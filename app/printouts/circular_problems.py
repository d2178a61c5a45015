"""Chapters four and five of the quarterly circular: the problems named, and what is asked of whom."""

from collections.abc import Callable

from app.domain.circular_problems import LONG_OVERDUE_DAYS, Problem, ProblemKind, problems
from app.domain.circulars import CircularFacts, due_until_quarter_end, ending, lead_unit, overdue, unconfirmed_count
from app.printouts.circular_annexes import CASES, DUE_NEXT, INDICATORS, MILESTONES, OVERDUE, PROJECTS
from app.printouts.circular_words import ORDINALS, distinct, late_name, milestone_name, some, target_name
from app.printouts.documents import Block, Heading, Paragraph, day_text


def problem_chapter(facts: CircularFacts) -> tuple[Block, ...]:
    """Write chapter four: each problem the facts show, by name."""
    found = problems(facts)
    heading = Heading("四、存在问题")
    if not found:
        day = day_text(facts.cut_off_on)
        return heading, Paragraph(f"截至{day}，未发现任务逾期、进度滞后、指标不达标和未按要求填报等问题。")
    return heading, *(
        Paragraph(f"{ORDINALS[index]}是{SENTENCES[problem.kind](problem)}") for index, problem in enumerate(found)
    )


def requirement_chapter(facts: CircularFacts) -> tuple[Block, ...]:
    """Write chapter five: what is asked, each point only when it has something to point to."""
    points = [
        _late_point(facts),
        _ending_point(facts),
        _next_point(facts),
        _figures_point(facts),
        _cases_point(facts),
        _report_point(),
    ]
    blocks: list[Block] = [Heading("五、下一步工作要求")]
    for ordinal, (title, text) in zip(ORDINALS, [point for point in points if point], strict=False):
        blocks += [Heading(f"（{ordinal}）{title}", 2), Paragraph(text)]
    return (*blocks, Paragraph("特此通报。"))


def _long_overdue(problem: Problem) -> str:
    names = some(map(late_name, problem.milestones), problem.count, annex=OVERDUE)
    return f"部分任务长期逾期。逾期超过{LONG_OVERDUE_DAYS}天的任务{problem.count}项：{names}。"


def _overdue(problem: Problem) -> str:
    names = some(map(late_name, problem.milestones), problem.count, annex=OVERDUE)
    return f"部分任务未按期完成。逾期{LONG_OVERDUE_DAYS}天以内的任务{problem.count}项：{names}。"


def _ending(problem: Problem) -> str:
    names = some(map(milestone_name, problem.milestones), problem.count, annex=MILESTONES)
    return f"部分任务时限届满尚未完成。通报数据日当日到期而未完成的任务{problem.count}项：{names}。"


def _nothing_reported(problem: Problem) -> str:
    units = distinct(lead_unit(row) for row in problem.milestones)
    names = some(units, len(units), "个单位", OVERDUE)
    return f"部分单位未按要求填报。逾期任务中有{problem.count}项至今没有填报记录，涉及{names}。"


def _behind(problem: Problem) -> str:
    names = some(map(milestone_name, problem.milestones), problem.count, annex=MILESTONES)
    return f"部分任务进度滞后于序时进度。进度滞后的任务{problem.count}项：{names}。"


def _regressed(problem: Problem) -> str:
    names = some(map(milestone_name, problem.milestones), problem.count, annex=MILESTONES)
    return f"个别已销号任务出现滑坡。销号后监测值回落或者复查不合格的任务{problem.count}项：{names}。"


def _unmet(problem: Problem) -> str:
    names = some(distinct(map(target_name, problem.targets)), problem.count, annex=INDICATORS)
    return f"部分到期指标未达标。时限已到而监测值未达到目标的{problem.count}项次：{names}。"


def _unassessed(problem: Problem) -> str:
    names = some(distinct(map(target_name, problem.targets)), problem.count, annex=INDICATORS)
    return f"部分到期指标缺少监测值。时限已到而没有监测值、未作评估的{problem.count}项次：{names}。"


def _unreported_payments(problem: Problem) -> str:
    return f"部分工程项目未填报资金支付情况。没有支付数据的项目{problem.count}个（详见{PROJECTS}）。"


SENTENCES: dict[ProblemKind, Callable[[Problem], str]] = {
    ProblemKind.LONG_OVERDUE: _long_overdue,
    ProblemKind.OVERDUE: _overdue,
    ProblemKind.ENDING: _ending,
    ProblemKind.NOTHING_REPORTED: _nothing_reported,
    ProblemKind.BEHIND: _behind,
    ProblemKind.REGRESSED: _regressed,
    ProblemKind.UNMET_TARGETS: _unmet,
    ProblemKind.UNASSESSED_TARGETS: _unassessed,
    ProblemKind.UNREPORTED_PAYMENTS: _unreported_payments,
}

Point = tuple[str, str]  # what is asked, and of whom and how


def _late_point(facts: CircularFacts) -> Point | None:
    late = overdue(facts)
    if not late:
        return None
    units = distinct(lead_unit(row) for row in late)
    return (
        "限期办结逾期任务",
        f"{some(units, len(units), '个单位')}要对照{OVERDUE}逐项查明逾期原因，"
        f"明确完成时限和责任人，倒排工期，对{len(late)}项逾期任务完成一项、核验一项、销号一项。",
    )


def _ending_point(facts: CircularFacts) -> Point | None:
    rows = ending(facts)
    if not rows:
        return None
    return (
        "核清时限届满任务",
        f"{day_text(facts.cut_off_on)}到期、尚未完成的{len(rows)}项任务，各责任单位要立即报送完成情况和佐证材料；"
        "仍未完成的自次日起按逾期任务管理。",
    )


def _next_point(facts: CircularFacts) -> Point | None:
    parts = []
    if rest := due_until_quarter_end(facts):
        parts.append(f"{facts.quarter_label}内尚有{rest}项任务将到期")
    if facts.due_next:
        parts.append(f"{facts.next_quarter_label}到期的任务共{len(facts.due_next)}项（详见{DUE_NEXT}）")
    if not parts:
        return None
    return (
        "抓紧推进到期任务",
        f"{'，'.join(parts)}，各责任单位要提前梳理进度，及早协调解决问题，确保按期完成。",
    )


def _figures_point(facts: CircularFacts) -> Point | None:
    kinds = {problem.kind for problem in problems(facts)}
    wanted = []
    if ProblemKind.UNASSESSED_TARGETS in kinds:
        wanted.append(f"对照{INDICATORS}补齐监测数据")
    if ProblemKind.UNMET_TARGETS in kinds:
        wanted.append(f"对照{INDICATORS}对未达标指标制定提升措施")
    if ProblemKind.UNREPORTED_PAYMENTS in kinds:
        wanted.append(f"对照{PROJECTS}补报项目支付数据")
    if unconfirmed := unconfirmed_count(facts):
        wanted.append(f"对{unconfirmed}项待核实任务逐项核对，提供完成时间和佐证材料")
    return ("补齐数据和佐证材料", f"各责任单位要{'；'.join(wanted)}。") if wanted else None


def _cases_point(facts: CircularFacts) -> Point | None:
    open_cases = [case for case in facts.cases if case.closed_on is None]
    if not open_cases:
        return None
    return (
        "落实问责和整改",
        f"目前在办的问责与整改案件{len(open_cases)}件（详见{CASES}），"
        "有关单位要按期反馈情况说明和整改结果，整改完成后按程序销号。",
    )


def _report_point() -> Point:
    return (
        "严格按时填报",
        "各责任单位要按要求填报任务进展、监测数据和佐证材料，对填报内容的真实性负责；"
        "预计不能按期完成的，应在到期前提出延期申请并说明理由。",
    )
