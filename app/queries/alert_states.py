"""Reads where alerts stand: open, answered, superseded by what happened since, or withdrawn."""

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.alerts import state_of, superseded
from app.domain.vocabulary import AlertState, AlertStepKind, RungTrigger, Standing
from app.models import Alert, AlertStep, ExpectedAnswer, MilestoneStanding
from app.queries import missing_reports
from app.queries.missing_reports import Silence

_BY_STANDING = (RungTrigger.DUE, RungTrigger.LAGGING, RungTrigger.REGRESSION)


def states(session: Session, alert_ids: Sequence[int]) -> dict[int, AlertState]:
    """Return where each of the alerts stands now, in one statement and one more where reports are missing."""
    rows = session.execute(_query().where(col(Alert.id).in_(set(alert_ids)))).all()
    silent = {
        (row.period_id, row.organization_id)
        for row in rows
        if row.trigger is RungTrigger.MISSING_REPORT and row.period_id and row.organization_id
    }
    unreported = missing_reports.unreported(session, list(silent)) if silent else {}
    return {row.id: _state(row, set(unreported)) for row in rows}


def _state(row: Any, unreported: set[Silence]) -> AlertState:
    if row.trigger is RungTrigger.MISSING_REPORT:
        over = (row.period_id, row.organization_id) not in unreported
    elif row.trigger is RungTrigger.UNANSWERED:
        over = not row.still_owed
    else:
        over = superseded(row.trigger, row.due_version, row.standing, row.version_in_force)
    answered = row.asked > 0 and row.asked == row.answered
    return state_of(withdrawn=row.withdrawn, superseded=over, answered=answered)


def withdrawn() -> sa.ColumnElement[bool]:
    """Return the condition that an alert was taken back."""
    return sa.exists().where(col(AlertStep.alert_id) == col(Alert.id), col(AlertStep.kind) == AlertStepKind.WITHDRAW)


def over_by_standing() -> sa.ColumnElement[bool]:
    """Return the condition on Alert and its MilestoneStanding that the rule calls a milestone's alert superseded."""
    newer = sa.case((col(MilestoneStanding.due_version) > col(Alert.due_version), 1), else_=0)
    return sa.tuple_(col(Alert.trigger), col(MilestoneStanding.standing), newer).in_(_over())


@cache
def _over() -> tuple[tuple[RungTrigger, Standing, int], ...]:
    """Return every combination in which the rule says that an alert is over: trigger, standing, newer due date."""
    return tuple(
        (trigger, standing, newer)
        for trigger, standing, newer in product(_BY_STANDING, Standing, (0, 1))
        if superseded(trigger, 0, standing, newer)
    )


def still_owed() -> sa.ColumnElement[bool]:
    """Return the condition that the answer is still owed whose lack an alert is about."""
    followed = aliased(ExpectedAnswer)
    return sa.exists().where(
        col(followed.alert_id) == col(Alert.follows_id),
        col(followed.organization_id) == col(Alert.organization_id),
        col(followed.answered_on).is_(None),
        col(followed.settled_on).is_(None),
    )


def _query() -> sa.Select[Any]:
    asked = aliased(ExpectedAnswer)
    of_alert = sa.select(sa.func.count()).where(col(asked.alert_id) == col(Alert.id))
    query: sa.Select[Any] = (
        sa.select(
            col(Alert.id),
            col(Alert.trigger),
            col(Alert.period_id),
            col(Alert.organization_id),
            col(Alert.due_version),
            col(MilestoneStanding.standing),
            col(MilestoneStanding.due_version).label("version_in_force"),
            withdrawn().label("withdrawn"),
            still_owed().label("still_owed"),
            of_alert.scalar_subquery().label("asked"),
            of_alert.where(col(asked.answered_on).is_not(None)).scalar_subquery().label("answered"),
        )
        .select_from(Alert)
        .outerjoin(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Alert.milestone_id))
    )
    return query
