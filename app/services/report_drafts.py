"""Drafts of expected reports: kept word for word as typed, and guarded against two who write at once."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.models import DraftFile, ReportDraft
from app.queries.owed_reports import OwedRow, owed
from app.queries.report_forms import Draft, drafts_of
from app.services.errors import InputError, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.report_fields import report_fields
from app.services.reports import author_of
from app.services.turns import take_turn

LONGEST_TEXT = 10_000  # characters of one field of a draft
MOST_FIELDS = 1000
MOST_FILES = 40


class OvertakenError(InputError):
    """Somebody saved, submitted or discarded the draft after the form showed it; `draft` None: there is none now."""

    def __init__(self, draft: Draft | None, mark: str) -> None:
        super().__init__({"mark": msg("somebody else changed this draft meanwhile")})
        self.draft, self.mark = draft, mark


def row_of(session: Session, actor: Actor, expected_id: int, today: date) -> OwedRow:
    """Return an expected report that the actor owes. Raises: NotFoundError for anybody else's."""
    rows = owed(session, actor.scope, [expected_id], today)
    if not rows:
        raise NotFoundError(msg("There is no such report among those that you owe."))
    return rows[0]


def begun(row: OwedRow, today: date) -> dict[str, str]:
    """Return what a form begins with where nothing is written yet: the share and values reported last, not the claim.

    One that was sent back, or is to be replaced, begins with its own words too.
    """
    texts = {"reported_on": min(today, row.period.last_on).isoformat()}
    if row.last is not None:
        texts["share_pct"] = "" if row.last.share_pct is None else _plain(row.last.share_pct)
        texts |= {f"value-{item.target_id}": _plain(item.value) for item in row.last.values}
        if row.last.id == row.report_id:
            texts["summary"] = row.last.summary
            texts["reported_on"] = row.last.reported_on.isoformat()
    return texts


def _plain(value: object) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def save(
    session: Session,
    actor: Actor,
    expected_id: int,
    typed: Mapping[str, str],
    files: Sequence[StoredUpload] = (),
    *,
    seen: str,
    drop: Collection[int] = (),
    now: datetime,
) -> OwedRow:
    """Keep what was typed, right or wrong, with files added and dropped (by id); `seen` is the mark the form carries.

    Raises: NotFoundError; OvertakenError with the other's draft; InputError for texts that no draft holds.
    """
    take_turn(session)
    row = row_of(session, actor, expected_id, local_day(now))
    stored = drafts_of(session, [expected_id]).get(expected_id)
    if row.mark != seen:
        raise OvertakenError(stored, row.mark)
    texts = _texts(typed)
    values: dict[str, Any] = {
        "typed": json.dumps(texts, ensure_ascii=False, sort_keys=True),
        "version": stored.version + 1 if stored else 1,
        "author_id": author_of(actor),
        "changed_at": now,
    }
    if stored is None:
        draft = ReportDraft(expected_id=expected_id, **values)
        session.add(draft)
        session.flush()
        draft_id = draft.id or 0
    else:
        draft_id = stored.id
        session.execute(sa.update(ReportDraft).where(col(ReportDraft.id) == draft_id).values(**values))
    _keep_files(session, draft_id, stored, files, drop)
    return row_of(session, actor, expected_id, local_day(now))


def _texts(typed: Mapping[str, str]) -> dict[str, str]:
    texts = report_fields(typed)
    problems = {
        name: msg("at most %(count)s characters", count=LONGEST_TEXT)
        for name, text in texts.items()
        if len(text) > LONGEST_TEXT
    }
    if len(texts) > MOST_FIELDS:
        problems["summary"] = msg("these are more fields than a report has")
    if problems:
        raise InputError(problems)
    return texts


def _keep_files(
    session: Session, draft_id: int, stored: Draft | None, files: Sequence[StoredUpload], drop: Collection[int]
) -> None:
    kept = [file for file in stored.files if file.id not in drop] if stored else []
    if len(kept) + len(files) > MOST_FILES:
        raise InputError({"evidence": msg("at most %(count)s files", count=MOST_FILES)})
    if drop:
        session.execute(
            sa.delete(DraftFile).where(col(DraftFile.draft_id) == draft_id, col(DraftFile.id).in_(list(drop)))
        )
    known = {(file.filename, file.sha256) for file in kept}
    session.add_all(
        DraftFile(
            draft_id=draft_id, filename=file.filename, media_type=file.media_type, size=file.size, sha256=file.sha256
        )
        for file in files
        if (file.filename, file.sha256) not in known
    )
    session.flush()


def discard(session: Session, actor: Actor, expected_id: int, *, seen: str, now: datetime) -> None:
    """Throw a draft away with its files. Raises: NotFoundError; OvertakenError when it changed meanwhile."""
    take_turn(session)
    row = row_of(session, actor, expected_id, local_day(now))
    drafts = drafts_of(session, [expected_id])
    if row.mark != seen:
        raise OvertakenError(drafts.get(expected_id), row.mark)
    delete(session, drafts.values())


def delete(session: Session, drafts: Collection[Draft]) -> None:
    """Take drafts away with the records of their files: submitted, or discarded."""
    ids = [draft.id for draft in drafts]
    session.execute(sa.delete(DraftFile).where(col(DraftFile.draft_id).in_(ids)))
    session.execute(sa.delete(ReportDraft).where(col(ReportDraft.id).in_(ids)))
