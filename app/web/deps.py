"""What routes ask for: the session of their transaction, who is there, what time it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Path, Request

from app.core.clock import Clock, local_day
from app.core.database import Engine, Session, read_session, write_session
from app.core.settings import Settings
from app.domain.access import PUBLIC, Action, Actor, Scope, may
from app.domain.inbox import MOST_COUNTED
from app.domain.vocabulary import Role
from app.queries import accounts, inbox, jobs
from app.services import days
from app.web.forms import LARGEST_ID

COOKIE = "junheng_session"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person as pages see them."""

    actor: Actor
    role: Role
    display_name: str
    plan_title: str | None
    plan_slug: str | None
    organization_name: str | None
    supervises: bool = False  # its unit looks through the reports of others
    health: jobs.JobsHealth | None = None  # of the timetable, for the banner of every page
    unread: int = 0  # notices in the inbox

    @property
    def scope(self) -> Scope:
        """The part of the record this person sees."""
        return self.actor.scope

    @property
    def unread_shown(self) -> str:
        """How many notices are unread, for the navigation."""
        return f"{MOST_COUNTED}+" if self.unread > MOST_COUNTED else str(self.unread)


class SignInNeededError(Exception):
    """Nobody is signed in, and the route is not open to everybody."""


class PasswordChangeNeededError(Exception):
    """The visitor still has a one-time password."""


# Asynchronous where there is nothing to wait for: a synchronous dependency costs a hop to a worker thread and back.
async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _now(request: Request) -> datetime:
    clock: Clock = request.app.state.clock
    return clock.now()


async def _today(now: Annotated[datetime, Depends(_now)]) -> date:
    return local_day(now)


def _session(
    request: Request, now: Annotated[datetime, Depends(_now)], today: Annotated[date, Depends(_today)]
) -> Iterator[Session]:
    """One transaction per request, committed before the response; reading ones are never committed."""
    engine: Engine = request.app.state.engine
    if request.app.state.projected_on != today:
        with write_session(engine) as session:
            days.begin(session, now)
        request.app.state.projected_on = today
    opened = read_session if request.method in _READING else write_session
    with opened(engine) as session:
        yield session


# What an address may name; a larger number is none of either database's ids, and the page is not found.
RowId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
SettingsDep = Annotated[Settings, Depends(_settings)]
NowDep = Annotated[datetime, Depends(_now)]
TodayDep = Annotated[date, Depends(_today)]
SessionDep = Annotated[Session, Depends(_session, scope="function")]


def _visitor(request: Request, session: SessionDep, now: NowDep) -> Visitor | None:
    """Return who is there; before a write in a reading transaction, as nobody's lock may wait for a body to arrive."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    if request.method in _READING:
        return _entered(request, session, token, now)
    with read_session(request.app.state.engine) as reading:
        return _entered(request, reading, token, now)


def _entered(request: Request, session: Session, token: str, now: datetime) -> Visitor | None:
    person = accounts.signed_in(session, token, now)
    if person is None:
        return None
    account = person.account
    actor = Actor(
        account_id=account.id,
        name=account.display_name,
        role=account.role,
        scope=Scope(account.plan_id, account.organization_id),
        request_id=request.state.request_id,
    )
    visitor = Visitor(
        actor=actor,
        role=account.role,
        display_name=account.display_name,
        plan_title=person.plan_title,
        plan_slug=person.plan_slug,
        organization_name=person.organization_name,
        supervises=person.supervises,
        health=person.health,
        unread=inbox.count_unread(session, actor) if _has_navigation(request) else 0,
    )
    request.state.visitor = visitor
    request.state.must_change_password = account.must_change_password
    return visitor


def _has_navigation(request: Request) -> bool:
    """Tell whether the answer may be a whole page, whose navigation says how much is unread."""
    return request.headers.get("HX-Request") != "true" and not request.url.path.startswith("/api/")


def allow(action: Action) -> Any:
    """Return the dependency that lets only those in who may do `action`; every route has exactly one."""

    async def check(request: Request, visitor: Annotated[Visitor | None, Depends(_visitor)]) -> Visitor | None:
        if action in PUBLIC:
            return visitor
        if visitor is None:
            raise SignInNeededError
        if request.state.must_change_password and action is not Action.OWN_ACCOUNT:
            raise PasswordChangeNeededError
        if not may(visitor.role, action):
            raise HTTPException(403)
        return visitor

    async def pass_() -> None:
        """Ask nobody: a health check answers even when the database does not."""

    named: Callable[..., Any] = pass_ if action is Action.SERVE_STATUS else check
    named.action = action  # type: ignore[attr-defined]  # the test over all routes reads it
    return Depends(named)


View = Annotated[Visitor, allow(Action.VIEW)]
