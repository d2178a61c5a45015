"""Reads of the audit trail: the check of the chain, and the entries that fit a filter, a page at a time."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end, day_start
from app.models import AuditEntry, AuditHead

GENESIS = "0" * 64
PAGE = 100
WINDOW = 100_000  # entries that one page looks through where no index helps
_encoded = json.JSONEncoder(ensure_ascii=False).encode  # made once: making one takes longer than encoding an entry
_TABLE = AuditEntry.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """What a check of the chain found; `broken_at` None: every link holds.

    `reason`: "missing" (this entry, or those from it on), "chain" (it does not follow on the one before it), "content"
    (it was changed), "head" (the chain's end is not the one that was kept). `noted` False: a hash that was noted at an
    earlier check is not in the chain any more.
    """

    entries: int
    broken_at: int | None = None
    reason: str = ""
    last_hash: str = field(default=GENESIS, compare=False)
    noted: bool = True

    @property
    def holds(self) -> bool:
        """Tell whether nothing speaks against the trail."""
        return self.broken_at is None and self.noted


def entry_hash(entry: Any) -> str:
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
    return hashlib.sha256(_encoded(content).encode()).hexdigest()


def verify_chain(session: Session, noted: str = "") -> ChainFinding:
    """Walk the whole chain, an entry at a time, and name the first broken link, if any.

    `noted` is a hash that somebody wrote down at an earlier check: who can write the whole trail anew cannot keep it.
    """
    query = sa.select(*_TABLE.columns).order_by(_TABLE.c.id).execution_options(yield_per=1000)
    with closing(session.execute(query)) as rows:
        found, met = _walk(rows, noted)
    if found.broken_at is None:
        head = session.get(AuditHead, 1)
        kept = (head.entry_id, head.hash) if head else (0, GENESIS)
        if kept[0] > found.entries:
            found = ChainFinding(found.entries, found.entries + 1, "missing", found.last_hash)
        elif kept != (found.entries, found.last_hash):
            found = ChainFinding(found.entries, found.entries, "head", found.last_hash)
    if noted and not met:
        return ChainFinding(found.entries, found.broken_at, found.reason, found.last_hash, noted=False)
    return found


def _walk(entries: Iterable[Any], noted: str) -> tuple[ChainFinding, bool]:
    """Return the first broken link among the entries, or none, and whether the noted hash was met before it."""
    previous, count, met = GENESIS, 0, noted == GENESIS
    for entry in entries:
        count += 1
        reason = ""
        if entry.id != count:
            reason = "missing"
        elif entry.previous_hash != previous:
            reason = "chain"
        elif entry_hash(entry) != entry.hash:
            reason = "content"
        if reason:
            return ChainFinding(count, count, reason, previous), met
        previous = entry.hash
        met = met or previous == noted
    return ChainFinding(count, last_hash=previous), met


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the auditor looks for; empty fields do not narrow.

    `action` is one action, or a noun with or without its colon; `from_on` and `to_on` are days in Shanghai, both
    included; `text` stands anywhere in what an entry recorded.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    plan_id: int | None = None
    from_on: date | None = None
    to_on: date | None = None
    request_id: str = ""
    text: str = ""

    @property
    def is_scan(self) -> bool:
        """Tell whether entries have to be read one by one to be found."""
        noun = bool(self.action) and not self._is_one_action
        return bool(self.actor or self.request_id or self.text or noun)

    @property
    def _is_one_action(self) -> bool:
        return ":" in self.action and not self.action.endswith(":")

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """Yield what SQL asks of an entry."""
        if self.actor:
            yield col(AuditEntry.actor) == self.actor
        if self._is_one_action:
            yield col(AuditEntry.action) == self.action
        elif self.action:
            yield col(AuditEntry.action).startswith(self.action, autoescape=True)
        if self.subject:
            yield col(AuditEntry.subject) == self.subject
        if self.plan_id is not None:
            yield col(AuditEntry.plan_id) == self.plan_id
        if self.from_on is not None:
            yield col(AuditEntry.at) >= day_start(self.from_on)
        if self.to_on is not None:
            yield col(AuditEntry.at) < day_end(self.to_on)
        if self.request_id:
            yield col(AuditEntry.request_id) == self.request_id
        if self.text:
            yield col(AuditEntry.detail).contains(self.text, autoescape=True)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, newest first; `older` is what to give as `before` for the next page, `newer` as `after`; None: no more.

    `searched` is the lowest number looked at, where older entries were not looked at yet; None: nothing is left.
    """

    entries: list[AuditEntry]
    newer: int | None
    older: int | None
    searched: int | None = None


def page(session: Session, wanted: AuditFilter, *, before: int | None = None, after: int | None = None) -> AuditPage:
    """Return one page: the newest entries, or those before an entry, or those right after one.

    Where no index finds them, a page looks through WINDOW entries at most; the way goes on from there.
    """
    last = _last_id(session) if wanted.is_scan else 0
    if after is not None:
        return _page_after(session, wanted, after, last)
    start = last + 1 if before is None else before
    floor = start - WINDOW if wanted.is_scan else 0
    found = list_entries(session, wanted, before, least=floor)
    older = found[PAGE - 1].id if len(found) > PAGE else None
    searched = floor if older is None and floor > 1 else None
    newer = None if before is None else (found[0].id if found else before - 1)
    return AuditPage(found[:PAGE], newer, older or searched, searched)


def _page_after(session: Session, wanted: AuditFilter, after: int, last: int) -> AuditPage:
    ceiling = after + WINDOW if wanted.is_scan else None
    query = sa.select(AuditEntry).where(col(AuditEntry.id) > after, *wanted.conditions())
    if ceiling is not None:
        query = query.where(col(AuditEntry.id) <= ceiling)
    found = list(session.scalars(query.order_by(col(AuditEntry.id)).limit(PAGE + 1)))
    shown = found[:PAGE][::-1]
    newer = shown[0].id if len(found) > PAGE else None
    if newer is None and ceiling is not None and ceiling < last:
        newer = ceiling
    return AuditPage(shown, newer, shown[-1].id if shown else after + 1)


def list_entries(
    session: Session, wanted: AuditFilter, before: int | None = None, *, least: int = 0
) -> list[AuditEntry]:
    """Return up to PAGE + 1 entries from number `least` on, newest first, before an entry (None: from the newest)."""
    query = sa.select(AuditEntry).where(*wanted.conditions()).order_by(col(AuditEntry.id).desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    if least > 0:
        query = query.where(col(AuditEntry.id) >= least)
    return list(session.scalars(query))


def actions(session: Session) -> list[str]:
    """Return every action there is an entry of, by name; each costs one step in the index, however long the trail."""
    action = col(AuditEntry.action)
    steps = sa.select(sa.func.min(action).label("action")).cte("steps", recursive=True)
    following = sa.select(sa.func.min(action)).where(action > steps.c.action).scalar_subquery()
    steps = steps.union_all(sa.select(following).where(steps.c.action.is_not(None)))
    return sorted(session.scalars(sa.select(steps.c.action).where(steps.c.action.is_not(None))))


def _last_id(session: Session) -> int:
    return session.scalar(sa.select(sa.func.max(col(AuditEntry.id)))) or 0
