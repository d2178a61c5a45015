"""Raise alerts on units that have not reported in time: one for a unit and a period, whatever number it owes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.database import upsert
from app.domain import alerts as rules
from app.domain.access import Actor
from app.domain.alert_words import missing_reports_reason
from app.domain.ladder import NOTHING_FIRED, Fired, FiredBefore, Firing, Ladder, next_firing
from app.domain.vocabulary import RungTrigger
from app.models import PeriodObligation, ReportingPeriod
from app.queries import ladders, missing_reports, scans
from app.queries.missing_reports import PeriodFacts, Silence
from app.services import alert_register
from app.services.alert_register import NewAlert
from app.services.turns import take_turn

_OBLIGATIONS = PeriodObligation.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


def refresh(session: Session, today: date, plan_ids: Sequence[int] | None = None) -> None:
    """Work out anew what fires next for every unit that is expected to report (None: in all plans); set-based."""
    take_turn(session)
    wanted = missing_reports.expecting(session, plan_ids)
    periods = missing_reports.periods(session, [period for period, _ in wanted])
    found = ladders.ladders(session, {period.plan_id for period in periods.values()})
    before = missing_reports.fired_before(session, wanted, found)
    stale = sa.delete(PeriodObligation)
    if plan_ids is not None:
        of_plans = sa.select(col(ReportingPeriod.id)).where(col(ReportingPeriod.plan_id).in_(plan_ids))
        stale = stale.where(col(PeriodObligation.period_id).in_(of_plans))
    session.execute(stale)
    rows = []
    for key in wanted:
        period = periods[key[0]]
        if firing := _coming(found[period.plan_id], period, before.get(key, NOTHING_FIRED), today):
            rows.append(_obligation(key, firing))
    upsert(session, _OBLIGATIONS, rows, replace=True)


def raise_due(session: Session, actor: Actor, wanted: Sequence[Silence], *, on: date, now: datetime) -> int:
    """Raise what is due for each unit and period that still owes reports, and return the alerts raised.

    A unit that owes nothing any more is left in peace; its next rung stands from day to day, as a report may be
    returned to it and a milestone opened again. What was owed on a past day is not asked for: reports are judged as
    they are now.
    """
    take_turn(session)
    due = missing_reports.lock_due(session, wanted, on)
    if not due:
        return 0
    periods = missing_reports.periods(session, [period for period, _ in due])
    found = ladders.ladders(session, {period.plan_id for period in periods.values()})
    before, owed = missing_reports.fired_before(session, due, found), missing_reports.unreported(session, due)
    units = {unit_id for _, unit_id in due}
    supervisors = scans.supervisors_of(session, units)
    unmanned = scans.unmanned_of(session, units | set(supervisors.values()), on)
    new: list[NewAlert] = []
    moved: list[dict[str, Any]] = []
    for key in due:
        period, fired = periods[key[0]], before.get(key, NOTHING_FIRED)
        ladder = found[period.plan_id]
        firing = _coming(ladder, period, fired, on)
        if firing and firing.fire_on <= on and key in owed:
            involved = rules.Involved((key[1],), (), period.office_id, supervisors, unmanned)
            new.append(_new_alert(key, period, ladder, firing, involved, owed[key], on))
            firing = _coming(ladder, period, fired.and_now(0, 0, Fired(firing.rung, on)), on)
        if firing is not None:
            moved.append(_obligation(key, replace(firing, fire_on=max(firing.fire_on, on + timedelta(days=1)))))
    raised = alert_register.write(session, actor, new, on=on, now=now)
    if on == local_day(now):
        _move_on(session, due, moved)
    return len(raised)


def _coming(ladder: Ladder, period: PeriodFacts, before: FiredBefore, on: date) -> Firing | None:
    fired = before.highest.get((0, RungTrigger.MISSING_REPORT, 0))
    return next_firing(ladder, RungTrigger.MISSING_REPORT, period.timely_until_on, fired, before.last_on, on)


def _new_alert(
    key: Silence,
    period: PeriodFacts,
    ladder: Ladder,
    firing: Firing,
    involved: rules.Involved,
    titles: tuple[str, ...],
    on: date,
) -> NewAlert:
    rung = firing.rung
    reply_due = ladder.calendar.working_days_after(on, rung.reply_days) if rung.reply_days else None
    return NewAlert(
        plan_id=period.plan_id,
        matter=missing_reports.matter(key),
        period_id=period.period_id,
        organization_id=key[1],
        ladder=ladder,
        rung=rung,
        due_version=0,
        effective_due_on=period.timely_until_on,
        fire_on=firing.fire_on,
        days_late=(on - period.timely_until_on).days,
        reason=missing_reports_reason(
            rung,
            period=period.name,
            titles=titles,
            timely_until_on=period.timely_until_on,
            on=on,
            reply_due_on=reply_due.day if reply_due else None,
        ),
        values={"period": period.name, "timely_until_on": period.timely_until_on, "missing": len(titles)},
        addressed=rules.recipients(rung, involved),
        reply_due=reply_due,
    )


def _obligation(key: Silence, firing: Firing) -> dict[str, Any]:
    return {"period_id": key[0], "organization_id": key[1], "rung_id": firing.rung.id, "fire_on": firing.fire_on}


def _move_on(session: Session, due: Sequence[Silence], rows: list[dict[str, Any]]) -> None:
    key = sa.tuple_(col(PeriodObligation.period_id), col(PeriodObligation.organization_id))
    session.execute(sa.delete(PeriodObligation).where(key.in_(due)))
    upsert(session, _OBLIGATIONS, rows, replace=True)
