"""What is carried to units by hand: the list, slips to print, receipts."""

import io
from datetime import date
from itertools import groupby
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from app.channels.sending import available
from app.core.clock import local_day
from app.core.database import Session, read_session
from app.core.files import is_intact, stored_path
from app.domain.access import Action
from app.queries import hand_delivery as reads
from app.services import hand_delivery
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.hand_delivery import ReceiptInput
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import FormDep, row_id
from app.web.render import render
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Carrier = Annotated[Visitor, allow(Action.CARRY)]
Text = Annotated[str, Query(max_length=20)]
_PATH = "/hand-delivery"
_SLIPS = 200  # in one file


@router.get(_PATH)
def list_(
    request: Request,
    visitor: Carrier,
    session: SessionDep,
    settings: SettingsDep,
    shown: Text = "",
    page: Text = "",
    done: Text = "",
) -> Response:
    """Show what is still to be carried, unit by unit, or what was signed for."""
    signed_for = shown == "received"
    read = reads.received if signed_for else reads.waiting
    found = read(session, visitor.scope, number=row_id(page) or 1)
    by_unit = groupby(found.rows, key=lambda row: (row.organization_id, row.unit))
    return render(
        request,
        "hand_delivery/page.html",
        found=found,
        groups=[] if signed_for else [list(rows) for _, rows in by_unit],
        shown="received" if signed_for else "",
        no_channel=not available(settings),
        done=done,
    )


@router.get(_PATH + "/list.csv")
def list_csv(visitor: Carrier, session: SessionDep, today: TodayDep) -> Response:
    """Send what is still to be carried as CSV."""
    stream = io.BytesIO()
    hand_delivery.write_list(session, visitor.scope, stream)
    return _file(stream.getvalue(), "text/csv; charset=utf-8", f"人工送达清单{today}.csv")


@router.get(_PATH + "/slips.pdf")
def print_slips(
    request: Request,
    visitor: Carrier,
    settings: SettingsDep,
    now: NowDep,
    notice: Annotated[list[str] | None, Query(max_length=_SLIPS)] = None,
    page: Text = "",
) -> Response:
    """Send slips as one file: of the notices chosen, or of a page of the list; no transaction is open meanwhile."""
    from app.printouts.fonts import MissingGlyphError, NoFontError  # slow to load
    from app.printouts.pdf import TypesettingError

    ids = {found for item in notice or () if (found := row_id(item)) is not None}
    with read_session(request.app.state.engine) as session:
        rows = reads.chosen(session, visitor.scope, ids)
        if not notice and (number := row_id(page)):
            listed = reads.waiting(session, visitor.scope, number=number).rows
            rows = [row for row in listed if not row.need_not_be_carried]
    if not rows:
        raise NotFoundError(msg("There is nothing to print on the list."))
    try:
        content = hand_delivery.print_slips(rows, settings, now=now)
    except MissingGlyphError as error:
        raise ConflictError(
            msg(
                "No print font has the character “%(character)s”, in: %(place)s.",
                character=error.character,
                place=error.place,
            )
        ) from error
    except (NoFontError, TypesettingError) as error:
        raise ConflictError(msg("The slips could not be set; tell the administrator.")) from error
    return _file(content, "application/pdf", f"送达回证{local_day(now)}.pdf")


@router.get(_PATH + "/{hand_id}")
def show(request: Request, visitor: Carrier, session: SessionDep, today: TodayDep, hand_id: RowId) -> Response:
    """Show one notice with the form for its receipt."""
    return _page(request, visitor, session, today, hand_id)


@router.post(_PATH + "/{hand_id}/receipts")
def create_receipt(
    request: Request,
    visitor: Carrier,
    session: SessionDep,
    settings: SettingsDep,
    form: FormDep,
    now: NowDep,
    today: TodayDep,
    hand_id: RowId,
) -> Response:
    """Enter that a unit signed for a notice."""
    given = ReceiptInput(
        received_by=form.text("received_by", limit=60, required=True),
        received_on=form.day("received_on", required=True),
        carried_by=form.text("carried_by", limit=60, required=True),
        note=form.text("note", limit=500),
    )
    try:
        files = received(form, settings, field="scan")
        if len(files) > 1:
            raise InputError({"scan": msg("one file is enough: the signed slip")})
        hand_delivery.receive(session, visitor.actor, hand_id, given, files[0] if files else None, now=now)
    except InputError as error:
        raise _rejected(request, visitor, today, hand_id, error.problems, form.typed) from error
    return RedirectResponse(f"{_PATH}?done=received", 303)


@router.post(_PATH + "/{hand_id}/undo")
def undo_receipt(
    request: Request,
    visitor: Carrier,
    session: SessionDep,
    form: FormDep,
    now: NowDep,
    today: TodayDep,
    hand_id: RowId,
) -> Response:
    """Take a receipt back that was entered wrongly."""
    note = form.text("note", limit=500, required=True)
    try:
        if form.problems:
            raise InputError(form.problems)
        hand_delivery.undo(session, visitor.actor, hand_id, note, now=now)
    except InputError as error:
        raise _rejected(request, visitor, today, hand_id, error.problems, form.typed) from error
    return RedirectResponse(f"{_PATH}/{hand_id}", 303)


@router.get(_PATH + "/receipts/{receipt_id}/scan")
def show_scan(visitor: Carrier, session: SessionDep, settings: SettingsDep, receipt_id: RowId) -> Response:
    """Send the scan of a signed slip, after comparing its bytes with its hash."""
    found = reads.scan_of(session, visitor.scope, receipt_id)
    if found is None or found.scan_sha256 is None:
        raise NotFoundError(msg("There is no such scan in your scope."))
    path = stored_path(settings.evidence_dir, found.scan_sha256)
    if not is_intact(path, found.scan_sha256):
        raise NotFoundError(msg("The file is on record, but its bytes are missing. Tell the administrator."))
    headers = {"Cache-Control": "private, no-store"}
    return FileResponse(path, media_type=found.scan_type, filename=found.scan_name, headers=headers)


def _rejected(
    request: Request,
    visitor: Visitor,
    today: date,
    hand_id: int,
    problems: dict[str, Message],
    typed: dict[str, str],
) -> FormRejectedError:
    def again(fresh: Session) -> Response:
        return _page(request, visitor, fresh, today, hand_id, problems, typed)

    return FormRejectedError(again)


def _page(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    hand_id: int,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    rows = reads.chosen(session, visitor.scope, [hand_id])
    if not rows:
        raise NotFoundError(msg("There is no such notice in your scope."))
    return render(
        request,
        "hand_delivery/show.html",
        status=422 if problems else 200,
        row=rows[0],
        problems=problems or {},
        typed=typed or {"received_on": today.isoformat()},
    )


def _file(content: bytes, media_type: str, name: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"}
    )
