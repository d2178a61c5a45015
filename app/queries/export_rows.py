"""The records that leave the product: one shape for export files and for the JSON interface."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.domain.project_money import MoneyFindingKind
from app.domain.projects import Side
from app.domain.vocabulary import (
    AlertState,
    Comparator,
    FundSource,
    IndicatorGroup,
    Measure,
    MilestoneKind,
    Precision,
    ProjectNature,
    RungTrigger,
    SchoolStage,
    Standing,
    Timeliness,
    ValueType,
)


@dataclass(frozen=True, slots=True)
class Selection:
    """What part of the record is wanted; None does not narrow. A unit has the milestones it is bound to.

    `project` is a project's name, one of its aliases, or its key.
    """

    plan_id: int | None = None
    organization_id: int | None = None
    project: str | None = None


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
    original_timeliness: Timeliness | None
    closing_number: str | None
    days_late: int
    days_late_original: int
    progress_pct: Decimal | None
    reported_on: date | None
    projects: tuple[str, ...]
    targets: tuple[TargetRecord, ...]


@dataclass(frozen=True, slots=True)
class FloorRecord:
    """The floor area of one part of a project in m²."""

    name: str
    area_m2: Decimal
    underground: bool


@dataclass(frozen=True, slots=True)
class PhaseRecord:
    """A phase of a project with its share of the design scale."""

    name: str
    stage: SchoolStage | None
    start_year: int | None
    end_year: int | None
    classes: int | None
    places: int | None
    land_m2: Decimal | None
    floor_m2: Decimal | None
    sports_m2: Decimal | None


@dataclass(frozen=True, slots=True)
class BudgetRecord:
    """Money provided in 万元; `year` None: for the whole period, `clause` None: the office's own record."""

    year: int | None
    source: FundSource
    amount_wan: Decimal
    clause: str | None


@dataclass(frozen=True, slots=True)
class PaidRecord:
    """What was paid in a year from a source, in 万元; `source` None: not told apart."""

    year: int
    source: FundSource | None
    amount_wan: Decimal


@dataclass(frozen=True, slots=True)
class DriftRecord:
    """Two of time, works and money that lie apart by more than the plan's setting, in percentage points."""

    behind: Side
    ahead: Side
    points: Decimal


@dataclass(frozen=True, slots=True)
class MoneyFindingRecord:
    """Where payments and budget disagree, by how many 万元; `year` and `source` None: not about one."""

    kind: MoneyFindingKind
    amount_wan: Decimal
    year: int | None
    source: FundSource | None


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A project; money in 万元, areas in m², `milestones` are ids, `paid_wan` None when no payment is on file.

    `elapsed_pct` (time), `progress_pct` (works) and `paid_pct` (money) are None where they are not known.
    """

    plan: str
    key: str
    no: int
    name: str
    aliases: tuple[str, ...]
    clause: str
    place: str
    site: str | None
    nature: ProjectNature
    investment_wan: Decimal | None
    budget_wan: Decimal | None
    paid_wan: Decimal | None
    start_year: int | None
    end_year: int
    stage: SchoolStage | None
    grade_classes: int | None
    grades: int | None
    classes: int | None
    places: int | None
    land_m2: Decimal | None
    floor_m2: Decimal | None
    sports_m2: Decimal | None
    floors: tuple[FloorRecord, ...]
    phases: tuple[PhaseRecord, ...]
    budget: tuple[BudgetRecord, ...]
    payments: tuple[PaidRecord, ...]
    elapsed_pct: Decimal | None
    progress_pct: Decimal | None
    paid_pct: Decimal | None
    drift: tuple[DriftRecord, ...]
    money_findings: tuple[MoneyFindingRecord, ...]
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
    """A row of the alert register; days late are negative while days are left, recipients are short names.

    `milestone`, `place` and the original due date are None where it is about a unit's reports of a period, whose name
    is the title then; `unit` is the unit it is about, None: all that the milestone names. `follows` is the alert that
    was left unanswered. `state` is today's.
    `responsible` names who answered then for each recipient for whom somebody is on record, after the unit's name.
    """

    id: int
    plan: str
    milestone: int | None
    title: str
    place: str | None
    unit: str | None
    trigger: RungTrigger
    follows: int | None
    measure: Measure
    clause: str | None
    due_version: int
    effective_due_on: date
    fire_on: date
    days_late: int
    original_due_on: date | None
    days_late_original: int | None
    reason: str
    reply_due_on: date | None
    state: AlertState
    ladder_version: int
    calendar_version: int
    scanned_on: date
    raised_at: datetime
    recipients: tuple[str, ...]
    responsible: tuple[str, ...]


Record = MilestoneRecord | ProjectRecord | IndicatorRecord | AlertRecord
