"""Chapter six of a dossier: every alert, whom it was addressed to, and what proves that it was delivered."""

from app.core.clock import SHANGHAI
from app.domain.alert_words import MEASURE_NAMES
from app.domain.dossier_words import word
from app.domain.vocabulary import AlertStepKind, Capacity, MessageState, OutboxKind
from app.printouts.documents import Heading, Paragraph, day_text
from app.printouts.dossiers import Chapter, DossierBlock
from app.queries.dossier_alerts import AlertFile, MessageLine, ReadingLine, StepLine
from app.queries.dossiers import DossierFacts
from app.queries.hand_delivery import HandRow
from app.queries.outbox import AttemptProof
from app.services.dossier_words import NONE, Names, clause, exact, moment, said, table

_PROOF = (("对象与身份", 40), ("方式与编号", 42), ("时间", 34), ("结果、对方答复", 60))


def notices(facts: DossierFacts, names: Names) -> Chapter:
    """Tell every alert with its proofs, after a list of all of them."""
    if not facts.alerts:
        return Chapter("六、预警与送达", (NONE,))
    columns = (("序号", 14), ("日期", 34), ("措施", 26), ("事项", 25), ("依据", 26), ("送达", 46), ("状态", 18))
    rows = [_line(number, alert, names) for number, alert in enumerate(facts.alerts, start=1)]
    blocks: list[DossierBlock] = [
        Heading("（一）预警一览", 2),
        table("", columns, rows),
        Heading("（二）逐件送达情况", 2),
    ]
    for number, alert in enumerate(facts.alerts, start=1):
        blocks += _whole(number, alert, names)
    return Chapter("六、预警与送达", tuple(blocks))


def _about(alert: AlertFile, names: Names) -> str:
    """Name the milestone that an alert is about, or the unit with the period whose reports are missing."""
    row = alert.row
    if row.milestone_id:
        return names.item(row.milestone_id)
    return f"{row.unit or ''}{row.period}填报" if row.period else row.about


def _line(number: int, alert: AlertFile, names: Names) -> tuple[str, ...]:
    row = alert.row
    return (
        str(number),
        day_text(row.fire_on),
        MEASURE_NAMES[row.measure],
        _about(alert, names),
        clause(row.clause),
        _arrived(alert),
        word(row.state),
    )


def _arrived(alert: AlertFile) -> str:
    sent = sum(line.state is MessageState.SENT and line.kind is OutboxKind.ALERT for line in alert.messages)
    signed = sum(row.receipt is not None for row in alert.by_hand)
    told = said(
        f"电子送达{sent}个地址" if sent else None,
        f"送达回证{signed}份" if signed else None,
        f"系统内阅读{len(alert.readings)}人" if alert.readings else None,
    )
    return "尚无送达记录" if told == "—" else told


def _whole(number: int, alert: AlertFile, names: Names) -> list[DossierBlock]:
    row = alert.row
    versions = f"时限第{row.due_version}版" if row.due_version else "非任务时限"
    judged = (
        f"判定依据：{versions}，预警阶梯第{row.ladder_version}版，"
        f"{f'工作日历第{row.calendar_version}版' if row.calendar_version else '按自然日计'}；"
        f"扫描日{day_text(row.scanned_on)}，生成于{moment(row.raised_at)}，台账编号{row.id}。"
    )
    heading = Heading(
        f"第{number}件　{day_text(row.fire_on)}　{MEASURE_NAMES[row.measure]}（{_about(alert, names)}）", 3
    )
    return [heading, Paragraph(row.reason), Paragraph(judged), table("", _PROOF, _proofs(alert, names))]


def _proofs(alert: AlertFile, names: Names) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (
            f"{item.name}（{word(item.capacity)}）",
            "列为发送对象",
            moment(alert.row.raised_at),
            said(
                f"当时负责人：{item.person}" if item.person else _nobody(item.capacity),
                f"要求{day_text(item.reply_due_on)}前回复" if item.reply_due_on else None,
            ),
        )
        for item in alert.recipients
    ]
    for message in alert.messages:
        rows += _message(message)
    rows += [_hand(item, names) for item in alert.by_hand]
    rows += [_reading(item) for item in alert.readings]
    return rows + [_step(item, names) for item in alert.steps]


def _nobody(capacity: Capacity) -> str | None:
    return "当时无负责人登记" if capacity in (Capacity.RESPONSIBLE, Capacity.SUPPORTING) else None


def _message(message: MessageLine) -> list[tuple[str, ...]]:
    whom = f"{message.name}（{word(message.capacity)}）" + (f"\n{message.owner}" if message.owner else "")
    told = "撤回通知：" if message.kind is OutboxKind.WITHDRAWAL else ""
    way = f"{told}{word(message.channel)}\n{message.shown}\n{message.number}"
    if message.dropped is not None:
        return [(whom, way, "—", word(message.dropped))]
    if not message.attempts:
        return [(whom, way, "—", word(message.state))]
    return [(whom, way, exact(item.started_at), _attempt(item)) for item in message.attempts]


def _attempt(item: AttemptProof) -> str:
    answer = f"对方答复：{item.answer}" if item.answer else None
    content = f"内容摘要值{item.text_sha256[:16]}" if item.text_sha256 else None
    ended = f"{item.ended_at.astimezone(SHANGHAI):%H:%M:%S}结束" if item.ended_at else "发送进程中断"
    return said(
        f"第{item.attempt}次：{word(item.outcome)}",
        word(item.trouble) if item.trouble else None,
        answer,
        content,
        ended,
    )


def _hand(item: HandRow, names: Names) -> tuple[str, ...]:
    told = "撤回通知" if item.kind is OutboxKind.WITHDRAWAL else "人工送达"
    whom, way = f"{item.unit}（{word(item.capacity)}）", f"{told}\n{item.number}"
    if item.receipt is None:
        state = "无须送达（预警已终止）" if item.need_not_be_carried else "尚无送达回证"
        return whom, way, f"列入{moment(item.listed_at)}", said(word(item.reason), item.answer, state)
    receipt = item.receipt
    text = said(
        f"{receipt.received_by}{day_text(receipt.received_on)}签收",
        f"送达人{receipt.carried_by}" if receipt.carried_by else None,
        receipt.note,
        f"{receipt.author}{moment(receipt.recorded_at)}登记",
    )
    return whom, way, day_text(receipt.received_on), names.with_files(text, "hand_delivery", item.id)


def _reading(item: ReadingLine) -> tuple[str, ...]:
    way = "系统收件箱" + ("（撤回通知）" if item.kind is OutboxKind.WITHDRAWAL else "")
    return (
        f"{item.unit or '领导小组办公室及领导'}\n{item.person}",
        way,
        exact(item.read_at),
        "打开阅读" if item.opened else "批量标为已读",
    )


def _step(item: StepLine, names: Names) -> tuple[str, ...]:
    whom = item.unit or ("领导小组办公室" if item.kind is AlertStepKind.WITHDRAW else "—")
    text = names.with_files(item.text or "—", "alert_step", item.id)
    return f"{whom}\n{item.author or '系统'}", word(item.kind), exact(item.recorded_at), text
