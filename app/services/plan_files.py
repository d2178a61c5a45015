"""The plan file: one YAML document per plan under `seeds/plans/`, parsed and checked."""

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from app.domain.alerts import default_addressees, urgent_by_default
from app.domain.vocabulary import (
    Capacity,
    Comparator,
    DayKind,
    FundSource,
    IndicatorGroup,
    Measure,
    MilestoneKind,
    OrganizationKind,
    PlaceKind,
    Precision,
    ProjectNature,
    ReportingCycle,
    RungTrigger,
    SchoolStage,
    ValueType,
)
from app.services.plan_yaml import read_yaml


def _exact(value: object) -> object:
    """Read YAML floats as the decimal that was written, not as its binary neighbour."""
    return Decimal(repr(value)) if isinstance(value, float) else value


Number = Annotated[Decimal, BeforeValidator(_exact)]
Year = Annotated[int, Field(ge=1949, le=2100)]
LONGEST_KEY, LONGEST_TITLE = 80, 120  # of a milestone
LONGEST_REPORTING = 366  # days after a period's end
MOST_EXTENSIONS, LONGEST_RECHECK = 20, 120  # per milestone; months
LONGEST_OFFSET = 3650  # days of a rung before or after what it counts from
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=LONGEST_KEY)]


# As long as the columns that hold them.
Clause = Annotated[str, Field(max_length=60)]
Phrase = Annotated[str, Field(max_length=60)]
PlaceName = Annotated[str, Field(max_length=60)]
Name = Annotated[str, Field(max_length=120)]
Unit = Annotated[str, Field(max_length=20)]


class Part(BaseModel):
    """A piece of a plan in the file's own form."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class PlacePart(Part):
    """A place as the plan knows it; `parent` names another place of the file."""

    name: PlaceName
    kind: PlaceKind
    code: str | None = Field(default=None, pattern=r"^\d{6}$", description="GB/T 2260; none for zones")
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None


class OrganizationPart(Part):
    """A unit: `name` is its full official name, `short_name` how the plan writes it."""

    name: Name
    short_name: str = Field(max_length=80)
    kind: OrganizationKind
    place: str
    aliases: tuple[Name, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = Field(default=None, description="full name of the unit that took over its work")
    supervisor: str | None = Field(default=None, description="full name of the unit that looks through its reports")


class GroupPart(Part):
    """A collective name in the text (各县区人民政府) and the units it stands for, by short name."""

    name: Name
    members: tuple[Name, ...]


class StagePart(Part):
    """A stage of the plan with its span."""

    key: Key
    name: str = Field(max_length=80)
    clause: Clause
    start_on: date
    end_on: date


class ThresholdPart(Part):
    """The value an indicator must reach, for one school stage or for all (`stage` absent)."""

    stage: SchoolStage | None = None
    comparator: Comparator
    value: Number
    unit: Unit = ""


class IndicatorPart(Part):
    """An indicator: of the national standard, or of this plan alone (group `plan`)."""

    code: str = Field(max_length=20)
    name: str = Field(max_length=160)
    group: IndicatorGroup = IndicatorGroup.PLAN
    value_type: ValueType = ValueType.NUMBER
    clause: Clause | None = None
    note: str | None = None
    cumulative: bool = False
    thresholds: tuple[ThresholdPart, ...] = ()


class OverridePart(ThresholdPart):
    """A threshold of the standard that this plan sets differently."""

    indicator: str
    clause: Clause


class TargetPart(ThresholdPart):
    """A typed target of a milestone: an indicator's code, comparator, value, unit."""

    indicator: str
    baseline: Number | None = None
    note: str | None = Field(default=None, max_length=200)


class DuePart(Part):
    """When a milestone is due: the text's short phrase, the resolved day, and how exact it is."""

    phrase: Phrase
    on: date
    precision: Precision
    alternative_on: date | None = Field(default=None, description="the phrase's other reading")


class RepeatPart(Part):
    """A recurring duty: one milestone per year; days are `MM-DD` within that year."""

    phrase: Phrase
    years: tuple[Year, ...]
    start: str = Field(default="01-01", pattern=r"^\d\d-\d\d$")
    from_year_before: bool = Field(default=False, description="the start lies in the year before: school years")
    due: str = Field(pattern=r"^\d\d-\d\d$")
    alternative_due: str | None = Field(default=None, pattern=r"^\d\d-\d\d$", description="the other reading")
    precision: Precision


class FloorPart(Part):
    """The floor area of one part of a project, such as a teaching building, in m²."""

    name: str = Field(max_length=60)
    area_m2: Number = Field(gt=0)
    underground: bool = False


class PhasePart(Part):
    """A phase (期) of a project with its own share of the design scale; areas in m²."""

    name: str = Field(max_length=60)
    stage: SchoolStage | None = None
    start_year: Year | None = None
    end_year: Year | None = None
    classes: int | None = Field(default=None, gt=0)
    places: int | None = Field(default=None, gt=0)
    land_m2: Number | None = Field(default=None, gt=0)
    floor_m2: Number | None = Field(default=None, gt=0)
    sports_m2: Number | None = Field(default=None, gt=0)


class BudgetPart(Part):
    """Money provided for a project: one line per year and source of funds, in 万元; no year: for the whole period."""

    year: Year | None = None
    source: FundSource
    amount_wan: Number = Field(gt=0)
    clause: Clause | None = Field(default=None, description="none: the office's own record")


class ProjectPart(Part):
    """A construction project; areas in m², investment in 万元."""

    key: Key
    no: int
    name: Name
    aliases: tuple[Name, ...] = ()
    clause: Clause
    place: str
    site: Name | None = None
    nature: ProjectNature
    investment_wan: Number | None = None
    start_year: Year | None = None
    end_year: Year
    stage: SchoolStage | None = Field(default=None, description="school stage; none where it has several")
    grade_classes: int | None = Field(default=None, gt=0, description="classes in each grade (规制)")
    grades: int | None = Field(default=None, gt=0, description="grades the school has: 6, 3 or 9")
    classes: int | None = Field(default=None, gt=0)
    places: int | None = Field(default=None, gt=0)
    land_m2: Number | None = Field(default=None, gt=0, description="construction land")
    floor_m2: Number | None = Field(default=None, gt=0, description="total floor area")
    sports_m2: Number | None = Field(default=None, gt=0, description="sports ground")
    floors: tuple[FloorPart, ...] = ()
    phases: tuple[PhasePart, ...] = ()
    budget: tuple[BudgetPart, ...] = ()
    description: str = ""


class MilestonePart(Part):
    """One commitment of the plan, or (with `repeat`) one per year of the plan's period."""

    key: Key
    kind: MilestoneKind
    title: str = Field(max_length=LONGEST_TITLE)
    clause: Clause
    place: str
    detail: str = ""
    stage: Key | None = None
    project: Key | None = None
    start_on: date | None = Field(default=None, description="the day work begins; the plan's issue day if absent")
    due: DuePart | None = None
    repeat: RepeatPart | None = None
    responsible: tuple[Name, ...] = ()
    supporting: tuple[Name, ...] = ()
    units_clause: Clause | None = Field(default=None, description="when another clause names the units")
    all_indicators: bool = Field(default=False, description="tie every threshold of standard and plan")
    targets: tuple[TargetPart, ...] = ()
    series: Key | None = Field(default=None, description="of an occurrence written by itself: the duty it belongs to")
    needs: tuple[Key, ...] = Field(default=(), description="projects without which its targets cannot be reached")
    governed_by: tuple[Key, ...] = Field(
        default=(), description="milestones that state the same goal with the dates that govern"
    )
    note: str | None = None

    @model_validator(mode="after")
    def _dated_once(self) -> "MilestonePart":
        if (self.due is None) == (self.repeat is None):
            raise ValueError(f"milestone {self.key}: give either due or repeat")
        return self


class LadderRungPart(Part):
    """One rung of the ladder; `addressees` and `urgent` None: as is usual for the measure.

    What may stand together is checked with the whole plan (`rung_consistency`).
    """

    key: Key
    trigger: RungTrigger = RungTrigger.DUE
    offset_days: int = Field(ge=-LONGEST_OFFSET, le=LONGEST_OFFSET)
    day_kind: DayKind = DayKind.CALENDAR
    measure: str
    clause: Clause | None = Field(default=None, description="none: the office's own setting")
    addressees: tuple[Capacity, ...] | None = None
    reply_days: int | None = None
    urgent: bool | None = None
    opens_case: bool = False

    @field_validator("addressees")
    @classmethod
    def _told_apart_from_the_usual(
        cls, value: tuple[Capacity, ...] | None, info: ValidationInfo
    ) -> tuple[Capacity, ...] | None:
        """Keep each addressee once, in one order; whom the measure addresses anyway is not written down."""
        measure = _measure(info)
        named = None if value is None else tuple(capacity for capacity in Capacity if capacity in value)
        return None if measure is not None and named == default_addressees(measure) else named

    @field_validator("urgent")
    @classmethod
    def _at_once_apart_from_the_usual(cls, value: bool | None, info: ValidationInfo) -> bool | None:
        measure = _measure(info)
        return None if measure is not None and value == urgent_by_default(measure) else value

    @property
    def addressed(self) -> tuple[Capacity, ...]:
        """Whom it addresses, also where that is not written down; a measure that is none addresses nobody."""
        if self.addressees is not None or self.measure not in _MEASURES:
            return self.addressees or ()
        return default_addressees(Measure(self.measure))

    @property
    def at_once(self) -> bool:
        """Whether it is told at once, also where that is not written down."""
        if self.urgent is not None or self.measure not in _MEASURES:
            return bool(self.urgent)
        return urgent_by_default(Measure(self.measure))


_MEASURES = frozenset(measure.value for measure in Measure)


def _measure(info: ValidationInfo) -> Measure | None:
    """Return the measure of a rung that is being read; None: it names none."""
    name = info.data.get("measure")
    return Measure(name) if name in _MEASURES else None


class SettingsPart(Part):
    """What the office decided and the document does not say."""

    tracked_from: date = date(2025, 1, 1)
    warning_days: int = Field(default=90, ge=0)
    behind_threshold_pp: int = Field(default=10, ge=0)
    case_grace_days: int = Field(default=30, ge=0)
    drift_threshold_pp: int = Field(default=20, ge=0, description="time, works and money of a project apart by more")
    reporting_cycle: ReportingCycle = ReportingCycle.QUARTER
    report_timely_days: int = Field(default=10, ge=0, le=LONGEST_REPORTING)
    report_closing_days: int = Field(default=25, ge=0, le=LONGEST_REPORTING)
    extension_limit: int = Field(default=2, ge=0, le=MOST_EXTENSIONS)
    recheck_months: int = Field(default=12, ge=0, le=LONGEST_RECHECK)


class HeadPart(Part):
    """What a plan is, by whom, for where, and how its office keeps it."""

    slug: Key
    title: str = Field(max_length=200)
    short_title: str = Field(max_length=60)
    document_number: str | None = Field(default=None, max_length=60)
    issuer: str = Field(max_length=120)
    issued_on: date
    period_start: date
    period_end: date
    area: str = Field(description="the place the plan is for")
    leading_group: str = Field(max_length=120)
    office: str = Field(description="full name of the leading group's office")
    standard: str = "national"
    settings: SettingsPart = SettingsPart()


class PlanFile(HeadPart):
    """A whole plan as data."""

    places: tuple[PlacePart, ...]
    organizations: tuple[OrganizationPart, ...]
    groups: tuple[GroupPart, ...] = ()
    stages: tuple[StagePart, ...] = ()
    indicators: tuple[IndicatorPart, ...] = ()
    overrides: tuple[OverridePart, ...] = ()
    projects: tuple[ProjectPart, ...] = ()
    milestones: tuple[MilestonePart, ...]
    ladder: tuple[LadderRungPart, ...] = ()


class StandardFile(Part):
    """An indicator standard as data (`seeds/standards/*.yaml`)."""

    slug: Key
    name: str
    source: str
    indicators: tuple[IndicatorPart, ...]


def read_plan(path: Path) -> PlanFile:
    """Parse one plan file. Raises: pydantic.ValidationError, yaml.YAMLError, RefusedError."""
    return PlanFile.model_validate(read_yaml(path))


def read_standard(path: Path) -> StandardFile:
    """Parse one standard file. Raises: pydantic.ValidationError, yaml.YAMLError, RefusedError."""
    return StandardFile.model_validate(read_yaml(path))


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes: what tells a changed plan file from the one on record."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
