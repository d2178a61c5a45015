"""Import a plan from a workbook: hand it in, name its columns, see what is wrong and what would change, write, undo."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session, read_session, write_session
from app.core.files import stored_path
from app.domain.access import Action
from app.domain.imports import CHECKABLE, ImportState, interrupted
from app.models import Plan
from app.queries import imports, plans
from app.queries.imports import ChangeRow, ImportHead, ProblemRow
from app.services import import_marking, plan_imports
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.import_archive import FIELD
from app.services.import_cells import MOST_PROBLEMS
from app.services.import_mapping import ImportMapping
from app.services.import_steps import message_of
from app.services.import_template import template
from app.services.import_writing import kept_by_records
from app.services.plan_imports import is_running
from app.services.plan_versions import read_part
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.i18n import chosen, translations
from app.web.import_forms import input_typed, mapping_typed, sheet_choices, subjects
from app.web.part_words import FieldWords, differing_fields
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Keeper = Annotated[Visitor, allow(Action.KEEP_PLAN)]
Text = Annotated[str, Query(max_length=20)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/plans/{plan_id}/imports")
def list_imports(
    request: Request, visitor: Keeper, session: SessionDep, now: NowDep, plan_id: RowId, below: Text = ""
) -> Response:
    """Show the form to hand in a workbook, the workbooks to fill in, and the imports so far."""
    return _list_page(request, visitor, session, now, plan_id, below=row_id(below))


@router.post("/plans/{plan_id}/imports")
def create_import(
    request: Request, visitor: Keeper, settings: SettingsDep, now: NowDep, plan_id: RowId, form: FormDep
) -> Response:
    """Keep a workbook and guess its columns; it is read before anything is locked."""
    try:
        with read_session(request.app.state.engine) as session:
            _plan(session, visitor, plan_id)
        files = form.files(FIELD)
        if not files:
            raise InputError({FIELD: msg("choose a file")})
        limit = settings.import_max_mb * 1024 * 1024 + 1  # one more byte tells a file that is too large
        content = files[0].file.read(limit)
        kept = plan_imports.keep_file(
            settings.imports_dir, files[0].filename or "", content, max_mb=settings.import_max_mb
        )
        with write_session(request.app.state.engine) as session:
            item = plan_imports.create_import(session, visitor.actor, plan_id, kept, now=now)
    except InputError as error:
        problems = error.problems

        def again(fresh: Session) -> Response:
            return _list_page(request, visitor, fresh, now, plan_id, problems=problems)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/imports/{item.id}", 303)


@router.get("/plans/{plan_id}/imports/template")
def download_template(visitor: Keeper, session: SessionDep, now: NowDep, plan_id: RowId, filled: Text = "") -> Response:
    """Send the workbook to fill in: empty, or with what is on record."""
    plan = _plan(session, visitor, plan_id)
    content = template(session, plan, filled=bool(filled), now=now)
    return _workbook(content, f"{plan.short_title}{'现有记录' if filled else '导入模板'}.xlsx")


@router.get("/imports/{import_id}")
def show_import(
    request: Request,
    visitor: Keeper,
    session: SessionDep,
    now: NowDep,
    import_id: RowId,
    problems: Text = "",
    changes: Text = "",
    columns: Text = "",
) -> Response:
    """Show an import where it stands; htmx gets the progress alone."""
    head = _head(session, visitor, import_id)
    if wants_part(request) and is_running(head.item, now):
        return render(request, "imports/_progress.html", head=head, item=head.item)
    if wants_part(request):
        return Response(status_code=204, headers={"HX-Redirect": f"/imports/{import_id}"})
    starts = (row_id(problems) or 0, row_id(changes) or 0)
    return _page(request, session, now, head, starts=starts, naming=bool(columns))


@router.post("/imports/{import_id}/check")
def check_import(request: Request, visitor: Keeper, now: NowDep, import_id: RowId, form: FormDep) -> Response:
    """Take what the columns are and check the file beside this request; a change of headings shows the form again."""
    mapping: ImportMapping | None = None
    try:
        with write_session(request.app.state.engine) as session:
            item = _head(session, visitor, import_id).item
            mapping, changed = mapping_typed(item, form)
            if changed:
                raise _HeadingsChanged
            given = input_typed(mapping, form)
            if form.problems:
                raise InputError(form.problems)
            run = plan_imports.begin_check(session, visitor.actor, item, given, now=now)
    except _HeadingsChanged:
        return _again(request, visitor, now, import_id, form, mapping, {}, status=200)
    except InputError as error:
        return _again(request, visitor, now, import_id, form, mapping, error.problems, status=422)
    return _start(request, visitor, import_id, run)


class _HeadingsChanged(Exception):
    """The form names other headings than those its columns were shown for."""


def _again(
    request: Request,
    visitor: Visitor,
    now: datetime,
    import_id: int,
    form: Form,
    mapping: ImportMapping | None,
    problems: dict[str, Message],
    *,
    status: int,
) -> Response:
    """Show the form of the columns again with what was chosen; new headings are kept for the next submission."""
    with write_session(request.app.state.engine) as session:
        head = _head(session, visitor, import_id)
        if mapping is not None and head.item.state in CHECKABLE:
            plan_imports.keep_mapping(session, visitor.actor, head.item, mapping, now=now)
        return _page(
            request,
            session,
            now,
            head,
            naming=True,
            mapping=mapping,
            problems=problems,
            typed=form.typed,
            status=status,
        )


@router.post("/imports/{import_id}/recheck")
def recheck_import(request: Request, visitor: Keeper, now: NowDep, import_id: RowId) -> Response:
    """Check a file again with the columns as they are: after an interruption, or when the plan was changed."""
    with write_session(request.app.state.engine) as session:
        item = _head(session, visitor, import_id).item
        run = plan_imports.begin_check(session, visitor.actor, item, None, now=now)
    return _start(request, visitor, import_id, run)


@router.post("/imports/{import_id}/cancel")
def cancel_import(visitor: Keeper, session: SessionDep, now: NowDep, import_id: RowId) -> Response:
    """Give an import up."""
    plan_imports.cancel(session, visitor.actor, _head(session, visitor, import_id).item, now=now)
    return RedirectResponse(f"/imports/{import_id}", 303)


@router.post("/imports/{import_id}/write")
def write_import(request: Request, visitor: Keeper, now: NowDep, import_id: RowId) -> Response:
    """Write what the check found, all or nothing."""
    with write_session(request.app.state.engine) as session:
        item = _head(session, visitor, import_id).item
        run = plan_imports.begin_write(session, visitor.actor, item, now=now)
    return _start(request, visitor, import_id, run)


@router.post("/imports/{import_id}/undo")
def undo_import(request: Request, visitor: Keeper, now: NowDep, import_id: RowId, form: FormDep) -> Response:
    """Take an import back, with a reason."""
    reason, problems = form.text("reason", limit=500, required=True), form.problems
    try:
        with write_session(request.app.state.engine) as session:
            item = _head(session, visitor, import_id).item
            if problems:
                raise InputError(problems)
            run = plan_imports.begin_undo(session, visitor.actor, item, reason, now=now)
    except (InputError, ConflictError) as error:
        found = error.problems if isinstance(error, InputError) else {"reason": error.message}
        status = 422 if isinstance(error, InputError) else 409
        with read_session(request.app.state.engine) as session:
            head = _head(session, visitor, import_id)
            return _page(request, session, now, head, problems=found, typed=form.typed, status=status)
    return _start(request, visitor, import_id, run, reason=reason)


@router.get("/imports/{import_id}/file")
def download_file(
    request: Request, visitor: Keeper, session: SessionDep, settings: SettingsDep, now: NowDep, import_id: RowId
) -> Response:
    """Send the workbook with its problems marked; of a large one the list of its problems."""
    item = _head(session, visitor, import_id).item
    path = stored_path(settings.imports_dir, item.sha256)
    if not path.is_file():
        raise NotFoundError(msg("The file is on record, but its bytes are missing. Tell the administrator."))
    content = path.read_bytes()
    words = translations(chosen(request.cookies.get("language")))
    found: list[tuple[ProblemRow, str]] = [
        (row, words.gettext(row.msgid) % row.values if row.values else words.gettext(row.msgid))
        for row in imports.list_problems(session, import_id, limit=import_marking.MOST_LISTED).rows
    ]
    name = re.sub(r"\.xlsx$", "", item.filename)
    if not found:
        return _workbook(content, f"{name}.xlsx")
    small = item.rows_total <= import_marking.MOST_ROWS
    if small and (marked := import_marking.marked(content, found)) is not None:
        return _workbook(marked, f"{name}（标注）.xlsx")
    headings = [words.gettext(word) for word in _PROBLEM_HEADINGS]
    return _workbook(import_marking.listed(found, headings, "问题清单", now), f"{name}问题清单.xlsx")


_PROBLEM_HEADINGS = (
    msg("Sheet"),
    msg("Cell"),
    msg("Column"),
    msg("In the cell"),
    msg("What is wrong, and what is allowed"),
)


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change of a part with its fields in words."""

    row: ChangeRow
    title: str
    fields: list[FieldWords]


def _start(request: Request, visitor: Visitor, import_id: int, run: str, *, reason: str = "") -> Response:
    """Start the step that was begun; its beginning is committed, so the thread sees it."""
    request.app.state.start_import(import_id=import_id, run=run, actor=visitor.actor, reason=reason)
    return RedirectResponse(f"/imports/{import_id}", 303)


def _plan(session: Session, visitor: Visitor, plan_id: int) -> Plan:
    plan = plans.plan_by_id(session, visitor.scope, plan_id)
    if plan is None:
        raise NotFoundError(msg("There is no such plan in your scope."))
    return plan


def _head(session: Session, visitor: Visitor, import_id: int) -> ImportHead:
    head = imports.find_import(session, visitor.scope, import_id)
    if head is None:
        raise NotFoundError(msg("There is no such import in your scope."))
    return head


def _workbook(content: bytes, name: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return Response(content, media_type=XLSX, headers=headers)


def _list_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    now: datetime,
    plan_id: int,
    *,
    below: int | None = None,
    problems: dict[str, Message] | None = None,
) -> Response:
    plan = _plan(session, visitor, plan_id)
    page = imports.list_imports(session, plan_id, below=below)
    return render(
        request,
        "imports/page.html",
        status=422 if problems else 200,
        plan=plan,
        page=page,
        first=below is None,
        broken={row.id for row in page.rows if interrupted(row.state, row.heartbeat_at, now)},
        limit=request.app.state.settings.import_max_mb,
        problems=problems or {},
    )


def _page(
    request: Request,
    session: Session,
    now: datetime,
    head: ImportHead,
    *,
    starts: tuple[int, int] = (0, 0),
    naming: bool = False,
    mapping: ImportMapping | None = None,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    item = head.item
    assert item.id is not None
    broken = interrupted(item.state, item.heartbeat_at, now)
    naming = (naming or item.state is ImportState.UPLOADED) and (item.state in CHECKABLE or broken)
    found = imports.list_changes(session, item.id, starts[1]) if item.state is ImportState.READY else None
    found_problems = imports.list_problems(session, item.id, starts[0])
    return render(
        request,
        "imports/show.html",
        status=status,
        head=head,
        item=item,
        naming=naming,
        running=is_running(item, now),
        interrupted=broken,
        message=message_of(item.message),
        sheets=sheet_choices(item, mapping) if naming else [],
        complete=mapping.complete if mapping else False,
        subjects=subjects(),
        found=found_problems,
        found_rows=[(row, msg(row.msgid, **row.values)) for row in found_problems.rows],
        changes=[_shown(row) for row in found.rows] if found else [],
        next_change=found.next if found else None,
        kept=kept_by_records(session, item) if item.state is ImportState.UNDONE else [],
        most_problems=MOST_PROBLEMS,
        problems=problems or {},
        typed=typed or {},
    )


def _shown(row: ChangeRow) -> ShownChange:
    before, after = read_part(row.subject, row.before), read_part(row.subject, row.after)
    part = after or before
    title = getattr(part, "title", None) or getattr(part, "name", None) or row.key
    return ShownChange(row, title, differing_fields(before, after))
