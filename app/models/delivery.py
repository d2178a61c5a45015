"""What is to be told, to which address, in which message, what came of it, and what is carried by hand."""

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlmodel import CheckConstraint, Field, Index, SQLModel, UniqueConstraint

from app.domain.vocabulary import (
    AttemptOutcome,
    Capacity,
    ChannelKind,
    DeliveryTrouble,
    HandReason,
    HandStepKind,
    ItemDrop,
    MessageKind,
    MessageState,
    OutboxKind,
)
from app.models.types import UtcDateTime, code_type

_ONE_MATTER = "(alert_id IS NULL) <> (document_id IS NULL)"


class Outbox(SQLModel, table=True):
    """One thing to tell, written with the fact it tells of; `expanded_at` None: not yet made into messages."""

    __table_args__ = (
        UniqueConstraint("alert_id", "kind"),
        UniqueConstraint("document_id"),
        CheckConstraint(_ONE_MATTER, name="one_matter"),
        Index(
            "ix_outbox_waiting",
            "id",
            sqlite_where=sa.text("expanded_at IS NULL"),
            postgresql_where=sa.text("expanded_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: OutboxKind = Field(sa_type=code_type(OutboxKind))
    alert_id: int | None = Field(default=None, foreign_key="alert.id")
    document_id: int | None = Field(default=None, foreign_key="official_document.id")
    plan_id: int = Field(foreign_key="plan.id")
    urgent: bool
    queued_at: datetime = Field(sa_type=UtcDateTime)
    expanded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Address(SQLModel, table=True):
    """Where a person or a unit is told; nothing but its code is sent there before it is verified."""

    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (organization_id IS NULL)", name="one_owner"),
        Index("ix_address_account_id", "account_id"),
        Index("ix_address_organization_id", "organization_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    channel: ChannelKind = Field(sa_type=code_type(ChannelKind))
    address: str = Field(max_length=1000)
    secret: str | None = Field(default=None, max_length=200)  # a robot's signing key, a webhook's
    active: bool = True
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    code_sha256: str | None = Field(default=None, max_length=64)
    code_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    code_tries: int = 0  # wrong ones since the code was made
    created_at: datetime = Field(sa_type=UtcDateTime)


class DeliveryPreference(SQLModel, table=True):
    """At what time a person wants the digest; no row: at the time of the settings."""

    __tablename__ = "delivery_preference"

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    digest_at: time  # in Shanghai


class Message(SQLModel, table=True):
    """A message to one address: a work table; its number is made of its id and day, the same on every retry."""

    __table_args__ = (
        UniqueConstraint("address_id", "digest_on"),
        Index(
            "ix_message_next_try_at",
            "next_try_at",
            "id",
            sqlite_where=sa.text("state IN ('queued', 'sending')"),
            postgresql_where=sa.text("state IN ('queued', 'sending')"),
        ),
        Index("ix_message_state", "state", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id")
    kind: MessageKind = Field(sa_type=code_type(MessageKind))
    state: MessageState = Field(default=MessageState.QUEUED, sa_type=code_type(MessageState))
    digest_on: date | None = None  # the day of a digest: one for an address and day
    queued_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0  # claimed so often
    next_try_at: datetime = Field(sa_type=UtcDateTime)  # of one being sent: until when it is leased
    leased_by: str | None = Field(default=None, max_length=80)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    text: str = ""  # as last handed over; never a code
    trouble: DeliveryTrouble | None = Field(default=None, sa_type=code_type(DeliveryTrouble))
    answer: str = Field(default="", max_length=500)  # the provider's last


class MessageItem(SQLModel, table=True):
    """One notice in a message, for one recipient of its alert or document: a work table.

    `dropped` None: to be told, or told.
    """

    __tablename__ = "message_item"
    __table_args__ = (
        UniqueConstraint("outbox_id", "address_id"),
        Index("ix_message_item_message_id", "message_id"),
        Index("ix_message_item_alert_id", "alert_id"),
        Index("ix_message_item_document_id", "document_id"),
        CheckConstraint(_ONE_MATTER, name="one_matter"),
    )

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id")
    outbox_id: int = Field(foreign_key="outbox.id")
    address_id: int = Field(foreign_key="address.id")
    alert_id: int | None = Field(default=None, foreign_key="alert.id")
    document_id: int | None = Field(default=None, foreign_key="official_document.id")
    organization_id: int = Field(foreign_key="organization.id")
    capacity: Capacity = Field(sa_type=code_type(Capacity))
    dropped: ItemDrop | None = Field(default=None, sa_type=code_type(ItemDrop))
    offered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # first handed over; it may have arrived


class DeliveryAttempt(SQLModel, table=True):
    """One attempt to send a message, and what the provider answered: a fact."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (Index("ix_delivery_attempt_message_id", "message_id", "attempt"),)

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id")
    attempt: int
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # None: the process died on the way
    outcome: AttemptOutcome = Field(sa_type=code_type(AttemptOutcome))
    trouble: DeliveryTrouble | None = Field(default=None, sa_type=code_type(DeliveryTrouble))
    answer: str = Field(default="", max_length=500)
    text_sha256: str | None = Field(default=None, max_length=64)  # None: not handed over, or a code


class HandDelivery(SQLModel, table=True):
    """A notice that reached no address of a recipient: a work table; `settled_at` None: still to be carried.

    `outside` names an organ that is no unit of the record; only documents go there.
    """

    __tablename__ = "hand_delivery"
    __table_args__ = (
        UniqueConstraint("outbox_id", "organization_id", "capacity"),
        Index("ix_hand_delivery_alert_id", "alert_id"),
        Index("ix_hand_delivery_document_id", "document_id"),
        CheckConstraint(_ONE_MATTER, name="one_matter"),
        CheckConstraint("(organization_id IS NULL) <> (outside IS NULL)", name="one_recipient"),
        Index("ix_hand_delivery_plan_id", "plan_id", "settled_at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    outbox_id: int = Field(foreign_key="outbox.id")
    alert_id: int | None = Field(default=None, foreign_key="alert.id")
    document_id: int | None = Field(default=None, foreign_key="official_document.id")
    plan_id: int = Field(foreign_key="plan.id")
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    outside: str | None = Field(default=None, max_length=120)
    capacity: Capacity = Field(sa_type=code_type(Capacity))
    reason: HandReason = Field(sa_type=code_type(HandReason))
    answer: str = Field(default="", max_length=500)
    listed_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # received, or nothing is left to carry


class HandReceipt(SQLModel, table=True):
    """A unit signed for what was carried there, or an entry of that taken back: a fact."""

    __tablename__ = "hand_receipt"

    id: int | None = Field(default=None, primary_key=True)
    hand_delivery_id: int = Field(foreign_key="hand_delivery.id", index=True)
    kind: HandStepKind = Field(sa_type=code_type(HandStepKind))
    received_by: str = Field(default="", max_length=60)
    received_on: date | None = None
    carried_by: str = Field(default="", max_length=60)
    note: str = Field(default="", max_length=500)
    scan_name: str | None = Field(default=None, max_length=255)
    scan_type: str | None = Field(default=None, max_length=100)
    scan_sha256: str | None = Field(default=None, max_length=64)
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
