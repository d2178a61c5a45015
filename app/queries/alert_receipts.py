"""Reads of which alerts somebody has still to take note of (签收)."""

from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Action, Actor, may
from app.domain.vocabulary import Capacity
from app.models import Alert, AlertRecipient, AlertStep
from app.queries.alert_states import withdrawn
from app.queries.inbox import addressed, has_inbox


class Receipt(NamedTuple):
    """That an alert reached somebody's own unit, office or leaders; `open`: nothing came of it yet."""

    alert_id: int
    plan_id: int
    organization_id: int
    capacity: Capacity
    open: bool


def receipts(session: Session, actor: Actor, alert_ids: Collection[int]) -> list[Receipt]:
    """Return those of some alerts that went to the actor, by id; nothing for those who answer for nobody."""
    if not alert_ids or not has_inbox(actor) or not may(actor.role, Action.ANSWER_ALERT):
        return []
    step = sa.exists().where(
        col(AlertStep.alert_id) == col(AlertRecipient.alert_id),
        col(AlertStep.organization_id) == col(AlertRecipient.organization_id),
        col(AlertStep.capacity) == col(AlertRecipient.capacity),
    )
    query: Any = (
        sa.select(
            col(AlertRecipient.alert_id),
            col(Alert.plan_id),
            col(AlertRecipient.organization_id),
            col(AlertRecipient.capacity),
            sa.and_(~step, ~withdrawn()).label("open"),
        )
        .join(Alert, col(Alert.id) == col(AlertRecipient.alert_id))
        .where(col(AlertRecipient.alert_id).in_(alert_ids), *addressed(actor))
        .order_by(col(AlertRecipient.alert_id))
    )
    return [Receipt(row[0], row[1], row[2], row[3], bool(row[4])) for row in session.execute(query)]
