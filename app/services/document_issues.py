"""Issue documents: number, day and signer put in, everything frozen, its files written once and kept."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from app.core.clock import local_day
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.documents import (
    KINDS,
    DocumentState,
    DocumentStepKind,
    FileFormat,
    next_state,
    number_text,
)
from app.models import DocumentScan, OfficialDocument
from app.printouts.documents import Document, Volume
from app.printouts.frozen import content_hash, freeze, thaw
from app.queries import distribution, document_numbers, official_documents
from app.services import document_numbers as numbers
from app.services import outbox
from app.services.document_files import issued_stamp, keep_file, render
from app.services.document_words import series_problem
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.official_documents import Drawn, record_step, stepping
from app.services.turns import take_turn

MOST_NAME = 60
Tick = Callable[[int, int, str], None]  # done, of how many, what is next


@dataclass(frozen=True, slots=True)
class IssueInput:
    """What an issue is given: the organ's code word ("" for a kind without numbers), who signed it and on which day.

    `version` is that of the document the signer saw; None: whichever stands checked.
    """

    series: str
    signed_by: str
    signed_on: date | None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be issued: its content with number and day, and its files; nothing is on record yet."""

    document_id: int
    version: int
    given: IssueInput
    serial: int | None
    document: Document
    content: str
    files: Mapping[FileFormat, bytes]


@dataclass(frozen=True, slots=True)
class Paper:
    """A working paper with its files, or a bound volume of them; nothing is on record yet."""

    drawn: Drawn
    code: str
    content: str
    files: Mapping[FileFormat, bytes]


def check_issue(session: Session, actor: Actor, document_id: int, given: IssueInput, *, now: datetime) -> None:
    """Look whether a document can be issued as given, before its files are written.

    Raises: InputError naming each field, ConflictError when it is not checked or not what the signer saw,
    NotFoundError.
    """
    row = _issuable(session, actor, document_id)
    if given.version not in (None, row.version):
        raise ConflictError(msg("Somebody else has changed this document meanwhile; look at it again."))
    today = local_day(now)
    problems: dict[str, Message] = {}
    if KINDS[row.kind].numbered and (problem := series_problem(given.series)):
        problems["series"] = problem
    if not given.signed_by:
        problems["signed_by"] = msg("fill in this field")
    elif len(given.signed_by) > MOST_NAME:
        problems["signed_by"] = msg("at most %(limit)s characters", limit=MOST_NAME)
    first = _first_day(session, row)
    if given.signed_on is None or not first <= given.signed_on <= today:
        problems["signed_on"] = msg("a day from %(day)s to today", day=first)
    if problems:
        raise InputError(problems)


def prepare(
    session: Session,
    actor: Actor,
    document_id: int,
    given: IssueInput,
    *,
    settings: Settings,
    base_url: str,
    now: datetime,
    tick: Tick | None = None,
) -> Prepared:
    """Write the files of a checked document with the number that is next; nothing is put on record.

    Raises: as `check_issue`, and as `render`.
    """
    check_issue(session, actor, document_id, given, now=now)
    row = _issuable(session, actor, document_id)
    assert given.signed_on is not None
    serial = None
    document = thaw(row.content)
    if KINDS[row.kind].numbered:
        year = given.signed_on.year
        serial = document_numbers.next_serial(session, row.organization_id, given.series, year)
        document = _signed(document, number_text(given.series, year, serial), given)
    else:
        document = _signed(document, document.number_line, given)
    content = freeze(document)
    formats, code, version = KINDS[row.kind].formats, row.code, row.version
    session.close()  # writing the files takes its time
    files = write_files(document, formats, code, content_hash(content), settings, base_url, tick)
    return Prepared(document_id, version, given, serial, document, content, files)


def write_files(
    document: Document | Volume,
    formats: tuple[FileFormat, ...],
    code: str,
    content_sha256: str,
    settings: Settings,
    base_url: str,
    tick: Tick | None = None,
) -> dict[FileFormat, bytes]:
    """Write an issued document in its formats. Raises: as `render`."""
    stamp = issued_stamp(code, content_sha256, base_url)
    files = {}
    for number, file_format in enumerate(formats):
        if tick is not None:
            tick(number, len(formats), file_format.value.upper())
        files[file_format] = render(document, file_format, settings, stamp)
    return files


def keep_issue(
    session: Session, actor: Actor, prepared: Prepared, *, settings: Settings, now: datetime
) -> OfficialDocument:
    """Put an issue on record: number, content, files, in one transaction.

    Raises: NumberTakenError when the number was taken meanwhile (prepare it again), ConflictError when the document was
    changed, NotFoundError.
    """
    given, document = prepared.given, prepared.document
    row = stepping(session, actor, prepared.document_id, prepared.version, DocumentStepKind.ISSUE)
    assert row.id is not None
    assert given.signed_on is not None
    if prepared.serial is not None:
        row.number = document.number_line
    row.content, row.content_sha256 = prepared.content, content_hash(prepared.content)
    row.signed_by, row.signed_on = given.signed_by, given.signed_on
    row.issued_at, row.issued_by_id = now, actor.account_id
    session.flush()
    if prepared.serial is not None:
        numbers.take(
            session,
            actor,
            organization_id=row.organization_id,
            series=given.series,
            year=given.signed_on.year,
            serial=prepared.serial,
            document_id=row.id,
            now=now,
        )
        numbers.settle_series(session, row.organization_id, row.kind, given.series)
    _keep_files(session, actor, row, prepared.files, settings, now)
    if distribution.recipients(session, row.id):
        outbox.enqueue_document(session, row.id, row.plan_id, now=now)
    return row


def set_paper(
    drawn: Drawn,
    formats: tuple[FileFormat, ...],
    *,
    settings: Settings,
    base_url: str,
    tick: Tick | None = None,
) -> Paper:
    """Write the files of a working paper; nothing is put on record. Raises: as `render`."""
    code, content = secrets.token_hex(10), freeze(drawn.document)  # a code that cannot be guessed
    files = write_files(drawn.document, formats, code, content_hash(content), settings, base_url, tick)
    return Paper(drawn, code, content, files)


def print_at_once(
    session: Session, actor: Actor, paper: Paper, *, settings: Settings, now: datetime
) -> OfficialDocument:
    """Put a working paper on record as printed: a sheet, a ledger; it takes no number and nobody signs it."""
    take_turn(session)
    drawn = paper.drawn
    row = OfficialDocument(
        plan_id=drawn.plan_id,
        organization_id=drawn.organization_id,
        kind=drawn.kind,
        subject=str(drawn.subject),
        title=drawn.document.title,
        state=DocumentState.ISSUED,
        cut_off_on=drawn.cut_off.on,
        cut_off_at=drawn.cut_off.at,
        content=paper.content,
        content_sha256=content_hash(paper.content),
        code=paper.code,
        author_id=actor.account_id,
        created_at=now,
        issued_at=now,
        issued_by_id=actor.account_id,
    )
    session.add(row)
    session.flush()
    _keep_files(session, actor, row, paper.files, settings, now)
    return row


def file_scan(
    session: Session, actor: Actor, document_id: int, upload: StoredUpload, note: str, *, now: datetime
) -> DocumentScan:
    """File a scan of the signed and stamped paper beside an issued document.

    Raises: ConflictError when it is not issued, NotFoundError.
    """
    take_turn(session)
    row = official_documents.find(session, actor.scope, document_id)
    if row is None or row.id is None:
        raise NotFoundError(msg("There is no such document in your scope."))
    if next_state(row.state, DocumentStepKind.FILE_SCAN) is None:
        raise ConflictError(msg("Only an issued document has a signed copy."))
    step = record_step(
        session,
        actor,
        row,
        DocumentStepKind.FILE_SCAN,
        now=now,
        text=note,
        filename=upload.filename,
        sha256=upload.sha256,
    )
    assert step.id is not None
    scan = DocumentScan(
        document_id=row.id,
        step_id=step.id,
        filename=upload.filename,
        media_type=upload.media_type,
        size=upload.size,
        sha256=upload.sha256,
    )
    session.add(scan)
    session.flush()
    return scan


def _keep_files(
    session: Session,
    actor: Actor,
    row: OfficialDocument,
    files: Mapping[FileFormat, bytes],
    settings: Settings,
    now: datetime,
) -> None:
    kept = {
        file_format.value: keep_file(session, actor, row, file_format.value, content, settings, now=now).sha256
        for file_format, content in files.items()
    }
    record_step(
        session,
        actor,
        row,
        DocumentStepKind.ISSUE,
        now=now,
        number=row.number,
        signed_by=row.signed_by,
        signed_on=row.signed_on,
        files=kept,
    )


def _first_day(session: Session, row: OfficialDocument) -> date:
    """Return the first day that a document can bear: that of its draft, and of the document it corrects."""
    drafted_on = local_day(row.created_at)
    corrected = session.get(OfficialDocument, row.corrects_id) if row.corrects_id else None
    return max(drafted_on, corrected.signed_on) if corrected and corrected.signed_on else drafted_on


def _issuable(session: Session, actor: Actor, document_id: int) -> OfficialDocument:
    row = official_documents.find(session, actor.scope, document_id)
    if row is None:
        raise NotFoundError(msg("There is no such document in your scope."))
    if next_state(row.state, DocumentStepKind.ISSUE) is None:
        raise ConflictError(msg("Only a checked document is issued."))
    return row


def _signed(document: Document, number_line: str, given: IssueInput) -> Document:
    """Return the document with its number, its day, and who signs it where it names the signer (签发人)."""
    block = document.distribution
    return replace(
        document,
        number_line=number_line,
        signed_on=given.signed_on,
        distribution=replace(block, printed_on=given.signed_on) if block else None,
        signer=given.signed_by if document.signer else "",
    )
