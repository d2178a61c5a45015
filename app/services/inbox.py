"""Keep what accounts have read of their inbox: reading marks, for the count of unread ones and as proof of delivery."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.database import upsert
from app.domain.access import Actor
from app.domain.inbox import TOLD_AS
from app.domain.vocabulary import AlertStepKind, OutboxKind
from app.models import Account, Alert, AlertStep, InboxRead, InboxReadTo
from app.queries import inbox
from app.queries.inbox import InboxKey

_READ = InboxRead.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_READ_TO = InboxReadTo.__table__  # type: ignore[attr-defined]


def begin(session: Session, account: Account) -> None:
    """Let the inbox of a new account count as read: what was told before it was there is not news."""
    assert account.id is not None
    if account.role in TOLD_AS:
        alert_id = session.scalar(sa.select(sa.func.max(col(Alert.id)))) or 0
        withdrawn = sa.select(sa.func.max(col(AlertStep.id))).where(col(AlertStep.kind) == AlertStepKind.WITHDRAW)
        step_id = session.scalar(withdrawn) or 0
        session.add(InboxReadTo(account_id=account.id, alert_id=alert_id, step_id=step_id))


def open_notice(session: Session, actor: Actor, alert_id: int, *, now: datetime) -> None:
    """Put on record that somebody opened an alert: what was unread of it is read."""
    rows = [_row(actor, alert_id, kind, True, now) for kind in inbox.unread_of(session, actor, alert_id)]
    upsert(session, _READ, rows, replace=False)


def mark_all_read(session: Session, actor: Actor, top: InboxKey, *, now: datetime) -> None:
    """Mark everything as read that was told up to where the page began; what came meanwhile stays unread."""
    if not inbox.has_inbox(actor):
        return
    alerts = session.scalars(inbox.unread_alerts(actor, top)).all()
    withdrawals = session.execute(inbox.unread_withdrawals(actor, top)).all()
    rows = [_row(actor, alert_id, OutboxKind.ALERT, False, now) for alert_id in alerts]
    rows += [_row(actor, alert_id, OutboxKind.WITHDRAWAL, False, now) for alert_id, _ in withdrawals]
    upsert(session, _READ, rows, replace=False)
    upsert(session, _READ_TO, [{"account_id": actor.account_id, "alert_id": 0, "step_id": 0}], replace=False)
    _raise_mark(session, actor, "alert_id", max(alerts, default=0))
    _raise_mark(session, actor, "step_id", max((step_id for _, step_id in withdrawals), default=0))


def _raise_mark(session: Session, actor: Actor, name: str, to: int) -> None:
    """Move the mark up, never down: what lies below need not be looked through again."""
    column = _READ_TO.c[name]
    mine = _READ_TO.c.account_id == actor.account_id
    session.execute(sa.update(_READ_TO).where(mine, column < to).values({name: to}))


def _row(actor: Actor, alert_id: int, kind: OutboxKind, opened: bool, now: datetime) -> dict[str, Any]:
    return {"account_id": actor.account_id, "alert_id": alert_id, "kind": kind, "opened": opened, "read_at": now}
