"""Extensions: the list of requests, one request with its steps, and the forms of those who may take the next one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action
from app.domain.extensions import ExtensionState
from app.domain.vocabulary import ExtensionStepKind
from app.queries import choices
from app.queries import extensions as reads
from app.services import extensions
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.extensions import StepInput
from app.web import extension_parts
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, View, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.milestones import form_rejected
from app.web.render import render, wants_part
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
Asking = Annotated[Visitor, allow(Action.REQUEST_EXTENSION)]
Office = Annotated[Visitor, allow(Action.ADVISE_EXTENSION)]
Leader = Annotated[Visitor, allow(Action.DECIDE_EXTENSION)]
_DECISIONS = (ExtensionStepKind.GRANT, ExtensionStepKind.REFUSE)
_REPLY_LIMIT = 500  # what is said with a date stands as the reason of that date


@dataclass(frozen=True, slots=True)
class ExtensionQuery:
    """The list's address as it was typed; words that mean nothing do not narrow."""

    plan: str
    state: str
    unit: str

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set, for links that keep the filters."""
        return {name: value for name in ("plan", "state", "unit") if (value := getattr(self, name))}


@router.get("/extensions")
def list_requests(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    plan: Text = "",
    state: Text = "",
    unit: Text = "",
    at: Text = "",
) -> Response:
    """Show the requests in scope, those that wait first; htmx gets the table alone."""
    asked = ExtensionQuery(plan, state, unit)
    plans = choices.plans(session, visitor.scope)
    plan_id = next((item.id for item in plans if item.slug == plan), None)
    chosen = ExtensionState(state) if state in set(ExtensionState) else None
    wanted = reads.ExtensionFilter(plan_id=plan_id, organization_id=row_id(unit), state=chosen)
    context: dict[str, Any] = {
        "asked": asked,
        "page": reads.list_extensions(session, visitor.scope, wanted, _key(at)),
        "key_text": _key_text,
        "today": today,
    }
    if wants_part(request):
        return render(request, "extensions/_list.html", **context)
    return render(
        request,
        "extensions/page.html",
        plans=plans,
        units=reads.askers(session, visitor.scope, plan_id),
        states=list(ExtensionState),
        waiting=reads.waiting_count(session, visitor.scope),
        **context,
    )


def _key(text: str) -> reads.ExtensionKey | None:
    """Read `0.12` or `1.12`, the rank and the last row's id; anything else starts at the beginning."""
    rank, _, number = text.partition(".")
    key = row_id(number)
    if key is None or rank not in ("0", "1"):
        return None
    return reads.ExtensionKey(0, key) if rank == "0" else reads.ExtensionKey(1, -key)


def _key_text(key: reads.ExtensionKey) -> str:
    return f"{key.rank}.{abs(key.place)}"


@router.get("/extensions/{extension_id}")
def show_request(
    request: Request, visitor: View, session: SessionDep, today: TodayDep, extension_id: RowId
) -> Response:
    """Show one request with its steps."""
    return _show(request, visitor, session, today, extension_id)


def _show(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    extension_id: int,
    *,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    form: str = "",
) -> Response:
    row = reads.show_extension(session, visitor.scope, extension_id)
    if row is None:
        raise NotFoundError(msg("There is no such request in your scope."))
    return render(
        request,
        "extensions/show.html",
        status=422 if problems else 200,
        row=row,
        extensions=extension_parts.of_request(session, visitor, row, today),
        today=today,
        problems=problems or {},
        typed=typed or {},
        form=form,
    )


@router.post("/milestones/{milestone_id}/extensions")
def create_request(
    request: Request,
    visitor: Asking,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    milestone_id: RowId,
) -> Response:
    """Ask for an extension."""
    given = extensions.RequestInput(
        form.day("proposed_due_on"), form.text("reason", limit=2000), form.text("late_reason", limit=500)
    )
    try:
        if form.problems:
            raise InputError(form.problems)
        files = received(form, settings)
        extensions.ask(session, visitor.actor, milestone_id, given, files, now=now)
    except InputError as error:
        raise form_rejected(request, visitor, today, milestone_id, form, error.problems, "extension") from error
    return RedirectResponse(f"/milestones/{milestone_id}?done=extension#extensions", 303)


@router.post("/extensions/{extension_id}/opinion")
def create_opinion(
    request: Request,
    visitor: Office,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    extension_id: RowId,
) -> Response:
    """Record the office's opinion."""
    supports = {"yes": True, "no": False}.get(form.text("supports"))
    given = StepInput(
        ExtensionStepKind.OPINION, form.text("text", limit=2000), supports=supports, seen_version=form.id("seen")
    )

    def step() -> None:
        files = received(form, settings)
        extensions.advise(session, visitor.actor, extension_id, given, files, now=now)

    return _taken(request, visitor, today, extension_id, form, "opinion", step)


@router.post("/extensions/{extension_id}/decision")
def create_decision(
    request: Request,
    visitor: Leader,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    extension_id: RowId,
) -> Response:
    """Grant or refuse a request."""
    kind = form.code("kind", ExtensionStepKind)
    if kind is not None and kind not in _DECISIONS:
        form.problems["kind"] = msg("choose one of the list")
    given = _reply(form, kind or ExtensionStepKind.REFUSE)

    def step() -> None:
        files = received(form, settings)
        extensions.decide(session, visitor.actor, extension_id, given, files, now=now)

    return _taken(request, visitor, today, extension_id, form, "decision", step)


@router.post("/extensions/{extension_id}/withdrawal")
def create_withdrawal(
    request: Request,
    visitor: Asking,
    session: SessionDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    extension_id: RowId,
) -> Response:
    """Take a request back."""
    given = StepInput(ExtensionStepKind.WITHDRAW, form.text("text", limit=2000))

    def step() -> None:
        extensions.withdraw(session, visitor.actor, extension_id, given, now=now)

    return _taken(request, visitor, today, extension_id, form, "withdrawal", step)


@router.post("/extensions/{extension_id}/correction")
def create_correction(
    request: Request,
    visitor: Leader,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    extension_id: RowId,
) -> Response:
    """Put the date of a wrong grant right."""
    given = _reply(form, ExtensionStepKind.CORRECT)

    def step() -> None:
        files = received(form, settings)
        extensions.correct(session, visitor.actor, extension_id, given, files, now=now)

    return _taken(request, visitor, today, extension_id, form, "correction", step)


def _reply(form: Form, kind: ExtensionStepKind) -> StepInput:
    return StepInput(
        kind,
        form.text("text", limit=_REPLY_LIMIT),
        due_on=form.day("due_on"),
        document_number=form.text("document_number", limit=60),
        seen_version=form.id("seen"),
    )


def _taken(
    request: Request,
    visitor: Visitor,
    today: date,
    extension_id: int,
    form: Form,
    name: str,
    step: Callable[[], None],
) -> Response:
    """Take a step and go back to the request; a form that cannot be taken comes back as it was typed."""
    try:
        if form.problems:
            raise InputError(form.problems)
        step()
    except InputError as error:
        problems, typed = error.problems, form.typed

        def again(session: Session) -> Response:
            return _show(request, visitor, session, today, extension_id, problems=problems, typed=typed, form=name)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/extensions/{extension_id}?done={name}", 303)
