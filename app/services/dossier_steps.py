"""Chapters seven to twelve of a dossier: extensions, instructions, statements, decisions, rectification, closing."""

from collections.abc import Collection

from app.domain.alert_words import MEASURE_NAMES
from app.domain.cases import CaseEventKind
from app.domain.dossier_words import word
from app.printouts.documents import Heading, Pairs, Paragraph, day_text
from app.printouts.dossiers import Chapter, DossierBlock
from app.queries.case_detail import CaseStep
from app.queries.dossiers import DossierFacts
from app.queries.extension_rows import ExtensionRow
from app.queries.instructions import InstructionRow
from app.queries.rectifications import ItemDetail
from app.services.dossier_words import NONE, Names, clause, day, moment, said, table

_STEPS = (("步骤", 26), ("时间", 36), ("经办人", 26), ("内容", 66), ("文号", 26), ("材料", 16))
_SAID = {CaseEventKind.STATEMENT_REQUEST, CaseEventKind.STATEMENT}
_DECIDED = {
    CaseEventKind.PROPOSAL,
    CaseEventKind.DECISION,
    CaseEventKind.REPLY,
    CaseEventKind.REPLY_ACCEPT,
    CaseEventKind.REPLY_RETURN,
}
_ITEMS = {CaseEventKind.RECTIFICATION, CaseEventKind.RECTIFIED}


def extensions(facts: DossierFacts, names: Names) -> Chapter:
    """Tell every request for an extension with opinions and decision."""
    blocks: list[DossierBlock] = []
    for number, row in enumerate(facts.extensions, start=1):
        blocks += [Heading(f"第{number}件　{names.title(row.milestone_id)}", 2), _request(row, names)]
        steps = [
            (
                word(step.kind) + ("" if step.supports is None else "：同意" if step.supports else "：不同意"),
                moment(step.recorded_at),
                step.author,
                said(step.text, f"时限{day_text(step.due_on)}" if step.due_on else None),
                step.document_number or "—",
                names.files("extension_step", step.id),
            )
            for step in row.steps
        ]
        blocks.append(table("", _STEPS, steps, empty="尚未办理"))
    return Chapter("七、延期", tuple(blocks) or (NONE,))


def _request(row: ExtensionRow, names: Names) -> Pairs:
    asked = f"{row.organization or '领导小组办公室'}　{row.author}　{moment(row.recorded_at)}"
    rows = [
        ("申请", names.with_files(asked, "extension", row.id)),
        ("申请前时限", f"{day_text(row.asked_from_on)}（第{row.due_version}版）"),
        ("申请延至", day_text(row.proposed_due_on)),
        ("理由", row.reason),
        ("结果", word(row.state) + (f"，延至{day_text(row.granted_due_on)}" if row.granted_due_on else "")),
    ]
    if row.late_reason:
        rows.insert(4, ("逾期后申请原因", row.late_reason))
    return Pairs(tuple(rows))


def instructions(facts: DossierFacts, names: Names) -> Chapter:
    """Tell what leaders wrote on the milestones, and the answers."""
    blocks: list[DossierBlock] = []
    for number, row in enumerate(facts.instructions, start=1):
        blocks += [Heading(f"第{number}件　{names.title(row.milestone_id)}", 2), _instruction(row, names)]
        steps = [
            (
                word(step.kind),
                moment(step.recorded_at),
                step.author,
                said(step.text, f"新时限{day_text(step.reply_due_on)}" if step.reply_due_on else None),
                "—",
                names.files("instruction_step", step.id),
            )
            for step in row.steps
        ]
        blocks.append(table("", _STEPS, steps, empty="尚无报告"))
    return Chapter("八、批示", tuple(blocks) or (NONE,))


def _instruction(row: InstructionRow, names: Names) -> Pairs:
    return Pairs(
        (
            ("批示领导", f"{row.leader}　{day_text(row.issued_on)}"),
            ("批示内容", names.with_files(row.text, "instruction", row.id)),
            ("承办单位", row.organization),
            ("报告时限", day_text(row.reply_due_on)),
            ("办理状态", f"{word(row.finding.state)}；{row.author}{moment(row.recorded_at)}登记"),
        )
    )


def statements(facts: DossierFacts, names: Names) -> Chapter:
    """Tell what the unit was asked to state, and what it stated."""
    return Chapter("九、单位陈述", _events(facts, names, _SAID) or (NONE,))


def decisions(facts: DossierFacts, names: Names) -> Chapter:
    """Tell what was proposed on which basis, what was decided, and the replies."""
    blocks = list(_events(facts, names, _DECIDED))
    if facts.case.replies:
        columns = (("决定", 60), ("初定回复时限", 30), ("现行回复时限", 30), ("回复日期", 26), ("状态", 44))
        rows = [
            (
                said(day(reply.decision.dated_on), reply.decision.document_number),
                day_text(reply.first_due_on),
                day_text(reply.due_on),
                day(reply.given_on),
                word(reply.state) + (f"，逾期{reply.days_late}天" if reply.days_late else ""),
            )
            for reply in facts.case.replies
        ]
        blocks.append(table("回复跟踪", columns, rows))
    return Chapter("十、处理决定与回复", tuple(blocks) or (NONE,))


def rectification(facts: DossierFacts, names: Names) -> Chapter:
    """Tell what is to be put right, by whom, and who accepted it."""
    blocks: list[DossierBlock] = []
    for number, item in enumerate(facts.items, start=1):
        blocks += [Heading(f"第{number}项　{names.title(item.row.milestone_id)}", 2), _item(item, names)]
        steps = [
            (
                word(step.kind),
                moment(step.recorded_at),
                step.author,
                said(step.text, f"时限{day_text(step.due_on)}" if step.due_on else None),
                "—",
                names.files("rectification_step", step.id),
            )
            for step in item.steps
        ]
        blocks.append(table("", _STEPS, steps, empty="尚未报告"))
    return Chapter("十一、整改", (*blocks, *_events(facts, names, _ITEMS)) or (NONE,))


def _item(item: ItemDetail, names: Names) -> Pairs:
    row = item.row
    limit = day_text(row.due_on) + ("" if row.due_on == row.first_due_on else f"（初定{day_text(row.first_due_on)}）")
    return Pairs(
        (
            ("问题", f"{row.problem}（来源：{row.source}）"),
            ("整改措施", names.with_files(item.measure, "rectification", row.id)),
            ("责任单位", f"{row.organization}　{row.person}"),
            ("整改时限", limit),
            ("状态", word(row.state) + (f"，{day_text(row.settled_on)}" if row.settled_on else "")),
            ("布置", f"{item.author}{moment(item.recorded_at)}"),
        )
    )


def closing(facts: DossierFacts, names: Names) -> Chapter:
    """Tell how the case ended and what a later check found, with every other step of it."""
    told = _SAID | _DECIDED | _ITEMS
    rest = [kind for kind in CaseEventKind if kind not in told]
    blocks: list[DossierBlock] = []
    if not any(event.kind is CaseEventKind.CLOSING for event in facts.case.events):
        blocks.append(Paragraph("截至本案卷数据时点，本案尚未结案。"))
    return Chapter("十二、回头看与结案", (*blocks, *_events(facts, names, rest)) or (NONE,))


def _events(facts: DossierFacts, names: Names, kinds: Collection[CaseEventKind]) -> tuple[DossierBlock, ...]:
    """Return the steps of some kinds, each with all it says."""
    blocks: list[DossierBlock] = []
    for event in facts.case.events:
        if event.kind in kinds:
            blocks.append(Pairs(_event(event, names)))
    return tuple(blocks)


def _event(event: CaseStep, names: Names) -> tuple[tuple[str, str], ...]:
    rows = [(word(event.kind), f"{event.author or '系统'}　{moment(event.recorded_at)}")]
    if event.measure is not None:
        rows.append(("措施", MEASURE_NAMES[event.measure]))
        rows.append(("依据", said(clause(event.clause) if event.clause or not event.basis else None, event.basis)))
    for name, value in (
        ("文号", event.document_number),
        ("日期", day_text(event.dated_on) if event.dated_on else None),
        ("时限", _limit(event)),
        ("查明情况", event.found),
        ("处理情况", event.decided),
        ("整改情况", event.rectified),
        ("内容", event.text),
        ("材料", None if (numbers := names.files("case_event", event.id)) == "—" else numbers),
    ):
        if value:
            rows.append((name, value))
    return tuple(rows)


def _limit(event: CaseStep) -> str | None:
    if event.reply_due_on is None:
        return None
    return day_text(event.reply_due_on) + (f"（{event.reply_days}个工作日）" if event.reply_days else "")
