"""What the pages of official documents show: lists, one document with its steps and files, the register of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.documents import KINDS, DocumentKind, DocumentState, DocumentStepKind, SubjectKind
from app.domain.print_jobs import UNDER_WAY, PrintJobKind, PrintJobState
from app.models import (
    Account,
    DocumentNumber,
    DocumentScan,
    DocumentStep,
    OfficialDocument,
    Organization,
    Place,
    Plan,
    PrintJob,
    Printout,
)
from app.queries.distribution import sent_to

PAGE = 30
MOST_NUMBERS = 300  # of a register, on one page
_OF_ONE = (PrintJobKind.ISSUE, PrintJobKind.PAPER)
_WORKING = (DocumentState.DRAFT, DocumentState.CHECKED)


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document in a list; `number` None: none yet, or its kind takes none; `author` None: the timetable."""

    id: int
    plan_slug: str
    plan: str
    kind: DocumentKind
    subject: str
    title: str
    state: DocumentState
    number: str | None
    cut_off_on: date
    author: str | None
    created_at: datetime
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class DocumentList:
    """A page of documents, the latest first; `next`: the id to go on below, None: the last page."""

    rows: tuple[DocumentRow, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a document; `author` None: the timetable or the command line."""

    kind: DocumentStepKind
    text: str
    content_sha256: str
    author: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class FileRow:
    """One stored file of an issued document; `size` in bytes."""

    format: str
    sha256: str
    size: int
    printed_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One document whole; `corrects` and `corrected_by` are (id, title, number) of its kin, None: there is none."""

    row: OfficialDocument
    plan: str
    plan_slug: str
    area: str
    organ: str
    author: str | None
    checker: str | None
    issuer: str | None
    steps: tuple[StepRow, ...]
    files: tuple[FileRow, ...]
    scans: tuple[DocumentScan, ...]
    corrects: tuple[int, str, str | None] | None
    corrected_by: tuple[int, str, str | None] | None


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A serial of the register; `document_id` None: given on paper or void, for a `reason`."""

    series: str
    year: int
    serial: int
    document_id: int | None
    title: str | None
    signed_on: date | None
    reason: str
    author: str | None
    recorded_at: datetime


def in_work(session: Session, scope: Scope) -> tuple[DocumentRow, ...]:
    """Return the drafts and checked documents in scope, the latest first, at most a page of them."""
    query = _rows(scope).where(col(OfficialDocument.state).in_(_WORKING)).limit(PAGE)
    return tuple(DocumentRow(**row._mapping) for row in session.execute(query))


def of_subject(
    session: Session, scope: Scope, subject: str, plan_id: int | None = None, *, limit: int = PAGE
) -> tuple[DocumentRow, ...]:
    """Return what was made of one thing (as stored: alert/7) and not discarded, the latest first.

    `plan_id` None: of all plans in scope.
    """
    query = _rows(scope).where(
        col(OfficialDocument.subject) == subject, col(OfficialDocument.state) != DocumentState.DISCARDED
    )
    if plan_id is not None:
        query = query.where(col(OfficialDocument.plan_id) == plan_id)
    return tuple(DocumentRow(**row._mapping) for row in session.execute(query.limit(limit)))


def of_plan(session: Session, scope: Scope, plan_id: int, *, limit: int = PAGE) -> tuple[DocumentRow, ...]:
    """Return what was made of a plan as a whole and not discarded, the latest first."""
    whole = [kind for kind, spec in KINDS.items() if spec.subject in (SubjectKind.PLAN, SubjectKind.QUARTER)]
    query = _rows(scope).where(
        col(OfficialDocument.plan_id) == plan_id,
        col(OfficialDocument.kind).in_(whole),
        col(OfficialDocument.state) != DocumentState.DISCARDED,
    )
    return tuple(DocumentRow(**row._mapping) for row in session.execute(query.limit(limit)))


def issued(
    session: Session,
    scope: Scope,
    *,
    kind: DocumentKind | None = None,
    plan_id: int | None = None,
    words: str = "",
    below: int | None = None,
    limit: int = PAGE,
) -> DocumentList:
    """Return a page of the issued documents in scope; `words` are looked for in title and number."""
    query = _rows(scope).where(col(OfficialDocument.state) == DocumentState.ISSUED).limit(limit + 1)
    if kind is not None:
        query = query.where(col(OfficialDocument.kind) == kind)
    if plan_id is not None:
        query = query.where(col(OfficialDocument.plan_id) == plan_id)
    if words:
        found_in = sa.or_(
            col(OfficialDocument.title).contains(words, autoescape=True),
            col(OfficialDocument.number).contains(words, autoescape=True),
        )
        query = query.where(found_in)
    if below is not None:
        query = query.where(col(OfficialDocument.id) < below)
    rows = [DocumentRow(**row._mapping) for row in session.execute(query)]
    return DocumentList(tuple(rows[:limit]), rows[limit - 1].id if len(rows) > limit else None)


def show(session: Session, scope: Scope, document_id: int) -> DocumentPage | None:
    """Return a document with its steps, files and kin; None: not there, or not in scope."""
    author, checker, issuer = aliased(Account), aliased(Account), aliased(Account)
    query: Any = (
        sa.select(
            OfficialDocument,
            col(Plan.short_title),
            col(Plan.slug),
            col(Place.name),
            col(Organization.name),
            col(author.display_name),
            col(checker.display_name),
            col(issuer.display_name),
        )
        .join(Plan, col(Plan.id) == col(OfficialDocument.plan_id))
        .join(Place, col(Place.id) == col(Plan.place_id))
        .join(Organization, col(Organization.id) == col(OfficialDocument.organization_id))
        .outerjoin(author, col(author.id) == col(OfficialDocument.author_id))
        .outerjoin(checker, col(checker.id) == col(OfficialDocument.checked_by_id))
        .outerjoin(issuer, col(issuer.id) == col(OfficialDocument.issued_by_id))
        .where(col(OfficialDocument.id) == document_id, *_in_scope(scope))
    )
    found = session.execute(query).first()
    if found is None:
        return None
    row: OfficialDocument = found[0]
    before, after = _kin(session, row)
    _, plan, slug, area, organ, drafted_by, checked_by, issued_by = found
    return DocumentPage(
        row=row,
        plan=plan,
        plan_slug=slug,
        area=area,
        organ=organ,
        author=drafted_by,
        checker=checked_by,
        issuer=issued_by,
        steps=_steps(session, document_id),
        files=_files(session, document_id),
        scans=_scans(session, document_id),
        corrects=before,
        corrected_by=after,
    )


def jobs(session: Session, scope: Scope, *, limit: int = 10) -> tuple[PrintJob, ...]:
    """Return the print jobs in scope that are under way, failed, or made a file of several sheets; the latest first."""
    ended_in_document = sa.and_(col(PrintJob.state) == PrintJobState.DONE, col(PrintJob.kind).in_(_OF_ONE))
    query = sa.select(PrintJob).where(~ended_in_document).order_by(col(PrintJob.id).desc()).limit(limit)
    if scope.plan_id is not None:
        query = query.where(col(PrintJob.plan_id) == scope.plan_id)
    return tuple(session.scalars(query))


def issue_under_way(session: Session, document_id: int) -> int | None:
    """Return the print job that is issuing a document now; None: none is."""
    query: Any = sa.select(col(PrintJob.id)).where(
        col(PrintJob.document_id) == document_id, col(PrintJob.state).in_(UNDER_WAY)
    )
    found: int | None = session.scalar(query.order_by(col(PrintJob.id).desc()).limit(1))
    return found


def find_by_code(session: Session, code: str) -> DocumentPage | None:
    """Return the issued document whose proof has this code, whoever asks; None: there is none."""
    query: Any = sa.select(col(OfficialDocument.id)).where(
        col(OfficialDocument.code) == code, col(OfficialDocument.state) == DocumentState.ISSUED
    )
    document_id = session.scalar(query)
    return None if document_id is None else show(session, Scope(), document_id)


def find_scan(session: Session, scope: Scope, document_id: int, scan_id: int) -> DocumentScan | None:
    """Return a filed scan of a document in scope; None: there is none."""
    query = (
        sa.select(DocumentScan)
        .join(OfficialDocument, col(OfficialDocument.id) == col(DocumentScan.document_id))
        .where(col(DocumentScan.id) == scan_id, col(DocumentScan.document_id) == document_id, *_in_scope(scope))
    )
    return session.scalars(query).first()


def numbers(
    session: Session, organization_id: int, year: int, series: str | None = None, *, limit: int | None = MOST_NUMBERS
) -> Sequence[NumberRow]:
    """Return an organ's register of a year, the latest serial first; `series`, `limit` None: all."""
    query: Any = (
        sa.select(
            col(DocumentNumber.series),
            col(DocumentNumber.year),
            col(DocumentNumber.serial),
            col(DocumentNumber.document_id),
            col(OfficialDocument.title),
            col(OfficialDocument.signed_on),
            col(DocumentNumber.reason),
            col(Account.display_name).label("author"),
            col(DocumentNumber.recorded_at),
        )
        .select_from(DocumentNumber)
        .outerjoin(OfficialDocument, col(OfficialDocument.id) == col(DocumentNumber.document_id))
        .outerjoin(Account, col(Account.id) == col(DocumentNumber.author_id))
        .where(col(DocumentNumber.organization_id) == organization_id, col(DocumentNumber.year) == year)
        .order_by(col(DocumentNumber.series), col(DocumentNumber.serial).desc())
        .limit(limit)
    )
    if series is not None:
        query = query.where(col(DocumentNumber.series) == series)
    return [NumberRow(**row._mapping) for row in session.execute(query)]


def _in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return what narrows documents to a scope; a unit sees those that were sent to it."""
    conditions = [] if scope.plan_id is None else [col(OfficialDocument.plan_id) == scope.plan_id]
    if scope.organization_id is not None:
        conditions.append(sent_to(scope.organization_id))
    return conditions


def _rows(scope: Scope) -> Any:
    return (
        sa.select(
            col(OfficialDocument.id),
            col(Plan.slug).label("plan_slug"),
            col(Plan.short_title).label("plan"),
            col(OfficialDocument.kind),
            col(OfficialDocument.subject),
            col(OfficialDocument.title),
            col(OfficialDocument.state),
            col(OfficialDocument.number),
            col(OfficialDocument.cut_off_on),
            col(Account.display_name).label("author"),
            col(OfficialDocument.created_at),
            col(OfficialDocument.issued_at),
        )
        .select_from(OfficialDocument)
        .join(Plan, col(Plan.id) == col(OfficialDocument.plan_id))
        .outerjoin(Account, col(Account.id) == col(OfficialDocument.author_id))
        .where(*_in_scope(scope))
        .order_by(col(OfficialDocument.id).desc())
    )


def _steps(session: Session, document_id: int) -> tuple[StepRow, ...]:
    query: Any = (
        sa.select(
            col(DocumentStep.kind),
            col(DocumentStep.text),
            col(DocumentStep.content_sha256),
            col(Account.display_name).label("author"),
            col(DocumentStep.recorded_at),
        )
        .outerjoin(Account, col(Account.id) == col(DocumentStep.author_id))
        .where(col(DocumentStep.document_id) == document_id)
        .order_by(col(DocumentStep.id))
    )
    return tuple(StepRow(**row._mapping) for row in session.execute(query))


def _files(session: Session, document_id: int) -> tuple[FileRow, ...]:
    query: Any = (
        sa.select(col(Printout.format), col(Printout.sha256), col(Printout.size), col(Printout.printed_at))
        .where(col(Printout.document_id) == document_id)
        .order_by(col(Printout.id))
    )
    return tuple(FileRow(**row._mapping) for row in session.execute(query))


def _scans(session: Session, document_id: int) -> tuple[DocumentScan, ...]:
    query = sa.select(DocumentScan).where(col(DocumentScan.document_id) == document_id).order_by(col(DocumentScan.id))
    return tuple(session.scalars(query))


Kin = tuple[int, str, str | None]


def _kin(session: Session, row: OfficialDocument) -> tuple[Kin | None, Kin | None]:
    """Return the document that one corrects, and the one that corrects it."""
    query: Any = sa.select(
        col(OfficialDocument.id),
        col(OfficialDocument.title),
        col(OfficialDocument.number),
        col(OfficialDocument.corrects_id),
    ).where(
        sa.or_(
            col(OfficialDocument.id) == row.corrects_id,
            sa.and_(
                col(OfficialDocument.corrects_id) == row.id, col(OfficialDocument.state) != DocumentState.DISCARDED
            ),
        )
    )
    before = after = None
    for found in session.execute(query):
        if found.id == row.corrects_id:
            before = (found.id, found.title, found.number)
        else:
            after = (found.id, found.title, found.number)
    return before, after
