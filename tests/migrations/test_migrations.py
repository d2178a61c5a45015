"""The migrations: there and back with data, the models' schema exactly, facts guarded by triggers on both engines."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlmodel import SQLModel

from app.core.database import make_engine, write_session
from app.core.files import project_dir
from app.core.migrations import alembic_config, upgrade
from app.models import FACT_TABLES
from app.services.installation import install
from tests.support.facts import SYSTEM, noon

TABLES = {table.name for table in SQLModel.metadata.sorted_tables}


def tables(engine: Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return connection.scalar(sa.text("SELECT version_num FROM alembic_version"))


def head(url: str) -> str | None:
    return ScriptDirectory.from_config(alembic_config(url)).get_current_head()


def milestones(engine: Engine) -> int | None:
    with engine.connect() as connection:
        return connection.scalar(sa.text("SELECT count(*) FROM milestone"))


def test_the_migrated_schema_is_the_models(database_url: str):
    command.check(alembic_config(database_url))


def test_the_way_down_leaves_nothing_and_the_way_up_again_everything(database_url: str, engine: Engine):
    with write_session(engine) as session:
        install(session, project_dir("seeds"), SYSTEM, noon("2026-11-22"))
    command.downgrade(alembic_config(database_url), "base")
    assert tables(engine) == set()
    upgrade(database_url)
    assert tables(engine) == TABLES
    command.check(alembic_config(database_url))


def test_each_revision_down_and_up_keeps_the_plans(database_url: str, engine: Engine):
    with write_session(engine) as session:
        install(session, project_dir("seeds"), SYSTEM, noon("2026-11-22"))
    before = milestones(engine)
    command.downgrade(alembic_config(database_url), "0001")
    assert milestones(engine) == before
    upgrade(database_url)
    assert (milestones(engine), revision(engine)) == (before, head(database_url))
    with engine.begin() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.execute(sa.text("DELETE FROM audit_entry"))


def test_upgrading_what_is_up_to_date_changes_nothing(database_url: str, engine: Engine):
    upgrade(database_url)
    assert tables(engine) == TABLES


def test_there_is_one_head():
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1


# Rows that name one owner of several kinds.
OWNED: dict[str, dict[str, object]] = {
    "address": {"account_id": 1},
    "outbox": {"alert_id": 1},
    "message_item": {"alert_id": 1},
    "hand_delivery": {"alert_id": 1, "organization_id": 1},
}


def bare_row(connection: Connection, table: sa.Table, **chosen: object) -> None:
    """Insert a row of placeholder values past foreign keys, so that a trigger or a check has something to guard."""
    values: dict[str, object] = {}
    for column in table.columns:
        if column.nullable:
            continue
        kind = column.type.python_type if not isinstance(column.type, sa.types.TypeDecorator) else None
        impl = column.type.impl_instance if kind is None else column.type  # type: ignore[attr-defined]
        if isinstance(column.type, sa.Enum):
            values[column.name] = column.type.enums[0]
        elif isinstance(impl, sa.DateTime):
            values[column.name] = "2026-01-01 00:00:00"
        elif isinstance(impl, sa.Date):
            values[column.name] = "2026-01-01"
        elif isinstance(impl, sa.Boolean):
            values[column.name] = False
        else:
            values[column.name] = 1 if isinstance(impl, sa.Integer) else "1"
    values |= OWNED.get(table.name, {}) | chosen
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f":{name}" for name in values)
    connection.execute(sa.text(f"INSERT INTO {table.name} ({names}) VALUES ({places})"), values)


@pytest.fixture
def unbound(engine: Engine):
    """A connection on which foreign keys are not enforced."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                _drop_foreign_keys(connection)
            yield connection


def _drop_foreign_keys(connection: Connection) -> None:
    found = connection.execute(sa.text("SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f'"))
    for table, name in found.all():
        connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))


def refused(connection: Connection, statement: str) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(sa.text(statement))
    except sa.exc.DBAPIError as error:
        return "append-only" in str(error)
    return False


@pytest.mark.parametrize("name", FACT_TABLES)
def test_a_fact_is_neither_changed_nor_deleted(unbound: Connection, name: str):
    table = SQLModel.metadata.tables[name]
    bare_row(unbound, table)
    column = next(iter(table.primary_key)).name
    assert refused(unbound, f"UPDATE {name} SET {column} = {column}")
    assert refused(unbound, f"DELETE FROM {name}")
    if unbound.dialect.name == "sqlite":
        assert refused(unbound, f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}")
    else:
        assert refused(unbound, f"TRUNCATE {name} CASCADE")
    assert unbound.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_every_column_of_codes_takes_every_code_and_nothing_else(unbound: Connection):
    columns = [
        column
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Enum)
    ]
    wrong = [
        f"{column}: {code}"
        for column in columns
        for code in (*column.type.enums, "none-such")  # type: ignore[attr-defined]  # only enums were taken
        if taken(unbound, column, code) is (code == "none-such")
    ]
    assert len(columns) > 20
    assert wrong == []


def taken(connection: Connection, column: sa.Column[str], code: str) -> bool:
    """Tell whether the database takes a row with a code in a column; the row is not kept."""
    savepoint = connection.begin_nested()
    try:
        bare_row(connection, column.table, **{column.name: code})
    except sa.exc.IntegrityError:
        return False
    finally:
        savepoint.rollback()
    return True


def test_tables_that_are_no_facts_may_change(unbound: Connection):
    bare_row(unbound, SQLModel.metadata.tables["audit_head"])
    assert not refused(unbound, "UPDATE audit_head SET entry_id = 2")
    assert not refused(unbound, "DELETE FROM audit_head")


def test_an_empty_file_is_migrated_in_a_folder_that_is_not_there_yet(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'new' / 'junheng.db'}"
    upgrade(url)
    engine = make_engine(url)
    assert tables(engine) == TABLES
    engine.dispose()
