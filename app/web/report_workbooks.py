"""Mine, this period, in a workbook: download it, hand it in filled in, look at what it would do, save or submit."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.clock import local_day
from app.core.database import Session, read_session
from app.domain.access import Action
from app.queries.owed_reports import owed
from app.queries.report_forms import targets_of
from app.services import plan_imports, report_workbooks, report_workbooks_writing
from app.services.errors import InputError, Message, msg
from app.services.import_archive import FIELD
from app.services.report_submissions import BatchRejectedError
from app.services.report_workbooks_preview import Fate, Preview, preview
from app.services.report_workbooks_writing import Outcome, kept_workbook
from app.web.deps import NowDep, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Reporter = Annotated[Visitor, allow(Action.REPORT)]
Text = Annotated[str, Query(max_length=80)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = "/my-reports/workbook/upload"
Write = Callable[..., Outcome]


@router.get("/my-reports/workbook")
def download(visitor: Reporter, session: SessionDep, now: NowDep, today: TodayDep, period: Text = "") -> Response:
    """Send the workbook to fill in, of a period or of all open ones."""
    unit = visitor.organization_name or visitor.plan_title or ""
    content = report_workbooks.workbook(session, visitor.actor, row_id(period), unit, now=now)
    name = quote(f"{unit}本期填报{today.isoformat()}.xlsx", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "private, no-store"}
    return Response(content, media_type=XLSX, headers=headers)


@router.get(PAGE)
def show(
    request: Request, visitor: Reporter, session: SessionDep, settings: SettingsDep, now: NowDep, file: Text = ""
) -> Response:
    """Show the form to hand a workbook in, or (by its hash) what one that was handed in would do."""
    if not file:
        return _form_page(request, {})
    try:
        found = preview(session, visitor.actor, kept_workbook(settings.imports_dir, file), local_day(now))
    except InputError as error:
        return _form_page(request, error.problems)
    return _preview_page(request, file, found)


@router.post("/my-reports/workbook")
def upload(request: Request, visitor: Reporter, settings: SettingsDep, now: NowDep, form: FormDep) -> Response:
    """Keep a workbook by its hash, if it is one that this unit can hand in; nothing else is written."""
    try:
        files = form.files(FIELD)
        if not files:
            raise InputError({FIELD: msg("choose a file")})
        limit = settings.import_max_mb * 1024 * 1024 + 1  # one more byte tells a file that is too large
        content = files[0].file.read(limit)
        if len(content) < limit:
            with read_session(request.app.state.engine) as session:
                preview(session, visitor.actor, content, local_day(now))
        kept = plan_imports.keep_file(
            settings.imports_dir, files[0].filename or "", content, max_mb=settings.import_max_mb
        )
    except InputError as error:
        problems = error.problems
        raise FormRejectedError(lambda _session: _form_page(request, problems)) from error
    return RedirectResponse(f"{PAGE}?file={kept.sha256}", 303)


@router.post("/my-reports/workbook/drafts")
def save_drafts(
    request: Request, visitor: Reporter, session: SessionDep, settings: SettingsDep, now: NowDep, form: FormDep
) -> Response:
    """Save what a workbook says as drafts."""
    _write(request, visitor, session, settings.imports_dir, now, form, report_workbooks_writing.save_drafts)
    return RedirectResponse("/my-reports?done=saved", 303)


@router.post("/my-reports/workbook/submit")
def submit(
    request: Request, visitor: Reporter, session: SessionDep, settings: SettingsDep, now: NowDep, form: FormDep
) -> Response:
    """Submit what a workbook says; claims without evidence are saved as drafts."""
    done = _write(request, visitor, session, settings.imports_dir, now, form, report_workbooks_writing.submit)
    if not done.submitted:
        return RedirectResponse("/my-reports?done=saved", 303)
    return RedirectResponse(f"/my-reports?done=submitted&count={done.submitted}", 303)


def _write(
    request: Request, visitor: Visitor, session: Session, folder: Any, now: datetime, form: Form, write: Write
) -> Outcome:
    """Write from the stored file as it reads at this moment; a refusal shows the preview of this moment."""
    sha256 = form.text("file", limit=80)
    content = kept_workbook(folder, sha256)
    taken = {key: form.text(f"take-{key}", limit=80) for key in form.ids("take")}
    try:
        return write(session, visitor.actor, content, seen=form.text("seen", limit=40), taken=taken, now=now)
    except InputError as error:
        refused = error

        def again(fresh: Session) -> Response:
            try:
                found = preview(fresh, visitor.actor, content, local_day(now))
            except InputError as other:
                return _form_page(request, other.problems)
            return _preview_page(request, sha256, found, _refusals(fresh, visitor, refused, now), refused.problems)

        raise FormRejectedError(again) from error


def _refusals(session: Session, visitor: Visitor, error: InputError, now: datetime) -> dict[str, Any]:
    """Return what the check at the submission said of each report, with the words of its targets."""
    if not isinstance(error, BatchRejectedError):
        return {"refused": [], "targets": {}}
    rows = owed(session, visitor.scope, list(error.rows), local_day(now))
    found = targets_of(session, [row.milestone_id for row in rows])
    targets = {target.id: target for items in found.values() for target in items}
    return {"refused": [(row, error.rows[row.id]) for row in rows], "targets": targets}


def _form_page(request: Request, problems: dict[str, Message]) -> Response:
    limit = request.app.state.settings.import_max_mb
    status = 422 if problems else 200
    return render(request, "my_reports/workbook_upload.html", status=status, problems=problems, limit=limit)


def _preview_page(
    request: Request,
    sha256: str,
    found: Preview,
    refusals: dict[str, Any] | None = None,
    problems: dict[str, Message] | None = None,
) -> Response:
    return render(
        request,
        "my_reports/workbook.html",
        status=422 if problems else 200,
        file=sha256,
        found=found,
        fates=Fate,
        problem=(problems or {}).get(FIELD),
        **(refusals or {"refused": [], "targets": {}}),
    )
