"""What the JSON interface answers with: the records of an export, described for OpenAPI."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from app.domain.vocabulary import (
    Comparator,
    IndicatorGroup,
    Measure,
    MilestoneKind,
    Precision,
    ProjectNature,
    SchoolStage,
    Standing,
    Timeliness,
    ValueType,
)
from app.services.exports import json_number

Exact = Annotated[Decimal, PlainSerializer(json_number, return_type=int | float | str)]


class _Item(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


class TargetItem(_Item):
    """A typed target and the value last reported for it."""

    indicator: str = Field(description="the indicator's code")
    indicator_name: str
    stage: SchoolStage | None = Field(description="school stage; null: all")
    comparator: Comparator
    value: Exact
    unit: str
    baseline: Exact | None
    clause: str | None
    measured: Exact | None = Field(description="null: not assessed")
    measured_on: date | None


class MilestoneItem(_Item):
    """A milestone as it stands on a day."""

    id: int
    plan: str = Field(description="the plan's slug")
    key: str
    clause: str
    units_clause: str | None
    kind: MilestoneKind
    place: str
    title: str
    detail: str
    note: str | None
    document_number: str | None
    plan_stage: str | None
    start_on: date
    due_on: date = Field(description="the original due date")
    effective_due_on: date = Field(description="the due date in force on the day")
    due_phrase: str
    due_precision: Precision
    alternative_due_on: date | None = Field(description="the due phrase's other reading")
    recurrence: str | None
    responsible: tuple[str, ...] = Field(description="short names, the lead first, groups spread")
    supporting: tuple[str, ...]
    responsible_as_named: tuple[str, ...] = Field(description="the words of the text")
    supporting_as_named: tuple[str, ...]
    standing: Standing
    since: date
    timeliness: Timeliness | None
    days_late: int = Field(description="against the effective due date")
    days_late_original: int = Field(description="against the original due date")
    progress_pct: Exact | None = Field(description="null: nothing reported")
    reported_on: date | None
    projects: tuple[str, ...]
    targets: tuple[TargetItem, ...]


class ProjectItem(_Item):
    """A construction project; money in 万元, areas in m²."""

    plan: str
    no: int
    name: str
    aliases: tuple[str, ...]
    clause: str
    place: str
    site: str | None
    nature: ProjectNature
    investment_wan: Exact | None
    paid_wan: Exact | None = Field(description="null: no payment on file")
    start_year: int | None
    end_year: int
    classes: int | None
    places: int | None
    land_m2: Exact | None
    floor_m2: Exact | None
    description: str
    milestones: tuple[int, ...] = Field(description="ids")


class ThresholdItem(_Item):
    """A threshold in force for the plan."""

    stage: SchoolStage | None
    comparator: Comparator
    value: Exact
    unit: str
    clause: str | None
    overridden: bool = Field(description="the plan sets it instead of the standard")


class MeasuredItem(_Item):
    """The value last reported at one place and school stage."""

    place: str
    stage: SchoolStage | None
    value: Exact
    unit: str
    measured_on: date


class IndicatorItem(_Item):
    """An indicator of a plan."""

    plan: str
    indicator: str = Field(description="the indicator's code")
    name: str
    group: IndicatorGroup
    value_type: ValueType
    clause: str | None
    thresholds: tuple[ThresholdItem, ...]
    targets: int = Field(description="how many targets use it")
    measured: tuple[MeasuredItem, ...]


class AlertItem(_Item):
    """A row of the alert register."""

    id: int
    plan: str
    milestone: int = Field(description="the milestone's id")
    title: str
    place: str
    measure: Measure
    clause: str | None = Field(description="null: the office's own setting")
    due_version: int
    effective_due_on: date
    fire_on: date = Field(description="the day the rule was met")
    days_late: int = Field(description="on the day of the scan; negative: days left")
    reason: str
    scanned_on: date
    raised_at: datetime
    recipients: tuple[str, ...]


Item = TypeVar("Item", bound=_Item)


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next` is the `after` of the following page, null on the last one."""

    items: list[Item]
    next: int | None
