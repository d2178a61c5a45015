"""Accountability cases: which milestones, which unit, and everything that happened."""

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.case_replies import ReplyState
from app.domain.case_tasks import CaseParty, CaseTask
from app.domain.cases import CaseEventKind, CaseStage
from app.domain.vocabulary import Measure
from app.models.types import UtcDateTime, code_type


class AccountabilityCase(SQLModel, table=True):
    """A case against one unit; its stage and what comes next are projected from its events."""

    __tablename__ = "accountability_case"
    __table_args__ = (
        Index("ix_accountability_case_plan_id", "plan_id", "stage", "opened_on"),
        Index("ix_accountability_case_opened_on", "opened_on", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=100)
    plan_id: int = Field(foreign_key="plan.id")
    organization_id: int = Field(foreign_key="organization.id", index=True)  # the office where no unit leads
    held_as: str = Field(max_length=120)  # who is held to account, in the text's word: a unit, or a group
    opened_on: date
    opened_at: datetime = Field(sa_type=UtcDateTime)
    stage: CaseStage = Field(sa_type=code_type(CaseStage))
    stage_since_on: date | None = None  # None: since it was opened
    next_task: CaseTask = Field(default=CaseTask.PROPOSE, sa_type=code_type(CaseTask))
    next_party: CaseParty = Field(default=CaseParty.OFFICE, sa_type=code_type(CaseParty))
    next_due_on: date | None = None  # None: no day is set for what comes next


class CaseMilestone(SQLModel, table=True):
    """A milestone held in a case, for one version of its due date or one regression: a fact."""

    __tablename__ = "case_milestone"
    __table_args__ = (UniqueConstraint("milestone_id", "due_version", "occasion"),)

    case_id: int = Field(foreign_key="accountability_case.id", primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", primary_key=True)
    due_version: int = Field(primary_key=True)
    occasion: int = Field(default=0, primary_key=True)  # which regression it is held for; 0: none, its due date
    effective_due_on: date
    joined_on: date


class CaseEvent(SQLModel, table=True):
    """One step of a case: a fact."""

    __tablename__ = "case_event"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="accountability_case.id", index=True)
    kind: CaseEventKind = Field(sa_type=code_type(CaseEventKind))
    follows_id: int | None = Field(default=None, foreign_key="case_event.id")  # the decision that a reply is about
    measure: Measure | None = Field(default=None, sa_type=code_type(Measure))
    clause: str | None = Field(default=None, max_length=60)  # of the plan
    basis: str | None = Field(default=None, max_length=300)  # what else a measure rests on (其他依据)
    document_number: str | None = Field(default=None, max_length=60)
    dated_on: date | None = None  # the day that a step names: of a decision, of a check held or planned
    reply_due_on: date | None = None  # by when a statement or a reply is asked for
    reply_days: int | None = None  # the working days that this limit was counted from; None: a day was set
    calendar_version: int | None = None  # of the calendar by which they were counted
    text: str = Field(default="", max_length=4000)
    author_id: int | None = Field(default=None, foreign_key="account.id")  # None: the scheduler
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class CaseClosingReport(SQLModel, table=True):
    """The closing report (结案报告) of a case in which a measure was decided: a fact, one with its closing."""

    __tablename__ = "case_closing_report"

    event_id: int = Field(foreign_key="case_event.id", primary_key=True)
    found: str = Field(max_length=2000)  # what was found
    decided: str = Field(max_length=2000)  # what was decided
    rectified: str = Field(max_length=2000)  # what was put right


class CaseReply(SQLModel, table=True):
    """Where the reply to each decision stands: a projection of the steps about it, for lists to filter and count."""

    __tablename__ = "case_reply"
    __table_args__ = (
        Index("ix_case_reply_plan_id", "plan_id", "state", "due_on"),
        Index("ix_case_reply_case_id", "case_id", "state"),
    )

    decision_id: int = Field(foreign_key="case_event.id", primary_key=True)
    case_id: int = Field(foreign_key="accountability_case.id")
    plan_id: int = Field(foreign_key="plan.id")
    organization_id: int = Field(foreign_key="organization.id")
    state: ReplyState = Field(sa_type=code_type(ReplyState))
    first_due_on: date
    due_on: date  # the limit in force
    first_given_on: date | None = None
    given_on: date | None = None
    settled_on: date | None = None
