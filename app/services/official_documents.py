"""Official documents from draft to check: facts taken from the ledger, words of the office, the steps on record."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain.access import Actor
from app.domain.documents import (
    DocumentKind,
    DocumentState,
    DocumentStepKind,
    Subject,
    may_check,
    next_state,
    read_subject,
    subject,
)
from app.models import DocumentStep, OfficialDocument, Plan
from app.printouts.documents import Document, Slot, Volume
from app.printouts.frozen import content_hash, freeze, thaw
from app.queries import distribution, official_documents
from app.queries.circulars import CutOff
from app.services import audit, document_recipients
from app.services.document_kinds import cut_off, drawing
from app.services.document_words import correcting, read_words, slots_of, word_problems, worded, write_words
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError, msg
from app.services.turns import take_turn

MOST_TEXT = 2000  # characters of a reason


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document drawn from the ledger and not yet on record; `corrected` is the issued document it corrects."""

    plan_id: int
    organization_id: int
    kind: DocumentKind
    subject: Subject
    cut_off: CutOff
    document: Document | Volume
    corrected: OfficialDocument | None = None


def draw(session: Session, actor: Actor, *, plan_id: int, kind: DocumentKind, key: str, now: datetime) -> Drawn:
    """Draw a document of a plan from the facts as known now, or at its quarter's end; nothing is written.

    Raises: InputError for a subject that there is none of, NotFoundError out of scope, ConflictError when there is
    nothing to print of it.
    """
    plan = session.get(Plan, plan_id)
    if plan is None or not actor.scope.holds_plan(plan_id):
        raise NotFoundError(msg("no such plan"))
    try:
        wanted = subject(kind, key)
    except ValueError:
        raise InputError({"subject": msg("choose one of the list")}) from None
    at = cut_off(plan, wanted, now)
    return Drawn(plan_id, plan.office_id, kind, wanted, at, drawing(kind)(session, plan, wanted, at))


def draw_again(session: Session, actor: Actor, document_id: int, *, now: datetime) -> Drawn:
    """Draw a draft anew from the facts as known now.

    Raises: NotFoundError, ConflictError when it is no draft any more, or its subject has nothing to print.
    """
    row = _found(session, actor, document_id)
    if row.state is not DocumentState.DRAFT:
        raise ConflictError(msg("This document stands elsewhere by now; look at it again."))
    return _anew(session, row, session.get(OfficialDocument, row.corrects_id) if row.corrects_id else None, now)


def draw_correction(session: Session, actor: Actor, document_id: int, *, now: datetime) -> Drawn:
    """Draw the correction of an issued document from the facts as known now.

    Raises: NotFoundError, ConflictError for one that is not issued, or for a bound volume.
    """
    row = _found(session, actor, document_id)
    if row.state is not DocumentState.ISSUED:
        raise ConflictError(msg("Only an issued document is corrected."))
    return _anew(session, row, row, now)


def _anew(session: Session, row: OfficialDocument, corrected: OfficialDocument | None, now: datetime) -> Drawn:
    plan, wanted = session.get_one(Plan, row.plan_id), read_subject(row.subject)
    if not wanted.is_one:
        raise ConflictError(msg("A bound volume is not drawn again; have its sheets printed anew."))
    at = cut_off(plan, wanted, now, known_now=True)
    document = drawing(row.kind)(session, plan, wanted, at)
    if corrected is not None:
        document = correcting(document, corrected.title, corrected.number)
    return Drawn(row.plan_id, row.organization_id, row.kind, wanted, at, document, corrected)


def keep_draft(
    session: Session, actor: Actor, drawn: Drawn, *, now: datetime, scheduled: bool = False
) -> OfficialDocument:
    """Put a drawn document on record as a draft; a correction names the issued one it corrects.

    Raises: ConflictError when that is being corrected already.
    """
    take_turn(session)
    if drawn.corrected is not None and official_documents.correction_of(session, drawn.corrected.id or 0):
        raise ConflictError(msg("A correction of this document is on record already."))
    assert isinstance(drawn.document, Document)  # volumes are printed at once
    corrects_id = drawn.corrected.id if drawn.corrected else None
    recipients = document_recipients.usual(
        session, drawn.plan_id, drawn.organization_id, drawn.subject, drawn.document, corrects_id
    )
    content = freeze(document_recipients.with_copies(drawn.document, recipients))
    row = OfficialDocument(
        plan_id=drawn.plan_id,
        organization_id=drawn.organization_id,
        kind=drawn.kind,
        subject=str(drawn.subject),
        title=drawn.document.title,
        cut_off_on=drawn.cut_off.on,
        cut_off_at=drawn.cut_off.at,
        content=content,
        content_sha256=content_hash(content),
        code=secrets.token_hex(10),
        corrects_id=corrects_id,
        scheduled=scheduled,
        author_id=actor.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    document_recipients.choose(session, actor, row, recipients, now=now)
    record_step(session, actor, row, DocumentStepKind.DRAFT, now=now, recipients=len(recipients))
    return row


def refresh(session: Session, actor: Actor, document_id: int, version: int, drawn: Drawn, *, now: datetime) -> None:
    """Take the figures of a draft anew; the words of the office stay.

    Raises: ConflictError when it is no draft any more or was changed meanwhile, NotFoundError.
    """
    assert isinstance(drawn.document, Document)  # volumes are printed at once
    row = stepping(session, actor, document_id, version, DocumentStepKind.REFRESH)
    words = {slot: text for slot, text in read_words(row.words).items() if slot in slots_of(drawn.document)}
    row.cut_off_on, row.cut_off_at, row.title = drawn.cut_off.on, drawn.cut_off.at, drawn.document.title
    row.words = write_words(words)
    document = document_recipients.with_copies(drawn.document, distribution.recipients(session, document_id))
    write(row, worded(document, words))
    record_step(session, actor, row, DocumentStepKind.REFRESH, now=now)


def rewrite(
    session: Session, actor: Actor, document_id: int, version: int, words: Mapping[Slot, str], *, now: datetime
) -> None:
    """Put the words of the office in the places of a draft; nothing else of it changes.

    Raises: InputError naming each place, ConflictError as of `refresh`, NotFoundError.
    """
    row = stepping(session, actor, document_id, version, DocumentStepKind.REWRITE)
    document = thaw(row.content)
    slots = slots_of(document)
    if problems := word_problems(words, slots):
        raise InputError(problems)
    changed = {slot: text for slot, text in words.items() if text.split() != slots[slot].split()}
    if not changed:
        return
    row.words = write_words(read_words(row.words) | changed)
    write(row, worded(document, changed))
    record_step(session, actor, row, DocumentStepKind.REWRITE, now=now, words={k.value: v for k, v in changed.items()})


def check(session: Session, actor: Actor, document_id: int, version: int, *, now: datetime) -> None:
    """Confirm that a draft is right; who drafted it or wrote at it cannot.

    Raises: ForbiddenError, ConflictError as of `refresh`, NotFoundError.
    """
    row = stepping(session, actor, document_id, version, DocumentStepKind.CHECK)
    if not may_check(official_documents.writers(session, document_id), actor.account_id):
        raise ForbiddenError(msg("A draft is checked by somebody who did not write at it."))
    row.checked_by_id = actor.account_id
    record_step(session, actor, row, DocumentStepKind.CHECK, now=now)


def send_back(session: Session, actor: Actor, document_id: int, version: int, reason: str, *, now: datetime) -> None:
    """Send a checked document back to be written again. Raises: InputError, ConflictError, NotFoundError."""
    _with_reason(session, actor, document_id, version, DocumentStepKind.SEND_BACK, reason, now)


def discard(session: Session, actor: Actor, document_id: int, version: int, reason: str, *, now: datetime) -> None:
    """Discard a document that was not issued; it stays on record. Raises: InputError, ConflictError, NotFoundError."""
    _with_reason(session, actor, document_id, version, DocumentStepKind.DISCARD, reason, now)


def _with_reason(
    session: Session, actor: Actor, document_id: int, version: int, kind: DocumentStepKind, reason: str, now: datetime
) -> None:
    if not reason.strip():
        raise InputError({"reason": msg("fill in this field")})
    if len(reason) > MOST_TEXT:
        raise InputError({"reason": msg("at most %(limit)s characters", limit=MOST_TEXT)})
    row = stepping(session, actor, document_id, version, kind)
    if kind is DocumentStepKind.SEND_BACK:
        row.checked_by_id = None
    record_step(session, actor, row, kind, now=now, text=reason.strip())


def stepping(
    session: Session, actor: Actor, document_id: int, version: int, kind: DocumentStepKind
) -> OfficialDocument:
    """Return the document that a step is taken at, moved on by it, under the turn of writers.

    Raises: NotFoundError, ConflictError when the step cannot be taken now or the document was changed meanwhile.
    """
    take_turn(session)
    row = _found(session, actor, document_id)
    session.refresh(row)
    state = next_state(row.state, kind)
    if state is None:
        raise ConflictError(msg("This document stands elsewhere by now; look at it again."))
    if row.version != version:
        raise ConflictError(msg("Somebody else has changed this document meanwhile; look at it again."))
    row.state, row.version = state, row.version + 1
    return row


def record_step(
    session: Session,
    actor: Actor,
    row: OfficialDocument,
    kind: DocumentStepKind,
    *,
    now: datetime,
    text: str = "",
    **told: object,
) -> DocumentStep:
    """Put a step of a document on record and on the audit trail."""
    assert row.id is not None
    step = DocumentStep(
        document_id=row.id,
        kind=kind,
        text=text,
        content_sha256=row.content_sha256,
        author_id=actor.account_id,
        recorded_at=now,
    )
    session.add(step)
    session.flush()
    told |= {"kind": row.kind, "made_of": row.subject, "title": row.title, "content_sha256": row.content_sha256}
    told |= {"reason": text} if text else {}
    audit.record(session, actor, f"documents:{kind}", f"documents/{row.id}", now=now, plan_id=row.plan_id, **told)
    return step


def write(row: OfficialDocument, document: Document) -> None:
    """Put the content of a draft in place of what it was."""
    row.content = freeze(document)
    row.content_sha256 = content_hash(row.content)


def _found(session: Session, actor: Actor, document_id: int) -> OfficialDocument:
    row = official_documents.find(session, actor.scope, document_id)
    if row is None:
        raise NotFoundError(msg("There is no such document in your scope."))
    return row
