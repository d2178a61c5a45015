"""Reports on milestones, the values they measured and the evidence that backs them: all facts."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel

from app.models.types import ExactDecimal, UtcDateTime


class Report(SQLModel, table=True):
    """What a unit or the office reported; share None when the report gives none."""

    __table_args__ = (Index("ix_report_milestone_id", "milestone_id", "recorded_at"),)

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id")
    organization_id: int | None = Field(default=None, foreign_key="organization.id", index=True)
    author_id: int = Field(foreign_key="account.id")
    reported_on: date  # the day the report speaks of
    share_pct: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    summary: str = Field(max_length=4000)
    claims_completion: bool = False
    reached_on: date | None = None  # with a claim: the day the result was reached
    speaks_for_whole: bool = True  # False: one of several units speaks of its own part
    accepted: bool = False  # recorded by the office itself, so accepted as it stands
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ReportValue(SQLModel, table=True):
    """A value measured for one target."""

    __tablename__ = "report_value"
    __table_args__ = (Index("ix_report_value_target_id", "target_id", "report_id"),)

    report_id: int = Field(foreign_key="report.id", primary_key=True)
    target_id: int = Field(foreign_key="target.id", primary_key=True)
    value: Decimal = Field(sa_type=ExactDecimal)


class Evidence(SQLModel, table=True):
    """A file that backs a report or a decision; its bytes lie outside the database under their sha256."""

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    report_id: int | None = Field(default=None, foreign_key="report.id")
    decision_id: int | None = Field(default=None, foreign_key="milestone_decision.id")
    filename: str = Field(max_length=255)
    media_type: str = Field(max_length=100)
    size: int  # bytes
    sha256: str = Field(max_length=64)
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
