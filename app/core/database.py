"""Engines and sessions for SQLite and PostgreSQL."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from app.core.bulk import insert_many

__all__ = ["BusyError", "Engine", "Session", "make_engine", "read_session", "upsert", "write_session"]

WRITE = "junheng_write"
MANY = 8  # rows from which on they travel as one array


class BusyError(Exception):
    """Another writer kept the database longer than one waits; nothing was written, and it may be tried again."""


# SQLite 3.51.3 mended a WAL fault that could lose committed pages.
_SAFE_SQLITE = (3, 51, 3)


def make_engine(url: str, *, pool_size: int = 8) -> Engine:
    """Open an engine; on SQLite in WAL mode with foreign keys on and IMMEDIATE write transactions."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        return create_engine(address, pool_size=pool_size, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, module=_sqlite_module(), pool_size=pool_size)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _sqlite_module() -> Any:
    """Prefer the packaged SQLite where a wheel exists; the system's may carry the WAL fault."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        if sqlite3.sqlite_version_info < _SAFE_SQLITE:
            print(f"junheng: SQLite {sqlite3.sqlite_version} is older than 3.51.3; back up often", file=sys.stderr)
        return sqlite3
    return dbapi2


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA recursive_triggers=ON")  # without it INSERT OR REPLACE deletes a fact past its trigger
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once in a writing transaction: a later upgrade of a read lock can fail."""
    writes = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def upsert(session: Session, table: Table, rows: list[dict[str, Any]], *, replace: bool) -> int:
    """Insert rows; where the primary key or a unique key is taken, replace the row or leave it.

    Return how many rows were written; reliable only for one row with its key given, as engines count batches apart.
    """
    if not rows:
        return 0
    if len(rows) >= MANY:
        insert_many(session.connection(), table, rows, replace=replace)
        return len(rows)
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    if not replace:
        statement = insert.on_conflict_do_nothing()
    else:
        keys = [column.name for column in table.primary_key]
        values = {name: insert.excluded[name] for name in rows[0] if name not in keys}
        statement = insert.on_conflict_do_update(index_elements=keys, set_=values)
    return session.connection().execute(statement, rows).rowcount


@contextmanager
def write_session(engine: Engine) -> Iterator[Session]:
    """One writing transaction: commits at the end, rolls back on any error. Raises: BusyError (SQLite)."""
    try:
        with Session(engine.execution_options(**{WRITE: True}), expire_on_commit=False) as session, session.begin():
            yield session
    except OperationalError as error:
        if engine.dialect.name == "sqlite" and "database is locked" in str(error.orig):
            raise BusyError from error
        raise


@contextmanager
def read_session(engine: Engine) -> Iterator[Session]:
    """One reading transaction: one consistent snapshot on both engines, never committed."""
    if engine.dialect.name != "sqlite":  # where every statement would see what was committed meanwhile
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine, expire_on_commit=False) as session:
        yield session
