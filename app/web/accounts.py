"""Accounts for the administrator: list, create, one-time passwords, switch off and on."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import ORGANIZATION_BOUND, PLAN_BOUND, Action, Scope
from app.domain.vocabulary import Role
from app.models import Account
from app.queries import choices
from app.queries.accounts import list_accounts
from app.services import accounts, lookups
from app.services.errors import InputError, Message
from app.web.deps import NowDep, RowId, SessionDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.render import render

router = APIRouter(include_in_schema=False)
Administrator = Annotated[Visitor, allow(Action.MANAGE_ACCOUNTS)]
Text = Annotated[str, Query(max_length=100)]


@router.get("/accounts")
def list_(request: Request, visitor: Administrator, session: SessionDep, q: Text = "", role: Text = "") -> Response:
    """Show who may sign in."""
    wanted = Role(role) if role in set(Role) else None
    text = q.replace("\x00", "").strip()
    rows = list_accounts(session, text=text, role=wanted)
    return render(request, "accounts/page.html", rows=rows, q=text, role=role, roles=list(Role), own=visitor.actor)


@router.get("/accounts/new")
def new(request: Request, _visitor: Administrator, session: SessionDep) -> Response:
    """Show the form for an account."""
    return _form(request, session, {}, {})


@router.post("/accounts")
def create(request: Request, visitor: Administrator, session: SessionDep, form: FormDep, now: NowDep) -> Response:
    """Create an account and show its one-time password, this once: it is never in an address or in the database."""
    password = accounts.new_one_time_password()
    try:
        account = _created(session, visitor, form, password, now)
    except InputError as error:
        problems, typed = {**error.problems, **form.problems}, form.typed

        def again(fresh: Session) -> Response:
            return _form(request, fresh, problems, typed)

        raise FormRejectedError(again) from error
    return _show_once(request, account, password)


def _created(session: Session, visitor: Visitor, form: Form, password: str, now: NowDep) -> Account:
    """Create the account that a form describes. Raises: InputError naming each field."""
    name, display_name = form.text("name", limit=60), form.text("display_name", limit=60)
    role = form.code("role", Role)
    plan_id = organization_id = None
    if slug := form.text("plan", limit=80):
        try:
            plan_id = lookups.plan_id(session, slug)
        except InputError as error:
            form.problems.update(error.problems)
    if (unit := form.text("organization", limit=120)) and role in ORGANIZATION_BOUND:
        try:
            organization_id = lookups.unit_id(session, unit, plan_id)
        except InputError as error:
            form.problems.update(error.problems)
    if role is None or form.problems:
        raise InputError(form.problems)
    return accounts.create_account(
        session,
        visitor.actor,
        name=name,
        display_name=display_name,
        role=role,
        password=password,
        plan_id=plan_id,
        organization_id=organization_id,
        must_change_password=True,
        now=now,
    )


@router.post("/accounts/{account_id}/password")
def update_password(
    request: Request, visitor: Administrator, session: SessionDep, now: NowDep, account_id: RowId
) -> Response:
    """Give an account a new one-time password and show it, this once."""
    account = accounts.account_for_change(session, account_id)
    return _show_once(request, account, accounts.reset_password(session, visitor.actor, account, now=now))


@router.post("/accounts/{account_id}/state")
def update_state(
    visitor: Administrator, session: SessionDep, form: FormDep, now: NowDep, account_id: RowId
) -> Response:
    """Switch an account off, which ends its sessions, or on again."""
    active = form.text("active") == "1"
    account = accounts.account_for_change(session, account_id)
    accounts.set_active(session, visitor.actor, account, active, now=now)
    return RedirectResponse(f"/accounts?done={'on' if active else 'off'}", 303)


def _form(request: Request, session: Session, problems: dict[str, Message], typed: dict[str, str]) -> Response:
    return render(
        request,
        "accounts/new.html",
        status=422 if problems else 200,
        problems=problems,
        typed=typed,
        roles=list(Role),
        plans=choices.plans(session, Scope()),
        units=choices.units(session, Scope(), None),
        plan_bound=PLAN_BOUND,
        organization_bound=ORGANIZATION_BOUND,
    )


def _show_once(request: Request, account: Account, password: str) -> Response:
    return render(request, "accounts/password.html", account=account, password=password)
