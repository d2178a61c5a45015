"""A dossier composed whole: its cover, its fourteen chapters, the list of files and the audit trail's entries."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from app.domain.cases import CaseStage
from app.domain.dossier_words import word
from app.domain.official_words import CASE_STAGES
from app.printouts.documents import Paragraph
from app.printouts.dossiers import Chapter, Dossier
from app.queries.dossiers import DossierFacts
from app.services import dossier_chapters, dossier_notices, dossier_steps
from app.services.dossier_files import STATES, DossierFile, list_csv
from app.services.dossier_words import NONE, Names, action, exact, held_to_account, moment, size, table


def composed(facts: DossierFacts, files: Sequence[DossierFile]) -> Dossier:
    """Compose a dossier from the facts of a case."""
    names = Names(facts)
    names.take(files)
    chapters = (
        dossier_chapters.summary(facts, names),
        dossier_chapters.basis(facts, names),
        dossier_chapters.due_dates(facts, names),
        dossier_chapters.responsibility(facts, names),
        dossier_chapters.reporting(facts, names),
        dossier_notices.notices(facts, names),
        dossier_steps.extensions(facts, names),
        dossier_steps.instructions(facts, names),
        dossier_steps.statements(facts, names),
        dossier_steps.decisions(facts, names),
        dossier_steps.rectification(facts, names),
        dossier_steps.closing(facts, names),
        _files(files),
        _trail(facts),
    )
    return Dossier(
        group=facts.plan.leading_group,
        mark="问责案卷",
        subtitle=f"{facts.case.organization}　{shown_number(facts.case.number)}",
        cover=_cover(facts, files),
        chapters=chapters,
        office=facts.plan.office,
        data_as_of=facts.cut_off_at,
    )


def shown_number(number: str) -> str:
    """Return a case's number as pages show it, without its plan's key: 2026-002."""
    return "-".join(number.rsplit("-", 2)[-2:])


def _cover(facts: DossierFacts, files: Sequence[DossierFile]) -> tuple[tuple[str, str], ...]:
    plan, case = facts.plan, facts.case
    stage = CASE_STAGES[case.stage] if case.stage is not CaseStage.CLOSED else "已结案"
    return (
        ("案卷编号", f"{shown_number(case.number)}（登记号{case.number}）"),
        ("被问责单位", held_to_account(facts)),
        ("所属方案", f"《{plan.title}》" + (f"（{plan.document_number}）" if plan.document_number else "")),
        ("承办机构", plan.office),
        ("案件阶段", stage),
        ("数据截止", exact(facts.cut_off_at) + "（北京时间）"),
        ("编制", f"第{facts.number}次编制，{facts.prepared_by}"),
        ("佐证材料", f"{len(files)}件"),
        ("佐证材料目录SHA-256", hashlib.sha256(list_csv(files)).hexdigest()),
    )


def _files(files: Sequence[DossierFile]) -> Chapter:
    if not files:
        return Chapter("十三、佐证材料目录", (NONE,))
    columns = (
        ("序号", 14),
        ("文件名", 46),
        ("大小", 16),
        ("SHA-256", 46),
        ("佐证事项", 34),
        ("提交人与时间", 32),
        ("核对", 16),
    )
    rows = [
        (
            file.mark,
            file.line.filename,
            size(file.size),
            file.line.sha256,
            file.backs,
            f"{file.line.author}\n{moment(file.line.recorded_at)}",
            STATES[file.state],
        )
        for file in files
    ]
    note = Paragraph("序号与压缩包“佐证材料”文件夹中的文件编号一致；核对结果为编制本案卷时逐件计算摘要值所得。")
    return Chapter("十三、佐证材料目录", (note, table("", columns, rows)))


def _trail(facts: DossierFacts) -> Chapter:
    columns = (("序号", 16), ("时间与人员", 38), ("操作与对象", 46), ("本条摘要值", 72))
    rows = [
        (str(line.id), f"{exact(line.at)}\n{line.actor}", f"{action(line.action)}\n{line.subject}", line.hash)
        for line in facts.audit
    ]
    head = Paragraph(
        f"下列为与本案有关的审计记录。审计链在数据截止时共{facts.head.entry_id}条，链首摘要值为：{facts.head.hash}。"
        "记录逐条以前一条的摘要值相连，任何改动、删除均可由审计校验发现。"
    )
    return Chapter("十四、审计存证", (head, table("", columns, rows) if rows else NONE))


def fact_words(facts: DossierFacts) -> dict[tuple[str, int], str]:
    """Say what each fact is that a file may back."""
    names = Names(facts)
    found = {
        ("report", row.id): f"{names.item(row.milestone_id)}填报（{_on(row.recorded_at)}）" for row in facts.reports
    }
    found |= {
        ("decision", row.id): f"{names.item(row.milestone_id)}{word(row.kind)}（{_on(row.recorded_at)}）"
        for row in facts.decisions
    }
    for number, extension in enumerate(facts.extensions, start=1):
        found["extension", extension.id] = f"第{number}件延期申请"
        found |= {("extension_step", step.id): f"第{number}件延期：{word(step.kind)}" for step in extension.steps}
    for number, written in enumerate(facts.instructions, start=1):
        found["instruction", written.id] = f"第{number}件批示"
        found |= {("instruction_step", step.id): f"第{number}件批示：{word(step.kind)}" for step in written.steps}
    for number, alert in enumerate(facts.alerts, start=1):
        found |= {("alert_step", step.id): f"第{number}件预警：{word(step.kind)}" for step in alert.steps}
        found |= {("hand_delivery", row.id): f"第{number}件预警：送达回证" for row in alert.by_hand}
    for number, item in enumerate(facts.items, start=1):
        found["rectification", item.row.id] = f"第{number}项整改"
        found |= {("rectification_step", step.id): f"第{number}项整改：{word(step.kind)}" for step in item.steps}
    return found | {
        ("case_event", event.id): f"{word(event.kind)}（{_on(event.recorded_at)}）" for event in facts.case.events
    }


def _on(at: datetime) -> str:
    return exact(at)[:10]
