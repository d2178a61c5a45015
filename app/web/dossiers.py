"""Dossiers of a case: make one as a document or as an archive with the evidence, and fetch those made before."""

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from app.core.database import Session, read_session, write_session
from app.core.files import stored_path
from app.core.settings import Settings
from app.domain.access import Action
from app.domain.dossiers import DossierFormat, dossier_name
from app.queries import dossiers as reads
from app.queries.dossiers import DossierRow
from app.services.dossiers import DrawnDossier, archive, draw_dossier, find_dossier, keep_dossier
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, Visitor, allow
from app.web.downloads import DOWNLOADED
from app.web.errors import FormRejectedError
from app.web.forms import FormDep
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Printer = Annotated[Visitor, allow(Action.PRINT)]
MEDIA_TYPES = {DossierFormat.PDF: "application/pdf", DossierFormat.ZIP: "application/zip"}
_TOKEN = re.compile(r"[0-9a-z]{1,32}")


@router.get("/cases/{case_id}/dossiers")
def list_dossiers(request: Request, visitor: Printer, session: SessionDep, case_id: RowId) -> Response:
    """Show what was made of a case before; htmx gets the list alone."""
    return _page(request, visitor, session, case_id, {})


@router.post("/cases/{case_id}/dossiers")
def create_dossier(
    request: Request, visitor: Printer, settings: SettingsDep, now: NowDep, form: FormDep, case_id: RowId
) -> Response:
    """Make a dossier and send it; while it is being set, others can write."""
    file_format = form.code("format", DossierFormat)
    engine, actor = request.app.state.engine, visitor.actor
    try:
        if file_format is None:
            raise InputError(form.problems)
        with read_session(engine) as reading:
            drawn = _drawn(reading, visitor, case_id, file_format, settings, now)
        with write_session(engine) as writing:
            keep_dossier(writing, actor, drawn, folder=settings.printouts_dir, now=now)
            case, row = find_dossier(writing, visitor.scope, case_id, drawn.number)
    except InputError as error:
        problems = error.problems

        def again(fresh: Session) -> Response:
            return _page(request, visitor, fresh, case_id, problems)

        raise FormRejectedError(again) from error
    response = _sent(case, row, settings)
    if _TOKEN.fullmatch(token := form.text("token", limit=32)):
        response.set_cookie(DOWNLOADED, token, max_age=60, path=f"/cases/{case_id}", samesite="strict")
    return response


@router.get("/cases/{case_id}/dossiers/{number}/file")
def show_file(visitor: Printer, session: SessionDep, settings: SettingsDep, case_id: RowId, number: RowId) -> Response:
    """Send a dossier that was made before again."""
    case, row = find_dossier(session, visitor.scope, case_id, number)
    session.close()
    return _sent(case, row, settings)


def _drawn(
    reading: Session, visitor: Visitor, case_id: int, file_format: DossierFormat, settings: Settings, now: datetime
) -> DrawnDossier:
    """Draw, and put what went wrong into words. Raises: InputError, NotFoundError."""
    from app.printouts.fonts import NoFontError  # slow to load
    from app.printouts.pdf import TypesettingError

    try:
        return draw_dossier(reading, visitor.actor, case_id, file_format=file_format, settings=settings, now=now)
    except ConflictError as error:
        raise InputError({"format": error.message}) from error
    except NoFontError as error:
        raise InputError({"format": msg("No Chinese print font was found; tell the administrator.")}) from error
    except TypesettingError as error:
        sentence = msg("The dossier could not be set; nothing was kept. Tell the administrator.")
        raise InputError({"format": sentence}) from error


def _sent(case: str, row: DossierRow, settings: Settings) -> Response:
    """Return the answer that sends a dossier. Raises: NotFoundError when what was kept is gone."""
    kept = stored_path(settings.printouts_dir, row.sha256)
    if not kept.is_file():
        raise NotFoundError(msg("The file is on record, but its bytes are missing. Tell the administrator."))
    file_format = DossierFormat(row.format)
    name = f"{dossier_name(case, row.number)}.{row.format}"
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "private, no-store",
    }
    if file_format is DossierFormat.PDF:
        return FileResponse(kept, media_type=MEDIA_TYPES[file_format], headers=headers)
    pieces = archive(row.sha256, row.printed_at, settings)
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[file_format], headers=headers)


def _page(request: Request, visitor: Visitor, session: Session, case_id: int, problems: dict[str, Message]) -> Response:
    case = reads.case_in_scope(session, visitor.scope, case_id)
    if case is None:
        raise NotFoundError(msg("There is no such case in your scope."))
    return render(
        request,
        "dossiers/_list.html" if wants_part(request) else "dossiers/page.html",
        status=422 if problems else 200,
        case_id=case_id,
        number=case,
        dossiers=reads.made_before(session, case_id),
        problems=problems,
    )
