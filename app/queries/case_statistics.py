"""Figures of units in a span of time, each by one grouped statement over all milestones, cases and reports in scope."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.access import Scope
from app.domain.case_replies import ReplyState
from app.domain.case_statistics import OnTime, Share, UnitFigures
from app.domain.cases import CaseEventKind, CaseStage
from app.domain.rectifications import RectificationState
from app.domain.vocabulary import Standing, Timeliness, UnitRole
from app.models import (
    AccountabilityCase,
    CaseEvent,
    CaseReply,
    ExpectedAnswer,
    ExpectedReport,
    MilestoneStanding,
    MilestoneUnit,
    Organization,
    RectificationStanding,
    ReportingPeriod,
)
from app.queries.expected_reports import Counts, counted, period_row, periods_query

_NOT_JUDGED = (Standing.WITHDRAWN, Standing.UNCONFIRMED)
_IN_TIME = (Timeliness.EARLY, Timeliness.ON_TIME)


@dataclass(frozen=True, slots=True)
class Span:
    """What figures are asked for: from a day to a day, of one plan (None: all in scope), as of today."""

    first_on: date
    last_on: date
    today: date
    plan_id: int | None = None

    @property
    def judged_until(self) -> date:
        """Return the last day whose limits are over: today's are not."""
        return min(self.last_on, self.today - timedelta(days=1))

    def over(self, column: Any) -> sa.ColumnElement[bool]:
        """Return the condition that a limit lies in the span and is over."""
        return sa.and_(column >= self.first_on, column <= self.judged_until)

    def within(self, column: Any) -> sa.ColumnElement[bool]:
        """Return the condition that a day lies in the span."""
        return sa.and_(column >= self.first_on, column <= self.last_on)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit with its figures."""

    id: int
    name: str
    figures: UnitFigures


def unit_statistics(session: Session, scope: Scope, span: Span) -> tuple[UnitRow, ...]:
    """Return the units in scope that have any figure in a span, by pinyin; ten statements however many there are."""
    parts: dict[str, dict[int, Any]] = {
        "effective": _on_time(session, scope, span, original=False),
        "original": _on_time(session, scope, span, original=True),
        "alerts_answered": _alerts_answered(session, scope, span),
        "decisions_answered": _decisions_answered(session, scope, span),
        "measures": _measures(session, scope, span),
        "reported": _reported(session, scope, span),
    }
    parts |= _rectified(session, scope, span) | _cases(session, scope, span)
    ids = {unit_id for part in parts.values() for unit_id in part}
    query = sa.select(col(Organization.id), col(Organization.name)).where(col(Organization.id).in_(ids))
    query = query.order_by(col(Organization.sort_key), col(Organization.id))
    return tuple(
        UnitRow(row.id, row.name, UnitFigures(**{name: part[row.id] for name, part in parts.items() if row.id in part}))
        for row in session.execute(query)
    )


def _on_time(session: Session, scope: Scope, span: Span, *, original: bool) -> dict[int, OnTime]:
    """Judge the milestones that a unit is responsible for and whose date, of the one kind or the other, is over."""
    standing = MilestoneStanding
    due_on = col(standing.original_due_on if original else standing.effective_due_on)
    timeliness = col(standing.original_timeliness if original else standing.timeliness)
    ended_on = sa.func.coalesce(col(standing.clock_stopped_on), sa.literal(span.today, sa.Date()))
    pending = col(standing.standing) == Standing.AWAITING_VERIFICATION
    in_time = sa.and_(col(standing.standing) == Standing.CLOSED, timeliness.in_(_IN_TIME))
    late = sa.and_(col(standing.standing).in_((Standing.CLOSED, Standing.OVERDUE)), ended_on > due_on)
    unit = col(MilestoneUnit.organization_id)
    query = (
        sa.select(
            unit,
            _count(in_time),
            _count(~pending),
            _count(pending),
            _count(late),
            sa.func.sum(sa.case((late, _days_between(session, ended_on, due_on)), else_=0)),
        )
        .join(MilestoneUnit, col(MilestoneUnit.milestone_id) == col(standing.milestone_id))
        .where(
            span.over(due_on),
            col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
            col(standing.standing).not_in(_NOT_JUDGED),
            *_narrowed(scope, span, col(standing.plan_id), unit),
        )
        .group_by(unit)
    )
    return {
        unit_id: OnTime(Share(met, of, waits), late_ones, int(days))
        for unit_id, met, of, waits, late_ones, days in session.execute(query)
    }


def _alerts_answered(session: Session, scope: Scope, span: Span) -> dict[int, Share]:
    """Count answers to alerts by their limit; what fell away unanswered is left out."""
    answer = ExpectedAnswer
    fell_away = sa.and_(col(answer.settled_on).is_not(None), col(answer.answered_on).is_(None))
    return _shares(
        session,
        col(answer.organization_id),
        col(answer.answered_on) <= col(answer.reply_due_on),
        span.over(col(answer.reply_due_on)),
        ~fell_away,
        *_narrowed(scope, span, col(answer.plan_id), col(answer.organization_id)),
    )


def _decisions_answered(session: Session, scope: Scope, span: Span) -> dict[int, Share]:
    """Count replies to decisions by the limit first set and the first reply; one sent back with a new limit stays."""
    reply = CaseReply
    return _shares(
        session,
        col(reply.organization_id),
        col(reply.first_given_on) <= col(reply.first_due_on),
        span.over(col(reply.first_due_on)),
        # A case closed before this program asked for replies owes none.
        sa.or_(col(reply.state) != ReplyState.OWED, col(AccountabilityCase.stage) != CaseStage.CLOSED),
        *_narrowed(scope, span, col(reply.plan_id), col(reply.organization_id)),
        joined=(AccountabilityCase, col(AccountabilityCase.id) == col(reply.case_id)),
    )


def _shares(
    session: Session, unit: Any, met: Any, *conditions: Any, joined: tuple[Any, Any] | None = None
) -> dict[int, Share]:
    query = sa.select(unit, _count(met), sa.func.count())
    query = query.select_from(unit.class_)
    if joined is not None:
        query = query.join(*joined)
    rows = session.execute(query.where(*conditions).group_by(unit))
    return {unit_id: Share(in_time, of) for unit_id, in_time, of in rows}


def _cases(session: Session, scope: Scope, span: Span) -> dict[str, dict[int, int]]:
    """Count the cases against a unit: opened and closed in the span, and open today."""
    case = AccountabilityCase
    closed = col(case.stage) == CaseStage.CLOSED
    counts = {
        "cases_opened": _count(span.within(col(case.opened_on))),
        "cases_closed": _count(sa.and_(closed, span.within(col(case.stage_since_on)))),
        "cases_open": _count(~closed),
    }
    unit = col(case.organization_id)
    query = sa.select(unit, *counts.values()).where(*_narrowed(scope, span, col(case.plan_id), unit)).group_by(unit)
    rows = [row for row in session.execute(query) if any(row[1:])]
    return {name: {row[0]: row[place] for row in rows} for place, name in enumerate(counts, 1)}


def _measures(session: Session, scope: Scope, span: Span) -> dict[int, dict[Any, int]]:
    """Count the measures decided in the span, by kind; of old decisions the day of recording counts."""
    event, case = CaseEvent, AccountabilityCase
    recorded = sa.and_(
        col(event.recorded_at) >= day_end(span.first_on - timedelta(days=1)),
        col(event.recorded_at) < day_end(span.last_on),
    )
    dated = sa.case((col(event.dated_on).is_(None), recorded), else_=span.within(col(event.dated_on)))
    unit = col(case.organization_id)
    query = (
        sa.select(unit, col(event.measure), sa.func.count())
        .join(case, col(case.id) == col(event.case_id))
        .where(
            col(event.kind) == CaseEventKind.DECISION,
            dated,
            *_narrowed(scope, span, col(case.plan_id), unit),
        )
        .group_by(unit, col(event.measure))
        .order_by(col(event.measure))
    )
    found: dict[int, dict[Any, int]] = defaultdict(dict)
    for unit_id, measure, count in session.execute(query):
        found[unit_id][measure] = count
    return found


def _rectified(session: Session, scope: Scope, span: Span) -> dict[str, dict[int, Share]]:
    """Judge the items whose limit in force is over: done by it and accepted; what waits for acceptance is pending."""
    item = RectificationStanding
    unit, state = col(item.organization_id), col(item.state)
    accepted, waits = state == RectificationState.CLOSED, state == RectificationState.DONE
    query = (
        sa.select(
            unit,
            _count(sa.and_(accepted, col(item.done_on) <= col(item.due_on))),
            _count(sa.and_(accepted, col(item.done_on) <= col(item.first_due_on))),
            _count(~waits),
            _count(waits),
        )
        .where(
            span.over(col(item.due_on)),
            state != RectificationState.CANCELLED,
            *_narrowed(scope, span, col(item.plan_id), unit),
        )
        .group_by(unit)
    )
    rows = session.execute(query).all()
    return {
        "rectified": {row[0]: Share(row[1], row[3], row[4]) for row in rows},
        "rectified_first": {row[0]: Share(row[2], row[3], row[4]) for row in rows},
    }


def _reported(session: Session, scope: Scope, span: Span) -> dict[int, Share]:
    """Count reports handed in by the timely day, of those expected in the periods whose timely day is over."""
    query = periods_query(sa.null()).where(span.over(col(ReportingPeriod.timely_until_on)))
    for plan_id in {scope.plan_id, span.plan_id} - {None}:
        query = query.where(col(ReportingPeriod.plan_id) == plan_id)
    periods = [period_row(row, span.today) for row in session.execute(query)]
    if not periods:
        return {}
    unit = col(ExpectedReport.organization_id)
    own = [] if scope.organization_id is None else [unit == scope.organization_id]
    found: dict[int, Counts] = counted(session, periods, *own, by=unit)
    return {unit_id: Share(item.in_time, item.expected) for unit_id, item in found.items() if item.expected}


def _narrowed(scope: Scope, span: Span, plan: Any, unit: Any) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of what a person may see: an office its plan's, a unit its own figures."""
    conditions = [plan == plan_id for plan_id in {scope.plan_id, span.plan_id} - {None}]
    return conditions if scope.organization_id is None else [*conditions, unit == scope.organization_id]


def _count(condition: Any) -> Any:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _days_between(session: Session, later: Any, earlier: Any) -> Any:
    """Return the days from one day to another, as each engine counts them."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.func.julianday(later) - sa.func.julianday(earlier)
    return sa.type_coerce(later, sa.Integer()) - sa.type_coerce(earlier, sa.Integer())
