"""Reads of the audit trail: the auditor's page and the check of the chain."""

import hashlib
import json
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import AuditEntry, AuditHead

GENESIS = "0" * 64
PAGE = 100


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """What a check of the chain found; `broken_at` None: every link holds."""

    entries: int
    broken_at: int | None = None
    reason: str = ""


def entry_hash(entry: AuditEntry) -> str:
    """Return the sha256 over an entry's content and its predecessor's hash."""
    content = [
        entry.id,
        entry.at.isoformat(),
        entry.actor_id,
        entry.actor,
        entry.action,
        entry.subject,
        entry.plan_id,
        entry.detail,
        entry.request_id,
        entry.previous_hash,
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def verify_chain(session: Session) -> ChainFinding:
    """Walk the whole chain and name the first broken link, if any."""
    previous, count = GENESIS, 0
    query = sa.select(AuditEntry).order_by(col(AuditEntry.id)).execution_options(yield_per=1000)
    for entry in session.scalars(query):
        count += 1
        if entry.id != count:
            return ChainFinding(count, count, "missing")
        if entry.previous_hash != previous:
            return ChainFinding(count, entry.id, "chain")
        if entry_hash(entry) != entry.hash:
            return ChainFinding(count, entry.id, "content")
        previous = entry.hash
    head = session.get(AuditHead, 1)
    if (head.entry_id if head else 0) != count or (head.hash if head else GENESIS) != previous:
        return ChainFinding(count, count + 1, "missing")
    return ChainFinding(count)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the auditor looks for; empty fields do not narrow."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    plan_id: int | None = None


def list_entries(session: Session, wanted: AuditFilter, before: int | None = None) -> list[AuditEntry]:
    """Return up to PAGE + 1 entries, newest first, before an entry id (None: from the newest)."""
    query = sa.select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    if wanted.actor:
        query = query.where(col(AuditEntry.actor) == wanted.actor)
    if wanted.action:
        query = query.where(col(AuditEntry.action).startswith(wanted.action, autoescape=True))
    if wanted.subject:
        query = query.where(col(AuditEntry.subject) == wanted.subject)
    if wanted.plan_id is not None:
        query = query.where(col(AuditEntry.plan_id) == wanted.plan_id)
    return list(session.scalars(query))
