"""Enter, correct and remove the projects of a plan by hand: for the office that keeps the plan."""

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action
from app.domain.vocabulary import FundSource, ProjectNature, SchoolStage
from app.services import project_edits
from app.services.errors import InputError, Message, msg
from app.services.plan_context import PlanContext
from app.services.plan_edits import OvertakenError, fingerprint_of, plan_in_keeping
from app.services.plan_files import ProjectPart
from app.web.deps import NowDep, RowId, SessionDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.project_forms import ROWS, compacted, part_of, rows_in, stored_words, words_of
from app.web.render import render

router = APIRouter(include_in_schema=False)
Keeper = Annotated[Visitor, allow(Action.KEEP_PLAN)]
Problems = Mapping[str, Message]
Words = dict[str, str]
MOST_ROWS = 100
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_ENTRY = re.compile(r"^(?:floors|phases)-\d+$")


@router.get("/plans/{plan_id}/projects/new")
def new(request: Request, visitor: Keeper, session: SessionDep, plan_id: RowId) -> Response:
    """Show the form for a project."""
    context = plan_in_keeping(session, visitor.actor, plan_id)
    number = project_edits.next_number(session, context)
    typed = {"no": str(number), "place": context.place_names()[context.plan.place_id]}
    return _page(request, context, None, typed, {})


@router.post("/plans/{plan_id}/projects")
def create(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, plan_id: RowId
) -> Response:
    """Add a project; or give the form one more row."""
    context = plan_in_keeping(session, visitor.actor, plan_id)
    given, sent = compacted(form)
    if more := form.text("more"):
        return _page(request, context, None, given.typed, {}, _shown(sent, more))
    try:
        part = part_of(given, _key(given, context))
        project_edits.save_project(session, visitor.actor, context, part, reason="", fingerprint=None, now=now)
    except InputError as error:
        problems, typed = _all_problems(given, error), given.typed
        raise FormRejectedError(
            lambda fresh: _page(
                request, plan_in_keeping(fresh, visitor.actor, plan_id), None, typed, problems, _shown(sent)
            )
        ) from error
    return RedirectResponse(f"/projects/{context.projects[part.key]}?done=created", 303)


@router.get("/projects/{project_id}/edit")
def edit(request: Request, visitor: Keeper, session: SessionDep, project_id: RowId) -> Response:
    """Show the form with a project's values."""
    context, stored = project_edits.project_in_keeping(session, visitor.actor, project_id)
    typed = {**words_of(stored), "fingerprint": fingerprint_of(stored)}
    return _page(request, context, project_id, typed, {})


@router.post("/projects/{project_id}/edit")
def update(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, project_id: RowId
) -> Response:
    """Correct a project; or give the form one more row."""
    context, stored = project_edits.project_in_keeping(session, visitor.actor, project_id)
    given, sent = compacted(form)
    if more := form.text("more"):
        return _page(request, context, project_id, given.typed, {}, _shown(sent, more))
    reason, seen = given.text("reason", limit=500), given.text("fingerprint", limit=64)
    try:
        part = part_of(given, stored.key)
        finding = project_edits.save_project(
            session, visitor.actor, context, part, reason=reason, fingerprint=seen, now=now
        )
    except InputError as error:
        raise _again(request, visitor, project_id, given, sent, error) from error
    return RedirectResponse(f"/projects/{project_id}?done={'edited' if finding.revision_id else 'same'}", 303)


@router.post("/projects/{project_id}/remove")
def remove(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, project_id: RowId
) -> Response:
    """Take a project out of the plan; one that payments or milestones hang on stays."""
    context, stored = project_edits.project_in_keeping(session, visitor.actor, project_id)
    reason, seen = form.text("reason", limit=500), form.text("fingerprint", limit=64)
    try:
        project_edits.remove_project(
            session, visitor.actor, context, stored.key, reason=reason, fingerprint=seen, now=now
        )
    except InputError as error:
        removal = {"reason": reason, "problems": error.problems}

        def page(fresh: Session) -> Response:
            kept, part = project_edits.project_in_keeping(fresh, visitor.actor, project_id)
            typed = {**words_of(part), "fingerprint": fingerprint_of(part)}
            return _page(request, kept, project_id, typed, {}, removal=removal)

        raise FormRejectedError(page) from error
    return RedirectResponse(f"/projects?plan={context.plan.slug}&done=removed", 303)


def _key(form: Form, context: PlanContext) -> str:
    """Return the key that was typed for a new project, else one after its name."""
    if not (typed := form.text("key")):
        return project_edits.new_key(context, form.text("name")[:120])
    if not _KEY.fullmatch(typed):
        form.problems["key"] = msg("a key has small letters, digits and hyphens only")
    return typed


def _again(
    request: Request, visitor: Visitor, project_id: int, form: Form, sent: dict[str, int], error: InputError
) -> FormRejectedError:
    """Return what brings the form back; one that somebody overtook shows what they changed, and may be saved over."""
    problems, typed = _all_problems(form, error), form.typed
    now_stored: Words | None = None
    if isinstance(error, OvertakenError) and isinstance(error.stored, ProjectPart):
        now_stored = {name: stored_words(error.stored, name) for name in error.fields if name != "place"}
        typed = {**typed, "fingerprint": fingerprint_of(error.stored)}

    def page(fresh: Session) -> Response:
        context, _ = project_edits.project_in_keeping(fresh, visitor.actor, project_id)
        return _page(request, context, project_id, typed, problems, _shown(sent), now_stored)

    return FormRejectedError(page)


def _all_problems(form: Form, error: InputError) -> dict[str, Message]:
    """Return the problems by the form's fields; what is wrong with a whole row stands at its name."""
    found = {**error.problems, **form.problems}
    return {f"{name}-name" if _ENTRY.match(name) else name: problem for name, problem in found.items()}


def _shown(sent: dict[str, int], more: str = "") -> dict[str, int]:
    return {group: min(number + (group == more), MOST_ROWS) for group, number in sent.items()}


def _page(
    request: Request,
    context: PlanContext,
    project_id: int | None,
    typed: Words,
    problems: Problems,
    shown: dict[str, int] | None = None,
    now_stored: Words | None = None,
    removal: Mapping[str, object] | None = None,
) -> Response:
    """Render the form with an empty row after those that are filled, or with as many as it had."""
    filled = rows_in(typed)
    names = context.place_names()
    return render(
        request,
        "projects/edit.html",
        status=422 if problems or removal else 200,
        removal=removal or {"reason": "", "problems": {}},
        plan=context.plan,
        project_id=project_id,
        typed=typed,
        problems={name: problem for name, problem in problems.items() if name != "fingerprint"},
        overtaken=problems.get("fingerprint"),
        now_stored=now_stored,
        rows={group: max(filled[group] + 1, (shown or {}).get(group, 0)) for group in ROWS},
        places=[names[place_id] for place_id in dict.fromkeys(context.places.values())],
        natures=list(ProjectNature),
        stages=list(SchoolStage),
        sources=list(FundSource),
    )
