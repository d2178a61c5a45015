"""Reads for the preview of a ladder: what of a plan may be raised soon, narrowed by the projection."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.ladder import QUIET
from app.domain.vocabulary import RungTrigger, Standing
from app.models import Alert, ExpectedAnswer, ExpectedReport, MilestoneStanding, Organization, ReportingPeriod
from app.queries import facts
from app.queries.missing_reports import Silence


class Owing(NamedTuple):
    """An answer that is waited for."""

    alert_id: int
    organization_id: int
    reply_due_on: date


class MayFire(NamedTuple):
    """A milestone of which something may be raised soon, as the projection has it today."""

    milestone_id: int
    standing: Standing
    since: date
    effective_due_on: date
    original_due_on: date
    due_version: int
    progress_pct: Decimal | None


def may_fire(session: Session, plan_id: int, latest_due_on: date, *, lagging: bool) -> list[MayFire]:
    """Return the milestones of a plan that a rung may reach: due by a day, slid back, or reported on and lagging."""
    row = MilestoneStanding
    running = col(row.standing).not_in(QUIET)
    reached = [sa.and_(running, col(row.effective_due_on) <= latest_due_on), col(row.standing) == Standing.REGRESSED]
    if lagging:
        reached.append(sa.and_(running, col(row.progress_pct).is_not(None)))
    query = (
        sa.select(
            col(row.milestone_id),
            col(row.standing),
            col(row.since),
            col(row.effective_due_on),
            col(row.original_due_on),
            col(row.due_version),
            col(row.progress_pct),
        )
        .where(col(row.plan_id) == plan_id, sa.or_(*reached), col(row.milestone_id).not_in(facts.governed()))
        .order_by(col(row.milestone_id))
    )
    return [MayFire(*values) for values in session.execute(query)]


def silences(session: Session, plan_id: int, latest_on: date) -> list[Silence]:
    """Return who is expected to report in the periods of a plan in which a report is in time until a day or earlier."""
    query = (
        sa.select(col(ExpectedReport.period_id), col(ExpectedReport.organization_id))
        .join(ReportingPeriod, col(ReportingPeriod.id) == col(ExpectedReport.period_id))
        .where(col(ReportingPeriod.plan_id) == plan_id, col(ReportingPeriod.timely_until_on) <= latest_on)
        .distinct()
        .order_by(col(ExpectedReport.period_id), col(ExpectedReport.organization_id))
    )
    return [(period_id, unit_id) for period_id, unit_id in session.execute(query)]


def owing(session: Session, plan_id: int) -> list[Owing]:
    """Return the answers that a plan waits for; those to an alert about a missing answer are not urged."""
    query = (
        sa.select(col(ExpectedAnswer.alert_id), col(ExpectedAnswer.organization_id), col(ExpectedAnswer.reply_due_on))
        .join(Alert, col(Alert.id) == col(ExpectedAnswer.alert_id))
        .where(
            col(ExpectedAnswer.plan_id) == plan_id,
            col(ExpectedAnswer.answered_on).is_(None),
            col(ExpectedAnswer.settled_on).is_(None),
            col(Alert.trigger) != RungTrigger.UNANSWERED,
        )
        .order_by(col(ExpectedAnswer.alert_id), col(ExpectedAnswer.organization_id))
    )
    return [Owing(*row) for row in session.execute(query)]


def unit_names(session: Session, ids: set[int]) -> dict[int, str]:
    """Return the short names of units by id."""
    query = sa.select(col(Organization.id), col(Organization.short_name)).where(col(Organization.id).in_(ids))
    return {unit_id: name for unit_id, name in session.execute(query)}
