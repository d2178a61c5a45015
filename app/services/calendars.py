"""Enter a year's notice of days off: a new version of the calendar, and the dates ahead that follow it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.vocabulary import DayKind
from app.domain.working_days import WorkCalendar
from app.models import CalendarDay, CalendarNotice, ExpectedAnswer, LadderRung, Obligation, PeriodObligation
from app.queries import calendars
from app.services import audit, expected_answers, missing_reports, standings
from app.services.calendar_lines import written
from app.services.calendar_notices import NoticeInput, problems_of, region_name_of
from app.services.errors import ConflictError, InputError, msg
from app.services.turns import take_turn


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day on which people work from now on, or no longer."""

    day: date
    works: bool
    name: str


@dataclass(frozen=True, slots=True)
class Moved:
    """How many dates ahead follow a calendar: alerts to come, and limits for answers."""

    alerts: int = 0
    answers: int = 0


@dataclass(frozen=True, slots=True)
class NoticeFinding:
    """What a notice does: its version, the days that change, whether it publishes the year, the dates that move."""

    version: int
    changes: tuple[DayChange, ...]
    publishes: bool
    moved: Moved


def enter_notice(session: Session, actor: Actor, given: NoticeInput, *, now: datetime) -> NoticeFinding:
    """Record a year's notice as the next version of the calendar and move the dates ahead that it touches.

    Raises: ForbiddenError, ConflictError when another one was entered meanwhile, InputError naming each field.
    """
    take_turn(session)  # versions are given one after the other
    region_name = region_name_of(session, actor, given.region_code)
    before = calendars.in_force(session, given.year, given.region_code)
    if given.seen is not None and before is not None and given.seen != before:
        raise ConflictError(
            msg("Somebody entered a notice for this year meanwhile, version %(version)s.", version=before)
        )
    if problems := problems_of(session, given, before):
        raise InputError(problems)
    return append_notice(session, actor, given, region_name, now=now)


def preview_notice(session: Session, actor: Actor, given: NoticeInput, *, now: datetime) -> NoticeFinding:
    """Return what entering a notice would do: it is entered and taken back at once. Raises: as `enter_notice`."""
    attempt = session.begin_nested()
    try:
        return enter_notice(session, actor, given, now=now)
    finally:
        attempt.rollback()
        session.expire_all()


def recompute(session: Session, today: date, plan_ids: Collection[int] | None = None) -> Moved:
    """Count anew by the calendars in force what lies after `today`: alerts to come and limits for answers.

    `plan_ids` None: of every plan. What has come, and what was told as a fact, stays as it was.
    """
    touched = sorted(calendars.plan_codes(session) if plan_ids is None else plan_ids)
    rungs, limits = _rungs_ahead(session, today, touched), _limits_ahead(session, today, touched)
    by_days = sa.select(col(LadderRung.plan_id)).where(
        col(LadderRung.plan_id).in_(touched), col(LadderRung.day_kind) == DayKind.WORKING
    )
    if milestones := sorted(key[1] for key in rungs if key[0] == "milestone"):
        standings.refresh(session, milestones, today)
    if counting := sorted(set(session.scalars(by_days))):
        missing_reports.refresh(session, today, counting)
    expected_answers.refresh(session, today, touched)
    rungs_now, limits_now = _rungs_ahead(session, today, touched), _limits_ahead(session, today, touched)
    return Moved(
        sum(rungs_now.get(key) != day for key, day in rungs.items()),
        sum(limits_now.get(key) != day for key, day in limits.items()),
    )


def append_notice(
    session: Session, actor: Actor, given: NoticeInput, region_name: str | None, *, now: datetime
) -> NoticeFinding:
    """Record a notice that was checked, under the turn to write, and move the dates ahead that it touches."""
    old = calendars.calendars(session)
    old_here = calendars.by_code(session)(given.region_code)
    version = _record(session, actor, given, region_name, now)
    new = calendars.calendars(session)
    here = calendars.by_code(session)(given.region_code)
    moved = recompute(session, local_day(now), [plan for plan, calendar in new.items() if calendar != old[plan]])
    told = audit.Write("calendar:enter", f"calendar/{version}", detail=_told(given, region_name, moved))
    audit.record_all(session, actor, [told], now=now)
    publishes = given.year in here.published and given.year not in old_here.published
    return NoticeFinding(version, _changes(given, old_here, here), publishes, moved)


def _record(session: Session, actor: Actor, given: NoticeInput, region_name: str | None, now: datetime) -> int:
    """Write a notice with its days and return its version."""
    version = (session.scalar(sa.select(sa.func.max(col(CalendarNotice.id)))) or 0) + 1
    notice = CalendarNotice(
        id=version,
        year=given.year,
        region_code=given.region_code,
        region_name=region_name,
        document_number=given.document_number or None,
        note=given.note,
        author_id=actor.account_id,
        recorded_at=now,
    )
    session.add(notice)
    session.flush()
    session.add_all(
        CalendarDay(notice_id=version, day=item.day, works=item.works, name=item.name) for item in given.days
    )
    session.flush()
    return version


def _told(given: NoticeInput, region_name: str | None, moved: Moved) -> dict[str, object]:
    """Return what the audit trail keeps of a notice."""
    return {
        "year": given.year,
        "region": region_name,
        "document_number": given.document_number or None,
        "note": given.note,
        "days": written(given.days).splitlines(),
        "moved_alerts": moved.alerts,
        "moved_answers": moved.answers,
    }


def _changes(given: NoticeInput, before: WorkCalendar, after: WorkCalendar) -> tuple[DayChange, ...]:
    names = {item.day: item.name for item in given.days}
    first = date(given.year, 1, 1)
    days = (first + timedelta(days=step) for step in range((date(given.year, 12, 31) - first).days + 1))
    return tuple(
        DayChange(day, after.works(day), names.get(day, "")) for day in days if before.works(day) != after.works(day)
    )


def _rungs_ahead(session: Session, today: date, plan_ids: Sequence[int]) -> dict[tuple[str, int, int], date]:
    """Return the days after today on which rungs fire that follow the calendar, by what they are about."""
    working = (col(LadderRung.plan_id).in_(plan_ids), col(LadderRung.day_kind) == DayKind.WORKING)
    of_milestones = (
        sa.select(sa.literal("milestone"), col(Obligation.milestone_id), sa.literal(0), col(Obligation.fire_on))
        .join(LadderRung, col(LadderRung.id) == col(Obligation.rung_id))
        .where(*working, col(Obligation.fire_on) > today)
    )
    period = PeriodObligation
    of_reports = (
        sa.select(sa.literal("period"), col(period.period_id), col(period.organization_id), col(period.fire_on))
        .join(LadderRung, col(LadderRung.id) == col(period.rung_id))
        .where(*working, col(period.fire_on) > today)
    )
    answer = ExpectedAnswer
    of_answers = sa.select(
        sa.literal("answer"), col(answer.alert_id), col(answer.organization_id), col(answer.fire_on)
    ).where(col(answer.plan_id).in_(plan_ids), col(answer.settled_on).is_(None), col(answer.fire_on) > today)
    rows = session.execute(sa.union_all(of_milestones, of_reports, of_answers))
    return {(kind, first, second): day for kind, first, second, day in rows}


def _limits_ahead(session: Session, today: date, plan_ids: Sequence[int]) -> dict[tuple[int, int], date]:
    """Return the limits for answers that end after today, by alert and unit."""
    answer = ExpectedAnswer
    query = sa.select(col(answer.alert_id), col(answer.organization_id), col(answer.reply_due_on)).where(
        col(answer.plan_id).in_(plan_ids), col(answer.settled_on).is_(None), col(answer.reply_due_on) > today
    )
    return {(alert_id, unit_id): day for alert_id, unit_id, day in session.execute(query)}
