"""Open reporting periods by themselves with the reports expected in them; open a closed one again for a unit."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.periods import OWING, label, periods_to_open, recheck_in
from app.domain.vocabulary import ExpectedKind, UnitRole
from app.models import (
    ExpectedReport,
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    PeriodReopening,
    Plan,
    ReportingPeriod,
)
from app.queries import facts, period_pages, periods
from app.services import audit, missing_reports
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.reports import author_of
from app.services.turns import take_turn

_EXPECTED = ExpectedReport.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
LONGEST_REASON = 500
LONGEST_REOPENING = 92  # days from today: a quarter
SCHEDULER = Actor(None, "scheduler", None)


def open_due(session: Session, *, now: datetime) -> int:
    """Open every period that has begun, and expect the reports that are owed in the running ones; return how many.

    Repeated, it adds only what has come to be owed since. The projection stands for today already.
    """
    take_turn(session)
    today = local_day(now)
    plans = periods.plan_reporting(session)
    opened = [
        ReportingPeriod(plan_id=item.plan_id, opened_at=now, **asdict(dates))
        for item in plans
        for dates in periods_to_open(item.policy, item.last_opened, today)
    ]
    session.add_all(opened)
    session.flush()
    owing = (col(MilestoneStanding.standing).in_(OWING), col(Milestone.start_on) <= col(ReportingPeriod.last_on))
    added = _expect(session, ExpectedKind.PROGRESS, today, now, *owing, col(Milestone.id).not_in(facts.governed()))
    due = _due_for_recheck(session, {item.plan_id: item.recheck_months for item in plans}, today)
    for start in range(0, len(due), facts.CHUNK):
        some = col(Milestone.id).in_(due[start : start + facts.CHUNK])
        added += _expect(session, ExpectedKind.RECHECK, today, now, some)
    if opened or added:
        missing_reports.refresh(session, today)
        _audit(session, now)
    return added


def _due_for_recheck(session: Session, months: dict[int, int], today: date) -> list[int]:
    """Return the closed milestones that are to be rechecked in a running period; what has slid back always is."""
    spans = {period.plan_id: (period.first_on, period.last_on) for period in periods.running(session, today)}
    return [
        item.milestone_id
        for item in periods.settled(session)
        if item.plan_id in spans
        and (item.regressed or recheck_in(item.reached_on, months[item.plan_id], *spans[item.plan_id]))
    ]


def _expect(
    session: Session, kind: ExpectedKind, today: date, now: datetime, *conditions: sa.ColumnElement[bool]
) -> int:
    """Expect a report of each responsible unit in the running period, of the office where none is named; set-based.

    A period that has ended and opens only now, after an outage, is filled too while reports are still taken for it.
    """
    unit_id = sa.func.coalesce(col(MilestoneUnit.organization_id), col(Plan.office_id))
    known = sa.exists().where(
        col(ExpectedReport.period_id) == col(ReportingPeriod.id),
        col(ExpectedReport.milestone_id) == col(Milestone.id),
        col(ExpectedReport.organization_id) == unit_id,
        col(ExpectedReport.kind) == kind,
    )
    bound = sa.and_(
        col(MilestoneUnit.milestone_id) == col(Milestone.id), col(MilestoneUnit.role) == UnitRole.RESPONSIBLE
    )
    running = sa.and_(
        col(ReportingPeriod.plan_id) == col(Milestone.plan_id),
        col(ReportingPeriod.first_on) <= today,
        sa.or_(
            col(ReportingPeriod.last_on) >= today,
            sa.and_(col(ReportingPeriod.opened_at) == now, col(ReportingPeriod.closes_on) >= today),
        ),
    )
    values: tuple[Any, ...] = (
        col(ReportingPeriod.id),
        col(Milestone.id),
        unit_id,
        sa.literal(kind, _EXPECTED.c.kind.type),
        sa.literal(now, _EXPECTED.c.expected_at.type),
    )
    owed = (
        sa.select(*values)
        .select_from(Milestone)
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .join(ReportingPeriod, running)
        .outerjoin(MilestoneUnit, bound)
        .where(*conditions, ~known)
        .order_by(col(Milestone.id), unit_id)
    )
    names = ["period_id", "milestone_id", "organization_id", "kind", "expected_at"]
    added = sa.insert(_EXPECTED).from_select(names, owed).execution_options(preserve_rowcount=True)
    return session.connection().execute(added).rowcount


def _audit(session: Session, now: datetime) -> None:
    """Put on the trail, period by period, that it opened or how many reports are expected since just now."""
    for period, count in periods.expected_at(session, now):
        audit.record(
            session,
            SCHEDULER,
            "periods:expect",
            f"periods/{period.id}",
            now=now,
            plan_id=period.plan_id,
            period=label(period.first_on, period.last_on),
            expected=count,
        )


def reopen(
    session: Session, actor: Actor, period_id: int, unit_id: int, *, until_on: date | None, reason: str, now: datetime
) -> PeriodReopening:
    """Open a closed period for one unit until a day, with a reason.

    Raises: NotFoundError out of scope or where the unit owes nothing; InputError naming the field; ConflictError while
    the period is open for everybody.
    """
    take_turn(session)
    today = local_day(now)
    period = session.get(ReportingPeriod, period_id)
    if period is None or not actor.scope.holds_plan(period.plan_id):
        raise NotFoundError(msg("There is no such period in your scope."))
    if period_pages.owes(session, actor.scope, period_id, unit_id) is None:
        raise NotFoundError(msg("Nothing is expected of this unit in the period."))
    if period.closes_on >= today:
        raise ConflictError(msg("This period is still open for everybody; it needs no opening."))
    if problems := _reopening_problems(until_on, reason, today):
        raise InputError(problems)
    assert until_on is not None
    row = PeriodReopening(
        period_id=period_id,
        organization_id=unit_id,
        until_on=until_on,
        reason=reason,
        author_id=author_of(actor),
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    name = label(period.first_on, period.last_on)
    audit.record(
        session,
        actor,
        "periods:reopen",
        f"periods/{period_id}",
        now=now,
        plan_id=period.plan_id,
        period=name,
        unit=unit_id,
        until_on=until_on,
        reason=reason,
    )
    return row


def _reopening_problems(until_on: date | None, reason: str, today: date) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if until_on is None:
        problems["until_on"] = msg("fill in this field")
    elif until_on < today:
        problems["until_on"] = msg("this day has passed")
    elif (until_on - today).days > LONGEST_REOPENING:
        problems["until_on"] = msg("at most %(count)s days ahead", count=LONGEST_REOPENING)
    if not reason:
        problems["reason"] = msg("say why the period is opened again")
    elif len(reason) > LONGEST_REASON:
        problems["reason"] = msg("at most %(count)s characters", count=LONGEST_REASON)
    return problems
