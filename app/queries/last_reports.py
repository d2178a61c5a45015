"""What units reported last on milestones, with the values, and what reviewers said of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.vocabulary import DecisionKind, ReportState, SchoolStage, ValueType
from app.models import Indicator, Milestone, MilestoneDecision, Plan, Report, ReportReview, ReportValue, Target

_STANDING = (ReportState.SUBMITTED, ReportState.ENDORSED, ReportState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A value of a report with its target's words."""

    target_id: int
    code: str
    name: str
    stage: SchoolStage | None
    unit: str
    value_type: ValueType
    value: Decimal


@dataclass(frozen=True, slots=True)
class LastReport:
    """The unit's last report with something in it; `unchanged_on`: a zero report after it says it still holds."""

    id: int
    reported_on: date
    share_pct: Decimal | None
    summary: str
    unchanged_on: date | None
    values: tuple[ValueRow, ...] = ()


def last_reports(
    session: Session, wanted: Collection[tuple[int, int]], answering: Sequence[int]
) -> dict[int, LastReport]:
    """Return by milestone what was reported last for (milestone, unit) pairs, of one unit or one plan's office.

    A report that was sent back or replaced is left out, unless it is one of `answering`.
    """
    if not wanted:
        return {}
    reports: dict[int, Any] = {}
    unchanged: dict[int, Any] = {}
    for found in session.execute(_newest(wanted, answering)):
        (unchanged if found.no_change else reports)[found.milestone_id] = found
    values = values_of(session, [found.id for found in reports.values()])
    # Nothing but zero reports: the newest of them.
    last = {
        milestone_id: LastReport(zero.id, zero.reported_on, None, "", zero.reported_on)
        for milestone_id, zero in unchanged.items()
        if milestone_id not in reports
    }
    for milestone_id, found in reports.items():
        zero = unchanged.get(milestone_id)
        since = zero.reported_on if zero is not None and zero.id > found.id else None
        own = tuple(values.get(found.id, ()))
        last[milestone_id] = LastReport(found.id, found.reported_on, found.share_pct, found.summary, since, own)
    return last


def _newest(wanted: Collection[tuple[int, int]], answering: Sequence[int]) -> sa.Select[Any]:
    """Return the selection of the newest report and the newest zero report on each milestone."""
    place = sa.func.row_number().over(
        partition_by=(col(Report.milestone_id), col(Report.no_change)),
        order_by=(col(Report.recorded_at).desc(), col(Report.id).desc()),
    )
    columns: list[Any] = [
        col(Report.id),
        col(Report.milestone_id),
        col(Report.no_change),
        col(Report.reported_on),
        col(Report.share_pct),
        col(Report.summary),
        place.label("place"),
    ]
    query = (
        sa.select(*columns)
        .join(ReportReview, col(ReportReview.report_id) == col(Report.id))
        .join(Milestone, col(Milestone.id) == col(Report.milestone_id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .where(
            col(Report.milestone_id).in_({milestone_id for milestone_id, _ in wanted}),
            sa.func.coalesce(col(Report.organization_id), col(Plan.office_id)).in_({unit_id for _, unit_id in wanted}),
            sa.or_(col(ReportReview.state).in_(_STANDING), col(Report.id).in_(answering)),
        )
        .subquery()
    )
    return sa.select(query).where(query.c.place == 1)


def values_of(session: Session, report_ids: Sequence[int]) -> dict[int, list[ValueRow]]:
    """Return the values of reports for targets that are in force, in the order of the targets."""
    if not report_ids:
        return {}
    columns: list[Any] = [
        col(ReportValue.report_id),
        col(Target.id),
        col(Indicator.code),
        col(Indicator.name),
        col(Target.stage),
        col(Target.unit),
        col(Indicator.value_type),
        col(ReportValue.value),
    ]
    query = (
        sa.select(*columns)
        .join(Target, col(Target.id) == col(ReportValue.target_id))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(ReportValue.report_id).in_(report_ids), col(Target.retired_by_id).is_(None))
        .order_by(col(Target.position), col(Target.id))
    )
    found: dict[int, list[ValueRow]] = defaultdict(list)
    for report_id, *values in session.execute(query):
        found[report_id].append(ValueRow(*values))
    return found


def review_notes(session: Session, report_ids: Sequence[int]) -> dict[int, str]:
    """Return what the reviewer said of each report that was sent back."""
    if not report_ids:
        return {}
    query = (
        sa.select(col(MilestoneDecision.report_id), col(MilestoneDecision.note))
        .where(col(MilestoneDecision.report_id).in_(report_ids), col(MilestoneDecision.kind) == DecisionKind.RETURN)
        .order_by(col(MilestoneDecision.recorded_at), col(MilestoneDecision.id))
    )
    return {report_id or 0: note for report_id, note in session.execute(query)}
