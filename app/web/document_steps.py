"""Steps of official documents: words, fresh figures, check, issue, correction, the signed copy, comparing bytes."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from app.core.database import Session, read_session, write_session
from app.core.files import is_intact, stored_path
from app.domain.access import Action
from app.domain.print_jobs import PrintJobKind
from app.printouts.documents import Slot
from app.queries import document_pages
from app.services import document_issues
from app.services import official_documents as documents
from app.services.document_issues import IssueInput
from app.services.document_words import MOST_WORDS
from app.services.errors import ConflictError, InputError, NotFoundError, msg
from app.services.print_jobs import Order
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, Visitor, allow
from app.web.documents import Printer, Reader, document_page, found_document, start
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Checker = Annotated[Visitor, allow(Action.CHECK_DOCUMENT)]
Issuer = Annotated[Visitor, allow(Action.ISSUE_DOCUMENT)]
_AT = "/documents/{document_id}"
_BLOCK = 1 << 20


@router.post(_AT + "/words")
def edit_words(request: Request, visitor: Printer, form: FormDep, now: NowDep, document_id: RowId) -> Response:
    """Put the words of the office in the places of a draft."""
    words = {slot: form.text(slot.value, limit=MOST_WORDS) for slot in Slot if slot.value in form.data}

    def step(session: Session) -> None:
        documents.rewrite(session, visitor.actor, document_id, _version(form), words, now=now)

    try:
        return _taken(request, visitor, form, now, document_id, step, "words")
    except ConflictError as error:  # somebody else was quicker: what was typed stays, beside what is there now
        typed, failure = form.typed, error.message

        def again(fresh: Session) -> Response:
            return document_page(request, visitor, fresh, document_id, now, typed=typed, failure=failure)

        raise FormRejectedError(again) from error


@router.post(_AT + "/refresh")
def refresh_document(request: Request, visitor: Printer, form: FormDep, now: NowDep, document_id: RowId) -> Response:
    """Take the figures of a draft anew from the ledger."""
    with read_session(request.app.state.engine) as reading:
        drawn = documents.draw_again(reading, visitor.actor, document_id, now=now)

    def step(session: Session) -> None:
        documents.refresh(session, visitor.actor, document_id, _version(form), drawn, now=now)

    return _taken(request, visitor, form, now, document_id, step, "refresh")


@router.post(_AT + "/check")
def check_document(request: Request, visitor: Checker, form: FormDep, now: NowDep, document_id: RowId) -> Response:
    """Confirm that a draft is right."""

    def step(session: Session) -> None:
        documents.check(session, visitor.actor, document_id, _version(form), now=now)

    return _taken(request, visitor, form, now, document_id, step, "check")


@router.post(_AT + "/send-back")
def send_back_document(request: Request, visitor: Checker, form: FormDep, now: NowDep, document_id: RowId) -> Response:
    """Send a checked document back to be written again."""

    def step(session: Session) -> None:
        documents.send_back(session, visitor.actor, document_id, _version(form), form.text("reason"), now=now)

    return _taken(request, visitor, form, now, document_id, step, "send_back")


@router.post(_AT + "/discard")
def discard_document(request: Request, visitor: Printer, form: FormDep, now: NowDep, document_id: RowId) -> Response:
    """Discard a document that was not issued."""

    def step(session: Session) -> None:
        documents.discard(session, visitor.actor, document_id, _version(form), form.text("reason"), now=now)

    return _taken(request, visitor, form, now, document_id, step, "discard")


@router.post(_AT + "/issue")
def issue_document(
    request: Request, visitor: Issuer, settings: SettingsDep, form: FormDep, now: NowDep, document_id: RowId
) -> Response:
    """Have a checked document issued: its files are written in the background, and it takes the number that is next."""
    signed_by, signed_on = form.text("signed_by", limit=200), form.day("signed_on")
    given = IssueInput(form.text("series", limit=40), signed_by, signed_on, _version(form))
    try:
        with read_session(request.app.state.engine) as reading:
            document_issues.check_issue(reading, visitor.actor, document_id, given, now=now)
            found = found_document(reading, visitor, document_id)
            if job_id := document_pages.issue_under_way(reading, document_id):
                return RedirectResponse(f"/print-jobs/{job_id}", 303)
    except InputError as error:
        raise _rejected(request, visitor, form, now, document_id, error) from error
    wanted = {"series": given.series, "signed_by": signed_by, "signed_on": signed_on, "version": given.version}
    plan_id, title = found.row.plan_id, found.row.title
    order = Order(plan_id, PrintJobKind.ISSUE, title, 3, document_id=document_id, wanted=wanted)
    return RedirectResponse(start(request, visitor, settings, order, now), 303)


@router.post(_AT + "/correct")
def correct_document(request: Request, visitor: Printer, now: NowDep, document_id: RowId) -> Response:
    """Draft a new document that corrects an issued one and names it."""
    engine = request.app.state.engine
    with read_session(engine) as reading:
        drawn = documents.draw_correction(reading, visitor.actor, document_id, now=now)
    with write_session(engine) as writing:
        row = documents.keep_draft(writing, visitor.actor, drawn, now=now)
        address = f"/documents/{row.id}?done=correct"
    return RedirectResponse(address, 303)


@router.post(_AT + "/scans")
def create_scan(
    request: Request, visitor: Printer, settings: SettingsDep, form: FormDep, now: NowDep, document_id: RowId
) -> Response:
    """File a scan of the signed and stamped paper beside an issued document."""
    with read_session(request.app.state.engine) as reading:
        found_document(reading, visitor, document_id)
    note = form.text("note", limit=500)
    try:
        files = received(form, settings, field="scan")
        if len(files) != 1:
            raise InputError({"scan": msg("choose one file")})
    except InputError as error:
        raise _rejected(request, visitor, form, now, document_id, error) from error

    def step(session: Session) -> None:
        document_issues.file_scan(session, visitor.actor, document_id, files[0], note, now=now)

    return _taken(request, visitor, form, now, document_id, step, "scan")


@router.get(_AT + "/scans/{scan_id}")
def show_scan(
    visitor: Reader, session: SessionDep, settings: SettingsDep, document_id: RowId, scan_id: RowId
) -> Response:
    """Send a filed scan."""
    scan = document_pages.find_scan(session, visitor.scope, document_id, scan_id)
    if scan is None:
        raise NotFoundError(msg("There is no such file in your scope."))
    path = stored_path(settings.evidence_dir, scan.sha256)
    if not is_intact(path, scan.sha256):
        raise NotFoundError(msg("The file is on record, but its bytes are missing or altered. Tell the administrator."))
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox; default-src 'none'"}
    return FileResponse(path, media_type=scan.media_type, filename=scan.filename, headers=headers)


@router.post(_AT + "/compare")
def compare_file(request: Request, visitor: Reader, form: FormDep, now: NowDep, document_id: RowId) -> Response:
    """Compare a file with those that were issued, byte for byte by its hash; nothing is kept."""
    with read_session(request.app.state.engine) as reading:
        found = found_document(reading, visitor, document_id)
    files = form.files("file")
    if len(files) != 1:
        rejected = InputError({"file": msg("choose one file")})
        raise _rejected(request, visitor, form, now, document_id, rejected)
    digest = hashlib.sha256()
    while block := files[0].file.read(_BLOCK):
        digest.update(block)
    same = next((one.format for one in found.files if one.sha256 == digest.hexdigest()), "none")
    return RedirectResponse(f"/documents/{document_id}?same={same}#proof", 303)


def _version(form: Form) -> int:
    text = form.text("version", limit=9)
    return int(text) if text.isascii() and text.isdigit() else 0


def _taken(
    request: Request,
    visitor: Visitor,
    form: Form,
    now: datetime,
    document_id: int,
    step: Callable[[Session], None],
    done: str,
) -> Response:
    """Take a step in a writing transaction and go back to the document; a form that is wrong comes back as typed."""
    try:
        with write_session(request.app.state.engine) as session:
            step(session)
    except InputError as error:
        raise _rejected(request, visitor, form, now, document_id, error) from error
    return RedirectResponse(f"/documents/{document_id}?done={done}", 303)


def _rejected(
    request: Request, visitor: Visitor, form: Form, now: datetime, document_id: int, error: InputError
) -> FormRejectedError:
    problems, typed = error.problems, form.typed

    def again(fresh: Session) -> Response:
        return document_page(request, visitor, fresh, document_id, now, problems=problems, typed=typed)

    return FormRejectedError(again)
