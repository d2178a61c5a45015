"""Write what an uploaded workbook of reports says: as drafts, or submitted; all of it or nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.files import is_intact, stored_path
from app.domain.access import Actor
from app.models import ReportDraft
from app.queries.owed_reports import owed
from app.queries.report_forms import drafts_of
from app.services.errors import InputError, NotFoundError, msg
from app.services.import_archive import FIELD
from app.services.report_drafts import LONGEST_TEXT
from app.services.report_fields import report_fields
from app.services.report_submissions import submit_all
from app.services.report_workbooks_preview import Fate, Preview, ReportPreview, preview
from app.services.reports import author_of
from app.services.turns import take_turn


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many reports were submitted, and how many saved as drafts that wait for something."""

    submitted: int
    saved: int


def kept_workbook(folder: Path, sha256: str) -> bytes:
    """Return an uploaded workbook by its hash. Raises: NotFoundError when it is not kept, or not any more."""
    try:
        path = stored_path(folder, sha256)
    except ValueError:
        path = None
    if path is None or not is_intact(path, sha256):
        raise NotFoundError(msg("This workbook is not kept here: hand it in again."))
    return path.read_bytes()


def save_drafts(
    session: Session, actor: Actor, content: bytes, *, seen: str, taken: Mapping[int, str], now: datetime
) -> Outcome:
    """Save every report of a file as a draft, but those that somebody else wrote meanwhile and that are not `taken`.

    Raises: InputError, when the file cannot be taken or something changed since the preview was `seen`.
    """
    take_turn(session)
    found = _as_seen(session, actor, content, seen, taken, now)
    chosen = found.of(Fate.READY, Fate.NEEDS_FILE, Fate.WRONG)
    _save(session, actor, chosen, now)
    return Outcome(0, len(chosen))


def submit(
    session: Session, actor: Actor, content: bytes, *, seen: str, taken: Mapping[int, str], now: datetime
) -> Outcome:
    """Submit every report of a file; a claim without evidence is saved as a draft instead.

    Values that look implausible were asked about in the preview, so they are taken. Raises: InputError as
    `save_drafts`, and when anything is wrong with any of them; BatchRejectedError.
    """
    take_turn(session)
    found = _as_seen(session, actor, content, seen, taken, now)
    if found.of(Fate.WRONG):
        raise InputError({FIELD: msg("something in the file needs a correction first; nothing was submitted")})
    ready, waiting = found.of(Fate.READY), found.of(Fate.NEEDS_FILE)
    marks = _save(session, actor, [*ready, *waiting], now, asked=True)
    count = submit_all(session, actor, {item.row.id: marks[item.row.id] for item in ready}, now=now) if ready else 0
    return Outcome(count, len(waiting))


def _as_seen(
    session: Session, actor: Actor, content: bytes, seen: str, taken: Mapping[int, str], now: datetime
) -> Preview:
    found = preview(session, actor, content, local_day(now), taken=taken)
    if found.seen != seen:
        raise InputError({FIELD: msg("something changed since this page was shown; nothing was written: look again")})
    if found.problems:
        raise InputError({FIELD: msg("something in the file needs a correction first; nothing was written")})
    return found


def _save(
    session: Session, actor: Actor, reports: Sequence[ReportPreview], now: datetime, *, asked: bool = False
) -> dict[int, str]:
    """Save drafts and return their marks by expected report; the turn is taken, so that nobody writes between.

    `asked`: the person was asked about values that look implausible, and sends them all the same.
    """
    ids = [item.row.id for item in reports]
    stored = drafts_of(session, ids)
    author = author_of(actor)
    for item in reports:
        typed = _typed(item, asked=asked)
        if (kept := stored.get(item.row.id)) is None:
            draft = ReportDraft(expected_id=item.row.id, version=1, typed=typed, author_id=author, changed_at=now)
            session.add(draft)
        else:
            query = sa.update(ReportDraft).where(col(ReportDraft.id) == kept.id)
            session.execute(query.values(version=kept.version + 1, typed=typed, author_id=author, changed_at=now))
    session.flush()
    return {row.id: row.mark for row in owed(session, actor.scope, ids, local_day(now))}


def _typed(item: ReportPreview, *, asked: bool) -> str:
    texts = report_fields(item.typed)
    if any(len(text) > LONGEST_TEXT for text in texts.values()):
        raise InputError({FIELD: msg("%(cell)s: at most %(count)s characters", cell=item.cell, count=LONGEST_TEXT)})
    if asked and item.doubted:
        texts["doubted"] = ",".join(str(target_id) for target_id in item.doubted)
    return json.dumps(texts, ensure_ascii=False, sort_keys=True)
