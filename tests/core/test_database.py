"""Sessions that lose no update, upserts, and column types that keep what they are given, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.dialects import sqlite
from sqlmodel import col

from app.core.clock import SHANGHAI
from app.core.database import make_engine, read_session, upsert, write_session
from app.models import AuditHead, Report, SignInThrottle
from app.models.types import ExactDecimal, UtcDateTime
from tests.support.facts import add_milestone, add_report, counted, noon, office

NOW = noon("2026-11-22")
THROTTLES = SignInThrottle.__table__  # type: ignore[attr-defined]


def add_head(engine: Engine) -> None:
    with write_session(engine) as session:
        session.add(AuditHead(id=1, entry_id=0, hash=""))


def test_concurrent_writers_that_read_first_lose_no_update(engine: Engine):
    add_head(engine)
    together = Barrier(4)

    def count_up(_: int) -> None:
        together.wait()
        for _no in range(20):
            with write_session(engine) as session:
                head = session.scalars(sa.select(AuditHead).with_for_update()).one()
                head.entry_id += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(4)))
    with read_session(engine) as session:
        assert session.scalars(sa.select(col(AuditHead.entry_id))).one() == 80


def test_a_writing_transaction_on_sqlite_takes_the_lock_at_once(sqlite_url: str):
    engine = make_engine(sqlite_url)
    with counted(engine) as statements:
        with write_session(engine) as session:
            session.execute(sa.text("SELECT 1"))
        with read_session(engine) as session:
            session.execute(sa.text("SELECT 1"))
    assert [item for item in statements if item.startswith("BEGIN")] == ["BEGIN IMMEDIATE", "BEGIN"]
    with engine.connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "recursive_triggers")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    assert found == ["wal", 1, 1, 5000, 1]
    engine.dispose()


def test_an_error_rolls_the_whole_transaction_back(engine: Engine):
    def fail() -> None:
        with write_session(engine) as session:
            session.add(AuditHead(id=1, entry_id=0, hash=""))
            session.flush()
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        fail()
    with read_session(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditHead)) == 0


def test_a_read_is_one_snapshot_while_another_writes(engine: Engine):
    add_head(engine)
    query = sa.select(col(AuditHead.entry_id))
    with read_session(engine) as reader:
        assert reader.scalars(query).one() == 0
        with write_session(engine) as writer:
            writer.execute(sa.update(AuditHead).values(entry_id=7))
        assert reader.scalars(query).one() == 0
    with read_session(engine) as reader:
        assert reader.scalars(query).one() == 7


@pytest.mark.parametrize(("replace", "kept"), [(True, 9), (False, 1)])
def test_an_upsert_replaces_or_leaves_what_is_there(engine: Engine, replace: bool, kept: int):
    def rows(failures: int, *keys: str) -> list[dict[str, object]]:
        return [{"key": key, "failures": failures, "window_ends_at": NOW} for key in keys]

    with write_session(engine) as session:
        assert upsert(session, THROTTLES, [], replace=replace) == 0
        upsert(session, THROTTLES, rows(1, "a"), replace=replace)
        upsert(session, THROTTLES, rows(9, "a", "b"), replace=replace)
        found = session.execute(sa.select(col(SignInThrottle.key), col(SignInThrottle.failures)))
        assert {key: failures for key, failures in found} == {"a": kept, "b": 9}


def test_a_naive_instant_is_refused_and_another_zone_becomes_utc(engine: Engine):
    column = UtcDateTime()
    with pytest.raises(ValueError, match="time zone"):
        column.process_bind_param(datetime(2026, 1, 1), sqlite.dialect())
    local = datetime(2026, 11, 22, 0, 30, 0, 123456, SHANGHAI)
    with write_session(engine) as session:
        of = office(session)
        add_report(session, of, add_milestone(session, of, "2026-01-01", "2026-12-31"), local)
        session.expire_all()
        stored = session.scalars(sa.select(col(Report.recorded_at))).one()
    assert stored == local
    assert stored.tzinfo is UTC


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_decimal_comes_back_digit_for_digit_without_an_exponent(value: Decimal):
    column, dialect = ExactDecimal(), sqlite.dialect()
    text = column.process_bind_param(value, dialect)
    assert text is not None
    assert "E" not in text
    assert str(column.process_result_value(text, dialect)) == format(value, "f")


@pytest.mark.parametrize("written", ["96.50", "0.1", "1E+3", "-0.000001", "123456789012345678901234.5"])
def test_a_decimal_survives_the_database(engine: Engine, written: str):
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        add_report(session, of, milestone_id, NOW, share_pct=Decimal(written))
        session.expire_all()
        stored = session.scalars(sa.select(col(Report.share_pct))).one()
    assert str(stored) == format(Decimal(written), "f")


def test_a_code_outside_its_list_is_refused_by_the_database(engine: Engine):
    with write_session(engine) as session:
        office(session)
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(sa.text("UPDATE account SET role = 'king'"))
