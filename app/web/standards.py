"""Indicator standards: the list, one with its indicators, and the forms of those who keep them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.vocabulary import IndicatorGroup
from app.queries import standards
from app.services import standard_edits
from app.services.entries import fingerprint
from app.services.errors import InputError, msg
from app.services.plan_edits import LONGEST_REASON
from app.services.standard_edits import StandardFinding, StandardInput, find_standard
from app.services.standards import is_kept
from app.web.deps import NowDep, RowId, SessionDep, View, Visitor, allow
from app.web.forms import Form, FormDep
from app.web.plan_keeping import Problems, Words, rejected, render_part_form
from app.web.render import render
from app.web.threshold_forms import COMPARATORS, indicator_of, indicator_words, rows_shown, without_gaps

router = APIRouter(include_in_schema=False)
Keeper = Annotated[Visitor, allow(Action.KEEP_STANDARDS)]
Text = Annotated[str, Query(max_length=20)]
_GROUPS = [group for group in IndicatorGroup if group is not IndicatorGroup.PLAN]
_NEW = {"value_type": "number"}


@router.get("/standards")
def list_(request: Request, visitor: View, session: SessionDep) -> Response:
    """Show the standards with how many plans copy from each."""
    return render(
        request,
        "standards/page.html",
        lines=standards.list_standards(session),
        may_keep=may(visitor.role, Action.KEEP_STANDARDS),
    )


@router.get("/standards/{standard_id}")
def show(
    request: Request,
    visitor: View,
    session: SessionDep,
    standard_id: RowId,
    done: Text = "",
    plans: Text = "",
    milestones: Text = "",
) -> Response:
    """Show a standard's indicators in their groups; after a change, how far it reached."""
    standard = find_standard(session, standard_id)
    return render(
        request,
        "standards/show.html",
        standard=standard,
        by_hand=is_kept(standard),
        groups=standards.indicators_of(session, standard_id),
        reach=standards.reach(session, standard_id),
        done=done,
        followed=[int(text) if text.isascii() and text.isdigit() else 0 for text in (plans, milestones)],
        may_keep=may(visitor.role, Action.KEEP_STANDARDS),
    )


@router.get("/standards/{standard_id}/copy")
def new(request: Request, _visitor: Keeper, session: SessionDep, standard_id: RowId) -> Response:
    """Show the form for a new version of a standard."""
    return _head_form(request, session, standard_id, {}, {}, copying=True)


@router.post("/standards/{standard_id}/copy")
def create(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, standard_id: RowId
) -> Response:
    """Put a new version of a standard on record."""
    try:
        slug = form.text("slug", limit=80, required=True)
        if slug and (set(slug) - set("abcdefghijklmnopqrstuvwxyz0123456789-") or slug.startswith("-")):
            form.problems["slug"] = msg("small letters, digits and hyphens, for example national-2027")
        new_id = standard_edits.copy_standard(session, visitor.actor, standard_id, slug, _head(form), now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _head_form(request, fresh, standard_id, problems, typed, copying=True)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"/standards/{new_id}?done=created", 303)


@router.get("/standards/{standard_id}/edit")
def edit(request: Request, _visitor: Keeper, session: SessionDep, standard_id: RowId) -> Response:
    """Show the form with a standard's name and source."""
    return _head_form(request, session, standard_id, {}, {}, copying=False)


@router.post("/standards/{standard_id}")
def update(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, standard_id: RowId
) -> Response:
    """Change a standard's name and source."""
    find_standard(session, standard_id)
    try:
        given, seen = _head(form), form.text("fingerprint", limit=64)
        changed = standard_edits.rename_standard(session, visitor.actor, standard_id, given, fingerprint=seen, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _head_form(request, fresh, standard_id, problems, typed, copying=False)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"/standards/{standard_id}?done={'updated' if changed else 'same'}", 303)


@router.get("/standards/{standard_id}/indicators/new")
def new_indicator(request: Request, _visitor: Keeper, session: SessionDep, standard_id: RowId) -> Response:
    """Show the form for an indicator of a standard."""
    return _indicator_form(request, session, standard_id, None, {}, {})


@router.post("/standards/{standard_id}/indicators")
def create_indicator(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, standard_id: RowId
) -> Response:
    """Add an indicator to a standard."""
    return _saved(request, visitor, session, form, now, standard_id, None)


@router.get("/standards/{standard_id}/indicators/{standard_indicator_id}/edit")
def edit_indicator(
    request: Request, _visitor: Keeper, session: SessionDep, standard_id: RowId, standard_indicator_id: RowId
) -> Response:
    """Show the form with an indicator of a standard."""
    return _indicator_form(request, session, standard_id, standard_indicator_id, {}, {})


@router.post("/standards/{standard_id}/indicators/{standard_indicator_id}")
def update_indicator(
    request: Request,
    visitor: Keeper,
    session: SessionDep,
    form: FormDep,
    now: NowDep,
    standard_id: RowId,
    standard_indicator_id: RowId,
) -> Response:
    """Correct an indicator of a standard, or (the button says so) retire it."""
    return _saved(request, visitor, session, form, now, standard_id, standard_indicator_id)


def _saved(
    request: Request,
    visitor: Visitor,
    session: Session,
    form: Form,
    now: NowDep,
    standard_id: int,
    indicator_id: int | None,
) -> Response:
    """Save or retire the indicator that a form is about."""
    form = without_gaps(form)
    try:
        finding = _written(visitor, session, form, now, standard_id, indicator_id)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _indicator_form(request, fresh, standard_id, indicator_id, problems, typed)

        raise rejected(form, error, again) from error
    word = "same" if not finding.changed else "removed" if form.flag("remove") else "updated"
    reached = f"&plans={finding.plans}&milestones={finding.milestones}" if finding.changed else ""
    return RedirectResponse(f"/standards/{standard_id}?done={word}{reached}", 303)


def _written(
    visitor: Visitor, session: Session, form: Form, now: NowDep, standard_id: int, indicator_id: int | None
) -> StandardFinding:
    reason, seen = form.text("reason", limit=LONGEST_REASON), form.text("fingerprint", limit=64)
    if form.flag("remove") and indicator_id is not None:
        return standard_edits.retire_standard_indicator(
            session, visitor.actor, standard_id, indicator_id, reason=reason, fingerprint=seen, now=now
        )
    code = None
    if indicator_id is not None:
        code = standard_edits.stored_indicator(session, standard_id, indicator_id).code
    part = indicator_of(form, code, None)
    return standard_edits.save_standard_indicator(
        session, visitor.actor, standard_id, indicator_id, part, reason=reason, fingerprint=seen, now=now
    )


def _head(form: Form) -> StandardInput:
    """Return the name and source that a form gives. Raises: InputError."""
    name, source = form.text("name", limit=120, required=True), form.text("source", limit=200, required=True)
    if form.problems:
        raise InputError(form.problems)
    return StandardInput(name, source)


def _head_form(
    request: Request, session: Session, standard_id: int, problems: Problems, typed: Words, *, copying: bool
) -> Response:
    standard = find_standard(session, standard_id)
    stored = StandardInput(standard.name, standard.source)
    words = {"name": standard.name, "source": standard.source, "fingerprint": fingerprint(stored)}
    overtaken = problems.get("fingerprint")
    return render(
        request,
        "standards/form.html",
        status=422 if problems else 200,
        standard=standard,
        copying=copying,
        problems={name: problem for name, problem in problems.items() if name != "fingerprint"},
        overtaken=overtaken,
        now_stored={"name": stored.name, "source": stored.source} if overtaken else {},
        typed={**(typed or words), **({"fingerprint": words["fingerprint"]} if overtaken else {})},
    )


def _indicator_form(
    request: Request,
    session: Session,
    standard_id: int,
    indicator_id: int | None,
    problems: Problems,
    typed: Words,
) -> Response:
    standard = find_standard(session, standard_id)
    stored = standard_edits.stored_indicator(session, standard_id, indicator_id) if indicator_id else None
    words = indicator_words(stored) if stored else _NEW
    return render_part_form(
        request,
        "standards/indicator.html",
        stored,
        words,
        problems,
        typed,
        standard=standard,
        reach=standards.reach(session, standard_id),
        groups=_GROUPS,
        rows=rows_shown(typed or words),
        comparators=COMPARATORS,
        address=f"/standards/{standard_id}/indicators" + (f"/{indicator_id}" if indicator_id else ""),
    )
