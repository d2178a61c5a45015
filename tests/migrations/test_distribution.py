"""Revision 0015 down and up again: what is told of alerts stays, what was sent of documents goes with its tables."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import Connection, Engine

from app.core.database import write_session
from app.core.migrations import alembic_config, upgrade
from app.domain.vocabulary import Capacity
from app.services import distribution as sending
from app.services import hand_delivery
from app.services.hand_delivery import ReceiptInput
from tests.support.delivery import mailroom
from tests.support.distribution import NOW, postroom


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(sa.text(statement))]


def of_alerts(engine: Engine) -> list[list[tuple[Any, ...]]]:
    """Return what is told of alerts, by the columns that both revisions know."""
    told = (
        "SELECT id, kind, alert_id, urgent FROM outbox WHERE alert_id IS NOT NULL ORDER BY id",
        "SELECT id, message_id, alert_id, organization_id, capacity FROM message_item WHERE alert_id IS NOT NULL",
        "SELECT id, outbox_id, alert_id, organization_id, reason FROM hand_delivery WHERE alert_id IS NOT NULL",
        "SELECT id, state, kind FROM message ORDER BY id",
        "SELECT id, message_id FROM delivery_attempt ORDER BY id",
        "SELECT hand_delivery_id, received_by FROM hand_receipt WHERE hand_delivery_id IN "
        "(SELECT id FROM hand_delivery WHERE alert_id IS NOT NULL)",
    )
    with engine.connect() as connection:
        return [rows(connection, statement) for statement in told]


def indexes(connection: Connection) -> set[tuple[str | None, ...]]:
    """Return the indexes of the tables that are changed: columns, and the condition of one that covers a part."""
    inspector = sa.inspect(connection)
    return {
        (table, index["name"], str(index["column_names"]), *map(str, index.get("dialect_options", {}).values()))
        for table in ("outbox", "message_item", "hand_delivery", "inbox_read")
        for index in inspector.get_indexes(table)
    }


@pytest.fixture
def busy(engine: Engine, tmp_path: Path) -> Engine:
    """A ledger with alerts and documents, both sent, carried and signed for."""
    post = postroom(mailroom(engine, tmp_path))
    post.room.address("unit")
    other = post.units[1]
    post.room.alert(NOW, urgent=True)
    unreached = post.room.alert(NOW, to=[(other, Capacity.RESPONSIBLE)])
    document_id = post.issued()
    post.room.run(NOW)
    given = ReceiptInput("李某（虚构）", NOW.date(), "张某（虚构）")
    with write_session(engine) as session:
        sending.receive(session, post.unit_actor(post.units[0]), document_id, now=NOW)
        for hand in post.room.by_hand():
            hand_delivery.receive(session, post.office, hand.id or 0, given, None, now=NOW)
    assert unreached
    return engine


def test_what_is_told_of_alerts_survives_the_way_down_and_up(busy: Engine, database_url: str) -> None:
    before = of_alerts(busy)
    assert all(before)
    with busy.connect() as connection:
        kept = indexes(connection)
        assert rows(connection, "SELECT count(*) FROM hand_receipt") == [(3,)]
    command.downgrade(alembic_config(database_url), "0014")
    assert of_alerts(busy) == before
    with busy.connect() as connection:
        assert rows(connection, "SELECT count(*) FROM outbox") == [(2,)]
        assert rows(connection, "SELECT count(*) FROM hand_receipt") == [(1,)]
        tables = set(sa.inspect(connection).get_table_names())
        assert tables & {"document_recipient", "document_receipt"} == set()
    with busy.begin() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text("UPDATE outbox SET kind = 'document'"))
    upgrade(database_url)
    assert of_alerts(busy) == before
    command.check(alembic_config(database_url))
    with busy.connect() as connection:
        assert indexes(connection) == kept
    for change in ("alert_id = NULL", "document_id = 1"):
        with busy.begin() as connection, pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.text(f"UPDATE outbox SET {change}"))
    with busy.begin() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.execute(sa.text("DELETE FROM hand_receipt"))
