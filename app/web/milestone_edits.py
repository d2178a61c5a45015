"""Enter, correct and remove the milestones of a plan by hand: for the office that keeps the plan."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action
from app.domain.vocabulary import ChangeSubject, Comparator
from app.services.errors import InputError, Message
from app.services.milestone_keys import free_key
from app.services.milestone_warnings import milestone_warnings
from app.services.plan_context import PlanContext
from app.services.plan_edits import (
    OvertakenError,
    fingerprint_of,
    milestone_in_keeping,
    part_problems,
    plan_in_keeping,
    save_part,
)
from app.services.plan_files import MilestonePart
from app.services.revisions import RevisionFinding
from app.web.deps import NowDep, RowId, SessionDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.filters import SIGNS
from app.web.forms import Form, FormDep
from app.web.milestone_forms import (
    MilestoneValues,
    empty_values,
    form_context,
    form_problems,
    read_milestone,
    stored_values,
    typed_values,
)
from app.web.render import render

router = APIRouter(include_in_schema=False)
Keeper = Annotated[Visitor, allow(Action.KEEP_PLAN)]
Problems = Mapping[str, Message]
MORE_ROWS = 5
# The form's fields for the part's own, where they are called otherwise.
_SHOWN_AS = {"due": ("due_phrase", "due_on")}


@router.get("/plans/{plan_id}/milestones/new")
def new(request: Request, visitor: Keeper, session: SessionDep, plan_id: RowId) -> Response:
    """Show the form for a milestone."""
    context = plan_in_keeping(session, visitor.actor, plan_id)
    return _new_page(request, session, context, empty_values(context), {})


@router.post("/plans/{plan_id}/milestones")
def create(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, plan_id: RowId
) -> Response:
    """Add a milestone, or one for each year of a recurring duty; or give the form more rows."""
    context = plan_in_keeping(session, visitor.actor, plan_id)
    if form.flag("more"):
        return _new_page(request, session, context, typed_values(form, more=MORE_ROWS), {})
    part = read_milestone(form, context, None, key=free_key(session, plan_id, form.text("title")[:120]))
    try:
        finding = _save(session, visitor, context, form, part, fingerprint=None, now=now)
    except InputError as error:
        raise _new_again(request, visitor, plan_id, form, error) from error
    if len(finding.milestone_ids) == 1:
        return RedirectResponse(f"/milestones/{finding.milestone_ids[0]}?done=created", 303)
    words = urlencode({"plan": context.plan.slug, "q": part.title, "done": "created"})
    return RedirectResponse(f"/milestones?{words}", 303)


@router.get("/milestones/{milestone_id}/edit")
def edit(request: Request, visitor: Keeper, session: SessionDep, milestone_id: RowId) -> Response:
    """Show the form with a milestone's values, and what of it is worth a second look."""
    context, part = milestone_in_keeping(session, visitor.actor, milestone_id)
    return _edit_page(request, session, context, part, milestone_id, stored_values(part, context.plan), {})


@router.post("/milestones/{milestone_id}/edit")
def update(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, milestone_id: RowId
) -> Response:
    """Correct a milestone; or give the form more rows."""
    context, stored = milestone_in_keeping(session, visitor.actor, milestone_id)
    seen = form.text("fingerprint", limit=64)
    if form.flag("more"):
        values = typed_values(form, more=MORE_ROWS)
        return _edit_page(request, session, context, stored, milestone_id, values, {}, seen=seen)
    part = read_milestone(form, context, stored)
    try:
        finding = _save(session, visitor, context, form, part, fingerprint=seen, now=now)
    except InputError as error:
        raise _edit_again(request, visitor, milestone_id, form, error) from error
    return RedirectResponse(f"/milestones/{milestone_id}?done={'edited' if finding.revision_id else 'same'}", 303)


@router.post("/milestones/{milestone_id}/remove")
def remove(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, milestone_id: RowId
) -> Response:
    """Take a milestone out of the plan; what somebody recorded on stays on file as withdrawn."""
    context, stored = milestone_in_keeping(session, visitor.actor, milestone_id)
    try:
        finding = save_part(
            session,
            visitor.actor,
            context,
            ChangeSubject.MILESTONE,
            stored.key,
            None,
            reason=form.text("reason"),
            fingerprint=form.text("fingerprint", limit=64),
            now=now,
        )
    except InputError as error:
        raise _remove_again(request, visitor, milestone_id, form, error) from error
    if milestone_id in finding.milestone_ids:
        return RedirectResponse(f"/milestones/{milestone_id}?done=removed", 303)
    return RedirectResponse(f"/milestones?{urlencode({'plan': context.plan.slug, 'done': 'removed'})}", 303)


def _save(
    session: Session,
    visitor: Visitor,
    context: PlanContext,
    form: Form,
    part: MilestonePart,
    *,
    fingerprint: str | None,
    now: datetime,
) -> RevisionFinding:
    """Save what a form gives. Raises: InputError, with what else is wrong where a field could not be read."""
    subject = ChangeSubject.MILESTONE
    if form.problems:
        raise InputError(part_problems(session, context, subject, part.key, part))
    reason = form.text("reason")
    return save_part(
        session, visitor.actor, context, subject, part.key, part, reason=reason, fingerprint=fingerprint, now=now
    )


def _new_again(request: Request, visitor: Visitor, plan_id: int, form: Form, error: InputError) -> FormRejectedError:
    problems = form_problems(error.problems, by_hand=form.flag("due_by_hand")) | form.problems

    def again(fresh: Session) -> Response:
        context = plan_in_keeping(fresh, visitor.actor, plan_id)
        return _new_page(request, fresh, context, typed_values(form), problems)

    return FormRejectedError(again)


def _edit_again(
    request: Request, visitor: Visitor, milestone_id: int, form: Form, error: InputError
) -> FormRejectedError:
    problems = form_problems(error.problems, by_hand=form.flag("due_by_hand")) | form.problems
    fields = error.fields if isinstance(error, OvertakenError) else None

    def again(fresh: Session) -> Response:
        context, stored = milestone_in_keeping(fresh, visitor.actor, milestone_id)
        values = typed_values(form)
        now_stored = None if fields is None else _now_stored(stored, context, values, fields)
        seen = form.text("fingerprint") if fields is None else None
        return _edit_page(
            request, fresh, context, stored, milestone_id, values, problems, seen=seen, now_stored=now_stored
        )

    return FormRejectedError(again)


def _remove_again(
    request: Request, visitor: Visitor, milestone_id: int, form: Form, error: InputError
) -> FormRejectedError:
    def again(fresh: Session) -> Response:
        context, stored = milestone_in_keeping(fresh, visitor.actor, milestone_id)
        values = stored_values(stored, context.plan)
        removal: dict[str, object] = {"reason": form.text("reason"), "problems": error.problems}
        return _edit_page(request, fresh, context, stored, milestone_id, values, {}, removal=removal)

    return FormRejectedError(again)


def _now_stored(
    stored: MilestonePart, context: PlanContext, values: MilestoneValues, fields: tuple[str, ...]
) -> dict[str, str]:
    """Return what is on record now, by field: what the other one changed, or else all that differs from the form.

    Of targets those that the form does not have.
    """
    there = stored_values(stored, context.plan)
    words = dict(there.text)
    words["needs"] = "、".join(sorted(there.needs))
    stored_rows = [row for row in there.targets if row["indicator"]]
    words["targets"] = "；".join(_called(row) for row in stored_rows if row not in values.targets)
    if not fields:
        typed = dict(values.text) | {"needs": "、".join(sorted(values.needs))}
        return {name: text for name, text in words.items() if name in typed and typed[name].strip() != text}
    names = [name for field in fields for name in _SHOWN_AS.get(field, (field,))]
    return {name: words.get(name, "").replace("\n", "、") for name in names}


def _called(row: Mapping[str, str]) -> str:
    return " ".join(filter(None, (row["indicator"], SIGNS[Comparator(row["comparator"])], row["value"], row["unit"])))


def _new_page(
    request: Request, session: Session, context: PlanContext, values: MilestoneValues, problems: Problems
) -> Response:
    return _page(request, session, context, values, problems, milestone_id=None, fingerprint="")


def _edit_page(
    request: Request,
    session: Session,
    context: PlanContext,
    stored: MilestonePart,
    milestone_id: int,
    values: MilestoneValues,
    problems: Problems,
    *,
    seen: str | None = None,
    now_stored: dict[str, str] | None = None,
    removal: dict[str, object] | None = None,
) -> Response:
    """Render the form; `seen` is the mark of the values that it first showed, None: those on record now."""
    fixed = {"key": stored.key, "series": stored.series or ""}
    return _page(
        request,
        session,
        context,
        replace(values, text={**values.text, **fixed}),
        problems,
        milestone_id=milestone_id,
        called=stored.title,
        fingerprint=seen or fingerprint_of(stored),
        warnings=milestone_warnings(session, context, stored),
        now_stored=now_stored,
        removal=removal or {"reason": "", "problems": {}},
        status=422 if removal else None,
    )


def _page(
    request: Request,
    session: Session,
    context: PlanContext,
    values: MilestoneValues,
    problems: Problems,
    *,
    status: int | None = None,
    **more: object,
) -> Response:
    page: dict[str, object] = {"warnings": [], "now_stored": None, "removal": None, **more}
    return render(
        request,
        "milestones/edit.html",
        status=status or (422 if problems else 200),
        problems={name: problem for name, problem in problems.items() if name != "fingerprint"},
        overtaken=problems.get("fingerprint"),
        **form_context(session, context, values),
        **page,
    )
