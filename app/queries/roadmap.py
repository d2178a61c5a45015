"""The county × year roadmap of a plan: recognitions one by one, everything else counted by place, year and standing."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.targets import Verdict, verdict
from app.domain.vocabulary import IndicatorGroup, MilestoneKind, Precision, Standing, Timeliness
from app.models import Indicator, Milestone, MilestoneStanding, Place, Plan, Target
from app.queries import facts
from app.queries.measurements import latest_values
from app.queries.plans import in_scope


@dataclass(frozen=True, slots=True)
class Recognition:
    """A place's recognition milestone as a flag in its year."""

    id: int
    title: str
    effective_due_on: date
    due_on: date
    due_phrase: str
    precision: Precision
    standing: Standing
    timeliness: Timeliness | None
    claim_pending: bool


@dataclass
class Cell:
    """What falls due in one place and year: recognitions, and the others by standing."""

    recognitions: list[Recognition] = field(default_factory=list)
    counts: list[tuple[Standing, int]] = field(default_factory=list)


@dataclass
class Readiness:
    """Targets of a place's recognition by what the latest reported values say; `vetoes` are among the unmet."""

    met: int = 0
    unmet: int = 0
    not_assessed: int = 0
    vetoes: int = 0

    @property
    def total(self) -> int:
        """Return all targets."""
        return self.met + self.unmet + self.not_assessed


@dataclass
class RoadmapRow:
    """A place with its cells by year; `readiness` None: no targets are tied to its recognition."""

    place_id: int
    place_name: str
    whole_area: bool
    cells: dict[int, Cell] = field(default_factory=lambda: defaultdict(Cell))
    readiness: Readiness | None = None

    @property
    def first_recognition(self) -> date | None:
        """Return the day of the first recognition; None without one."""
        days = [item.effective_due_on for cell in self.cells.values() for item in cell.recognitions]
        return min(days, default=None)


@dataclass(frozen=True, slots=True)
class Roadmap:
    """The sheet: its years and its rows, recognitions first by date, the plan's whole area last."""

    years: tuple[int, ...]
    rows: tuple[RoadmapRow, ...]

    @property
    def has_readiness(self) -> bool:
        """Tell whether any place's recognition is tied to targets."""
        return any(row.readiness for row in self.rows)


def roadmap(session: Session, scope: Scope, plan: Plan) -> Roadmap:
    """Return the roadmap of a plan in scope, by the effective due dates: four statements."""
    assert plan.id is not None
    rows: dict[int, RoadmapRow] = {}
    places: dict[int, str] = {}
    owners: dict[int, int] = {}
    for place_id, name, sort_key, *values in _recognitions(session, scope, plan.id):
        row = rows.setdefault(place_id, RoadmapRow(place_id, name, place_id == plan.place_id))
        places[place_id] = sort_key
        item = Recognition(*values)
        owners[item.id] = place_id
        row.cells[item.effective_due_on.year].recognitions.append(item)
    for place_id, name, sort_key, year, standing, count in _others(session, scope, plan.id):
        row = rows.setdefault(place_id, RoadmapRow(place_id, name, place_id == plan.place_id))
        places[place_id] = sort_key
        row.cells[int(year)].counts.append((standing, count))
    for place_id, readiness in _readiness(session, owners).items():
        rows[place_id].readiness = readiness

    return in_order(plan, rows, places)


def in_order(plan: Plan, rows: dict[int, RoadmapRow], places: dict[int, str]) -> Roadmap:
    """Return a plan's rows by place as a sheet; `places` holds the sort keys."""

    def order(row: RoadmapRow) -> Any:
        return (row.whole_area, row.first_recognition or date.max, places[row.place_id])

    years = {year for row in rows.values() for year in row.cells} | {plan.period_start.year, plan.period_end.year}
    return Roadmap(tuple(range(min(years), max(years) + 1)), tuple(sorted(rows.values(), key=order)))


def _recognitions(session: Session, scope: Scope, plan_id: int) -> sa.Result[*tuple[Any, ...]]:
    row = MilestoneStanding
    return session.execute(
        sa.select(
            col(Place.id),
            col(Place.name),
            col(Place.sort_key),
            col(Milestone.id),
            col(Milestone.title),
            col(row.effective_due_on),
            facts.original_due_on(),
            col(Milestone.due_phrase),
            col(Milestone.due_precision),
            col(row.standing),
            col(row.timeliness),
            col(row.claim_pending),
        )
        .join(Milestone, col(Milestone.id) == col(row.milestone_id))
        .join(Place, col(Place.id) == col(row.place_id))
        .where(col(row.plan_id) == plan_id, col(row.kind) == MilestoneKind.RECOGNITION, *in_scope(scope))
        .order_by(col(row.effective_due_on), col(row.milestone_id))
    )


def _others(session: Session, scope: Scope, plan_id: int) -> list[sa.Row[*tuple[Any, ...]]]:
    row = MilestoneStanding
    year = sa.extract("year", col(row.effective_due_on))
    grouped = (
        sa.select(col(row.place_id), year.label("year"), col(row.standing), sa.func.count().label("count"))
        .where(col(row.plan_id) == plan_id, col(row.kind) != MilestoneKind.RECOGNITION, *in_scope(scope))
        .group_by(col(row.place_id), year, col(row.standing))
        .subquery()
    )
    query = sa.select(
        col(Place.id), col(Place.name), col(Place.sort_key), grouped.c.year, grouped.c.standing, grouped.c["count"]
    ).join(grouped, grouped.c.place_id == col(Place.id))
    found = session.execute(query).all()
    ranks = {standing: rank for rank, standing in enumerate(Standing)}
    return sorted(found, key=lambda item: ranks[item.standing])


def _readiness(session: Session, owners: dict[int, int]) -> dict[int, Readiness]:
    """Judge the targets of recognition milestones by their latest values, by place."""
    if not owners:
        return {}
    latest = latest_values(session, owners)
    targets = session.execute(
        sa.select(
            col(Target.milestone_id), col(Target.id), col(Target.comparator), col(Target.value), col(Indicator.group)
        )
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Target.milestone_id).in_(owners), col(Target.retired_by_id).is_(None))
    )
    found: dict[int, Readiness] = defaultdict(Readiness)
    for milestone_id, target_id, comparator, wanted, group in targets:
        readiness = found[owners[milestone_id]]
        match verdict(comparator, wanted, latest.get(target_id, (None, None))[0]):
            case Verdict.MET:
                readiness.met += 1
            case Verdict.UNMET:
                readiness.unmet += 1
                readiness.vetoes += group is IndicatorGroup.VETO
            case Verdict.NOT_ASSESSED:
                readiness.not_assessed += 1
    return found
