"""Random legal actions: the projections never part from the facts, and every past day reads as it did.

`make soak` takes ten thousand of them on each engine; the suite takes fewer, as they last minutes.
"""

import os
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session

from app.core.clock import day_end
from app.core.database import write_session
from app.domain.standing import judge
from app.queries import facts
from app.queries.audit import verify_chain
from app.services import standings
from tests.support import walk
from tests.support.walk import Ledger

ACTIONS = int(os.environ.get("RANDOM_ACTIONS", "500"))
ROUNDS = max(ACTIONS // 1000, 2)


def judged_ledger(session: Session, ids: list[int], on: date) -> Ledger:
    """Judge a past day from the facts known by its end."""
    policies = facts.policies(session)
    found: Ledger = {}
    for item in facts.gather(session, ids, day_end(on)):
        it = judge(item.facts, on, policies[item.plan_id])
        found[item.milestone_id] = (
            it.standing,
            it.since,
            it.effective_due_on,
            it.due_version,
            it.timeliness,
            it.clock_stopped_on,
            it.progress_pct,
            it.claim_pending,
            it.original_due_on,
            it.original_timeliness,
            it.reported_on,
        )
    return found


def test_the_projections_follow_the_facts_and_past_days_stay_as_they_were(engine: Engine):
    with write_session(engine) as session:
        life = walk.begin(session, seed=4, milestones_count=max(120, ACTIONS // 20))
        for _ in range(ROUNDS):
            life.go(ACTIONS // ROUNDS)
            assert standings.differences(session, life.today) == []
        assert life.done.total() >= ACTIONS
        assert min(life.done.values()) > 0, life.done  # every kind of action took place
        assert life.ledgers
        for on, kept in life.ledgers.items():
            assert judged_ledger(session, life.ids, on) == kept, on
        assert verify_chain(session).broken_at is None
        assert session.scalar(sa.text("SELECT count(DISTINCT standing) FROM milestone_standing")) >= 5
