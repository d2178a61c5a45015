"""The indicators of a plan's standard and its own, with the thresholds that hold for the plan."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.vocabulary import IndicatorGroup, ValueType
from app.models import Indicator, Milestone, Plan, Target, Threshold
from app.queries.export_rows import ThresholdRecord
from app.queries.standards import standard_thresholds
from app.queries.thresholds import thresholds_in_force


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """An indicator with what the plan asks of it; `targets` counts the plan's milestones tied to it.

    `standard` is what the standard asks, where the plan asks something else.
    """

    id: int
    own: bool  # of this plan alone
    code: str
    name: str
    value_type: ValueType
    clause: str | None
    thresholds: tuple[ThresholdRecord, ...]
    targets: int
    standard: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class IndicatorPart:
    """The indicators of one group in the standard's order."""

    group: IndicatorGroup
    lines: tuple[IndicatorLine, ...]

    @property
    def overrides(self) -> int:
        """Count the indicators for which the plan sets its own threshold."""
        return sum(any(item.overridden for item in line.thresholds) for line in self.lines)


def list_indicators(session: Session, plan: Plan) -> list[IndicatorPart]:
    """Return the indicators by group: four statements."""
    assert plan.id is not None
    rows = session.scalars(
        sa.select(Indicator)
        .where(sa.or_(col(Indicator.standard_id) == plan.standard_id, col(Indicator.plan_id) == plan.id))
        .order_by(col(Indicator.plan_id).is_not(None), col(Indicator.position), col(Indicator.id))
    ).all()
    thresholds = thresholds_in_force(session, plan.id, [row.id for row in rows if row.id is not None])
    asked = standard_thresholds(session, plan.standard_id)
    counts = _tied(session, plan.id)
    found: dict[IndicatorGroup, list[IndicatorLine]] = {}
    for row in rows:
        key = row.id or 0
        in_force = tuple(thresholds.get(key, ()))
        line = IndicatorLine(
            id=key,
            own=row.plan_id is not None,
            code=row.code,
            name=row.name,
            value_type=row.value_type,
            clause=row.clause,
            thresholds=in_force,
            targets=counts.get(key, 0),
            standard=tuple(asked.get(key, ())) if any(item.overridden for item in in_force) else (),
        )
        found.setdefault(row.group, []).append(line)
    return [IndicatorPart(group, tuple(lines)) for group, lines in found.items()]


def _tied(session: Session, plan_id: int) -> dict[int, int]:
    """Count the plan's milestones with a target on each indicator."""
    query = (
        sa.select(col(Target.indicator_id), sa.func.count(sa.distinct(col(Target.milestone_id))))
        .join(Milestone, col(Milestone.id) == col(Target.milestone_id))
        .where(col(Milestone.plan_id) == plan_id, col(Target.retired_by_id).is_(None))
        .group_by(col(Target.indicator_id))
    )
    return {indicator_id: count for indicator_id, count in session.execute(query)}
