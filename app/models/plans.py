"""Plans, their stages and the rungs of their ladder."""

from datetime import date

from sqlmodel import Field, SQLModel, UniqueConstraint

from app.domain.vocabulary import Capacity, DayKind, Measure, ReportingCycle, RungTrigger
from app.models.types import CodeTuple, code_type


class Plan(SQLModel, table=True):
    """A multi-year rollout plan; the last columns from `tracked_from` are the office's settings, not the document's."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=80)
    title: str = Field(max_length=200)
    short_title: str = Field(max_length=60)
    document_number: str | None = Field(default=None, max_length=60)
    issuer: str = Field(max_length=120)
    issued_on: date
    period_start: date
    period_end: date
    place_id: int = Field(foreign_key="place.id")
    leading_group: str = Field(max_length=120)
    office_id: int = Field(foreign_key="organization.id")
    standard_id: int = Field(foreign_key="standard.id")
    source_sha256: str = Field(max_length=64)  # of the file it was loaded from
    tracked_from: date
    warning_days: int
    behind_threshold_pp: int  # percentage points behind schedule
    case_grace_days: int  # days overdue before a case is opened
    drift_threshold_pp: int = 20  # percentage points a project's time, works and money may lie apart
    reporting_cycle: ReportingCycle = Field(default=ReportingCycle.QUARTER, sa_type=code_type(ReportingCycle))
    report_timely_days: int = 10  # after a period's end: until then a report is in time
    report_closing_days: int = 25  # after a period's end: until then a report is taken
    extension_limit: int = 2  # extensions that one milestone may be granted
    recheck_months: int = 12  # from closing to the first recheck, and from each to the next; 0: none
    ladder_version: int = 1  # counts the changes of the ladder; an alert keeps by which it fired
    sort_key: str = Field(max_length=200)


class Stage(SQLModel, table=True):
    """A stage (阶段) of a plan with its span."""

    __table_args__ = (UniqueConstraint("plan_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    key: str = Field(max_length=80)
    name: str = Field(max_length=80)
    clause: str = Field(max_length=60)
    start_on: date
    end_on: date


class LadderRung(SQLModel, table=True):
    """One rung: so many days from what its trigger names, this measure; clause None = office setting."""

    __tablename__ = "ladder_rung"
    __table_args__ = (UniqueConstraint("plan_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    key: str = Field(max_length=80)
    trigger: RungTrigger = Field(default=RungTrigger.DUE, sa_type=code_type(RungTrigger))
    offset_days: int  # of a lagging rung: reporting periods behind in a row
    day_kind: DayKind = Field(default=DayKind.CALENDAR, sa_type=code_type(DayKind))
    measure: Measure = Field(sa_type=code_type(Measure))
    clause: str | None = Field(default=None, max_length=60)
    addressees: tuple[Capacity, ...] = Field(default=(Capacity.RESPONSIBLE,), sa_type=CodeTuple(Capacity))
    reply_days: int | None = None  # working days to answer in; None: no answer is asked for
    urgent: bool = False  # told at once; else with the day's digest
    opens_case: bool = False
