"""The ladder of measures of a plan for the office that keeps it: list, add, correct, remove rungs."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.vocabulary import ChangeSubject, Measure, RungTrigger
from app.models import Plan
from app.queries import plans
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.plan_context import PlanContext
from app.services.plan_files import LadderRungPart
from app.services.plan_parts import stored_parts
from app.web.deps import NowDep, RowId, SessionDep, Visitor
from app.web.forms import Form, FormDep
from app.web.plan_keeping import (
    Keeper,
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
FIRST_DAY, LAST_DAY = -365, 3650  # around the due date


@router.get("/plans/{slug}/ladder")
def list_(request: Request, visitor: Keeper, session: SessionDep, slug: str, done: Text = "") -> Response:
    """Show the rungs in the order in which they fire."""
    plan = plan_in_scope(session, visitor, slug).plan
    assert plan.id is not None
    return render(request, "plans/ladder.html", plan=plan, ladder=plans.ladder(session, plan.id), done=done)


@router.get("/plans/{slug}/ladder/new")
def new(request: Request, visitor: Keeper, session: SessionDep, slug: str) -> Response:
    """Show the form for a rung."""
    return _form(request, session, visitor, slug, None, {}, {})


@router.post("/plans/{slug}/ladder")
def create(request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str) -> Response:
    """Add a rung."""
    kept = kept_plan(session, visitor, slug)
    try:
        part = _read(form, None)
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
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str, rung_id: RowId
) -> Response:
    """Correct a rung, or (the button says so) remove it."""
    kept = kept_plan(session, visitor, slug)
    stored = _stored(session, kept.head.plan, rung_id)
    try:
        part = None if form.flag("remove") else _read(form, stored.key)
        done = save_kept(session, visitor, kept, form, ChangeSubject.RUNG, stored.key, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, visitor, slug, rung_id, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/ladder?done={done}", 303)


def _read(form: Form, key: str | None) -> LadderRungPart:
    """Return the rung that a form gives; `key` None: a new one's, from its measure and days. Raises: InputError."""
    form.text("offset_days", required=True)
    days = form.number("offset_days", least=FIRST_DAY, most=LAST_DAY)
    measure = form.code("measure", Measure)
    trigger = form.code("trigger", RungTrigger) if form.text("trigger") else RungTrigger.DUE
    clause = form.text("clause", limit=60) or None
    if days is not None and trigger is not None and (wrong := _problem_with(days, trigger)):
        form.problems.setdefault("offset_days", wrong)
    if form.problems or days is None or measure is None or trigger is None:
        raise InputError(form.problems)
    offset = int(days)
    when = "regression" if trigger is RungTrigger.REGRESSION else "before" if offset < 0 else "after"
    called = f"{measure.value.replace('_', '-')}-{when}-{abs(offset)}"
    return LadderRungPart(key=key or called, trigger=trigger, offset_days=offset, measure=measure.value, clause=clause)


def _problem_with(days: Decimal, trigger: RungTrigger) -> Message | None:
    whole = days == days.to_integral_value()
    if trigger is RungTrigger.REGRESSION:
        return None if whole and days >= 0 else msg("write a whole number of days after the regression, 0 or more")
    return None if whole and days else msg("write a whole number of days before (-30) or after (15) the due date")


def _stored(session: Session, plan: Plan, rung_id: int) -> LadderRungPart:
    assert plan.id is not None
    key = next((rung.key for rung in plans.ladder(session, plan.id) if rung.id == rung_id), None)
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
) -> Response:
    plan = plan_in_scope(session, visitor, slug).plan
    stored = _stored(session, plan, rung_id) if rung_id is not None else None
    words = {name: str(value or "") for name, value in stored.model_dump(mode="json").items()} if stored else {}
    address = f"/plans/{slug}/ladder" + (f"/{rung_id}" if rung_id else "")
    return render_part_form(
        request,
        "plans/rung.html",
        stored,
        words,
        problems,
        typed,
        plan=plan,
        measures=list(Measure),
        triggers=list(RungTrigger),
        days=(FIRST_DAY, LAST_DAY),
        address=address,
    )
