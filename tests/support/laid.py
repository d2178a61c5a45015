"""What many tests lay on a fresh database alike: laid by the application once per process, then copied as rows."""

import atexit
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine

Result = TypeVar("Result")
Copy = Callable[[Any], None]
_kept: dict[tuple[str, Callable[[Engine], Any]], tuple[Copy, Any]] = {}


def laid(engine: Engine, lay: Callable[[Engine], Result]) -> Result:
    """Lay on a migrated database that holds nothing yet what `lay` commits there, and return what `lay` returned.

    `lay` runs once per kind of engine. What it returns must tell of rows by their ids and hold none of them itself.
    """
    key = (engine.dialect.name, lay)
    if key not in _kept:
        result = lay(engine)
        _kept[key] = (_on_connection(engine, _taken), result)
        return result
    copy, result = _kept[key]
    _on_connection(engine, copy)
    return result


def _on_connection(engine: Engine, do: Callable[[Any], Any]) -> Any:
    connection = engine.raw_connection()
    try:
        return do(connection.driver_connection)
    finally:
        connection.close()


def _taken(driver: Any) -> Copy:
    """Return what puts on another database all that this one holds."""
    return _taken_from_postgres(driver) if isinstance(driver, psycopg.Connection) else _taken_from_sqlite(driver)


def _taken_from_sqlite(driver: Any) -> Copy:
    whole = type(driver)(":memory:", check_same_thread=False)
    atexit.register(whole.close)
    driver.backup(whole)
    return lambda other: whole.backup(other)


def _taken_from_postgres(driver: psycopg.Connection[Any]) -> Copy:
    tables = driver.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    rows = {str(table): _rows(driver, table) for (table,) in tables if table != "alembic_version"}
    held = {table: content for table, content in rows.items() if content}
    used = driver.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
    numbers = used.fetchall()

    def copy(other: psycopg.Connection[Any]) -> None:
        other.execute("SET LOCAL session_replication_role = replica")  # rows come in any order
        with other.cursor() as cursor:
            for table, content in held.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN') as into:
                    into.write(content)
            cursor.executemany("SELECT setval(%s, %s)", numbers)
        other.commit()

    return copy


def _rows(driver: psycopg.Connection[Any], table: str) -> bytes:
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT') as out:
        return b"".join(bytes(part) for part in out)
