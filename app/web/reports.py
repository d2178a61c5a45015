"""Reports and decisions on a milestone, and the evidence behind them."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from app.core.database import Session
from app.core.files import stored_path
from app.domain.access import Action, may
from app.domain.vocabulary import DecisionKind
from app.queries import choices, milestone_page
from app.queries.milestones import LedgerFilter, unconfirmed
from app.services import milestones, reports
from app.services.errors import ForbiddenError, InputError, Message, NotFoundError, msg
from app.services.evidence import Upload
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, View, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.milestones import DECISION_ACTIONS, milestone_response
from app.web.render import render

router = APIRouter(include_in_schema=False)
_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})


@router.post("/milestones/{milestone_id}/reports")
def create_report(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.REPORT)],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    milestone_id: RowId,
) -> Response:
    """Submit a report."""
    given = reports.ReportInput(
        reported_on=form.day("reported_on", required=True) or today,
        share_pct=form.number("share_pct"),
        summary=form.text("summary"),
        claims_completion=form.flag("claims_completion"),
        reached_on=form.day("reached_on"),
        values={
            target_id: value
            for name in form.data
            if name.startswith("value-") and (target_id := row_id(name.removeprefix("value-")))
            if (value := form.number(name)) is not None
        },
    )
    uploads = _uploads(form)
    try:
        if form.problems:
            raise InputError(form.problems)
        reports.submit(
            session,
            visitor.actor,
            milestone_id,
            given,
            uploads,
            folder=settings.evidence_dir,
            max_mb=settings.evidence_max_mb,
            now=now,
        )
    except InputError as error:
        raise _rejected(request, visitor, today, milestone_id, form, error, "report") from error
    return RedirectResponse(f"/milestones/{milestone_id}?done=report#history", 303)


@router.post("/milestones/{milestone_id}/decisions")
def create_decision(
    request: Request,
    visitor: View,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    milestone_id: RowId,
) -> Response:
    """Record a decision: accept, return, close out, reopen, recheck, withdraw."""
    kind = form.code("kind", DecisionKind)
    if kind is not None and (kind not in DECISION_ACTIONS or not may(visitor.role, DECISION_ACTIONS[kind])):
        raise ForbiddenError(msg("Your role does not take this decision."))
    reached_on, note, report_id = form.day("reached_on"), form.text("note", limit=2000), form.id("report")
    try:
        if kind is None or form.problems:
            raise InputError(form.problems)
        milestones.decide(
            session,
            visitor.actor,
            milestone_id,
            milestones.DecisionInput(kind, note, reached_on, report_id),
            _uploads(form),
            folder=settings.evidence_dir,
            max_mb=settings.evidence_max_mb,
            now=now,
        )
    except InputError as error:
        raise _rejected(request, visitor, today, milestone_id, form, error, "decision") from error
    return RedirectResponse(f"/milestones/{milestone_id}?done=decision#history", 303)


@router.post("/milestones/{milestone_id}/reading")
def update_reading(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.CHANGE_DUE)],
    session: SessionDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    milestone_id: RowId,
) -> Response:
    """Apply the due phrase's other reading, with a reason."""
    reason = form.text("reason", limit=500)
    try:
        if form.problems:
            raise InputError(form.problems)
        milestones.apply_other_reading(session, visitor.actor, milestone_id, reason=reason, now=now)
    except InputError as error:
        raise _rejected(request, visitor, today, milestone_id, form, error, "reading") from error
    return RedirectResponse(f"/milestones/{milestone_id}?done=reading#history", 303)


@router.get("/evidence/{evidence_id}")
def show_evidence(
    visitor: View, session: SessionDep, settings: SettingsDep, today: TodayDep, evidence_id: RowId
) -> Response:
    """Send an evidence file: pictures and PDF in the browser, everything else as a download."""
    stored = milestone_page.evidence_file(session, evidence_id)
    if stored is None or not milestone_page.in_scope(session, visitor.scope, stored.milestone_id):
        raise NotFoundError(msg("There is no such file in your scope."))
    path = stored_path(settings.evidence_dir, stored.sha256)
    if not path.is_file():
        raise NotFoundError(msg("The file is on record, but its bytes are missing. Tell the administrator."))
    return FileResponse(
        path,
        media_type=stored.media_type,
        filename=stored.filename,
        content_disposition_type="inline" if stored.media_type in _INLINE else "attachment",
        headers={"Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox; default-src 'none'"},
    )


@router.get("/history")
def list_history(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.CONFIRM_HISTORY)],
    session: SessionDep,
    plan: str = "",
) -> Response:
    """Show what was due before tracking began and waits to be confirmed."""
    return _history_page(request, visitor, session, plan, {}, {}, set())


@router.post("/history")
def confirm_history(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.CONFIRM_HISTORY)],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    form: FormDep,
) -> Response:
    """Confirm the ticked milestones as reached, all or none."""
    plan = form.text("plan", limit=80)
    ticked = form.ids("milestone")
    reached_on = form.day("reached_on", required=True) if form.text("when") == "day" else None
    try:
        if form.problems:
            raise InputError(form.problems)
        count = milestones.confirm_history(
            session,
            visitor.actor,
            ticked,
            reached_on=reached_on,
            note=form.text("note", limit=2000),
            uploads=_uploads(form),
            folder=settings.evidence_dir,
            max_mb=settings.evidence_max_mb,
            now=now,
        )
    except InputError as error:
        problems, typed, boxes = error.problems, form.typed, set(ticked)

        def again(fresh: Session) -> Response:
            return _history_page(request, visitor, fresh, plan, problems, typed, boxes)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/history?plan={plan}&done={count}", 303)


def _history_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    plan: str,
    problems: dict[str, Message],
    typed: dict[str, str],
    ticked: set[int],
) -> Response:
    plans = choices.plans(session, visitor.scope)
    chosen = next((item for item in plans if item.slug == plan), plans[0] if len(plans) == 1 else None)
    rows = unconfirmed(session, visitor.scope, LedgerFilter(plan_id=chosen.id if chosen else None))
    done = request.query_params.get("done", "")
    return render(
        request,
        "milestones/history.html",
        status=422 if problems else 200,
        plans=plans,
        chosen=chosen,
        rows=rows,
        problems=problems,
        typed=typed,
        ticked=ticked,
        done=int(done) if done.isascii() and done.isdigit() and len(done) < 6 else 0,
    )


def _uploads(form: Form) -> list[Upload]:
    return [Upload(item.filename or "", item.file.read()) for item in form.files("evidence")]


def _rejected(
    request: Request,
    visitor: Visitor,
    today: date,
    milestone_id: int,
    form: Form,
    error: InputError,
    name: str,
) -> FormRejectedError:
    problems, typed = error.problems, form.typed

    def again(session: Session) -> Response:
        return milestone_response(
            request,
            visitor,
            session,
            today,
            milestone_id,
            status=422,
            problems=problems,
            typed=typed,
            form=name,
        )

    return FormRejectedError(again)
