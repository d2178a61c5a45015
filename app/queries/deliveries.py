"""Reads for those who watch over delivery: the backlog, each channel's last trouble, messages one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Scope
from app.domain.delivery import LAST_ATTEMPT, masked, message_number
from app.domain.vocabulary import (
    ChannelKind,
    DeliveryTrouble,
    ItemDrop,
    Measure,
    MessageKind,
    MessageState,
    OutboxKind,
)
from app.models import Account, Address, Alert, Message, MessageItem, Milestone, OfficialDocument, Organization, Outbox
from app.queries.outbox import AttemptProof, attempts_of

PAGE = 50
LATE_AFTER = timedelta(minutes=10)  # a message that is due for so long is not being sent
_OPEN = (MessageState.QUEUED, MessageState.SENDING)


@dataclass(frozen=True, slots=True)
class DeliveryHealth:
    """The state of delivery; `oldest_due_at` None: nothing that is due waits."""

    unexpanded: int
    due: int
    oldest_due_at: datetime | None
    failed: int  # in the last 7 days

    def late(self, now: datetime) -> bool:
        """Tell whether what is due waits too long."""
        return self.oldest_due_at is not None and now - self.oldest_due_at > LATE_AFTER


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """What goes on on one channel; `trouble` is that of the last attempt that failed."""

    channel: ChannelKind
    waiting: int
    sent: int
    failed: int
    oldest_at: datetime | None
    trouble: DeliveryTrouble | None
    answer: str


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What a reader looks for; None does not narrow."""

    state: MessageState | None = None
    channel: ChannelKind | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message; `owner` is the person or unit, `items` how many notices it was made for."""

    id: int
    kind: MessageKind
    state: MessageState
    channel: ChannelKind
    shown: str
    owner: str
    items: int
    attempts: int
    queued_at: datetime
    next_try_at: datetime
    sent_at: datetime | None
    trouble: DeliveryTrouble | None
    answer: str

    @property
    def number(self) -> str:
        """Its number."""
        return message_number(self.id, local_day(self.queued_at))

    @property
    def may_be_hurried(self) -> bool:
        """Tell whether it can be tried at once: it failed, or waits after a failure."""
        return self.state is MessageState.FAILED or (self.state is MessageState.QUEUED and self.attempts > 0)

    @property
    def attempts_left(self) -> int:
        """How often it is still tried by itself."""
        return max(0, LAST_ATTEMPT - self.attempts)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One notice of a message, about an alert or about a document (`title`: number and title)."""

    alert_id: int | None
    document_id: int | None
    kind: OutboxKind
    measure: Measure | None
    milestone: str | None
    title: str
    organization: str
    dropped: ItemDrop | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A message with its notices, attempts and, where the reader may see all of it, its words."""

    row: MessageRow
    items: Sequence[ItemRow]
    attempts: Sequence[AttemptProof]
    text: str | None


def health(session: Session, now: datetime) -> DeliveryHealth:
    """Return the state of delivery in three short reads."""
    unexpanded = session.scalar(sa.select(sa.func.count()).select_from(Outbox).where(col(Outbox.expanded_at).is_(None)))
    oldest_row = session.scalar(sa.select(sa.func.min(col(Outbox.queued_at))).where(col(Outbox.expanded_at).is_(None)))
    due, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(col(Message.next_try_at))).where(
            col(Message.state).in_(_OPEN), col(Message.next_try_at) <= now
        )
    ).one()
    failed = session.scalar(
        sa.select(sa.func.count())
        .select_from(Message)
        .where(col(Message.state) == MessageState.FAILED, col(Message.next_try_at) > now - timedelta(days=7))
    )
    known = [moment for moment in (oldest, oldest_row) if moment is not None]
    return DeliveryHealth(unexpanded or 0, due, min(known, default=None), failed or 0)


def channels(session: Session, scope: Scope) -> list[ChannelRow]:
    """Return what goes on on each channel that has had a message."""
    waits = col(Message.state).in_(_OPEN)
    counts = (
        sa.select(
            col(Address.channel),
            sa.func.count().filter(waits),
            sa.func.count().filter(col(Message.state) == MessageState.SENT),
            sa.func.count().filter(col(Message.state) == MessageState.FAILED),
            sa.func.min(col(Message.next_try_at)).filter(waits),
        )
        .join(Address, col(Address.id) == col(Message.address_id))
        .where(*_in_scope(scope))
        .group_by(col(Address.channel))
    )
    newest = (
        sa.select(sa.func.max(col(Message.id)))
        .join(Address, col(Address.id) == col(Message.address_id))
        .where(col(Message.trouble).is_not(None), *_in_scope(scope))
        .group_by(col(Address.channel))
    )
    troubled = (
        sa.select(col(Address.channel), col(Message.trouble), col(Message.answer))
        .join(Address, col(Address.id) == col(Message.address_id))
        .where(col(Message.id).in_(newest))
    )
    troubles = {channel: (trouble, answer) for channel, trouble, answer in session.execute(troubled)}
    found: Any = session.execute(counts)
    rows = [
        ChannelRow(channel, waiting, sent, failed, oldest_at, *troubles.get(channel, (None, "")))
        for channel, waiting, sent, failed, oldest_at in found
    ]
    return sorted(rows, key=lambda row: list(ChannelKind).index(row.channel))


def list_messages(
    session: Session, scope: Scope, wanted: MessageFilter, below: int | None = None
) -> tuple[list[MessageRow], int | None]:
    """Return a page of messages in scope, the newest first, and where the next one starts; None: it was the last."""
    query = _rows().where(*_in_scope(scope))
    if wanted.state is not None:
        query = query.where(col(Message.state) == wanted.state)
    if wanted.channel is not None:
        query = query.where(col(Address.channel) == wanted.channel)
    if wanted.message_id is not None:
        query = query.where(col(Message.id) == wanted.message_id)
    if below is not None:
        query = query.where(col(Message.id) < below)
    rows = [_row(row) for row in session.execute(query.order_by(col(Message.id).desc()).limit(PAGE + 1))]
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def show_message(session: Session, scope: Scope, message_id: int) -> MessagePage | None:
    """Return a message with everything about it; None: there is none in scope.

    Its words are left out for who may see only one plan and the message tells of others too.
    """
    found = session.execute(_rows().where(*_in_scope(scope), col(Message.id) == message_id)).first()
    if found is None:
        return None
    query: Any = (
        sa.select(
            col(MessageItem.alert_id),
            col(MessageItem.document_id),
            col(Outbox.kind),
            col(Alert.measure),
            col(Milestone.title).label("milestone"),
            sa.func.coalesce(col(OfficialDocument.number), "").label("number"),
            sa.func.coalesce(col(OfficialDocument.title), "").label("title"),
            col(Organization.name),
            col(MessageItem.dropped),
            col(Outbox.plan_id),
        )
        .join(Outbox, col(Outbox.id) == col(MessageItem.outbox_id))
        .outerjoin(Alert, col(Alert.id) == col(MessageItem.alert_id))
        .outerjoin(OfficialDocument, col(OfficialDocument.id) == col(MessageItem.document_id))
        .join(Organization, col(Organization.id) == col(MessageItem.organization_id))
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .where(col(MessageItem.message_id) == message_id)
        .order_by(col(MessageItem.outbox_id))
    )
    items = session.execute(query).all()
    seen = [_item(row) for row in items if scope.holds_plan(row.plan_id)]
    text = found.text if len(seen) == len(items) else None
    return MessagePage(_row(found), seen, attempts_of(session, [message_id])[message_id], text)


def _item(row: Any) -> ItemRow:
    title = f"{row.number} {row.title}".strip()
    return ItemRow(row.alert_id, row.document_id, row.kind, row.measure, row.milestone, title, row.name, row.dropped)


def _in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a scope; codes and tests belong to no plan."""
    if scope.plan_id is None:
        return []
    tells = (
        sa.select(col(MessageItem.id))
        .join(Outbox, col(Outbox.id) == col(MessageItem.outbox_id))
        .where(col(MessageItem.message_id) == col(Message.id), col(Outbox.plan_id) == scope.plan_id)
        .correlate(Message)
    )
    return [tells.exists()]


def _rows() -> Any:
    items = (
        sa.select(sa.func.count())
        .select_from(MessageItem)
        .where(col(MessageItem.message_id) == col(Message.id))
        .correlate(Message)
        .scalar_subquery()
    )
    return (
        sa.select(
            col(Message.id),
            col(Message.kind),
            col(Message.state),
            col(Address.channel),
            col(Address.address),
            sa.func.coalesce(col(Account.display_name), col(Organization.name)).label("owner"),
            items.label("items"),
            col(Message.attempts),
            col(Message.queued_at),
            col(Message.next_try_at),
            col(Message.sent_at),
            col(Message.trouble),
            col(Message.answer),
            col(Message.text).label("text"),
        )
        .join(Address, col(Address.id) == col(Message.address_id))
        .outerjoin(Account, col(Account.id) == col(Address.account_id))
        .outerjoin(Organization, col(Organization.id) == col(Address.organization_id))
    )


def _row(row: Any) -> MessageRow:
    return MessageRow(
        id=row.id,
        kind=row.kind,
        state=row.state,
        channel=row.channel,
        shown=masked(row.channel, row.address),
        owner=row.owner,
        items=row.items,
        attempts=row.attempts,
        queued_at=row.queued_at,
        next_try_at=row.next_try_at,
        sent_at=row.sent_at,
        trouble=row.trouble,
        answer=row.answer,
    )
