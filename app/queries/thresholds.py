"""The thresholds that hold for a plan: its own, and the standard's where it sets none."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import Threshold
from app.queries.export_rows import ThresholdRecord


def thresholds_in_force(
    session: Session, plan_id: int, indicator_ids: Sequence[int]
) -> dict[int, list[ThresholdRecord]]:
    """Return the thresholds that hold for a plan by indicator id: its own, and the standard's where it sets none.

    A plan's threshold without a school stage stands in for all of the standard's.
    """
    rows = session.scalars(
        sa.select(Threshold)
        .where(
            col(Threshold.indicator_id).in_(indicator_ids),
            sa.or_(col(Threshold.plan_id).is_(None), col(Threshold.plan_id) == plan_id),
        )
        .order_by(col(Threshold.indicator_id), col(Threshold.id))
    ).all()
    own = {(row.indicator_id, row.stage) for row in rows if row.plan_id is not None}
    found: dict[int, list[ThresholdRecord]] = defaultdict(list)
    for row in rows:
        overridden = row.plan_id is not None
        if overridden or not {(row.indicator_id, row.stage), (row.indicator_id, None)} & own:
            found[row.indicator_id].append(
                ThresholdRecord(row.stage, row.comparator, row.value, row.unit, row.clause, overridden)
            )
    return found
