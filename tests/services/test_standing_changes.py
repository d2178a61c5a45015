"""Facts on the audit trail: what their milestone stood at before and after, at the cost of one statement a batch."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from app.core.database import read_session, write_session
from app.domain.vocabulary import DecisionKind
from app.queries.audit import AuditFilter, list_entries, verify_chain
from app.services import audit, standing_changes, standings
from app.services.standing_changes import MilestoneFact
from tests.support.facts import SYSTEM, add_decision, add_due, add_milestone, add_report, counted, noon, office

NOW = noon("2026-11-22")
TODAY = date(2026, 11, 22)


def details(engine: Engine) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (action, subject, detail) of every entry, oldest first, of a chain that holds."""
    with read_session(engine) as session:
        assert verify_chain(session).broken_at is None
        entries = list_entries(session, AuditFilter())
    return [(entry.action, entry.subject, json.loads(entry.detail)) for entry in reversed(entries)]


def test_a_fact_tells_the_standing_the_due_date_and_the_progress_before_and_after(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        ids = [add_milestone(session, of, "2026-01-01", due) for due in ("2026-06-30", "2026-12-31")]
        standings.refresh(session, ids, TODAY)
        late, running = ids
        add_due(session, of, late, 2, "2027-12-31", NOW)
        report = add_report(session, of, running, NOW, share_pct=Decimal("92.5"))
        added = [
            MilestoneFact("extensions:grant", late, of.plan_id, {"before": {"open": True}, "step": 4}, "extensions/7"),
            MilestoneFact("reports:create", running, of.plan_id, {"report": report}),
        ]
        standing_changes.record(session, SYSTEM, added, now=NOW)
    granted, reported = details(engine)
    assert granted[:2] == ("extensions:grant", "extensions/7")
    assert granted[2]["step"] == 4
    assert granted[2]["before"] == {
        "open": True,
        "standing": "overdue",
        "effective_due_on": "2026-06-30",
        "progress_pct": None,
    }
    assert granted[2]["after"] | {"standing": ""} == {
        "standing": "",
        "effective_due_on": "2027-12-31",
        "progress_pct": None,
    }
    assert granted[2]["after"]["standing"] != "overdue"
    assert reported[:2] == ("reports:create", f"milestones/{running}")
    assert reported[2]["after"] == {
        "standing": "due_soon",
        "effective_due_on": "2026-12-31",
        "progress_pct": "92.5",
    }


def test_a_batch_costs_one_statement_more_than_its_refresh_and_its_entries(engine: Engine):
    def spent(count: int, *, told: bool) -> int:
        with write_session(engine) as session:
            of = office(session)
            ids = [add_milestone(session, of, "2023-01-01", "2023-12-31") for _ in range(count)]
            standings.refresh(session, ids, TODAY)
            for one in ids:
                add_decision(session, of, one, DecisionKind.CONFIRM_HISTORY, NOW, note="", reached_on=TODAY)
            added = [MilestoneFact("milestones:confirm_history", one, of.plan_id) for one in ids]
            with counted(engine) as statements:
                if told:
                    standing_changes.record(session, SYSTEM, added, now=NOW)
                else:
                    standings.refresh(session, ids, TODAY)
                    audit.record(session, SYSTEM, "milestones:confirm_history", "milestones/1", now=NOW)
            return len(statements)

    spent(1, told=False)  # the chain's first entry
    plain = spent(1, told=False)
    assert [spent(1, told=True), spent(40, told=True)] == [plain + 1, plain + 1]
    for action, _, detail in details(engine)[3:]:
        assert action == "milestones:confirm_history"
        assert (detail["before"]["standing"], detail["after"]["standing"]) == ("unconfirmed", "closed")


def test_a_milestone_without_a_standing_yet_has_nothing_before(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        new = add_milestone(session, of, "2027-01-01", "2027-12-31")
        standing_changes.record(session, SYSTEM, [MilestoneFact("milestones:test", new, of.plan_id)], now=NOW)
    ((_, _, detail),) = details(engine)
    assert (detail["before"], detail["after"]["standing"]) == ({}, "planned")
