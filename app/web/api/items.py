"""What the JSON interface answers with: the records of an export, described for OpenAPI."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from app.domain.forecasts import Confidence
from app.domain.project_money import MoneyFindingKind
from app.domain.projects import Side
from app.domain.vocabulary import (
    AlertState,
    Comparator,
    FundSource,
    IndicatorGroup,
    Measure,
    MilestoneKind,
    OrganizationKind,
    PlaceKind,
    Precision,
    ProjectNature,
    RevisionCause,
    RungTrigger,
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
    timeliness: Timeliness | None = Field(description="of a closing, by the due date in force")
    original_timeliness: Timeliness | None = Field(description="of a closing, by the original due date")
    closing_number: str | None = Field(description="of the closing in force; null: open, or confirmed history")
    days_late: int = Field(description="against the effective due date")
    days_late_original: int = Field(description="against the original due date")
    progress_pct: Exact | None = Field(description="null: nothing reported")
    reported_on: date | None
    projects: tuple[str, ...]
    targets: tuple[TargetItem, ...]


class FloorItem(_Item):
    """The floor area of one part of a project in m²."""

    name: str
    area_m2: Exact
    underground: bool


class PhaseItem(_Item):
    """A phase of a project with its share of the design scale; areas in m²."""

    name: str
    stage: SchoolStage | None
    start_year: int | None
    end_year: int | None
    classes: int | None
    places: int | None
    land_m2: Exact | None
    floor_m2: Exact | None
    sports_m2: Exact | None


class BudgetItem(_Item):
    """Money provided for a project."""

    year: int | None = Field(description="null: for the whole period")
    source: FundSource
    amount_wan: Exact
    clause: str | None = Field(description="null: the office's own record")


class PaidItem(_Item):
    """What was paid in a year from a source of funds, corrections taken off."""

    year: int
    source: FundSource | None = Field(description="null: not told apart")
    amount_wan: Exact


class DriftItem(_Item):
    """Two of time, works and money that lie apart by more than the plan's setting."""

    behind: Side
    ahead: Side
    points: Exact = Field(description="percentage points")


class MoneyFindingItem(_Item):
    """Where payments and budget disagree."""

    kind: MoneyFindingKind
    amount_wan: Exact
    year: int | None = Field(description="null: not about one year")
    source: FundSource | None = Field(description="null: not about one source")


class ProjectItem(_Item):
    """A construction project; money in 万元, areas in m²."""

    plan: str
    key: str
    no: int
    name: str
    aliases: tuple[str, ...]
    clause: str
    place: str
    site: str | None
    nature: ProjectNature
    investment_wan: Exact | None
    budget_wan: Exact | None = Field(description="sum of the budget lines; null: there is none")
    paid_wan: Exact | None = Field(description="null: no payment on file")
    start_year: int | None
    end_year: int
    stage: SchoolStage | None
    grade_classes: int | None = Field(description="classes in each grade")
    grades: int | None
    classes: int | None
    places: int | None
    land_m2: Exact | None
    floor_m2: Exact | None
    sports_m2: Exact | None
    floors: tuple[FloorItem, ...]
    phases: tuple[PhaseItem, ...]
    budget: tuple[BudgetItem, ...]
    payments: tuple[PaidItem, ...]
    elapsed_pct: Exact | None = Field(description="time passed; null: no first day is known")
    progress_pct: Exact | None = Field(description="visible progress; null: not reported")
    paid_pct: Exact | None = Field(description="of the investment, else of the budget; null: not known")
    drift: tuple[DriftItem, ...] = Field(description="empty: within the plan's setting, or not known")
    money_findings: tuple[MoneyFindingItem, ...]
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
    milestone: int | None = Field(description="the milestone's id; null: it is about a unit's reports of a period")
    title: str = Field(description="of the milestone, or the period's name")
    place: str | None
    unit: str | None = Field(description="the unit it is about; null: all that the milestone names")
    trigger: RungTrigger
    follows: int | None = Field(description="the alert that was left unanswered")
    measure: Measure
    clause: str | None = Field(description="null: the office's own setting")
    due_version: int
    effective_due_on: date
    fire_on: date = Field(description="the day the rule was met")
    days_late: int = Field(description="on the day of the scan; negative: days left")
    original_due_on: date | None = Field(description="as the record has it now")
    days_late_original: int | None = Field(description="on the day of the scan, against the original due date")
    reason: str
    reply_due_on: date | None = Field(description="until when an answer was asked for; null: none was")
    state: AlertState = Field(description="as it stands today")
    ladder_version: int = Field(description="of the plan's ladder by which it fired")
    calendar_version: int = Field(description="by which its working days were counted; 0: as the program came")
    scanned_on: date
    raised_at: datetime
    recipients: tuple[str, ...]
    responsible: tuple[str, ...] = Field(description="who answered then for each unit with somebody on record")


class ForecastItem(_Item):
    """A running milestone that will miss its date at its present pace, as of today."""

    plan: str
    milestone: int = Field(description="the milestone's id")
    title: str
    clause: str
    place: str
    responsible: tuple[str, ...]
    original_due_on: date
    effective_due_on: date
    expected_on: date | None = Field(description="null: at this pace at no day within twenty years")
    earliest_on: date | None = Field(description="by the upper quarter point of the pace")
    latest_on: date | None = Field(description="by the lower quarter point of the pace; null: no day")
    misses_by_days: int | None = Field(description="against the effective due date; null: no day")
    misses_original_by_days: int | None = Field(description="against the original due date; null: no day")
    progress_pct: Exact
    scheduled_pct: Exact
    pace_pp: Exact = Field(description="percentage points in 30 days")
    needed_pp: Exact | None = Field(description="since the last report, to be in time; null: no time is left")
    confidence: Confidence
    reports: int = Field(description="how many it rests on")
    reported_on: date


class OrganizationItem(_Item):
    """A unit with all names by which texts write it."""

    id: int
    name: str = Field(description="full official name")
    short_name: str
    aliases: tuple[str, ...]
    kind: OrganizationKind
    place_path: str = Field(serialization_alias="place", description="the place and what it lies in, joined by /")
    valid_from: date | None
    valid_to: date | None = Field(description="the last day in force; null: in force")
    successor_name: str | None = Field(serialization_alias="successor", description="full name")


class PlaceItem(_Item):
    """A place as plans point to it."""

    id: int
    name: str
    path: str = Field(description="the place and what it lies in, joined by /")
    kind: PlaceKind
    code: str | None = Field(description="GB/T 2260; null: a zone, or none published")
    valid_from: date | None
    valid_to: date | None = Field(description="the last day in force; null: in force")
    successor_path: str | None = Field(serialization_alias="successor", description="path")


class RevisionItem(_Item):
    """A revision of a plan: a load, an import, a correction, an amendment, another reading, or what undid one."""

    number: int
    cause: RevisionCause
    title: str
    document_number: str | None = Field(description="of the amending document")
    document_on: date | None = Field(description="day of the amending document")
    reason: str
    author: str | None = Field(description="null: the command line")
    recorded_at: datetime
    undone_by: int | None = Field(description="number of the revision that took it back")
    added: int = Field(description="milestones")
    changed: int = Field(description="milestones")
    removed: int = Field(description="milestones deleted or withdrawn")
    other: int = Field(description="other parts of the plan that changed")


Item = TypeVar("Item", bound=_Item)


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next` is the `after` of the following page, null on the last one."""

    items: list[Item]
    next: int | None
