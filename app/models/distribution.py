"""To whom official documents are sent, and which units signed for them in the system."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.distribution import RecipientCapacity
from app.models.types import UtcDateTime, code_type


class DocumentRecipient(SQLModel, table=True):
    """A recipient of a document: chosen while it is a draft; frozen by triggers once it is issued or discarded.

    `name` is the full name as it was when chosen; `organization_id` None: an organ outside, reached by hand alone.
    """

    __tablename__ = "document_recipient"
    __table_args__ = (
        UniqueConstraint("document_id", "name"),
        UniqueConstraint("document_id", "organization_id"),
        Index("ix_document_recipient_organization_id", "organization_id", "document_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="official_document.id")
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    name: str = Field(max_length=120)
    capacity: RecipientCapacity = Field(sa_type=code_type(RecipientCapacity))
    author_id: int | None = Field(default=None, foreign_key="account.id")  # None: the timetable or the command line
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class DocumentReceipt(SQLModel, table=True):
    """That somebody of a unit signed in the system for a document sent to it (签收): a fact."""

    __tablename__ = "document_receipt"
    __table_args__ = (UniqueConstraint("document_id", "organization_id"),)

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="official_document.id")
    organization_id: int = Field(foreign_key="organization.id")
    account_id: int = Field(foreign_key="account.id")
    received_at: datetime = Field(sa_type=UtcDateTime)
