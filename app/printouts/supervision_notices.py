"""Compose the supervision notice (督办通知单): a letter with its form and the slip to send back."""

from app.domain.alert_words import MEASURE_NAMES
from app.domain.letter_words import clause_text, names, quoted
from app.domain.letters import AlertLetterFacts, LetterMatter
from app.domain.plan_names import short_form
from app.domain.vocabulary import Measure, RungTrigger, Standing
from app.printouts.documents import Document, Pairs, Paragraph, Slot, day_text
from app.printouts.letter_words import (
    PEN,
    addressed,
    letter,
    limit_words,
    persons_text,
    plan_clause,
    plan_words,
    progress_words,
    receipt,
)
from app.printouts.letters import asked, situation, subject

NAME = "督办通知单"
_WIDTH = 32  # millimetres for the names of the form
_OPENING = "为推动有关任务落实，现予以督办，请抓紧办理。"
_CLOSING = "请明确专人负责，按要求办结并反馈。"


def compose(facts: AlertLetterFacts) -> Document:
    """Compose the notice."""
    blocks = (
        Paragraph(_OPENING, Slot.OPENING),
        Pairs(form_rows(facts), _WIDTH, NAME),
        Paragraph(_CLOSING, Slot.CLOSING),
        receipt(f"{NAME}回执", _slip_rows(facts), facts.head),
    )
    title = (subject(facts), "的", NAME)
    copies = (*facts.supporting, *facts.supervisors)
    return letter(facts.head, title, addressed(facts.addressed_as, facts.responsible), blocks, copies)


def form_rows(facts: AlertLetterFacts) -> tuple[tuple[str, str], ...]:
    """Return the rows of the form; what is not on record leaves room for the pen."""
    on = facts.head.cut_off_on
    rows = [("督办事项", _about(facts)), ("依据条款", _basis(facts))]
    if facts.missing or facts.unanswered:
        rows.append(("督办事由", situation(facts, named=True)))
    rows.append(("责任单位", names(unit.name for unit in facts.responsible)))
    rows.append(("责任人", persons_text(facts.responsible)))
    if facts.matter:
        rows.append(("配合单位", names(facts.supporting) or "无"))
        rows += _dates(facts.matter, short_form(facts.head.plan_title))
        rows.append(("目前进度", _progress(facts, facts.matter)))
    rows.append(("督办要求", _asked(facts)))
    rows.append(("反馈时限", limit_words(facts.limits, on)))
    rows.append(("联系人及电话", PEN))
    return tuple(rows)


def _about(facts: AlertLetterFacts) -> str:
    if facts.unanswered:
        return f"书面回复就{quoted(facts.unanswered.about)}发出的{MEASURE_NAMES[facts.unanswered.measure]}"
    if facts.missing:
        return f"报送{facts.missing.period}任务进展"
    assert facts.matter is not None
    place = facts.matter.place or ""
    return facts.matter.title if place in facts.matter.title else f"{place}：{facts.matter.title}"


def _basis(facts: AlertLetterFacts) -> str:
    task = clause_text(facts.matter.clause) if facts.matter else ""
    by = f"；督办措施依据{plan_clause(facts.head, facts.clause)}" if facts.clause else ""
    return f"{plan_words(facts.head)}{task}{by}"


def _dates(matter: LetterMatter, plan: str) -> list[tuple[str, str]]:
    """Return the rows of the plan's date, the date in force where that is another, and the days late by each."""
    original, current = day_text(matter.original_due_on), day_text(matter.effective_due_on)
    late = f"{matter.days_late}天"
    if original == current:
        return [("现行时限", f"{current}（即{plan}原定的{quoted(matter.due_phrase)}）"), ("逾期天数", late)]
    if matter.days_late_original:
        late += f"；按原定时限逾期{matter.days_late_original}天"
    return [
        ("原定时限", f"{original}（{plan}表述为{quoted(matter.due_phrase)}）"),
        ("现行时限", current),
        ("逾期天数", late),
    ]


def _progress(facts: AlertLetterFacts, matter: LetterMatter) -> str:
    if facts.trigger is RungTrigger.REGRESSION and matter.standing is Standing.REGRESSED:
        return f"已销号，{day_text(matter.since_on)}认定滑坡"
    return progress_words(matter)


def _asked(facts: AlertLetterFacts) -> str:
    order = "限期整改。" if facts.measure is Measure.RECTIFICATION_ORDER else ""
    return f"{order}{asked(facts)}"


def _slip_rows(facts: AlertLetterFacts) -> tuple[tuple[str, str], ...]:
    return (
        ("督办事项", _about(facts)),
        ("收到单位", _one_unit(facts)),
        ("收到日期", PEN),
        ("收件人签名", PEN),
        ("反馈意见", PEN),
        ("联系人及电话", PEN),
    )


def _one_unit(facts: AlertLetterFacts) -> str:
    """Name the unit that sends the slip back; of several each writes its own name."""
    return facts.responsible[0].name if len(facts.responsible) == 1 else PEN
