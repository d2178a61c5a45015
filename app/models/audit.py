"""The audit trail: every write as one link of a hash chain."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.models.types import UtcDateTime


class AuditEntry(SQLModel, table=True):
    """One write: who, when, what (`noun:action`), on what, with which values; `hash` covers it and its predecessor."""

    __tablename__ = "audit_entry"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})  # without gaps
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    actor: str = Field(max_length=60)
    action: str = Field(max_length=60, index=True)
    subject: str = Field(max_length=80, index=True)
    plan_id: int | None = Field(default=None, foreign_key="plan.id", index=True)
    detail: str  # canonical JSON
    request_id: str | None = Field(default=None, max_length=36)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(unique=True, max_length=64)


class AuditHead(SQLModel, table=True):
    """The chain's last link; its row lock puts concurrent writers in order."""

    __tablename__ = "audit_head"

    id: int = Field(default=1, primary_key=True)
    entry_id: int
    hash: str = Field(max_length=64)
