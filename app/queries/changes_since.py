"""Which milestones cannot be shown on a past day as they are now, and which stood then where they stand now."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.domain.vocabulary import ChangeSubject, DecisionKind, Standing
from app.models import (
    DueDate,
    Milestone,
    MilestoneDecision,
    MilestoneSchedule,
    MilestoneStanding,
    MilestoneUnit,
    PlanChange,
    PlanRevision,
    Report,
    Target,
)
from app.queries.past_plans import Record, first_changes, recorded_since

Ids = sa.Select[*tuple[Any, ...]]


def altered(record: Record) -> list[Ids]:
    """Return selects of the milestones that read otherwise at the end of the day, or were not there, or due later."""
    return [*_revised(record), *_regrouped(record), _moved(record)]


def back_then(record: Record) -> Ids:
    """Select those of the altered milestones that were on record that day; the caller narrows `Milestone`."""
    found = [*_regrouped(record), _moved(record)]
    absent: list[sa.ColumnElement[bool]] = []
    if _has_revisions(record):
        first = first_changes(record.until, col(PlanChange.subject) == ChangeSubject.MILESTONE)
        withdrawn = sa.exists().where(
            col(MilestoneDecision.milestone_id) == col(Milestone.id),
            col(MilestoneDecision.kind) == DecisionKind.WITHDRAW,
            col(MilestoneDecision.recorded_at) < record.until,
        )
        there = sa.select(col(Milestone.id)).join(PlanChange, _same()).where(col(PlanChange.id).in_(first))
        found.append(there.where(sa.or_(col(PlanChange.before).is_not(None), withdrawn)))
        gone = sa.select(col(Milestone.id)).join(PlanChange, _same()).where(col(PlanChange.id).in_(first))
        absent.append(col(Milestone.id).not_in(gone.where(col(PlanChange.before).is_(None), ~withdrawn)))
    query: Ids = sa.select(col(Milestone.id))
    return query.where(sa.or_(*(col(Milestone.id).in_(ids) for ids in found)), *absent).order_by(col(Milestone.id))


def settled(record: Record) -> sa.ColumnElement[bool]:
    """Return the condition that an unaltered milestone stood on the day where it stands now.

    Nothing was recorded on it since, its targets and its plan's settings are as they were, and it stands there since
    the day or before; what has not begun now had not begun then.
    """
    row = MilestoneStanding
    long = sa.or_(col(row.since) <= record.on, col(row.standing) == Standing.PLANNED)
    conditions = [long, *(col(row.milestone_id).not_in(ids) for ids in _recorded_on(record))]
    if differing := [plan_id for plan_id, plan in record.plans.items() if plan.policy_differs]:
        conditions.append(col(row.plan_id).not_in(differing))
    return sa.and_(*conditions)


def _recorded_on(record: Record) -> list[Ids]:
    models: tuple[Any, ...] = (Report, MilestoneDecision, MilestoneSchedule)
    found: list[Ids] = [
        sa.select(col(model.milestone_id)).where(col(model.recorded_at) >= record.until) for model in models
    ]
    retired = sa.select(col(Target.milestone_id)).join(PlanRevision, col(PlanRevision.id) == col(Target.retired_by_id))
    return [*found, retired.where(recorded_since(record.until))]


def _revised(record: Record) -> list[Ids]:
    if not _has_revisions(record):
        return []
    query: Ids = sa.select(col(Milestone.id)).join(PlanChange, _same())
    query = query.join(PlanRevision, col(PlanRevision.id) == col(PlanChange.revision_id))
    return [query.where(recorded_since(record.until))]


def _regrouped(record: Record) -> list[Ids]:
    named = [
        sa.and_(col(Milestone.plan_id) == plan_id, col(MilestoneUnit.named_as).in_(plan.changed_groups))
        for plan_id, plan in record.plans.items()
        if plan.changed_groups
    ]
    if not named:
        return []
    query: Ids = sa.select(col(Milestone.id)).join(MilestoneUnit, col(MilestoneUnit.milestone_id) == col(Milestone.id))
    return [query.where(sa.or_(*named))]


def _moved(record: Record) -> Ids:
    return sa.select(col(DueDate.milestone_id)).where(col(DueDate.recorded_at) >= record.until)


def _has_revisions(record: Record) -> bool:
    return any(plan.revised for plan in record.plans.values())


def _same() -> sa.ColumnElement[bool]:
    return sa.and_(
        col(PlanChange.subject) == ChangeSubject.MILESTONE,
        col(Milestone.plan_id) == col(PlanChange.plan_id),
        col(Milestone.key) == col(PlanChange.key),
    )
