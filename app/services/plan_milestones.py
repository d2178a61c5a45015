"""Load a plan file's milestones: recurring duties spread over their years, units and targets resolved."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.vocabulary import UnitRole
from app.models import Milestone, MilestoneUnit, Plan, ReportValue, Target
from app.queries.thresholds import thresholds_in_force
from app.services.plan_files import MilestonePart, PlanFile
from app.services.plan_units import resolve


@dataclass(frozen=True, slots=True)
class LoadContext:
    """What milestones refer to by name, as ids."""

    plan: Plan
    file: PlanFile
    places: dict[str, int]
    units: dict[str, int]
    indicators: dict[str, int]
    stages: dict[str, int]
    projects: dict[str, int]


def load_milestones(session: Session, context: LoadContext) -> list[int]:
    """Load every milestone of the file and return their ids in document order."""
    plan_id = context.plan.id
    assert plan_id is not None
    known = {item.key: item for item in session.scalars(sa.select(Milestone).where(col(Milestone.plan_id) == plan_id))}
    everything = _all_thresholds(session, context)
    ids: list[int] = []
    for part in context.file.milestones:
        for values in _occurrences(part, context):
            milestone = known.get(values["key"])
            if milestone is None:
                milestone = Milestone(plan_id=plan_id, position=len(ids), **values)
                session.add(milestone)
            else:
                for name, value in values.items():
                    setattr(milestone, name, value)
                milestone.position = len(ids)
            session.flush()
            assert milestone.id is not None
            ids.append(milestone.id)
            _load_units(session, milestone.id, part, context)
            wanted = _own_targets(part, context) + (everything if part.all_indicators else [])
            _load_targets(session, milestone.id, wanted)
    return ids


def _occurrences(part: MilestonePart, context: LoadContext) -> Iterator[dict[str, Any]]:
    """Yield the column values of each milestone a part stands for: one, or one per year of a recurring duty."""
    values: dict[str, Any] = {
        "kind": part.kind,
        "detail": part.detail,
        "note": part.note,
        "clause": part.clause,
        "units_clause": part.units_clause,
        "place_id": context.places[part.place],
        "stage_id": context.stages[part.stage] if part.stage else None,
        "project_id": context.projects[part.project] if part.project else None,
    }
    if part.due is not None:
        yield values | {
            "key": part.key,
            "series": None,
            "title": part.title,
            "start_on": part.start_on or min(context.plan.issued_on, part.due.on),
            "due_on": part.due.on,
            "due_phrase": part.due.phrase,
            "due_precision": part.due.precision,
            "alternative_due_on": part.due.alternative_on,
            "recurrence": None,
        }
    if part.repeat is not None:
        other = part.repeat.alternative_due
        for year in part.repeat.years:
            yield values | {
                "key": f"{part.key}-{year}",
                "series": part.key,
                "title": f"{part.title}（{year}年）",
                "start_on": date.fromisoformat(f"{year}-{part.repeat.start}"),
                "due_on": date.fromisoformat(f"{year}-{part.repeat.due}"),
                "due_phrase": part.repeat.phrase,
                "due_precision": part.repeat.precision,
                "alternative_due_on": date.fromisoformat(f"{year}-{other}") if other else None,
                "recurrence": part.repeat.phrase,
            }


def _load_units(session: Session, milestone_id: int, part: MilestonePart, context: LoadContext) -> None:
    session.execute(sa.delete(MilestoneUnit).where(col(MilestoneUnit.milestone_id) == milestone_id))
    for role, names in ((UnitRole.RESPONSIBLE, part.responsible), (UnitRole.SUPPORTING, part.supporting)):
        resolved = resolve(names, context.file, context.units)
        alone = Counter(named_as for _, named_as in resolved)
        for position, (unit_id, named_as) in enumerate(resolved):
            session.add(
                MilestoneUnit(
                    milestone_id=milestone_id,
                    role=role,
                    organization_id=unit_id,
                    named_as=named_as,
                    position=position,
                    leads=role is UnitRole.RESPONSIBLE and position == 0 and alone[named_as] == 1,
                )
            )


def _own_targets(part: MilestonePart, context: LoadContext) -> list[dict[str, Any]]:
    return [
        {
            "indicator_id": context.indicators[item.indicator],
            "clause": part.clause,
            **item.model_dump(include={"stage", "comparator", "value", "unit", "baseline", "note"}),
        }
        for item in part.targets
    ]


def _all_thresholds(session: Session, context: LoadContext) -> list[dict[str, Any]]:
    """Return the targets that every threshold in force for the plan makes."""
    assert context.plan.id is not None
    in_force = thresholds_in_force(session, context.plan.id, list(context.indicators.values()))
    return [
        {
            "indicator_id": indicator_id,
            "stage": item.stage,
            "comparator": item.comparator,
            "value": item.value,
            "unit": item.unit,
            "baseline": None,
            "clause": item.clause,
            "note": None,
        }
        for indicator_id, items in sorted(in_force.items())
        for item in items
    ]


def _load_targets(session: Session, milestone_id: int, wanted: list[dict[str, Any]]) -> None:
    """Bring a milestone's targets in line; one that reports already measured is never taken away."""
    natural = ("indicator_id", "stage", "comparator", "value")
    # A target of its own goes before the same threshold of the standard.
    unique = {tuple(values[name] for name in natural): values for values in reversed(wanted)}
    known = {
        tuple(getattr(item, name) for name in natural): item
        for item in session.scalars(sa.select(Target).where(col(Target.milestone_id) == milestone_id))
    }
    for position, (key, values) in enumerate(reversed(unique.items())):
        target = known.pop(key, None)
        if target is None:
            session.add(Target(milestone_id=milestone_id, position=position, **values))
            continue
        for name, value in values.items():
            setattr(target, name, value)
        target.position = position
    if known:
        gone = [item.id for item in known.values()]
        used = sa.select(col(ReportValue.target_id)).where(col(ReportValue.target_id).in_(gone))
        measured = set(session.scalars(used))
        for item in known.values():
            if item.id not in measured:
                session.delete(item)
