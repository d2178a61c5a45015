"""Revisions of a plan's record: who changed what, why, by which document."""

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.vocabulary import ChangeSubject, RevisionCause
from app.models.types import UtcDateTime, code_type


class PlanRevision(SQLModel, table=True):
    """One change of a plan's record: a fact. `document_number` and `document_on` only of an amending document."""

    __tablename__ = "plan_revision"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    number: int
    cause: RevisionCause = Field(sa_type=code_type(RevisionCause))
    title: str = Field(max_length=200)
    document_number: str | None = Field(default=None, max_length=60)
    document_on: date | None = None  # the day of the amending document
    reason: str = Field(default="", max_length=500)
    undoes_id: int | None = Field(default=None, foreign_key="plan_revision.id", unique=True)
    author_id: int | None = Field(default=None, foreign_key="account.id")  # None: the command line
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class PlanChange(SQLModel, table=True):
    """What a revision changed in one part of the plan: a fact.

    `before` and `after` are the part in the plan file's own form as JSON; None: it did not exist, or is withdrawn.
    """

    __tablename__ = "plan_change"
    __table_args__ = (Index("ix_plan_change_part", "plan_id", "subject", "key", "revision_id"),)

    id: int | None = Field(default=None, primary_key=True)
    revision_id: int = Field(foreign_key="plan_revision.id", index=True)
    plan_id: int = Field(foreign_key="plan.id")
    subject: ChangeSubject = Field(sa_type=code_type(ChangeSubject))
    key: str = Field(max_length=120)
    before: str | None = None
    after: str | None = None


class AmendmentDraft(SQLModel, table=True):
    """An amendment in preparation: the amending document and the changes chosen so far, before they take effect."""

    __tablename__ = "amendment_draft"

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id", index=True)
    title: str = Field(max_length=200)
    document_number: str = Field(max_length=60)
    document_on: date
    reason: str = Field(default="", max_length=500)
    author_id: int = Field(foreign_key="account.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)


class DraftChange(SQLModel, table=True):
    """One milestone of an amendment in preparation; `after` is the part as JSON, None: the milestone is withdrawn."""

    __tablename__ = "draft_change"

    draft_id: int = Field(foreign_key="amendment_draft.id", primary_key=True)
    key: str = Field(primary_key=True, max_length=120)
    after: str | None = None
