"""Keep the answers that alerts ask for: urge those that do not come, settle those that nobody needs any more."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain import alerts as rules
from app.domain.access import Actor
from app.domain.alert_words import unanswered_reason
from app.domain.ladder import NOTHING_FIRED, Fired, FiredBefore, Firing, Ladder, next_firing
from app.domain.vocabulary import AlertState, RungTrigger
from app.models import Alert, ExpectedAnswer
from app.queries import expected_answers, ladders, scans
from app.queries.alert_states import states
from app.queries.expected_answers import Owed, OwedAnswer
from app.services import alert_register
from app.services.alert_register import NewAlert
from app.services.turns import take_turn

_ANSWERS = ExpectedAnswer.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_OVER = (AlertState.SUPERSEDED, AlertState.WITHDRAWN)


def settle(session: Session, milestone_ids: Sequence[int], today: date) -> None:
    """Settle the answers that nobody waits for any more, as these milestones and their reports stand by now."""
    _settle(session, expected_answers.over(session, milestone_ids), today)


def _settle(session: Session, owed: Sequence[Owed], today: date) -> None:
    if owed:
        key = sa.tuple_(col(ExpectedAnswer.alert_id), col(ExpectedAnswer.organization_id))
        still = (key.in_(owed), col(ExpectedAnswer.settled_on).is_(None))
        session.execute(sa.update(ExpectedAnswer).where(*still).values(settled_on=today))


def raise_due(session: Session, actor: Actor, wanted: Sequence[Owed], *, on: date, now: datetime) -> int:
    """Urge each answer that is late by its rung, and return the alerts raised.

    What is over by now is settled instead: an answer that nobody can give is not asked for.
    """
    take_turn(session)
    locked = expected_answers.lock_due(session, wanted, on)
    if not locked:
        return 0
    stand = states(session, [alert_id for alert_id, _ in locked])
    due = [key for key in locked if stand[key[0]] not in _OVER]
    if on == local_day(now):
        _settle(session, [key for key in locked if stand[key[0]] in _OVER], on)
    if not due:
        return 0
    owed = expected_answers.describe(session, due)
    found = ladders.ladders(session, {answer.plan_id for answer in owed.values()})
    before = expected_answers.fired_before(session, due, found)
    units = {unit_id for _, unit_id in due}
    supervisors = scans.supervisors_of(session, units)
    unmanned = scans.unmanned_of(session, units | set(supervisors.values()), on)
    new: list[NewAlert] = []
    moved: list[tuple[Owed, Firing | None]] = []
    for key in due:
        answer, fired = owed[key], before.get(key, NOTHING_FIRED)
        ladder = found[answer.plan_id]
        firing = _coming(ladder, answer, fired, on)
        if firing and firing.fire_on <= on:
            involved = rules.Involved((key[1],), (), answer.office_id, supervisors, unmanned)
            new.append(_new_alert(answer, ladder, firing, involved, on))
            firing = _coming(ladder, answer, fired.and_now(0, 0, Fired(firing.rung, on)), on)
        moved.append((key, firing))
    raised = alert_register.write(session, actor, new, on=on, now=now)
    if on == local_day(now):
        _move_on(session, moved)
    return len(raised)


def _coming(ladder: Ladder, answer: OwedAnswer, before: FiredBefore, on: date) -> Firing | None:
    fired = before.highest.get((0, RungTrigger.UNANSWERED, 0))
    return next_firing(ladder, RungTrigger.UNANSWERED, answer.reply_due_on, fired, before.last_on, on)


def _new_alert(answer: OwedAnswer, ladder: Ladder, firing: Firing, involved: rules.Involved, on: date) -> NewAlert:
    return NewAlert(
        plan_id=answer.plan_id,
        matter=expected_answers.matter((answer.alert_id, answer.organization_id)),
        milestone_id=answer.milestone_id,
        organization_id=answer.organization_id,
        follows_id=answer.alert_id,
        ladder=ladder,
        rung=firing.rung,
        due_version=0,
        occasion=answer.occasion,
        effective_due_on=answer.reply_due_on,
        fire_on=firing.fire_on,
        days_late=(on - answer.reply_due_on).days,
        reason=unanswered_reason(
            firing.rung,
            measure=answer.measure,
            raised_on=answer.raised_on,
            unit=answer.unit,
            about=answer.about,
            limit_on=answer.reply_due_on,
            on=on,
        ),
        values={"alert": answer.alert_id, "reply_due_on": answer.reply_due_on},
        addressed=rules.recipients(firing.rung, involved),
    )


def refresh(session: Session, today: date, plan_ids: Sequence[int]) -> None:
    """Work out anew what follows the answers still owed in some plans, after their ladders or calendars changed.

    A limit that lies ahead is counted anew by the calendar in force; one that is past stays as it was told.
    """
    take_turn(session)
    query = (
        sa.select(*_ANSWERS.columns, col(Alert.trigger))
        .join(Alert, col(Alert.id) == col(ExpectedAnswer.alert_id))
        .where(col(ExpectedAnswer.plan_id).in_(plan_ids), col(ExpectedAnswer.settled_on).is_(None))
    )
    rows = session.execute(query).all()
    found = ladders.ladders(session, plan_ids)
    before = expected_answers.fired_before(session, [(row.alert_id, row.organization_id) for row in rows], found)
    changed = [
        values
        for row in rows
        if (values := _anew(row, found[row.plan_id], before.get((row.alert_id, row.organization_id)), today))
    ]
    _update(session, changed)


def _anew(row: Any, ladder: Ladder, before: FiredBefore | None, today: date) -> dict[str, Any]:
    """Return what is to be written of an answer owed; {}: nothing has changed."""
    limit_on, version, provisional = row.reply_due_on, row.calendar_version, row.provisional
    if limit_on > today:
        counted = ladder.calendar.working_days_after(row.asked_on, row.reply_days)
        if counted.day > today:
            limit_on, provisional, version = counted.day, counted.provisional, ladder.calendar.version
    firing = None
    if row.trigger is not RungTrigger.UNANSWERED:
        fired = before or NOTHING_FIRED
        highest = fired.highest.get((0, RungTrigger.UNANSWERED, 0))
        firing = next_firing(ladder, RungTrigger.UNANSWERED, limit_on, highest, fired.last_on, today)
    values = {
        "reply_due_on": limit_on,
        "calendar_version": version,
        "provisional": provisional,
        "rung_id": firing.rung.id if firing else None,
        "fire_on": firing.fire_on if firing else None,
    }
    if all(getattr(row, name) == value for name, value in values.items()):
        return {}
    return {"key_alert": row.alert_id, "key_unit": row.organization_id, **values}


def _move_on(session: Session, moved: Sequence[tuple[Owed, Firing | None]]) -> None:
    _update(
        session,
        [
            {
                "key_alert": alert_id,
                "key_unit": unit_id,
                "rung_id": firing.rung.id if firing else None,
                "fire_on": firing.fire_on if firing else None,
            }
            for (alert_id, unit_id), firing in moved
        ],
    )


def _update(session: Session, rows: list[dict[str, Any]]) -> None:
    """Update answers by `key_alert` and `key_unit`, in one statement for many rows of the same columns."""
    if not rows:
        return
    names = [name for name in rows[0] if not name.startswith("key_")]
    statement = (
        sa.update(_ANSWERS)
        .where(_ANSWERS.c.alert_id == sa.bindparam("key_alert"), _ANSWERS.c.organization_id == sa.bindparam("key_unit"))
        .values({name: sa.bindparam(name) for name in names})
    )
    session.connection().execute(statement, rows)
