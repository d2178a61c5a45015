"""Compose the circular of criticism (通报批评) of a case: the facts, the decision, what is asked of whom."""

from app.domain.distribution import all_counties
from app.domain.letters import CaseLetterFacts
from app.domain.vocabulary import Standing
from app.printouts.case_words import accused, decided, heard, item_text, situation
from app.printouts.documents import Block, Distribution, Document, Form, Heading, Paragraph, Slot, day_text
from app.printouts.letter_titles import title_lines
from app.printouts.letter_words import open_number

_OPENING = "为严肃纪律，推动各项任务落实，现将有关情况通报如下。"
_CLOSING = "各责任单位要引以为戒，举一反三，压实责任，确保各项任务按期完成。"


def compose(facts: CaseLetterFacts) -> Document:
    """Compose the circular of criticism."""
    who = facts.held_as
    blocks: tuple[Block, ...] = (
        Paragraph(_OPENING, Slot.OPENING),
        Heading("一、基本情况"),
        *situation(facts, accused(facts)),
        Heading("二、处理决定"),
        Paragraph(heard(facts, who) + decided(facts, who, "予以通报批评")),
        Heading("三、整改要求"),
        *_requirements(facts, who),
        Paragraph(_CLOSING, Slot.CLOSING),
        Paragraph("特此通报。"),
    )
    regressed = all(matter.standing is Standing.REGRESSED for matter in facts.matters)
    kind = "有关任务出现滑坡的" if regressed else "未按要求完成有关任务的"
    addressee = f"{all_counties(facts.counties)}，各责任单位：" if facts.counties else "各责任单位："
    return Document(
        red_mark=f"{facts.head.office}文件",
        number_line=open_number(facts.head),
        title_lines=title_lines("关于", who, kind, "通报"),
        addressee=addressee,
        blocks=blocks,
        annexes=(),
        signature=facts.head.office,
        signed_on=None,
        distribution=Distribution((), facts.head.office, None),
        data_as_of=facts.head.cut_off_at,
        form=Form.FILE,
    )


def _requirements(facts: CaseLetterFacts, who: str) -> tuple[Paragraph, ...]:
    """Say what is asked of the unit: its items, or a plan of its own; and until when it answers."""
    items = tuple(Paragraph(item_text(number, item)) for number, item in enumerate(facts.items, 1))
    first = (
        f"{who}要对照下列问题逐项整改，整改完成后报送佐证材料，按程序验收销号。"
        if items
        else f"{who}要查明原因，制定整改方案，明确完成时间和责任人，抓紧完成上述任务，并报送完成情况和佐证材料。"
    )
    reply = facts.decision.reply_due_on
    limit = (Paragraph(f"{who}要于{day_text(reply)}前将整改情况书面报我办。"),) if reply else ()
    return (Paragraph(first), *items, *limit)
