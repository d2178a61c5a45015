"""The sentences that letters share: the plan they rest on, a milestone's state, whom they speak to, until when."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from app.core.clock import SHANGHAI
from app.domain.letter_words import clause_text, names, quoted
from app.domain.letters import AnswerLimit, LetterHead, LetterMatter, MeasureDecision, Party
from app.domain.plan_names import short_form, title_of
from app.domain.vocabulary import Standing
from app.printouts.documents import Block, Distribution, Document, Form, Pairs, Slip, day_text, number_text
from app.printouts.letter_titles import title_lines

PROVISIONAL = "（所跨年度放假安排尚未公布，暂按周末推算）"
PEN = ""  # what is not on record is left for the pen


def plan_words(head: LetterHead) -> str:
    """Name the plan in full, with its number: 《…方案》（洛政办〔2025〕17号，以下简称《方案》）."""
    number = f"{head.plan_number}，" if head.plan_number else ""
    return f"{title_of(head.plan_title)}（{number}以下简称{short_form(head.plan_title)}）"


def plan_clause(head: LetterHead, clause: str) -> str:
    """Name a clause of the plan: 《方案》第三部分第（一）项."""
    return f"{short_form(head.plan_title)}{clause_text(clause)}"


def open_number(head: LetterHead) -> str:
    """Return the number line of a draft, open for the pen."""
    return f"〔{head.cut_off_at.astimezone(SHANGHAI).year}〕　号"


def letter(
    head: LetterHead, title: Sequence[str], addressee: str, blocks: tuple[Block, ...], copies: tuple[str, ...] = ()
) -> Document:
    """Return a letter (信函格式) of the office: under its name, not dated, open in its number."""
    return Document(
        red_mark=head.office,
        number_line=open_number(head),
        title_lines=title_lines(*title),
        addressee=f"{addressee}：",
        blocks=blocks,
        annexes=(),
        signature=head.office,
        signed_on=None,
        distribution=Distribution(copies, head.office, None) if copies else None,
        data_as_of=head.cut_off_at,
        form=Form.LETTER,
    )


def receipt(title: str, rows: Sequence[tuple[str, str]], head: LetterHead) -> Slip:
    """Return the slip that a unit fills in and sends back."""
    form = Pairs(tuple(rows), width=36, sheet="回执")
    return Slip(title, form, f"本回执由收到单位填写、盖章后退{head.office}。")


def you(units: Sequence[str]) -> str:
    """Return how a letter speaks to its units: 你单位, 各责任单位."""
    return "你单位" if len(units) == 1 else "各责任单位"


def addressed(words: Sequence[str], units: Sequence[Party]) -> str:
    """List whom a letter is addressed to, groups set off by commas."""
    plain = {unit.name for unit in units}
    return ("、" if all(word in plain for word in words) else "，").join(words)


def matter_name(matter: LetterMatter) -> str:
    """Name a milestone inside a sentence: its place, unless the title says it, and its title."""
    place = matter.place or ""
    return quoted(matter.title) if place in matter.title else f"{place}{quoted(matter.title)}"


def due_words(matter: LetterMatter) -> str:
    """Say by when a milestone is due: the date in force, and the plan's where that is another one."""
    if matter.effective_due_on == matter.original_due_on:
        return f"应于{day_text(matter.effective_due_on)}前完成"
    return f"原定于{day_text(matter.original_due_on)}前完成，现行时限为{day_text(matter.effective_due_on)}"


def late_words(matter: LetterMatter, on: date) -> str:
    """Say how late a milestone is, or how many days are left, on the day of the cut-off."""
    left = matter.days_left(on)
    if matter.days_late:
        other = matter.days_late_original != matter.days_late
        return f"已逾期{matter.days_late}天" + (f"（按原定时限逾期{matter.days_late_original}天）" if other else "")
    original = f"（按原定时限已逾期{matter.days_late_original}天）" if matter.days_late_original else ""
    return (f"距时限届满还有{left}天" if left > 0 else "时限当日届满") + original


def progress_words(matter: LetterMatter) -> str:
    """Say what progress was reported, and when last."""
    if matter.reported_on is None:
        return "尚未填报进展"
    share = "" if matter.progress_pct is None else f"，填报进度{share_text(matter.progress_pct)}"
    return f"最近一次填报为{day_text(matter.reported_on)}{share}"


def state_words(matter: LetterMatter, on: date) -> str:
    """Say where a milestone stands: closed and slid back, or how late, with its progress."""
    if matter.standing is Standing.REGRESSED:
        return f"该任务销号后于{day_text(matter.since_on)}被认定滑坡"
    if matter.standing is Standing.CLOSED:
        return "该任务已销号"
    if matter.standing is Standing.AWAITING_VERIFICATION:
        return f"{progress_words(matter)}，已报完成，正待核验"
    return f"{late_words(matter, on)}，{progress_words(matter)}"


def share_text(share: Decimal) -> str:
    """Write a share to one decimal: 66.7%."""
    return f"{number_text(share.quantize(Decimal('0.1')))}%"


def limit_words(limits: Sequence[AnswerLimit], on: date) -> str:
    """Say until when answers are owed; "" when none is. A limit that is over says so."""
    parts = [f"{day_text(limit.on)}{PROVISIONAL if limit.provisional else ''}{_over(limit, on)}" for limit in limits]
    if len(parts) < 2:
        return "".join(parts)
    return "；".join(f"{names(limit.units)}为{part}" for limit, part in zip(limits, parts, strict=True))


def _over(limit: AnswerLimit, on: date) -> str:
    return "（已过，请立即反馈）" if limit.on < on else ""


def persons_text(units: Sequence[Party]) -> str:
    """Name who answers for units, with the post; "" when nobody is on record."""
    if len(units) == 1:
        return units[0].person or PEN
    return "；".join(f"{unit.name}：{unit.person}" for unit in units if unit.person)


def decision_basis(head: LetterHead, decision: MeasureDecision) -> str:
    """Say what a decided measure rests on: the plan's clause, and what else; "" when nothing is on record."""
    plan = plan_clause(head, decision.clause) if decision.clause else ""
    return "和".join(part for part in (plan, decision.basis or "") if part)
