"""Send messages: lease by a conditional UPDATE, judge again, and store what an attempt came to (DESIGN.md law 6)."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlmodel import Session, col

from app.channels.outgoing import Outcome, Outgoing
from app.core.clock import local_day
from app.core.database import upsert
from app.domain import delivery as rules
from app.domain import delivery_words
from app.domain.access import Actor
from app.domain.delivery_words import Words
from app.domain.vocabulary import (
    AlertState,
    AttemptOutcome,
    Capacity,
    ChannelKind,
    HandReason,
    ItemDrop,
    MessageKind,
    MessageState,
    OutboxKind,
)
from app.models import Address, DeliveryAttempt, HandDelivery, Message, MessageItem
from app.queries import deliveries, notices, outbox
from app.queries.alert_states import states
from app.queries.notices import Envelope, Notice
from app.services import audit
from app.services.errors import ConflictError, NotFoundError, msg

_MESSAGES = Message.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_HANDS = HandDelivery.__table__  # type: ignore[attr-defined]
_OPEN = (MessageState.QUEUED, MessageState.SENDING)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is leased to us for its nth attempt."""

    message_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message that was judged and is to be sent now."""

    claimed: Claimed
    channel: ChannelKind
    outgoing: Outgoing
    text_sha256: str | None  # None: it holds a code


def claim(session: Session, channel: ChannelKind, *, holder: str, now: datetime, limit: int) -> list[Claimed]:
    """Lease what is due on a channel, earliest first; what others lease meanwhile is not ours.

    A lease that ran out is an attempt that broke off: it goes on record, and after the last one the message has failed.
    """
    due = (
        sa.select(Message)
        .join(Address, col(Address.id) == col(Message.address_id))
        .where(
            col(Address.channel) == channel,
            col(Message.state).in_(_OPEN),
            col(Message.next_try_at) <= now,
        )
        .order_by(col(Message.next_try_at), col(Message.id))
        .limit(limit)
        .with_for_update(of=Message, skip_locked=True)
    )
    found = session.scalars(due).all()
    broken = [message for message in found if message.state is MessageState.SENDING]
    session.add_all(_broken_off(message) for message in broken)
    over = [message.id or 0 for message in broken if message.attempts >= rules.LAST_ATTEMPT]
    _fail(session, over, now)
    return _lease(session, [message.id or 0 for message in found if message.id not in over], holder, now)


def _broken_off(message: Message) -> DeliveryAttempt:
    assert message.id is not None
    return DeliveryAttempt(
        message_id=message.id,
        attempt=message.attempts,
        started_at=message.next_try_at - rules.LEASE,
        outcome=AttemptOutcome.UNKNOWN,
        text_sha256=_digest(message.text) if message.text else None,
    )


def _lease(session: Session, ids: Sequence[int], holder: str, now: datetime) -> list[Claimed]:
    taken = session.execute(
        sa.update(_MESSAGES)
        .where(_MESSAGES.c.id.in_(ids), _MESSAGES.c.state.in_(_OPEN), _MESSAGES.c.next_try_at <= now)
        .values(
            state=MessageState.SENDING,
            leased_by=holder,
            attempts=_MESSAGES.c.attempts + 1,
            next_try_at=now + rules.LEASE,
        )
        .returning(_MESSAGES.c.id, _MESSAGES.c.attempts)
    )
    ours = {message_id: Claimed(message_id, attempt) for message_id, attempt in taken}
    return [ours[message_id] for message_id in ids if message_id in ours]


def _fail(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Give messages up whose last attempt broke off."""
    if ids:
        _close(session, ids, MessageState.FAILED)
        for message_id in ids:
            _list_by_hand(session, notices.notices(session, message_id), HandReason.FAILED, "", now)


def _close(session: Session, ids: Sequence[int], state: MessageState) -> None:
    session.execute(sa.update(Message).where(col(Message.id).in_(ids)).values(state=state, leased_by=None))


def release(session: Session, claimed: Sequence[Claimed], *, holder: str, now: datetime) -> None:
    """Give back what was leased and not tried; the lease does not count as an attempt."""
    for one in claimed:
        session.execute(
            sa.update(Message)
            .where(*_ours(one, holder))
            .values(state=MessageState.QUEUED, leased_by=None, attempts=one.attempt - 1, next_try_at=now)
        )


def prepare(session: Session, claimed: Claimed, *, holder: str, base_url: str, now: datetime) -> Prepared | None:
    """Judge a leased message again and write its words; None: nothing is left to tell, or the lease is lost."""
    renewed = session.connection().execute(
        sa.update(_MESSAGES).where(*_ours(claimed, holder)).values(next_try_at=now + rules.LEASE)
    )
    if renewed.rowcount != 1:
        return None
    letter = notices.envelope(session, claimed.message_id)
    words = _words(session, letter, base_url, now)
    if words is None:
        _close(session, [claimed.message_id], MessageState.SUPERSEDED)
        return None
    public = letter.kind is not MessageKind.CODE
    if public:
        session.execute(sa.update(Message).where(col(Message.id) == claimed.message_id).values(text=words.text))
    outgoing = Outgoing(
        number=rules.message_number(letter.message_id, local_day(letter.queued_at)),
        subject=words.subject,
        text=words.text,
        sent_to=letter.sent_to,
        at=letter.queued_at,
        page=words.page,
        secret=letter.secret,
        attempt=claimed.attempt,
    )
    return Prepared(claimed, letter.channel, outgoing, _digest(words.text) if public else None)


def _words(session: Session, letter: Envelope, base_url: str, now: datetime) -> Words | None:
    """Return what a message says now; None: nothing."""
    if letter.kind is MessageKind.CODE:
        return _new_code(session, letter, now) if letter.in_use and not letter.verified else None
    if letter.kind is MessageKind.TEST:
        return delivery_words.trial() if letter.open_to_notices else None
    found = notices.notices(session, letter.message_id)
    kept = _judge(session, letter, found, now)
    if not kept:
        return None
    session.execute(
        sa.update(MessageItem)
        .where(col(MessageItem.id).in_([notice.item_id for notice in kept]), col(MessageItem.offered_at).is_(None))
        .values(offered_at=now)
    )
    return delivery_words.told(letter.kind, [notice.words for notice in kept], base_url)


def _new_code(session: Session, letter: Envelope, now: datetime) -> Words:
    """Make the code of an address; the database keeps only its hash, and each attempt makes a new one."""
    value = f"{secrets.randbelow(10**6):06d}"
    session.execute(
        sa.update(Address)
        .where(col(Address.id) == letter.address_id)
        .values(code_sha256=code_hash(letter.address_id, value), code_expires_at=now + rules.CODE_LIFE, code_tries=0)
    )
    return delivery_words.code(value, int(rules.CODE_LIFE.total_seconds()) // 60)


def code_hash(address_id: int, value: str) -> str:
    """Return the stored form of an address's code."""
    return _digest(f"{address_id}:{value}")


def _judge(session: Session, letter: Envelope, found: Sequence[Notice], now: datetime) -> list[Notice]:
    """Leave out what is not to be told any more, and return the rest."""
    if not letter.open_to_notices:
        _leave_out(session, found, ItemDrop.ADDRESS)
        _list_by_hand(session, found, HandReason.NO_ADDRESS, "", now)
        return []
    stand = states(session, [notice.alert_id for notice in found if notice.alert_id is not None])
    withdrawn = (item.alert_id for item in found if item.kind is OutboxKind.WITHDRAWAL)
    pairs = [(alert_id, letter.address_id) for alert_id in withdrawn if alert_id is not None]
    told = outbox.arrived(session, pairs) if pairs else set()
    dropped: dict[ItemDrop, list[Notice]] = defaultdict(list)
    kept: list[Notice] = []
    for notice in found:
        if notice.alert_id is None:  # an issued document stands; its words say so when another one corrects it
            kept.append(notice)
            continue
        state = stand.get(notice.alert_id, AlertState.OPEN)
        reason = rules.drop(notice.kind, state, told=(notice.alert_id, letter.address_id) in told)
        (kept if reason is None else dropped[reason]).append(notice)
    for reason, left_out in dropped.items():
        _leave_out(session, left_out, reason)
    return kept


def _leave_out(session: Session, left_out: Sequence[Notice], reason: ItemDrop) -> None:
    ids = [notice.item_id for notice in left_out]
    session.execute(sa.update(MessageItem).where(col(MessageItem.id).in_(ids)).values(dropped=reason))


def store(
    session: Session, prepared: Prepared, outcome: Outcome, *, holder: str, started_at: datetime, now: datetime
) -> MessageState | None:
    """Store what an attempt came to, and return the message's new state; None: the lease was lost, and another decides.

    The attempt goes on record in any case.
    """
    claimed = prepared.claimed
    came_to = rules.outcome(delivered=outcome.delivered, permanent=outcome.permanent, trouble=outcome.trouble)
    session.add(_attempt(prepared, outcome, came_to, started_at, now))
    again = rules.next_try(claimed.attempt, came_to, now, outcome.retry_after_seconds)
    state = MessageState.QUEUED if again else MessageState.FAILED
    state = MessageState.SENT if came_to is AttemptOutcome.SENT else state
    changed = session.connection().execute(
        sa.update(_MESSAGES)
        .where(*_ours(claimed, holder))
        .values(
            state=state,
            leased_by=None,
            next_try_at=again or now,
            sent_at=now if state is MessageState.SENT else None,
            trouble=outcome.trouble,
            answer=outcome.answer,
        )
    )
    if changed.rowcount != 1:
        return None
    told = notices.notices(session, claimed.message_id)
    if state is MessageState.SENT:
        _settle_by_hand(session, told, now)
    elif state is MessageState.FAILED:
        _list_by_hand(session, told, HandReason.FAILED, outcome.answer, now)
    return state


def _attempt(
    prepared: Prepared, outcome: Outcome, came_to: AttemptOutcome, started_at: datetime, now: datetime
) -> DeliveryAttempt:
    return DeliveryAttempt(
        message_id=prepared.claimed.message_id,
        attempt=prepared.claimed.attempt,
        started_at=started_at,
        ended_at=now,
        outcome=came_to,
        trouble=outcome.trouble,
        answer=outcome.answer,
        text_sha256=prepared.text_sha256,
    )


def _ours(claimed: Claimed, holder: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _MESSAGES.c.id == claimed.message_id,
        _MESSAGES.c.state == MessageState.SENDING,
        _MESSAGES.c.leased_by == holder,
        _MESSAGES.c.attempts == claimed.attempt,
    )


def _list_by_hand(session: Session, failed: Collection[Notice], reason: HandReason, answer: str, now: datetime) -> None:
    """Put notices on the list of what is carried by hand, for recipients that no other address reaches."""
    reached = outbox.unsettled(session, [notice.outbox_id for notice in failed])
    rows = [
        {
            "outbox_id": notice.outbox_id,
            "alert_id": notice.alert_id,
            "document_id": notice.document_id,
            "plan_id": notice.plan_id,
            "organization_id": notice.seat.organization_id,
            "outside": None,
            "capacity": notice.seat.capacity,
            "reason": reason,
            "answer": answer,
            "listed_at": now,
        }
        for notice in failed
        if (notice.outbox_id, notice.seat.organization_id, notice.seat.leads) not in reached
    ]
    upsert(session, _HANDS, rows, replace=False)


def _settle_by_hand(session: Session, told: Sequence[Notice], now: datetime) -> None:
    """Take off the list what has arrived at last."""
    leads = col(HandDelivery.capacity) == Capacity.LEADER
    for for_leaders in (False, True):
        ours = [notice for notice in told if notice.seat.leads is for_leaders]
        if not ours:
            continue
        session.execute(
            sa.update(HandDelivery)
            .where(
                col(HandDelivery.settled_at).is_(None),
                col(HandDelivery.outbox_id).in_([notice.outbox_id for notice in ours]),
                col(HandDelivery.organization_id).in_({notice.seat.organization_id for notice in ours}),
                leads if for_leaders else ~leads,
            )
            .values(settled_at=now)
        )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def retry_now(session: Session, actor: Actor, message_id: int, *, now: datetime) -> None:
    """Have a message tried at once that failed or waits after a failure; its number stays.

    Raises: ConflictError when there is nothing to try again; NotFoundError.
    """
    found = deliveries.show_message(session, actor.scope, message_id)
    if found is None:
        raise NotFoundError(msg("There is no such message in your scope."))
    row = found.row
    hurried = session.connection().execute(
        sa.update(_MESSAGES)
        .where(_MESSAGES.c.id == message_id, _MESSAGES.c.state == row.state, _MESSAGES.c.attempts == row.attempts)
        .values(state=MessageState.QUEUED, next_try_at=now)
    )
    if not row.may_be_hurried or hurried.rowcount != 1:
        raise ConflictError(msg("This message is sent already, or on its way."))
    audit.record(
        session,
        actor,
        "deliveries:retry",
        f"deliveries/{message_id}",
        now=now,
        plan_id=actor.scope.plan_id,
        number=row.number,
        address=row.shown,
    )
