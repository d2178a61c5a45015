"""Create a plan, see what it still lacks, and keep its head and settings."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.vocabulary import ChangeSubject, Measure, ReportingCycle
from app.models import Place, Plan
from app.queries import choices, organizations, places, standards
from app.queries.plan_frame import frame_counts
from app.services.errors import InputError
from app.services.plan_context import PlanContext
from app.services.plan_files import HeadPart
from app.services.plan_heads import create_plan, save_head
from app.services.plan_ladders import DEFAULT_LADDER, in_order
from app.services.plan_parts import stored_parts
from app.web.deps import NowDep, SessionDep, View, Visitor, allow
from app.web.forms import FormDep
from app.web.plan_heads import SETTINGS, head_of, head_words, new_head_words, was_put_right
from app.web.plan_keeping import Keeper, Problems, Words, kept_plan, reason_of, rejected, render_part_form
from app.web.plans import plan_in_scope
from app.web.render import render
from app.web.revisions import whole_plan

router = APIRouter(include_in_schema=False)
Creator = Annotated[Visitor, allow(Action.CREATE_PLAN)]
Text = Annotated[str, Query(max_length=20)]


@router.get("/plans/new")
def new(request: Request, _visitor: Creator, session: SessionDep) -> Response:
    """Show the form for a plan."""
    return _head_form(request, session, None, {}, {})


@router.post("/plans")
def create(request: Request, visitor: Creator, session: SessionDep, form: FormDep, now: NowDep) -> Response:
    """Put a plan on record."""
    try:
        head, area = head_of(session, form, None)
        create_plan(session, visitor.actor, head, area, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _head_form(request, fresh, None, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"/plans/{head.slug}/setup?done={_done('created', form)}", 303)


@router.get("/plans/{slug}/setup")
def show_setup(request: Request, visitor: View, session: SessionDep, slug: str, done: Text = "") -> Response:
    """Show what comes after creating a plan, and how far it has come."""
    head = plan_in_scope(session, visitor, slug)
    assert head.plan.id is not None
    plan = whole_plan(session, visitor, head.plan.id)
    return render(
        request,
        "plans/setup.html",
        plan=plan,
        counts=frame_counts(session, head.plan.id),
        done=done,
        may_manage=may(visitor.role, Action.MANAGE_ACCOUNTS),
        may_keep=may(visitor.role, Action.KEEP_PLAN),
    )


@router.get("/plans/{slug}/edit")
def edit(request: Request, visitor: Keeper, session: SessionDep, slug: str) -> Response:
    """Show the form with a plan's head and settings."""
    return _head_form(request, session, plan_in_scope(session, visitor, slug).plan, {}, {})


@router.post("/plans/{slug}/edit")
def update(request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str) -> Response:
    """Correct a plan's head and settings."""
    kept = kept_plan(session, visitor, slug)
    try:
        head, area = head_of(session, form, slug)
        reason, seen = reason_of(form), form.text("fingerprint", limit=64)
        finding = save_head(session, visitor.actor, kept.context, head, area, reason=reason, fingerprint=seen, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _head_form(request, fresh, plan_in_scope(fresh, visitor, slug).plan, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}?done={_done('updated', form) if finding.changes else 'same'}", 303)


def _done(word: str, form: FormDep) -> str:
    return f"{word}-number" if was_put_right(form) else word


def _head_form(request: Request, session: Session, plan: Plan | None, problems: Problems, typed: Words) -> Response:
    stored, words = None, new_head_words()
    if plan is not None:
        stored = _stored_head(session, plan)
        words = head_words(stored, session.get_one(Place, plan.place_id).path)
    return render_part_form(
        request,
        "plans/edit.html",
        stored,
        words,
        problems,
        typed,
        ladder=[(rung, Measure(rung.measure)) for rung in in_order(DEFAULT_LADDER)],
        largest=SETTINGS,
        reporting_cycles=list(ReportingCycle),
        places=places.paths(session, choices.LIMIT),
        units=organizations.full_names(session, choices.LIMIT),
        standards=standards.choices(session),
    )


def _stored_head(session: Session, plan: Plan) -> HeadPart:
    """Return a plan's head without the names its other parts may use."""
    (head,) = stored_parts(session, PlanContext(plan, {}, {}), [(ChangeSubject.PLAN, plan.slug)]).values()
    assert isinstance(head, HeadPart)
    return head
