"""Reads of to whom documents are sent: recipients chosen, units by their names, how each was reached and signed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Actor
from app.domain.distribution import Chosen, RecipientCapacity
from app.domain.documents import DocumentState
from app.domain.vocabulary import Capacity, ChannelKind, HandReason, HandStepKind, MessageState, OrganizationKind, Role
from app.domain.vocabulary import UnitRole as Bound
from app.models import (
    Account,
    Address,
    AlertRecipient,
    DocumentReceipt,
    DocumentRecipient,
    HandDelivery,
    HandReceipt,
    Message,
    MessageItem,
    Milestone,
    MilestoneUnit,
    OfficialDocument,
    Organization,
    OrganizationAlias,
)

_COPIED = (Capacity.SUPPORTING, Capacity.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A responsible unit of a plan, and under which word a milestone's text names it (a group's, maybe)."""

    organization_id: int
    name: str
    kind: OrganizationKind
    named_as: str


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that told a recipient of a document; `sent_at` None: not yet, or never."""

    channel: ChannelKind
    state: MessageState
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Carrying:
    """That a document is, or was, to be carried to a recipient; `settled` False: it still is."""

    id: int
    reason: HandReason
    settled: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed for a document on which day; `hand_id` is the entry of a signature on paper, None: in the system."""

    person: str
    on: date | None
    at: datetime | None
    hand_id: int | None


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """A recipient of a document, how it was told, and who signed; `organization_id` None: an organ outside."""

    id: int
    organization_id: int | None
    name: str
    capacity: RecipientCapacity
    sendings: tuple[Sending, ...] = ()
    carrying: Carrying | None = None
    signature: Signature | None = None


def recipients(session: Session, document_id: int) -> tuple[Chosen, ...]:
    """Return to whom a document is sent, main recipients first, in the order chosen."""
    return recipients_of(session, [document_id]).get(document_id, ())


def recipients_of(session: Session, document_ids: Collection[int]) -> dict[int, tuple[Chosen, ...]]:
    """Return to whom documents are sent, by document; main recipients first, in the order chosen."""
    found: dict[int, list[Chosen]] = defaultdict(list)
    query = _recipients().where(col(DocumentRecipient.document_id).in_(document_ids))
    for row in session.execute(query) if document_ids else ():
        found[row.document_id].append(Chosen(row.organization_id, row.name, row.capacity))
    return {document_id: tuple(chosen) for document_id, chosen in found.items()}


def find_recipient(session: Session, document_id: int, recipient_id: int) -> DocumentRecipient | None:
    """Return a recipient of a document; None: it has none of this id."""
    found = session.get(DocumentRecipient, recipient_id)
    return found if found is not None and found.document_id == document_id else None


def rows(session: Session, document_id: int, *, organization_id: int | None = None) -> tuple[RecipientRow, ...]:
    """Return the recipients of a document with what became of each, in four statements.

    `organization_id` narrows them to one unit, which may not look into what others were sent.
    """
    chosen = _chosen(session, document_id, organization_id)
    if not chosen:
        return ()
    sendings = _sendings(session, document_id)
    carried, signed = _carried(session, document_id), _signed(session, document_id)
    found = []
    for row in chosen:
        key = row.organization_id or row.name
        carrying, on_paper = carried.get(key, (None, None))
        told = tuple(sendings[row.organization_id]) if row.organization_id else ()
        signature = signed.get(row.organization_id or 0, on_paper)
        found.append(RecipientRow(row.id, row.organization_id, row.name, row.capacity, told, carrying, signature))
    return tuple(found)


def has_signed(session: Session, document_id: int, organization_id: int) -> bool:
    """Tell whether somebody of a unit signed for a document in the system."""
    query = sa.select(col(DocumentReceipt.id)).where(
        col(DocumentReceipt.document_id) == document_id, col(DocumentReceipt.organization_id) == organization_id
    )
    return session.scalar(query) is not None


def sent_to(organization_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a document was issued and sent to a unit."""
    recipient = sa.exists().where(
        col(DocumentRecipient.document_id) == col(OfficialDocument.id),
        col(DocumentRecipient.organization_id) == organization_id,
    )
    return sa.and_(col(OfficialDocument.state) == DocumentState.ISSUED, recipient.correlate(OfficialDocument))


def to_be_signed(actor: Actor, *columns: Any) -> sa.Select[Any]:
    """Select the documents that a unit has neither signed for in the system nor on paper; of others, none."""
    organization_id = actor.scope.organization_id if actor.role is Role.UNIT else None
    signed = sa.exists().where(
        col(DocumentReceipt.document_id) == col(OfficialDocument.id),
        col(DocumentReceipt.organization_id) == organization_id,
    )
    on_paper = (
        sa.exists()
        .where(
            col(HandDelivery.document_id) == col(OfficialDocument.id),
            col(HandDelivery.organization_id) == organization_id,
            col(HandReceipt.hand_delivery_id) == col(HandDelivery.id),
            col(HandReceipt.kind) == HandStepKind.RECEIPT,
            col(HandReceipt.id) == _newest_receipt(),
        )
        .correlate(OfficialDocument)
    )
    query: sa.Select[Any] = sa.select(*columns).select_from(OfficialDocument)
    condition = sa.false() if organization_id is None else sent_to(organization_id)
    return query.where(condition, ~signed.correlate(OfficialDocument), ~on_paper)


def unsigned(session: Session, actor: Actor, *, limit: int = 20) -> list[Any]:
    """Return the documents (id, number, title, issued_at) that a unit is to sign for, the latest first."""
    columns = (OfficialDocument.id, OfficialDocument.number, OfficialDocument.title, OfficialDocument.issued_at)
    query = to_be_signed(actor, *(col(column) for column in columns))
    return list(session.execute(query.order_by(col(OfficialDocument.id).desc()).limit(limit)))


def units_by_name(session: Session, names: Collection[str]) -> dict[str, tuple[int, str]]:
    """Return (id, full name) of the units that are called so: by full name, else by a short one of theirs alone."""
    own: Any = sa.select(col(Organization.name), col(Organization.id), col(Organization.name)).where(
        col(Organization.name).in_(names)
    )
    short: Any = sa.select(col(Organization.short_name), col(Organization.id), col(Organization.name)).where(
        col(Organization.short_name).in_(names)
    )
    alias: Any = (
        sa.select(col(OrganizationAlias.alias), col(Organization.id), col(Organization.name))
        .join(Organization, col(Organization.id) == col(OrganizationAlias.organization_id))
        .where(col(OrganizationAlias.alias).in_(names))
    )
    full = {name: (unit_id, whole) for name, unit_id, whole in session.execute(own)}
    others: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for name, unit_id, whole in session.execute(sa.union(short, alias)):
        others[name].add((unit_id, whole))
    return {name: next(iter(found)) for name, found in others.items() if len(found) == 1} | full


def responsible_units(session: Session, plan_id: int) -> list[NamedUnit]:
    """Return the responsible units of a plan's milestones, in the order of units, once for each word."""
    query: Any = (
        sa.select(
            col(Organization.id),
            col(Organization.name),
            col(Organization.kind),
            col(MilestoneUnit.named_as),
            col(Organization.sort_key),
        )
        .join(MilestoneUnit, col(MilestoneUnit.organization_id) == col(Organization.id))
        .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
        .where(col(Milestone.plan_id) == plan_id, col(MilestoneUnit.role) == Bound.RESPONSIBLE)
        .distinct()
        .order_by(col(Organization.sort_key), col(Organization.id))
    )
    return [NamedUnit(*row[:4]) for row in session.execute(query)]


def addressed_by_alert(session: Session, alert_id: int) -> list[Chosen]:
    """Return the units that an alert reached: the responsible ones, and those that were copied in."""
    query: Any = (
        sa.select(col(Organization.id), col(Organization.name), col(AlertRecipient.capacity))
        .join(Organization, col(Organization.id) == col(AlertRecipient.organization_id))
        .where(
            col(AlertRecipient.alert_id) == alert_id,
            col(AlertRecipient.capacity).in_((Capacity.RESPONSIBLE, *_COPIED)),
        )
        .order_by(col(Organization.sort_key), col(Organization.id))
    )
    return [
        Chosen(unit_id, name, RecipientCapacity.COPY if capacity in _COPIED else RecipientCapacity.MAIN)
        for unit_id, name, capacity in session.execute(query)
    ]


def _recipients() -> Any:
    main_first = sa.case((col(DocumentRecipient.capacity) == RecipientCapacity.MAIN, 0), else_=1)
    return sa.select(
        col(DocumentRecipient.id),
        col(DocumentRecipient.document_id),
        col(DocumentRecipient.organization_id),
        col(DocumentRecipient.name),
        col(DocumentRecipient.capacity),
    ).order_by(main_first, col(DocumentRecipient.id))


def _chosen(session: Session, document_id: int, organization_id: int | None = None) -> Sequence[Any]:
    query = _recipients().where(col(DocumentRecipient.document_id) == document_id)
    if organization_id is not None:
        query = query.where(col(DocumentRecipient.organization_id) == organization_id)
    rows: Sequence[Any] = session.execute(query).all()
    return rows


def _sendings(session: Session, document_id: int) -> dict[int, list[Sending]]:
    query: Any = (
        sa.select(col(MessageItem.organization_id), col(Address.channel), col(Message.state), col(Message.sent_at))
        .join(Message, col(Message.id) == col(MessageItem.message_id))
        .join(Address, col(Address.id) == col(MessageItem.address_id))
        .where(col(MessageItem.document_id) == document_id, col(MessageItem.dropped).is_(None))
        .order_by(col(MessageItem.id))
    )
    found: dict[int, list[Sending]] = defaultdict(list)
    for unit_id, channel, state, sent_at in session.execute(query):
        found[unit_id].append(Sending(channel, state, sent_at))
    return found


def _newest_receipt() -> Any:
    other = sa.orm.aliased(HandReceipt)
    newest = sa.select(sa.func.max(col(other.id))).where(col(other.hand_delivery_id) == col(HandDelivery.id))
    return newest.correlate(HandDelivery).scalar_subquery()


def _carried(session: Session, document_id: int) -> dict[int | str, tuple[Carrying, Signature | None]]:
    """Return what is carried by hand, by unit or by the name of an organ outside, with its signature."""
    signed = sa.and_(col(HandReceipt.id) == _newest_receipt(), col(HandReceipt.kind) == HandStepKind.RECEIPT)
    query: Any = (
        sa.select(HandDelivery, HandReceipt)
        .outerjoin(HandReceipt, sa.and_(col(HandReceipt.hand_delivery_id) == col(HandDelivery.id), signed))
        .where(col(HandDelivery.document_id) == document_id)
        .order_by(col(HandDelivery.id))
    )
    found: dict[int | str, tuple[Carrying, Signature | None]] = {}
    for hand, receipt in session.execute(query):
        carrying = Carrying(hand.id, hand.reason, hand.settled_at is not None)
        signature = Signature(receipt.received_by, receipt.received_on, None, hand.id) if receipt else None
        found[hand.organization_id or hand.outside or ""] = (carrying, signature)
    return found


def _signed(session: Session, document_id: int) -> dict[int, Signature]:
    query: Any = (
        sa.select(col(DocumentReceipt.organization_id), col(Account.display_name), col(DocumentReceipt.received_at))
        .join(Account, col(Account.id) == col(DocumentReceipt.account_id))
        .where(col(DocumentReceipt.document_id) == document_id)
    )
    return {unit_id: Signature(person, None, at, None) for unit_id, person, at in session.execute(query)}
