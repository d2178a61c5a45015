"""Rows that travel as one array arrive as the tables' own types would have written them, on both engines."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app.core.bulk import insert_many
from app.domain.vocabulary import Measure
from app.models.types import ExactDecimal, UtcDateTime, code_type

METADATA = sa.MetaData()
TABLE = sa.Table(
    "arrival",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(40), unique=True),
    sa.Column("measure", code_type(Measure)),
    sa.Column("on", sa.Date),
    sa.Column("at", UtcDateTime),
    sa.Column("share", ExactDecimal),
    sa.Column("urgent", sa.Boolean),
)
AT = datetime(2026, 11, 22, 4, 5, 6, 789, UTC)


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "key": f"事项“{number}”\n'; --",
        "measure": Measure.INTERVIEW,
        "on": date(2026, 2, 28),
        "at": AT,
        "share": Decimal("12.50"),
        "urgent": number % 2 == 0,
    } | changes


@pytest.fixture
def table(engine: Engine):
    METADATA.create_all(engine)
    return engine


def stored(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(found) for found in connection.execute(sa.select(TABLE).order_by(TABLE.c.id)).mappings()]


def test_every_type_arrives_as_a_statement_of_its_own_would_write_it(table):
    rows = [row(1), row(2, on=None, at=None, share=None, measure=None, urgent=None)]
    with table.begin() as connection:
        insert_many(connection, TABLE, rows)
    by_array = stored(table)
    assert by_array == rows
    with table.begin() as connection:
        raw = connection.execute(sa.text('SELECT "on", "at", share, urgent FROM arrival ORDER BY id')).all()
        connection.execute(TABLE.delete())
        connection.execute(TABLE.insert(), rows)
        assert raw == connection.execute(sa.text('SELECT "on", "at", share, urgent FROM arrival ORDER BY id')).all()


def test_a_taken_key_is_left_or_replaced_and_only_what_was_written_is_returned(table):
    with table.begin() as connection:
        insert_many(connection, TABLE, [row(1)])
        left = insert_many(connection, TABLE, [row(1, key="neu"), row(2)], returning=("id",))
        assert [number for (number,) in left] == [2]
        insert_many(connection, TABLE, [row(1, key="替换"), row(3)], replace=True)
    assert stored(table)[0]["key"] == "替换"
    assert len(stored(table)) == 3


def test_no_rows_are_no_statement(table):
    with table.begin() as connection:
        assert insert_many(connection, TABLE, []) == []


def test_a_value_that_no_column_keeps_is_refused(table):
    with table.begin() as connection, pytest.raises(TypeError, match="object"):
        insert_many(connection, TABLE, [row(1, key=object())])


def test_a_text_too_long_for_its_column_is_refused_and_never_cut(table):
    if table.dialect.name == "sqlite":  # which keeps any length, by a statement of its own as well
        return
    with pytest.raises(sa.exc.DataError), table.begin() as connection:
        insert_many(connection, TABLE, [row(1, key="长" * 41)])
