"""Keep the projection of early warnings in step with the facts, with the standings and in the same transaction."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.database import upsert
from app.domain.forecasts import WARNED, forecast
from app.domain.standing import StandingFinding
from app.models import MilestoneForecast
from app.queries import facts

_FORECASTS = MilestoneForecast.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


def project(session: Session, judged: Sequence[tuple[facts.Gathered, StandingFinding]]) -> None:
    """Rewrite the forecasts of milestones whose facts were gathered and judged; nothing is read.

    Reports are never deleted: a milestone without any has no row, and never had one.
    """
    rows = [row for item, finding in judged if (row := row_of(item, finding)) is not None]
    kept = {row["milestone_id"] for row in rows}
    gone = [item.milestone_id for item, _ in judged if item.facts.reports and item.milestone_id not in kept]
    if gone:
        session.execute(sa.delete(MilestoneForecast).where(col(MilestoneForecast.milestone_id).in_(gone)))
    upsert(session, _FORECASTS, rows, replace=True)


def row_of(item: facts.Gathered, finding: StandingFinding) -> dict[str, Any] | None:
    """Return a milestone's row of the projection; None: it has none."""
    if finding.progress_pct is None or finding.standing not in WARNED:
        return None
    found = forecast(item.facts)
    if found is None:
        return None
    return {
        "milestone_id": item.milestone_id,
        "plan_id": item.plan_id,
        "expected_on": found.expected_on,
        "earliest_on": found.earliest_on,
        "latest_on": found.latest_on,
        "misses_by_days": found.misses_by_days,
        "confidence": found.confidence,
        "points": found.reports,
        "spread_pct": found.spread_pct,
        "pace_pp": found.pace_pp,
        "last_on": found.last_on,
    }


def differences(
    session: Session, ids: Sequence[int], judged: Sequence[tuple[facts.Gathered, StandingFinding]]
) -> list[str]:
    """Say where the projection of the given milestones differs from their facts; nothing is written."""
    query = sa.select(*_FORECASTS.columns).where(col(MilestoneForecast.milestone_id).in_(ids))
    stored = {row["milestone_id"]: dict(row) for row in session.execute(query).mappings()}
    pairs = [(item.milestone_id, row_of(item, finding)) for item, finding in judged]
    return [
        f"forecast {milestone_id}: {stored.get(milestone_id)} should be {right}"
        for milestone_id, right in pairs
        if stored.get(milestone_id) != right
    ]
