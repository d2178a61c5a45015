"""Reads of indicator standards: the list, one with its indicators, and how far each reaches into plans."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.vocabulary import IndicatorGroup
from app.models import Indicator, Milestone, Plan, Standard, Target, Threshold


@dataclass(frozen=True, slots=True)
class StandardLine:
    """A standard with how many indicators it has and how many plans copy from it."""

    id: int
    slug: str
    name: str
    source: str
    indicators: int
    plans: int


@dataclass(frozen=True, slots=True)
class StandardIndicator:
    """An indicator of a standard with what it asks for; `targets` counts milestones' own targets on it."""

    row: Indicator
    thresholds: tuple[Threshold, ...]
    targets: int


@dataclass(frozen=True, slots=True)
class StandardReach:
    """What a change of a standard touches: plans by short title, and their milestones with copied thresholds."""

    plans: tuple[str, ...]
    milestones: int


def choices(session: Session) -> list[tuple[str, str]]:
    """Return slug and name of every standard, by name."""
    query = sa.select(col(Standard.slug), col(Standard.name)).order_by(col(Standard.name), col(Standard.slug))
    return [(row[0], row[1]) for row in session.execute(query)]


def list_standards(session: Session) -> list[StandardLine]:
    """Return the standards by name."""
    indicators, plans = (
        sa.select(sa.func.count()).where(col(owner) == col(Standard.id)).correlate(Standard).scalar_subquery()
        for owner in (Indicator.standard_id, Plan.standard_id)
    )
    names = (col(Standard.id), col(Standard.slug), col(Standard.name), col(Standard.source))
    query = sa.select(*names, indicators, plans).order_by(col(Standard.name), col(Standard.slug))
    return [StandardLine(*row) for row in session.execute(query)]


def indicators_of(session: Session, standard_id: int) -> dict[IndicatorGroup, list[StandardIndicator]]:
    """Return a standard's indicators by group in its order: three statements."""
    rows = session.scalars(
        sa.select(Indicator)
        .where(col(Indicator.standard_id) == standard_id)
        .order_by(col(Indicator.position), col(Indicator.id))
    ).all()
    thresholds = standard_thresholds(session, standard_id)
    written = sa.select(col(Target.indicator_id), sa.func.count()).join(
        Indicator, col(Indicator.id) == col(Target.indicator_id)
    )
    counts = {
        indicator_id: number
        for indicator_id, number in session.execute(
            written.where(
                col(Indicator.standard_id) == standard_id, ~col(Target.copied), col(Target.retired_by_id).is_(None)
            ).group_by(col(Target.indicator_id))
        )
    }
    found: dict[IndicatorGroup, list[StandardIndicator]] = {}
    for row in rows:
        key = row.id or 0
        line = StandardIndicator(row, tuple(thresholds.get(key, ())), counts.get(key, 0))
        found.setdefault(row.group, []).append(line)
    return found


def standard_thresholds(session: Session, standard_id: int) -> dict[int, list[Threshold]]:
    """Return what a standard itself asks for, by indicator id."""
    query = (
        sa.select(Threshold)
        .join(Indicator, col(Indicator.id) == col(Threshold.indicator_id))
        .where(col(Indicator.standard_id) == standard_id, col(Threshold.plan_id).is_(None))
        .order_by(col(Threshold.id))
    )
    found: dict[int, list[Threshold]] = {}
    for row in session.scalars(query):
        found.setdefault(row.indicator_id, []).append(row)
    return found


def reach(session: Session, standard_id: int) -> StandardReach:
    """Return what a change of a standard touches."""
    plans = sa.select(col(Plan.id), col(Plan.short_title)).where(col(Plan.standard_id) == standard_id)
    rows = session.execute(plans.order_by(col(Plan.sort_key))).all()
    tied = sa.select(sa.func.count()).where(
        col(Milestone.plan_id).in_([row[0] for row in rows]), col(Milestone.all_indicators)
    )
    return StandardReach(tuple(row[1] for row in rows), session.scalar(tied) or 0)
