"""The alert register: what fired, why, for whom; and each milestone's next firing."""

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.vocabulary import Measure
from app.models.types import UtcDateTime, code_type


class Obligation(SQLModel, table=True):
    """The next rung of a milestone's ladder and the day it fires; no row: nothing will fire."""

    milestone_id: int = Field(foreign_key="milestone.id", primary_key=True)
    rung_id: int = Field(foreign_key="ladder_rung.id")
    due_version: int
    occasion: int = 0
    fire_on: date = Field(index=True)


class Alert(SQLModel, table=True):
    """A rung that fired for a version of a milestone's due date: a fact, once only."""

    __table_args__ = (
        UniqueConstraint("milestone_id", "due_version", "rung_id", "occasion"),
        Index("ix_alert_plan_id", "plan_id", "fire_on", "id"),
        Index("ix_alert_fire_on", "fire_on", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    milestone_id: int = Field(foreign_key="milestone.id")
    due_version: int
    rung_id: int = Field(foreign_key="ladder_rung.id")
    occasion: int = 0  # which regression of the milestone it answers; 0: none, its due date
    measure: Measure = Field(sa_type=code_type(Measure))
    clause: str | None = Field(default=None, max_length=60)
    effective_due_on: date
    fire_on: date  # the day the rule was met
    days_late: int  # on the day of the scan; negative: days left
    reason: str = Field(max_length=500)
    scanned_on: date
    raised_at: datetime = Field(sa_type=UtcDateTime)


class AlertRecipient(SQLModel, table=True):
    """A unit that an alert is addressed to: a fact; the office where a milestone names no unit."""

    __tablename__ = "alert_recipient"
    __table_args__ = (Index("ix_alert_recipient_organization_id", "organization_id", "alert_id"),)

    alert_id: int = Field(foreign_key="alert.id", primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", primary_key=True)
    person: str | None = Field(default=None, max_length=150)  # who was responsible in the unit then, with the post
