"""Append versions of due dates: the one place that numbers them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import DueDate
from app.queries.facts import CHUNK


def append_due_dates(session: Session, rows: Sequence[Mapping[str, Any]], *, author_id: int, now: datetime) -> None:
    """Append one version to each milestone that a row names, each with the number after its last one.

    Rows hold the columns of `DueDate` but for its version, author and moment, all the same columns. The caller has
    taken the turn to write, and refreshes the standings afterwards.
    """
    last = _last_versions(session, [row["milestone_id"] for row in rows])
    added = {"author_id": author_id, "recorded_at": now}
    session.execute(
        sa.insert(DueDate), [{**row, "version": last.get(row["milestone_id"], 1) + 1, **added} for row in rows]
    )


def _last_versions(session: Session, ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(0, len(ids), CHUNK):
        query = (
            sa.select(col(DueDate.milestone_id), sa.func.max(col(DueDate.version)))
            .where(col(DueDate.milestone_id).in_(ids[start : start + CHUNK]))
            .group_by(col(DueDate.milestone_id))
        )
        found |= {milestone_id: version for milestone_id, version in session.execute(query)}
    return found
