"""Raise alerts: judge again under lock, write the register, move each obligation to its next firing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app.core.clock import day_end, local_day
from app.core.database import upsert
from app.domain import alerts as rules
from app.domain.access import Actor
from app.domain.ladder import Fired, Firing
from app.domain.standing import StandingFinding, judge
from app.domain.vocabulary import Measure
from app.models import Alert, AlertRecipient, Obligation
from app.queries import facts, ladders, postings, scans
from app.services import audit
from app.services.turns import take_turn

_ALERTS = Alert.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_RECIPIENTS = AlertRecipient.__table__  # type: ignore[attr-defined]
_OBLIGATIONS = Obligation.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class _Judged:
    milestone_id: int
    plan_id: int
    finding: StandingFinding
    firing: Firing | None  # due by the day of the scan, or the next one
    due: bool
    after: Firing | None  # what the obligation becomes


def raise_due(session: Session, actor: Actor, milestone_ids: Sequence[int], *, on: date, now: datetime) -> int:
    """Raise the rung that is due for each of the milestones (at most facts.CHUNK) and return the alerts raised.

    1. Wait for the turn, then lock the obligations still due: another scan may have been here.
    2. Judge from the facts: all of them, or for a past day those known by its end.
    3. Write the register; where its key is taken nothing is raised and nobody is told again.
    4. Move the obligations on. A past day moves only those that fired: the others stand for today.
    """
    take_turn(session)
    past = on < local_day(now)
    versions = scans.lock_due(session, milestone_ids, on)
    judged = _judge(session, list(versions), on, day_end(on) if past else None)
    if past:  # a date that was not in force on that day has its own ladder, and its own day
        judged = [item for item in judged if item.finding.due_version == versions[item.milestone_id]]
    raised = _register(session, [item for item in judged if item.due], on, now)
    _move_on(session, judged if on == local_day(now) else [item for item in judged if item.due])
    audit.record_all(session, actor, _writes(judged, raised, on), now=now)
    return len(raised)


def _writes(judged: Sequence[_Judged], raised: dict[int, int], on: date) -> list[audit.Write]:
    """Return one entry for each plan with the alerts (milestone by alert id) that were raised in it."""
    plans = {item.milestone_id: item.plan_id for item in judged}
    alerts_of: dict[int, list[int]] = {}
    for alert_id, milestone_id in sorted(raised.items()):
        alerts_of.setdefault(plans[milestone_id], []).append(alert_id)
    return [
        audit.Write("alerts:raise", f"scans/{on}", plan_id, {"raised": len(ids), "alerts": ids})
        for plan_id, ids in sorted(alerts_of.items())
    ]


def _judge(session: Session, ids: Sequence[int], on: date, known_until: datetime | None) -> list[_Judged]:
    policies, rungs = facts.policies(session), ladders.rungs(session)
    fired = ladders.last_fired(session, ids)
    judged: list[_Judged] = []
    for item in facts.gather(session, ids, known_until):
        finding = judge(item.facts, on, policies[item.plan_id])
        ladder = rungs.get(item.plan_id, ())
        last = fired.get((item.milestone_id, finding.due_version, rules.occasion(finding)))
        firing = after = rules.coming(finding, ladder, last, on)
        due = firing is not None and firing.fire_on <= on
        if firing is not None and due:
            after = rules.coming(finding, ladder, Fired(firing.rung.offset_days, on), on)
        judged.append(_Judged(item.milestone_id, item.plan_id, finding, firing, due, after))
    return judged


def _register(session: Session, due: Sequence[_Judged], on: date, now: datetime) -> dict[int, int]:
    """Write the alerts and their recipients; return the milestone of each that is new, by its id."""
    if not due:
        return {}
    ids = [item.milestone_id for item in due]
    wordings, involved = scans.wordings(session, ids), scans.involved(session, ids)
    new = _insert(session, [_row(item, wordings[item.milestone_id], on, now) for item in due])
    addressed = [
        (alert_id, unit_id)
        for alert_id, milestone_id, measure in new
        for unit_id in rules.recipients(measure, involved[milestone_id])
    ]
    persons = postings.responsible_on(session, {unit_id for _, unit_id in addressed}, on)
    upsert(
        session,
        _RECIPIENTS,
        [
            {"alert_id": alert_id, "organization_id": unit_id, "person": persons.get(unit_id)}
            for alert_id, unit_id in addressed
        ],
        replace=False,
    )
    return {alert_id: milestone_id for alert_id, milestone_id, _ in new}


def _row(item: _Judged, wording: scans.Wording, on: date, now: datetime) -> dict[str, Any]:
    assert item.firing is not None
    finding, rung = item.finding, item.firing.rung
    return {
        "plan_id": item.plan_id,
        "milestone_id": item.milestone_id,
        "due_version": finding.due_version,
        "rung_id": rung.id,
        "occasion": rules.occasion(finding),
        "measure": rung.measure,
        "clause": rung.clause,
        "effective_due_on": finding.effective_due_on,
        "fire_on": item.firing.fire_on,
        "days_late": (on - finding.effective_due_on).days if not rules.occasion(finding) else finding.days_late(on),
        "reason": rules.reason(finding, item.firing, wording.due_phrase, wording.original_due_on, on),
        "scanned_on": on,
        "raised_at": now,
    }


def _insert(session: Session, rows: list[dict[str, Any]]) -> list[tuple[int, int, Measure]]:
    """Insert alerts whose key is free and return (alert id, milestone id, measure) of those."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(_ALERTS).on_conflict_do_nothing()
    columns = (_ALERTS.c.id, _ALERTS.c.milestone_id, _ALERTS.c.measure)
    new = session.connection().execute(statement.returning(*columns), rows)
    return [(alert_id, milestone_id, measure) for alert_id, milestone_id, measure in new]


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
                "occasion": rules.occasion(item.finding),
                "fire_on": item.after.fire_on,
            }
            for item in items
            if item.after is not None
        ],
        replace=True,
    )
