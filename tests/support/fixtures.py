"""The fixtures every test may ask for: an address of a migrated database, an engine on it, a browser, a live server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine

from app.core.clock import Clock
from app.core.settings import Settings
from tests.support import chromium, passwords, portal
from tests.support.databases import PostgresDatabases, SqliteDatabases, open_engine
from tests.support.postgres import running_server

BOTH_ENGINES = [
    pytest.param("sqlite", marks=pytest.mark.sqlite),
    pytest.param("postgresql", marks=pytest.mark.postgresql),
]


@pytest.fixture(scope="session", autouse=True)
def _event_loop() -> Iterator[None]:
    """End the browsers' event loop with the run: its threads would keep the process."""
    yield
    portal.close()


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> None:
    """Hash passwords at the lowest cost; what the application itself takes is a test's own matter."""
    passwords.hash_cheaply()


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Migrated SQLite files, one template per worker."""
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    """Migrated PostgreSQL databases, one server and template per worker."""
    with running_server() as socket_folder:
        yield PostgresDatabases(socket_folder)


@pytest.fixture
def sqlite_url(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[str]:
    """Address of a fresh, migrated SQLite file in tmp_path."""
    with sqlite_databases.fresh(tmp_path) as url:
        yield url


@pytest.fixture
def postgresql_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """Address of a fresh, migrated PostgreSQL database."""
    with postgres_databases.fresh() as url:
        yield url


@pytest.fixture(params=BOTH_ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh, migrated database: the test runs once on each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database: the test runs once on each kind."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def chromium_executable() -> Path:
    """The browser's program."""
    found = chromium.find()
    if found is None:
        pytest.fail("no Chromium on the PATH: run `make test` as root, or install chromium")
    return found


@pytest.fixture(scope="module")
def browser(chromium_executable: Path) -> Iterator[Browser]:
    """A headless Chromium, one per module: while it is open its event loop keeps asyncio.run from other tests."""
    chromium.use_packaged_node()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_executable, args=chromium.flags())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a browser profile of its own, as an office in China has it."""
    with browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 900}
    ) as context:
        yield context.new_page()


@pytest.fixture
def live_server() -> Iterator[Callable[[Settings, Clock], str]]:
    """A function that serves create_app(settings, clock) on a free port and returns the base URL."""
    from tests.support.server import running_application  # the whole application: only tests that serve it pay for it

    with ExitStack() as servers:
        yield lambda settings, clock: servers.enter_context(running_application(settings, clock))
