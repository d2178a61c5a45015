"""Units: the list, one unit, and the forms of those who keep the list."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, Scope, may
from app.domain.vocabulary import OrganizationKind, PostDuty
from app.models import Account, Organization
from app.queries import choices, organization_page, organizations, places, postings
from app.services import organizations as units
from app.services.entries import fingerprint
from app.services.errors import InputError, Message
from app.services.places import stored_place
from app.services.postings import keeps_posts
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, View, Visitor, allow
from app.web.entries import STATES, cleaned, latest_changes
from app.web.forms import FormDep, row_id
from app.web.organization_forms import form_values, rejected, render_form, words_of
from app.web.render import render

router = APIRouter(include_in_schema=False)
Keeper = Annotated[Visitor, allow(Action.KEEP_ORGANIZATIONS)]
Text = Annotated[str, Query(max_length=120)]


@router.get("/organizations")
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
    """Show the units with names, place, validity and what names them; the filters lie in the address."""
    plans = choices.plans(session, visitor.scope)
    wanted = organizations.OrganizationFilter(
        text=cleaned(q),
        kind=OrganizationKind(kind) if kind in set(OrganizationKind) else None,
        place_id=row_id(place),
        plan_id=next((item.id for item in plans if item.slug == plan), None),
        ended=STATES.get(state),
    )
    found = organizations.list_organizations(session, visitor.scope, wanted, today=today, number=row_id(page) or 1)
    return render(
        request,
        "organizations/page.html",
        found=found,
        asked={"q": wanted.text, "kind": kind, "place": place, "plan": plan, "state": state},
        plans=plans,
        places=places.paths(session, choices.LIMIT),
        kinds=list(OrganizationKind),
        today=today,
        scoped=visitor.scope != Scope(),
        deleted=done == "deleted",
        may_keep=may(visitor.role, Action.KEEP_ORGANIZATIONS),
    )


@router.get("/organizations/new")
def new(request: Request, _visitor: Keeper, session: SessionDep) -> Response:
    """Show the form for a unit."""
    return render_form(request, session, None, {}, {})


@router.post("/organizations")
def create(request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep) -> Response:
    """Add a unit."""
    try:
        unit_id = units.create_organization(session, visitor.actor, form_values(session, form), now=now)
    except InputError as error:
        raise rejected(request, None, form, error) from error
    return RedirectResponse(f"/organizations/{unit_id}?done=created", 303)


@router.get("/organizations/{organization_id}")
def show(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    organization_id: RowId,
    done: Text = "",
) -> Response:
    """Show one unit: names, validity, who answers for it, who was before and after it, which plans name it."""
    return unit_response(request, visitor, session, today, organization_id, done=done)


def unit_response(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    organization_id: int,
    *,
    done: str = "",
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """Render a unit's page, with the form of a post as it was typed when that could not be taken."""
    values = units.organization_values(session, organization_id)
    before = organization_page.predecessors_of(session, organization_id)
    ids = [organization_id, *(item.id for item in before if item.id is not None)]
    may_keep = may(visitor.role, Action.KEEP_ORGANIZATIONS)
    return render(
        request,
        "organizations/show.html",
        status=422 if problems else 200,
        organization_id=organization_id,
        unit=values,
        place=stored_place(session, values.place_id),
        predecessors=before,
        successor=session.get(Organization, values.successor_id) if values.successor_id else None,
        supervisor=session.get(Organization, values.supervisor_id) if values.supervisor_id else None,
        plans=organization_page.plans_naming_units(session, visitor.scope, ids),
        names={item.id: item.name for item in before},
        accounts=_accounts(session, visitor, organization_id),
        changes=latest_changes(session, f"organizations/{organization_id}", OrganizationKind),
        posts=postings.of_organization(session, organization_id),
        duties=list(PostDuty),
        keeps_posts=may_keep and keeps_posts(session, visitor.actor, organization_id),
        problems=problems or {},
        typed=typed or {},
        today=today,
        done=done,
        may_keep=may_keep,
        may_delete=may_keep and not units.is_named(session, organization_id, values),
    )


@router.get("/organizations/{organization_id}/edit")
def edit(request: Request, _visitor: Keeper, session: SessionDep, organization_id: RowId) -> Response:
    """Show the form with a unit's values."""
    stored = units.organization_values(session, organization_id)
    typed = {**words_of(session, stored), "fingerprint": fingerprint(stored)}
    return render_form(request, session, organization_id, {}, typed)


@router.post("/organizations/{organization_id}")
def update(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, organization_id: RowId
) -> Response:
    """Change a unit."""
    units.organization_values(session, organization_id)  # a form for a unit that is not there never comes back
    try:
        given, seen = form_values(session, form), form.text("fingerprint", limit=64)
        changed = units.update_organization(session, visitor.actor, organization_id, given, fingerprint=seen, now=now)
    except InputError as error:
        raise rejected(request, organization_id, form, error) from error
    return RedirectResponse(f"/organizations/{organization_id}?done={'updated' if changed else 'same'}", 303)


@router.post("/organizations/{organization_id}/delete")
def delete(visitor: Keeper, session: SessionDep, now: NowDep, organization_id: RowId) -> Response:
    """Delete a unit that nothing names."""
    units.delete_organization(session, visitor.actor, organization_id, now=now)
    return RedirectResponse("/organizations?done=deleted", 303)


def _accounts(session: Session, visitor: Visitor, organization_id: int) -> list[Account] | None:
    """Return who reports for the unit; None for those who do not manage accounts."""
    if not may(visitor.role, Action.MANAGE_ACCOUNTS):
        return None
    return organization_page.accounts_of(session, organization_id)
