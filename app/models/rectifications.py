"""Rectification items (整改) and what became of them; where each stands now is a projection."""

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel

from app.domain.rectifications import RectificationState, RectificationStepKind
from app.models.types import UtcDateTime, code_type


class Rectification(SQLModel, table=True):
    """Something that a unit has to put right, from a case or from a milestone itself: a fact."""

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="accountability_case.id", index=True)
    organization_id: int = Field(foreign_key="organization.id")  # who owns it
    person: str = Field(max_length=60)  # who in the unit
    source: str = Field(max_length=120)  # where the problem was found
    problem: str = Field(max_length=2000)
    measure: str = Field(max_length=2000)  # what is to be done
    due_on: date  # the limit first set
    author_id: int = Field(foreign_key="account.id")
    author: str = Field(max_length=80)  # the name under which it was assigned
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class RectificationStep(SQLModel, table=True):
    """One step of an item: reported done, accepted, sent back, extended, taken back."""

    __tablename__ = "rectification_step"

    id: int | None = Field(default=None, primary_key=True)
    rectification_id: int = Field(foreign_key="rectification.id", index=True)
    kind: RectificationStepKind = Field(sa_type=code_type(RectificationStepKind))
    text: str = Field(max_length=2000)
    due_on: date | None = None  # the further limit that it sets
    author_id: int = Field(foreign_key="account.id")
    author: str = Field(max_length=80)  # the name of who answers for the step
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class RectificationStanding(SQLModel, table=True):
    """Where each item stands: a projection of its steps, for lists to filter, sort and count."""

    __tablename__ = "rectification_standing"
    __table_args__ = (
        Index("ix_rectification_standing_plan_id", "plan_id", "state", "due_on"),
        Index("ix_rectification_standing_organization_id", "organization_id", "state", "due_on"),
        Index("ix_rectification_standing_case_id", "case_id", "state"),
    )

    rectification_id: int = Field(foreign_key="rectification.id", primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    case_id: int | None = Field(default=None, foreign_key="accountability_case.id")
    organization_id: int = Field(foreign_key="organization.id")
    state: RectificationState = Field(sa_type=code_type(RectificationState))
    first_due_on: date
    due_on: date  # the limit in force
    done_on: date | None = None  # reported done, the last time
    settled_on: date | None = None
