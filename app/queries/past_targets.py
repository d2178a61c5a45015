"""The targets of milestones as they were in force at the end of a past day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.domain.vocabulary import Comparator, IndicatorGroup, SchoolStage, ValueType
from app.models import Indicator, PlanRevision, Target
from app.queries.past_milestones import PastMilestone
from app.queries.past_plans import Record, recorded_before, recorded_since


@dataclass(frozen=True, slots=True)
class PastTarget:
    """A target as it was; `id` 0: it was deleted since, as nobody had measured it."""

    id: int
    milestone_id: int
    code: str
    name: str
    group: IndicatorGroup
    value_type: ValueType
    stage: SchoolStage | None
    comparator: Comparator
    value: Decimal
    unit: str
    baseline: Decimal | None
    clause: str | None
    note: str | None
    copied: bool

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from the milestone's other targets."""
        return self.code, self.stage, self.comparator, self.value


def targets_on(record: Record, milestones: Sequence[PastMilestone]) -> dict[int, list[PastTarget]]:
    """Return the targets in force that day by milestone (at most facts.CHUNK of them), in their order.

    Those copied from a threshold that gave way to another since are missing where nobody had measured by them.
    """
    stored: dict[int, list[PastTarget]] = defaultdict(list)
    for row in record.session.execute(_stored(record, [item.id for item in milestones if not item.gone])):
        stored[row.milestone_id].append(PastTarget(*row))
    rewritten = [item for item in milestones if item.part is not None]
    indicators = _indicators(record, rewritten) if rewritten else {}
    for item in rewritten:
        stored[item.id] = list(_as_written(item, stored[item.id], indicators))
    return stored


def _stored(record: Record, ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    added, retired = aliased(PlanRevision), aliased(PlanRevision)
    return (
        sa.select(
            col(Target.id),
            col(Target.milestone_id),
            col(Indicator.code),
            col(Indicator.name),
            col(Indicator.group),
            col(Indicator.value_type),
            col(Target.stage),
            col(Target.comparator),
            col(Target.value),
            col(Target.unit),
            col(Target.baseline),
            col(Target.clause),
            col(Target.note),
            col(Target.copied),
        )
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .outerjoin(added, col(added.id) == col(Target.added_by_id))
        .outerjoin(retired, col(retired.id) == col(Target.retired_by_id))
        .where(
            col(Target.milestone_id).in_(ids),
            sa.or_(col(added.id).is_(None), recorded_before(record.until, added)),
            sa.or_(col(retired.id).is_(None), recorded_since(record.until, retired)),
        )
        .order_by(col(Target.milestone_id), col(Target.position), col(Target.id))
    )


def _indicators(record: Record, milestones: Iterable[PastMilestone]) -> dict[tuple[int, str], sa.Row[Any]]:
    """Return the indicators that written targets name, by plan and code."""
    named = {(item.plan_id, part["indicator"]) for item in milestones for part in (item.part or {}).get("targets", ())}
    query = sa.select(Indicator).where(col(Indicator.code).in_({code for _, code in named}))
    found: dict[tuple[int, str], Any] = {}
    for row in record.session.scalars(query) if named else ():
        for plan_id, plan in record.plans.items():
            if row.plan_id == plan_id or (row.plan_id is None and row.standard_id == plan.plan.standard_id):
                found[plan_id, row.code] = row
    return found


def _as_written(
    item: PastMilestone, stored: Sequence[PastTarget], indicators: dict[tuple[int, str], Any]
) -> Iterable[PastTarget]:
    """Yield the targets that a milestone's record wrote out then, and after them those copied from thresholds."""
    own = {target.key: target for target in stored if not target.copied}
    for part in (item.part or {}).get("targets", ()):
        indicator = indicators.get((item.plan_id, part["indicator"]))
        if indicator is None:
            continue
        stage = SchoolStage(part["stage"]) if part.get("stage") else None
        baseline = part.get("baseline")
        target = PastTarget(
            0,
            item.id,
            indicator.code,
            indicator.name,
            indicator.group,
            indicator.value_type,
            stage,
            Comparator(part["comparator"]),
            Decimal(str(part["value"])),
            part.get("unit", ""),
            None if baseline is None else Decimal(str(baseline)),
            item.clause,
            part.get("note"),
            False,
        )
        yield replace(target, id=own[target.key].id if target.key in own else 0)
    yield from (target for target in stored if target.copied)
