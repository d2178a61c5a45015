"""A plan's own thresholds in place of the standard's, for the office that keeps it: add, correct, remove."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.vocabulary import ChangeSubject
from app.queries.plan_frame import standard_choices, tied_milestones
from app.queries.standards import standard_thresholds
from app.services.errors import InputError, NotFoundError, msg
from app.services.plan_files import OverridePart, ThresholdPart
from app.services.plan_parts import override_key, stored_parts
from app.web.deps import NowDep, SessionDep
from app.web.forms import Form, FormDep
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
from app.web.threshold_forms import COMPARATORS, threshold_of, threshold_words

router = APIRouter(include_in_schema=False)
Code = Annotated[str, Query(max_length=40)]
OverrideKey = Annotated[str, Path(max_length=60)]
_FIELDS = {"stage", "comparator", "value", "unit"}


@router.get("/plans/{slug}/overrides/new")
def new(request: Request, visitor: Keeper, session: SessionDep, slug: str, indicator: Code = "") -> Response:
    """Show the form for a threshold of the plan's own, beginning with what the standard asks of an indicator."""
    kept = kept_indicators(session, visitor, slug)
    asked = standard_thresholds(session, kept.head.plan.standard_id).get(kept.context.indicators.get(indicator, 0), [])
    typed = {"indicator": indicator} if asked else {}
    if asked:
        typed |= threshold_words(ThresholdPart(**asked[0].model_dump(include=_FIELDS)), "")
    return _form(request, session, kept, None, {}, typed)


@router.post("/plans/{slug}/overrides")
def create(request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str) -> Response:
    """Set a threshold differently for this plan."""
    kept = kept_plan(session, visitor, slug)
    try:
        part = _read(form, None)
        add_kept(session, visitor, kept, form, ChangeSubject.OVERRIDE, override_key(part), part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, kept_indicators(fresh, visitor, slug), None, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/indicators?done=created", 303)


@router.get("/plans/{slug}/overrides/{override}/edit")
def edit(request: Request, visitor: Keeper, session: SessionDep, slug: str, override: OverrideKey) -> Response:
    """Show the form with a threshold of the plan's own."""
    return _form(request, session, kept_indicators(session, visitor, slug), override, {}, {})


@router.post("/plans/{slug}/overrides/{override}")
def update(
    request: Request,
    visitor: Keeper,
    session: SessionDep,
    form: FormDep,
    now: NowDep,
    slug: str,
    override: OverrideKey,
) -> Response:
    """Correct a threshold of the plan's own, or (the button says so) let the standard's hold again."""
    kept = kept_plan(session, visitor, slug)
    stored = _stored(session, kept, override)
    try:
        part = None if form.flag("remove") else _read(form, stored)
        done = save_kept(session, visitor, kept, form, ChangeSubject.OVERRIDE, override, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, kept_indicators(fresh, visitor, slug), override, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/indicators?done={done}", 303)


def _read(form: Form, stored: OverridePart | None) -> OverridePart:
    """Return the threshold that a form gives; that of a stored one stays with its indicator and school stage.

    Raises: InputError.
    """
    # Browsers may complete a code with the indicator's name behind it.
    indicator = stored.indicator if stored else form.text("indicator", required=True).partition(" ")[0]
    clause = form.text("clause", limit=60, required=True)
    asked = threshold_of(form, "")
    if form.problems:
        raise InputError(form.problems)
    part = OverridePart(indicator=indicator, clause=clause, **asked.model_dump())
    return part.model_copy(update={"stage": stored.stage}) if stored else part


def _stored(session: Session, kept: KeptPlan, key: str) -> OverridePart:
    found = stored_parts(session, kept.context, [(ChangeSubject.OVERRIDE, key)])
    if not found:
        raise NotFoundError(msg("This plan has no such threshold of its own."))
    (part,) = found.values()
    assert isinstance(part, OverridePart)
    return part


def _form(
    request: Request, session: Session, kept: KeptPlan, key: str | None, problems: Problems, typed: Words
) -> Response:
    stored = _stored(session, kept, key) if key is not None else None
    words = {}
    if stored:
        words = {"indicator": stored.indicator, "clause": stored.clause, **threshold_words(stored, "")}
    indicators = standard_choices(session, kept.head.plan.standard_id)
    chosen = next((item for item in indicators if item.code == (typed or words).get("indicator")), None)
    return render_part_form(
        request,
        "indicators/override.html",
        stored,
        words,
        problems,
        typed,
        plan=kept.head.plan,
        indicators=indicators,
        chosen=chosen,
        asked=standard_thresholds(session, kept.head.plan.standard_id).get(chosen.id, []) if chosen else [],
        tied=tied_milestones(session, [kept.context.plan_id]),
        comparators=COMPARATORS,
        address=f"{kept.address}/overrides" + (f"/{key}" if key else ""),
    )
