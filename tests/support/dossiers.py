"""A case of the small ledger with everything on file that a dossier tells (all invented)."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import write_session
from app.core.files import store
from app.domain.vocabulary import (
    AlertStepKind,
    AttemptOutcome,
    Capacity,
    ChannelKind,
    ExpectedKind,
    ExtensionStepKind,
    HandReason,
    HandStepKind,
    Measure,
    MessageKind,
    MessageState,
    OutboxKind,
    PostDuty,
)
from app.models import (
    Address,
    AlertStep,
    DeliveryAttempt,
    Evidence,
    ExpectedReport,
    ExtensionRequest,
    ExtensionStep,
    HandDelivery,
    HandReceipt,
    InboxRead,
    Instruction,
    Message,
    MessageItem,
    Outbox,
    Posting,
    Report,
    ReportingPeriod,
)
from app.services import cases, rectifications
from app.services.cases import Decision
from tests.jobs.ledger import (
    LEADER_ACTOR,
    MEMBER,
    OFFICE,
    OFFICE_ACTOR,
    OFFICER,
    PLAN,
    TODAY,
    UNIT,
    UNIT_ACTOR,
    days,
    noon,
)

CASE = 1
ALERT = 1
NOW = noon(TODAY)
HOSTILE = 'CON<>:"/\\|?*\u202e 清单\n𓀀.pdf.'


def put(session: Any, row: Any) -> int:
    session.add(row)
    session.flush()
    return int(row.id)


def fill(engine: Engine, folder: Path) -> None:
    """Put on file everything that a dossier tells."""
    with write_session(engine) as session:
        report = Report(
            milestone_id=1, organization_id=UNIT, author_id=MEMBER, reported_on=date(2026, 9, 30), recorded_at=NOW,
            summary="主体完工，绿化未完成（虚构）", share_pct=Decimal(85),
        )  # fmt: skip
        report_id = put(session, report)
        evidence(session, folder, "（虚构）进度照片.pdf", b"photo", report_id=report_id)
        evidence(session, folder, HOSTILE, b"hostile", report_id=report_id)
        post = Posting(
            organization_id=UNIT, person="王某（虚构）", post="局长", duty=PostDuty.HEAD, from_on=date(2025, 3, 1)
        )
        put(session, post)
        period = ReportingPeriod(
            plan_id=PLAN, first_on=date(2026, 4, 1), last_on=date(2026, 6, 30), opened_at=NOW,
            timely_until_on=date(2026, 7, 10), closes_on=date(2026, 7, 25),
        )  # fmt: skip
        owed: dict[str, Any] = {"period_id": put(session, period), "milestone_id": 1, "organization_id": UNIT}
        put(session, ExpectedReport(kind=ExpectedKind.PROGRESS, expected_at=NOW, **owed))
        fill_requests(session)
        fill_delivery(session, folder)
    fill_case(engine)


def evidence(session: Any, folder: Path, name: str, content: bytes, **fact: Any) -> None:
    kept: dict[str, Any] = {"sha256": store(folder, content), "size": len(content), "media_type": "application/pdf"}
    row = Evidence(milestone_id=1, filename=name, author_id=MEMBER, recorded_at=NOW, **kept, **fact)
    put(session, row)


def fill_requests(session: Any) -> None:
    request = ExtensionRequest(
        milestone_id=1, organization_id=UNIT, due_version=1, proposed_due_on=date(2027, 3, 31),
        reason="雨季停工（虚构）", author_id=MEMBER, recorded_at=NOW,
    )  # fmt: skip
    step: dict[str, Any] = {"request_id": put(session, request), "recorded_at": NOW}
    put(
        session,
        ExtensionStep(kind=ExtensionStepKind.OPINION, supports=False, text="理由不足", author_id=OFFICER, **step),
    )
    put(session, ExtensionStep(kind=ExtensionStepKind.REFUSE, text="不予延期", author_id=2, **step))
    put(
        session,
        Instruction(
            milestone_id=1, organization_id=UNIT, leader="赵某（虚构）", issued_on=TODAY, text="请抓紧（虚构）",
            reply_due_on=TODAY + days(7), author_id=OFFICER, recorded_at=NOW,
        ),
    )  # fmt: skip


def fill_delivery(session: Any, folder: Path) -> None:
    """Tell the unit by mail at the second attempt, let it read and take note, and carry the alert to the office."""
    outbox = session.scalars(sa.select(col(Outbox.id)).where(col(Outbox.alert_id) == ALERT)).one()
    address = put(
        session, Address(organization_id=UNIT, channel=ChannelKind.EMAIL, address="unit@example.cn", created_at=NOW)
    )
    message = put(
        session,
        Message(
            address_id=address, kind=MessageKind.URGENT, state=MessageState.SENT, queued_at=NOW, next_try_at=NOW,
            sent_at=NOW,
        ),
    )  # fmt: skip
    whom: dict[str, Any] = {"organization_id": UNIT, "capacity": Capacity.RESPONSIBLE}
    put(session, MessageItem(message_id=message, outbox_id=outbox, address_id=address, alert_id=ALERT, **whom))
    for attempt, outcome, answer in ((1, AttemptOutcome.DELAYED, "451 greylisted"), (2, AttemptOutcome.SENT, "250 OK")):
        at: dict[str, Any] = {"started_at": NOW, "ended_at": NOW + timedelta(seconds=1)}
        put(session, DeliveryAttempt(message_id=message, attempt=attempt, outcome=outcome, answer=answer, **at))
    session.add(InboxRead(account_id=MEMBER, alert_id=ALERT, kind=OutboxKind.ALERT, opened=True, read_at=NOW))
    by: dict[str, Any] = {"alert_id": ALERT, "author_id": MEMBER, "recorded_at": NOW, **whom}
    put(session, AlertStep(kind=AlertStepKind.ACKNOWLEDGE, **by))
    put(session, AlertStep(kind=AlertStepKind.ANSWER, text="已增派人手（虚构）", **by))
    hand = HandDelivery(
        outbox_id=outbox, alert_id=ALERT, plan_id=PLAN, organization_id=OFFICE, capacity=Capacity.OFFICE,
        reason=HandReason.NO_ADDRESS, listed_at=NOW, settled_at=NOW,
    )  # fmt: skip
    receipt = HandReceipt(
        hand_delivery_id=put(session, hand), kind=HandStepKind.RECEIPT, received_by="李某（虚构）", received_on=TODAY,
        scan_name="回证.pdf", scan_type="application/pdf", scan_sha256=store(folder, b"scan"), author_id=OFFICER,
        recorded_at=NOW,
    )  # fmt: skip
    put(session, receipt)


def fill_case(engine: Engine) -> None:
    with write_session(engine) as session:
        cases.state_case(session, UNIT_ACTOR, CASE, text="因雨季停工（虚构）", now=NOW)
        words: Any = {"measure": Measure.CIRCULAR, "clause": "五(四)", "text": "建议通报"}
        cases.propose_measure(session, OFFICE_ACTOR, CASE, now=NOW, **words)
        decision = Decision(measure=Measure.CIRCULAR, clause="五(四)", document_number="通〔2026〕1号")
        cases.decide(session, LEADER_ACTOR, CASE, decision=decision, text="同意", now=NOW)
        item = rectifications.Assignment(1, UNIT, "王某（虚构）", "通报", "绿化未完成", "补植", TODAY + days(20))
        rectifications.assign(session, OFFICE_ACTOR, item, now=NOW, case_id=CASE)
