"""Write the register of alerts: the alert, whom it is addressed to, the answers it asks for, and its outbox row."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from app.core.bulk import insert_many
from app.core.database import upsert
from app.domain.access import Actor
from app.domain.alerts import Addressed, answering
from app.domain.ladder import Ladder, Rung, next_firing
from app.domain.vocabulary import RungTrigger
from app.domain.working_days import WorkingDay
from app.models import Alert, AlertRecipient, ExpectedAnswer
from app.queries import postings
from app.services import audit, outbox

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str)
_ALERTS = Alert.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_RECIPIENTS = AlertRecipient.__table__  # type: ignore[attr-defined]
_ANSWERS = ExpectedAnswer.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert about to be written; `reply_due` None: no answer is asked for.

    `organization_id` is the unit it is about, `follows_id` the alert that was left unanswered.
    """

    plan_id: int
    matter: str
    ladder: Ladder
    rung: Rung
    due_version: int
    effective_due_on: date
    fire_on: date
    days_late: int
    reason: str
    values: Mapping[str, Any]
    addressed: tuple[Addressed, ...]
    reply_due: WorkingDay | None = None
    occasion: int = 0
    milestone_id: int | None = None
    period_id: int | None = None
    organization_id: int | None = None
    follows_id: int | None = None


def write(session: Session, actor: Actor, alerts: Sequence[NewAlert], *, on: date, now: datetime) -> dict[str, int]:
    """Write those alerts whose key is free, with all that belongs to them; return their ids by matter.

    Set-based: a handful of statements however many alerts. Of one matter at most one may be given.
    """
    if not alerts:
        return {}
    by_matter = {alert.matter: alert for alert in alerts}
    ids = _insert(session, [_row(alert, on, now) for alert in alerts])
    new = [(alert_id, by_matter[matter]) for matter, alert_id in ids.items()]
    _address(session, new, on)
    _expect_answers(session, new, on)
    rows = [outbox.OutboxRow(alert_id, alert.plan_id, alert.rung.urgent) for alert_id, alert in new]
    outbox.enqueue(session, rows, now=now)
    audit.record_all(session, actor, _writes(new, on), now=now)
    return ids


def _insert(session: Session, rows: list[dict[str, Any]]) -> dict[str, int]:
    """Insert alerts whose key is free and return the ids of those by matter."""
    new = insert_many(session.connection(), _ALERTS, rows, returning=("matter", "id"))
    return {matter: alert_id for matter, alert_id in new}


def _row(alert: NewAlert, on: date, now: datetime) -> dict[str, Any]:
    rung = alert.rung
    return {
        "plan_id": alert.plan_id,
        "matter": alert.matter,
        "milestone_id": alert.milestone_id,
        "period_id": alert.period_id,
        "organization_id": alert.organization_id,
        "follows_id": alert.follows_id,
        "trigger": rung.trigger,
        "due_version": alert.due_version,
        "rung_id": rung.id,
        "occasion": alert.occasion,
        "measure": rung.measure,
        "clause": rung.clause,
        "effective_due_on": alert.effective_due_on,
        "fire_on": alert.fire_on,
        "days_late": alert.days_late,
        "reason": alert.reason,
        "basis": _CANONICAL.encode(_basis(alert)),
        "ladder_version": alert.ladder.version,
        "calendar_version": alert.ladder.calendar.version,
        "urgent": rung.urgent,
        "reply_days": rung.reply_days,
        "reply_due_on": alert.reply_due.day if alert.reply_due else None,
        "scanned_on": on,
        "raised_at": now,
    }


def _basis(alert: NewAlert) -> dict[str, Any]:
    """Return the values the rule used and the rung as it was, which may be edited later."""
    rung = alert.rung
    return {
        **alert.values,
        "rung": {"offset": rung.offset_days, "days": rung.day_kind, "addressees": rung.addressees},
        **({"provisional": True} if alert.reply_due and alert.reply_due.provisional else {}),
    }


def _address(session: Session, new: Sequence[tuple[int, NewAlert]], on: date) -> None:
    persons = postings.responsible_on(session, {unit for _, alert in new for unit, _ in alert.addressed}, on)
    rows = [
        {
            "alert_id": alert_id,
            "organization_id": unit_id,
            "capacity": capacity,
            "person": persons.get(unit_id),
        }
        for alert_id, alert in new
        for unit_id, capacity in alert.addressed
    ]
    upsert(session, _RECIPIENTS, rows, replace=False)


def _expect_answers(session: Session, new: Sequence[tuple[int, NewAlert]], on: date) -> None:
    rows = [
        {
            "alert_id": alert_id,
            "organization_id": unit_id,
            "plan_id": alert.plan_id,
            "milestone_id": alert.milestone_id,
            "asked_on": on,
            "reply_days": alert.rung.reply_days,
            "reply_due_on": alert.reply_due.day,
            "calendar_version": alert.ladder.calendar.version,
            "provisional": alert.reply_due.provisional,
            **_next_urging(alert, alert.reply_due.day, on),
        }
        for alert_id, alert in new
        if alert.reply_due is not None
        for unit_id in answering(alert.rung, alert.addressed)
    ]
    upsert(session, _ANSWERS, rows, replace=False)


def _next_urging(alert: NewAlert, limit_on: date, on: date) -> dict[str, Any]:
    """Return the first rung for an answer that does not come; an alert about a missing answer has none of its own."""
    if alert.rung.trigger is RungTrigger.UNANSWERED:
        return {"rung_id": None, "fire_on": None}
    firing = next_firing(alert.ladder, RungTrigger.UNANSWERED, limit_on, None, None, on)
    return {"rung_id": firing.rung.id, "fire_on": firing.fire_on} if firing else {"rung_id": None, "fire_on": None}


def _writes(new: Sequence[tuple[int, NewAlert]], on: date) -> list[audit.Write]:
    """Return one entry for each plan with the alerts that were raised in it."""
    alerts_of: dict[int, list[int]] = {}
    for alert_id, alert in sorted(new, key=lambda item: item[0]):
        alerts_of.setdefault(alert.plan_id, []).append(alert_id)
    return [
        audit.Write("alerts:raise", f"scans/{on}", plan_id, {"raised": len(ids), "alerts": ids})
        for plan_id, ids in sorted(alerts_of.items())
    ]
