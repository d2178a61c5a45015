"""The files of a document: written in a format, stored by their hash, entered in the register of what was printed."""

from datetime import datetime

from sqlmodel import Session

from app.core.clock import local_day
from app.core.files import stored_hash
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.documents import DocumentState, FileFormat, fingerprint
from app.domain.quarters import quarter_of
from app.models import OfficialDocument, Printout
from app.printouts.documents import Document, Stamp, Volume

WATERMARKS = {DocumentState.DRAFT: "草稿", DocumentState.CHECKED: "待签发", DocumentState.DISCARDED: "作废"}


def render(printed: Document | Volume, file_format: FileFormat, settings: Settings, stamp: Stamp) -> bytes:
    """Return a document or a bound volume in a format.

    Raises: MissingGlyphError, NoFontError and TypesettingError when a PDF or a chart cannot be set.
    """
    from app.printouts.fonts import default_font_dirs  # slow to load, as are the writers

    fonts = (settings.data_dir / "fonts", *default_font_dirs())
    if file_format is FileFormat.XLSX:
        from app.printouts.xlsx import to_xlsx

        return to_xlsx(printed, fonts)
    if file_format is FileFormat.DOCX:
        from app.printouts.docx import to_docx

        return to_docx(printed, stamp, fonts)
    from app.printouts.pdf import Limits, to_pdf

    return to_pdf(printed, fonts, Limits(seconds=settings.print_timeout_seconds), stamp)


def stamp_of(row: OfficialDocument, base_url: str) -> Stamp:
    """Return what is printed on the pages of a document as it stands: its watermark, or the way to its proof."""
    if row.state is DocumentState.ISSUED:
        return issued_stamp(row.code, row.content_sha256, base_url)
    return Stamp(watermark=WATERMARKS[row.state])


def issued_stamp(code: str, content_sha256: str, base_url: str) -> Stamp:
    """Return the QR code's address and the fingerprint of an issued document.

    `base_url` is the address of this service as readers open it; "" leaves the QR code out.
    """
    address = f"{base_url}/verify/{code}" if base_url else ""
    return Stamp(address=address, fingerprint=fingerprint(content_sha256))


def keep_file(
    session: Session,
    actor: Actor,
    row: OfficialDocument,
    file_format: str,
    content: bytes,
    settings: Settings,
    *,
    now: datetime,
) -> Printout:
    """Store a file of an issued document under its hash and enter it in the register."""
    printout = Printout(
        plan_id=row.plan_id,
        kind=row.kind.value,
        quarter=str(quarter_of(local_day(now))),
        document_id=row.id,
        format=file_format,
        cut_off_on=row.cut_off_on,
        sha256=stored_hash(settings.printouts_dir, content),
        size=len(content),
        author_id=actor.account_id,
        printed_at=now,
    )
    session.add(printout)
    session.flush()
    return printout
