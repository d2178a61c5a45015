"""Expected reports with what became of them: the one selection that the pages of units and of the office read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.access import Scope
from app.domain.periods import OWING, RECHECKED, TO_DO, OwedState, label
from app.domain.vocabulary import ExpectedKind, ReportState, UnitRole
from app.models import (
    ExpectedReport,
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    PeriodReopening,
    Plan,
    ReportDraft,
    ReportingPeriod,
    ReportReview,
)
from app.models.types import UtcDateTime

_HANDED_IN = (ReportState.SUBMITTED, ReportState.ENDORSED, ReportState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period of a plan: its days, and until when it is open for those it is shown to (None: not open)."""

    id: int
    plan_id: int
    plan_title: str
    first_on: date
    last_on: date
    timely_until_on: date
    closes_on: date
    open_until_on: date | None

    @property
    def name(self) -> str:
        """Return its Chinese name, 2026年第四季度."""
        return label(self.first_on, self.last_on)

    @property
    def reopened(self) -> bool:
        """Tell whether it was closed and is open again."""
        return self.open_until_on is not None and self.open_until_on > self.closes_on


@dataclass(slots=True)
class Counts:
    """Expected reports counted: those not needed any more are counted by themselves."""

    states: dict[OwedState, int] = field(default_factory=lambda: dict.fromkeys(OwedState, 0))
    reported: int = 0  # handed in at least once, whatever became of it
    late: int = 0  # of those, the first time after the timely day

    @property
    def expected(self) -> int:
        """Return how many reports are owed or were handed in."""
        return sum(self.states.values()) - self.states[OwedState.NOT_NEEDED]

    @property
    def in_time(self) -> int:
        """Return how many were handed in by the timely day."""
        return self.reported - self.late

    @property
    def missing(self) -> int:
        """Return how many were never handed in, drafts among them."""
        return self.expected - self.reported

    @property
    def to_do(self) -> int:
        """Return how many wait for the unit: missing, drafts, returned."""
        return sum(self.states[state] for state in TO_DO)

    def add(self, state: str, count: int, reported: int, late: int) -> None:
        """Count a group of rows in."""
        self.states[OwedState(state)] += count
        if state != OwedState.NOT_NEEDED:
            self.reported += reported
            self.late += late

    def merge(self, other: "Counts") -> None:
        """Count other counts in."""
        for state, count in other.states.items():
            self.states[state] += count
        self.reported, self.late = self.reported + other.reported, self.late + other.late


def answers(*conditions: sa.ColumnElement[bool]) -> sa.Subquery:
    """Return by expected report the one in force that answers it, and when one was first handed in.

    `conditions` on ExpectedReport narrow what is grouped.
    """
    review = ReportReview
    in_force = sa.case((col(review.state) != ReportState.REPLACED, col(review.report_id)))
    return (
        sa.select(
            col(review.expected_id).label("expected_id"),
            sa.func.max(in_force).label("report_id"),
            sa.func.min(col(review.submitted_at)).label("first_at"),
        )
        .join(ExpectedReport, col(ExpectedReport.id) == col(review.expected_id))
        .where(*conditions)
        .group_by(col(review.expected_id))
        .subquery()
    )


def needed() -> sa.ColumnElement[bool]:
    """Return the condition that an expected report is still owed: its milestone runs, the unit still answers for it.

    Selects from ExpectedReport, MilestoneStanding and Plan.
    """
    bond = sa.exists().where(
        col(MilestoneUnit.milestone_id) == col(ExpectedReport.milestone_id),
        col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
    )
    own = bond.where(col(MilestoneUnit.organization_id) == col(ExpectedReport.organization_id))
    runs = sa.and_(
        col(ExpectedReport.kind) == ExpectedKind.PROGRESS, col(MilestoneStanding.standing).in_(sorted(OWING))
    )
    settled = sa.and_(
        col(ExpectedReport.kind) == ExpectedKind.RECHECK, col(MilestoneStanding.standing).in_(sorted(RECHECKED))
    )
    of_office = sa.and_(col(ExpectedReport.organization_id) == col(Plan.office_id), ~bond)
    return sa.and_(sa.or_(runs, settled), sa.or_(own, of_office))


def state_of(*, drafts: bool) -> sa.ColumnElement[str]:
    """Return where an expected report stands; `drafts` False: as the office sees it, to whom a draft is missing."""
    handed_in = [(col(ReportReview.state) == state, sa.literal(OwedState(state).value)) for state in _HANDED_IN]
    rest: list[Any] = [(~needed(), sa.literal(OwedState.NOT_NEEDED.value))]
    if drafts:
        rest.append((col(ReportDraft.id).is_not(None), sa.literal(OwedState.DRAFT.value)))
    rest.append((col(ReportReview.state) == ReportState.RETURNED, sa.literal(OwedState.RETURNED.value)))
    return sa.case(*handed_in, *rest, else_=sa.literal(OwedState.MISSING.value))


def joined(query: sa.Select[Any], answer: sa.Subquery, *, drafts: bool) -> sa.Select[Any]:
    """Join what `state_of` looks at to a selection from ExpectedReport."""
    expected = ExpectedReport
    query = (
        query.select_from(expected)
        .join(Milestone, col(Milestone.id) == col(expected.milestone_id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(expected.milestone_id))
        .outerjoin(answer, answer.c.expected_id == col(expected.id))
        .outerjoin(ReportReview, col(ReportReview.report_id) == answer.c.report_id)
    )
    return query.outerjoin(ReportDraft, col(ReportDraft.expected_id) == col(expected.id)) if drafts else query


def is_late(periods: Iterable[PeriodRow], first_at: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """Return the condition that a report was first handed in after the timely day of its period."""
    ends = {period.id: sa.literal(day_end(period.timely_until_on), UtcDateTime()) for period in periods}
    if not ends:
        return sa.false()
    return first_at >= sa.case(ends, value=col(ExpectedReport.period_id))


def counted(
    session: Session,
    periods: Iterable[PeriodRow],
    *conditions: sa.ColumnElement[bool],
    by: Any,
    drafts: bool = False,
) -> dict[Any, Counts]:
    """Return counts of the expected reports of some periods by a column, narrowed by conditions on ExpectedReport."""
    periods = list(periods)
    narrowed = (col(ExpectedReport.period_id).in_([period.id for period in periods]), *conditions)
    answer = answers(*narrowed)
    first_at = answer.c.first_at
    query = sa.select(
        by,
        state_of(drafts=drafts).label("stands"),
        sa.func.count().label("count"),
        sa.func.count(first_at).label("reported"),
        sa.func.sum(sa.case((is_late(periods, first_at), 1), else_=0)).label("late"),
    )
    query = joined(query, answer, drafts=drafts).where(*narrowed).group_by(by, sa.text("stands"))
    found: dict[Any, Counts] = {}
    for key, *values in session.execute(query):
        found.setdefault(key, Counts()).add(*values)
    return found


def open_periods(session: Session, scope: Scope, today: date) -> list[PeriodRow]:
    """Return the periods in which a unit (or an office for its plan) may report today, the oldest first."""
    until = _reopened_until(scope.organization_id)
    open_now = sa.or_(col(ReportingPeriod.closes_on) >= today, until >= today)
    query = periods_query(until).where(open_now, col(ReportingPeriod.first_on) <= today)
    if scope.plan_id is not None:
        query = query.where(col(ReportingPeriod.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        owes = sa.exists().where(
            col(ExpectedReport.period_id) == col(ReportingPeriod.id),
            col(ExpectedReport.organization_id) == scope.organization_id,
        )
        query = query.where(owes)
    return [period_row(row, today) for row in session.execute(query)]


def periods_of(session: Session, scope: Scope, chosen: sa.ColumnElement[bool], today: date) -> list[PeriodRow]:
    """Return the periods of chosen expected reports, and until when they are open for the person."""
    owing = sa.exists().where(col(ExpectedReport.period_id) == col(ReportingPeriod.id), chosen)
    query = periods_query(_reopened_until(scope.organization_id)).where(owing)
    return [period_row(row, today) for row in session.execute(query)]


def periods_query(until: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return the selection of periods with their plan, ordered by their days; `until`: reopened until."""
    columns: list[Any] = [
        col(ReportingPeriod.id),
        col(ReportingPeriod.plan_id),
        col(Plan.short_title),
        col(ReportingPeriod.first_on),
        col(ReportingPeriod.last_on),
        col(ReportingPeriod.timely_until_on),
        col(ReportingPeriod.closes_on),
        until.label("until"),
    ]
    return (
        sa.select(*columns)
        .join(Plan, col(Plan.id) == col(ReportingPeriod.plan_id))
        .order_by(col(ReportingPeriod.first_on), col(Plan.sort_key), col(ReportingPeriod.id))
    )


def period_row(row: Any, today: date) -> PeriodRow:
    """Return a period of `periods_query` with the last day on which it is open, None when that has passed."""
    last = max(row.closes_on, row.until) if row.until else row.closes_on
    values: tuple[Any, ...] = (*row[:-1], last if last >= today else None)
    return PeriodRow(*values)


def _reopened_until(organization_id: int | None) -> sa.ColumnElement[Any]:
    """Return until when a period is reopened for a unit; None: for the office of its plan."""
    unit = sa.literal(organization_id) if organization_id is not None else col(Plan.office_id)
    return (
        sa.select(sa.func.max(col(PeriodReopening.until_on)))
        .where(col(PeriodReopening.period_id) == col(ReportingPeriod.id), col(PeriodReopening.organization_id) == unit)
        .correlate(ReportingPeriod, Plan)
        .scalar_subquery()
    )
