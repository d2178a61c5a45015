"""Revisions 0006 to 0012 down and up again with what the scan, the loop that delivers and people have put on record."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import Connection, Engine
from sqlmodel import col

from app.core.database import read_session, write_session
from app.core.migrations import alembic_config, upgrade
from app.domain.access import Actor, Scope
from app.domain.vocabulary import Capacity, DayKind, Measure, Role, RungTrigger
from app.models import Alert, LadderRung
from app.services import alert_steps, days
from tests.jobs.ledger import PLAN, TODAY, UNIT, add_milestone, lay_plan, noon, report, scan_on

UNIT_ACTOR = Actor(3, "unit", Role.UNIT, Scope(organization_id=UNIT))


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(sa.text(statement))]


def kept(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return what 0005 knew of alerts and cases, with the columns it knew."""
    with engine.connect() as connection:
        return {
            "alert": rows(
                connection,
                "SELECT id, milestone_id, due_version, rung_id, occasion, reason FROM alert "
                "WHERE rung_id IN (SELECT id FROM ladder_rung WHERE \"trigger\" IN ('due', 'regression')) ORDER BY id",
            ),
            "recipient": rows(
                connection,
                "SELECT DISTINCT alert_id, organization_id, person FROM alert_recipient WHERE alert_id IN (SELECT id "
                "FROM alert WHERE rung_id IN (SELECT id FROM ladder_rung WHERE \"trigger\" IN ('due', 'regression'))) "
                "ORDER BY alert_id, organization_id",
            ),
            "case": rows(connection, "SELECT id, number, plan_id, held_as FROM accountability_case ORDER BY id"),
            "member": rows(
                connection,
                "SELECT case_id, milestone_id, due_version FROM case_milestone ORDER BY case_id, milestone_id",
            ),
            "opening": rows(connection, "SELECT id, case_id, text FROM case_event WHERE kind = 'opened' ORDER BY id"),
        }


@pytest.fixture
def busy(engine: Engine) -> Engine:
    """A ledger in which rungs of every trigger have fired, with cases, and steps on alerts."""
    lay_plan(engine)
    working = {"day_kind": DayKind.WORKING, "addressees": (Capacity.RESPONSIBLE, Capacity.LEADER)}
    with write_session(engine) as session:
        for trigger in (RungTrigger.LAGGING, RungTrigger.MISSING_REPORT, RungTrigger.UNANSWERED):
            given: dict[str, Any] = {} if trigger is RungTrigger.LAGGING else working
            session.add(
                LadderRung(plan_id=PLAN, key=trigger, trigger=trigger, offset_days=1, measure=Measure.URGING, **given)
            )
        session.execute(
            sa.update(LadderRung).where(col(LadderRung.measure) == Measure.SUPERVISION_NOTICE).values(reply_days=2)
        )
    add_milestone(engine, TODAY - timedelta(days=40))
    lagging = add_milestone(engine, date(2028, 12, 31), today=date(2026, 1, 5), start_on=date(2026, 1, 1))
    report(engine, lagging, 1, now=noon(date(2026, 2, 1)))
    for day in (TODAY, TODAY + timedelta(days=14), date(2027, 1, 12), date(2027, 1, 13)):
        with write_session(engine) as session:
            days.begin(session, noon(day))
        scan_on(engine, day)
    with write_session(engine) as session:
        alert_steps.acknowledge(session, UNIT_ACTOR, 1, now=noon(TODAY))
    with read_session(engine) as session:
        assert set(session.scalars(sa.select(col(Alert.trigger)).distinct())) == set(RungTrigger) - {
            RungTrigger.REGRESSION
        }
    return engine


def test_what_0005_knew_survives_the_way_down_and_up(busy: Engine, database_url: str):
    before = kept(busy)
    assert all(before.values())
    command.downgrade(alembic_config(database_url), "0005")
    assert kept(busy) == before
    with busy.connect() as connection:
        assert rows(connection, "SELECT count(*) FROM ladder_rung WHERE \"trigger\" NOT IN ('due', 'regression')") == [
            (0,)
        ]
    upgrade(database_url)
    assert kept(busy) == before
    command.check(alembic_config(database_url))
    with busy.connect() as connection:
        matters = rows(connection, "SELECT DISTINCT matter FROM alert")
        assert set(matters) <= {(f"milestone/{number}",) for number in (1, 2)}
        assert rows(connection, "SELECT count(*) FROM alert_recipient WHERE capacity = 'responsible'") != [(0,)]


def test_after_coming_back_what_fires_next_is_what_would_have_fired(busy: Engine, database_url: str):
    of_due = (
        "SELECT milestone_id, due_version, fire_on FROM obligation WHERE rung_id IN "
        "(SELECT id FROM ladder_rung WHERE \"trigger\" = 'due') ORDER BY milestone_id"
    )
    with busy.connect() as connection:
        before = rows(connection, of_due)
    command.downgrade(alembic_config(database_url), "0005")
    upgrade(database_url)
    day = date(2027, 1, 13)
    with write_session(busy) as session:
        days.begin(session, noon(day))
    with busy.connect() as connection:
        assert rows(connection, of_due) == before
    assert scan_on(busy, day).alerts_raised == 0
