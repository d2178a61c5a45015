"""Reporting periods as the office sees them: counts by period and unit, who has not reported, what was reopened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.periods import OwedState
from app.domain.vocabulary import ExpectedKind, Standing
from app.models import (
    Account,
    ExpectedReport,
    Milestone,
    MilestoneStanding,
    Organization,
    PeriodReopening,
    Place,
    Plan,
    ReportingPeriod,
)
from app.queries.expected_reports import (
    Counts,
    PeriodRow,
    answers,
    counted,
    is_late,
    joined,
    period_row,
    periods_query,
    state_of,
)

PAGE = 50


@dataclass(frozen=True, slots=True)
class PeriodList:
    """A page of periods, the newest first, with counts by period id; units get the counts of their own reports."""

    rows: tuple[PeriodRow, ...]
    counts: dict[int, Counts]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))


@dataclass(frozen=True, slots=True)
class PeriodInHand:
    """A quarter or month that is being reported on, of one plan or of several."""

    name: str
    id: int
    timely_until_on: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit's expected reports of a period, counted."""

    id: int
    name: str
    short_name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class UnitList:
    """A page of the units of a period, those who miss most first."""

    rows: tuple[UnitLine, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """An expected report of a unit in a period; `first_at`: when one was first handed in, None: never."""

    kind: ExpectedKind
    milestone_id: int
    clause: str
    title: str
    place_name: str
    effective_due_on: date
    standing: Standing
    state: OwedState
    first_at: datetime | None
    late: bool
    unit_name: str


@dataclass(frozen=True, slots=True)
class ReopeningRow:
    """A closed period that was opened again for a unit."""

    until_on: date
    reason: str
    author: str
    recorded_at: datetime


def list_periods(session: Session, scope: Scope, plan_id: int | None, today: date, *, number: int = 1) -> PeriodList:
    """Return a page of the periods of the plans in scope, or of one of them; for a unit those in which it owes."""
    conditions = _in_scope(scope)
    if plan_id is not None:
        conditions.append(col(ReportingPeriod.plan_id) == plan_id)
    count = session.scalar(sa.select(sa.func.count()).select_from(ReportingPeriod).where(*conditions)) or 0
    number = max(1, min(number, -(-count // PAGE)))
    query = _newest_first().where(*conditions).limit(PAGE).offset((number - 1) * PAGE)
    rows = [period_row(row, today) for row in session.execute(query)]
    return PeriodList(tuple(rows), _counts(session, scope, rows, col(ExpectedReport.period_id)), count, number)


def in_hand(session: Session, scope: Scope, today: date) -> list[PeriodInHand]:
    """Return the periods that are open by their own days, the oldest first.

    Those of several plans with one name are one; its timely day is the earliest of theirs.
    """
    query = _newest_first().where(
        *_in_scope(scope), col(ReportingPeriod.first_on) <= today, col(ReportingPeriod.closes_on) >= today
    )
    rows = [period_row(row, today) for row in session.execute(query)]
    counts = _counts(session, scope, rows, col(ExpectedReport.period_id))
    found: dict[str, PeriodInHand] = {}
    for row in reversed(rows):
        if row.id in counts:
            item = found.setdefault(row.name, PeriodInHand(row.name, row.id, row.timely_until_on, Counts()))
            item.counts.merge(counts[row.id])
    return list(found.values())


def period(session: Session, scope: Scope, period_id: int, today: date) -> tuple[PeriodRow, Counts] | None:
    """Return one period with its counts; None when it lies out of scope."""
    row = session.execute(_newest_first().where(*_in_scope(scope), col(ReportingPeriod.id) == period_id)).first()
    if row is None:
        return None
    found = period_row(row, today)
    return found, _counts(session, scope, [found], col(ExpectedReport.period_id)).get(period_id, Counts())


def units_of(session: Session, scope: Scope, shown: PeriodRow, *, number: int = 1) -> UnitList:
    """Return a page of the units that owe in a period: first those of whom most is missing, then by pinyin."""
    counts = _counts(session, scope, [shown], col(ExpectedReport.organization_id))
    names = session.execute(
        sa.select(
            col(Organization.id), col(Organization.name), col(Organization.short_name), col(Organization.sort_key)
        ).where(col(Organization.id).in_(counts))
    )
    lines = sorted(((-counts[row.id].missing, row.sort_key, row.id, row) for row in names), key=lambda item: item[:3])
    number = max(1, min(number, -(-len(lines) // PAGE)))
    page = lines[(number - 1) * PAGE : number * PAGE]
    return UnitList(
        tuple(UnitLine(row.id, row.name, row.short_name, counts[row.id]) for *_, row in page), len(lines), number
    )


def rows_of(
    session: Session, scope: Scope, shown: PeriodRow, *, unit_id: int | None = None, states: Sequence[OwedState] = ()
) -> list[ExpectedRow]:
    """Return the expected reports of a period, of one unit and in some states (none: all), by unit and due date."""
    narrowed = [col(ExpectedReport.period_id) == shown.id, *_own(scope)]
    if unit_id is not None:
        narrowed.append(col(ExpectedReport.organization_id) == unit_id)
    answer = answers(*narrowed)
    stands = state_of(drafts=False)
    columns: list[Any] = [
        col(ExpectedReport.kind),
        col(Milestone.id),
        col(Milestone.clause),
        col(Milestone.title),
        col(Place.name),
        col(MilestoneStanding.effective_due_on),
        col(MilestoneStanding.standing),
        stands.label("stands"),
        answer.c.first_at,
        sa.func.coalesce(is_late([shown], answer.c.first_at), sa.false()),
        col(Organization.name),
    ]
    query = (
        joined(sa.select(*columns), answer, drafts=False)
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .join(Organization, col(Organization.id) == col(ExpectedReport.organization_id))
        .where(*narrowed)
        .order_by(
            col(Organization.sort_key),
            col(Organization.id),
            col(MilestoneStanding.effective_due_on),
            col(Milestone.position),
        )
    )
    if states:
        query = query.where(stands.in_([state.value for state in states]))
    found = []
    for values in session.execute(query):
        pieces: tuple[Any, ...] = (*values[:7], OwedState(values[7]), values[8], bool(values[9]), values[10])
        found.append(ExpectedRow(*pieces))
    return found


def owes(session: Session, scope: Scope, period_id: int, unit_id: int) -> str | None:
    """Return the name of a unit of which something is expected in a period; None: nothing is, or out of scope."""
    query = (
        sa.select(col(Organization.name))
        .join(ExpectedReport, col(ExpectedReport.organization_id) == col(Organization.id))
        .where(col(ExpectedReport.period_id) == period_id, col(Organization.id) == unit_id, *_own(scope))
    )
    return session.scalar(query.limit(1))


def reopenings(session: Session, period_id: int, unit_id: int) -> list[ReopeningRow]:
    """Return how often and why a period was opened again for a unit, the newest first."""
    query = (
        sa.select(
            col(PeriodReopening.until_on),
            col(PeriodReopening.reason),
            col(Account.display_name),
            col(PeriodReopening.recorded_at),
        )
        .join(Account, col(Account.id) == col(PeriodReopening.author_id))
        .where(col(PeriodReopening.period_id) == period_id, col(PeriodReopening.organization_id) == unit_id)
        .order_by(col(PeriodReopening.id).desc())
    )
    return [ReopeningRow(*row) for row in session.execute(query)]


def _newest_first() -> sa.Select[Any]:
    none: sa.ColumnElement[Any] = sa.null()
    query = periods_query(none).order_by(None)
    return query.order_by(
        col(ReportingPeriod.first_on).desc(), col(Plan.sort_key), col(ReportingPeriod.plan_id), col(ReportingPeriod.id)
    )


def _in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(ReportingPeriod.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        conditions.append(
            sa.exists().where(
                col(ExpectedReport.period_id) == col(ReportingPeriod.id),
                col(ExpectedReport.organization_id) == scope.organization_id,
            )
        )
    return conditions


def _own(scope: Scope) -> list[sa.ColumnElement[bool]]:
    unit = scope.organization_id
    return [] if unit is None else [col(ExpectedReport.organization_id) == unit]


def _counts(session: Session, scope: Scope, rows: Sequence[PeriodRow], by: Any) -> dict[Any, Counts]:
    return counted(session, rows, *_own(scope), by=by) if rows else {}
