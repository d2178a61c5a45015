"""The inbox, bulk receipts, the register's filters and the calendar on both engines."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.vocabulary import AlertState, OutboxKind, Role
from app.models import CalendarFeed, LadderRung
from app.queries.alert_filters import Wanted
from app.queries.alerts import AlertFilter, list_alerts, to_answer
from app.queries.calendar_feed import due_days, find_feed
from app.queries.inbox import count_unread, list_inbox, read_by
from app.services import alert_receipts, alert_steps, calendar_feeds, inbox
from app.services.errors import InputError, NotFoundError
from tests.jobs.ledger import OFFICER, PLAN, TODAY, UNIT, add_milestone, lay_plan, noon, scan_on

UNIT_ACTOR = Actor(OFFICER, "unit", Role.UNIT, Scope(organization_id=UNIT))
OFFICE_ACTOR = Actor(OFFICER, "office", Role.OFFICE, Scope(plan_id=PLAN))
STRANGER = Actor(OFFICER, "stranger", Role.UNIT, Scope(organization_id=3))


@pytest.fixture
def plan(engine: Engine) -> Engine:
    lay_plan(engine)
    with write_session(engine) as session:
        session.execute(sa.update(LadderRung).values(reply_days=3))
    for number in range(3):
        add_milestone(engine, TODAY - timedelta(days=1 + number))
    scan_on(engine, TODAY)
    return engine


def found(engine: Engine, wanted: Wanted, actor: Actor = UNIT_ACTOR) -> list[int]:
    with read_session(engine) as session:
        page = list_alerts(session, actor.scope, AlertFilter(wanted=wanted, today=TODAY + timedelta(days=30)))
        if wanted.value in {state.value for state in AlertState}:
            assert {row.state for row in page.rows} <= {AlertState(wanted.value)}
        return sorted(row.id for row in page.rows)


def test_notices_are_counted_read_noted_and_found_by_where_they_stand(plan: Engine) -> None:
    now = noon(TODAY)
    with write_session(plan) as session:
        page = list_inbox(session, UNIT_ACTOR)
        ids = sorted(item.alert.id for item in page.items)
        assert count_unread(session, UNIT_ACTOR) == len(ids) > 1
        assert count_unread(session, STRANGER) == count_unread(session, Actor(None, "x", None)) == 0
        inbox.open_notice(session, UNIT_ACTOR, ids[0], now=now)
        inbox.open_notice(session, STRANGER, ids[1], now=now)
        assert [(item.kind, item.opened) for item in read_by(session, ids[0])] == [(OutboxKind.ALERT, True)]
        assert read_by(session, ids[1]) == []
        inbox.mark_all_read(session, UNIT_ACTOR, page.top, now=now)
        assert count_unread(session, UNIT_ACTOR) == 0
        alert_steps.withdraw(session, OFFICE_ACTOR, ids[0], text="（虚构）", now=now)
        assert count_unread(session, UNIT_ACTOR) == 1
        newest = list_inbox(session, UNIT_ACTOR, limit=1)
        assert [(item.kind, item.alert.id) for item in newest.items] == [(OutboxKind.WITHDRAWAL, ids[0])]
        assert newest.next is not None
        older = list_inbox(session, UNIT_ACTOR, newest.next)
        assert sorted(item.alert.id for item in older.items) == ids
        assert alert_receipts.acknowledge_all(session, UNIT_ACTOR, ids, now=now) == len(ids) - 1
        assert alert_receipts.acknowledge_all(session, UNIT_ACTOR, ids, now=now) == 0
        with pytest.raises(NotFoundError):
            alert_receipts.acknowledge_all(session, STRANGER, ids, now=now)
        with pytest.raises(InputError):
            alert_receipts.acknowledge_all(session, UNIT_ACTOR, [], now=now)
        alert_steps.answer(session, UNIT_ACTOR, ids[1], text="（虚构）", files=[], now=now)
        owed = [row.id for row in to_answer(session, UNIT_ACTOR.scope, limit=9)]
    assert found(plan, Wanted.WITHDRAWN) == [ids[0]]
    assert found(plan, Wanted.ANSWERED) == [ids[1]]
    assert found(plan, Wanted.OPEN) == found(plan, Wanted.TO_ANSWER) == found(plan, Wanted.OVERDUE) == sorted(owed)
    assert found(plan, Wanted.LAPSED) == []


def test_a_calendar_tells_what_falls_due_in_scope_and_counts_its_fetches(plan: Engine) -> None:
    now = noon(TODAY)
    with write_session(plan) as session:
        keys = {day.key.partition("/")[0] for day in due_days(session, UNIT_ACTOR.scope, TODAY)}
        assert {"milestone", "alert"} <= keys
        assert list(due_days(session, STRANGER.scope, TODAY)) == []
        token = calendar_feeds.renew(session, OFFICE_ACTOR, now=now)
        feed = find_feed(session, token)
        assert feed is not None
        assert find_feed(session, token[:-1]) is None
        assert calendar_feeds.count_fetch(session, OFFICER, now=now)
        assert b"BEGIN:VEVENT" in calendar_feeds.write(session, feed, base_url="", today=TODAY)
        calendar_feeds.revoke(session, OFFICE_ACTOR, now=now)
        assert find_feed(session, token) is None
        assert session.get(CalendarFeed, OFFICER) is None
