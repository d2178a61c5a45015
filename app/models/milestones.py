"""Milestones, who answers for them, their targets, due-date versions and the decisions on them."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.vocabulary import (
    Comparator,
    DecisionKind,
    DueCause,
    MilestoneKind,
    Precision,
    SchoolStage,
    UnitRole,
)
from app.models.types import ExactDecimal, UtcDateTime, code_type


class Milestone(SQLModel, table=True):
    """One commitment of a plan; `due_on` is the original due date and is never changed."""

    __table_args__ = (UniqueConstraint("plan_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    key: str = Field(max_length=100)
    series: str | None = Field(default=None, max_length=80)  # shared by the occurrences of a duty
    kind: MilestoneKind = Field(sa_type=code_type(MilestoneKind))
    title: str = Field(max_length=140)
    detail: str = Field(default="")
    note: str | None = None
    clause: str = Field(max_length=60)
    units_clause: str | None = Field(default=None, max_length=60)
    place_id: int = Field(foreign_key="place.id", index=True)
    stage_id: int | None = Field(default=None, foreign_key="stage.id")
    project_id: int | None = Field(default=None, foreign_key="project.id", index=True)
    start_on: date
    due_on: date
    due_phrase: str = Field(max_length=60)
    due_precision: Precision = Field(sa_type=code_type(Precision))
    alternative_due_on: date | None = None
    recurrence: str | None = Field(default=None, max_length=60)
    all_indicators: bool = False  # tied to every threshold of the standard and the plan
    position: int  # order within the document


class MilestoneUnit(SQLModel, table=True):
    """A unit bound to a milestone; the one that leads is the first responsible one, when the text names it by itself.

    Of a group (各县市人民政府) no member leads: none of them speaks or answers for all.
    """

    __tablename__ = "milestone_unit"
    __table_args__ = (Index("ix_milestone_unit_organization_id", "organization_id", "milestone_id"),)

    milestone_id: int = Field(foreign_key="milestone.id", primary_key=True)
    role: UnitRole = Field(sa_type=code_type(UnitRole), primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", primary_key=True)
    named_as: str = Field(max_length=120)  # the text's own word, a group's name where it names a group
    position: int
    leads: bool = False


class Target(SQLModel, table=True):
    """A typed target of a milestone; `baseline` None when the document gives none."""

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    indicator_id: int = Field(foreign_key="indicator.id", index=True)
    stage: SchoolStage | None = Field(default=None, sa_type=code_type(SchoolStage))
    comparator: Comparator = Field(sa_type=code_type(Comparator))
    value: Decimal = Field(sa_type=ExactDecimal)
    unit: str = Field(default="", max_length=20)
    baseline: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    clause: str | None = Field(default=None, max_length=60)
    note: str | None = Field(default=None, max_length=200)
    position: int
    copied: bool = False  # from the standard's or the plan's thresholds, not written at the milestone itself
    added_by_id: int | None = Field(default=None, foreign_key="plan_revision.id")  # None: there from the beginning
    retired_by_id: int | None = Field(default=None, foreign_key="plan_revision.id")  # None: in force


class MilestoneGovernor(SQLModel, table=True):
    """A milestone states the same goal as another, whose date governs."""

    __tablename__ = "milestone_governor"

    milestone_id: int = Field(foreign_key="milestone.id", primary_key=True)
    governor_id: int = Field(foreign_key="milestone.id", primary_key=True, index=True)


class MilestoneNeed(SQLModel, table=True):
    """A project without which a milestone's targets cannot be reached."""

    __tablename__ = "milestone_need"

    milestone_id: int = Field(foreign_key="milestone.id", primary_key=True)
    project_id: int = Field(foreign_key="project.id", primary_key=True, index=True)


class DueDate(SQLModel, table=True):
    """A version of a milestone's effective due date after the original (version 1): a fact."""

    __tablename__ = "due_date"
    __table_args__ = (UniqueConstraint("milestone_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id")
    version: int
    due_on: date
    cause: DueCause = Field(sa_type=code_type(DueCause))
    reason: str = Field(max_length=500)
    document_number: str | None = Field(default=None, max_length=60)
    due_phrase: str | None = Field(default=None, max_length=60)  # None: as before
    due_precision: Precision | None = Field(default=None, sa_type=code_type(Precision))
    alternative_due_on: date | None = None
    revision_id: int | None = Field(default=None, foreign_key="plan_revision.id")
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class MilestoneDecision(SQLModel, table=True):
    """What the office or an inspector decided on a milestone: a fact."""

    __tablename__ = "milestone_decision"

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    kind: DecisionKind = Field(sa_type=code_type(DecisionKind))
    report_id: int | None = Field(default=None, foreign_key="report.id")
    reached_on: date | None = None  # the day the result was reached; closings and confirmations only
    note: str = Field(default="", max_length=2000)
    checks: str | None = None  # JSON: what of the checklist was found right; verifications only
    notice_until_on: date | None = None  # last day of the public notice
    calendar_version: int | None = None  # by which that day was counted; None: no notice, or one of before versions
    document_number: str | None = Field(default=None, max_length=60)
    batch_id: str | None = Field(default=None, max_length=36)  # shared by decisions that were taken together
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ClosingNumber(SQLModel, table=True):
    """The number under which a closing stands in its plan's ledger (销号编号): a fact."""

    __tablename__ = "closing_number"
    __table_args__ = (UniqueConstraint("plan_id", "year", "number"),)

    decision_id: int = Field(foreign_key="milestone_decision.id", primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    year: int
    number: int


class MilestoneSchedule(SQLModel, table=True):
    """A version of a milestone's own schedule in place of a straight line: a fact; without shares, straight again."""

    __tablename__ = "milestone_schedule"
    __table_args__ = (UniqueConstraint("milestone_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id")
    version: int
    shares: str  # JSON: percent to be done by the end of a quarter, by its name (2026Q1)
    reason: str = Field(max_length=500)
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
