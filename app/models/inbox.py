"""What accounts have read of their inbox, and their personal calendar feeds: work tables, never facts."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel

from app.domain.vocabulary import OutboxKind
from app.models.types import UtcDateTime, code_type


class InboxReadTo(SQLModel, table=True):
    """Up to where an account's inbox counts as read: what was told before the account was there, or marked as read."""

    __tablename__ = "inbox_read_to"

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    alert_id: int = 0
    step_id: int = 0  # of withdrawals


class InboxRead(SQLModel, table=True):
    """That an account read one notice, and when; `opened` False: marked as read in the list, with all others."""

    __tablename__ = "inbox_read"
    __table_args__ = (Index("ix_inbox_read_alert_id", "alert_id"),)

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", primary_key=True)
    kind: OutboxKind = Field(primary_key=True, sa_type=code_type(OutboxKind))
    opened: bool
    read_at: datetime = Field(sa_type=UtcDateTime)


class CalendarFeed(SQLModel, table=True):
    """The address at which a calendar program fetches what falls due for an account: its token only as sha256."""

    __tablename__ = "calendar_feed"

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    token_sha256: str = Field(unique=True, max_length=64)
    seed: str = Field(max_length=32)  # of the events' identifiers; the same after a renewal
    created_at: datetime = Field(sa_type=UtcDateTime)
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fetches: int = 0  # within the window
    window_ends_at: datetime = Field(sa_type=UtcDateTime)
