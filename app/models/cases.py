"""Accountability cases: which milestones, which unit, and everything that happened."""

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.cases import CaseEventKind, CaseStage
from app.domain.vocabulary import Measure
from app.models.types import UtcDateTime, code_type


class AccountabilityCase(SQLModel, table=True):
    """A case against one unit; `stage` is projected from its events."""

    __tablename__ = "accountability_case"
    __table_args__ = (Index("ix_accountability_case_plan_id", "plan_id", "stage", "opened_on"),)

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=100)
    plan_id: int = Field(foreign_key="plan.id")
    organization_id: int = Field(foreign_key="organization.id", index=True)  # the office where no unit leads
    held_as: str = Field(max_length=120)  # who is held to account, in the text's word: a unit, or a group
    opened_on: date
    opened_at: datetime = Field(sa_type=UtcDateTime)
    stage: CaseStage = Field(sa_type=code_type(CaseStage))


class CaseMilestone(SQLModel, table=True):
    """A milestone held in a case, for one version of its due date: a fact."""

    __tablename__ = "case_milestone"
    __table_args__ = (UniqueConstraint("milestone_id", "due_version"),)

    case_id: int = Field(foreign_key="accountability_case.id", primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", primary_key=True)
    due_version: int = Field(primary_key=True)
    effective_due_on: date
    joined_on: date


class CaseEvent(SQLModel, table=True):
    """One step of a case: a fact."""

    __tablename__ = "case_event"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="accountability_case.id", index=True)
    kind: CaseEventKind = Field(sa_type=code_type(CaseEventKind))
    measure: Measure | None = Field(default=None, sa_type=code_type(Measure))
    clause: str | None = Field(default=None, max_length=60)
    document_number: str | None = Field(default=None, max_length=60)
    reply_due_on: date | None = None
    text: str = Field(default="", max_length=4000)
    author_id: int | None = Field(default=None, foreign_key="account.id")  # None: the scheduler
    recorded_at: datetime = Field(sa_type=UtcDateTime)
