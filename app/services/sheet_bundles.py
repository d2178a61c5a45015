"""Many sheets at once: gathered together, bound into one volume or packed as files of one archive."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from io import BytesIO

from sqlmodel import Session

from app.core.clock import SHANGHAI, local_day
from app.core.files import store, stored_hash
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.documents import KINDS, DocumentKind, FileFormat, Subject
from app.domain.quarters import quarter_of
from app.models import Organization, Plan, Printout
from app.printouts.documents import Document, Volume
from app.queries import official_documents
from app.queries.circulars import CutOff
from app.services import audit, document_issues
from app.services.document_issues import Paper, Tick
from app.services.document_kinds import cut_off
from app.services.errors import InputError, NotFoundError, msg
from app.services.official_documents import Drawn

MOST_SHEETS = 300
ZIP = "zip"
# The functions that gather many sheets of a kind with a fixed number of statements: ids → documents.
_MANY = {DocumentKind.COUNTY_SHEET: "county_sheets", DocumentKind.UNIT_SHEET: "unit_sheets"}


@dataclass(frozen=True, slots=True)
class Sheets:
    """Sheets of one kind of a plan, by the id of what they tell of, in the order asked for."""

    plan_id: int
    organization_id: int
    organ: str
    title: str
    kind: DocumentKind
    cut_off: CutOff
    documents: Mapping[int, Document]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Sheets with their files; `packed` None: they are bound, and the one paper is the volume."""

    sheets: Sheets
    papers: Sequence[Paper]
    packed: bytes | None


def draw(
    session: Session, actor: Actor, plan_id: int, kind: DocumentKind, ids: Sequence[int], *, now: datetime
) -> Sheets:
    """Gather the sheets of many places or units; nothing is written.

    Raises: InputError for none or too many, NotFoundError out of scope.
    """
    plan = session.get(Plan, plan_id)
    if plan is None or kind not in _MANY or not actor.scope.holds_plan(plan_id):
        raise NotFoundError(msg("no such plan"))
    if not 0 < len(ids) <= MOST_SHEETS:
        raise InputError({"ids": msg("choose from 1 to %(most)s", most=MOST_SHEETS)})
    at = cut_off(plan, Subject(KINDS[kind].subject), now)
    gather = getattr(import_module("app.services.document_sheets"), _MANY[kind])
    documents: dict[int, Document] = gather(session, plan, ids, at)
    if not documents:
        raise InputError({"ids": msg("nothing of this plan concerns any of them")})
    organ = session.get_one(Organization, plan.office_id).name
    title = f"{plan.short_title}{KINDS[kind].name}"
    return Sheets(plan_id, plan.office_id, organ, title, kind, at, documents)


def set_bundle(sheets: Sheets, *, bound: bool, settings: Settings, base_url: str, tick: Tick | None = None) -> Bundle:
    """Write the files of the sheets: one volume, or a PDF for each and their archive.

    Raises: as `document_files.render`; what `tick` raises.
    """
    total = len(sheets.documents)
    if bound:
        if tick is not None:
            tick(0, total, FileFormat.PDF.value.upper())
        volume = Volume(sheets.title, sheets.organ, tuple(sheets.documents.values()), sheets.cut_off.at)
        drawn = _drawn(sheets, volume, "")
        paper = document_issues.set_paper(drawn, (FileFormat.PDF,), settings=settings, base_url=base_url)
        return Bundle(sheets, (paper,), None)
    papers = []
    for number, (key, document) in enumerate(sheets.documents.items()):
        if tick is not None:
            tick(number, total, document.outlined_as or document.title)
        drawn = _drawn(sheets, document, str(key))
        papers.append(document_issues.set_paper(drawn, (FileFormat.PDF,), settings=settings, base_url=base_url))
    return Bundle(sheets, tuple(papers), _packed(papers, sheets.cut_off.at))


def store_files(bundle: Bundle, settings: Settings) -> None:
    """Store the files of a bundle under their hashes; nothing names them until `keep` does."""
    for content in (*(content for paper in bundle.papers for content in paper.files.values()), bundle.packed):
        if content is not None:
            store(settings.printouts_dir, content)


def keep(session: Session, actor: Actor, bundle: Bundle, *, settings: Settings, now: datetime) -> Printout:
    """Put the sheets on record and return the printout that holds them together."""
    rows = [document_issues.print_at_once(session, actor, paper, settings=settings, now=now) for paper in bundle.papers]
    if bundle.packed is None:
        volume = official_documents.file_of(session, rows[0].id or 0, FileFormat.PDF)
        assert volume is not None
        return volume
    sheets = bundle.sheets
    printout = Printout(
        plan_id=sheets.plan_id,
        kind=sheets.kind.value,
        quarter=str(quarter_of(local_day(now))),
        format=ZIP,
        cut_off_on=sheets.cut_off.on,
        sha256=stored_hash(settings.printouts_dir, bundle.packed),
        size=len(bundle.packed),
        author_id=actor.account_id,
        printed_at=now,
    )
    session.add(printout)
    session.flush()
    told = {"kind": sheets.kind, "sheets": len(rows), "sha256": printout.sha256}
    audit.record(
        session, actor, "printouts:create", f"printouts/{printout.id}", now=now, plan_id=sheets.plan_id, **told
    )
    return printout


def _drawn(sheets: Sheets, document: Document | Volume, key: str) -> Drawn:
    subject = Subject(KINDS[sheets.kind].subject, key)
    return Drawn(sheets.plan_id, sheets.organization_id, sheets.kind, subject, sheets.cut_off, document)


def _packed(papers: Sequence[Paper], made_at: datetime) -> bytes:
    """Pack the PDFs in one archive, named and numbered in their order; the same bytes for the same sheets."""
    when = made_at.astimezone(SHANGHAI).timetuple()[:6]
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, paper in enumerate(papers, start=1):
            document = paper.drawn.document
            name = getattr(document, "outlined_as", "") or document.title
            entry = zipfile.ZipInfo(f"{number:03}_{_file_name(name)}.pdf", when)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            archive.writestr(entry, paper.files[FileFormat.PDF])
    return buffer.getvalue()


def _file_name(title: str) -> str:
    """Return a title without the signs that file names cannot hold."""
    return "".join(sign for sign in title if sign not in '\\/:*?"<>|' and sign.isprintable())[:80]
