"""The form of a unit: read it, write a unit's values into it, bring it back when it cannot be taken."""

from fastapi import Request, Response

from app.core.database import Session
from app.domain.vocabulary import OrganizationKind
from app.models import Organization, Place
from app.queries import choices, organizations, places
from app.services import lookups
from app.services import organizations as units
from app.services.entries import fingerprint
from app.services.errors import InputError, Message
from app.services.organizations import OrganizationInput
from app.web.entries import differing, place_id
from app.web.errors import FormRejectedError
from app.web.forms import Form
from app.web.render import render


def form_values(session: Session, form: Form) -> OrganizationInput:
    """Return the values that a form gives. Raises: InputError naming each field that cannot be read."""
    name, short_name = form.text("name", limit=120, required=True), form.text("short_name", limit=80, required=True)
    kind = form.code("kind", OrganizationKind)
    at = place_id(session, form, "place", required=True)
    valid_from, valid_to = form.day("valid_from"), form.day("valid_to")
    aliases = tuple(line.strip() for line in form.text("aliases").splitlines() if line.strip())
    successor_id, supervisor_id = _unit(session, form, "successor"), _unit(session, form, "supervisor")
    if form.problems or kind is None or at is None:
        raise InputError(form.problems)
    return OrganizationInput(name, short_name, kind, at, aliases, valid_from, valid_to, successor_id, supervisor_id)


def _unit(session: Session, form: Form, name: str) -> int | None:
    """Return the unit that a field names in full; None when it is empty or, with a problem, names none."""
    if not (typed := form.text(name, limit=120)):
        return None
    try:
        return lookups.unit_id(session, typed, None)
    except InputError as error:
        form.problems[name] = error.problems["organization"]
        return None


def words_of(session: Session, values: OrganizationInput) -> dict[str, str]:
    """Return a unit's values as a form writes them."""
    place = session.get(Place, values.place_id)
    following = session.get(Organization, values.successor_id) if values.successor_id else None
    above = session.get(Organization, values.supervisor_id) if values.supervisor_id else None
    return {
        "name": values.name,
        "short_name": values.short_name,
        "kind": values.kind.value,
        "place": place.path if place else "",
        "aliases": "\n".join(values.aliases),
        "valid_from": values.valid_from.isoformat() if values.valid_from else "",
        "valid_to": values.valid_to.isoformat() if values.valid_to else "",
        "successor": following.name if following else "",
        "supervisor": above.name if above else "",
    }


def rejected(request: Request, own_id: int | None, form: Form, error: InputError) -> FormRejectedError:
    """Return what brings a form back with everything that was typed; `own_id` None: a new unit's."""
    problems, typed = {**error.problems, **form.problems}, form.typed

    def again(fresh: Session) -> Response:
        return render_form(request, fresh, own_id, problems, typed)

    return FormRejectedError(again)


def render_form(
    request: Request,
    session: Session,
    own_id: int | None,
    problems: dict[str, Message],
    typed: dict[str, str],
) -> Response:
    """Render the form; one that somebody overtook shows what is on record now, and may be saved over it."""
    now_stored: dict[str, str] = {}
    if own_id is not None and "fingerprint" in problems:
        stored = units.organization_values(session, own_id)
        now_stored = differing(words_of(session, stored), typed)
        typed = {**typed, "fingerprint": fingerprint(stored)}
    return render(
        request,
        "organizations/form.html",
        status=422 if problems else 200,
        own_id=own_id,
        problems={name: problem for name, problem in problems.items() if name != "fingerprint"},
        overtaken="fingerprint" in problems,
        now_stored=now_stored,
        typed=typed,
        kinds=list(OrganizationKind),
        places=places.paths(session, choices.LIMIT),
        names=organizations.full_names(session, choices.LIMIT),
    )
