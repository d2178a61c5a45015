"""The office sets a schedule of its own: who is behind follows, a wrong one is named by its quarter."""

from decimal import Decimal

import pytest
from sqlalchemy import Engine

from app.core.database import write_session
from app.domain.access import Actor
from app.domain.quarters import parse_quarter
from app.domain.vocabulary import DecisionKind, Role, Standing
from app.models import MilestoneStanding
from app.services import schedules, standings
from app.services.errors import ConflictError, InputError
from tests.support.facts import add_decision, add_milestone, add_report, day, noon, office

NOW = noon("2026-07-01")
EASED = {parse_quarter("2026Q2"): Decimal(10), parse_quarter("2026Q3"): Decimal(30)}


def test_behind_follows_the_schedule_in_force_and_going_back_to_the_line_is_a_further_fact(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        actor = Actor(of.account_id, "办公室", Role.OFFICE)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        add_report(session, of, milestone_id, noon("2026-06-30"), share_pct=Decimal(5))
        standings.refresh(session, [milestone_id], day("2026-07-01"))
        stood = session.get_one(MilestoneStanding, milestone_id)
        assert stood.standing is Standing.BEHIND
        schedules.set_schedule(session, actor, milestone_id, EASED, reason="项目三季度开工", now=NOW)
        session.refresh(stood)
        assert (stood.standing, stood.next_change_on) == (Standing.ON_TRACK, day("2026-07-24"))
        with pytest.raises(ConflictError):
            schedules.set_schedule(session, actor, milestone_id, EASED, reason="再次", now=NOW)
        assert schedules.set_schedule(session, actor, milestone_id, {}, reason="恢复", now=NOW).version == 2
        session.refresh(stood)
        assert stood.standing is Standing.BEHIND
        assert standings.differences(session, day("2026-07-01")) == []


@pytest.mark.parametrize(
    ("shares", "reason", "fields"),
    [
        ({"2026Q1": 40, "2026Q2": 30}, "x", {"share-2026Q2"}),
        ({"2026Q4": 90, "2025Q4": 5}, "x", {"share-2026Q4", "share-2025Q4"}),
        ({"2026Q1": 101}, "", {"share-2026Q1", "reason"}),
    ],
)
def test_what_does_not_fit_is_named_by_its_quarter(engine: Engine, shares, reason, fields):
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        given = {parse_quarter(name): Decimal(share) for name, share in shares.items()}
        with pytest.raises(InputError) as refused:
            schedules.set_schedule(
                session, Actor(of.account_id, "x", Role.OFFICE), milestone_id, given, reason=reason, now=NOW
            )
        assert set(refused.value.problems) == fields


def test_a_settled_milestone_has_no_schedule_to_set(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        add_decision(
            session, of, milestone_id, DecisionKind.CLOSE_OUT, noon("2026-06-01"), reached_on=day("2026-06-01")
        )
        with pytest.raises(ConflictError):
            schedules.set_schedule(
                session, Actor(of.account_id, "x", Role.OFFICE), milestone_id, EASED, reason="x", now=NOW
            )
