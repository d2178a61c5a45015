"""What people do about alerts: note, answer, take an answer or send it back, withdraw; each is one fact."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor, Scope
from app.domain.alert_steps import AnswerState, Party, may_happen, may_take
from app.domain.vocabulary import AlertState, AlertStepKind, Capacity, OutboxKind, Role
from app.domain.working_days import WorkCalendar
from app.models import AlertStep, ExpectedAnswer
from app.queries import alert_steps, alerts
from app.queries.alert_steps import AlertHistory, RecipientRow
from app.queries.alerts import AlertRow
from app.queries.calendars import calendar_for
from app.services import audit, evidence, expected_answers, outbox
from app.services.errors import ConflictError, ForbiddenError, InputError, Message, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.outbox import OutboxRow
from app.services.reports import author_of
from app.services.turns import take_turn

MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class _Matter:
    """An alert as somebody finds it who may take a step, and the recipient that the step is about."""

    alert: AlertRow
    history: AlertHistory
    recipient: RecipientRow | None


def acknowledge(session: Session, actor: Actor, alert_id: int, *, now: datetime) -> None:
    """Take note of an alert for one's own unit. Raises: as answer."""
    matter = _own_matter(session, actor, alert_id, AlertStepKind.ACKNOWLEDGE)
    _append(session, actor, matter, AlertStepKind.ACKNOWLEDGE, "", [], now)


def answer(
    session: Session, actor: Actor, alert_id: int, *, text: str, files: list[StoredUpload], now: datetime
) -> None:
    """Say for one's own unit what is done about it.

    Raises: NotFoundError; ForbiddenError for whom it does not concern; ConflictError when the step is not possible
    now; InputError naming each field.
    """
    matter = _own_matter(session, actor, alert_id, AlertStepKind.ANSWER)
    problems = _text_problems(text)
    if files and matter.alert.milestone_id is None:
        problems["evidence"] = msg("files go with the reports themselves; answer in words here")
    _refuse(problems)
    _append(session, actor, matter, AlertStepKind.ANSWER, text, files, now)
    _mark(session, matter, answered_on=local_day(now))


def accept_answer(
    session: Session, actor: Actor, alert_id: int, organization_id: int, *, text: str, now: datetime
) -> None:
    """Take a unit's answer; nobody takes their own. Raises: as answer."""
    matter = _matter(session, actor, alert_id, AlertStepKind.ACCEPT_ANSWER, organization_id)
    answered = [item for item in _recipient(matter).steps if item.kind is AlertStepKind.ANSWER]
    if answered and answered[-1].author_id == actor.account_id:
        raise ForbiddenError(msg("Somebody else takes an answer than who gave it."))
    if len(text) > MAX_TEXT:
        raise InputError({"text": msg("at most %(count)s characters", count=MAX_TEXT)})
    _append(session, actor, matter, AlertStepKind.ACCEPT_ANSWER, text, [], now)
    _mark(session, matter, settled_on=local_day(now))


def return_answer(
    session: Session, actor: Actor, alert_id: int, organization_id: int, *, text: str, now: datetime
) -> None:
    """Send an answer back with what it lacks; a new limit runs from today. Raises: as answer."""
    matter = _matter(session, actor, alert_id, AlertStepKind.RETURN_ANSWER, organization_id)
    _refuse(_text_problems(text))
    today = local_day(now)
    _append(session, actor, matter, AlertStepKind.RETURN_ANSWER, text, [], now)
    if _recipient(matter).reply_due_on is not None:
        calendar = calendar_for(session, matter.alert.plan_id)
        days = matter.alert.reply_days or 1
        _mark(session, matter, answered_on=None, **_limit(calendar, today, days))
        expected_answers.refresh(session, today, [matter.alert.plan_id])


def withdraw(session: Session, actor: Actor, alert_id: int, *, text: str, now: datetime) -> None:
    """Take an alert back with the reason; everybody who got it is told. Raises: as answer."""
    matter = _matter(session, actor, alert_id, AlertStepKind.WITHDRAW, None)
    _refuse(_text_problems(text))
    _append(session, actor, matter, AlertStepKind.WITHDRAW, text, [], now)
    session.execute(
        sa.update(ExpectedAnswer)
        .where(col(ExpectedAnswer.alert_id) == alert_id, col(ExpectedAnswer.settled_on).is_(None))
        .values(settled_on=local_day(now))
    )
    told = OutboxRow(alert_id, matter.alert.plan_id, matter.alert.urgent, OutboxKind.WITHDRAWAL)
    outbox.enqueue(session, [told], now=now)


def _limit(calendar: WorkCalendar, today: date, days: int) -> dict[str, Any]:
    """Return a new limit of as many working days as the alert gave at first."""
    counted = calendar.working_days_after(today, days)
    return {
        "asked_on": today,
        "reply_days": days,
        "reply_due_on": counted.day,
        "provisional": counted.provisional,
        "calendar_version": calendar.version,
    }


def _own_matter(session: Session, actor: Actor, alert_id: int, step: AlertStepKind) -> _Matter:
    return _matter(session, actor, alert_id, step, None, own=True)


def _matter(
    session: Session,
    actor: Actor,
    alert_id: int,
    step: AlertStepKind,
    organization_id: int | None,
    *,
    own: bool = False,
) -> _Matter:
    """Return an alert when the actor may take the step there and now; the turn keeps others away."""
    take_turn(session)
    alert = alerts.find_alert(session, actor.scope, alert_id)
    if alert is None:
        raise NotFoundError(msg("There is no such alert in your scope."))
    history = alert_steps.history(session, alert_id)
    mine = own_recipient(history, actor.scope, actor.role)
    recipient = mine if own else _asked(history, organization_id)
    if recipient is None and step is not AlertStepKind.WITHDRAW:
        raise NotFoundError(msg("The alert did not go to this unit."))
    if not may_take(Party(actor.role, recipient is mine), step):
        raise ForbiddenError(msg("This step is somebody else's: recipients answer, the office settles."))
    state = recipient.state if recipient else AnswerState.OPEN
    if not may_happen(alert.state, state, step):
        raise ConflictError(msg("Somebody was faster, or this step is not possible now. Look at the alert again."))
    return _Matter(alert, history, recipient)


def _asked(history: AlertHistory, organization_id: int | None) -> RecipientRow | None:
    """Return the recipient whose answer is to be settled: leaders owe none."""
    found = (
        item
        for item in history.recipients
        if item.organization_id == organization_id and item.capacity is not Capacity.LEADER
    )
    return next(found, None)


def own_recipient(history: AlertHistory, scope: Scope, role: Role | None) -> RecipientRow | None:
    """Return the recipient that somebody answers for; None: it did not go to them."""
    unit_id, capacities = alert_steps.own_recipient(scope, role, history.office_id)
    found = (item for item in history.recipients if item.organization_id == unit_id and item.capacity in capacities)
    return next(found, None)


def _recipient(matter: _Matter) -> RecipientRow:
    assert matter.recipient is not None
    return matter.recipient


def _append(
    session: Session,
    actor: Actor,
    matter: _Matter,
    kind: AlertStepKind,
    text: str,
    files: list[StoredUpload],
    now: datetime,
) -> None:
    """Append a step with its files and audit it."""
    unit_id = matter.recipient.organization_id if matter.recipient else None
    step = AlertStep(
        alert_id=matter.alert.id,
        organization_id=unit_id,
        capacity=matter.recipient.capacity if matter.recipient else None,
        kind=kind,
        text=text,
        author_id=author_of(actor),
        recorded_at=now,
    )
    session.add(step)
    session.flush()
    digests: list[str] = []
    if files and matter.alert.milestone_id is not None and step.author_id is not None:
        digests = evidence.attach(
            session, step.author_id, files, milestone_id=matter.alert.milestone_id, alert_step_id=step.id, now=now
        )
    audit.record(
        session,
        actor,
        f"alerts:{kind}",
        f"alerts/{matter.alert.id}",
        now=now,
        plan_id=matter.alert.plan_id,
        organization=unit_id,
        text=text,
        evidence=digests,
        before={"state": AlertState(matter.alert.state), "recipient": _stands(matter)},
    )


def _stands(matter: _Matter) -> str | None:
    return matter.recipient.state if matter.recipient else None


def _mark(session: Session, matter: _Matter, **values: Any) -> None:
    """Change what is kept of the answer that a recipient owes, where it owes one."""
    session.execute(
        sa.update(ExpectedAnswer)
        .where(
            col(ExpectedAnswer.alert_id) == matter.alert.id,
            col(ExpectedAnswer.organization_id) == _recipient(matter).organization_id,
            col(ExpectedAnswer.settled_on).is_(None),
        )
        .values(**values)
    )


def _text_problems(text: str) -> dict[str, Message]:
    if not text.strip():
        return {"text": msg("must not be empty")}
    return {"text": msg("at most %(count)s characters", count=MAX_TEXT)} if len(text) > MAX_TEXT else {}


def _refuse(problems: dict[str, Message]) -> None:
    if problems:
        raise InputError(problems)
