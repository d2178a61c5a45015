"""The projection of today's standings: rebuilt from the facts, never a fact itself."""

from datetime import date
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel

from app.domain.vocabulary import MilestoneKind, Standing, Timeliness
from app.models.types import ExactDecimal, code_type


class MilestoneStanding(SQLModel, table=True):
    """What `domain.standing.judge` says of a milestone on the projection's day, for SQL to filter and sort."""

    __tablename__ = "milestone_standing"
    __table_args__ = (
        Index("ix_milestone_standing_due", "effective_due_on", "milestone_id"),
        Index("ix_milestone_standing_plan_due", "plan_id", "effective_due_on", "milestone_id"),
        Index("ix_milestone_standing_standing_due", "standing", "effective_due_on", "milestone_id"),
        Index("ix_milestone_standing_plan_standing", "plan_id", "standing", "effective_due_on", "milestone_id"),
        Index("ix_milestone_standing_place_due", "place_id", "effective_due_on", "milestone_id"),
        Index("ix_milestone_standing_kind_due", "kind", "effective_due_on", "milestone_id"),
        Index("ix_milestone_standing_change", "next_change_on"),
        # the overview's counts, on-time shares and pending claims, read from the index alone
        Index("ix_milestone_standing_tally", "plan_id", "standing", "timeliness", "claim_pending", "effective_due_on"),
    )

    milestone_id: int = Field(foreign_key="milestone.id", primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    place_id: int = Field(foreign_key="place.id")
    kind: MilestoneKind = Field(sa_type=code_type(MilestoneKind))
    standing: Standing = Field(sa_type=code_type(Standing))
    since: date
    timeliness: Timeliness | None = Field(default=None, sa_type=code_type(Timeliness))
    original_timeliness: Timeliness | None = Field(default=None, sa_type=code_type(Timeliness))
    effective_due_on: date
    original_due_on: date
    due_version: int
    clock_stopped_on: date | None = None  # lateness counts to this day; None: to today
    next_change_on: date | None = None  # when the calendar alone will change the standing
    progress_pct: Decimal | None = Field(default=None, sa_type=ExactDecimal)  # None: nothing reported
    reported_on: date | None = None
    claim_pending: bool = False


class ProjectionDay(SQLModel, table=True):
    """The day the whole projection stands for; one row."""

    __tablename__ = "projection_day"

    id: int = Field(default=1, primary_key=True)
    day: date
