"""The personal calendar: its address, and a file that calendar programs can read."""

import re
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from icalendar import Calendar
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.domain.calendar_feed import AHEAD, MOST_EVENTS, DueDay, chosen
from app.domain.vocabulary import Role, Standing
from app.models import Account, CalendarFeed, MilestoneStanding
from app.printouts import calendar_feed
from app.services.calendar_feeds import MOST_FETCHES
from tests.support.busy import overdue_milestone
from tests.support.web import NOW, anonymous, signed_in
from tests.web.scanned import noticed, scanned

PAGE = "/account/calendar-feed"
TODAY = date(2026, 11, 22)


def new_address(browser: TestClient) -> str:
    """Make an address and return its path."""
    answer = browser.post(PAGE)
    assert answer.status_code == 200
    (found,) = re.findall(r"http://testserver(/calendar-feeds/[\w-]{43}\.ics)", answer.text)
    return found


def events(content: bytes) -> dict[str, Any]:
    """Return the events of a file by their identifier; every line is one that RFC 5545 allows."""
    assert content.endswith(b"\r\n")
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 and line.decode() is not None and b"\n" not in line for line in lines)
    calendar = Calendar.from_ical(content)
    found = {str(event["uid"]): event for event in calendar.walk("VEVENT")}
    assert len(found) == len(calendar.walk("VEVENT"))
    return found


def test_the_address_is_shown_once_and_kept_only_as_a_hash(app: FastAPI) -> None:
    unit = signed_in(app, Role.UNIT)
    assert "calendar-feeds/" not in unit.get(PAGE).text
    address = new_address(unit)
    assert address not in unit.get(PAGE).text
    with read_session(app.state.engine) as session:
        feed = session.execute(sa.select(CalendarFeed)).scalars().one()
        assert feed.token_sha256 not in address
        assert feed.fetched_at is None
    assert anonymous(app).get(address).status_code == 200
    with read_session(app.state.engine) as session:
        assert session.execute(sa.select(CalendarFeed)).scalars().one().fetched_at == NOW


def test_the_calendar_holds_what_falls_due_in_scope_as_all_day_events(app: FastAPI) -> None:
    unit = signed_in(noticed(app), Role.UNIT)
    answer = anonymous(app).get(new_address(unit))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"].startswith("private")
    found = events(answer.content)
    titles = {str(event["summary"]): event for event in found.values()}
    late = next(event for title, event in titles.items() if title == "【逾期】新安县通过优质均衡国家评估验收")
    assert late.decoded("dtstart") == date(2025, 12, 31)
    assert late.decoded("dtend") == date(2026, 1, 1)
    assert "DTSTART;VALUE=DATE:20251231" in answer.text
    assert late["sequence"] == 0
    assert "洛阳" in late["description"]
    assert re.fullmatch(r"http://testserver/milestones/\d+", str(late["url"]))
    assert any(title.startswith("回复") for title in titles)
    assert not any("西工区通过" in title for title in titles)
    assert all(event.decoded("dtstart") <= local_day(app.state.clock.now()) + AHEAD for event in found.values())


def test_a_program_that_has_the_calendar_is_told_so_and_identifiers_stay(app: FastAPI) -> None:
    office = signed_in(scanned(app), Role.OFFICE)
    address = new_address(office)
    first = anonymous(app).get(address)
    again = anonymous(app).get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert anonymous(app).get(address, headers={"If-None-Match": '"other"'}).content == first.content
    renewed = new_address(office)
    assert renewed != address
    assert anonymous(app).get(address).status_code == 404
    assert set(events(anonymous(app).get(renewed).content)) == set(events(first.content))
    periods = [event for event in events(first.content).values() if "报送" in str(event["summary"])]
    assert all(event.decoded("dtstart") >= TODAY - timedelta(days=120) for event in periods)


def test_a_revoked_address_and_one_of_a_closed_account_do_not_exist(app: FastAPI) -> None:
    unit, leader = signed_in(app, Role.UNIT), signed_in(app, Role.LEADER)
    of_unit, of_leader = new_address(unit), new_address(leader)
    assert unit.post(f"{PAGE}/revoke").headers["location"] == f"{PAGE}?done=revoked"
    assert unit.post(f"{PAGE}/revoke").status_code == 404  # a double click
    with write_session(app.state.engine) as session:
        session.execute(sa.update(Account).where(col(Account.role) == Role.LEADER).values(active=False))
    browser = anonymous(app)
    for address in (of_unit, of_leader, "/calendar-feeds/x.ics", f"/calendar-feeds/{'a' * 5000}.ics"):
        assert browser.get(address).status_code == 404
    refused = signed_in(app, Role.OFFICE).post(PAGE, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403


def test_whoever_asks_all_the_time_is_asked_to_wait(app: FastAPI) -> None:
    address = new_address(signed_in(app, Role.UNIT))
    with write_session(app.state.engine) as session:
        values = {"fetches": MOST_FETCHES - 1, "window_ends_at": NOW + timedelta(minutes=9)}
        session.execute(sa.update(CalendarFeed).values(**values))
    browser = anonymous(app)
    assert [browser.get(address).status_code for _ in range(2)] == [200, 429]
    app.state.clock.advance(timedelta(minutes=10))
    assert browser.get(address).status_code == 200


def test_a_due_date_that_moves_keeps_its_identifier_and_counts_up(app: FastAPI) -> None:
    address = new_address(signed_in(app, Role.OFFICE))
    before = events(anonymous(app).get(address).content)
    milestone_id = overdue_milestone(app)
    with write_session(app.state.engine) as session:
        standing = MilestoneStanding
        moved = sa.update(standing).where(col(standing.milestone_id) == milestone_id)
        session.execute(moved.values(effective_due_on=date(2027, 6, 30), due_version=2, standing=Standing.ON_TRACK))
    after = events(anonymous(app).get(address).content)
    (uid,) = [item for item in after if item.startswith(f"milestone-{milestone_id}-")]
    assert (before[uid]["sequence"], after[uid]["sequence"]) == (0, 1)
    assert after[uid].decoded("dtstart") == date(2027, 6, 30)
    assert "原定" in after[uid]["description"]
    assert str(after[uid]["summary"]).startswith("【推进中】")


def test_of_too_many_days_the_nearest_to_come_are_kept_and_the_calendar_says_so() -> None:
    days = [
        DueDay(f"milestone/{number}", TODAY + timedelta(days=number - 500), "任务，" * 40, "任务时限", "/", NOW)
        for number in range(MOST_EVENTS + 200)
    ]
    found = chosen(days, TODAY)
    assert found.left_out
    assert len(found.days) == MOST_EVENTS
    assert found.days[-1].due_on == max(day.due_on for day in days)
    content = calendar_feed.write(found, name="（虚构）", seed="0", base_url="", today=TODAY)
    assert "日历只列出1000项" in " ".join(str(event["summary"]) for event in events(content).values())
    assert not chosen(days[:10], TODAY).left_out
