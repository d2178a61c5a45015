"""Bring the targets of milestones in line with their parts and the thresholds in force; measured ones are retired."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import Milestone, ReportValue, Target
from app.queries.facts import CHUNK
from app.queries.thresholds import thresholds_in_force
from app.services.plan_context import PlanContext
from app.services.plan_files import MilestonePart

_TARGETS = Target.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_NATURAL = ("indicator_id", "stage", "comparator", "value")
Values = dict[str, Any]


def write_targets(session: Session, context: PlanContext, parts: Mapping[int, MilestonePart], revision_id: int) -> None:
    """Write the targets of the given milestones (parts by id), own ones before copied thresholds."""
    copied = copied_thresholds(session, context) if any(part.all_indicators for part in parts.values()) else {}
    ids = list(parts)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        wanted = {milestone_id: _wanted(parts[milestone_id], copied, context) for milestone_id in some}
        _bring_in_line(session, wanted, revision_id)


def copies_differ(session: Session, context: PlanContext) -> bool:
    """Tell whether a milestone tied to all indicators lacks a threshold in force, or carries one that is not."""
    copied = copied_thresholds(session, context)
    named = ("milestone_id", *_NATURAL, "unit", "clause", "copied")
    rows = session.execute(
        sa.select(*(col(getattr(Target, name)) for name in named))
        .join(Milestone, col(Milestone.id) == col(Target.milestone_id))
        .where(
            col(Milestone.plan_id) == context.plan_id,
            col(Milestone.all_indicators),
            col(Target.retired_by_id).is_(None),
        )
    ).all()
    there: dict[int, set[tuple[Any, ...]]] = {milestone_id: set() for milestone_id in _tied(session, context)}
    for row in rows:
        key = tuple(row[1:5])
        if row.copied and (key not in copied or (copied[key]["unit"], copied[key]["clause"]) != (row.unit, row.clause)):
            return True
        there[row.milestone_id].add(key)
    return any(not there[milestone_id] >= set(copied) for milestone_id in there)


def _tied(session: Session, context: PlanContext) -> list[int]:
    tied = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == context.plan_id, col(Milestone.all_indicators))
    return [row.id for row in session.execute(tied)]


def copy_thresholds(session: Session, context: PlanContext, revision_id: int) -> list[int]:
    """Write the copied targets of every milestone tied to all indicators again; return those milestones."""
    copied = copied_thresholds(session, context)
    ids = _tied(session, context)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        own = sa.select(Target).where(
            col(Target.milestone_id).in_(some), ~col(Target.copied), col(Target.retired_by_id).is_(None)
        )
        wanted: dict[int, dict[tuple[Any, ...], Values]] = {milestone_id: {} for milestone_id in some}
        for row in session.scalars(own.order_by(col(Target.position))):
            wanted[row.milestone_id][_key(row.model_dump())] = row.model_dump(exclude=_KEPT)
        for milestone_id in some:
            wanted[milestone_id] = wanted[milestone_id] | {
                key: values for key, values in copied.items() if key not in wanted[milestone_id]
            }
        _bring_in_line(session, wanted, revision_id)
    return ids


_KEPT = {"id", "milestone_id", "position", "added_by_id", "retired_by_id"}


def _key(values: Values) -> tuple[Any, ...]:
    return tuple(values[name] for name in _NATURAL)


def _wanted(
    part: MilestonePart, copied: dict[tuple[Any, ...], Values], context: PlanContext
) -> dict[tuple[Any, ...], Values]:
    own = {}
    for item in part.targets:
        values = {
            "indicator_id": context.indicators[item.indicator],
            "clause": part.clause,
            "copied": False,
            **item.model_dump(include={"stage", "comparator", "value", "unit", "baseline", "note"}),
        }
        own[_key(values)] = values
    if not part.all_indicators:
        return own
    return own | {key: values for key, values in copied.items() if key not in own}


def copied_thresholds(session: Session, context: PlanContext) -> dict[tuple[Any, ...], Values]:
    """Return the targets that every threshold in force for the plan makes, by natural key."""
    in_force = thresholds_in_force(session, context.plan_id, list(context.indicators.values()))
    found = {}
    for indicator_id, items in sorted(in_force.items()):
        for item in items:
            values = {
                "indicator_id": indicator_id,
                "stage": item.stage,
                "comparator": item.comparator,
                "value": item.value,
                "unit": item.unit,
                "baseline": None,
                "clause": item.clause,
                "note": None,
                "copied": True,
            }
            found[_key(values)] = values
    return found


def _bring_in_line(session: Session, wanted: Mapping[int, dict[tuple[Any, ...], Values]], revision_id: int) -> None:
    known: dict[int, dict[tuple[Any, ...], Target]] = defaultdict(dict)
    rows = sa.select(Target).where(col(Target.milestone_id).in_(list(wanted)), col(Target.retired_by_id).is_(None))
    for row in session.scalars(rows):
        known[row.milestone_id][_key(row.model_dump())] = row
    new: list[Values] = []
    for milestone_id, targets in wanted.items():
        there = known[milestone_id]
        for position, (key, values) in enumerate(targets.items()):
            row_there = there.pop(key, None)
            if row_there is None:
                new.append({"milestone_id": milestone_id, "position": position, "added_by_id": revision_id, **values})
                continue
            for name, value in {**values, "position": position}.items():
                setattr(row_there, name, value)
    _retire(session, [row for there in known.values() for row in there.values()], revision_id)
    session.flush()
    if new:
        session.execute(sa.insert(_TARGETS), new)


def _retire(session: Session, gone: Sequence[Target], revision_id: int) -> None:
    """Take targets out of force: what was measured by keeps its row."""
    ids = [row.id for row in gone]
    measured: set[int] = set()
    for start in range(0, len(ids), CHUNK):
        used = sa.select(col(ReportValue.target_id)).where(col(ReportValue.target_id).in_(ids[start : start + CHUNK]))
        measured |= set(session.scalars(used))
    for row in gone:
        if row.id in measured:
            row.retired_by_id = revision_id
        else:
            session.delete(row)
