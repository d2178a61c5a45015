"""History in bulk: confirmed, taken up, and taken back, all or none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import perf_counter

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import write_session
from app.domain.access import Actor, Scope
from app.domain.vocabulary import DecisionKind, Role, Standing
from app.models import MilestoneDecision, MilestoneStanding, Plan
from app.queries import history as queries
from app.queries.milestones import LedgerFilter
from app.services import history, standings
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from tests.support.closings import FILE, person
from tests.support.facts import Office, add_due, add_milestone, add_report, counted, noon, office

NOW = noon("2026-11-22")
LATER = NOW + timedelta(hours=1)


@dataclass(frozen=True)
class Desk:
    """An office with milestones due before it began to track."""

    session: Session
    of: Office
    actor: Actor
    ids: list[int]

    def standings(self, ids: list[int] | None = None) -> list[Standing]:
        query = sa.select(col(MilestoneStanding.standing)).where(
            col(MilestoneStanding.milestone_id).in_(ids or self.ids)
        )
        return [Standing(found) for found in self.session.scalars(query.order_by(col(MilestoneStanding.milestone_id)))]

    def confirm(self, ids: list[int], reached_on: date | None = None, now: datetime = NOW) -> history.Batch:
        return history.confirm(
            self.session, self.actor, ids, reached_on=reached_on, note="评估报告", files=[FILE], now=now
        )


def sit_down(session: Session, count: int) -> Desk:
    of = office(session)
    ids = [add_milestone(session, of, "2024-01-01", date(2024, 1, 31) + timedelta(days % 300)) for days in range(count)]
    standings.rebuild(session, date(2026, 11, 22))
    return Desk(session, of, Actor(of.account_id, "办公室", Role.OFFICE, Scope(of.plan_id)), ids)


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with write_session(engine) as session:
        yield sit_down(session, 4)


def test_what_is_still_to_come_was_not_reached_on_its_own_due_day(desk: Desk) -> None:
    ahead = add_milestone(desk.session, desk.of, "2024-01-01", "2027-06-30")
    desk.session.execute(sa.update(Plan).where(col(Plan.id) == desk.of.plan_id).values(tracked_from=date(2028, 1, 1)))
    standings.rebuild(desk.session, date(2026, 11, 22))
    with pytest.raises(InputError) as refused:
        desk.confirm([ahead])
    assert set(refused.value.problems) == {"reached_on"}
    assert desk.confirm([ahead], date(2026, 11, 1)).count == 1


def test_history_is_confirmed_on_each_own_day_or_on_one(desk: Desk) -> None:
    assert desk.confirm(desk.ids[:2]).count == 2
    desk.confirm(desk.ids[2:3], date(2024, 6, 1))
    assert desk.standings() == [Standing.CLOSED] * 3 + [Standing.UNCONFIRMED]
    rows = desk.session.scalars(sa.select(col(MilestoneDecision.reached_on)).order_by(col(MilestoneDecision.id))).all()
    assert rows == [date(2024, 1, 31), date(2024, 2, 1), date(2024, 6, 1)]
    waiting = queries.waiting(desk.session, desk.actor.scope, LedgerFilter())
    assert ([row.id for row in waiting.rows], waiting.count) == (desk.ids[3:], 1)


def test_what_is_not_complete_is_named_and_nothing_is_said(desk: Desk) -> None:
    with pytest.raises(InputError) as wrong:
        history.confirm(desk.session, desk.actor, [], reached_on=date(2027, 1, 1), note="", files=[], now=NOW)
    assert set(wrong.value.problems) == {"milestone", "note", "reached_on", "evidence"}
    with pytest.raises(InputError, match="at most 500"):
        history.take_up(desk.session, desk.actor, list(range(1, 502)), note="未完成", now=NOW)
    with pytest.raises(NotFoundError):
        desk.confirm([*desk.ids, 999_999])
    with pytest.raises(ForbiddenError):
        history.take_up(desk.session, person(desk.session, desk.of, Role.LEADER), desk.ids, note="未完成", now=NOW)
    other = office(desk.session)
    stranger = Actor(other.account_id, "别的办公室", Role.OFFICE, Scope(other.plan_id))
    with pytest.raises(NotFoundError):
        history.take_up(desk.session, stranger, desk.ids, note="未完成", now=NOW)
    assert desk.standings() == [Standing.UNCONFIRMED] * 4


def test_who_comes_second_is_told_and_nothing_of_his_is_recorded(desk: Desk) -> None:
    desk.confirm(desk.ids[:1])
    with pytest.raises(ConflictError, match="meanwhile"):
        desk.confirm(desk.ids)
    assert desk.standings() == [Standing.CLOSED] + [Standing.UNCONFIRMED] * 3


def test_what_is_taken_up_counts_by_its_date_and_a_batch_is_taken_back_whole(desk: Desk) -> None:
    batch = history.take_up(desk.session, desk.actor, desk.ids, note="尚未完成", now=NOW)
    assert desk.standings() == [Standing.OVERDUE] * 4
    assert history.take_back(desk.session, desk.actor, batch.batch_id, now=LATER) == 4
    assert desk.standings() == [Standing.UNCONFIRMED] * 4
    (row,) = queries.batches(desk.session, desk.actor.scope)
    assert (row.kind, row.count, row.taken_back_by, row.taken_back_at) == (DecisionKind.TAKE_UP, 4, "办公室", LATER)
    with pytest.raises(ConflictError, match="办公室 has taken this back already"):
        history.take_back(desk.session, desk.actor, batch.batch_id, now=LATER)
    desk.confirm(desk.ids, now=LATER + timedelta(hours=1))  # everything may be said anew
    assert desk.standings() == [Standing.CLOSED] * 4


def test_a_batch_with_later_facts_is_not_taken_back_and_names_them(desk: Desk) -> None:
    batch = history.take_up(desk.session, desk.actor, desk.ids, note="尚未完成", now=NOW)
    add_report(desk.session, desk.of, desk.ids[0], LATER)
    add_due(desk.session, desk.of, desk.ids[1], 2, "2027-06-30", LATER)
    standings.refresh(desk.session, desk.ids, date(2026, 11, 22))
    before = desk.standings()
    with pytest.raises(ConflictError, match=r"on 2 of these milestones .*任务；任务"):
        history.take_back(desk.session, desk.actor, batch.batch_id, now=LATER + timedelta(hours=1))
    assert desk.standings() == before
    with pytest.raises(NotFoundError):
        history.take_back(desk.session, desk.actor, "no-such-batch", now=LATER)


def test_five_hundred_are_confirmed_and_taken_back_in_few_statements(engine: Engine) -> None:
    with write_session(engine) as session:
        desk = sit_down(session, 500)
        started = perf_counter()
        with counted(engine) as confirming:
            batch = desk.confirm(desk.ids)
        with counted(engine) as undoing:
            assert history.take_back(session, desk.actor, batch.batch_id, now=LATER) == 500
        assert perf_counter() - started < 30  # seconds; a machine at rest takes one or two
        assert set(desk.standings()) == {Standing.UNCONFIRMED}
    for statements in (confirming, undoing):
        # SQLite takes new rows one by one, which costs it no journey.
        assert len([item for item in statements if not item.startswith("INSERT")]) < 34
    if engine.dialect.name == "postgresql":
        assert len(confirming) < 40
