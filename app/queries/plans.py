"""Reads of plans: the lines of the list with their counts, and everything on a plan's own page."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.circulars import IN_TIME, NOT_RATED, OnTime
from app.domain.vocabulary import Standing, UnitRole
from app.models import (
    LadderRung,
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    Organization,
    Place,
    Plan,
    Stage,
    Standard,
)
from app.queries.unit_scope import readable_milestones, readable_units

OPEN = (Standing.PLANNED, Standing.ON_TRACK, Standing.DUE_SOON, Standing.BEHIND, Standing.AWAITING_VERIFICATION)


class Segment(NamedTuple):
    """A piece of a bar 100 wide."""

    standing: Standing
    number: int
    x: float
    width: float


@dataclass
class Tally:
    """Milestones counted by standing; `due` are those due by today that are rated, `claims` wait for the office."""

    counts: dict[Standing, int] = field(default_factory=lambda: dict.fromkeys(Standing, 0))
    due: int = 0
    in_time: int = 0
    claims: int = 0

    def add(self, other: "Tally") -> None:
        """Count another tally in."""
        for standing, count in other.counts.items():
            self.counts[standing] += count
        self.due, self.in_time, self.claims = (
            self.due + other.due,
            self.in_time + other.in_time,
            self.claims + other.claims,
        )

    @property
    def total(self) -> int:
        """Return all milestones."""
        return sum(self.counts.values())

    @property
    def present(self) -> list[tuple[Standing, int]]:
        """Return the standings that occur, in the order of the list, with their counts."""
        return [(standing, count) for standing, count in self.counts.items() if count]

    @property
    def on_time(self) -> OnTime:
        """Return the on-time rate as the quarterly circular gives it."""
        return OnTime(self.due, self.in_time, 0)

    @property
    def segments(self) -> list[Segment]:
        """Return the stacked bar of the standings that occur."""
        return segments(self.counts.items())


def segments(counts: Iterable[tuple[Standing, int]]) -> list[Segment]:
    """Return a stacked bar 100 wide of the counts that are not zero."""
    present = [(standing, count) for standing, count in counts if count]
    total, x, found = sum(count for _, count in present), 0.0, []
    for standing, count in present:
        width = round(100 * count / total, 3)
        found.append(Segment(standing, count, round(x, 3), width))
        x += width
    return found


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in a list; `next_due_on` None: nothing open is still to fall due."""

    tally: Tally
    id: int
    slug: str
    title: str
    short_title: str
    document_number: str | None
    issued_on: date
    period_start: date
    period_end: date
    place_name: str
    next_due_on: date | None


@dataclass(frozen=True, slots=True)
class PlanHead:
    """What stands at the head of a plan's page."""

    plan: Plan
    place_name: str
    office_name: str
    standard_name: str


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """A clause with its milestones by standing."""

    clause: str
    tally: Tally


@dataclass(frozen=True)
class Chapter:
    """The clauses of one chapter of a plan, in the document's order."""

    name: str
    clauses: tuple[ClauseLine, ...]

    @cached_property
    def tally(self) -> Tally:
        """Return the chapter's counts."""
        total = Tally()
        for line in self.clauses:
            total.add(line.tally)
        return total


@dataclass(frozen=True, slots=True)
class PlanUnit:
    """A unit of a plan with the milestones it answers for and those it supports."""

    id: int
    name: str
    responsible: int
    supporting: int


def in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that narrow the projection to what a person sees."""
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(MilestoneStanding.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        conditions.append(col(MilestoneStanding.milestone_id).in_(readable_milestones(scope.organization_id)))
    return conditions


def plans_in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that narrow plans: a unit sees those that name it or a unit that it supervises."""
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(Plan.id) == scope.plan_id)
    if scope.organization_id is not None:
        naming = (
            sa.select(col(MilestoneUnit.milestone_id))
            .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
            .where(
                col(MilestoneUnit.organization_id).in_(readable_units(scope.organization_id)),
                col(Milestone.plan_id) == col(Plan.id),
            )
        )
        conditions.append(naming.exists())
    return conditions


def tallies(session: Session, scope: Scope, today: date, *, plan_id: int | None = None) -> dict[int, Tally]:
    """Return the counts of every plan in scope (or of one) by plan id: one pass over one index."""
    row = MilestoneStanding
    keys = (col(row.plan_id), col(row.standing), col(row.timeliness), col(row.claim_pending))
    due = sa.func.sum(sa.case((col(row.effective_due_on) <= today, 1), else_=0))
    query = sa.select(*keys, sa.func.count(), due).where(*in_scope(scope)).group_by(*keys)
    if plan_id is not None:
        query = query.where(col(row.plan_id) == plan_id)
    found: dict[int, Tally] = defaultdict(Tally)
    for owner, standing, timeliness, claimed, count, past in session.execute(query):
        tally = found[owner]
        tally.counts[standing] += count
        tally.claims += count if claimed else 0
        tally.due += 0 if standing in NOT_RATED else int(past)
        tally.in_time += int(past) if standing is Standing.CLOSED and timeliness in IN_TIME else 0
    return found


def list_plans(session: Session, scope: Scope, today: date) -> list[PlanLine]:
    """Return the plans in scope with their counts and the next day on which something open falls due."""
    row = MilestoneStanding
    next_due = (
        sa.select(sa.func.min(col(row.effective_due_on)))
        .where(
            col(row.plan_id) == col(Plan.id),
            col(row.effective_due_on) >= today,
            col(row.standing).in_(OPEN),
            *in_scope(Scope(None, scope.organization_id)),
        )
        .scalar_subquery()
    )
    query = (
        sa.select(
            col(Plan.id),
            col(Plan.slug),
            col(Plan.title),
            col(Plan.short_title),
            col(Plan.document_number),
            col(Plan.issued_on),
            col(Plan.period_start),
            col(Plan.period_end),
            col(Place.name),
            next_due,
        )
        .join(Place, col(Place.id) == col(Plan.place_id))
        .where(*plans_in_scope(scope))
        .order_by(col(Plan.sort_key))
    )
    counts = tallies(session, scope, today)
    return [PlanLine(counts.get(found[0], Tally()), *found) for found in session.execute(query)]


def find_plan(session: Session, scope: Scope, slug: str) -> PlanHead | None:
    """Return a plan's head; None when it does not exist or lies out of scope."""
    found = session.execute(
        sa.select(Plan, col(Place.name), col(Organization.name), col(Standard.name))
        .join(Place, col(Place.id) == col(Plan.place_id))
        .join(Organization, col(Organization.id) == col(Plan.office_id))
        .join(Standard, col(Standard.id) == col(Plan.standard_id))
        .where(col(Plan.slug) == slug, *plans_in_scope(scope))
    ).first()
    return PlanHead(*found) if found else None


def plan_by_id(session: Session, scope: Scope, plan_id: int) -> Plan | None:
    """Return a plan; None when it does not exist or lies out of scope."""
    return session.scalar(sa.select(Plan).where(col(Plan.id) == plan_id, *plans_in_scope(scope)))


def stages(session: Session, plan_id: int) -> list[Stage]:
    """Return a plan's stages in order of time."""
    query = sa.select(Stage).where(col(Stage.plan_id) == plan_id).order_by(col(Stage.start_on), col(Stage.id))
    return list(session.scalars(query))


def ladder(session: Session, plan_id: int) -> list[LadderRung]:
    """Return the rungs of a plan's ladder in the order in which they fire, those of due dates first."""
    query = sa.select(LadderRung).where(col(LadderRung.plan_id) == plan_id)
    return list(
        session.scalars(query.order_by(col(LadderRung.trigger), col(LadderRung.offset_days), col(LadderRung.id)))
    )


def chapters(session: Session, scope: Scope, plan_id: int) -> list[Chapter]:
    """Return a plan's clauses with counts by standing, by chapter, in the document's order."""
    first = sa.func.min(col(Milestone.position)).label("first")
    query = (
        sa.select(col(Milestone.clause), col(MilestoneStanding.standing), sa.func.count(), first)
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .where(col(Milestone.plan_id) == plan_id, *in_scope(scope))
        .group_by(col(Milestone.clause), col(MilestoneStanding.standing))
        .order_by(first)
    )
    lines: dict[str, Tally] = defaultdict(Tally)
    for clause, standing, count, _first in session.execute(query):
        lines[clause].counts[standing] += count
    grouped: dict[str, list[ClauseLine]] = defaultdict(list)
    for clause, tally in lines.items():
        grouped[chapter_of(clause)].append(ClauseLine(clause, tally))
    return [Chapter(name, tuple(items)) for name, items in grouped.items()]


def chapter_of(clause: str) -> str:
    """Return the chapter a clause begins with: `三(一)2` is of chapter 三, `附件1` of 附件."""
    return clause.split("(")[0].split("、")[0].rstrip("0123456789")


def units(session: Session, scope: Scope, plan_id: int) -> list[PlanUnit]:
    """Return the units a plan names, by pinyin, with how many milestones each answers for and supports."""
    roles: list[Any] = [
        sa.func.sum(sa.case((col(MilestoneUnit.role) == role, 1), else_=0))
        for role in (UnitRole.RESPONSIBLE, UnitRole.SUPPORTING)
    ]
    query = (
        sa.select(col(Organization.id), col(Organization.name), *roles)
        .join(MilestoneUnit, col(MilestoneUnit.organization_id) == col(Organization.id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(MilestoneUnit.milestone_id))
        .where(col(MilestoneStanding.plan_id) == plan_id, *in_scope(scope))
        .group_by(col(Organization.id), col(Organization.name), col(Organization.sort_key))
        .order_by(col(Organization.sort_key), col(Organization.name))
    )
    return [PlanUnit(*row) for row in session.execute(query)]


def x_of(plan: Plan, day: date) -> float | None:
    """Return where a day lies in a plan's period on a bar 100 wide; None outside."""
    if not plan.period_start <= day <= plan.period_end:
        return None
    return round(100 * (day - plan.period_start).days / ((plan.period_end - plan.period_start).days + 1), 2)


def stage_bars(plan: Plan, items: Iterable[Stage]) -> list[tuple[float, float]]:
    """Return each stage's place and width in the plan's period on a bar 100 wide."""
    days = (plan.period_end - plan.period_start).days + 1
    return [
        (
            round(100 * max((item.start_on - plan.period_start).days, 0) / days, 2),
            round(100 * ((item.end_on - item.start_on).days + 1) / days, 2),
        )
        for item in items
    ]
