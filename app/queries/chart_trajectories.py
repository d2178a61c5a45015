"""The trajectories of a plan's indicators: values by place and school stage, and the targets that fall due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.charts import TargetPoint, Trajectory
from app.domain.official_words import SCHOOL_STAGES
from app.domain.vocabulary import DecisionKind, SchoolStage, ValueType
from app.models import (
    DueDate,
    Indicator,
    Milestone,
    MilestoneDecision,
    Place,
    PlanRevision,
    Report,
    ReportValue,
    Target,
)
from app.queries.measurements import counting
from app.queries.past_plans import recorded_since
from app.queries.unit_scope import readable_milestones

EVERYTHING = Scope()
_KEY = (col(Indicator.code), col(Milestone.place_id), col(Target.stage), col(Target.unit))
_STAGES = sa.case({stage: number for number, stage in enumerate(SchoolStage, 1)}, value=col(Target.stage), else_=0)
Key = tuple[str, int, SchoolStage | None, str]  # indicator's code, place's id, school stage, unit


@dataclass(frozen=True, slots=True)
class MeasuredIndicator:
    """An indicator of a plan for which values were reported."""

    id: int
    code: str
    name: str


def measured_indicators(session: Session, plan_id: int, scope: Scope = EVERYTHING) -> list[MeasuredIndicator]:
    """Return the indicators of a plan that have a value, in the standard's order, in one statement.

    What is either there or not is left out: a line says nothing of it.
    """
    query: Any = (
        sa.select(col(Indicator.id), col(Indicator.code), col(Indicator.name))
        .where(
            col(Indicator.value_type) != ValueType.BOOLEAN,
            sa.exists().where(
                col(Target.indicator_id) == col(Indicator.id),
                col(Milestone.id) == col(Target.milestone_id),
                col(ReportValue.target_id) == col(Target.id),
                *_of_plan(plan_id, scope),
            ),
        )
        .order_by(col(Indicator.plan_id).is_not(None), col(Indicator.position), col(Indicator.id))
    )
    return [MeasuredIndicator(*row) for row in session.execute(query)]


def trajectories(
    session: Session,
    plan_id: int,
    until: datetime | None = None,
    *,
    indicator_id: int | None = None,
    place_id: int | None = None,
    scope: Scope = EVERYTHING,
) -> list[Trajectory]:
    """Return the trajectories of a plan that have a value (of one indicator, of one place) in two statements.

    As known before an instant (None: now), by indicator, place, school stage. Of several values of one day the one
    recorded last counts; targets of withdrawn milestones are left out.
    """
    same = [*_of_plan(plan_id, scope), col(Indicator.value_type) != ValueType.BOOLEAN]
    same += [] if indicator_id is None else [col(Target.indicator_id) == indicator_id]
    same += [] if place_id is None else [col(Milestone.place_id) == place_id]
    named, measured = _measured(session, same, until)
    targets = _targets(session, same, until) if measured else {}
    return [
        Trajectory(
            code=key[0],
            name=named[key][0],
            place=named[key][1],
            stage=SCHOOL_STAGES[key[2]] if key[2] else None,
            unit=key[3],
            measured=tuple(sorted(values.items())),
            targets=tuple(sorted(targets.get(key, ()), key=lambda one: one.due_on)),
        )
        for key, values in measured.items()
    ]


def _of_plan(plan_id: int, scope: Scope) -> list[sa.ColumnElement[bool]]:
    found = [col(Milestone.plan_id) == plan_id]
    if scope.organization_id is not None:
        found.append(col(Milestone.id).in_(readable_milestones(scope.organization_id)))
    return found


def _measured(
    session: Session, same: Sequence[sa.ColumnElement[bool]], until: datetime | None
) -> tuple[dict[Key, tuple[str, str]], dict[Key, dict[date, Decimal]]]:
    """Return the names of indicator and place, and the values by day, both by key in the order to show."""
    query: Any = (
        sa.select(*_KEY, col(Indicator.name), col(Place.name), col(Report.reported_on), col(ReportValue.value))
        .join(Report, col(Report.id) == col(ReportValue.report_id))
        .join(Target, col(Target.id) == col(ReportValue.target_id))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .join(Milestone, col(Milestone.id) == col(Target.milestone_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .where(*same, *counting(until))
        .order_by(
            col(Indicator.position),
            col(Indicator.code),
            col(Place.sort_key),
            _STAGES,
            col(Target.unit),
            col(Report.recorded_at),
            col(Report.id),
        )
    )
    named: dict[Key, tuple[str, str]] = {}
    found: dict[Key, dict[date, Decimal]] = {}
    for code, place_id, stage, unit, name, place, on, value in session.execute(query):
        key = (code, place_id, stage, unit)
        named[key] = (name, place)
        found.setdefault(key, {})[on] = value
    return named, found


def _targets(
    session: Session, same: Sequence[sa.ColumnElement[bool]], until: datetime | None
) -> dict[Key, list[TargetPoint]]:
    """Return the targets in force by the due date in force, as known before an instant."""
    query: Any = (
        sa.select(*_KEY, _due_on(until), col(Target.comparator), col(Target.value))
        .join(Target, col(Target.milestone_id) == col(Milestone.id))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(
            *same, sa.or_(_last_said(until).is_(None), _last_said(until) != DecisionKind.WITHDRAW), *_in_force(until)
        )
        .order_by(col(Target.position), col(Target.id))
    )
    found: dict[Key, list[TargetPoint]] = {}
    for code, place_id, stage, unit, due_on, comparator, value in session.execute(query):
        found.setdefault((code, place_id, stage, unit), []).append(TargetPoint(due_on, comparator, value))
    return found


def _in_force(until: datetime | None) -> list[sa.ColumnElement[bool]]:
    if until is None:
        return [col(Target.retired_by_id).is_(None)]
    later = sa.select(col(PlanRevision.id)).where(recorded_since(until))
    return [
        sa.or_(col(Target.retired_by_id).is_(None), col(Target.retired_by_id).in_(later)),
        sa.or_(col(Target.added_by_id).is_(None), col(Target.added_by_id).not_in(later)),
    ]


def _due_on(until: datetime | None) -> sa.ColumnElement[date]:
    """Return a milestone's due date in force before an instant as a column."""
    moved = sa.select(col(DueDate.due_on)).where(col(DueDate.milestone_id) == col(Milestone.id))
    if until is not None:
        moved = moved.where(col(DueDate.recorded_at) < until)
    last = moved.order_by(col(DueDate.version).desc()).limit(1).correlate(Milestone).scalar_subquery()
    return sa.func.coalesce(last, col(Milestone.due_on))


def _last_said(until: datetime | None) -> sa.ScalarSelect[Any]:
    """Return as a column whether a milestone was withdrawn or reopened last; NULL: neither."""
    row = MilestoneDecision
    said: Any = sa.select(col(row.kind)).where(
        col(row.milestone_id) == col(Milestone.id), col(row.kind).in_((DecisionKind.WITHDRAW, DecisionKind.REOPEN))
    )
    if until is not None:
        said = said.where(col(row.recorded_at) < until)
    newest = said.order_by(col(row.recorded_at).desc(), col(row.id).desc()).limit(1)
    found: sa.ScalarSelect[Any] = newest.correlate(Milestone).scalar_subquery()
    return found
