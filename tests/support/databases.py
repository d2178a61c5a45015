"""A fresh migrated database for each test, copied from one that the real migrations made once per worker."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import Dialect, Engine

from app.core.database import make_engine
from app.core.migrations import upgrade
from tests.support.postgres import OWNER

TEMPLATE = "junheng_template"
_COMPILED: dict[object, object] = {}
_DIALECTS: dict[str, Dialect] = {}


def open_engine(url: str) -> Engine:
    """Open an engine on a database of a test; see `share_statements`."""
    return share_statements(make_engine(url))


def share_statements(engine: Engine) -> Engine:
    """Let an engine take up statements that an earlier one compiled: that takes longer than most tests run for."""
    kind = engine.dialect.name
    if kind not in _DIALECTS:
        with engine.connect():  # from here on the dialect knows the server
            _DIALECTS[kind] = engine.dialect
    engine.dialect = _DIALECTS[kind]
    engine.update_execution_options(compiled_cache=_COMPILED)
    return engine


class SqliteDatabases:
    """Copies of a migrated SQLite file."""

    def __init__(self, folder: Path) -> None:
        """Migrate the file that is copied."""
        self._template = folder / "template.db"
        upgrade(f"sqlite:///{self._template}")

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        """Yield the address of a fresh copy in `folder`."""
        target = folder / "junheng.db"
        shutil.copyfile(self._template, target)
        yield f"sqlite:///{target}"


class PostgresDatabases:
    """Databases on one server, each a copy of a migrated template."""

    def __init__(self, socket_folder: Path) -> None:
        """Migrate the template on the server that listens in `socket_folder`."""
        self._folder = socket_folder
        self._numbers = count(1)
        self._execute(f"CREATE DATABASE {TEMPLATE}")
        upgrade(self._address(TEMPLATE))

    @contextmanager
    def fresh(self, *, template: str = TEMPLATE) -> Iterator[str]:
        """Yield the address of a fresh database and drop it afterwards; template0 gives an empty one."""
        name = f"junheng_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self._address(name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _address(self, name: str) -> str:
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self._folder}"

    def _execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self._folder), user=OWNER, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)
