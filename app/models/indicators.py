"""Indicator standards, their indicators and thresholds, and what plans set differently."""

from decimal import Decimal

from sqlmodel import Field, SQLModel, UniqueConstraint

from app.domain.vocabulary import Comparator, IndicatorGroup, SchoolStage, ValueType
from app.models.types import ExactDecimal, code_type


class Standard(SQLModel, table=True):
    """A published indicator standard in one version."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=80)
    name: str = Field(max_length=120)
    source: str = Field(max_length=200)
    source_sha256: str = Field(max_length=64)


class Indicator(SQLModel, table=True):
    """An indicator of a standard, or of one plan alone (then `plan_id` is set)."""

    # NULLs are distinct: each key binds only the indicators that have its owner.
    __table_args__ = (UniqueConstraint("standard_id", "code"), UniqueConstraint("plan_id", "code"))

    id: int | None = Field(default=None, primary_key=True)
    standard_id: int | None = Field(default=None, foreign_key="standard.id", index=True)
    plan_id: int | None = Field(default=None, foreign_key="plan.id", index=True)
    code: str = Field(index=True, max_length=20)
    name: str = Field(max_length=160)
    group: IndicatorGroup = Field(sa_type=code_type(IndicatorGroup))
    value_type: ValueType = Field(sa_type=code_type(ValueType))
    clause: str | None = Field(default=None, max_length=60)
    note: str | None = None
    cumulative: bool = False  # its value only grows, so one that falls asks for an explanation
    position: int


class Threshold(SQLModel, table=True):
    """The value an indicator must reach; with `plan_id` the plan's own, which replaces the standard's."""

    id: int | None = Field(default=None, primary_key=True)
    indicator_id: int = Field(foreign_key="indicator.id", index=True)
    plan_id: int | None = Field(default=None, foreign_key="plan.id", index=True)
    stage: SchoolStage | None = Field(default=None, sa_type=code_type(SchoolStage))
    comparator: Comparator = Field(sa_type=code_type(Comparator))
    value: Decimal = Field(sa_type=ExactDecimal)
    unit: str = Field(default="", max_length=20)
    clause: str | None = Field(default=None, max_length=60)
