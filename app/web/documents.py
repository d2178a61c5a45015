"""Official documents: make one, and look at it as it will be printed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.clock import local_day
from app.core.database import Session, read_session, write_session
from app.core.settings import Settings
from app.domain.access import Action, may
from app.domain.documents import (
    KINDS,
    DocumentKind,
    DocumentState,
    DocumentStepKind,
    SubjectKind,
    figures_in,
    fingerprint,
    number_text,
    read_subject,
    suggested_series,
)
from app.domain.print_jobs import PrintJobKind
from app.domain.quarters import parse_quarter
from app.domain.vocabulary import Role
from app.models import OfficialDocument
from app.printouts.documents import day_text
from app.printouts.frozen import thaw
from app.queries import document_numbers, document_pages, document_subjects, official_documents
from app.queries.document_pages import DocumentPage, StepRow
from app.services import official_documents as documents
from app.services import print_jobs
from app.services.document_words import read_words, series_problem, slots_of
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.print_jobs import Order
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, Visitor, allow
from app.web.distribution_parts import distribution_part
from app.web.document_preview import preview
from app.web.errors import FormRejectedError
from app.web.forms import FormDep, row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Printer = Annotated[Visitor, allow(Action.PRINT)]
Reader = Annotated[Visitor, allow(Action.VIEW_DOCUMENTS)]
Text = Annotated[str, Query(max_length=40)]
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,200}")


@router.get("/documents/new")
def new_document(
    request: Request, visitor: Printer, session: SessionDep, now: NowDep, plan: Text = "", kind: Text = ""
) -> Response:
    """Ask what a document is to be made of: plan, kind, then what there is to choose from."""
    return _new_page(request, visitor, session, now, {"plan": plan, "kind": kind})


@router.post("/documents")
def create_document(request: Request, visitor: Printer, settings: SettingsDep, now: NowDep, form: FormDep) -> Response:
    """Draft a document, or have working papers printed in the background."""
    plan_id, kind = form.id("plan"), form.code("kind", DocumentKind)
    typed, asked = form.typed, form.ids("ids")
    try:
        if plan_id is None or kind is None:
            raise InputError(form.problems | ({} if plan_id else {"plan": msg("choose one of the list")}))
        if KINDS[kind].numbered:
            address = _drafted(request, visitor, plan_id, kind, form.text("key", limit=20), now)
        else:
            bound = form.text("bundle", limit=10) != "archive"
            address = _ordered(request, visitor, settings, plan_id, kind, form.text("key", limit=20), asked, bound, now)
    except InputError as error:
        problems = error.problems

        def again(fresh: Session) -> Response:
            return _new_page(request, visitor, fresh, now, typed, problems=problems, chosen=frozenset(asked))

        raise FormRejectedError(again) from error
    return RedirectResponse(address, 303)


def _drafted(request: Request, visitor: Visitor, plan_id: int, kind: DocumentKind, key: str, now: datetime) -> str:
    """Draw in a reading transaction, keep in a writing one, and return the draft's address."""
    engine = request.app.state.engine
    with read_session(engine) as reading:
        drawn = documents.draw(reading, visitor.actor, plan_id=plan_id, kind=kind, key=key, now=now)
    with write_session(engine) as writing:
        row = documents.keep_draft(writing, visitor.actor, drawn, now=now)
        return f"/documents/{row.id}"


def _ordered(
    request: Request,
    visitor: Visitor,
    settings: Settings,
    plan_id: int,
    kind: DocumentKind,
    key: str,
    asked: list[int],
    bound: bool,
    now: datetime,
) -> str:
    """Order working papers: one, or many bound or packed together; return the job's address."""
    many = kind in (DocumentKind.COUNTY_SHEET, DocumentKind.UNIT_SHEET)
    if many and not asked and not key:
        raise InputError({"ids": msg("choose at least one")})
    if len(asked) == 1:
        key = str(asked[0])
    if len(asked) > 1:
        job = PrintJobKind.VOLUME if bound else PrintJobKind.ARCHIVE
        given = Order(plan_id, job, KINDS[kind].name, len(asked), wanted={"kind": kind, "ids": asked})
    else:
        with read_session(request.app.state.engine) as reading:
            documents.draw(reading, visitor.actor, plan_id=plan_id, kind=kind, key=key, now=now)  # whether there is any
        wanted = {"kind": kind, "key": key}
        given = Order(plan_id, PrintJobKind.PAPER, KINDS[kind].name, len(KINDS[kind].formats), wanted=wanted)
    return start(request, visitor, settings, given, now)


def start(request: Request, visitor: Visitor, settings: Settings, given: Order, now: datetime) -> str:
    """Order a print job, begin it beside this request, and return its address."""
    with write_session(request.app.state.engine) as session:
        job = print_jobs.order(session, visitor.actor, given, now=now)
        assert job.id is not None
        job_id, run = job.id, print_jobs.begin(session, visitor.actor, job.id, now=now)
    set_to_work(request, visitor, settings, job_id, run)
    return f"/print-jobs/{job_id}"


def set_to_work(request: Request, visitor: Visitor, settings: Settings, job_id: int, run: str) -> None:
    """Print a job that was begun, beside this request."""
    address = base_url(request, settings)
    request.app.state.start_print(base_url=address, actor=visitor.actor, job_id=job_id, run=run)


def base_url(request: Request, settings: Settings) -> str:
    """Return the address of this service as readers of paper open it: the configured one, or the one asked for now."""
    asked = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return settings.base_url or (asked if _ORIGIN.fullmatch(asked) else "")


def proof_address(request: Request, settings: Settings) -> str | None:
    """Return the address that QR codes would lead to and that opens on this machine only; None: it is a proper one.

    "" stands for none at all: then pages carry the check code alone.
    """
    address = base_url(request, settings)
    return address if not address or urlsplit(address).hostname in _THIS_MACHINE else None


@router.get("/documents/{document_id}")
def show_document(request: Request, visitor: Reader, session: SessionDep, now: NowDep, document_id: RowId) -> Response:
    """Show a document: where it stands, what it says, its files."""
    return document_page(request, visitor, session, document_id, now)


def document_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    document_id: int,
    now: datetime,
    *,
    problems: Mapping[str, Message] | None = None,
    typed: Mapping[str, str] | None = None,
    failure: Message | None = None,
) -> Response:
    """Render a document's page, with a form that could not be taken as it was typed, or why a file could not be set.

    Raises: NotFoundError.
    """
    found = found_document(session, visitor, document_id)
    row = found.row
    writers = official_documents.writers(session, document_id) if row.state is DocumentState.DRAFT else set()
    return render(
        request,
        "documents/show.html",
        status=409 if failure else 422 if problems else 200,
        found=found,
        row=row,
        spec=KINDS[row.kind],
        **_told(row),
        fingerprint=fingerprint(row.content_sha256),
        issue=_issue_offer(session, visitor, found, local_day(now), typed or {}),
        sent_back=_sent_back(found),
        wrote=visitor.actor.account_id in writers,
        may_print=may(visitor.role, Action.PRINT),
        may_check=may(visitor.role, Action.CHECK_DOCUMENT),
        may_issue=may(visitor.role, Action.ISSUE_DOCUMENT),
        sent=distribution_part(session, visitor, found),
        proof_address=proof_address(request, request.app.state.settings),
        today=local_day(now),
        problems=problems or {},
        typed=typed or {},
        failure=failure,
    )


def _told(row: OfficialDocument) -> dict[str, Any]:
    """Return what a page shows of a document's text; nothing of one that binds several."""
    if not read_subject(row.subject).is_one:
        return {"document": None, "parts": (), "slots": {}, "signed": "", "figures": (), "runs_until": None}
    document = thaw(row.content)
    signed = day_text(row.signed_on) if row.signed_on else ""
    return {
        "document": document,
        "parts": preview(document),
        "slots": slots_of(document),
        "signed": signed,
        "figures": figures_in("\n".join(read_words(row.words).values())),
        "runs_until": _runs_until(row),
    }


def _runs_until(row: OfficialDocument) -> date | None:
    """Return the last day of a quarter that a document tells of before it has ended; None: it tells of none such."""
    told_of = read_subject(row.subject)
    if told_of.kind is not SubjectKind.QUARTER:
        return None
    last_on = parse_quarter(told_of.key).last_on
    return last_on if row.cut_off_on < last_on else None


@dataclass(frozen=True, slots=True)
class IssueOffer:
    """What the form of an issue is filled with; `number` is the one that would be taken today ("" for none)."""

    series: str
    number: str
    signed_by: str
    job_id: int | None  # that is issuing it already


def _issue_offer(
    session: Session, visitor: Visitor, found: DocumentPage, today: date, typed: Mapping[str, str]
) -> IssueOffer | None:
    """Return what an issue is offered with; None: the document is not to be issued now."""
    row = found.row
    if row.state is not DocumentState.CHECKED:
        return None
    job_id = document_pages.issue_under_way(session, row.id or 0)
    signer = visitor.display_name if visitor.role is Role.LEADER else ""
    if not KINDS[row.kind].numbered:
        return IssueOffer("", "", signer, job_id)
    settled = document_numbers.series_of(session, row.organization_id)
    series = settled.get(row.kind) or next(iter(settled.values()), "") or suggested_series(found.area)
    return IssueOffer(series, next_number(session, row, typed.get("series", series), today), signer, job_id)


def next_number(session: Session, row: OfficialDocument, series: str, signed_on: date) -> str:
    """Return the number that a document would take; "" for a code word that is none."""
    if series_problem(series):
        return ""
    serial = document_numbers.next_serial(session, row.organization_id, series, signed_on.year)
    return number_text(series, signed_on.year, serial)


def _sent_back(found: DocumentPage) -> StepRow | None:
    """Return the step that sent a draft back, when that is where it stands now."""
    if found.row.state is not DocumentState.DRAFT:
        return None
    return next((step for step in reversed(found.steps) if step.kind is DocumentStepKind.SEND_BACK), None)


def found_document(session: Session, visitor: Visitor, document_id: int) -> DocumentPage:
    """Return a document that a visitor sees: an issued one in scope, or any for those who work at it.

    Raises: NotFoundError.
    """
    found = document_pages.show(session, visitor.scope, document_id)
    if found is None or not (found.row.state is DocumentState.ISSUED or may(visitor.role, Action.PRINT)):
        raise NotFoundError(msg("There is no such document in your scope."))
    return found


def _new_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    now: datetime,
    typed: Mapping[str, str],
    *,
    problems: Mapping[str, Message] | None = None,
    chosen: frozenset[int] = frozenset(),
) -> Response:
    plan_id, kind = row_id(typed.get("plan", "")), typed.get("kind", "")
    asked = DocumentKind(kind) if kind in set(document_subjects.STARTED_HERE) else None
    subjects = document_subjects.subjects(session, visitor.scope, plan_id, asked, local_day(now))
    return render(
        request,
        "documents/new.html",
        status=422 if problems else 200,
        plans=subjects.plans,
        plan_id=subjects.plan_id,
        kind=asked,
        kinds=document_subjects.STARTED_HERE,
        specs=KINDS,
        subjects=subjects,
        chosen=chosen,
        problems=problems or {},
        typed=typed,
    )
