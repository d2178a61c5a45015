"""Reads for those who deliver: whom an outbox row is for, through which addresses, and where its digest stands."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.delivery import Key, Person, Seat, masked, message_number, seats
from app.domain.vocabulary import (
    AttemptOutcome,
    Capacity,
    ChannelKind,
    DeliveryTrouble,
    HandStepKind,
    ItemDrop,
    MessageKind,
    MessageState,
    OutboxKind,
    Role,
)
from app.models import (
    Account,
    Address,
    AlertRecipient,
    DeliveryAttempt,
    DeliveryPreference,
    HandDelivery,
    HandReceipt,
    Message,
    MessageItem,
    Organization,
    Outbox,
)
from app.queries import hand_delivery, inbox
from app.queries.hand_delivery import HandRow
from app.queries.inbox import Reading

_TOLD = (AttemptOutcome.SENT, AttemptOutcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An outbox row that is being made into messages, about an alert or a document."""

    id: int
    kind: OutboxKind
    alert_id: int | None
    document_id: int | None
    plan_id: int
    urgent: bool
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Directory:
    """Under which key which verified addresses are found, who has an account, and when each wants its digest."""

    addresses: Mapping[Key, tuple[int, ...]]
    peopled: frozenset[Key]
    digest_at: Mapping[int, time]  # by address; only where a person has chosen


@dataclass(frozen=True, slots=True)
class LastDigest:
    """The newest digest of an address; `joinable`: nobody has begun to send it."""

    message_id: int
    day: date
    joinable: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who was, or may yet be, told of an alert at an address."""

    alert_id: int
    address_id: int
    seat: Seat


def seats_of(session: Session, alert_ids: Collection[int]) -> dict[int, tuple[Seat, ...]]:
    """Return the recipients of alerts, each once."""
    query = sa.select(
        col(AlertRecipient.alert_id), col(AlertRecipient.organization_id), col(AlertRecipient.capacity)
    ).where(col(AlertRecipient.alert_id).in_(alert_ids))
    found: dict[int, list[tuple[int, Capacity]]] = defaultdict(list)
    for alert_id, organization_id, capacity in session.execute(query):
        found[alert_id].append((organization_id, capacity))
    return {alert_id: seats(recipients) for alert_id, recipients in found.items()}


def directory(
    session: Session,
    plan_ids: Collection[int],
    organization_ids: Collection[int],
    channels: Collection[ChannelKind],
) -> Directory:
    """Return who can be told in these plans and units, on the channels there are, in two statements."""
    people = _people(session, plan_ids, organization_ids)
    found: dict[Key, list[int]] = defaultdict(list)
    chosen: dict[int, time] = {}
    query = (
        sa.select(
            col(Address.id), col(Address.account_id), col(Address.organization_id), col(DeliveryPreference.digest_at)
        )
        .outerjoin(DeliveryPreference, col(DeliveryPreference.account_id) == col(Address.account_id))
        .where(
            col(Address.active),
            col(Address.verified_at).is_not(None),
            col(Address.channel).in_(channels),
            sa.or_(
                col(Address.account_id).in_(_addressees(plan_ids, organization_ids).with_only_columns(col(Account.id))),
                col(Address.organization_id).in_(organization_ids),
            ),
        )
        .order_by(col(Address.id))
    )
    for address_id, account_id, organization_id, digest_at in session.execute(query):
        key = people.get(account_id) if account_id is not None else ("organization", organization_id)
        if key is not None:
            found[key].append(address_id)
        if digest_at is not None:
            chosen[address_id] = digest_at
    addresses = {key: tuple(ids) for key, ids in found.items()}
    return Directory(addresses, frozenset(people.values()), chosen)


def _addressees(plan_ids: Collection[int], organization_ids: Collection[int]) -> sa.Select[Any]:
    """Return the active accounts that notices of these plans to these units may be for."""
    role, plan = col(Account.role), col(Account.plan_id)
    of_plan = sa.or_(plan.is_(None), plan.in_(plan_ids))
    return sa.select(col(Account.id)).where(
        col(Account.active),
        sa.or_(
            sa.and_(role == Role.UNIT, col(Account.organization_id).in_(organization_ids)),
            sa.and_(role.in_((Role.OFFICE, Role.LEADER)), of_plan),
        ),
    )


def _people(session: Session, plan_ids: Collection[int], organization_ids: Collection[int]) -> dict[int, Key]:
    query = _addressees(plan_ids, organization_ids).add_columns(
        col(Account.role), col(Account.plan_id), col(Account.organization_id)
    )
    people: dict[int, Key] = {}
    for account_id, role, plan_id, organization_id in session.execute(query):
        if key := Person(role, plan_id, organization_id).key:
            people[account_id] = key
    return people


def last_digests(session: Session, address_ids: Collection[int]) -> dict[int, LastDigest]:
    """Return the newest digest of each address, locked: nobody begins to send it before this transaction ends."""
    newest = (
        sa.select(col(Message.address_id), sa.func.max(col(Message.digest_on)).label("digest_on"))
        .where(col(Message.address_id).in_(address_ids), col(Message.kind) == MessageKind.DIGEST)
        .group_by(col(Message.address_id))
        .subquery()
    )
    query = (
        sa.select(
            col(Message.address_id), col(Message.id), col(Message.digest_on), col(Message.state), col(Message.attempts)
        )
        .join(
            newest,
            sa.and_(newest.c.address_id == col(Message.address_id), newest.c.digest_on == col(Message.digest_on)),
        )
        .order_by(col(Message.id))
        .with_for_update(of=Message)
    )
    return {
        address_id: LastDigest(message_id, day, state is MessageState.QUEUED and attempts == 0)
        for address_id, message_id, day, state, attempts in session.execute(query)
    }


def told(session: Session, alert_ids: Collection[int]) -> list[Told]:
    """Return at which addresses alerts were told, are being told or wait to be."""
    query = (
        sa.select(
            col(MessageItem.alert_id),
            col(MessageItem.address_id),
            col(MessageItem.organization_id),
            col(MessageItem.capacity),
        )
        .join(Outbox, col(Outbox.id) == col(MessageItem.outbox_id))
        .where(
            col(MessageItem.alert_id).in_(alert_ids),
            col(Outbox.kind) == OutboxKind.ALERT,
            sa.or_(col(MessageItem.dropped).is_(None), col(MessageItem.offered_at).is_not(None)),
        )
        .order_by(col(MessageItem.id))
    )
    return [
        Told(alert_id, address_id, Seat(unit, capacity))
        for alert_id, address_id, unit, capacity in session.execute(query)
    ]


def told_by_hand(session: Session, alert_ids: Collection[int]) -> list[tuple[int, Seat]]:
    """Return which recipients signed for alerts that were carried to them."""
    later = aliased(HandReceipt)
    undone = sa.exists().where(
        col(later.hand_delivery_id) == col(HandReceipt.hand_delivery_id), col(later.id) > col(HandReceipt.id)
    )
    query = (
        sa.select(col(HandDelivery.alert_id), col(HandDelivery.organization_id), col(HandDelivery.capacity))
        .join(HandReceipt, col(HandReceipt.hand_delivery_id) == col(HandDelivery.id))
        .join(Outbox, col(Outbox.id) == col(HandDelivery.outbox_id))
        .where(
            col(HandDelivery.alert_id).in_(alert_ids),
            col(Outbox.kind) == OutboxKind.ALERT,
            col(HandReceipt.kind) == HandStepKind.RECEIPT,
            ~undone,
        )
        .order_by(col(HandDelivery.id))
    )
    return [(alert_id, Seat(unit, capacity)) for alert_id, unit, capacity in session.execute(query)]


def arrived(session: Session, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return which of (alert, address) were told, or may have been: sent, or handed over without an answer."""
    wanted = set(pairs)
    attempted = sa.exists().where(
        col(DeliveryAttempt.message_id) == col(Message.id), col(DeliveryAttempt.outcome).in_(_TOLD)
    )
    query = (
        sa.select(col(MessageItem.alert_id), col(MessageItem.address_id))
        .join(Message, col(Message.id) == col(MessageItem.message_id))
        .join(Outbox, col(Outbox.id) == col(MessageItem.outbox_id))
        .where(
            col(MessageItem.alert_id).in_({alert_id for alert_id, _ in wanted}),
            col(MessageItem.address_id).in_({address_id for _, address_id in wanted}),
            col(Outbox.kind) == OutboxKind.ALERT,
            col(MessageItem.offered_at).is_not(None),
            sa.or_(attempted, col(Message.state) == MessageState.SENDING),
        )
    )
    return wanted & {(alert_id, address_id) for alert_id, address_id in session.execute(query)}


def unsettled(session: Session, outbox_ids: Sequence[int]) -> set[tuple[int, int, bool]]:
    """Return which recipients (outbox row, unit, leaders) were reached, or may still be, at some address."""
    query = (
        sa.select(col(MessageItem.outbox_id), col(MessageItem.organization_id), col(MessageItem.capacity))
        .join(Message, col(Message.id) == col(MessageItem.message_id))
        .where(
            col(MessageItem.outbox_id).in_(outbox_ids),
            col(MessageItem.dropped).is_(None),
            col(Message.state).in_((MessageState.QUEUED, MessageState.SENDING, MessageState.SENT)),
        )
    )
    return {(outbox_id, unit, capacity is Capacity.LEADER) for outbox_id, unit, capacity in session.execute(query)}


@dataclass(frozen=True, slots=True)
class AttemptProof:
    """One attempt to send a message and what the provider answered; `ended_at` None: the process died on the way."""

    attempt: int
    started_at: datetime
    ended_at: datetime | None
    outcome: AttemptOutcome
    trouble: DeliveryTrouble | None
    answer: str
    text_sha256: str | None


@dataclass(frozen=True, slots=True)
class MessageProof:
    """What became of an alert, or of its withdrawal, at one address of a recipient."""

    message_id: int
    number: str
    kind: OutboxKind
    organization: str
    capacity: Capacity
    owner: str | None  # the person; None: an address of the unit itself
    channel: ChannelKind
    shown: str
    state: MessageState
    dropped: ItemDrop | None
    next_try_at: datetime
    sent_at: datetime | None
    attempts: tuple[AttemptProof, ...]


@dataclass(frozen=True, slots=True)
class Proofs:
    """Everything that proves how an alert was delivered: at addresses, by hand, and read in the system."""

    messages: tuple[MessageProof, ...]
    by_hand: tuple[HandRow, ...]
    readings: tuple[Reading, ...]
    queued_at: datetime | None  # None: it was never queued
    expanded: bool


def proofs_of_alert(session: Session, alert_id: int, *, organization_id: int | None = None) -> Proofs:
    """Return every message, attempt, answer, receipt and reading of an alert and of its withdrawal.

    `organization_id` narrows them to one unit, which may not look into what others were sent.
    """
    queued = session.execute(
        sa.select(col(Outbox.queued_at), col(Outbox.expanded_at)).where(
            col(Outbox.alert_id) == alert_id, col(Outbox.kind) == OutboxKind.ALERT
        )
    ).first()
    query: Any = (
        sa.select(MessageItem, Message, Address, col(Outbox.kind), col(Organization.name), col(Account.display_name))
        .join(Message, col(Message.id) == col(MessageItem.message_id))
        .join(Address, col(Address.id) == col(MessageItem.address_id))
        .join(Outbox, col(Outbox.id) == col(MessageItem.outbox_id))
        .join(Organization, col(Organization.id) == col(MessageItem.organization_id))
        .outerjoin(Account, col(Account.id) == col(Address.account_id))
        .where(col(MessageItem.alert_id) == alert_id)
        .order_by(col(MessageItem.id))
    )
    if organization_id is not None:
        query = query.where(col(MessageItem.organization_id) == organization_id)
    rows = session.execute(query).all()
    attempts = attempts_of(session, [row.Message.id for row in rows])
    messages = tuple(_proof(row, tuple(attempts[row.Message.id])) for row in rows)
    by_hand = tuple(row for row in hand_delivery.of_alert(session, alert_id) if _is_of(row, organization_id))
    readings = tuple(one for one in inbox.read_by(session, alert_id) if _is_of(one, organization_id))
    if queued is None:
        return Proofs(messages, by_hand, readings, None, False)
    return Proofs(messages, by_hand, readings, queued.queued_at, queued.expanded_at is not None)


def _is_of(one: HandRow | Reading, organization_id: int | None) -> bool:
    return organization_id is None or one.organization_id == organization_id


def attempts_of(session: Session, message_ids: Collection[int]) -> dict[int, list[AttemptProof]]:
    """Return the attempts of messages, in the order they were made."""
    query = (
        sa.select(DeliveryAttempt)
        .where(col(DeliveryAttempt.message_id).in_(message_ids))
        .order_by(col(DeliveryAttempt.message_id), col(DeliveryAttempt.attempt), col(DeliveryAttempt.id))
    )
    found: dict[int, list[AttemptProof]] = defaultdict(list)
    for row in session.scalars(query) if message_ids else ():
        found[row.message_id].append(
            AttemptProof(
                row.attempt, row.started_at, row.ended_at, row.outcome, row.trouble, row.answer, row.text_sha256
            )
        )
    return found


def _proof(row: Any, attempts: tuple[AttemptProof, ...]) -> MessageProof:
    message, address = row.Message, row.Address
    return MessageProof(
        message_id=message.id,
        number=message_number(message.id, local_day(message.queued_at)),
        kind=row.kind,
        organization=row.name,
        capacity=row.MessageItem.capacity,
        owner=row.display_name,
        channel=address.channel,
        shown=masked(address.channel, address.address),
        state=message.state,
        dropped=row.MessageItem.dropped,
        next_try_at=message.next_try_at,
        sent_at=message.sent_at,
        attempts=attempts,
    )
