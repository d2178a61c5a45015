"""Fixtures of the web tests: the application on the five plans, and browsers signed in to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.domain.vocabulary import Role
from tests.support.busy import busy_app
from tests.support.web import seeded_app, signed_in


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """The application on its own copy of the five plans."""
    application = seeded_app(tmp_path)
    yield application
    application.state.engine.dispose()


@pytest.fixture
def client(app: FastAPI) -> Callable[..., TestClient]:
    """A function that returns a browser signed in as a role: client(role=…, plan=…, organization=…)."""

    def enter(role: Role | str = Role.OFFICE, plan: str | None = None, organization: str | None = None) -> TestClient:
        return signed_in(app, role, plan, organization)

    return enter


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application after a day's work, shared by tests that only read."""
    application = busy_app(tmp_path_factory.mktemp("busy"))
    yield application
    application.state.engine.dispose()
