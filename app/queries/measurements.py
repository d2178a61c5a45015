"""What was measured last for each target: values of reports that were not returned or replaced."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.vocabulary import DecisionKind
from app.models import MilestoneDecision, Report, ReportValue


def latest_values(
    session: Session, milestone_ids: Collection[int], until: datetime | None = None
) -> dict[int, tuple[Decimal, date]]:
    """Return by target id the value last recorded and the day it speaks of, as known before an instant (None: now)."""
    query = (
        sa.select(col(ReportValue.target_id), col(ReportValue.value), col(Report.reported_on))
        .join(Report, col(Report.id) == col(ReportValue.report_id))
        .where(col(Report.milestone_id).in_(milestone_ids), *counting(until))
        .order_by(col(Report.recorded_at), col(Report.id))
    )
    return {target_id: (value, reported_on) for target_id, value, reported_on in session.execute(query)}


def counting(until: datetime | None) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a report counts before an instant (None: now): a returned or replaced one does not."""
    returned = [
        col(MilestoneDecision.milestone_id) == col(Report.milestone_id),
        col(MilestoneDecision.report_id) == col(Report.id),
        col(MilestoneDecision.kind) == DecisionKind.RETURN,
    ]
    later = aliased(Report)
    replaced = [col(later.milestone_id) == col(Report.milestone_id), col(later.replaces_id) == col(Report.id)]
    known: list[sa.ColumnElement[bool]] = []
    if until is not None:
        returned.append(col(MilestoneDecision.recorded_at) < until)
        replaced.append(col(later.recorded_at) < until)
        known.append(col(Report.recorded_at) < until)
    return [*known, ~sa.exists().where(*returned), ~sa.exists().where(*replaced)]
