"""Reports on milestones: when they are expected, drafts, the reports themselves, their values and their evidence."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.domain.vocabulary import ExpectedKind, ReportState
from app.models.types import ExactDecimal, UtcDateTime, code_type


class ReportingPeriod(SQLModel, table=True):
    """A quarter or month for which a plan's units report: a fact from the moment it opened."""

    __tablename__ = "reporting_period"
    __table_args__ = (UniqueConstraint("plan_id", "first_on"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    first_on: date
    last_on: date
    timely_until_on: date  # the last day on which a report is in time
    closes_on: date  # the last day on which a report is taken
    opened_at: datetime = Field(sa_type=UtcDateTime)


class PeriodReopening(SQLModel, table=True):
    """A closed period opened again for one unit: a fact."""

    __tablename__ = "period_reopening"

    id: int | None = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="reporting_period.id", index=True)
    organization_id: int = Field(foreign_key="organization.id")
    until_on: date  # the last day on which a report is taken
    reason: str = Field(max_length=500)
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ExpectedReport(SQLModel, table=True):
    """A report that a unit owes in a period: a fact from the moment it was expected, whatever becomes of it."""

    __tablename__ = "expected_report"
    __table_args__ = (
        UniqueConstraint("period_id", "milestone_id", "organization_id", "kind"),
        Index("ix_expected_report_organization_id", "organization_id", "period_id"),
        Index("ix_expected_report_milestone_id", "milestone_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="reporting_period.id")
    milestone_id: int = Field(foreign_key="milestone.id")
    organization_id: int = Field(foreign_key="organization.id")
    kind: ExpectedKind = Field(sa_type=code_type(ExpectedKind))
    expected_at: datetime = Field(sa_type=UtcDateTime)


class ReportDraft(SQLModel, table=True):
    """What a unit has written of a report that is expected, word for word as typed; gone when submitted."""

    __tablename__ = "report_draft"

    id: int | None = Field(default=None, primary_key=True)
    expected_id: int = Field(foreign_key="expected_report.id", unique=True)
    typed: str  # JSON: texts by field name
    version: int = 1  # counts the savings, so that two who write at once notice
    author_id: int = Field(foreign_key="account.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)


class DraftFile(SQLModel, table=True):
    """A file added to a draft; becomes evidence when the report is submitted."""

    __tablename__ = "draft_file"

    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="report_draft.id", index=True)
    filename: str = Field(max_length=255)
    media_type: str = Field(max_length=100)
    size: int  # bytes
    sha256: str = Field(max_length=64)


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
    no_change: bool = False  # a zero report: nothing has changed since the last one
    expected_id: int | None = Field(default=None, foreign_key="expected_report.id", index=True)  # which one it answers
    replaces_id: int | None = Field(default=None, foreign_key="report.id")  # the unit's report before it in review
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ReportValue(SQLModel, table=True):
    """A value measured for one target."""

    __tablename__ = "report_value"
    __table_args__ = (Index("ix_report_value_target_id", "target_id", "report_id"),)

    report_id: int = Field(foreign_key="report.id", primary_key=True)
    target_id: int = Field(foreign_key="target.id", primary_key=True)
    value: Decimal = Field(sa_type=ExactDecimal)
    explanation: str | None = Field(default=None, max_length=300)  # of a value that looks implausible


class ReportReview(SQLModel, table=True):
    """Where each report stands in review: a projection of its answers, for lists to filter and sort."""

    __tablename__ = "report_review"
    __table_args__ = (
        Index("ix_report_review_plan_id", "plan_id", "state", "submitted_at"),
        Index("ix_report_review_expected_id", "expected_id", "state"),
        Index("ix_report_review_milestone_id", "milestone_id", "organization_id"),
    )

    report_id: int = Field(foreign_key="report.id", primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    milestone_id: int = Field(foreign_key="milestone.id")
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    expected_id: int | None = Field(default=None, foreign_key="expected_report.id")
    state: ReportState = Field(sa_type=code_type(ReportState))
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)  # when it came into its state


class Evidence(SQLModel, table=True):
    """A file that backs one fact: report, decision, extension, instruction, step of a case, rectification.

    Its bytes lie outside, by their hash.
    """

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    report_id: int | None = Field(default=None, foreign_key="report.id")
    decision_id: int | None = Field(default=None, foreign_key="milestone_decision.id")
    extension_id: int | None = Field(default=None, foreign_key="extension_request.id")
    extension_step_id: int | None = Field(default=None, foreign_key="extension_step.id")
    instruction_id: int | None = Field(default=None, foreign_key="instruction.id")
    instruction_step_id: int | None = Field(default=None, foreign_key="instruction_step.id")
    alert_step_id: int | None = Field(default=None, foreign_key="alert_step.id")
    case_event_id: int | None = Field(default=None, foreign_key="case_event.id")
    rectification_id: int | None = Field(default=None, foreign_key="rectification.id")
    rectification_step_id: int | None = Field(default=None, foreign_key="rectification_step.id")
    filename: str = Field(max_length=255)
    media_type: str = Field(max_length=100)
    size: int  # bytes
    sha256: str = Field(max_length=64)
    author_id: int = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
