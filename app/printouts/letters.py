"""Compose the reminder letter (提醒函) and the urging letter (催办函) to the units that an alert is addressed to."""

from app.domain.alert_words import MEASURE_NAMES
from app.domain.letter_words import clause_text, names, quoted
from app.domain.letters import AlertLetterFacts, LetterMatter, MissingReports, UnansweredNotice
from app.domain.plan_names import short_form
from app.domain.vocabulary import RungTrigger
from app.printouts.documents import Block, Document, Paragraph, Slot, day_text
from app.printouts.letter_words import (
    addressed,
    due_words,
    letter,
    limit_words,
    matter_name,
    plan_clause,
    plan_words,
    share_text,
    state_words,
    you,
)

# Names of groups in the address stand for units that the body names.
_REMIND = "为推动有关任务按期落实，现就有关事项提醒如下。"
_URGE = "为推动有关任务尽快落实，现就有关事项催办如下。"


def reminder(facts: AlertLetterFacts) -> Document:
    """Compose the reminder letter."""
    return _letter(facts, "提醒函", _REMIND, "特此函告，请统筹安排，抓紧推进。")


def urging(facts: AlertLetterFacts) -> Document:
    """Compose the urging letter."""
    return _letter(facts, "催办函", _URGE, "特此函告，请高度重视，抓紧落实。")


def _letter(facts: AlertLetterFacts, name: str, opening: str, closing: str) -> Document:
    blocks: tuple[Block, ...] = (
        Paragraph(opening, Slot.OPENING),
        *(Paragraph(text) for text in (situation(facts), *_group(facts), _request(facts), answer_request(facts))),
        Paragraph(closing, Slot.CLOSING),
    )
    copies = (*facts.supporting, *facts.supervisors)
    kept = tuple(block for block in blocks if not isinstance(block, Paragraph) or block.text)
    return letter(
        facts.head, (subject(facts), "的", name), addressed(facts.addressed_as, facts.responsible), kept, copies
    )


def subject(facts: AlertLetterFacts) -> str:
    """Return what a letter is about, for its title."""
    if facts.unanswered:
        return f"关于书面回复{MEASURE_NAMES[facts.unanswered.measure]}"
    if facts.missing:
        return f"关于报送{facts.missing.period}任务进展"
    assert facts.matter is not None
    place = facts.matter.place or ""
    return f"关于{'' if place in facts.matter.title else place}{facts.matter.title}任务"


def situation(facts: AlertLetterFacts, *, named: bool = False) -> str:
    """Say what the units were to do by when, under which clause, and where it stands.

    `named`: the document named the plan in full already, its short form does.
    """
    plan = short_form(facts.head.plan_title) if named else plan_words(facts.head)
    if facts.unanswered:
        return _silence(facts, facts.unanswered, plan)
    if facts.missing:
        return _missing(facts, facts.missing, plan)
    assert facts.matter is not None
    matter, on = facts.matter, facts.head.cut_off_on
    whose = you([unit.name for unit in facts.responsible])
    task = f"按照{plan}{clause_text(matter.clause)}要求，{matter_name(matter)}任务由{whose}负责"
    state = _lagging(matter) if facts.trigger is RungTrigger.LAGGING else state_words(matter, on)
    return f"{task}，{due_words(matter)}。截至{day_text(on)}，{state}。"


def _lagging(matter: LetterMatter) -> str:
    """Say how far a milestone trails its schedule."""
    if matter.progress_pct is None or matter.days_late:
        return "该任务进度滞后于序时进度"
    points = share_text(matter.scheduled_pct - matter.progress_pct).removesuffix("%")
    since = f"自{day_text(matter.lagging_since)}起" if matter.lagging_since else ""
    shares = f"填报进度{share_text(matter.progress_pct)}，序时进度{share_text(matter.scheduled_pct)}"
    return f"该任务{since}滞后于序时进度，{shares}，相差{points}个百分点"


def _missing(facts: AlertLetterFacts, missing: MissingReports, plan: str) -> str:
    unit, on = you([unit.name for unit in facts.responsible]), facts.head.cut_off_on
    late = (on - missing.timely_until_on).days
    over = f"，已超过报送截止日{late}天" if late > 0 else ""
    until = day_text(missing.timely_until_on)
    owed = f"{unit}承担{plan}有关任务，应于{until}前报送{missing.period}任务进展"
    titles = f"：{names(map(quoted, missing.titles))}" if missing.titles else ""
    return f"{owed}。截至{day_text(on)}{over}，尚有{len(missing.titles)}项任务未报送{titles}。"


def _silence(facts: AlertLetterFacts, notice: UnansweredNotice, plan: str) -> str:
    unit, on = you([unit.name for unit in facts.responsible]), facts.head.cut_off_on
    sent = f"我办于{day_text(notice.raised_on)}就{quoted(notice.about)}发出{MEASURE_NAMES[notice.measure]}"
    late = (on - notice.limit_on).days
    over = f"，逾期{late}天" if late > 0 else ""
    basis = f"该事项依据{plan}{clause_text(facts.matter.clause)}。" if facts.matter else ""
    return f"{sent}，要求{unit}于{day_text(notice.limit_on)}前书面回复。截至{day_text(on)}仍未收到回复{over}。{basis}"


def _group(facts: AlertLetterFacts) -> tuple[str, ...]:
    """Name the units in full where they are addressed by a group's name."""
    told = tuple(unit.name for unit in facts.responsible)
    return () if facts.addressed_as == told else (f"本函所称各责任单位为：{names(told)}。",)


def _request(facts: AlertLetterFacts) -> str:
    """Say what is asked of the units, and by which clause of the plan a measure follows, if it provides for one."""
    by = f"本次{MEASURE_NAMES[facts.measure]}依据{plan_clause(facts.head, facts.clause)}。" if facts.clause else ""
    return f"{asked(facts)}{by}"


def asked(facts: AlertLetterFacts) -> str:
    """Say what is asked of the units."""
    whose = you([unit.name for unit in facts.responsible])
    if facts.unanswered:
        return f"请{whose}立即书面回复，说明办理情况和未按期回复的原因。"
    if facts.missing:
        return f"请{whose}立即补报上述任务进展和佐证材料，并对填报内容的真实性负责。"
    assert facts.matter is not None
    if facts.trigger is RungTrigger.REGRESSION:
        return f"请{whose}查明滑坡原因，制定整改措施，明确责任人和完成时间，尽快恢复达标，并报送整改情况和佐证材料。"
    if facts.trigger is RungTrigger.LAGGING:
        return f"请{whose}对照序时进度查找差距，查明滞后原因，采取措施加快推进，确保在现行时限内完成。"
    if facts.matter.days_late:
        return (
            f"请{whose}立即查明逾期原因，明确完成时间和责任人，倒排工期，抓紧办结；"
            "完成后及时报送完成情况和佐证材料，按程序申请核验销号。"
        )
    return (
        f"请{whose}对照任务要求梳理进度，抓紧推进，确保按期完成，并及时报送完成情况和佐证材料；"
        "预计不能按期完成的，应在时限届满前提出延期申请并说明理由。"
    )


def answer_request(facts: AlertLetterFacts) -> str:
    """Say until when a written answer is asked for; "" when none is."""
    limit = limit_words(facts.limits, facts.head.cut_off_on)
    return f"办理情况请书面反馈我办，反馈时限为{limit}。" if limit else ""
