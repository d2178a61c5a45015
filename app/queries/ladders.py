"""Reads for the ladder: the rungs of plans and what has fired already."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.ladder import Fired, Rung
from app.models import Alert, LadderRung


def rungs(session: Session) -> dict[int, tuple[Rung, ...]]:
    """Return the rungs of every plan, mildest first."""
    found: dict[int, list[Rung]] = defaultdict(list)
    for row in session.scalars(sa.select(LadderRung).order_by(col(LadderRung.offset_days))):
        assert row.id is not None
        found[row.plan_id].append(Rung(row.id, row.offset_days, row.measure, row.clause, row.trigger))
    return {plan_id: tuple(items) for plan_id, items in found.items()}


def last_fired(session: Session, ids: Sequence[int]) -> dict[tuple[int, int, int], Fired]:
    """Return the highest rung that fired, by (milestone id, due-date version, occasion)."""
    query = (
        sa.select(
            col(Alert.milestone_id),
            col(Alert.due_version),
            col(Alert.occasion),
            col(LadderRung.offset_days),
            col(Alert.scanned_on),
        )
        .join(LadderRung, col(LadderRung.id) == col(Alert.rung_id))
        .where(col(Alert.milestone_id).in_(ids))
        .order_by(col(LadderRung.offset_days))
    )
    return {
        (milestone_id, version, occasion): Fired(offset, scanned_on)
        for milestone_id, version, occasion, offset, scanned_on in session.execute(query)
    }
