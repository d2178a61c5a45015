"""What is to be told: queued in the transaction of the fact that it tells of, made into messages later (law 6)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.bulk import insert_many
from app.core.clock import SHANGHAI
from app.core.database import upsert
from app.domain.delivery import Seat, addresses_of, digest_day, keys, seats
from app.domain.distribution import HELD_AS, Chosen
from app.domain.vocabulary import Capacity, ChannelKind, HandReason, MessageKind, MessageState, OutboxKind
from app.models import HandDelivery, Message, MessageItem, Outbox
from app.queries import distribution, outbox
from app.queries.outbox import Directory, Waiting

_OUTBOX = Outbox.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_MESSAGES = Message.__table__  # type: ignore[attr-defined]
_ITEMS = MessageItem.__table__  # type: ignore[attr-defined]
_HANDS = HandDelivery.__table__  # type: ignore[attr-defined]
# One arbitrary number for all who expand in the same database.
_EXPANDING = 7_251_103


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One thing to tell: an alert, or that it was withdrawn. `urgent`: at once, else in the digest of the day."""

    alert_id: int
    plan_id: int
    urgent: bool
    kind: OutboxKind = OutboxKind.ALERT


@dataclass(frozen=True, slots=True)
class Addressing:
    """Who is told of the rows of a batch: (row, address, recipient), whom nobody reaches, and organs outside."""

    rows: Sequence[Waiting]
    items: Sequence[tuple[Waiting, int, Seat]]
    by_hand: Sequence[tuple[Waiting, Seat, HandReason]]
    outside: Sequence[tuple[Waiting, Chosen]]
    directory: Directory


def enqueue(session: Session, rows: Sequence[OutboxRow], *, now: datetime) -> None:
    """Queue what is to be told, in one statement; what is queued already is not queued again."""
    values = [
        {"kind": row.kind, "alert_id": row.alert_id, "plan_id": row.plan_id, "urgent": row.urgent, "queued_at": now}
        for row in rows
    ]
    upsert(session, _OUTBOX, values, replace=False)


def enqueue_document(session: Session, document_id: int, plan_id: int, *, now: datetime) -> None:
    """Queue an issued document for its recipients, each of whom gets a message of its own at once."""
    kind = OutboxKind.DOCUMENT
    session.add(Outbox(kind=kind, document_id=document_id, plan_id=plan_id, urgent=True, queued_at=now))
    session.flush()


def take(session: Session, *, limit: int, now: datetime) -> list[Waiting]:
    """Take rows that are not yet made into messages, oldest first; nobody else gets them, and one expands at a time."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_EXPANDING)))
    waiting = sa.select(col(Outbox.id)).where(col(Outbox.expanded_at).is_(None)).order_by(col(Outbox.id)).limit(limit)
    taken = session.execute(
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.id.in_(waiting), _OUTBOX.c.expanded_at.is_(None))
        .values(expanded_at=now)
        .returning(
            _OUTBOX.c.id,
            _OUTBOX.c.kind,
            _OUTBOX.c.alert_id,
            _OUTBOX.c.document_id,
            _OUTBOX.c.plan_id,
            _OUTBOX.c.urgent,
            _OUTBOX.c.queued_at,
        )
    )
    return sorted((Waiting(*row) for row in taken), key=lambda row: row.id)


def address(session: Session, rows: Sequence[Waiting], channels: Collection[ChannelKind]) -> Addressing:
    """Find who is to be told of rows: the recipients of an alert or document, of a withdrawal those told before."""
    sent = distribution.recipients_of(session, {row.document_id for row in rows if row.document_id is not None})
    outside = [(row, one) for row in rows for one in sent.get(row.document_id or 0, ()) if one.organization_id is None]
    told_to = _seats(session, rows, sent)
    units = {seat.organization_id for found in told_to.values() for seat in found}
    directory = outbox.directory(session, {row.plan_id for row in rows}, units, channels)
    items: list[tuple[Waiting, int, Seat]] = []
    by_hand: list[tuple[Waiting, Seat, HandReason]] = []
    for row in rows:
        taken: set[int] = set()
        for seat in told_to.get(row.id, ()):
            found = addresses_of(seat, row.plan_id, directory.addresses)
            items += [(row, address_id, seat) for address_id in found if address_id not in taken]
            taken.update(found)
            if not found:
                by_hand.append((row, seat, _reason(row, seat, directory)))
    withdrawn = {row.alert_id: row for row in rows if row.alert_id and row.kind is OutboxKind.WITHDRAWAL}
    if withdrawn:
        told, carried = outbox.told(session, withdrawn), outbox.told_by_hand(session, withdrawn)
        items += [(withdrawn[one.alert_id], one.address_id, one.seat) for one in told]
        by_hand += [(withdrawn[alert_id], seat, HandReason.TOLD_BY_HAND) for alert_id, seat in carried]
    return Addressing(rows, items, by_hand, outside, directory)


def _seats(
    session: Session, rows: Sequence[Waiting], sent: Mapping[int, Sequence[Chosen]]
) -> dict[int, tuple[Seat, ...]]:
    """Return the recipients of rows that tell of an alert or a document, by row."""
    told = outbox.seats_of(session, {row.alert_id for row in rows if row.alert_id is not None})
    found: dict[int, tuple[Seat, ...]] = {}
    for row in rows:
        if row.kind is OutboxKind.ALERT and row.alert_id is not None:
            found[row.id] = told.get(row.alert_id, ())
        elif row.document_id is not None:
            of_units = ((one.organization_id, HELD_AS[one.capacity]) for one in sent.get(row.document_id, ()))
            found[row.id] = seats((unit, capacity) for unit, capacity in of_units if unit is not None)
    return found


def _reason(row: Waiting, seat: Seat, directory: Directory) -> HandReason:
    people = any(key in directory.peopled for key in keys(seat, row.plan_id))
    return HandReason.NO_ADDRESS if people else HandReason.NO_PERSON


def expand(session: Session, found: Addressing, *, digest_at: time, now: datetime) -> dict[str, int]:
    """Write the messages of taken rows and what is to be carried by hand; return what that came to."""
    urgent = [item for item in found.items if item[0].urgent]
    rest = [item for item in found.items if not item[0].urgent]
    placed = _alone(session, urgent, now) + _in_digests(session, rest, found.directory, digest_at, now)
    upsert(session, _ITEMS, placed, replace=False)
    hands = [
        _hand_row(row, seat.organization_id, None, seat.capacity, reason, now) for row, seat, reason in found.by_hand
    ]
    hands += [
        _hand_row(row, None, one.name, HELD_AS[one.capacity], HandReason.OUTSIDE, now) for row, one in found.outside
    ]
    upsert(session, _HANDS, hands, replace=False)
    if withdrawn := [row.alert_id for row in found.rows if row.alert_id and row.kind is OutboxKind.WITHDRAWAL]:
        _nothing_to_carry(session, withdrawn, now)
    return {"expanded": len(found.rows), "addressed": len(placed), "by_hand": len(hands)}


def _alone(session: Session, items: Sequence[tuple[Waiting, int, Seat]], now: datetime) -> list[dict[str, Any]]:
    """Give each urgent notice a message of its own."""
    rows = [_message(address_id, MessageKind.URGENT, None, row.queued_at, now) for row, address_id, _ in items]
    ids = _insert(session, rows)
    return [
        _item(message_id, row, address_id, seat) for message_id, (row, address_id, seat) in zip(ids, items, strict=True)
    ]


def _in_digests(
    session: Session,
    items: Sequence[tuple[Waiting, int, Seat]],
    directory: Directory,
    default_at: time,
    now: datetime,
) -> list[dict[str, Any]]:
    """Join notices to their addresses' next digests; an address has one a day."""
    if not items:
        return []
    queued: dict[int, datetime] = {}
    for row, address_id, _ in items:
        queued[address_id] = min(row.queued_at, queued.get(address_id, row.queued_at))
    last = outbox.last_digests(session, queued)
    digests = {address_id: digest.message_id for address_id, digest in last.items() if digest.joinable}
    fresh = sorted(queued.keys() - digests.keys())
    rows = []
    for address_id in fresh:
        at, before = directory.digest_at.get(address_id, default_at), last.get(address_id)
        day = digest_day(queued[address_id].astimezone(SHANGHAI), at, before.day if before else None)
        rows.append(
            _message(address_id, MessageKind.DIGEST, day, queued[address_id], datetime.combine(day, at, SHANGHAI))
        )
    digests |= dict(zip(fresh, _insert(session, rows), strict=True))
    return [_item(digests[address_id], row, address_id, seat) for row, address_id, seat in items]


def _message(
    address_id: int, kind: MessageKind, day: date | None, queued_at: datetime, send_at: datetime
) -> dict[str, Any]:
    return {
        "address_id": address_id,
        "kind": kind,
        "state": MessageState.QUEUED,
        "digest_on": day,
        "queued_at": queued_at,
        "attempts": 0,
        "next_try_at": send_at,
        "text": "",
        "answer": "",
    }


def _item(message_id: int, row: Waiting, address_id: int, seat: Seat) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "outbox_id": row.id,
        "address_id": address_id,
        "alert_id": row.alert_id,
        "document_id": row.document_id,
        "organization_id": seat.organization_id,
        "capacity": seat.capacity,
    }


def _hand_row(
    row: Waiting,
    organization_id: int | None,
    outside: str | None,
    capacity: Capacity,
    reason: HandReason,
    now: datetime,
) -> dict[str, Any]:
    return {
        "outbox_id": row.id,
        "alert_id": row.alert_id,
        "document_id": row.document_id,
        "plan_id": row.plan_id,
        "organization_id": organization_id,
        "outside": outside,
        "capacity": capacity,
        "reason": reason,
        "answer": "",
        "listed_at": now,
    }


def _insert(session: Session, rows: list[dict[str, Any]]) -> list[int]:
    """Insert messages and return their ids in the order given; those of one address and instant are alike so far."""
    alike: dict[tuple[int, datetime], list[int]] = defaultdict(list)
    for found in insert_many(session.connection(), _MESSAGES, rows, returning=("id", "address_id", "queued_at")):
        alike[found.address_id, found.queued_at].append(found.id)
    for ids in alike.values():
        ids.sort(reverse=True)
    return [alike[row["address_id"], row["queued_at"]].pop() for row in rows]


def _nothing_to_carry(session: Session, alert_ids: Iterable[int], now: datetime) -> None:
    """Take alerts off the list of what is carried by hand: they are withdrawn."""
    of_alert = sa.select(col(Outbox.id)).where(
        col(Outbox.kind) == OutboxKind.ALERT, col(Outbox.alert_id).in_(list(alert_ids))
    )
    session.execute(
        sa.update(HandDelivery)
        .where(col(HandDelivery.outbox_id).in_(of_alert), col(HandDelivery.settled_at).is_(None))
        .values(settled_at=now)
    )
