"""A plan's own indicators for the office that keeps it: add, correct, remove."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.vocabulary import ChangeSubject, IndicatorGroup
from app.queries.plan_frame import tied_milestones
from app.services.errors import InputError, NotFoundError, msg
from app.services.plan_files import IndicatorPart
from app.services.plan_parts import stored_parts
from app.web.deps import NowDep, RowId, SessionDep
from app.web.forms import FormDep
from app.web.plan_keeping import (
    Keeper,
    KeptPlan,
    Problems,
    Words,
    add_kept,
    kept_indicators,
    kept_plan,
    rejected,
    render_part_form,
    save_kept,
)
from app.web.threshold_forms import COMPARATORS, indicator_of, indicator_words, rows_shown, without_gaps

router = APIRouter(include_in_schema=False)
_NEW = {"value_type": "number"}


@router.get("/plans/{slug}/indicators/new")
def new(request: Request, visitor: Keeper, session: SessionDep, slug: str) -> Response:
    """Show the form for an indicator of this plan alone."""
    return _form(request, session, kept_indicators(session, visitor, slug), None, {}, {})


@router.post("/plans/{slug}/indicators")
def create(request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str) -> Response:
    """Add an indicator of this plan alone."""
    kept, form = kept_plan(session, visitor, slug), without_gaps(form)
    try:
        part = indicator_of(form, None, IndicatorGroup.PLAN)
        add_kept(session, visitor, kept, form, ChangeSubject.INDICATOR, part.code, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, kept_indicators(fresh, visitor, slug), None, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/indicators?done=created", 303)


@router.get("/plans/{slug}/indicators/{indicator_id}/edit")
def edit(request: Request, visitor: Keeper, session: SessionDep, slug: str, indicator_id: RowId) -> Response:
    """Show the form with an indicator of this plan."""
    return _form(request, session, kept_indicators(session, visitor, slug), indicator_id, {}, {})


@router.post("/plans/{slug}/indicators/{indicator_id}")
def update(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str, indicator_id: RowId
) -> Response:
    """Correct an indicator of this plan, or (the button says so) remove it."""
    kept, form = kept_plan(session, visitor, slug), without_gaps(form)
    stored = _stored(session, kept, indicator_id)
    try:
        part = None if form.flag("remove") else indicator_of(form, stored.code, stored.group)
        done = save_kept(session, visitor, kept, form, ChangeSubject.INDICATOR, stored.code, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, kept_indicators(fresh, visitor, slug), indicator_id, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/indicators?done={done}", 303)


def _stored(session: Session, kept: KeptPlan, indicator_id: int) -> IndicatorPart:
    code = next((code for code, row_id in kept.context.indicators.items() if row_id == indicator_id), None)
    found = stored_parts(session, kept.context, [(ChangeSubject.INDICATOR, code)]) if code else {}
    if not found:
        raise NotFoundError(msg("This plan has no such indicator of its own."))
    (part,) = found.values()
    assert isinstance(part, IndicatorPart)
    return part


def _form(
    request: Request, session: Session, kept: KeptPlan, indicator_id: int | None, problems: Problems, typed: Words
) -> Response:
    stored = _stored(session, kept, indicator_id) if indicator_id is not None else None
    words: Any = indicator_words(stored) if stored else _NEW
    return render_part_form(
        request,
        "indicators/own.html",
        stored,
        words,
        problems,
        typed,
        plan=kept.head.plan,
        tied=tied_milestones(session, [kept.context.plan_id]),
        rows=rows_shown(typed or words),
        comparators=COMPARATORS,
        address=f"{kept.address}/indicators" + (f"/{indicator_id}" if indicator_id else ""),
    )
