"""What the documents of a case have in common: whom it is held against, the facts, the decision, what is to be done."""

from app.domain.letter_words import clause_text, measures_text, names, sentence
from app.domain.letters import CaseLetterFacts, ItemTold, LetterMatter
from app.domain.rectifications import RectificationState
from app.domain.vocabulary import Standing
from app.printouts.documents import Align, Block, Cell, CellType, Column, Paragraph, Table, day_text
from app.printouts.letter_words import (
    decision_basis,
    due_words,
    matter_name,
    plan_words,
    share_text,
    state_words,
)

_ITEM_STATES = {
    RectificationState.OPEN: "",
    RectificationState.DONE: "（已报完成，待验收）",
    RectificationState.CLOSED: "（已验收销号）",
}


def accused(facts: CaseLetterFacts) -> str:
    """Name whom the case is held against; of a group, at first mention, all its units."""
    told = names(unit.name for unit in facts.units)
    return facts.held_as if told in ("", facts.held_as) else f"{facts.held_as}（{told}）"


def situation(facts: CaseLetterFacts, who: str) -> tuple[Block, ...]:
    """Say which tasks `who` was to do by when, and where they stand: one in a sentence, several in a table."""
    on = facts.head.cut_off_on
    day, plan = day_text(on), plan_words(facts.head)
    before = measures_text(facts.measures_before)
    told = f"此前，对上述任务已{before}。" if before else ""
    if len(facts.matters) == 1:
        matter = facts.matters[0]
        asked = f"按照{plan}{clause_text(matter.clause)}要求，{matter_name(matter)}任务由{who}负责，{due_words(matter)}"
        return (Paragraph(f"{asked}。截至{day}，{state_words(matter, on)}。{told}"),)
    count = f"{who}负责的以下{len(facts.matters)}项任务{_standing(facts)}"
    return Paragraph(f"按照{plan}要求，截至{day}，{count}。{told}"), _table(facts)


def _standing(facts: CaseLetterFacts) -> str:
    late = sum(matter.standing is Standing.OVERDUE for matter in facts.matters)
    if late == len(facts.matters):
        return "均逾期未完成"
    return f"中，{late}项逾期未完成" if late else "未按要求落实"


def _table(facts: CaseLetterFacts) -> Table:
    columns = (
        Column("任务", 48),
        Column("条款", 32),
        Column("原定时限", 26, Align.CENTER, CellType.DAY),
        Column("现行时限", 26, Align.CENTER, CellType.DAY),
        Column("逾期\n天数", 12, Align.CENTER, CellType.INTEGER),
        Column("填报\n进度", 14, Align.CENTER, missing="未填报"),
    )
    return Table(columns, tuple(map(_row, facts.matters)), "有关任务情况", "有关任务情况")


def _row(matter: LetterMatter) -> tuple[Cell, ...]:
    progress = None if matter.progress_pct is None else share_text(matter.progress_pct)
    place = "" if (matter.place or "") in matter.title else matter.place or ""
    original, current = matter.original_due_on, matter.effective_due_on
    return (
        f"{place}{matter.title}",
        clause_text(matter.clause),
        original,
        current,
        matter.days_late,
        progress,
    )


def heard(facts: CaseLetterFacts, who: str) -> str:
    """Say whether the unit had its say before the decision; "" when it was not asked and said nothing."""
    before = [said for said in facts.statements if said.on <= facts.decision.decided_on]
    if before:
        return f"作出决定前，{who}已于{names(dict.fromkeys(day_text(said.on) for said in before))}提交情况陈述。"
    return f"经要求陈述，{who}未在作出决定前提交情况陈述。" if facts.statement_asked else ""


def decided(facts: CaseLetterFacts, who: str, verb: str) -> str:
    """Say what was decided when, on which basis, under which number: 决定对你单位有关负责人进行约谈."""
    decision = facts.decision
    basis = decision_basis(facts.head, decision)
    number = f"（决定文号为{decision.document_number}）" if decision.document_number else ""
    return f"{f'根据{basis}，' if basis else ''}经研究，{day_text(decision.decided_on)}决定对{who}{verb}{number}。"


def decision_words(facts: CaseLetterFacts) -> str:
    """Return the decision in the words of who took it; "" for none."""
    return f"决定意见：{sentence(facts.decision.text)}" if facts.decision.text.strip() else ""


def item_text(number: int, item: ItemTold) -> str:
    """Write one rectification item out: the problem, what is to be done, by whom, by when."""
    state = _ITEM_STATES.get(item.state, "")
    return (
        f"{number}.{sentence(item.problem)}整改措施：{sentence(item.measure)}"
        f"责任单位{item.unit}，责任人{item.person}，完成时限{day_text(item.due_on)}{state}。"
    )
