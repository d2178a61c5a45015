"""Chapters one to five of a dossier: what it is about, the plan's words, due dates, who answered, what was reported."""

from app.domain.alert_words import MEASURE_NAMES, rung_day
from app.domain.cases import CaseEventKind
from app.domain.dossier_words import word
from app.domain.official_words import CASE_STAGES, SCHOOL_STAGES, STANDINGS
from app.domain.postings import held_on
from app.domain.vocabulary import DecisionKind, PostDuty, UnitRole, ValueType
from app.printouts.documents import Heading, Pairs, Paragraph, day_text, number_text
from app.printouts.dossiers import Chapter, DossierBlock
from app.queries.case_milestones import HeldMilestone
from app.queries.dossier_reports import DecisionLine, DueLine, ReportLine
from app.queries.dossiers import Commitment, DossierFacts, TargetLine
from app.services.dossier_words import NONE, Names, clause, day, held_to_account, late, moment, said, share, table

_SIGNS = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜", "==": "＝"}


def summary(facts: DossierFacts, names: Names) -> Chapter:
    """Tell on one page what the case is about, since when it is late, what was done and where it stands."""
    case = facts.case
    next_up = case.next
    steps = [event for event in case.events if event.kind in (CaseEventKind.DECISION, CaseEventKind.CLOSING)]
    decided = "；".join(
        f"{day(event.dated_on)}{MEASURE_NAMES[event.measure] if event.measure else word(event.kind)}"
        + (f"（{event.document_number}）" if event.document_number else "")
        for event in steps
    )
    waits = f"{word(next_up.party)}{word(next_up.task)}" + (f"，{day(next_up.due_on)}前" if next_up.due_on else "")
    due_on = facts.cut_off_at
    rows = (
        ("被问责单位", held_to_account(facts)),
        ("立案", f"{day_text(case.opened_on)}，涉及{len(facts.commitments)}项任务"),
        ("目前阶段", f"{CASE_STAGES[case.stage]}（自{day_text(case.since_on)}起）"),
        ("下一步", "无" if next_up.party.value == "nobody" else waits),
        ("预警与送达", _told(facts)),
        ("填报", f"共{len(facts.reports)}次；未按时报送{len(facts.missing)}次"),
        (
            "延期",
            f"申请{len(facts.extensions)}次，批准{sum(row.granted_due_on is not None for row in facts.extensions)}次",
        ),
        ("单位陈述", "已提交" if case.statement_on_file else "未提交"),
        ("处理决定", decided or "尚未作出"),
        ("整改", f"{len(facts.items)}项，未办结{sum(item.row.settled_on is None for item in facts.items)}项"),
    )
    columns = (("事项", 14), ("内容", 52), ("原定时限", 31), ("现行时限", 31), ("状态", 22))
    shown = list({item.milestone_id: item for item in case.milestones}.values())
    lines = [_late_line(item, names) for item in shown[:12]]
    blocks: list[DossierBlock] = [
        Pairs(rows),
        table(f"逾期情况（截至{moment(due_on)}）", columns, lines),
    ]
    if len(shown) > len(lines):
        blocks.append(Paragraph(f"其余{len(shown) - len(lines)}项见第二章。"))
    return Chapter("一、摘要", tuple(blocks))


def _told(facts: DossierFacts) -> str:
    by_hand = [row for alert in facts.alerts for row in alert.by_hand]
    sent = sum(any(line.state.value == "sent" for line in alert.messages) for alert in facts.alerts)
    return (
        f"预警{len(facts.alerts)}次，其中电子送达{sent}次；"
        f"人工送达{len(by_hand)}份，已取得送达回证{sum(row.receipt is not None for row in by_hand)}份"
    )


def _late_line(item: HeldMilestone, names: Names) -> tuple[str, ...]:
    standing = STANDINGS[item.standing] + (f"（{word(item.timeliness)}）" if item.timeliness else "")
    return (
        names.item(item.milestone_id),
        item.title,
        f"{day_text(item.original_due_on)}\n{late(item.days_late_original)}",
        f"{day_text(item.effective_due_on)}\n{late(item.days_late_effective)}",
        standing,
    )


def basis(facts: DossierFacts, names: Names) -> Chapter:
    """Tell what the plan provides for each milestone, and which rungs of its ladder bear on the case."""
    plan = facts.plan
    number = f"（{plan.document_number}）" if plan.document_number else "（方案文本未载文号）"
    blocks: list[DossierBlock] = [
        Paragraph(
            f"依据：{plan.issuer}{day_text(plan.issued_on)}印发的《{plan.title}》{number}。下列内容为台账登记的要点，以方案原文为准。"
        )
    ]
    for item in facts.commitments:
        blocks.append(Heading(names.title(item.id), 2))
        blocks.append(_commitment(item, facts))
        blocks += _targets(item, facts)
    columns = (("触发条件", 44), ("措施", 24), ("发送对象", 46), ("回复时限", 22), ("依据", 24))
    rows = [
        (
            rung_day(rung),
            MEASURE_NAMES[rung.measure],
            "、".join(word(capacity) for capacity in rung.addressees),
            f"{rung.reply_days}个工作日" if rung.reply_days else "不要求",
            clause(rung.clause),
        )
        for rung in facts.rungs
    ]
    blocks += [Heading("预警阶梯及其依据", 2), table("", columns, rows)]
    return Chapter("二、方案依据", tuple(blocks))


def _commitment(item: Commitment, facts: DossierFacts) -> Pairs:
    later = [due for due in facts.dues if due.milestone_id == item.id]
    rows = [
        ("条款", item.clause + (f"（责任单位见{item.units_clause}）" if item.units_clause else "")),
        ("要点", item.detail or item.title),
        ("方案时限表述", f"{item.due_phrase}（{word(item.due_precision)}）"),
        (
            "原定时限",
            day_text(item.due_on)
            + (f"；另一种读法为{day_text(item.alternative_due_on)}" if item.alternative_due_on else ""),
        ),
        (
            "现行时限",
            f"{day_text(later[-1].due_on)}（第{later[-1].version}版）"
            if later
            else f"{day_text(item.due_on)}（未作变更）",
        ),
    ]
    if item.recurrence:
        rows.append(("周期", item.recurrence))
    if item.note:
        rows.append(("备注", item.note))
    return Pairs(tuple(rows))


def _targets(item: Commitment, facts: DossierFacts) -> list[DossierBlock]:
    """Return the targets that the plan writes at a milestone; those of the standard are only counted."""
    mine = [target for target in facts.targets if target.milestone_id == item.id]
    own = [_target(target) for target in mine if not target.copied]
    columns = (("指标", 18), ("名称", 66), ("目标值", 30), ("基准值", 22), ("条款", 26))
    blocks: list[DossierBlock] = [table("量化目标", columns, own)] if own else []
    if copied := len(mine) - len(own):
        blocks.append(
            Paragraph(f"另对照评估标准（含方案调整的阈值）设量化目标{copied}项，逐项数值见台账，此处不重复列出。")
        )
    return blocks


def _target(target: TargetLine) -> tuple[str, ...]:
    stage = f"（{SCHOOL_STAGES[target.stage]}）" if target.stage else ""
    if target.value_type is ValueType.BOOLEAN:
        wanted = "是" if target.value else "否"
    else:
        wanted = f"{_SIGNS[target.comparator.value]}{number_text(target.value)}{target.unit}"
    base = "—" if target.baseline is None else f"{number_text(target.baseline)}{target.unit}"
    return target.code, target.name + stage, wanted, base, target.clause or "—"


def due_dates(facts: DossierFacts, names: Names) -> Chapter:
    """Tell every version of each due date, and requests that brought none."""
    columns = (("事项", 14), ("版次", 14), ("时限", 31), ("事由", 52), ("文号", 29), ("经办人与时间", 38))
    rows: list[tuple[str, ...]] = []
    for item in facts.commitments:
        about = names.item(item.id)
        rows.append(
            (
                about,
                "第1版",
                day_text(item.due_on),
                f"方案原定：{item.due_phrase}",
                facts.plan.document_number or "—",
                "—",
            )
        )
        rows += [_due(about, due) for due in facts.dues if due.milestone_id == item.id]
    blocks: list[DossierBlock] = [table("", columns, rows)]
    refused = [row for row in facts.extensions if row.granted_due_on is None]
    if refused:
        lines = [
            (names.item(row.milestone_id), day_text(row.proposed_due_on), word(row.state), moment(row.recorded_at))
            for row in refused
        ]
        blocks.append(
            table("未改变时限的延期申请", (("事项", 14), ("申请延至", 40), ("结果", 40), ("申请时间", 50)), lines)
        )
    blocks.append(Paragraph("申请、意见和审批全文见第七章。"))
    return Chapter("三、时限沿革", tuple(blocks))


def _due(about: str, due: DueLine) -> tuple[str, ...]:
    cause = said(word(due.cause), due.reason, due.revision)
    phrase = f"（{due.due_phrase}）" if due.due_phrase else ""
    return (
        about,
        f"第{due.version}版",
        day_text(due.due_on) + phrase,
        cause,
        due.document_number or "—",
        f"{due.author}\n{moment(due.recorded_at)}",
    )


def responsibility(facts: DossierFacts, names: Names) -> Chapter:
    """Tell which units answer for what, and who held which post in them over the span of the case."""
    columns = (("事项", 14), ("单位", 70), ("身份", 26), ("方案所载名称", 50))
    rows = [
        (names.item(unit.milestone_id), unit.name, word(unit.role) + ("（牵头）" if unit.leads else ""), unit.named_as)
        for unit in facts.units
    ]
    blocks: list[DossierBlock] = [
        Heading("（一）责任单位和配合单位", 2),
        table("", columns, rows, empty="方案未明确责任单位，由领导小组办公室承办"),
        Heading("（二）任职情况", 2),
    ]
    units = {unit.organization_id: unit.name for unit in facts.units if unit.role is UnitRole.RESPONSIBLE}
    units[facts.case.organization_id] = facts.plan.unit
    begin = min(item.start_on for item in facts.commitments)
    posts: list[tuple[str, ...]] = []
    for unit_id, name in units.items():
        held = [post for post in facts.posts.get(unit_id, ()) if post.to_on is None or post.to_on >= begin]
        if not any(post.duty is not PostDuty.CONTACT for post in held_on(held, facts.case.opened_on)):
            posts.append((name, "—", "立案当日无负责人登记", "—", "—", "—"))
        posts += [
            (
                name,
                post.person,
                post.post,
                word(post.duty),
                day(post.from_on),
                day(post.to_on) if post.to_on else "至今",
            )
            for post in held
        ]
    heads = (("单位", 40), ("姓名", 26), ("职务", 34), ("分工", 24), ("任职起", 31), ("任职止", 31))
    return Chapter("四、责任沿革", (*blocks, table(f"任务开始（{day_text(begin)}）以来的任职", heads, posts)))


def reporting(facts: DossierFacts, names: Names) -> Chapter:
    """Tell every report with what became of it, the reports that are missing, and decisions on milestones."""
    notes: dict[int, list[DecisionLine]] = {}
    for line in facts.decisions:
        if line.report_id is not None:
            notes.setdefault(line.report_id, []).append(line)
    columns = (
        ("事项", 14),
        ("所报日期", 31),
        ("单位和报送人", 32),
        ("进度", 14),
        ("内容和监测值", 60),
        ("审核", 34),
        ("材料", 14),
    )
    rows = [_report(report, notes.get(report.id, []), names) for report in facts.reports]
    missing = [
        (
            names.item(line.milestone_id),
            line.period,
            line.unit,
            word(line.kind),
            day(line.timely_until_on),
            f"迟报：{moment(line.reported_at)}" if line.reported_at else "未报",
        )
        for line in facts.missing
    ]
    heads = (("事项", 14), ("报送期", 30), ("单位", 44), ("应报内容", 26), ("按时报送截止", 31), ("结果", 40))
    rest = [
        line
        for line in facts.decisions
        if line.report_id is None or line.kind in (DecisionKind.CLOSE_OUT, DecisionKind.PUBLIC_NOTICE)
    ]
    decided = [_decision(line, names) for line in rest]
    last = (("事项", 14), ("时间", 32), ("决定", 28), ("内容", 62), ("文号", 26), ("经办人", 22), ("材料", 14))
    return Chapter(
        "五、填报情况",
        (
            Heading("（一）历次填报", 2),
            table("", columns, rows) if rows else NONE,
            Heading("（二）未按时报送", 2),
            table("", heads, missing) if missing else NONE,
            Heading("（三）核验、销号和复查决定", 2),
            table("", last, decided) if decided else NONE,
        ),
    )


def _report(report: ReportLine, notes: list[DecisionLine], names: Names) -> tuple[str, ...]:
    values = "；".join(f"{value.name}{number_text(value.value)}{value.unit}" for value in report.values)
    claim = f"申报完成（{day(report.reached_on)}达成）" if report.claims_completion else None
    state = word(report.state) if report.state else "办公室录入"
    review = "\n".join([state, *(f"{moment(n.recorded_at)}{n.author}：{said(word(n.kind), n.note)}" for n in notes)])
    return (
        names.item(report.milestone_id),
        day_text(report.reported_on) + (f"\n{report.period}" if report.period else ""),
        f"{report.unit or '领导小组办公室'}\n{report.author}\n{moment(report.recorded_at)}",
        share(report.share_pct),
        said(claim, report.summary, values, None if report.speaks_for_whole else "仅报本单位部分"),
        review,
        names.files("report", report.id),
    )


def _decision(line: DecisionLine, names: Names) -> tuple[str, ...]:
    number = f"销号编号{line.closing_year}-{line.closing_number}" if line.closing_number else None
    reached = f"达成日期{day_text(line.reached_on)}" if line.reached_on else None
    notice = f"公示至{day_text(line.notice_until_on)}" if line.notice_until_on else None
    return (
        names.item(line.milestone_id),
        moment(line.recorded_at),
        word(line.kind),
        said(line.note, reached, notice, number),
        line.document_number or "—",
        line.author,
        names.files("decision", line.id),
    )
