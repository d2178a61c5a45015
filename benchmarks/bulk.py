"""Load many rows at once: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

Row = tuple[Any, ...]


def insert(session: Session, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of plain values (text, numbers, None; days and instants as ISO text) in the session's transaction."""
    names = ", ".join(columns)
    connection: Any = session.connection().connection.dbapi_connection
    if session.get_bind().dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def next_id(session: Session, table: str) -> int:
    """Return the first id that is free above all others."""
    return int(session.scalar(sa.text(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")) or 1)


def move_sequences(session: Session) -> None:
    """Bring PostgreSQL's sequences past the ids that were given by hand; SQLite needs nothing."""
    if session.get_bind().dialect.name == "sqlite":
        return
    for table in SQLModel.metadata.sorted_tables:
        sequence = "id" in table.c and session.scalar(
            sa.text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": table.name}
        )
        if sequence:
            session.execute(sa.text(f"SELECT setval('{sequence}', (SELECT coalesce(max(id), 1) FROM {table.name}))"))
