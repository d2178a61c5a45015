"""Revision 0005, down and up with its own facts on record: what 0004 knew stays as it was, and stays guarded."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import command
from sqlalchemy import Connection, Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.core.migrations import alembic_config, upgrade
from app.domain.vocabulary import Capacity, DecisionKind, DueCause, Measure, RungTrigger
from app.models import (
    Alert,
    AlertRecipient,
    ClosingNumber,
    DueDate,
    Evidence,
    ExtensionRequest,
    LadderRung,
    MilestoneStanding,
    ReportReview,
    ReportValue,
)
from app.services import standings
from tests.support.facts import Office, add_decision, add_due, add_milestone, add_report, add_target, noon, office

NOW = noon("2026-11-22")
TODAY = date(2026, 11, 22)
NEW = (DecisionKind.ENDORSE, DecisionKind.PUBLIC_NOTICE, DecisionKind.WAIVE_TARGETS)


def facts_of_both(session: Session) -> Office:
    """Put reports, decisions and alerts on record, of the kinds that 0004 knew and of those it did not."""
    of = office(session)
    first = add_milestone(session, of, "2026-01-01", "2026-06-30")
    second = add_milestone(session, of, "2026-01-01", "2026-09-30")
    target = add_target(session, of, first, "95")
    answers: tuple[tuple[DecisionKind, ...], ...] = (
        (),
        (DecisionKind.RETURN,),
        (DecisionKind.ACCEPT,),
        (DecisionKind.ENDORSE,),
    )
    for no, kinds in enumerate(answers):
        at = NOW - timedelta(days=40 - no)
        report = add_report(session, of, first, at, values={target: "96"}, organization_id=of.organization_id)
        for kind in kinds:
            at += timedelta(hours=1)
            add_decision(session, of, first, kind, at, report_id=report, note="")
    add_report(session, of, second, NOW, accepted=True)
    claim = add_report(session, of, second, NOW, claims_completion=True, reached_on=date(2026, 9, 1))
    closing = add_decision(
        session, of, second, DecisionKind.CLOSE_OUT, NOW, report_id=claim, reached_on=date(2026, 9, 1), note=""
    )
    session.add(ClosingNumber(decision_id=closing, plan_id=of.plan_id, year=2026, number=1))
    for no, kind in enumerate(NEW):
        added = add_decision(session, of, first, kind, NOW, note="", checks="{}", document_number=f"{no}号")
        session.add(evidence(of, first, decision_id=added))
    session.add(evidence(of, second, decision_id=closing))
    due_dates_and_alerts(session, of, first)
    standings.refresh(session, [first, second], TODAY)
    return of


def due_dates_and_alerts(session: Session, of: Office, milestone_id: int) -> None:
    """Put the original date right, extend it, and raise alerts for a due date and for a regression."""
    right: dict[str, Any] = {"cause": DueCause.ORIGINAL, "reason": "", "author_id": of.account_id, "recorded_at": NOW}
    session.add(DueDate(milestone_id=milestone_id, version=2, due_on=date(2026, 7, 31), **right))
    add_due(session, of, milestone_id, 3, "2026-12-31", NOW)
    values: dict[str, Any] = {
        "reason": "",
        "proposed_due_on": date(2026, 12, 31),
        "author_id": of.account_id,
        "recorded_at": NOW,
    }
    request = ExtensionRequest(milestone_id=milestone_id, due_version=2, **values)
    regression = LadderRung(
        plan_id=of.plan_id, key="regression", offset_days=0, measure=Measure.URGING, trigger=RungTrigger.REGRESSION
    )
    session.add_all([request, regression])
    session.flush()
    session.add(evidence(of, milestone_id, extension_id=request.id))
    due = session.scalars(sa.select(LadderRung).where(col(LadderRung.key) == "urging")).one()
    for rung, occasion in ((due, 0), (regression, 1), (due, 1)):
        alert = Alert(
            plan_id=of.plan_id,
            matter=f"milestone/{milestone_id}",
            trigger=rung.trigger,
            milestone_id=milestone_id,
            due_version=3,
            rung_id=rung.id or 0,
            occasion=occasion,
            measure=rung.measure,
            effective_due_on=date(2026, 12, 31),
            fire_on=TODAY,
            days_late=0,
            reason="",
            scanned_on=TODAY,
            raised_at=NOW,
        )
        session.add(alert)
        session.flush()
        recipient: dict[str, Any] = {
            "organization_id": of.organization_id,
            "capacity": Capacity.RESPONSIBLE,
            "person": "张敏",
        }
        session.add(AlertRecipient(alert_id=alert.id or 0, **recipient))


def evidence(of: Office, milestone_id: int, **fact: int | None) -> Evidence:
    return Evidence(
        milestone_id=milestone_id,
        filename="证明.pdf",
        media_type="application/pdf",
        size=1,
        sha256="0" * 64,
        author_id=of.account_id,
        recorded_at=NOW,
        **fact,
    )


def kept(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the tables that 0004 knew, with the columns it knew, that it can tell from others."""
    return {
        "report": rows(connection, "SELECT id, milestone_id, summary, accepted FROM report ORDER BY id"),
        "value": rows(connection, "SELECT report_id, target_id, value FROM report_value ORDER BY report_id"),
        "decision": rows(
            connection,
            "SELECT id, milestone_id, kind, report_id, reached_on FROM milestone_decision "
            f"WHERE kind NOT IN ({', '.join(repr(kind.value) for kind in NEW)}) ORDER BY id",
        ),
        "evidence": rows(connection, "SELECT id, milestone_id, report_id, sha256 FROM evidence ORDER BY id"),
        "due_date": rows(connection, "SELECT id, milestone_id, version, due_on, cause FROM due_date ORDER BY id"),
    }


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(sa.text(query))]


def count(connection: Connection, query: str) -> int:
    return int(connection.execute(sa.text(f"SELECT count(*) FROM {query}")).scalar_one())


def changeable(engine: Engine, tables: Iterable[str]) -> list[str]:
    """Return the tables that hold no row, or whose rows can be deleted although they are facts."""
    found = []
    for table in tables:
        with engine.connect() as connection:
            try:
                connection.execute(sa.text(f"DELETE FROM {table}"))
            except sa.exc.DBAPIError as error:
                if "append-only" in str(error):
                    continue
            found.append(table)
    return found


def reviewed(engine: Engine) -> dict[int, tuple[Any, ...]]:
    """Return where each report stands in review by its id."""
    columns = (col(ReportReview.state), col(ReportReview.submitted_at), col(ReportReview.changed_at))
    with read_session(engine) as session:
        found = session.execute(sa.select(col(ReportReview.report_id), *columns).order_by(col(ReportReview.report_id)))
        return {key: tuple(rest) for key, *rest in found}


def originals(engine: Engine) -> dict[int, date]:
    query = sa.select(col(MilestoneStanding.milestone_id), col(MilestoneStanding.original_due_on))
    with read_session(engine) as session:
        return {key: due_on for key, due_on in session.execute(query)}


def test_down_and_up_take_away_what_was_unknown_and_keep_and_guard_the_rest(database_url: str, engine: Engine):
    with write_session(engine) as session:
        facts_of_both(session)
    with engine.connect() as connection:
        before = kept(connection)
    command.downgrade(alembic_config(database_url), "0004")
    with engine.connect() as connection:
        assert kept(connection) == before
        assert count(connection, "milestone_decision") == len(before["decision"])
        assert count(connection, "evidence WHERE decision_id IS NOT NULL") == 1  # the closing's
        assert (count(connection, "alert"), count(connection, "alert_recipient")) == (1, 1)
        assert count(connection, "ladder_rung WHERE key = 'regression'") == 0
    known = ("alert", "alert_recipient", "evidence", "milestone_decision", "report", "report_value", "due_date")
    assert changeable(engine, known) == []
    upgrade(database_url)
    command.check(alembic_config(database_url))
    with engine.connect() as connection:
        assert kept(connection) == before
        assert count(connection, "alert WHERE occasion = 0") == 1
    assert changeable(engine, known) == []


def test_what_0004_had_on_record_is_in_review_and_has_its_original_date(database_url: str, engine: Engine):
    with write_session(engine) as session:
        of = facts_of_both(session)
    command.downgrade(alembic_config(database_url), "0004")
    upgrade(database_url)
    filled, dates = reviewed(engine), originals(engine)
    assert [state for state, *_ in filled.values()] == [
        "submitted",
        "returned",
        "accepted",
        "submitted",  # its endorsement went with the way down
        "accepted",
        "accepted",
    ]
    assert sorted(dates.values()) == [date(2026, 7, 31), date(2026, 9, 30)]
    with write_session(engine) as session:
        standings.rebuild(session, TODAY)
    assert (reviewed(engine), originals(engine)) == (filled, dates)
    with write_session(engine) as session:  # and a fact of the new kinds is taken again
        session.add(ReportValue(**new_value(session)))
        add_decision(session, of, min(dates), DecisionKind.TAKE_UP, NOW, note="")
    assert changeable(engine, ("report_value", "milestone_decision")) == []


def new_value(session: Session) -> dict[str, Any]:
    """Return a value with its explanation for a report that has none."""
    report = session.execute(sa.text("SELECT max(id) FROM report")).scalar_one()
    target = session.execute(sa.text("SELECT min(id) FROM target")).scalar_one()
    return {"report_id": report, "target_id": target, "value": Decimal("96"), "explanation": "复核无误"}


def test_the_way_further_down_is_open_with_facts_of_today(database_url: str, engine: Engine):
    with write_session(engine) as session:
        facts_of_both(session)
    command.downgrade(alembic_config(database_url), "0002")
    with engine.connect() as connection:
        assert count(connection, "report") == 6
    upgrade(database_url)
    assert len(reviewed(engine)) == 6
