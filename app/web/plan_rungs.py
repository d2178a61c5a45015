"""The ladder of measures of a plan for the office that keeps it: list, add, correct, remove rungs, and preview."""

from collections.abc import Mapping
from datetime import date
from itertools import count, groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.vocabulary import ChangeSubject, RungTrigger
from app.models import LadderRung, Plan
from app.queries import plans
from app.services.errors import InputError, NotFoundError, msg
from app.services.ladder_previews import LadderPreview, preview
from app.services.plan_context import PlanContext
from app.services.plan_edits import part_problems
from app.services.plan_files import LadderRungPart
from app.services.plan_parts import stored_parts
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, Visitor
from app.web.forms import FormDep
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
from app.web.rung_forms import CHOICES, proposed_key, read_rung, words_of

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=20)]
_TRIGGERS = list(RungTrigger)
_HEADINGS = {
    RungTrigger.DUE.value: msg("Before and after the due date"),
    RungTrigger.LAGGING.value: msg("When progress trails the schedule"),
    RungTrigger.MISSING_REPORT.value: msg("When a unit does not report"),
    RungTrigger.UNANSWERED.value: msg("When a notice is not answered"),
    RungTrigger.REGRESSION.value: msg("When what was closed slides back"),
}


@router.get("/plans/{slug}/ladder")
def list_(request: Request, visitor: Keeper, session: SessionDep, slug: str, done: Text = "") -> Response:
    """Show the rungs by what they count from, in the order in which they fire."""
    plan = plan_in_scope(session, visitor, slug).plan
    rungs = sorted(_rungs(session, plan), key=lambda rung: (_TRIGGERS.index(rung.trigger), rung.offset_days))
    groups = [(trigger, list(found)) for trigger, found in groupby(rungs, key=lambda rung: rung.trigger)]
    return render(request, "plans/ladder.html", plan=plan, groups=groups, headings=_HEADINGS, done=done)


@router.get("/plans/{slug}/ladder/preview")
def show_preview(request: Request, visitor: Keeper, session: SessionDep, today: TodayDep, slug: str) -> Response:
    """Show what the ladder in force raises today and in the days ahead."""
    plan = plan_in_scope(session, visitor, slug).plan
    assert plan.id is not None
    return render(request, "plans/ladder_preview.html", plan=plan, preview=preview(session, plan.id, {}, today))


@router.get("/plans/{slug}/ladder/new")
def new(request: Request, visitor: Keeper, session: SessionDep, slug: str) -> Response:
    """Show the form for a rung."""
    return _form(request, session, visitor, slug, None, {}, {})


@router.post("/plans/{slug}/ladder")
def create(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, today: TodayDep, slug: str
) -> Response:
    """Add a rung, or (the button says so) show what it would raise."""
    kept = kept_plan(session, visitor, slug)
    try:
        part = read_rung(form, None)
        part = part.model_copy(update={"key": _free_key(session, kept.head.plan, part)})
        if form.flag("preview"):
            found = _preview(session, kept, {part.key: part}, today)
            return _form(request, session, visitor, slug, None, {}, form.typed, found)
        add_kept(session, visitor, kept, form, ChangeSubject.RUNG, part.key, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, visitor, slug, None, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/ladder?done=created", 303)


@router.get("/plans/{slug}/ladder/{rung_id}/edit")
def edit(request: Request, visitor: Keeper, session: SessionDep, slug: str, rung_id: RowId) -> Response:
    """Show the form with a rung."""
    return _form(request, session, visitor, slug, rung_id, {}, {})


@router.post("/plans/{slug}/ladder/{rung_id}")
def update(
    request: Request,
    visitor: Keeper,
    session: SessionDep,
    form: FormDep,
    now: NowDep,
    today: TodayDep,
    slug: str,
    rung_id: RowId,
) -> Response:
    """Correct a rung, or (the button says so) remove it or show what would be raised without saving."""
    kept = kept_plan(session, visitor, slug)
    stored = _stored(session, kept.head.plan, rung_id)
    try:
        part = None if form.flag("remove") else read_rung(form, stored.key)
        if form.flag("preview"):
            found = _preview(session, kept, {stored.key: part}, today)
            return _form(request, session, visitor, slug, rung_id, {}, form.typed, found)
        done = save_kept(session, visitor, kept, form, ChangeSubject.RUNG, stored.key, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, visitor, slug, rung_id, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/ladder?done={done}", 303)


def _preview(
    session: Session, kept: KeptPlan, changed: Mapping[str, LadderRungPart | None], today: date
) -> LadderPreview:
    """Return what the ladder would raise with a rung as typed. Raises: InputError naming what of it cannot be."""
    assert kept.head.plan.id is not None
    for key, part in changed.items():
        if part is not None and (problems := part_problems(session, kept.context, ChangeSubject.RUNG, key, part)):
            raise InputError(problems)
    return preview(session, kept.head.plan.id, changed, today)


def _rungs(session: Session, plan: Plan) -> list[LadderRung]:
    assert plan.id is not None
    return plans.ladder(session, plan.id)


def _free_key(session: Session, plan: Plan, part: LadderRungPart) -> str:
    """Return a key that no rung of the plan has: one that was moved to another day keeps the key of its first."""
    taken, wanted = {rung.key for rung in _rungs(session, plan)}, proposed_key(part)
    keys = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(key for key in keys if key not in taken)


def _stored(session: Session, plan: Plan, rung_id: int) -> LadderRungPart:
    key = next((rung.key for rung in _rungs(session, plan) if rung.id == rung_id), None)
    if key is None:
        raise NotFoundError(msg("There is no such rung in your plan."))
    (part,) = stored_parts(session, PlanContext(plan, {}, {}), [(ChangeSubject.RUNG, key)]).values()
    assert isinstance(part, LadderRungPart)
    return part


def _form(
    request: Request,
    session: Session,
    visitor: Visitor,
    slug: str,
    rung_id: int | None,
    problems: Problems,
    typed: Words,
    found: LadderPreview | None = None,
) -> Response:
    plan = plan_in_scope(session, visitor, slug).plan
    stored = _stored(session, plan, rung_id) if rung_id is not None else None
    address = f"/plans/{slug}/ladder" + (f"/{rung_id}" if rung_id else "")
    return render_part_form(
        request,
        "plans/rung.html",
        stored,
        words_of(stored) if stored else {},
        problems,
        typed,
        plan=plan,
        address=address,
        preview=found,
        **CHOICES,
    )
