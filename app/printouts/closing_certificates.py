"""Compose the closing certificate (销号证明): that one milestone was closed under a number, on what, by whom."""

from dataclasses import replace

from app.domain.dossier_words import word
from app.domain.sheets import CertificateFacts, NoticeFacts
from app.printouts.circular_words import measured_text, target_text
from app.printouts.documents import (
    Align,
    Annex,
    Block,
    CellType,
    Column,
    Document,
    Pairs,
    Paragraph,
    Slot,
    Table,
    day_text,
)
from app.printouts.sheet_targets import VERDICTS
from app.printouts.sheet_words import NUMBER, dates_words, file_words, numbered, plan_words, sheet

HASH_SHOWN = 16  # characters of a hash: enough to find the file by
TARGET_COLUMNS = (
    NUMBER,
    Column("代码", 17, Align.CENTER),
    Column("指标", 60),
    Column("学段", 14, Align.CENTER),
    Column("目标值", 26, Align.CENTER),
    Column("认可的监测值", 26, Align.CENTER, missing="未评估"),
    Column("是否达标", 21, Align.CENTER),
)
FILE_COLUMNS = (
    NUMBER,
    Column("材料名称", 56),
    Column("提交环节", 32, Align.CENTER),
    Column("提交日期", 27, Align.CENTER, CellType.DAY),
    Column(f"SHA-256（前{HASH_SHOWN}位）", 40, Align.CENTER),
)


def compose(facts: CertificateFacts) -> Document:
    """Compose the certificate on one page, its targets and files as attachments; a regression since comes first."""
    blocks: list[Block] = [Paragraph(_certified(facts))]
    if facts.regressed_on is not None:
        blocks.append(Paragraph(_regressed(facts)))
    blocks += [_form(facts), Paragraph("特此证明。", Slot.CLOSING)]
    document = sheet(
        facts.head,
        ("销号证明",),
        blocks,
        outlined_as=f"{facts.number}　{facts.milestone.title}",
        signature=facts.head.office,
    )
    tables = ([_targets(facts)] if facts.verdicts else []) + [_files(facts)]
    return replace(document, annexes=tuple(Annex(table.caption, (table,)) for table in tables))


def _certified(facts: CertificateFacts) -> str:
    return (
        f"{plan_words(facts.head)}所列“{facts.milestone.title}”，经责任单位申报、核验人员核验，"
        f"已于{day_text(facts.closed_on)}销号，编号为{facts.number}。"
    )


def _regressed(facts: CertificateFacts) -> str:
    assert facts.regressed_on is not None
    return (
        f"注意：该事项销号后未能保持，已于{day_text(facts.regressed_on)}认定为滑坡。"
        f"本证明仅说明销号时的情况，不能证明其目前达标。"
    )


def _form(facts: CertificateFacts) -> Pairs:
    row = facts.milestone
    rows = [
        ("销号编号", facts.number),
        ("任务", row.title),
        ("方案条款", row.clause + (f"；要求：{facts.detail}" if facts.detail and facts.detail != row.title else "")),
        ("责任单位", "、".join(facts.units) or f"{row.place or ''}（未明确责任单位）"),
        ("方案时限", f"{day_text(row.original_due_on)}（方案表述：{row.due_phrase}）"),
        ("现行时限", dates_words(row)),
        ("完成情况", _reached(facts)),
        ("申报", _claimed(facts)),
        ("核验", f"{facts.verified_by}，{day_text(facts.closed_on)}" + (f"；{facts.finding}" if facts.finding else "")),
        ("公示", _notice(facts.notice)),
        ("量化目标", _target_words(facts)),
        *([("依据文号", facts.document_number)] if facts.document_number else []),
        *([("目前状况", f"{day_text(facts.regressed_on)}认定为滑坡")] if facts.regressed_on else []),
    ]
    return Pairs(tuple(rows), width=28)


def _reached(facts: CertificateFacts) -> str:
    """Say when it was reached, and whether in time by the due date in force and by the original one."""
    now, first = facts.milestone.timeliness, facts.milestone.original_timeliness
    reached = [f"{day_text(facts.reached_on)}完成"] if facts.reached_on else []
    judged = [f"按现行时限{word(now)}，按方案原定时限{word(first)}"] if now is not None and first is not None else []
    return "；".join(reached + judged) or "—"


def _claimed(facts: CertificateFacts) -> str:
    if not facts.claimed_by:
        return "—"
    return facts.claimed_by + (f"，{day_text(facts.claimed_on)}" if facts.claimed_on else "")


def _notice(notice: NoticeFacts | None) -> str:
    if notice is None:
        return "未公示"
    days = f"，{notice.days}个工作日" if notice.days else ""
    return f"{day_text(notice.from_on)}发布，公示至{day_text(notice.until_on)}{days}"


def _target_words(facts: CertificateFacts) -> str:
    if not facts.verdicts:
        return "未设量化目标"
    if facts.waiver is None:
        return f"共{len(facts.verdicts)}项，均已达标"
    met = sum(row.verdict.value == "met" for row in facts.verdicts)
    number = f"（{facts.waiver_number}）" if facts.waiver_number else ""
    by = f"经{facts.waived_by or ''}批准{number}"
    reason = f"，理由：{facts.waiver}" if facts.waiver else ""
    return f"共{len(facts.verdicts)}项，达标{met}项；未达标或未评估的{by}不作为销号条件{reason}"


def _targets(facts: CertificateFacts) -> Table:
    rows = (
        (
            row.indicator_code,
            row.indicator_name,
            row.stage_label,
            target_text(row),
            measured_text(row),
            VERDICTS[row.verdict],
        )
        for row in facts.verdicts
    )
    return Table(TARGET_COLUMNS, numbered(rows), "量化目标和认可的监测值", "量化目标")


def _files(facts: CertificateFacts) -> Table:
    rows = (
        (file_words(file.filename), file.backs, file.handed_in_on, file.sha256[:HASH_SHOWN]) for file in facts.files
    )
    return Table(FILE_COLUMNS, numbered(rows), "佐证材料清单", "佐证材料", "无佐证材料")
