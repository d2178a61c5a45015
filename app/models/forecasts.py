"""The projection of early warnings: rebuilt from the facts with the standings, never a fact itself."""

from datetime import date
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel

from app.domain.forecasts import Confidence
from app.models.types import ExactDecimal, code_type


class MilestoneForecast(SQLModel, table=True):
    """When a running milestone will be done at its pace; without a row, no share is reported or it runs no more.

    It follows from the facts alone and from no day of judging: what the passing days change, the age of the last
    report, is judged when the row is read.
    """

    __tablename__ = "milestone_forecast"
    __table_args__ = (
        Index("ix_milestone_forecast_misses", "misses_by_days", "milestone_id"),
        Index("ix_milestone_forecast_plan_misses", "plan_id", "misses_by_days", "milestone_id"),
    )

    milestone_id: int = Field(foreign_key="milestone.id", primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    expected_on: date | None = None  # None: at no day within twenty years
    earliest_on: date | None = None
    latest_on: date | None = None
    misses_by_days: int  # by the date in force; negative: done before, NEVER where expected_on is None
    confidence: Confidence = Field(sa_type=code_type(Confidence))  # before the age of the last report is looked at
    points: int  # reports that count, without the start
    spread_pct: int | None = None  # None: the sign of the pace is not certain
    pace_pp: Decimal = Field(sa_type=ExactDecimal)  # percentage points per 30 days
    last_on: date
