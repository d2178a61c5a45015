"""The alerts of a case with what proves what became of them: messages, attempts, reading, receipts, steps."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Scope
from app.domain.delivery import masked, message_number
from app.domain.vocabulary import AlertStepKind, Capacity, ChannelKind, ItemDrop, MessageState, OutboxKind, Role
from app.models import (
    Account,
    Address,
    Alert,
    AlertRecipient,
    AlertStep,
    ExpectedAnswer,
    ExpectedReport,
    HandDelivery,
    InboxRead,
    Message,
    MessageItem,
    Organization,
    Outbox,
)
from app.queries import hand_delivery
from app.queries.alerts import AlertRow, alerts_by_id
from app.queries.hand_delivery import HandRow
from app.queries.outbox import AttemptProof, attempts_of


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """Whom an alert is addressed to; `reply_due_on` None: no answer is asked of it."""

    organization_id: int
    name: str
    capacity: Capacity
    person: str | None
    reply_due_on: date | None
    answered_on: date | None


@dataclass(frozen=True, slots=True)
class MessageLine:
    """An alert, or its withdrawal, at one address, with the attempts made; `owner` None: an address of the unit."""

    kind: OutboxKind
    message_id: int
    number: str
    name: str
    capacity: Capacity
    owner: str | None
    channel: ChannelKind
    shown: str
    state: MessageState
    dropped: ItemDrop | None
    attempts: tuple[AttemptProof, ...]


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """Somebody read the alert in the application; `opened` False: marked as read together with others."""

    kind: OutboxKind
    person: str
    role: Role
    unit: str | None
    opened: bool
    read_at: datetime


@dataclass(frozen=True, slots=True)
class StepLine:
    """What somebody did about an alert; `unit` None: for the whole of it."""

    id: int
    kind: AlertStepKind
    unit: str | None
    text: str
    author: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AlertFile:
    """One alert with its recipients and all proofs."""

    row: AlertRow
    recipients: tuple[RecipientLine, ...]
    messages: tuple[MessageLine, ...]
    by_hand: tuple[HandRow, ...]
    readings: tuple[ReadingLine, ...]
    steps: tuple[StepLine, ...]


def alert_files(session: Session, ids: Sequence[int], unit_ids: Collection[int]) -> tuple[AlertFile, ...]:
    """Return the alerts on milestones, and those on the units' reports of them, the first first; eight statements."""
    alert_ids = _concerning(session, ids, unit_ids)
    if not alert_ids:
        return ()
    rows = alerts_by_id(session, alert_ids)
    recipients, messages = _recipients(session, alert_ids), _messages(session, alert_ids)
    by_hand, readings = _by_hand(session, alert_ids), _readings(session, alert_ids)
    steps = _steps(session, alert_ids)
    return tuple(
        AlertFile(
            row,
            tuple(recipients[row.id]),
            tuple(messages[row.id]),
            tuple(by_hand[row.id]),
            tuple(readings[row.id]),
            tuple(steps[row.id]),
        )
        for row in sorted(rows.values(), key=lambda row: (row.raised_at, row.id))
    )


def _concerning(session: Session, ids: Sequence[int], unit_ids: Collection[int]) -> list[int]:
    owed = sa.exists().where(
        col(ExpectedReport.milestone_id).in_(ids),
        col(ExpectedReport.period_id) == col(Alert.period_id),
        col(ExpectedReport.organization_id) == col(Alert.organization_id),
        col(ExpectedReport.organization_id).in_(unit_ids),
    )
    # An alert on a common milestone may be about one unit alone: that another has not answered is not this case's.
    theirs = sa.or_(col(Alert.organization_id).is_(None), col(Alert.organization_id).in_(unit_ids))
    own = sa.select(col(Alert.id)).where(
        sa.or_(sa.and_(col(Alert.milestone_id).in_(ids), theirs), sa.and_(col(Alert.period_id).is_not(None), owed))
    )
    found = [alert_id for alert_id in session.scalars(own) if alert_id is not None]
    following = sa.select(col(Alert.id)).where(col(Alert.follows_id).in_(found), theirs)
    return sorted({*found, *(alert_id for alert_id in session.scalars(following) if alert_id is not None)})


def _recipients(session: Session, alert_ids: Sequence[int]) -> dict[int, list[RecipientLine]]:
    owed = sa.and_(
        col(ExpectedAnswer.alert_id) == col(AlertRecipient.alert_id),
        col(ExpectedAnswer.organization_id) == col(AlertRecipient.organization_id),
        col(AlertRecipient.capacity) != Capacity.LEADER,
    )
    columns: list[Any] = [
        col(AlertRecipient.alert_id),
        col(AlertRecipient.organization_id),
        col(Organization.name),
        col(AlertRecipient.capacity),
        col(AlertRecipient.person),
        col(ExpectedAnswer.reply_due_on),
        col(ExpectedAnswer.answered_on),
    ]
    query = (
        sa.select(*columns)
        .join(Organization, col(Organization.id) == col(AlertRecipient.organization_id))
        .outerjoin(ExpectedAnswer, owed)
        .where(col(AlertRecipient.alert_id).in_(alert_ids))
        .order_by(col(AlertRecipient.alert_id), col(Organization.sort_key), col(Organization.id))
    )
    found: dict[int, list[RecipientLine]] = defaultdict(list)
    for alert_id, *values in session.execute(query):
        found[alert_id].append(RecipientLine(*values))
    order = list(Capacity)
    return defaultdict(list, {key: sorted(rows, key=lambda r: order.index(r.capacity)) for key, rows in found.items()})


def _messages(session: Session, alert_ids: Sequence[int]) -> dict[int, list[MessageLine]]:
    columns: list[Any] = [
        col(MessageItem.alert_id),
        col(MessageItem.capacity),
        col(MessageItem.dropped),
        col(Message.id).label("message_id"),
        col(Message.queued_at),
        col(Message.state),
        col(Address.channel),
        col(Address.address),
        col(Outbox.kind),
        col(Organization.name),
        col(Account.display_name),
    ]
    query = (
        sa.select(*columns)
        .join(Message, col(Message.id) == col(MessageItem.message_id))
        .join(Address, col(Address.id) == col(MessageItem.address_id))
        .join(Outbox, col(Outbox.id) == col(MessageItem.outbox_id))
        .join(Organization, col(Organization.id) == col(MessageItem.organization_id))
        .outerjoin(Account, col(Account.id) == col(Address.account_id))
        .where(col(MessageItem.alert_id).in_(alert_ids))
        .order_by(col(MessageItem.id))
    )
    rows = session.execute(query).all()
    attempts = attempts_of(session, {row.message_id for row in rows})
    found: dict[int, list[MessageLine]] = defaultdict(list)
    for row in rows:
        found[row.alert_id].append(
            MessageLine(
                kind=row.kind,
                message_id=row.message_id,
                number=message_number(row.message_id, local_day(row.queued_at)),
                name=row.name,
                capacity=row.capacity,
                owner=row.display_name,
                channel=row.channel,
                shown=masked(row.channel, row.address),
                state=row.state,
                dropped=row.dropped,
                attempts=tuple(attempts[row.message_id]),
            )
        )
    return found


def _by_hand(session: Session, alert_ids: Sequence[int]) -> dict[int, list[HandRow]]:
    query = sa.select(col(HandDelivery.id)).where(col(HandDelivery.alert_id).in_(alert_ids))
    ids = [hand_id for hand_id in session.scalars(query) if hand_id is not None]
    found: dict[int, list[HandRow]] = defaultdict(list)
    for row in hand_delivery.chosen(session, Scope(), ids) if ids else ():
        if row.alert_id is not None:
            found[row.alert_id].append(row)
    return found


def _readings(session: Session, alert_ids: Sequence[int]) -> dict[int, list[ReadingLine]]:
    columns: list[Any] = [
        col(InboxRead.alert_id),
        col(InboxRead.kind),
        col(Account.display_name),
        col(Account.role),
        col(Organization.name),
        col(InboxRead.opened),
        col(InboxRead.read_at),
    ]
    query = (
        sa.select(*columns)
        .join(Account, col(Account.id) == col(InboxRead.account_id))
        .outerjoin(Organization, col(Organization.id) == col(Account.organization_id))
        .where(col(InboxRead.alert_id).in_(alert_ids))
        .order_by(col(InboxRead.read_at), col(Account.id))
    )
    found: dict[int, list[ReadingLine]] = defaultdict(list)
    for alert_id, *values in session.execute(query):
        found[alert_id].append(ReadingLine(*values))
    return found


def _steps(session: Session, alert_ids: Sequence[int]) -> dict[int, list[StepLine]]:
    columns: list[Any] = [
        col(AlertStep.alert_id),
        col(AlertStep.id),
        col(AlertStep.kind),
        col(Organization.name),
        col(AlertStep.text),
        col(Account.display_name),
        col(AlertStep.recorded_at),
    ]
    query = (
        sa.select(*columns)
        .outerjoin(Organization, col(Organization.id) == col(AlertStep.organization_id))
        .outerjoin(Account, col(Account.id) == col(AlertStep.author_id))
        .where(col(AlertStep.alert_id).in_(alert_ids))
        .order_by(col(AlertStep.id))
    )
    found: dict[int, list[StepLine]] = defaultdict(list)
    for alert_id, *values in session.execute(query):
        found[alert_id].append(StepLine(*values))
    return found
