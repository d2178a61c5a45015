"""The stages of a plan for the office that keeps it: list, add, correct, remove."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.vocabulary import ChangeSubject
from app.queries import plans
from app.queries.plan_frame import milestones_by_stage
from app.services.errors import InputError, NotFoundError, msg
from app.services.plan_files import StagePart
from app.services.plan_frame import free_stage_key
from app.services.plan_parts import stored_parts
from app.web.deps import NowDep, RowId, SessionDep, Visitor
from app.web.forms import Form, FormDep
from app.web.plan_keeping import (
    Keeper,
    KeptPlan,
    Problems,
    Words,
    add_kept,
    kept_plan,
    rejected,
    render_part_form,
    save_kept,
)
from app.web.plans import plan_in_scope
from app.web.render import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=20)]


@router.get("/plans/{slug}/stages")
def list_(request: Request, visitor: Keeper, session: SessionDep, slug: str, done: Text = "") -> Response:
    """Show the stages with their milestones counted."""
    plan = plan_in_scope(session, visitor, slug).plan
    assert plan.id is not None
    stages = plans.stages(session, plan.id)
    counts = milestones_by_stage(session, plan.id)
    return render(request, "plans/stages.html", plan=plan, stages=stages, counts=counts, done=done)


@router.get("/plans/{slug}/stages/new")
def new(request: Request, visitor: Keeper, session: SessionDep, slug: str) -> Response:
    """Show the form for a stage."""
    return _form(request, session, visitor, slug, None, {}, {})


@router.post("/plans/{slug}/stages")
def create(request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str) -> Response:
    """Add a stage."""
    kept = kept_plan(session, visitor, slug)
    try:
        part = _read(form, kept, None)
        add_kept(session, visitor, kept, form, ChangeSubject.STAGE, part.key, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, visitor, slug, None, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/stages?done=created", 303)


@router.get("/plans/{slug}/stages/{stage_id}/edit")
def edit(request: Request, visitor: Keeper, session: SessionDep, slug: str, stage_id: RowId) -> Response:
    """Show the form with a stage."""
    return _form(request, session, visitor, slug, stage_id, {}, {})


@router.post("/plans/{slug}/stages/{stage_id}")
def update(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str, stage_id: RowId
) -> Response:
    """Correct a stage, or (the button says so) remove it."""
    kept = kept_plan(session, visitor, slug)
    stored = _stored(session, kept, stage_id)
    try:
        part = None if form.flag("remove") else _read(form, kept, stored.key)
        done = save_kept(session, visitor, kept, form, ChangeSubject.STAGE, stored.key, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, visitor, slug, stage_id, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/stages?done={done}", 303)


def _read(form: Form, kept: KeptPlan, key: str | None) -> StagePart:
    """Return the stage that a form gives; `key` None: a new one's, from its name. Raises: InputError."""
    name = form.text("name", limit=80, required=True)
    clause = form.text("clause", limit=60, required=True)
    start_on, end_on = form.day("start_on", required=True), form.day("end_on", required=True)
    if form.problems or start_on is None or end_on is None:
        raise InputError(form.problems)
    key = key or free_stage_key(kept.context, name)
    return StagePart(key=key, name=name, clause=clause, start_on=start_on, end_on=end_on)


def _stored(session: Session, kept: KeptPlan, stage_id: int) -> StagePart:
    key = next((key for key, row_id in kept.context.stages.items() if row_id == stage_id), None)
    if key is None:
        raise NotFoundError(msg("There is no such stage in your plan."))
    (part,) = stored_parts(session, kept.context, [(ChangeSubject.STAGE, key)]).values()
    assert isinstance(part, StagePart)
    return part


def _form(
    request: Request,
    session: Session,
    visitor: Visitor,
    slug: str,
    stage_id: int | None,
    problems: Problems,
    typed: Words,
) -> Response:
    kept = kept_plan(session, visitor, slug)
    stored = _stored(session, kept, stage_id) if stage_id is not None else None
    words = {name: str(value) for name, value in stored.model_dump(mode="json").items()} if stored else {}
    used = milestones_by_stage(session, kept.context.plan_id).get(stage_id or 0, 0)
    address = f"{kept.address}/stages" + (f"/{stage_id}" if stage_id else "")
    return render_part_form(
        request, "plans/stage.html", stored, words, problems, typed, plan=kept.head.plan, used=used, address=address
    )
