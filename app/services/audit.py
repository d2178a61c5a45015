"""The audit trail: one entry for every write, chained by hash so that no entry can be changed or dropped unseen."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Actor
from app.models import AuditEntry, AuditHead
from app.queries.audit import entry_hash
from app.services.turns import take_turn


@dataclass(frozen=True, slots=True)
class Write:
    """One write for the trail: `action` is `noun:action`, `subject` is `noun/id`, `detail` what it was."""

    action: str
    subject: str
    plan_id: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    *,
    now: datetime,
    plan_id: int | None = None,
    **detail: Any,
) -> None:
    """Append one entry in the caller's transaction; `action` is `noun:action`, `subject` is `noun/id`."""
    record_all(session, actor, [Write(action, subject, plan_id, detail)], now=now)


def record_all(session: Session, actor: Actor, writes: Iterable[Write], *, now: datetime) -> None:
    """Append one entry for each write, in their order, under one lock and with one statement."""
    head = _locked_head(session)
    for write in writes:
        entry = AuditEntry(
            id=head.entry_id + 1,
            at=now,
            actor_id=actor.account_id,
            actor=actor.name,
            action=write.action,
            subject=write.subject,
            plan_id=write.plan_id,
            detail=json.dumps(write.detail, ensure_ascii=False, sort_keys=True, default=_plain),
            request_id=actor.request_id,
            previous_hash=head.hash,
            hash="",
        )
        entry.hash = entry_hash(entry)
        session.add(entry)
        head.entry_id, head.hash = entry.id, entry.hash
    session.flush()


def _locked_head(session: Session) -> AuditHead:
    """Return the chain's last link, under the lock that orders all writers."""
    locked = sa.select(AuditHead).where(col(AuditHead.id) == 1).with_for_update()
    if head := session.scalar(locked):
        return head
    take_turn(session)
    return session.scalars(locked).one()


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
