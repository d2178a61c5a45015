"""Places: the list, one place, and the forms of those who keep the list."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.domain.access import Action, Scope, may
from app.domain.vocabulary import PlaceKind
from app.models import Place
from app.queries import choices
from app.queries import places as reads
from app.services import places
from app.services.entries import fingerprint
from app.services.errors import InputError
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, View, Visitor, allow
from app.web.entries import STATES, cleaned, latest_changes
from app.web.forms import FormDep, row_id
from app.web.place_forms import form_values, rejected, render_form, words_of
from app.web.render import render

router = APIRouter(include_in_schema=False)
Keeper = Annotated[Visitor, allow(Action.KEEP_PLACES)]
Text = Annotated[str, Query(max_length=120)]


@router.get("/places")
def list_(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    q: Text = "",
    kind: Text = "",
    place: Text = "",
    plan: Text = "",
    state: Text = "",
    page: Text = "",
    done: Text = "",
) -> Response:
    """Show the places with code, validity, successor and what lies there; the filters lie in the address."""
    plans = choices.plans(session, visitor.scope)
    wanted = reads.PlaceFilter(
        text=cleaned(q),
        kind=PlaceKind(kind) if kind in set(PlaceKind) else None,
        place_id=row_id(place),
        plan_id=next((item.id for item in plans if item.slug == plan), None),
        ended=STATES.get(state),
    )
    return render(
        request,
        "places/page.html",
        found=reads.list_places(session, visitor.scope, wanted, today=today, number=row_id(page) or 1),
        asked={"q": wanted.text, "kind": kind, "place": place, "plan": plan, "state": state},
        plans=plans,
        places=reads.paths(session, choices.LIMIT),
        kinds=list(PlaceKind),
        today=today,
        scoped=visitor.scope != Scope(),
        deleted=done == "deleted",
        may_keep=may(visitor.role, Action.KEEP_PLACES),
    )


@router.get("/places/new")
def new(request: Request, _visitor: Keeper, session: SessionDep, parent: Text = "") -> Response:
    """Show the form for a place; an address may name the place it lies in."""
    above = session.get(Place, number) if (number := row_id(parent)) else None
    return render_form(request, session, None, {}, {"parent": above.path} if above else {})


@router.post("/places")
def create(request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep) -> Response:
    """Add a place."""
    try:
        place_id = places.create_place(session, visitor.actor, form_values(session, form), now=now)
    except InputError as error:
        raise rejected(request, None, form, error) from error
    return RedirectResponse(f"/places/{place_id}?done=created", 303)


@router.get("/places/{place_id}")
def show(
    request: Request, visitor: View, session: SessionDep, today: TodayDep, place_id: RowId, done: Text = ""
) -> Response:
    """Show one place: code, tree, validity, and what lies there and at the places it took over from."""
    place = places.stored_place(session, place_id)
    before = reads.predecessors_of(session, place_id)
    ids = [place_id, *(item.id for item in before if item.id is not None)]
    may_keep = may(visitor.role, Action.KEEP_PLACES)
    return render(
        request,
        "places/show.html",
        place=place,
        parent=session.get(Place, place.parent_id) if place.parent_id else None,
        children=reads.children(session, place_id),
        predecessors=before,
        successor=session.get(Place, place.successor_id) if place.successor_id else None,
        plans=reads.plans_at(session, visitor.scope, ids),
        names={item.id: item.name for item in before},
        units=reads.units_at(session, place_id),
        changes=latest_changes(session, f"places/{place_id}", PlaceKind),
        today=today,
        done=done,
        may_keep=may_keep,
        may_delete=may_keep and not places.is_named(session, place),
    )


@router.get("/places/{place_id}/edit")
def edit(request: Request, _visitor: Keeper, session: SessionDep, place_id: RowId) -> Response:
    """Show the form with a place's values."""
    stored = places.place_values(places.stored_place(session, place_id))
    typed = {**words_of(session, stored), "fingerprint": fingerprint(stored)}
    return render_form(request, session, place_id, {}, typed)


@router.post("/places/{place_id}")
def update(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, place_id: RowId
) -> Response:
    """Change a place, and with its name or parent the paths of everything below."""
    places.stored_place(session, place_id)  # a form for a place that is not there never comes back
    try:
        given, seen = form_values(session, form), form.text("fingerprint", limit=64)
        changed = places.update_place(session, visitor.actor, place_id, given, fingerprint=seen, now=now)
    except InputError as error:
        raise rejected(request, place_id, form, error) from error
    return RedirectResponse(f"/places/{place_id}?done={'updated' if changed else 'same'}", 303)


@router.post("/places/{place_id}/delete")
def delete(visitor: Keeper, session: SessionDep, now: NowDep, place_id: RowId) -> Response:
    """Delete a place that nothing names."""
    places.delete_place(session, visitor.actor, place_id, now=now)
    return RedirectResponse("/places?done=deleted", 303)
