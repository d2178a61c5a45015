"""Compose the reply to a unit's request for an extension (延期申请的复函).

A reply of the office to a unit is a letter (复函), not a written approval (批复): the office and the units are not
superior and subordinate, and what was filed is an application, not a request for instructions
(党政机关公文处理工作条例, article 8: 函 answers applications for approval between bodies of different lines).
"""

from app.domain.letter_words import clause_text, sentence
from app.domain.letters import ExtensionLetterFacts
from app.domain.plan_names import short_form
from app.printouts.documents import Document, Paragraph, Slot, day_text
from app.printouts.letter_words import letter, matter_name, plan_words

_OPENING = "你单位关于延长任务时限的申请收悉。现函复如下。"
_GRANTED = "特此函复，请你单位按照批准的时限倒排工期，落实责任，确保按期完成，并按要求报送进展情况。"
_REFUSED = "特此函复，请你单位克服困难，采取有力措施，抓紧完成任务，并按要求报送进展情况。"


def compose(facts: ExtensionLetterFacts) -> Document:
    """Compose the reply, whether the extension was granted or refused."""
    granted = facts.granted_due_on is not None
    texts = [_asked(facts), _decided(facts), *(_conditions(facts) if granted else ())]
    blocks = (
        Paragraph(_OPENING, Slot.OPENING),
        *(Paragraph(text) for text in texts),
        Paragraph(_GRANTED if granted else _REFUSED, Slot.CLOSING),
    )
    place = facts.matter.place or ""
    task = f"{'' if place in facts.matter.title else place}{facts.matter.title}"
    verb = "关于同意延长" if granted else "关于不同意延长"
    return letter(facts.head, (verb, task, "任务时限的", "复函"), facts.unit, blocks)


def _asked(facts: ExtensionLetterFacts) -> str:
    matter = facts.matter
    basis = f"{plan_words(facts.head)}{clause_text(matter.clause)}{matter_name(matter)}任务"
    dates = f"由{day_text(facts.asked_from_on)}延长至{day_text(facts.proposed_due_on)}"
    late = f"逾期后申请的原因：{sentence(facts.late_reason)}" if facts.late_reason else ""
    return f"你单位于{day_text(facts.asked_on)}申请将{basis}的时限{dates}。申请理由：{sentence(facts.reason)}{late}"


def _decided(facts: ExtensionLetterFacts) -> str:
    matter, words = facts.matter, f"审批意见：{sentence(facts.decision_text)}" if facts.decision_text else ""
    number = f"，批准文号为{facts.document_number}" if facts.document_number else ""
    if facts.granted_due_on is None:
        number = f"，决定文号为{facts.document_number}" if facts.document_number else ""
        kept = f"仍按{day_text(matter.effective_due_on)}的现行时限执行"
        return f"经我办审核，{day_text(facts.decided_on)}审批决定，不同意延长该任务时限{number}。{kept}。{words}"
    short = facts.granted_due_on != facts.proposed_due_on and facts.corrected_on is None
    until = f"将该任务时限延长至{day_text(facts.granted_due_on)}" + (
        "（与申请的时限不同，以本函为准）" if short else ""
    )
    return f"经我办审核，{day_text(facts.decided_on)}审批决定，同意{until}{number}。{_correction(facts)}{words}"


def _correction(facts: ExtensionLetterFacts) -> str:
    if facts.corrected_on is None or facts.first_granted_on is None:
        return ""
    first, corrected = day_text(facts.first_granted_on), day_text(facts.corrected_on)
    return f"原批准的时限{first}有误，已于{corrected}更正，以本函所列时限为准。"


def _conditions(facts: ExtensionLetterFacts) -> tuple[str, ...]:
    original = day_text(facts.matter.original_due_on)
    left = facts.limit - facts.granted_before
    again = f"同一任务至多批准延期{facts.limit}次，本次为第{facts.granted_before}次" + (
        "，此后不再批准延期。" if left <= 0 else "；确需再次延期的，应在新的时限届满前提出申请并说明理由。"
    )
    plan = short_form(facts.head.plan_title)
    return (f"{plan}原定时限{original}不变，台账同时按原定时限统计该任务的逾期情况。{again}",)
