"""Requests to extend a milestone's due date and what became of them: all facts."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from app.domain.vocabulary import ExtensionStepKind
from app.models.types import UtcDateTime, code_type


class ExtensionRequest(SQLModel, table=True):
    """A unit asks for a later due date than the version in force."""

    __tablename__ = "extension_request"

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    organization_id: int | None = Field(default=None, foreign_key="organization.id", index=True)  # None: the office
    due_version: int  # in force when it was asked for
    proposed_due_on: date
    reason: str = Field(max_length=2000)
    late_reason: str | None = Field(default=None, max_length=500)  # why it is asked for after the due date
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ExtensionStep(SQLModel, table=True):
    """One step of a request: opinion, decision, withdrawal or correction."""

    __tablename__ = "extension_step"

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="extension_request.id", index=True)
    kind: ExtensionStepKind = Field(sa_type=code_type(ExtensionStepKind))
    supports: bool | None = None  # opinions only
    due_on: date | None = None  # grants and corrections only
    document_number: str | None = Field(default=None, max_length=60)  # of the reply
    text: str = Field(default="", max_length=2000)
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
