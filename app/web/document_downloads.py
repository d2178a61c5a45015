"""Files of official documents: a draft's, written now with its watermark; an issued one's, the same bytes each time."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from app.core.database import read_session
from app.core.files import is_intact, stored_path
from app.core.settings import Settings
from app.domain.access import Action
from app.domain.documents import KINDS, DocumentState, FileFormat
from app.printouts.frozen import thaw
from app.queries.document_pages import DocumentPage
from app.services.document_files import render as written
from app.services.document_files import stamp_of
from app.services.errors import NotFoundError, msg
from app.services.print_problems import print_problem
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, Visitor, allow
from app.web.documents import Printer, base_url, document_page, found_document
from app.web.downloads import DOWNLOADED

router = APIRouter(include_in_schema=False)
Reader = Annotated[Visitor, allow(Action.VIEW_DOCUMENTS)]
Ending = Annotated[str, Path(max_length=8)]
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
_TOKEN = re.compile(r"[0-9a-z]{1,32}")
_NO_FILE = msg("There is no such file of this document.")


@router.get("/documents/{document_id}/draft.{file_format}")
def show_draft(
    request: Request,
    visitor: Printer,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    document_id: RowId,
    file_format: FileFormat,
    token: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Send a document that is not issued, with its watermark; the file is written now and not kept."""
    found = found_document(session, visitor, document_id)
    row = found.row
    if row.state is DocumentState.ISSUED:
        return _issued_file(settings, found, file_format)
    if file_format not in KINDS[row.kind].formats:
        raise NotFoundError(_NO_FILE)
    session.expunge(row)
    session.close()  # writing it takes its time
    try:
        content = written(thaw(row.content), file_format, settings, stamp_of(row, base_url(request, settings)))
    except Exception as error:
        problem = print_problem(error)
        if problem is None:
            raise
        with read_session(request.app.state.engine) as fresh:
            return document_page(request, visitor, fresh, document_id, now, failure=problem)
    headers = {"Content-Disposition": disposition(f"{row.title}（草稿）", file_format), "Cache-Control": "no-store"}
    response = Response(content, media_type=MEDIA_TYPES[file_format], headers=headers)
    if _TOKEN.fullmatch(token):
        response.set_cookie(DOWNLOADED, token, max_age=60, path="/documents", samesite="strict")
    return response


@router.get("/documents/{document_id}/files/{file_format}")
def show_file(
    visitor: Reader, session: SessionDep, settings: SettingsDep, document_id: RowId, file_format: Ending
) -> Response:
    """Send a file of an issued document: the same bytes each time."""
    return _issued_file(settings, found_document(session, visitor, document_id), file_format)


def _issued_file(settings: Settings, found: DocumentPage, file_format: str) -> Response:
    file = next((one for one in found.files if one.format == file_format), None)
    if file is None:
        raise NotFoundError(_NO_FILE)
    return stored_file(settings, file.sha256, file_title(found), file_format)


def stored_file(settings: Settings, sha256: str, title: str, file_format: str) -> Response:
    """Send stored bytes after comparing them with their hash. Raises: NotFoundError."""
    path = stored_path(settings.printouts_dir, sha256)
    if not is_intact(path, sha256):
        raise NotFoundError(msg("The file is on record, but its bytes are missing or altered. Tell the administrator."))
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": disposition(title, file_format)}
    return FileResponse(path, media_type=MEDIA_TYPES[file_format], headers=headers)


def file_title(found: DocumentPage) -> str:
    """Return what a document's file is named: its number and title, or its title and the day of its facts."""
    row = found.row
    return f"{row.number}{row.title}" if row.number else f"{row.title}（{row.cut_off_on}）"


def disposition(title: str, ending: str) -> str:
    """Return the header that names a download."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "", title)
    return f"attachment; filename*=UTF-8''{quote(f'{name}.{ending}', safe='')}"
