"""The audit trail: an unbroken chain under concurrent writers, and every kind of tampering named."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from app.core.clock import SHANGHAI
from app.core.database import read_session, write_session
from app.queries.audit import AuditFilter, ChainFinding, list_entries, verify_chain
from app.services import audit
from tests.support.facts import SYSTEM, noon

NOW = noon("2026-11-22")


def write_entries(engine: Engine, count: int) -> None:
    for no in range(count):
        with write_session(engine) as session:
            audit.record(session, SYSTEM, "tests:write", f"tests/{no}", now=NOW + timedelta(seconds=no), no=no)


def verified(engine: Engine) -> ChainFinding:
    with read_session(engine) as session:
        return verify_chain(session)


def tamper(engine: Engine, *statements: str) -> None:
    """Do as somebody with the database's password can: drop the triggers, then change rows."""
    with engine.begin() as connection:
        _drop_triggers(connection)
        for statement in statements:
            connection.execute(sa.text(statement))


def _drop_triggers(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for event in ("update", "delete"):
            connection.execute(sa.text(f"DROP TRIGGER audit_entry_no_{event}"))
    else:
        connection.execute(sa.text("DROP TRIGGER audit_entry_append_only ON audit_entry"))


def test_an_empty_chain_and_one_of_ten_verify(engine: Engine):
    assert verified(engine) == ChainFinding(0)
    write_entries(engine, 10)
    assert verified(engine) == ChainFinding(10)


@pytest.mark.parametrize(
    ("statement", "broken_at", "reason"),
    [
        ("UPDATE audit_entry SET detail = '{\"no\": 99}' WHERE id = 3", 3, "content"),
        ("UPDATE audit_entry SET actor = 'nobody' WHERE id = 5", 5, "content"),
        ("UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE id = 2", 2, "content"),
        ("UPDATE audit_entry SET hash = previous_hash || '' WHERE id = 1", 1, "content"),
        ("UPDATE audit_entry SET previous_hash = hash WHERE id = 4", 4, "chain"),
        ("DELETE FROM audit_entry WHERE id = 3", 3, "missing"),
        ("DELETE FROM audit_entry WHERE id = 1", 1, "missing"),
        ("DELETE FROM audit_entry WHERE id = 6", 6, "missing"),
        ("UPDATE audit_head SET entry_id = 5", 7, "missing"),
        ("DELETE FROM audit_head", 7, "missing"),
    ],
)
def test_tampering_is_named_at_its_entry(engine: Engine, statement: str, broken_at: int, reason: str):
    write_entries(engine, 6)
    tamper(engine, statement)
    found = verified(engine)
    assert (found.broken_at, found.reason) == (broken_at, reason)


@pytest.mark.parametrize("changed", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_the_triggers_refuse_a_change_of_the_trail(engine: Engine, changed: str):
    write_entries(engine, 1)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text(changed))
    assert verified(engine) == ChainFinding(1)


def test_four_writers_at_once_from_the_very_first_entry_keep_one_chain(engine: Engine):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: write_entries(engine, 15), range(4)))
    assert verified(engine) == ChainFinding(60)


def test_a_rolled_back_write_leaves_no_entry_and_no_gap(engine: Engine):
    def fail() -> None:
        with write_session(engine) as session:
            audit.record(session, SYSTEM, "tests:write", "tests/1", now=NOW)
            raise RuntimeError("no")

    write_entries(engine, 1)
    with pytest.raises(RuntimeError):
        fail()
    write_entries(engine, 1)
    assert verified(engine) == ChainFinding(2)


def test_the_chain_holds_when_the_instant_was_given_in_another_zone(engine: Engine):
    with write_session(engine) as session:
        audit.record(session, SYSTEM, "tests:write", "tests/1", now=NOW.astimezone(SHANGHAI))
    assert verified(engine) == ChainFinding(1)


def test_details_are_canonical_json_with_days_and_decimals_as_written(engine: Engine):
    with write_session(engine) as session:
        audit.record(
            session, SYSTEM, "tests:write", "tests/1", now=NOW, b=Decimal("96.50"), a=date(2026, 5, 1), note="达标"
        )
        entry = list_entries(session, AuditFilter())[0]
    assert entry.detail == '{"a": "2026-05-01", "b": "96.50", "note": "达标"}'


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (AuditFilter(), 3),
        (AuditFilter(subject="tests/1"), 1),
        (AuditFilter(action="tests:"), 3),
        (AuditFilter(action="tests_"), 0),
        (AuditFilter(actor="nobody"), 0),
        (AuditFilter(plan_id=1), 0),
    ],
)
def test_the_auditor_finds_entries_newest_first(engine: Engine, wanted: AuditFilter, count: int):
    write_entries(engine, 3)
    with read_session(engine) as session:
        found = [entry.id for entry in list_entries(session, wanted)]
        earlier = [entry.id for entry in list_entries(session, wanted, before=3)]
    assert len(found) == count
    assert found == sorted(found, reverse=True)
    assert earlier == [entry_id for entry_id in found if entry_id < 3]
