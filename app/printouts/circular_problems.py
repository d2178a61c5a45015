"""The problems that the facts show, named one by one (存在问题)."""

from collections import Counter
from collections.abc import Callable

from app.domain.circular_problems import LONG_OVERDUE_DAYS, Problem, ProblemKind, problems
from app.domain.circulars import CircularFacts, target_totals
from app.domain.projects import Drift, Side
from app.printouts.circular_annexes import Annexes, Part, unmeasured
from app.printouts.circular_words import ORDINALS, distinct, late_name, milestone_name, quoted, some, target_name
from app.printouts.documents import Block, Paragraph, day_text, number_text
from app.printouts.indicator_tables import at_place
from app.printouts.milestone_tables import AREA

SIDES = {Side.TIME: "时间进度", Side.WORKS: "形象进度", Side.MONEY: "资金支付"}


def problem_paragraphs(facts: CircularFacts, annexes: Annexes) -> tuple[Block, ...]:
    """Name each problem the facts show, or say that there is none."""
    found = problems(facts)
    if not found:
        missed = "、指标不达标" if target_totals(facts).met_pct is not None else ""
        return (Paragraph(f"截至{day_text(facts.cut_off_on)}，未发现任务逾期、进度滞后{missed}等问题。"),)
    return tuple(
        Paragraph(f"{ORDINALS[index]}是{SENTENCES[problem.kind](problem, facts, annexes)}")
        for index, problem in enumerate(found)
    )


def _long_overdue(problem: Problem, _: CircularFacts, annexes: Annexes) -> str:
    names = some(map(late_name, problem.milestones), problem.count, annex=annexes.label(Part.OVERDUE))
    return f"部分任务长期逾期。逾期超过{LONG_OVERDUE_DAYS}天的任务{problem.count}项：{names}。"


def _overdue(problem: Problem, _: CircularFacts, annexes: Annexes) -> str:
    names = some(map(late_name, problem.milestones), problem.count, annex=annexes.label(Part.OVERDUE))
    return f"部分任务未按期完成。逾期{LONG_OVERDUE_DAYS}天以内的任务{problem.count}项：{names}。"


def _ending(problem: Problem, facts: CircularFacts, annexes: Annexes) -> str:
    names = some(map(milestone_name, problem.milestones), problem.count, annex=annexes.label(Part.MILESTONES))
    return f"部分任务时限届满尚未完成。{day_text(facts.cut_off_on)}当日到期而未完成的任务{problem.count}项：{names}。"


def _nothing_reported(problem: Problem, _: CircularFacts, annexes: Annexes) -> str:
    units = distinct(row.responsible[0] for row in problem.milestones if row.responsible)
    names = some(units, len(units), "个单位", annexes.label(Part.OVERDUE))
    involved = f"，涉及{names}" if units else ""
    return f"部分任务未按要求填报。逾期任务中有{problem.count}项至今没有填报记录{involved}。"


def _behind(problem: Problem, _: CircularFacts, annexes: Annexes) -> str:
    names = some(map(milestone_name, problem.milestones), problem.count, annex=annexes.label(Part.MILESTONES))
    return f"部分任务进度滞后于序时进度。进度滞后的任务{problem.count}项：{names}。"


def _regressed(problem: Problem, _: CircularFacts, annexes: Annexes) -> str:
    names = some(map(milestone_name, problem.milestones), problem.count, annex=annexes.label(Part.MILESTONES))
    return f"个别已销号任务出现滑坡。销号后监测值回落或者复查不合格的任务{problem.count}项：{names}。"


def _unmet(problem: Problem, _: CircularFacts, annexes: Annexes) -> str:
    told = distinct(map(target_name, problem.targets))
    names = some(told, len(told), annex=annexes.label(Part.INDICATORS))
    return f"部分到期指标未达标。时限已到而监测值未达到目标的{problem.count}项次：{names}。"


def _unassessed(problem: Problem, facts: CircularFacts, annexes: Annexes) -> str:
    """Name the places, as all their indicators are missing as a rule; of a single place the indicators."""
    counts = Counter(_in_words(row.place, facts) for row in problem.targets)
    label = annexes.label(Part.INDICATORS)
    if len(counts) > 1:
        names = some((f"{place}{count}项次" for place, count in counts.most_common()), len(counts), annex=label)
    else:
        told = distinct(f"{row.stage_label or ''}{quoted(row.indicator_name)}" for row in problem.targets)
        names = some(told, len(told), annex=label)
    history = len(unmeasured(facts)) - problem.count
    apart = f"（另有待核实任务的{history}项次未计入）" if history else ""
    return f"部分到期指标缺少监测值。时限已到而没有监测值、未作评估的{problem.count}项次{apart}：{names}。"


def _in_words(place: str | None, facts: CircularFacts) -> str:
    """Name a county inside a sentence; the plan's own level by its full name."""
    return f"{facts.area}{AREA}" if at_place(place, facts.area) == AREA else str(place)


def _drifting(problem: Problem, _: CircularFacts, annexes: Annexes) -> str:
    told = (f"{quoted(row.name)}（{_drift(row.drifts[0])}）" for row in problem.projects)
    names = some(told, problem.count, annex=annexes.label(Part.PROJECTS))
    return f"部分工程项目时间进度、形象进度和资金支付不匹配。相差较大的项目{problem.count}个：{names}。"


def _drift(drift: Drift) -> str:
    return f"{SIDES[drift.behind]}低于{SIDES[drift.ahead]}{number_text(drift.points)}个百分点"


def _unreported_payments(problem: Problem, _: CircularFacts, annexes: Annexes) -> str:
    pointer = annexes.pointer(Part.PROJECTS)
    return f"部分工程项目未填报资金支付情况。没有支付数据的项目{problem.count}个{pointer}。"


def _late_rectifications(problem: Problem, _: CircularFacts, annexes: Annexes) -> str:
    told = (f"{quoted(row.milestone_title)}（{row.unit}，逾期{row.days_late}天）" for row in problem.rectifications)
    names = some(told, problem.count, annex=annexes.label(Part.CASES))
    return f"部分整改事项超过整改时限。尚未整改到位的{problem.count}项：{names}。"


SENTENCES: dict[ProblemKind, Callable[[Problem, CircularFacts, Annexes], str]] = {
    ProblemKind.LONG_OVERDUE: _long_overdue,
    ProblemKind.OVERDUE: _overdue,
    ProblemKind.ENDING: _ending,
    ProblemKind.NOTHING_REPORTED: _nothing_reported,
    ProblemKind.BEHIND: _behind,
    ProblemKind.REGRESSED: _regressed,
    ProblemKind.UNMET_TARGETS: _unmet,
    ProblemKind.UNASSESSED_TARGETS: _unassessed,
    ProblemKind.DRIFTING: _drifting,
    ProblemKind.UNREPORTED_PAYMENTS: _unreported_payments,
    ProblemKind.LATE_RECTIFICATIONS: _late_rectifications,
}
