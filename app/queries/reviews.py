"""Reports that wait to be looked at: the queue with its filters, its neighbours, and how long the waiting takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Scope
from app.domain.reports import WAITING, ReportKind
from app.domain.vocabulary import DecisionKind, ExpectedKind, ReportState, Standing
from app.models import (
    Evidence,
    ExpectedReport,
    Milestone,
    MilestoneDecision,
    MilestoneStanding,
    Organization,
    Plan,
    Report,
    ReportingPeriod,
    ReportReview,
    ReportValue,
)
from app.queries.unit_scope import supervised

PAGE = 50
ANSWER_DAYS = 5  # within which a report should be answered
WINDOW_DAYS = 90  # over which the answers are counted


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """What the queue is narrowed to; None and empty do not narrow. `state` None: what waits for this reader.

    `period` is a period's first and last day.
    """

    plan: str = ""
    unit_id: int | None = None
    period: tuple[date, date] | None = None
    state: ReportState | None = None
    kind: ReportKind | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A report of the queue; `explained` counts values with a word of explanation, `first_on` None: for no period."""

    report_id: int
    milestone_id: int
    title: str
    clause: str
    plan_title: str
    plan_slug: str
    standing: Standing
    unit: str | None
    supervisor: str | None
    state: ReportState
    submitted_at: datetime
    changed_at: datetime
    reported_on: date
    share_pct: Decimal | None
    summary: str
    claims_completion: bool
    no_change: bool
    again: bool  # it takes the place of one that was sent back, or not looked at yet
    first_on: date | None
    last_on: date | None
    expected: ExpectedKind | None
    values: int
    explained: int
    files: int

    @property
    def waits(self) -> bool:
        """Tell whether somebody is to look at it."""
        return self.state in WAITING

    def days(self, today: date) -> int:
        """Return for how many days it has waited, or waited until it was answered."""
        return ((today if self.waits else local_day(self.changed_at)) - local_day(self.submitted_at)).days


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue, how many reports there are in all, and the report after which the next page begins."""

    rows: tuple[QueueRow, ...]
    count: int
    next: int | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, in days of waiting, and of what was answered lately how many in time; None: nothing to count."""

    waiting: int
    oldest_days: int | None
    median_days: int | None
    answered: int
    in_time: int

    @property
    def in_time_pct(self) -> Decimal | None:
        """Return the share answered in time."""
        return Decimal(self.in_time * 100) / self.answered if self.answered else None


def queue(session: Session, scope: Scope, wanted: ReviewFilter, after: int | None = None) -> QueuePage:
    """Return a page of reports, what waits the oldest first, what was answered the newest first."""
    keys: tuple[Any, ...] = col(ReportReview.submitted_at), col(ReportReview.report_id)
    newest_first = wanted.state is not None and wanted.state not in WAITING
    chosen = _matching(sa.select(*keys), scope, wanted)
    count = session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    if after is not None:
        chosen = chosen.where(_beyond(after, backwards=newest_first))
    order = [key.desc() if newest_first else key.asc() for key in keys]
    found = [row.report_id for row in session.execute(chosen.order_by(*order).limit(PAGE + 1))]
    rows = _rows(session, found[:PAGE])
    return QueuePage(rows, count, rows[-1].report_id if len(found) > PAGE else None)


def rows_of(session: Session, scope: Scope, report_ids: Sequence[int]) -> tuple[QueueRow, ...]:
    """Return the given reports in scope, wherever they stand, the oldest first."""
    chosen = sa.select(col(ReportReview.report_id)).where(col(ReportReview.report_id).in_(report_ids), *in_scope(scope))
    return _rows(session, sorted(session.scalars(chosen)))


def neighbours(session: Session, scope: Scope, wanted: ReviewFilter, report_id: int) -> tuple[int | None, int | None]:
    """Return the report before and the one after a report in the order of waiting; it need not match itself."""
    wanted = wanted if wanted.state is None or wanted.state in WAITING else replace(wanted, state=None)
    keys = col(ReportReview.submitted_at), col(ReportReview.report_id)
    found: list[int | None] = []
    for backwards in (True, False):
        beyond = _matching(sa.select(col(ReportReview.report_id)), scope, wanted).where(
            _beyond(report_id, backwards=backwards)
        )
        order = [key.desc() if backwards else key.asc() for key in keys]
        found.append(session.scalar(beyond.order_by(*order).limit(1)))
    return found[0], found[1]


def periods(session: Session, scope: Scope) -> list[tuple[date, date]]:
    """Return the spans of the periods that have been opened in scope, the latest first."""
    span = col(ReportingPeriod.first_on), col(ReportingPeriod.last_on)
    query = sa.select(*span).distinct().order_by(span[0].desc(), span[1])
    if scope.plan_id is not None:
        query = query.where(col(ReportingPeriod.plan_id) == scope.plan_id)
    return [(first_on, last_on) for first_on, last_on in session.execute(query)]


def units(session: Session, scope: Scope) -> list[tuple[int, str]]:
    """Return the units whose reports are on record in scope, by pinyin."""
    reporting = sa.select(col(ReportReview.organization_id)).where(*in_scope(scope))
    query = sa.select(col(Organization.id), col(Organization.short_name)).where(col(Organization.id).in_(reporting))
    return [(key, name) for key, name in session.execute(query.order_by(col(Organization.sort_key)))]


def waiting_days(session: Session, scope: Scope, today: date) -> list[int]:
    """Return for how many days each report waits that is this reader's to look at."""
    query = _matching(sa.select(col(ReportReview.submitted_at)), scope, ReviewFilter())
    return sorted((today - local_day(moment)).days for moment in session.scalars(query))


def backlog(session: Session, scope: Scope, today: date, now: datetime) -> Backlog:
    """Return how much waits and how long, and how quickly the reports of the last WINDOW_DAYS were answered."""
    days = waiting_days(session, scope, today)
    first = sa.func.min(col(MilestoneDecision.recorded_at))
    kinds = [DecisionKind.ENDORSE] if scope.organization_id is not None else [DecisionKind.ACCEPT]
    query = (
        sa.select(col(ReportReview.submitted_at), first)
        .join(MilestoneDecision, col(MilestoneDecision.report_id) == col(ReportReview.report_id))
        .where(
            col(MilestoneDecision.recorded_at) >= now - timedelta(days=WINDOW_DAYS),
            col(MilestoneDecision.kind).in_([*kinds, DecisionKind.RETURN, DecisionKind.CLOSE_OUT]),
            *in_scope(scope),
        )
        .group_by(col(ReportReview.report_id), col(ReportReview.submitted_at))
    )
    taken = [(local_day(answered) - local_day(given)).days for given, answered in session.execute(query)]
    return Backlog(
        waiting=len(days),
        oldest_days=days[-1] if days else None,
        median_days=round(median(days)) if days else None,
        answered=len(taken),
        in_time=sum(item <= ANSWER_DAYS for item in taken),
    )


def in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that narrow reviews: a plan's office sees that plan's, a supervisor its units'."""
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(ReportReview.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        conditions.append(col(ReportReview.organization_id).in_(supervised(scope.organization_id)))
    return conditions


def _matching(query: sa.Select[Any], scope: Scope, wanted: ReviewFilter) -> sa.Select[Any]:
    """Add the conditions of scope and filter to a select on the reviews; a withdrawn milestone's wait for nobody."""
    mine = [ReportState.SUBMITTED] if scope.organization_id is not None else sorted(WAITING)
    conditions = in_scope(scope)
    conditions.append(
        col(ReportReview.state).in_(mine) if wanted.state is None else col(ReportReview.state) == wanted.state
    )
    if wanted.state is None or wanted.state in WAITING:
        gone = sa.select(col(MilestoneStanding.milestone_id)).where(
            col(MilestoneStanding.standing) == Standing.WITHDRAWN
        )
        conditions.append(col(ReportReview.milestone_id).not_in(gone))
    if wanted.plan:
        named = sa.select(col(Plan.id)).where(col(Plan.slug) == wanted.plan)
        conditions.append(col(ReportReview.plan_id).in_(named))
    if wanted.unit_id is not None:
        conditions.append(col(ReportReview.organization_id) == wanted.unit_id)
    if wanted.period is not None:
        conditions.append(col(ReportReview.expected_id).in_(_expected_in(wanted.period)))
    if wanted.kind is not None:
        conditions.append(_of_kind(wanted.kind))
    return query.where(*conditions)


def _expected_in(span: tuple[date, date]) -> sa.Select[Any]:
    return (
        sa.select(col(ExpectedReport.id))
        .join(ReportingPeriod, col(ReportingPeriod.id) == col(ExpectedReport.period_id))
        .where(col(ReportingPeriod.first_on) == span[0], col(ReportingPeriod.last_on) == span[1])
    )


def _of_kind(kind: ReportKind) -> sa.ColumnElement[bool]:
    this = col(ReportReview.report_id)
    match kind:
        case ReportKind.CLAIM:
            return this.in_(sa.select(col(Report.id)).where(col(Report.claims_completion).is_(True)))
        case ReportKind.NO_CHANGE:
            return this.in_(sa.select(col(Report.id)).where(col(Report.no_change).is_(True)))
        case ReportKind.VALUES:
            return this.in_(sa.select(col(ReportValue.report_id)))
        case ReportKind.EXPLAINED:
            return this.in_(sa.select(col(ReportValue.report_id)).where(col(ReportValue.explanation).is_not(None)))
        case ReportKind.RECHECK:
            asked = sa.select(col(ExpectedReport.id)).where(col(ExpectedReport.kind) == ExpectedKind.RECHECK)
            return col(ReportReview.expected_id).in_(asked)


def _beyond(report_id: int, *, backwards: bool) -> sa.ColumnElement[bool]:
    """Return the condition that a review comes after a report in the order of submission, or before it."""
    this = aliased(ReportReview)
    moment = sa.select(col(this.submitted_at)).where(col(this.report_id) == report_id).scalar_subquery()
    at, key = col(ReportReview.submitted_at), col(ReportReview.report_id)
    if backwards:
        return sa.or_(at < moment, sa.and_(at == moment, key < report_id))
    return sa.or_(at > moment, sa.and_(at == moment, key > report_id))


def _rows(session: Session, report_ids: Sequence[int]) -> tuple[QueueRow, ...]:
    """Return the lines of the given reports, in that order."""
    if not report_ids:
        return ()
    above = aliased(Organization)
    this = col(ReportReview.report_id)
    query = (
        sa.select(*_columns(above))
        .select_from(ReportReview)
        .join(Report, col(Report.id) == this)
        .join(Milestone, col(Milestone.id) == col(ReportReview.milestone_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(ReportReview.milestone_id))
        .join(Plan, col(Plan.id) == col(ReportReview.plan_id))
        .outerjoin(Organization, col(Organization.id) == col(ReportReview.organization_id))
        .outerjoin(above, col(above.id) == col(Organization.supervisor_id))
        .outerjoin(ExpectedReport, col(ExpectedReport.id) == col(ReportReview.expected_id))
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(ExpectedReport.period_id))
        .where(this.in_(report_ids))
    )
    found = {row[0]: QueueRow(*row) for row in session.execute(query)}
    return tuple(found[report_id] for report_id in report_ids)


def _columns(above: type[Organization]) -> list[Any]:
    """Return the columns of a line; `above` is the unit's supervisor."""
    this = col(ReportReview.report_id)

    def counted(owner: Any, *conditions: sa.ColumnElement[bool]) -> Any:
        return sa.select(sa.func.count()).where(owner == this, *conditions).correlate(ReportReview).scalar_subquery()

    return [
        this,
        col(ReportReview.milestone_id),
        col(Milestone.title),
        col(Milestone.clause),
        col(Plan.short_title),
        col(Plan.slug),
        col(MilestoneStanding.standing),
        col(Organization.short_name),
        col(above.short_name),
        col(ReportReview.state),
        col(ReportReview.submitted_at),
        col(ReportReview.changed_at),
        col(Report.reported_on),
        col(Report.share_pct),
        col(Report.summary),
        col(Report.claims_completion),
        col(Report.no_change),
        col(Report.replaces_id).is_not(None),
        col(ReportingPeriod.first_on),
        col(ReportingPeriod.last_on),
        col(ExpectedReport.kind),
        counted(col(ReportValue.report_id)),
        counted(col(ReportValue.report_id), col(ReportValue.explanation).is_not(None)),
        counted(col(Evidence.report_id)),
    ]
