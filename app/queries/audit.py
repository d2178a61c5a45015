"""Reads of the audit trail: the auditor's page and the check of the chain."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC

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
        entry.at.astimezone(UTC).isoformat(),  # as the database gives it back
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
    query = sa.select(AuditEntry).order_by(col(AuditEntry.id)).execution_options(yield_per=1000)
    with closing(session.scalars(query)) as entries:
        found, last = _walk(entries)
    if found.broken_at is not None:
        return found
    head = session.get(AuditHead, 1)
    if (head.entry_id if head else 0) != found.entries or (head.hash if head else GENESIS) != last:
        return ChainFinding(found.entries, found.entries + 1, "missing")
    return found


def _walk(entries: Iterable[AuditEntry]) -> tuple[ChainFinding, str]:
    """Return the first broken link among the entries, or none, and the last hash."""
    previous, count = GENESIS, 0
    for entry in entries:
        count += 1
        if entry.id != count:
            return ChainFinding(count, count, "missing"), previous
        if entry.previous_hash != previous:
            return ChainFinding(count, entry.id, "chain"), previous
        if entry_hash(entry) != entry.hash:
            return ChainFinding(count, entry.id, "content"), previous
        previous = entry.hash
    return ChainFinding(count), previous


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
