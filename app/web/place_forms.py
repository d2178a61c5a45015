"""The form of a place: read it, write a place's values into it, bring it back when it cannot be taken."""

from fastapi import Request, Response

from app.core.database import Session
from app.domain.vocabulary import PlaceKind
from app.models import Place
from app.queries import choices
from app.queries import places as reads
from app.services import places
from app.services.entries import fingerprint
from app.services.errors import InputError, Message
from app.services.place_values import PlaceInput
from app.web.entries import differing, place_id
from app.web.errors import FormRejectedError
from app.web.forms import Form
from app.web.render import render


def form_values(session: Session, form: Form) -> PlaceInput:
    """Return the values that a form gives. Raises: InputError naming each field that cannot be read."""
    name, kind = form.text("name", limit=60, required=True), form.code("kind", PlaceKind)
    code = form.text("code", limit=20) or None
    parent_id, successor_id = place_id(session, form, "parent"), place_id(session, form, "successor")
    valid_from, valid_to = form.day("valid_from"), form.day("valid_to")
    if form.problems or kind is None:
        raise InputError(form.problems)
    return PlaceInput(name, kind, code, parent_id, valid_from, valid_to, successor_id)


def words_of(session: Session, values: PlaceInput) -> dict[str, str]:
    """Return a place's values as a form writes them."""
    parent = session.get(Place, values.parent_id) if values.parent_id else None
    following = session.get(Place, values.successor_id) if values.successor_id else None
    return {
        "name": values.name,
        "kind": values.kind.value,
        "code": values.code or "",
        "parent": parent.path if parent else "",
        "valid_from": values.valid_from.isoformat() if values.valid_from else "",
        "valid_to": values.valid_to.isoformat() if values.valid_to else "",
        "successor": following.path if following else "",
    }


def rejected(request: Request, own_id: int | None, form: Form, error: InputError) -> FormRejectedError:
    """Return what brings a form back with everything that was typed; `own_id` None: a new place's."""
    problems, typed = {**error.problems, **form.problems}, form.typed

    def again(fresh: Session) -> Response:
        return render_form(request, fresh, own_id, problems, typed)

    return FormRejectedError(again)


def render_form(
    request: Request, session: Session, own_id: int | None, problems: dict[str, Message], typed: dict[str, str]
) -> Response:
    """Render the form; one that somebody overtook shows what is on record now, and may be saved over it."""
    now_stored: dict[str, str] = {}
    if own_id is not None and "fingerprint" in problems:
        stored = places.place_values(places.stored_place(session, own_id))
        now_stored = differing(words_of(session, stored), typed)
        typed = {**typed, "fingerprint": fingerprint(stored)}
    return render(
        request,
        "places/form.html",
        status=422 if problems else 200,
        own_id=own_id,
        problems={name: problem for name, problem in problems.items() if name != "fingerprint"},
        overtaken="fingerprint" in problems,
        now_stored=now_stored,
        typed=typed,
        kinds=list(PlaceKind),
        places=reads.paths(session, choices.LIMIT),
    )
