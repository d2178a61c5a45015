"""The alert register: what fired, why, for whom, what was done about it; and what fires next."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.vocabulary import AlertStepKind, Capacity, Measure, RungTrigger
from app.models.types import UtcDateTime, code_type


class Obligation(SQLModel, table=True):
    """The next rung of a milestone's ladder and the day it fires; no row: nothing will fire."""

    milestone_id: int = Field(foreign_key="milestone.id", primary_key=True)
    rung_id: int = Field(foreign_key="ladder_rung.id")
    due_version: int
    occasion: int = 0
    fire_on: date = Field(index=True)


class PeriodObligation(SQLModel, table=True):
    """The next rung for a unit that owes reports of a period; no row: its ladder is done."""

    __tablename__ = "period_obligation"

    period_id: int = Field(foreign_key="reporting_period.id", primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", primary_key=True)
    rung_id: int = Field(foreign_key="ladder_rung.id")
    fire_on: date = Field(index=True)


def _where_given(name: str) -> Index:
    """Index a column that most alerts leave empty, for those that do not."""
    given = sa.text(f"{name} IS NOT NULL")
    return Index(f"ix_alert_{name}", name, sqlite_where=given, postgresql_where=given)


class Alert(SQLModel, table=True):
    """A rung that fired for a matter: a fact, once only.

    The matter is a milestone under a version of its due date (`milestone/7`), a unit's reports of a period
    (`period/3/unit/15`), or an alert that a unit left unanswered (`alert/9/unit/4`).
    """

    __table_args__ = (
        UniqueConstraint("matter", "due_version", "rung_id", "occasion"),
        Index("ix_alert_milestone_id", "milestone_id"),
        Index("ix_alert_plan_id", "plan_id", "fire_on", "id"),
        Index("ix_alert_fire_on", "fire_on", "id"),
        _where_given("period_id"),
        _where_given("follows_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    matter: str = Field(max_length=60)
    milestone_id: int | None = Field(default=None, foreign_key="milestone.id")
    period_id: int | None = Field(default=None, foreign_key="reporting_period.id")
    organization_id: int | None = Field(default=None, foreign_key="organization.id")  # the unit it is about
    follows_id: int | None = Field(default=None, foreign_key="alert.id")  # the alert that was left unanswered
    trigger: RungTrigger = Field(sa_type=code_type(RungTrigger))
    due_version: int  # 0: the matter has no due date of its own
    rung_id: int = Field(foreign_key="ladder_rung.id")
    # nth regression; first day (ordinal) of a spell of lagging, or on which an answer was sent back; 0: once
    occasion: int = 0
    measure: Measure = Field(sa_type=code_type(Measure))
    clause: str | None = Field(default=None, max_length=60)
    effective_due_on: date  # of a unit's reports: until when they were in time; of an answer: its limit
    fire_on: date  # the day the rule was met
    days_late: int  # on the day of the scan; negative: days left
    reason: str = Field(max_length=500)
    basis: str = Field(default="{}")  # canonical JSON: the values that the rule used
    ladder_version: int = 1
    calendar_version: int = 0
    urgent: bool = False
    reply_days: int | None = None  # working days to answer in; None: no answer is asked for
    reply_due_on: date | None = None  # as told when it fired; a later calendar moves only `ExpectedAnswer`
    scanned_on: date
    raised_at: datetime = Field(sa_type=UtcDateTime)


class AlertRecipient(SQLModel, table=True):
    """Whom an alert is addressed to, in which capacity: a fact.

    The office where a milestone names no unit, and beside a unit in which nobody answers for it. Leaders are kept
    under the plan's office.
    """

    __tablename__ = "alert_recipient"
    __table_args__ = (Index("ix_alert_recipient_organization_id", "organization_id", "alert_id"),)

    alert_id: int = Field(foreign_key="alert.id", primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", primary_key=True)
    capacity: Capacity = Field(primary_key=True, sa_type=code_type(Capacity))
    person: str | None = Field(default=None, max_length=150)  # who was responsible in the unit then, with the post


class AlertStep(SQLModel, table=True):
    """What somebody did about an alert: a fact. `organization_id`: for which recipient; None: for the whole alert."""

    __tablename__ = "alert_step"
    __table_args__ = (Index("ix_alert_step_kind", "kind", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", index=True)
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    capacity: Capacity | None = Field(default=None, sa_type=code_type(Capacity))
    kind: AlertStepKind = Field(sa_type=code_type(AlertStepKind))
    text: str = Field(default="", max_length=2000)
    author_id: int | None = Field(default=None, foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ExpectedAnswer(SQLModel, table=True):
    """An answer that a unit owes to an alert, until when, and the rung that follows when none comes.

    A work table: the limit follows the calendar in force while it lies ahead. `settled_on` None: still owed, or
    answered and not yet taken.
    """

    __tablename__ = "expected_answer"
    __table_args__ = (Index("ix_expected_answer_organization_id", "organization_id", "settled_on", "reply_due_on"),)

    alert_id: int = Field(foreign_key="alert.id", primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", primary_key=True)
    plan_id: int = Field(foreign_key="plan.id", index=True)
    milestone_id: int | None = Field(default=None, foreign_key="milestone.id", index=True)
    asked_on: date  # the limit counts from here: the day of the scan, or on which an answer was sent back
    reply_days: int  # working days
    reply_due_on: date
    calendar_version: int
    provisional: bool = False  # a year on the way is not published yet
    answered_on: date | None = None  # the last answer that was not returned
    settled_on: date | None = None
    rung_id: int | None = Field(default=None, foreign_key="ladder_rung.id")
    fire_on: date | None = Field(default=None, index=True)
