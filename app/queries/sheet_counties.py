"""What the sheets of places (一县一表) say, gathered for many places at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.charts import Trajectory
from app.domain.circular_projects import ProjectRow
from app.domain.circulars import TargetRow
from app.domain.official_words import STANDINGS
from app.domain.rectifications import UNSETTLED
from app.domain.sheets import CountySheetFacts, RectificationLine, SheetHead, SheetMilestone
from app.domain.vocabulary import MilestoneKind, UnitRole
from app.models import Alert, Milestone, MilestoneUnit, Organization, Place, Plan, Project
from app.queries.chart_trajectories import trajectories
from app.queries.circular_parts import project_row
from app.queries.circulars import CutOff
from app.queries.export_projects import projects
from app.queries.export_rows import Selection
from app.queries.past_milestones import PastMilestone
from app.queries.past_projects import place_then
from app.queries.sheet_alerts import AlertThen, addressed_to, alerts_then
from app.queries.sheet_cases import CaseThen, open_cases
from app.queries.sheet_ledger import Ledger, in_order, open_ledger, sheet_milestones, sheet_targets
from app.queries.sheet_rectifications import rectification_lines

_DATES = (MilestoneKind.PROJECT_START, MilestoneKind.PROJECT_COMPLETION)


@dataclass
class _Ground:
    """What one sheet is about: the place, those below it, and the units that sit there."""

    name: str
    places: set[int] = field(default_factory=set)
    units: set[int] = field(default_factory=set)
    own: list[PastMilestone] = field(default_factory=list)
    shared: list[PastMilestone] = field(default_factory=list)

    @property
    def ids(self) -> set[int]:
        return {row.id for row in self.own}


def places_of_plan(session: Session, plan: Plan) -> list[int]:
    """Return the places below a plan's area for which it sets milestones or has projects, by division code."""
    used = sa.union(*(sa.select(col(row.place_id)).where(col(row.plan_id) == plan.id) for row in (Milestone, Project)))
    query = sa.select(col(Place.id)).where(col(Place.id).in_(used), col(Place.id) != plan.place_id)
    return list(session.scalars(query.order_by(col(Place.sort_key), col(Place.id))))


def gather_counties(
    session: Session, plan: Plan, place_ids: Collection[int], at: CutOff
) -> dict[int, CountySheetFacts]:
    """Return what the sheet of each place says, by place; one outside the plan's area is missing.

    What lies at a place below belongs to it too; the plan's own area is told of as the area itself, without the places
    below. The number of statements does not depend on how many places there are, but for milestones in chunks.
    """
    grounds = _grounds(session, plan, place_ids)
    if not grounds:
        return {}
    ledger = open_ledger(session, plan, at)
    _take_milestones(ledger, grounds)
    around = _around(ledger, grounds)
    return {place_id: _sheet(ground, around) for place_id, ground in grounds.items()}


@dataclass(frozen=True)
class _Around:
    """What was gathered for all places together: by milestone, place, or name of a place."""

    head: SheetHead
    lines: dict[int, SheetMilestone]
    targets: dict[int, list[TargetRow]]
    courses: dict[str, tuple[Trajectory, ...]]
    sited: dict[int, list[ProjectRow]]
    alerts: list[AlertThen]
    cases: list[CaseThen]
    items: list[RectificationLine]


def _around(ledger: Ledger, grounds: dict[int, _Ground]) -> _Around:
    places = {place for ground in grounds.values() for place in ground.places}
    own = {row.id: row for ground in grounds.values() for row in ground.own}
    shared = {row.id: row for ground in grounds.values() for row in ground.shared}
    lines = sheet_milestones(ledger, (own | shared).values())
    return _Around(
        head=ledger.head(),
        lines=lines,
        targets=sheet_targets(ledger, list(own.values()), lines),
        courses=_courses(ledger, grounds),
        sited=_projects(ledger, places),
        alerts=_alerts(ledger, grounds, places),
        cases=open_cases(ledger),
        items=[item for item in rectification_lines(ledger) if item.state in UNSETTLED],
    )


def _sheet(ground: _Ground, around: _Around) -> CountySheetFacts:
    ids = ground.ids
    return CountySheetFacts(
        head=around.head,
        place=ground.name,
        units=_answering(ground.own),
        milestones=_lines(ground.own, around.lines),
        shared=_lines(ground.shared, around.lines),
        targets=tuple(target for row in ground.own for target in around.targets.get(row.id, ())),
        trajectories=around.courses.get(ground.name, ()),
        projects=tuple(row for place in sorted(ground.places) for row in around.sited[place]),
        alerts=tuple(one.line() for one in around.alerts if one.milestone_id in ids or one.recipients & ground.units),
        cases=tuple(one.row for one in around.cases if one.organization_id in ground.units or one.milestones & ids),
        items=tuple(item for item in around.items if item.milestone_id in ids or item.organization_id in ground.units),
    )


def _grounds(session: Session, plan: Plan, place_ids: Collection[int]) -> dict[int, _Ground]:
    """Return what each place in the plan's area takes in, in the order of division codes."""
    below, subject = aliased(Place), aliased(Place)
    area = session.get_one(Place, plan.place_id)
    inside = sa.or_(
        col(subject.id) == area.id, sa.func.substr(col(subject.path), 1, len(area.path) + 1) == f"{area.path}/"
    )
    within = sa.func.substr(col(below.path), 1, sa.func.length(col(subject.path)) + 1) == col(subject.path).concat("/")
    query: Any = (
        sa.select(col(subject.id), col(subject.name), col(below.id).label("below_id"))
        .join(below, sa.or_(col(below.id) == col(subject.id), within))
        .where(col(subject.id).in_(place_ids), inside)
        .order_by(col(subject.sort_key), col(subject.id), col(below.id))
    )
    found: dict[int, _Ground] = {}
    for row in session.execute(query):
        ground = found.setdefault(row.id, _Ground(row.name))
        if row.id != area.id or row.below_id == area.id:
            ground.places.add(row.below_id)
    _take_units(session, found)
    return found


def _take_units(session: Session, grounds: dict[int, _Ground]) -> None:
    places = {place for ground in grounds.values() for place in ground.places}
    query = sa.select(col(Organization.id), col(Organization.place_id)).where(col(Organization.place_id).in_(places))
    at_place: dict[int, set[int]] = defaultdict(set)
    for unit_id, place_id in session.execute(query):
        at_place[place_id].add(unit_id)
    for ground in grounds.values():
        ground.units = {unit for place in ground.places for unit in at_place[place]}


def _take_milestones(ledger: Ledger, grounds: dict[int, _Ground]) -> None:
    """Judge what lies at the places and what their units answer for, and give it to them."""
    places = {place for ground in grounds.values() for place in ground.places}
    units = sa.select(col(Organization.id)).where(col(Organization.place_id).in_(places))
    bound = sa.select(col(MilestoneUnit.milestone_id)).where(
        col(MilestoneUnit.organization_id).in_(units), col(MilestoneUnit.role) == UnitRole.RESPONSIBLE
    )
    ledger.judge_where(sa.or_(col(Milestone.place_id).in_(places), col(Milestone.id).in_(bound)))
    by_place: dict[int, list[PastMilestone]] = defaultdict(list)
    by_unit: dict[int, list[PastMilestone]] = defaultdict(list)
    for row in in_order(ledger.judged.values()):
        by_place[row.place_id].append(row)
        for unit in row.units:
            if unit.role is UnitRole.RESPONSIBLE:
                by_unit[unit.organization_id].append(row)
    for place_id, ground in grounds.items():
        ground.own = in_order(row for place in ground.places for row in by_place[place])
        if place_id != ledger.plan.place_id:
            shared = {row.id: row for unit in ground.units for row in by_unit[unit]}
            ground.shared = in_order(row for row in shared.values() if row.place_id not in ground.places)


def _answering(rows: Iterable[PastMilestone]) -> tuple[str, ...]:
    """Return the units that answer for milestones, under their full names, in the document's order."""
    return tuple(dict.fromkeys(unit.name for row in rows for unit in row.units if unit.role is UnitRole.RESPONSIBLE))


def _lines(rows: Iterable[PastMilestone], lines: dict[int, SheetMilestone]) -> tuple[SheetMilestone, ...]:
    return tuple(lines[row.id] for row in rows)


def _alerts(ledger: Ledger, grounds: dict[int, _Ground], places: Collection[int]) -> list[AlertThen]:
    there = sa.select(col(Milestone.id)).where(
        col(Milestone.plan_id) == ledger.plan_id, col(Milestone.place_id).in_(places)
    )
    units = {unit for ground in grounds.values() for unit in ground.units}
    return alerts_then(ledger, sa.or_(col(Alert.milestone_id).in_(there), addressed_to(units)))


def _courses(ledger: Ledger, grounds: dict[int, _Ground]) -> dict[str, tuple[Trajectory, ...]]:
    """Return the course of every indicator measured at the places themselves, by name of the place."""
    only = next(iter(grounds)) if len(grounds) == 1 else None
    found: dict[str, list[Trajectory]] = defaultdict(list)
    for one in trajectories(ledger.session, ledger.plan_id, ledger.at.at, place_id=only):
        found[one.place].append(one)
    return {place: tuple(courses) for place, courses in found.items()}


def _projects(ledger: Ledger, places: Collection[int]) -> dict[int, list[ProjectRow]]:
    """Return the projects sited at places by place, as they read then, with the figures of the export."""
    found: dict[int, list[ProjectRow]] = defaultdict(list)
    own = col(Project.plan_id) == ledger.plan_id
    now = {
        key: place_id
        for key, place_id in ledger.session.execute(sa.select(col(Project.id), col(Project.place_id)).where(own))
    }
    records = projects(ledger.session, Selection(plan_id=ledger.plan_id), ledger.at.on, record=ledger.record)
    sites = {key: place_then(ledger.record, ledger.plan_id, item.key) for key, item in records}
    sited = [(now[key] if sites[key] is None else sites[key], key, item) for key, item in records]
    here = [row for row in sited if row[0] in places]
    if not here:
        return found
    ledger.judge_where(col(Milestone.project_id).in_([key for _, key, _ in here]), col(Milestone.kind).in_(_DATES))
    dates = {(row.project_id, row.kind): row for row in in_order(ledger.judged.values()) if row.project_id}
    for place_id, key, item in sorted(here, key=lambda row: (row[2].no, row[1])):
        start, completion = (dates.get((key, kind)) for kind in _DATES)
        found[place_id or 0].append(project_row(item, _standing(start), _standing(completion)))
    return found


def _standing(row: PastMilestone | None) -> str | None:
    return STANDINGS[row.finding.standing] if row else None
