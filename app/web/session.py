"""Sign in, sign out, choose the language."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session, read_session
from app.core.settings import Settings
from app.domain.access import Action, Actor
from app.services import accounts
from app.services.errors import Message, msg
from app.web.deps import COOKIE, NowDep, SessionDep, SettingsDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import FormDep
from app.web.i18n import LANGUAGES
from app.web.render import render

router = APIRouter(include_in_schema=False)
Anybody = Annotated[Visitor | None, allow(Action.SIGN_IN)]


def _safe_target(target: str) -> str:
    """Return an address of this site; anything else, and what browsers read as another site, becomes the overview."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


@router.get("/sign-in")
def show_sign_in(request: Request, visitor: Anybody, next: str = "/") -> Response:
    """Show the sign-in form; who is signed in already goes on."""
    if visitor is not None:
        return RedirectResponse(_safe_target(next), 303)
    return render(request, "session/page.html", next=_safe_target(next), name="", problem=None)


@router.post("/sign-in")
def create_sign_in(
    request: Request, _visitor: Anybody, session: SessionDep, settings: SettingsDep, form: FormDep, now: NowDep
) -> Response:
    """Check name and password and open a session; failures are counted by name and by address."""
    name, target = form.text("name", limit=60), _safe_target(form.text("next", limit=2000) or "/")
    password = form.data.get("password", "")
    keys = (f"name:{name[:60]}", f"address:{request.client.host if request.client else ''}")
    with read_session(request.app.state.engine) as reading:  # hashing takes long: nobody's write waits for it
        if accounts.throttled(reading, keys, now=now):
            wait = msg("Too many failed attempts. Wait fifteen minutes, or ask the administrator.")
            return _again(request, target, name, wait)
        account = accounts.check_credentials(reading, name, password if isinstance(password, str) else "")
    if account is None:
        accounts.count_failure(session, _at_the_door(request), keys, now=now)
        return _again(request, target, name, msg("Name or password is wrong."))
    request_id = request.state.request_id
    token = accounts.enter(session, account, hours=settings.session_hours, now=now, request_id=request_id)
    return _enter(target, token, settings)


def _at_the_door(request: Request) -> Actor:
    """Return who stands before the form: nobody known yet."""
    return Actor(None, "sign-in", None, request_id=request.state.request_id)


def _enter(target: str, token: str, settings: Settings) -> Response:
    response = RedirectResponse(target, 303)
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_hours * 3600,
        httponly=True,
        secure=settings.secure_cookies,
        samesite="lax",
    )
    return response


def _again(request: Request, target: str, name: str, problem: Message) -> Response:
    return render(request, "session/page.html", status=422, next=target, name=name, problem=problem)


@router.post("/sign-out")
def delete_sign_in(request: Request, visitor: Anybody, session: SessionDep, now: NowDep) -> Response:
    """End the session."""
    if token := request.cookies.get(COOKIE):
        accounts.sign_out(session, visitor.actor if visitor else _at_the_door(request), token, now=now)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@router.post("/language")
def update_language(request: Request, _visitor: Anybody, form: FormDep) -> Response:
    """Remember the language of the pages for a year."""
    response = RedirectResponse(_safe_target(form.text("next", limit=2000) or "/"), 303)
    if (language := form.text("language")) in LANGUAGES:
        response.set_cookie("language", language, max_age=365 * 86400, samesite="lax", httponly=True)
    return response


@router.get("/account/password")
def edit_password(request: Request, _visitor: Annotated[Visitor, allow(Action.OWN_ACCOUNT)]) -> Response:
    """Show the form for a new password of one's own."""
    return render(request, "session/password.html", problems={}, forced=request.state.must_change_password)


@router.post("/account/password")
def update_password(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.OWN_ACCOUNT)],
    session: SessionDep,
    settings: SettingsDep,
    form: FormDep,
    now: NowDep,
) -> Response:
    """Set one's own password; other sessions end, this one goes on under a new token."""
    old, new, again = (str(form.data.get(name, "")) for name in ("old", "password", "again"))
    assert visitor.actor.account_id is not None
    account = accounts.account_for_change(session, visitor.actor.account_id)
    problems = accounts.password_problems(new)
    if new != again:
        problems["again"] = msg("the two entries differ")
    if not accounts.matches(old, account.password_hash):
        problems["old"] = msg("this is not your present password")
    if problems:
        forced = request.state.must_change_password

        def show(_session: Session) -> Response:
            return render(request, "session/password.html", status=422, problems=problems, forced=forced)

        raise FormRejectedError(show)
    accounts.set_password(session, visitor.actor, account, new, one_time=False, now=now)
    token = accounts.sign_in(session, account, hours=settings.session_hours, now=now)
    return _enter("/", token, settings)
