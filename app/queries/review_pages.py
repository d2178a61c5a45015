"""One report as its reviewer sees it: beside the last one of its unit and the targets, with what came before it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.closings import claims_to_answer
from app.domain.deadlines import scheduled_pct
from app.domain.milestone_facts import MilestoneFacts
from app.domain.reports import WAITING
from app.domain.vocabulary import Standing
from app.models import Milestone, MilestoneStanding, Plan, ReportReview
from app.queries import facts
from app.queries.review_rows import Comparison, chain, compared, reports_of
from app.queries.unit_scope import readable_units


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What the page of one report shows; `earlier` are the versions it takes the place of, the latest first."""

    this: Comparison
    earlier: tuple[Comparison, ...]
    later_id: int | None  # the report that took this one's place
    scheduled_pct: Decimal
    claim_pending: bool  # this report's claim still waits for an answer
    milestone_id: int
    title: str
    clause: str
    start_on: date
    effective_due_on: date
    standing: Standing
    milestone_claimed: bool
    plan_title: str
    plan_slug: str


def show_review(session: Session, scope: Scope, report_id: int) -> ReviewPage | None:
    """Return one report in review; None when it does not exist or lies out of scope."""
    head = session.execute(_head(scope).where(col(ReportReview.report_id) == report_id)).first()
    if head is None:
        return None
    rows = reports_of(session, head.milestone_id)
    known = facts.gather(session, [head.milestone_id])[0].facts
    this, *earlier = compared(session, head.milestone_id, rows, chain(rows, report_id))
    report = rows[report_id]
    return ReviewPage(
        this,
        tuple(earlier),
        next((item.id for item in rows.values() if item.replaces_id == report_id), None),
        _scheduled(known, report.reported_on),
        report_id in claims_to_answer(known),
        *head,
    )


def waiting_of_milestone(session: Session, scope: Scope, milestone_id: int) -> list[Comparison]:
    """Return the reports on a milestone that wait to be looked at and that a person may read, the oldest first."""
    query = sa.select(col(ReportReview.report_id)).where(
        col(ReportReview.milestone_id) == milestone_id,
        col(ReportReview.state).in_(sorted(WAITING)),
        *_readable(scope),
    )
    ids = sorted(session.scalars(query))
    return compared(session, milestone_id, reports_of(session, milestone_id), ids) if ids else []


def _readable(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that narrow reviews to what a person may read: a unit's own and its supervisees'."""
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(ReportReview.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        conditions.append(col(ReportReview.organization_id).in_(readable_units(scope.organization_id)))
    return conditions


def _head(scope: Scope) -> sa.Select[Any]:
    columns: list[Any] = [
        col(ReportReview.milestone_id),
        col(Milestone.title),
        col(Milestone.clause),
        col(Milestone.start_on),
        col(MilestoneStanding.effective_due_on),
        col(MilestoneStanding.standing),
        col(MilestoneStanding.claim_pending),
        col(Plan.short_title),
        col(Plan.slug),
    ]
    return (
        sa.select(*columns)
        .select_from(ReportReview)
        .join(Milestone, col(Milestone.id) == col(ReportReview.milestone_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(ReportReview.milestone_id))
        .join(Plan, col(Plan.id) == col(ReportReview.plan_id))
        .where(*_readable(scope))
    )


def _scheduled(known: MilestoneFacts, on: date) -> Decimal:
    """Return the progress that the schedule asks for by the day a report speaks of, in percent."""
    return scheduled_pct(known.start_on, known.effective_due.due_on, on, known.schedule)
