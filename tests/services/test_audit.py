"""The audit trail: an unbroken chain under concurrent writers, and every kind of tampering named."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from app.core.clock import SHANGHAI
from app.core.database import read_session, write_session
from app.queries import audit as trail
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
        ("UPDATE audit_head SET entry_id = 5", 6, "head"),
        ("DELETE FROM audit_head", 6, "head"),
    ],
)
def test_tampering_is_named_at_its_entry(engine: Engine, statement: str, broken_at: int, reason: str):
    write_entries(engine, 6)
    tamper(engine, statement)
    found = verified(engine)
    assert (found.broken_at, found.reason) == (broken_at, reason)


def test_a_trail_that_was_written_anew_does_not_hold_a_hash_that_was_noted(engine: Engine):
    write_entries(engine, 4)
    with read_session(engine) as session:
        noted = verify_chain(session).last_hash
    write_entries(engine, 2)
    with read_session(engine) as session:
        assert verify_chain(session, noted).holds
        anew = verify_chain(session, "f" * 64)
    assert (anew.broken_at, anew.noted, anew.holds) == (None, False, False)


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
        (AuditFilter(text='"no": 2'), 1),
        (AuditFilter(text="%"), 0),
        (AuditFilter(request_id="r-1"), 0),
        (AuditFilter(from_on=date(2026, 11, 22), to_on=date(2026, 11, 22)), 3),
        (AuditFilter(from_on=date(2026, 11, 23)), 0),
        (AuditFilter(to_on=date(2026, 11, 21)), 0),
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


def test_pages_lead_to_the_oldest_entry_and_back_and_a_search_goes_on_where_it_stopped(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(trail, "PAGE", 3)
    monkeypatch.setattr(trail, "WINDOW", 4)
    with write_session(engine) as session:
        writes = [
            audit.Write(f"tests:{'odd' if no % 2 else 'even'}", "tests/1", None, {"no": no}) for no in range(1, 12)
        ]
        audit.record_all(session, SYSTEM, writes, now=NOW)

    def walked(wanted: AuditFilter) -> tuple[list[list[int]], list[list[int]]]:
        """Return the numbers of each page on the way to the oldest entry, and on the way back."""
        there, back = [], []
        with read_session(engine) as session:
            found = trail.page(session, wanted)
            there.append([entry.id for entry in found.entries])
            while found.older:
                found = trail.page(session, wanted, before=found.older)
                there.append([entry.id for entry in found.entries])
            while found.newer:
                found = trail.page(session, wanted, after=found.newer)
                back.append([entry.id for entry in found.entries])
        return there, back

    there, back = walked(AuditFilter(subject="tests/1"))
    assert there == [[11, 10, 9], [8, 7, 6], [5, 4, 3], [2, 1]]
    assert back == [[5, 4, 3], [8, 7, 6], [11, 10, 9]]
    there, back = walked(AuditFilter(text='"no": 2'))  # four entries are looked through at a time
    assert there == [[], [], [2]]
    assert back == [[], []] or back == [[], [], []]
    with read_session(engine) as session:
        assert trail.actions(session) == ["tests:even", "tests:odd"]
        assert trail.page(session, AuditFilter(text="nowhere")).searched == 8
