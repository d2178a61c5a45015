"""What a dossier tells of a case's milestones: reports and reports that are missing, decisions, due-date versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.periods import label
from app.domain.vocabulary import DecisionKind, DueCause, ExpectedKind, Precision, ReportState
from app.models import (
    Account,
    ClosingNumber,
    DueDate,
    ExpectedReport,
    MilestoneDecision,
    Organization,
    PlanRevision,
    Report,
    ReportingPeriod,
    ReportReview,
)
from app.queries.last_reports import ValueRow, values_of


@dataclass(frozen=True, slots=True)
class DueLine:
    """A version of a due date after the first; `revision` is the amendment or correction that brought it."""

    milestone_id: int
    version: int
    due_on: date
    cause: DueCause
    reason: str
    document_number: str | None
    due_phrase: str | None
    due_precision: Precision | None
    revision: str | None
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report with its values; `unit` None: the office; `state` None: it needs no review."""

    values: tuple[ValueRow, ...]
    period: str | None
    id: int
    milestone_id: int
    unit: str | None
    author: str
    reported_on: date
    recorded_at: datetime
    share_pct: Decimal | None
    summary: str
    claims_completion: bool
    reached_on: date | None
    speaks_for_whole: bool
    state: ReportState | None


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A report that was expected and did not come in time; `reported_at` None: it has not come at all."""

    milestone_id: int
    unit: str
    kind: ExpectedKind
    period: str
    timely_until_on: date
    reported_at: datetime | None


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision on a milestone or a report; `closing` is the number in the ledger, as year and number."""

    id: int
    milestone_id: int
    kind: DecisionKind
    report_id: int | None
    reached_on: date | None
    note: str
    notice_until_on: date | None
    document_number: str | None
    author: str
    recorded_at: datetime
    closing_year: int | None
    closing_number: int | None


def due_lines(session: Session, ids: Sequence[int]) -> tuple[DueLine, ...]:
    """Return the later versions of due dates, in their order."""
    columns: list[Any] = [
        col(DueDate.milestone_id),
        col(DueDate.version),
        col(DueDate.due_on),
        col(DueDate.cause),
        col(DueDate.reason),
        sa.func.coalesce(col(DueDate.document_number), col(PlanRevision.document_number)),
        col(DueDate.due_phrase),
        col(DueDate.due_precision),
        col(PlanRevision.title),
        col(Account.display_name),
        col(DueDate.recorded_at),
    ]
    query = (
        sa.select(*columns)
        .join(Account, col(Account.id) == col(DueDate.author_id))
        .outerjoin(PlanRevision, col(PlanRevision.id) == col(DueDate.revision_id))
        .where(col(DueDate.milestone_id).in_(ids))
        .order_by(col(DueDate.milestone_id), col(DueDate.version))
    )
    return tuple(DueLine(*row) for row in session.execute(query))


def report_lines(session: Session, ids: Sequence[int]) -> tuple[ReportLine, ...]:
    """Return the reports on milestones in the order recorded, with their values."""
    columns: list[Any] = [
        col(Report.id),
        col(Report.milestone_id),
        col(Organization.name),
        col(Account.display_name),
        col(Report.reported_on),
        col(Report.recorded_at),
        col(Report.share_pct),
        col(Report.summary),
        col(Report.claims_completion),
        col(Report.reached_on),
        col(Report.speaks_for_whole),
        col(ReportReview.state),
        col(ReportingPeriod.first_on),
        col(ReportingPeriod.last_on),
    ]
    query = (
        sa.select(*columns)
        .select_from(Report)
        .join(Account, col(Account.id) == col(Report.author_id))
        .outerjoin(Organization, col(Organization.id) == col(Report.organization_id))
        .outerjoin(ReportReview, col(ReportReview.report_id) == col(Report.id))
        .outerjoin(ExpectedReport, col(ExpectedReport.id) == col(Report.expected_id))
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(ExpectedReport.period_id))
        .where(col(Report.milestone_id).in_(ids))
        .order_by(col(Report.recorded_at), col(Report.id))
    )
    rows = session.execute(query).all()
    values = values_of(session, [row.id for row in rows])
    return tuple(
        ReportLine(tuple(values.get(row.id, ())), label(row.first_on, row.last_on) if row.first_on else None, *row[:-2])
        for row in rows
    )


def missing_lines(session: Session, ids: Sequence[int], today: date) -> tuple[MissingLine, ...]:
    """Return the reports that were not in when their time ran out, by period."""
    first = (
        sa.select(sa.func.min(col(Report.recorded_at)))
        .where(col(Report.expected_id) == col(ExpectedReport.id))
        .correlate(ExpectedReport)
        .scalar_subquery()
    )
    columns: list[Any] = [
        col(ExpectedReport.milestone_id),
        col(Organization.name),
        col(ExpectedReport.kind),
        col(ReportingPeriod.first_on),
        col(ReportingPeriod.last_on),
        col(ReportingPeriod.timely_until_on),
        sa.type_coerce(first, Report.__table__.c.recorded_at.type),  # type: ignore[attr-defined]
    ]
    query = (
        sa.select(*columns)
        .join(ReportingPeriod, col(ReportingPeriod.id) == col(ExpectedReport.period_id))
        .join(Organization, col(Organization.id) == col(ExpectedReport.organization_id))
        .where(col(ExpectedReport.milestone_id).in_(ids), col(ReportingPeriod.timely_until_on) < today)
        .order_by(col(ReportingPeriod.first_on), col(ExpectedReport.id))
    )
    return tuple(
        MissingLine(milestone_id, unit, kind, label(first_on, last_on), until, reported_at)
        for milestone_id, unit, kind, first_on, last_on, until, reported_at in session.execute(query)
        if reported_at is None or reported_at >= day_end(until)
    )


def decision_lines(session: Session, ids: Sequence[int]) -> tuple[DecisionLine, ...]:
    """Return the decisions on milestones and their reports, in the order recorded."""
    decision = MilestoneDecision
    columns: list[Any] = [
        col(decision.id),
        col(decision.milestone_id),
        col(decision.kind),
        col(decision.report_id),
        col(decision.reached_on),
        col(decision.note),
        col(decision.notice_until_on),
        col(decision.document_number),
        col(Account.display_name),
        col(decision.recorded_at),
        col(ClosingNumber.year),
        col(ClosingNumber.number),
    ]
    query = (
        sa.select(*columns)
        .join(Account, col(Account.id) == col(decision.author_id))
        .outerjoin(ClosingNumber, col(ClosingNumber.decision_id) == col(decision.id))
        .where(col(decision.milestone_id).in_(ids))
        .order_by(col(decision.recorded_at), col(decision.id))
    )
    return tuple(DecisionLine(*row) for row in session.execute(query))
