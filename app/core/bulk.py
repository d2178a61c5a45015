"""Write many rows with one statement: they travel as one JSON array, which both engines take apart themselves."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_ROWS = sa.bindparam("rows", type_=sa.String())


def insert_many(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    *,
    replace: bool = False,
    returning: tuple[str, ...] = (),
) -> list[Any]:
    """Insert rows of the same columns; where a key is taken replace the row by its primary key, or leave what is there.

    A row of an executed statement costs several times as much as one of an array (docs/decisions/0021). Returns the
    named columns of the rows that were written, in no order. Raises: TypeError for a value that no column keeps.
    """
    if not rows:
        return []
    names = tuple(rows[0])
    packed = json.dumps([[row[name] for name in names] for row in rows], ensure_ascii=False, default=_plain)
    statement = _statement(table, names, replace, returning, connection.dialect.name)
    result = connection.execute(statement, {"rows": packed})
    return list(result.all()) if returning else []


@cache
def _statement(
    table: Table, names: tuple[str, ...], replace: bool, returning: tuple[str, ...], dialect: str
) -> sa.Executable:
    on_sqlite = dialect == "sqlite"
    source = _sqlite_rows(names) if on_sqlite else _postgresql_rows(table, names)
    insert = sqlite.insert(table) if on_sqlite else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: insert.excluded[name] for name in names if name not in keys}
    filled = insert.from_select(names, source)
    if replace and changed:
        filled = filled.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        filled = filled.on_conflict_do_nothing()
    return filled.returning(*(table.c[name] for name in returning)) if returning else filled


def _sqlite_rows(names: tuple[str, ...]) -> sa.Select[Any]:
    """Take the array apart; without its WHERE, SQLite would read ON CONFLICT as the condition of a join."""
    item = sa.func.json_each(_ROWS).table_valued("value").c.value
    values = [sa.func.json_extract(item, f"$[{place}]") for place in range(len(names))]
    return sa.select(*values).where(sa.text("true"))


def _postgresql_rows(table: Table, names: tuple[str, ...]) -> sa.Select[Any]:
    item: sa.ColumnElement[Any] = sa.func.jsonb_array_elements(sa.cast(_ROWS, postgresql.JSONB)).column_valued("item")
    values = [item.op("->>")(sa.literal_column(str(place))) for place in range(len(names))]
    return sa.select(*(sa.cast(value, _sent_as(table.c[name].type)) for value, name in zip(values, names, strict=True)))


def _sent_as(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """Return the type of a value on its way in: texts without a length, as a cast would cut what a column refuses."""
    kept = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
    return sa.Text() if isinstance(kept, sa.String) else kind


def _plain(value: object) -> str:
    """Write a value as its column keeps it: instants as UTC without a zone, days as ISO text, decimals in full."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"a {type(value).__name__} cannot travel in an array")
