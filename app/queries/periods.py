"""Reads of reporting periods: what is open, what a unit owes, which report answers what is expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.periods import ReportingPolicy, label
from app.domain.vocabulary import DecisionKind, ExpectedKind, MilestoneKind, ReportState, Standing
from app.models import (
    ExpectedReport,
    MilestoneDecision,
    MilestoneStanding,
    PeriodReopening,
    Plan,
    ReportingPeriod,
    ReportReview,
    Target,
)


@dataclass(frozen=True, slots=True)
class PlanReporting:
    """How a plan reports, its office, and the span of its last period (None: it has none yet)."""

    plan_id: int
    office_id: int
    policy: ReportingPolicy
    recheck_months: int
    last_opened: tuple[date, date] | None


def plan_reporting(session: Session) -> list[PlanReporting]:
    """Return every plan's way of reporting."""
    last = sa.select(
        col(ReportingPeriod.plan_id),
        col(ReportingPeriod.first_on),
        col(ReportingPeriod.last_on),
        sa.func.row_number()
        .over(partition_by=col(ReportingPeriod.plan_id), order_by=col(ReportingPeriod.first_on).desc())
        .label("place"),
    ).subquery()
    rows = session.execute(
        sa.select(Plan, last.c.first_on, last.c.last_on)
        .outerjoin(last, sa.and_(last.c.plan_id == col(Plan.id), last.c.place == 1))
        .order_by(col(Plan.id))
    )
    return [
        PlanReporting(
            plan.id or 0,
            plan.office_id,
            ReportingPolicy(plan.reporting_cycle, plan.report_timely_days, plan.report_closing_days),
            plan.recheck_months,
            (first_on, last_on) if first_on else None,
        )
        for plan, first_on, last_on in rows
    ]


def running(session: Session, today: date) -> list[ReportingPeriod]:
    """Return the periods that today lies in."""
    query = sa.select(ReportingPeriod).where(
        col(ReportingPeriod.first_on) <= today, col(ReportingPeriod.last_on) >= today
    )
    return list(session.scalars(query.order_by(col(ReportingPeriod.id))))


@dataclass(frozen=True, slots=True)
class Settled:
    """A closed milestone that can be rechecked, when its result was reached, and whether it has slid back."""

    milestone_id: int
    plan_id: int
    reached_on: date
    regressed: bool


def settled(session: Session) -> list[Settled]:
    """Return the closed milestones with something to recheck: a recognition, or targets in force."""
    measured = sa.select(col(Target.milestone_id)).where(col(Target.retired_by_id).is_(None))
    kinds = (DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY)
    query = (
        sa.select(
            col(MilestoneStanding.milestone_id),
            col(MilestoneStanding.plan_id),
            col(MilestoneStanding.standing),
            col(MilestoneDecision.reached_on),
        )
        .join(MilestoneDecision, col(MilestoneDecision.milestone_id) == col(MilestoneStanding.milestone_id))
        .where(
            col(MilestoneStanding.standing).in_((Standing.CLOSED, Standing.REGRESSED)),
            col(MilestoneDecision.kind).in_(kinds),
            sa.or_(
                col(MilestoneStanding.kind) == MilestoneKind.RECOGNITION,
                col(MilestoneStanding.milestone_id).in_(measured),
            ),
        )
        .order_by(col(MilestoneDecision.recorded_at), col(MilestoneDecision.id))
    )
    last = {
        milestone_id: Settled(milestone_id, plan_id, reached_on, standing is Standing.REGRESSED)
        for milestone_id, plan_id, standing, reached_on in session.execute(query)
        if reached_on
    }
    return list(last.values())


def expected_at(session: Session, at: datetime) -> list[tuple[ReportingPeriod, int]]:
    """Return the periods that opened at an instant or in which reports are expected since, and how many are."""
    counted = (
        sa.select(col(ExpectedReport.period_id), sa.func.count().label("count"))
        .where(col(ExpectedReport.expected_at) == at)
        .group_by(col(ExpectedReport.period_id))
        .subquery()
    )
    query = (
        sa.select(ReportingPeriod, sa.func.coalesce(counted.c.count, 0))
        .outerjoin(counted, counted.c.period_id == col(ReportingPeriod.id))
        .where(sa.or_(counted.c.count.is_not(None), col(ReportingPeriod.opened_at) == at))
    )
    return [(period, count) for period, count in session.execute(query.order_by(col(ReportingPeriod.id)))]


@dataclass(frozen=True, slots=True)
class OpenExpectation:
    """A report that a unit owes and may still hand in; `state` None: nothing was handed in."""

    id: int
    kind: ExpectedKind
    first_on: date
    last_on: date
    report_id: int | None
    state: ReportState | None

    @property
    def name(self) -> str:
        """Return its period's Chinese name, 2026年第四季度."""
        return label(self.first_on, self.last_on)


def open_expectations(
    session: Session, milestone_ids: Sequence[int], organization_id: int, today: date
) -> dict[int, list[OpenExpectation]]:
    """Return by milestone what a unit may report on today, the oldest period first, with what it handed in last."""
    period, expected = ReportingPeriod, ExpectedReport
    reopened = sa.exists().where(
        col(PeriodReopening.period_id) == col(period.id),
        col(PeriodReopening.organization_id) == organization_id,
        col(PeriodReopening.until_on) >= today,
    )
    latest = sa.and_(col(ReportReview.expected_id) == col(expected.id), col(ReportReview.state) != ReportState.REPLACED)
    query = (
        sa.select(
            col(expected.milestone_id),
            col(expected.id),
            col(expected.kind),
            col(period.first_on),
            col(period.last_on),
            col(ReportReview.report_id),
            col(ReportReview.state),
        )
        .join(period, col(period.id) == col(expected.period_id))
        .outerjoin(ReportReview, latest)
        .where(
            col(expected.milestone_id).in_(milestone_ids),
            col(expected.organization_id) == organization_id,
            col(period.first_on) <= today,
            sa.or_(col(period.closes_on) >= today, reopened),
        )
        .order_by(col(period.first_on), col(expected.id), col(ReportReview.report_id))
    )
    found: dict[int, dict[int, OpenExpectation]] = {}
    for milestone_id, *values in session.execute(query):
        item = OpenExpectation(*values)
        found.setdefault(milestone_id, {})[item.id] = item  # of several reports accepted in turn the last one
    return {milestone_id: list(items.values()) for milestone_id, items in found.items()}
