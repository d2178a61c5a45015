"""Compose the interview notice (约谈通知书) and the interview minutes (约谈纪要) of a case.

Nothing that was said is made up: what is not on record is left for the pen.
"""

from app.domain.letter_words import names, sentence
from app.domain.letters import CaseLetterFacts, Said
from app.printouts.case_words import accused, decided, decision_words, heard, item_text, situation
from app.printouts.documents import Block, Document, Form, Heading, Pairs, Paragraph, Slot, day_text
from app.printouts.letter_titles import title_lines
from app.printouts.letter_words import PEN, letter, open_number, persons_text, receipt, you

NOTICE, MINUTES = "约谈通知书", "约谈纪要"
_ROOM = "　" * 8  # for the pen inside a sentence
_WIDTH = 32  # millimetres for the names of a form
_OPENING = "为督促有关任务落实，现将约谈有关事项通知如下。"
_CLOSING = "请有关负责同志准时参加。因故不能参加的，请提前书面说明理由。"
_MATERIALS = (
    "参加约谈时请携带以下材料：1.有关任务推进情况和未按要求完成原因的书面说明；"
    "2.已采取的措施及佐证材料；"
    "3.下一步工作安排，包括完成时间、责任分工和保障措施。"
)


def notice(facts: CaseLetterFacts) -> Document:
    """Compose the notice: why, on which basis, who comes, with what; time and place for the pen."""
    who = you([unit.name for unit in facts.units])
    reply = facts.decision.reply_due_on
    blocks: tuple[Block, ...] = (
        Paragraph(_OPENING, Slot.OPENING),
        *situation(facts, who),
        Paragraph(heard(facts, who) + decided(facts, who, "有关负责人进行约谈")),
        Paragraph(_MATERIALS),
        Pairs(_notice_rows(facts), _WIDTH, NOTICE),
        *((Paragraph(f"请{who}于{day_text(reply)}前就本次约谈事项书面回复我办。"),) if reply else ()),
        Paragraph(_CLOSING, Slot.CLOSING),
        receipt(f"{NOTICE}回执", _slip_rows(facts), facts.head),
    )
    return letter(facts.head, ("关于约谈", facts.held_as, "有关负责人的", "通知书"), facts.held_as, blocks)


def _notice_rows(facts: CaseLetterFacts) -> tuple[tuple[str, str], ...]:
    return (
        ("被约谈单位", names(unit.name for unit in facts.units)),
        ("被约谈人", persons_text(facts.units)),
        ("约谈时间", PEN),
        ("约谈地点", PEN),
        ("约谈人", PEN),
        ("联系人及电话", PEN),
    )


def _slip_rows(facts: CaseLetterFacts) -> tuple[tuple[str, str], ...]:
    unit = facts.units[0].name if len(facts.units) == 1 else PEN
    return (
        ("收到单位", unit),
        ("收到日期", PEN),
        ("收件人签名", PEN),
        ("参加约谈人员及职务", PEN),
        ("联系人及电话", PEN),
    )


def minutes(facts: CaseLetterFacts) -> Document:
    """Compose the minutes: the form, the matter, what is on record, and room for what was said."""
    who = facts.held_as
    blocks: tuple[Block, ...] = (
        Paragraph("现将约谈有关情况纪要如下。", Slot.OPENING),
        *(Paragraph(f"{label}：{text}") for label, text in _attended(facts)),
        Heading("一、约谈事项"),
        *situation(facts, accused(facts)),
        Paragraph(heard(facts, who) + decided(facts, who, "有关负责人进行约谈") + decision_words(facts)),
        Heading("二、情况说明"),
        *_on_record(facts.statements, f"{who}书面陈述"),
        Pairs((("约谈时陈述", PEN),), _WIDTH, "约谈时陈述"),
        Heading("三、整改要求"),
        *_requirements(facts),
        Heading("四、整改承诺"),
        *_on_record(facts.replies, f"{who}书面回复"),
        Pairs((("约谈时承诺", PEN),), _WIDTH, "约谈时承诺"),
        Paragraph("以上事项，请抓紧落实并按要求反馈。", Slot.CLOSING),
        Pairs((("约谈人签名", PEN), ("被约谈人签名", PEN), ("记录人签名", PEN)), _WIDTH, "签名"),
    )
    return Document(
        red_mark=MINUTES,
        number_line=open_number(facts.head),
        title_lines=title_lines("关于约谈", facts.held_as, "有关负责人的", "纪要"),
        addressee="",
        blocks=blocks,
        annexes=(),
        signature=facts.head.office,
        signed_on=None,
        distribution=None,
        data_as_of=facts.head.cut_off_at,
        form=Form.MINUTES,
    )


def _attended(facts: CaseLetterFacts) -> tuple[tuple[str, str], ...]:
    """Return when, where and who, as far as it is on record: who was to come, not who came."""
    expected = persons_text(facts.units)
    due = f"应到：{expected}；" if expected else ""
    return (
        ("时间", PEN),
        ("地点", PEN),
        ("约谈人", PEN),
        ("被约谈人", f"{names(unit.name for unit in facts.units)}（{due}实到：{_ROOM}）"),
        ("记录人", PEN),
    )


def _on_record(said: tuple[Said, ...], what: str) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(f"{day_text(item.on)}，{what}：{sentence(item.text)}") for item in said)


def _requirements(facts: CaseLetterFacts) -> tuple[Block, ...]:
    items = tuple(Paragraph(item_text(number, item)) for number, item in enumerate(facts.items, 1))
    reply = facts.decision.reply_due_on
    limit = (Paragraph(f"请{facts.held_as}于{day_text(reply)}前书面回复整改情况。"),) if reply else ()
    return (*items, *limit, Pairs((("约谈时要求", PEN),), _WIDTH, "约谈时要求"))
