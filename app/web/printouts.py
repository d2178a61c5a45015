"""Printouts: make a quarterly circular and fetch what was printed before, byte for byte."""

import re
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from app.core.database import Session, read_session, write_session
from app.core.files import stored_path
from app.core.settings import Settings
from app.domain.access import Action
from app.domain.quarters import parse_quarter, quarter_of
from app.queries import choices
from app.queries.printouts import PrintoutRow, find_printout, list_printouts, printable_quarters
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.printouts import PrintFormat, draw_circular, keep_circular
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import FormDep, row_id
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Printer = Annotated[Visitor, allow(Action.PRINT)]
MEDIA_TYPES = {
    PrintFormat.PDF: "application/pdf",
    PrintFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# The page's script waits for this cookie: a download tells the page nothing else.
DOWNLOADED = "junheng_downloaded"
_TOKEN = re.compile(r"[0-9a-z]{1,32}")


@router.get("/printouts")
def list_register(
    request: Request,
    visitor: Printer,
    session: SessionDep,
    today: TodayDep,
    below: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the form and what was printed before; htmx gets the register alone."""
    return _page(request, visitor, session, today, below=row_id(below))


@router.post("/printouts")
def create_printout(
    request: Request,
    visitor: Printer,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
) -> Response:
    """Print a circular and send it; while it is being set, others can write."""
    plan_id, file_format = form.id("plan"), form.code("format", PrintFormat)
    quarter = form.text("quarter", limit=10, required=True)
    if plan_id is None:
        form.problems.setdefault("plan", msg("choose one of the list"))
    try:
        if form.problems or plan_id is None or file_format is None:
            raise InputError(form.problems)
        row, content = _print(request, visitor, plan_id, quarter, file_format, settings, now)
    except InputError as error:
        problems, typed = error.problems, form.typed

        def again(fresh: Session) -> Response:
            return _page(request, visitor, fresh, today, problems=problems, typed=typed)

        raise FormRejectedError(again) from error
    disposition = f"attachment; filename*=UTF-8''{quote(file_name(row), safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    response = Response(content, media_type=MEDIA_TYPES[file_format], headers=headers)
    if _TOKEN.fullmatch(token := form.text("token", limit=32)):
        response.set_cookie(DOWNLOADED, token, max_age=60, path="/printouts", samesite="strict")
    return response


def _print(
    request: Request,
    visitor: Visitor,
    plan_id: int,
    quarter: str,
    file_format: PrintFormat,
    settings: Settings,
    now: datetime,
) -> tuple[PrintoutRow, bytes]:
    """Draw in a reading transaction, keep in a writing one. Raises: InputError, NotFoundError."""
    from app.printouts.fonts import MissingGlyphError, NoFontError  # slow to load
    from app.printouts.pdf import TypesettingError

    engine, actor = request.app.state.engine, visitor.actor
    try:
        with read_session(engine) as reading:
            drawn = draw_circular(
                reading, actor, plan_id=plan_id, quarter=quarter, file_format=file_format, settings=settings, now=now
            )
    except MissingGlyphError as error:
        sentence = msg(
            "No print font has the character “%(character)s” (%(code)s) in: %(place)s. Replace the character there, "
            "or put a font that has it into the folder fonts of the data folder.",
            character=error.character,
            code=f"U+{ord(error.character):04X}",
            place=error.place,
        )
        raise InputError({"format": sentence}) from error
    except NoFontError as error:
        raise InputError({"format": msg("No Chinese print font was found; tell the administrator.")}) from error
    except TypesettingError as error:
        sentence = msg("The document could not be set; nothing was printed. The workbook can still be made.")
        raise InputError({"format": sentence}) from error
    with write_session(engine) as writing:
        printout = keep_circular(writing, actor, drawn, folder=settings.printouts_dir, now=now)
        row = find_printout(writing, visitor.scope, printout.id or 0)
    assert row is not None
    return row, drawn.content


@router.get("/printouts/{printout_id}/file")
def show_file(visitor: Printer, session: SessionDep, settings: SettingsDep, printout_id: RowId) -> Response:
    """Send the same bytes again."""
    row = find_printout(session, visitor.scope, printout_id)
    if row is None:
        raise NotFoundError(msg("There is no such printout in your scope."))
    path = stored_path(settings.printouts_dir, row.sha256)
    if not path.is_file():
        raise NotFoundError(msg("The file is on record, but its bytes are missing. Tell the administrator."))
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[PrintFormat(row.format)],
        filename=file_name(row),
        headers={"Cache-Control": "private, no-store"},
    )


def file_name(row: PrintoutRow) -> str:
    """Return the name a printed file is downloaded under: plan, quarter, what it is."""
    title = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "", row.plan_title)
    return f"{title}{parse_quarter(row.quarter).label}通报.{row.format}"


def _page(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    *,
    below: int | None = None,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    page = list_printouts(session, visitor.scope, below=below)
    if wants_part(request):
        return render(request, "printouts/_register.html", page=page, parse_quarter=parse_quarter)
    return render(
        request,
        "printouts/page.html",
        status=422 if problems else 200,
        page=page,
        plans=choices.plans(session, visitor.scope),
        quarters=printable_quarters(session, visitor.scope, today),
        finished=str(quarter_of(today).previous),
        present=str(quarter_of(today)),
        formats=list(PrintFormat),
        parse_quarter=parse_quarter,
        problems=problems or {},
        typed=typed or {},
    )
