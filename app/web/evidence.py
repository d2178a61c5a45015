"""Evidence files for those whose milestone it is: the file itself, a page about it, and pictures of its pages."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse

from app.core.files import is_intact, static_dir, stored_path
from app.core.logging import get_logger
from app.core.settings import Settings
from app.queries.evidence import EvidencePage, show_evidence
from app.services import previews
from app.services.errors import Message, NotFoundError, msg
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, View
from app.web.forms import row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
DRAWN_AT_ONCE = 2  # preview processes; more wait their turn, and no worker thread waits with them
_HEADERS = {"Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox; default-src 'none'"}

_log = get_logger(__name__)


def _in_scope(visitor: View, session: SessionDep, evidence_id: RowId) -> EvidencePage:
    """Return the file that the address names, and let go of the database: drawing a page takes its time."""
    found = show_evidence(session, visitor.scope, evidence_id)
    if found is None:
        raise NotFoundError(msg("There is no such file in your scope."))
    session.close()
    return found


FoundFile = Annotated[EvidencePage, Depends(_in_scope)]


@router.get("/evidence/{evidence_id}")
def show_file(file: FoundFile, settings: SettingsDep) -> Response:
    """Send an evidence file as a download, after comparing its bytes with its hash."""
    if problem := _damage(file, settings):
        raise NotFoundError(problem)
    path = stored_path(settings.evidence_dir, file.sha256)
    return FileResponse(path, media_type=file.media_type, filename=file.filename, headers=_HEADERS)


def _damage(file: EvidencePage, settings: Settings) -> Message | None:
    """Return what has become of a file's bytes; None when they are those that were handed in."""
    path = stored_path(settings.evidence_dir, file.sha256)
    if is_intact(path, file.sha256):
        return None
    _log.error("evidence is missing or altered", evidence=file.id, sha256=file.sha256)
    if path.exists():
        return msg("The file's bytes on the server are not those that were handed in. Tell the administrator.")
    return msg("The file is on record, but its bytes are missing. Tell the administrator.")


@router.get("/evidence/{evidence_id}/preview")
async def show_preview(
    request: Request, file: FoundFile, settings: SettingsDep, now: NowDep, page: str = "1"
) -> Response:
    """Show what a file is, what it backs, and one of its pages as a picture."""
    pages = await _drawn(request, previews.page_count, file.sha256, file.media_type, settings, now)
    wanted = row_id(page)
    if wanted is None or (pages and wanted > pages):
        raise NotFoundError(msg("This file has no such page."))
    return render(
        request,
        "evidence/preview.html",
        file=file,
        pages=pages,
        page=wanted,
        kind_has_preview=file.media_type in previews.PREVIEWED,
        damage=await _drawn(request, _damage, file, settings),
    )


@router.get("/evidence/{evidence_id}/pages/{number}")
async def show_page(request: Request, file: FoundFile, settings: SettingsDep, now: NowDep, number: RowId) -> Response:
    """Send the picture of one page."""
    try:
        path = await _drawn(request, previews.page_picture, file.sha256, file.media_type, number, settings, now)
    except previews.NoPreviewError as error:
        raise NotFoundError(msg("There is no preview of this page.")) from error
    return _picture(path)


@router.get("/evidence/{evidence_id}/thumbnail")
async def show_thumbnail(request: Request, file: FoundFile, settings: SettingsDep, now: NowDep) -> Response:
    """Send the small picture for lists; a plain sheet of paper where there is none."""
    try:
        return _picture(await _drawn(request, previews.thumbnail, file.sha256, file.media_type, settings, now))
    except previews.NoPreviewError:  # nothing is broken: some files have no picture
        return FileResponse(static_dir() / "no-preview.svg", media_type="image/svg+xml", headers=_HEADERS)


async def _drawn(request: Request, draw: Callable[..., Any], *given: str | int | Settings | Any) -> Any:
    """Run what may start a preview process, at most DRAWN_AT_ONCE of them."""
    return await anyio.to_thread.run_sync(draw, *given, limiter=request.app.state.drawing)


def _picture(path: Path) -> Response:
    return FileResponse(path, media_type="image/jpeg", headers=_HEADERS)
