"""What hangs on a plan's frame: milestones of its stages, under its groups and thresholds, and governments below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.vocabulary import Comparator, OrganizationKind, SchoolStage, ValueType
from app.models import (
    Account,
    Indicator,
    Milestone,
    MilestoneUnit,
    Organization,
    Place,
    Plan,
    Stage,
    Target,
    UnitGroup,
)
from app.queries.thresholds import thresholds_in_force

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """How far a plan is set up."""

    stages: int
    groups: int
    milestones: int
    offices: int  # active accounts of its office


@dataclass(frozen=True, slots=True)
class DifferingTarget:
    """A target of a milestone tied to all indicators that is not the threshold in force."""

    milestone_id: int
    title: str
    code: str
    stage: SchoolStage | None
    comparator: Comparator
    value: Decimal
    unit: str
    value_type: ValueType
    in_force_comparator: Comparator
    in_force_value: Decimal


def frame_counts(session: Session, plan_id: int) -> FrameCounts:
    """Return how far a plan is set up, in one statement."""
    counted = [
        sa.select(sa.func.count()).where(col(owner) == plan_id).scalar_subquery()
        for owner in (Stage.plan_id, UnitGroup.plan_id, Milestone.plan_id)
    ]
    active = sa.select(sa.func.count()).where(col(Account.plan_id) == plan_id, col(Account.active))
    return FrameCounts(*session.execute(sa.select(*counted, active.scalar_subquery())).one())


def milestones_by_stage(session: Session, plan_id: int) -> dict[int, int]:
    """Count a plan's milestones by the stage they belong to."""
    query = sa.select(col(Milestone.stage_id), sa.func.count()).where(
        col(Milestone.plan_id) == plan_id, col(Milestone.stage_id).is_not(None)
    )
    return {stage_id: number for stage_id, number in session.execute(query.group_by(col(Milestone.stage_id)))}


def group_ids(session: Session, plan_id: int) -> dict[int, str]:
    """Return the names of a plan's groups of units by id."""
    query = sa.select(col(UnitGroup.id), col(UnitGroup.name)).where(col(UnitGroup.plan_id) == plan_id)
    return {group_id: name for group_id, name in session.execute(query.order_by(col(UnitGroup.id)))}


def milestones_naming(session: Session, plan_id: int, names: Sequence[str]) -> dict[str, int]:
    """Count a plan's milestones by the words with which they name units, of these words."""
    query = (
        sa.select(col(MilestoneUnit.named_as), sa.func.count(sa.distinct(col(MilestoneUnit.milestone_id))))
        .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
        .where(col(Milestone.plan_id) == plan_id, col(MilestoneUnit.named_as).in_(names))
        .group_by(col(MilestoneUnit.named_as))
    )
    return {name: number for name, number in session.execute(query)}


def tied_milestones(session: Session, plan_ids: Sequence[int]) -> int:
    """Count the milestones of some plans that carry every threshold in force."""
    query = sa.select(sa.func.count()).where(col(Milestone.plan_id).in_(plan_ids), col(Milestone.all_indicators))
    return session.scalar(query) or 0


def county_governments(session: Session, place_id: int, today: date) -> list[tuple[int, str, str]]:
    """Return id, full and short name of the governments in force of the places right below a place, by code."""
    query = (
        sa.select(col(Organization.id), col(Organization.name), col(Organization.short_name))
        .join(Place, col(Place.id) == col(Organization.place_id))
        .where(
            col(Place.parent_id) == place_id,
            col(Organization.kind) == OrganizationKind.GOVERNMENT,
            sa.or_(col(Organization.valid_to).is_(None), col(Organization.valid_to) >= today),
        )
        .order_by(col(Place.sort_key), col(Organization.id))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def differing_targets(session: Session, plan: Plan) -> list[DifferingTarget]:
    """Return where milestones tied to all indicators carry something else than the thresholds in force."""
    assert plan.id is not None
    query = (
        sa.select(
            col(Milestone.id),
            col(Milestone.title),
            col(Indicator.id),
            col(Indicator.code),
            col(Indicator.value_type),
            Target,
        )
        .join(Target, col(Target.milestone_id) == col(Milestone.id))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(
            col(Milestone.plan_id) == plan.id,
            col(Milestone.all_indicators),
            ~col(Target.copied),
            col(Target.retired_by_id).is_(None),
        )
        .order_by(col(Milestone.position), col(Target.position))
    )
    rows = session.execute(query).all()
    in_force = thresholds_in_force(session, plan.id, sorted({row[2] for row in rows}))
    found = []
    for milestone_id, title, indicator_id, code, value_type, target in rows:
        for item in in_force.get(indicator_id, ()):
            if item.stage == target.stage and (item.comparator, item.value) != (target.comparator, target.value):
                own = (target.stage, target.comparator, target.value, target.unit)
                found.append(DifferingTarget(milestone_id, title, code, *own, value_type, item.comparator, item.value))
    return found[:MOST_SHOWN]


@dataclass(frozen=True, slots=True)
class IndicatorChoice:
    """An indicator of a standard as forms offer it."""

    id: int
    code: str
    name: str
    value_type: ValueType


def standard_choices(session: Session, standard_id: int) -> list[IndicatorChoice]:
    """Return a standard's indicators in its order."""
    names = (col(Indicator.id), col(Indicator.code), col(Indicator.name), col(Indicator.value_type))
    query = sa.select(*names).where(col(Indicator.standard_id) == standard_id)
    rows = session.execute(query.order_by(col(Indicator.position), col(Indicator.id)))
    return [IndicatorChoice(*row) for row in rows]
