"""The records that leave the product: one shape for export files and for the JSON interface."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

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


@dataclass(frozen=True, slots=True)
class Selection:
    """What part of the record is wanted; None does not narrow. A unit has the milestones it is bound to."""

    plan_id: int | None = None
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target of a milestone; `indicator` is the code, `measured` the value last reported (None: not assessed)."""

    indicator: str
    indicator_name: str
    stage: SchoolStage | None
    comparator: Comparator
    value: Decimal
    unit: str
    baseline: Decimal | None
    clause: str | None
    measured: Decimal | None
    measured_on: date | None


@dataclass(frozen=True, slots=True)
class MilestoneRecord:
    """A milestone as it stands on a day; `due_on` is the original due date, units are short names, groups spread.

    `days_late` counts from the effective due date, `days_late_original` from the original one, both to the day the
    clock stopped. `progress_pct` and `reported_on` are None when nothing was reported.
    """

    id: int
    plan: str
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
    due_on: date
    effective_due_on: date
    due_phrase: str
    due_precision: Precision
    alternative_due_on: date | None
    recurrence: str | None
    responsible: tuple[str, ...]
    supporting: tuple[str, ...]
    responsible_as_named: tuple[str, ...]
    supporting_as_named: tuple[str, ...]
    standing: Standing
    since: date
    timeliness: Timeliness | None
    days_late: int
    days_late_original: int
    progress_pct: Decimal | None
    reported_on: date | None
    projects: tuple[str, ...]
    targets: tuple[TargetRecord, ...]


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A project; money in 万元, areas in m², `milestones` are ids, `paid_wan` None when no payment is on file."""

    plan: str
    no: int
    name: str
    aliases: tuple[str, ...]
    clause: str
    place: str
    site: str | None
    nature: ProjectNature
    investment_wan: Decimal | None
    paid_wan: Decimal | None
    start_year: int | None
    end_year: int
    classes: int | None
    places: int | None
    land_m2: Decimal | None
    floor_m2: Decimal | None
    description: str
    milestones: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ThresholdRecord:
    """A threshold in force for a plan; `overridden`: the plan sets it instead of the standard."""

    stage: SchoolStage | None
    comparator: Comparator
    value: Decimal
    unit: str
    clause: str | None
    overridden: bool


@dataclass(frozen=True, slots=True)
class MeasuredRecord:
    """The value last reported for an indicator at one place and school stage."""

    place: str
    stage: SchoolStage | None
    value: Decimal
    unit: str
    measured_on: date


@dataclass(frozen=True, slots=True)
class IndicatorRecord:
    """An indicator of a plan (its standard's, or its own); `targets` counts the targets that use it."""

    plan: str
    indicator: str
    name: str
    group: IndicatorGroup
    value_type: ValueType
    clause: str | None
    thresholds: tuple[ThresholdRecord, ...]
    targets: int
    measured: tuple[MeasuredRecord, ...]


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """A row of the alert register; `days_late` is negative while days are left, recipients are short names."""

    id: int
    plan: str
    milestone: int
    title: str
    place: str
    measure: Measure
    clause: str | None
    due_version: int
    effective_due_on: date
    fire_on: date
    days_late: int
    reason: str
    scanned_on: date
    raised_at: datetime
    recipients: tuple[str, ...]


Record = MilestoneRecord | ProjectRecord | IndicatorRecord | AlertRecord
