"""The whole application on a seeded database, and browsers signed in to it, without a socket."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from sqlmodel import Session, col
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from app.core.clock import Clock, FixedClock
from app.core.database import make_engine, write_session
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.domain.access import Action, Actor
from app.domain.vocabulary import Role
from app.main import create_app
from app.models import Account, Organization, Plan
from app.services import accounts, installation
from app.web.deps import COOKIE
from tests.support.databases import share_statements
from tests.support.portal import portal
from tests.support.trail import hold_to_the_trail

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)  # noon of 22 November 2026 in Shanghai
PASSWORD = "correct-horse-1"
PLAN = "luoyang-2025"
UNIT = "新安县人民政府"
SEEDS = Path(__file__).resolve().parents[2] / "seeds"
SYSTEM = Actor(None, "tests", None)
_HOURS = 12


@cache
def _template() -> Path:
    """Return a SQLite file with the five plans as the installation loads them; made once per process."""
    folder = Path(tempfile.mkdtemp(prefix="junheng-seeded-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "junheng.db"
    url = f"sqlite:///{file}"
    upgrade(url)
    engine = make_engine(url)
    with write_session(engine) as session:
        installation.install(session, SEEDS, SYSTEM, NOW)
        for role in Role:
            _account(session, role, None, None)
    engine.dispose()
    return file


def seeded_app(folder: Path, *, now: datetime = NOW, **settings: object) -> FastAPI:
    """Return the application on a copy of the five plans in `folder`; the clock stands still at `now`.

    Whoever makes it disposes of `app.state.engine`; the fixture `app` does.
    """
    shutil.copyfile(_template(), folder / "junheng.db")
    return reopened(folder, now=now, **settings)


def reopened(folder: Path, *, now: datetime = NOW, **settings: object) -> FastAPI:
    """Return the application on what lies in `folder`; whoever makes it disposes of its engine."""
    app = made(Settings.model_validate({"data_dir": folder, **settings}), FixedClock(now))
    hold_to_the_trail(app)
    return app


def made(settings: Settings, clock: Clock) -> FastAPI:
    """Return create_app(…), which takes up what earlier applications compiled and worked out."""
    app = create_app(settings, clock)
    share_statements(app.state.engine)
    _share_routes(app)
    return app


_INCLUDED: dict[int, BaseRoute] = {}


def _share_routes(app: FastAPI) -> None:
    """Let an application take up what an earlier one worked out of each included router: they are all alike."""
    routes = app.router.routes
    for at, route in enumerate(routes):
        if router := getattr(route, "original_router", None):
            routes[at] = _INCLUDED.setdefault(id(router), route)


def signed_in(
    app: FastAPI,
    role: Role | str,
    plan: str | None = None,
    organization: str | None = None,
    *,
    language: str = "zh-CN",
    raise_server_exceptions: bool = True,
) -> TestClient:
    """Return a browser signed in as a role; an office without a plan gets PLAN, a unit without one UNIT of PLAN.

    `plan` is a slug and `organization` a full official name; redirects are not followed.
    """
    client = anonymous(app, language=language, raise_server_exceptions=raise_server_exceptions)
    with write_session(app.state.engine) as session:
        account = _account(session, Role(role), plan, organization)
        client.cookies.set(COOKIE, accounts.sign_in(session, account, hours=_HOURS, now=app.state.clock.now()))
    return client


def anonymous(app: FastAPI, *, language: str = "zh-CN", raise_server_exceptions: bool = True) -> TestClient:
    """Return a browser that nobody has signed in with; redirects are not followed."""
    client = TestClient(app, follow_redirects=False, raise_server_exceptions=raise_server_exceptions)
    client.portal = portal()
    client.cookies.set("language", language)
    return client


@dataclass(frozen=True, slots=True)
class Route:
    """A way into the application: its path with parameters in braces, its methods, the actions it names."""

    path: str
    methods: frozenset[str]
    actions: tuple[Action, ...]
    parameters: tuple[str, ...]

    @property
    def own_actions(self) -> frozenset[Action]:
        """The actions that it names itself; what it depends on may ask for the right to look at all besides."""
        return frozenset(self.actions) - {Action.VIEW} or frozenset(self.actions)

    @property
    def action(self) -> Action:
        """Its one action."""
        (action,) = self.own_actions
        return action


def routes_of(app: FastAPI) -> list[Route]:
    """Return every route that the application answers, but static files and the description of the interface."""
    found = [context for context in iter_route_contexts(app.routes) if hasattr(context, "dependant")]
    return [
        Route(
            str(context.path),
            frozenset(context.methods or ()),
            tuple(_actions(context.dependant)),
            tuple(parameter.name for parameter in context.dependant.path_params),
        )
        for context in found
    ]


def _actions(dependant: Dependant) -> Iterator[Action]:
    for inner in dependant.dependencies:
        if action := getattr(inner.call, "action", None):
            yield action
        yield from _actions(inner)


def flat(html: str) -> str:
    """Return markup without the blanks and line breaks that templates are laid out with."""
    return re.sub(r"\s+", " ", html).replace("> ", ">").replace(" <", "<")


def _account(session: Session, role: Role, plan: str | None, organization: str | None) -> Account:
    """Return the account of a role, plan and unit, created by the real service when it is first asked for."""
    if role in (Role.OFFICE, Role.UNIT):
        plan = plan or PLAN
    if role is Role.UNIT:
        organization = organization or UNIT
    name = "-".join(part for part in (role.value, plan, organization) if part)
    if account := session.scalar(sa.select(Account).where(col(Account.name) == name)):
        return account
    return accounts.create_account(
        session,
        SYSTEM,
        name=name,
        display_name=name,
        role=role,
        password=PASSWORD,
        plan_id=_id_of(session, sa.select(col(Plan.id)).where(col(Plan.slug) == plan)) if plan else None,
        organization_id=_id_of(session, sa.select(col(Organization.id)).where(col(Organization.name) == organization))
        if organization
        else None,
        must_change_password=False,
        now=NOW,
    )


def _id_of(session: Session, query: Any) -> int:
    found: int | None = session.scalar(query)
    assert found is not None, "no such plan or organization in the seeds"
    return found
