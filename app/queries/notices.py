"""Reads of one message before it is sent: its address, its notices, where their alerts stand by now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.delivery import Seat
from app.domain.delivery_words import DocumentWords, NoticeWords, Told
from app.domain.distribution import AS_HELD, CAPACITY_NAMES
from app.domain.documents import DocumentState
from app.domain.periods import label
from app.domain.vocabulary import AlertStepKind, ChannelKind, MessageKind, OutboxKind
from app.models import (
    Account,
    Address,
    Alert,
    AlertStep,
    Message,
    MessageItem,
    Milestone,
    OfficialDocument,
    Organization,
    Outbox,
    Plan,
    ReportingPeriod,
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message and where it goes; `open_to_notices`: the address is verified, in use, and its owner is active."""

    message_id: int
    kind: MessageKind
    queued_at: datetime
    address_id: int
    channel: ChannelKind
    sent_to: str
    secret: str | None
    verified: bool
    in_use: bool

    @property
    def open_to_notices(self) -> bool:
        """Tell whether anything but a code may be sent there."""
        return self.verified and self.in_use


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of a message that is not left out; it is about an alert or about a document."""

    item_id: int
    outbox_id: int
    plan_id: int
    kind: OutboxKind
    alert_id: int | None
    document_id: int | None
    seat: Seat
    words: Told


def envelope(session: Session, message_id: int) -> Envelope:
    """Return a message with its address."""
    query: Any = (
        sa.select(
            col(Message.id),
            col(Message.kind),
            col(Message.queued_at),
            col(Message.address_id),
            col(Address.channel),
            col(Address.address),
            col(Address.secret),
            col(Address.verified_at),
            col(Address.active),
            col(Account.active).label("owner_active"),
        )
        .join(Address, col(Address.id) == col(Message.address_id))
        .outerjoin(Account, col(Account.id) == col(Address.account_id))
        .where(col(Message.id) == message_id)
    )
    row = session.execute(query).one()
    return Envelope(
        message_id=row.id,
        kind=row.kind,
        queued_at=row.queued_at,
        address_id=row.address_id,
        channel=row.channel,
        sent_to=row.address,
        secret=row.secret,
        verified=row.verified_at is not None,
        in_use=row.active and row.owner_active is not False,
    )


def notices(session: Session, message_id: int) -> list[Notice]:
    """Return what a message still has to tell, in the order queued."""
    unit, correction = aliased(Organization), aliased(OfficialDocument)
    corrects = sa.and_(
        col(correction.corrects_id) == col(OfficialDocument.id), col(correction.state) == DocumentState.ISSUED
    )
    query: Any = (
        sa.select(*_columns(unit, correction))
        .select_from(MessageItem)
        .join(Outbox, col(Outbox.id) == col(MessageItem.outbox_id))
        .join(Plan, col(Plan.id) == col(Outbox.plan_id))
        .outerjoin(Alert, col(Alert.id) == col(MessageItem.alert_id))
        .outerjoin(OfficialDocument, col(OfficialDocument.id) == col(MessageItem.document_id))
        .outerjoin(correction, corrects)
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(Alert.period_id))
        .outerjoin(unit, col(unit.id) == col(Alert.organization_id))
        .where(col(MessageItem.message_id) == message_id, col(MessageItem.dropped).is_(None))
        .order_by(col(MessageItem.outbox_id))
    )
    return [_notice(row) for row in session.execute(query)]


def _columns(unit: type[Organization], correction: type[OfficialDocument]) -> tuple[Any, ...]:
    because = (
        sa.select(col(AlertStep.text))
        .where(col(AlertStep.alert_id) == col(Alert.id), col(AlertStep.kind) == AlertStepKind.WITHDRAW)
        .order_by(col(AlertStep.id))
        .limit(1)
        .scalar_subquery()
    )
    return (
        col(MessageItem.id).label("item_id"),
        col(MessageItem.outbox_id),
        col(MessageItem.organization_id),
        col(MessageItem.capacity),
        col(Outbox.kind),
        col(Alert.id).label("alert_id"),
        col(Outbox.plan_id),
        col(MessageItem.document_id),
        col(Plan.short_title).label("plan"),
        col(Alert.measure),
        col(Alert.reason),
        col(Alert.reply_due_on),
        col(Milestone.title).label("milestone"),
        col(ReportingPeriod.first_on),
        col(ReportingPeriod.last_on),
        col(unit.short_name).label("unit"),
        because.label("because"),
        col(OfficialDocument.title),
        col(OfficialDocument.number),
        col(OfficialDocument.issued_at),
        col(correction.id).label("correction_id"),
        col(correction.number).label("correction"),
    )


def _notice(row: Any) -> Notice:
    words = _of_alert(row) if row.document_id is None else _of_document(row)
    seat = Seat(row.organization_id, row.capacity)
    return Notice(row.item_id, row.outbox_id, row.plan_id, row.kind, row.alert_id, row.document_id, seat, words)


def _of_document(row: Any) -> DocumentWords:
    return DocumentWords(
        document_id=row.document_id,
        plan=row.plan,
        title=row.title,
        number=row.number or "",
        addressed=CAPACITY_NAMES[AS_HELD[row.capacity]],
        issued_on=local_day(row.issued_at),
        corrected_by=None if row.correction_id is None else (row.correction or "新件"),
    )


def _of_alert(row: Any) -> NoticeWords:
    return NoticeWords(
        kind=row.kind,
        alert_id=row.alert_id,
        plan=row.plan,
        measure=row.measure,
        about=about(row),
        reason=row.reason,
        reply_due_on=row.reply_due_on,
        why_withdrawn=row.because or "",
    )


def about(row: Any) -> str:
    """Return what an alert is about: a milestone's title, or a period's name and the unit."""
    if row.milestone:
        return str(row.milestone)
    period = label(row.first_on, row.last_on) if row.first_on else None
    return " · ".join(item for item in (period, row.unit) if item)
