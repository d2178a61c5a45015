"""Raise alerts on milestones: judge again under lock, write the register, move each obligation to its next firing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end, local_day
from app.core.database import upsert
from app.domain import alerts as rules
from app.domain.access import Actor
from app.domain.alert_words import milestone_reason
from app.domain.deadlines import scheduled_pct
from app.domain.ladder import NOTHING_FIRED, Fired, Firing, Ladder
from app.domain.milestone_facts import MilestoneFacts
from app.domain.standing import StandingFinding, judge
from app.domain.vocabulary import RungTrigger, Standing
from app.models import Obligation
from app.queries import facts, ladders, scans
from app.services import alert_register, case_openings
from app.services.alert_register import NewAlert
from app.services.turns import take_turn

_OBLIGATIONS = Obligation.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


@dataclass(frozen=True, slots=True)
class _Judged:
    milestone_id: int
    plan_id: int
    facts: MilestoneFacts
    finding: StandingFinding
    ladder: Ladder
    firing: Firing | None  # due by the day of the scan, or the next one
    due: bool
    after: Firing | None  # what the obligation becomes


def raise_due(session: Session, actor: Actor, milestone_ids: Sequence[int], *, on: date, now: datetime) -> int:
    """Raise the rung that is due for each of the milestones (at most facts.CHUNK) and return the alerts raised.

    1. Wait for the turn, then lock the obligations still due: another scan may have been here.
    2. Judge from the facts: all of them, or for a past day those known by its end.
    3. Write the register and the outbox; where the register's key is taken nothing is raised and nobody is told again.
       A rung that opens a case opens it in the same transaction.
    4. Move the obligations on. A past day moves only those that fired: the others stand for today.
    """
    take_turn(session)
    past = on < local_day(now)
    versions = scans.lock_due(session, milestone_ids, on)
    judged = _judge(session, list(versions), on, day_end(on) if past else None)
    if past:  # a date that was not in force on that day has its own ladder, and its own day
        judged = [item for item in judged if item.finding.due_version == versions[item.milestone_id]]
    due = [item for item in judged if item.due]
    raised = alert_register.write(session, actor, _new_alerts(session, due, on), on=on, now=now)
    _open_cases(session, actor, due, raised, on, now)
    _move_on(session, judged if on == local_day(now) else due)
    return len(raised)


def _judge(session: Session, ids: Sequence[int], on: date, known_until: datetime | None) -> list[_Judged]:
    gathered = facts.gather(session, ids, known_until)
    policies, found = facts.policies(session), ladders.ladders(session, {item.plan_id for item in gathered})
    before = ladders.fired_before(session, ids, found)
    judged: list[_Judged] = []
    for item in gathered:
        finding, ladder = judge(item.facts, on, policies[item.plan_id]), found[item.plan_id]
        fired = before.get(item.milestone_id, NOTHING_FIRED)
        firing = after = rules.coming(finding, ladder, fired, on)
        due = firing is not None and firing.fire_on <= on
        if firing is not None and due:
            now_fired = fired.and_now(finding.due_version, firing.occasion, Fired(firing.rung, on))
            after = rules.coming(finding, ladder, now_fired, on)
        judged.append(_Judged(item.milestone_id, item.plan_id, item.facts, finding, ladder, firing, due, after))
    return judged


def _new_alerts(session: Session, due: Sequence[_Judged], on: date) -> list[NewAlert]:
    if not due:
        return []
    ids = [item.milestone_id for item in due]
    wordings, involved = scans.wordings(session, ids), scans.involved(session, ids, on)
    return [_new_alert(item, wordings[item.milestone_id], involved[item.milestone_id], on) for item in due]


def _new_alert(item: _Judged, wording: scans.Wording, involved: rules.Involved, on: date) -> NewAlert:
    assert item.firing is not None
    finding, rung, ladder = item.finding, item.firing.rung, item.ladder
    reply_due = ladder.calendar.working_days_after(on, rung.reply_days) if rung.reply_days else None
    scheduled = _scheduled(item.facts, on) if rung.trigger is RungTrigger.LAGGING else None
    return NewAlert(
        plan_id=item.plan_id,
        matter=f"milestone/{item.milestone_id}",
        milestone_id=item.milestone_id,
        ladder=ladder,
        rung=rung,
        due_version=finding.due_version,
        occasion=item.firing.occasion,
        effective_due_on=finding.effective_due_on,
        fire_on=item.firing.fire_on,
        days_late=_days_late(finding, rung.trigger, on),
        reason=milestone_reason(
            finding,
            rung,
            due_phrase=wording.due_phrase,
            on=on,
            scheduled_pct=scheduled,
            reply_due_on=reply_due.day if reply_due else None,
        ),
        values=_values(finding, wording, scheduled),
        addressed=rules.recipients(rung, involved),
        reply_due=reply_due,
    )


def _scheduled(known: MilestoneFacts, on: date) -> Any:
    return scheduled_pct(known.start_on, known.effective_due.due_on, on, known.schedule)


def _days_late(finding: StandingFinding, trigger: RungTrigger, on: date) -> int:
    if trigger is RungTrigger.REGRESSION:
        return finding.days_late(on)
    return (on - finding.effective_due_on).days


def _values(finding: StandingFinding, wording: scans.Wording, scheduled: Any) -> dict[str, Any]:
    """Return what the rule looked at, for whoever asks why; None is left out."""
    values = {
        "standing": finding.standing,
        "since": finding.since,
        "due_phrase": wording.due_phrase,
        "effective_due_on": finding.effective_due_on,
        "original_due_on": finding.original_due_on,
        "progress_pct": finding.progress_pct,
        "reported_on": finding.reported_on,
        "scheduled_pct": scheduled,
        "lagging_since": finding.lagging_since,
        "occasion": finding.occasion if finding.standing is Standing.REGRESSED else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _open_cases(
    session: Session, actor: Actor, due: Sequence[_Judged], raised: dict[str, int], on: date, now: datetime
) -> None:
    """Open a case, or join one, for each milestone whose rung says so and fired just now."""
    found = {
        item.milestone_id: item.finding
        for item in due
        if item.firing and item.firing.rung.opens_case and f"milestone/{item.milestone_id}" in raised
    }
    if found:
        case_openings.open_fired(session, actor, found, on=on, now=now)


def _move_on(session: Session, judged: Iterable[_Judged]) -> None:
    """Replace the obligations of the milestones by their next firing, or by none."""
    items = list(judged)
    gone = [item.milestone_id for item in items if item.after is None]
    session.execute(sa.delete(Obligation).where(col(Obligation.milestone_id).in_(gone)))
    upsert(
        session,
        _OBLIGATIONS,
        [
            {
                "milestone_id": item.milestone_id,
                "rung_id": item.after.rung.id,
                "due_version": item.finding.due_version,
                "occasion": item.after.occasion,
                "fire_on": item.after.fire_on,
            }
            for item in items
            if item.after is not None
        ],
        replace=True,
    )
