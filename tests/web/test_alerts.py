"""The register of alerts: what it shows, to whom, by which filters."""

import re
from datetime import UTC, datetime, time

import pytest

from app.core.database import read_session
from app.domain.access import Scope
from app.domain.vocabulary import Role
from app.queries.alerts import AlertFilter, list_alerts
from app.web.alerts import next_scan
from tests.support.web import anonymous, signed_in
from tests.web.scanned import counted, scanned

PART = {"HX-Request": "true"}


def rows(html: str) -> int:
    """Count the alerts on a page."""
    return len(re.findall(r'<td class="main-cell">', html))


def test_before_the_first_scan_the_page_says_when_the_next_one_is(app):
    page = signed_in(app, Role.LEADER).get("/alerts").text
    assert rows(page) == 0
    assert "2026-11-22 13:00" in page


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 21, 16, 5, tzinfo=UTC), "2026-11-22T00:10:00+08:00"),
        (datetime(2026, 11, 21, 16, 10, tzinfo=UTC), "2026-11-22T01:00:00+08:00"),
        (datetime(2026, 12, 31, 12, 0, tzinfo=UTC), "2026-12-31T21:00:00+08:00"),
    ],
)
def test_the_next_scan_is_the_first_slot_to_come_in_shanghai(now, expected):
    assert next_scan(now, time(0, 10)).isoformat() == expected


def test_an_alert_tells_milestone_reason_due_date_and_who_is_addressed(app):
    page = signed_in(scanned(app), Role.OFFICE).get("/alerts").text
    assert "新安县通过优质均衡国家评估验收" in page
    assert "2025-12-31" in page
    assert "逾期326天" in page
    assert "新安县人民政府" in page
    assert "<details>" in page
    assert rows(page) == 17


def test_everybody_sees_the_alerts_of_their_scope_only(app):
    scanned(app)
    leader, office = signed_in(app, Role.LEADER), signed_in(app, Role.OFFICE, "shizhu-2021")
    assert rows(leader.get("/alerts").text) == 47
    shizhu = office.get("/alerts").text
    assert 0 < rows(shizhu) < 17
    assert "新安县" not in shizhu
    unit = signed_in(app, Role.UNIT).get("/alerts").text
    assert "新安县通过优质均衡国家评估验收" in unit
    assert "西工区通过优质均衡国家评估验收" not in unit
    assert rows(office.get("/alerts?plan=luoyang-2025").text) == rows(shizhu)


def test_nobody_sees_the_register_without_signing_in(app):
    assert anonymous(app).get("/alerts").status_code == 303


def test_filters_narrow_and_come_as_a_part_to_htmx(app):
    office = signed_in(scanned(app), Role.OFFICE)
    urging, reminders = office.get("/alerts?measure=urging").text, office.get("/alerts?measure=reminder").text
    assert (rows(urging), rows(reminders)) == (13, 4)
    part = office.get("/alerts?measure=urging", headers=PART).text
    assert rows(part) == 13
    assert "<html" not in part
    assert rows(office.get("/alerts?measure=nonsense&unit=x&at=y").text) == 17
    assert rows(office.get("/alerts?measure=interview").text) == 0


def test_the_pages_of_the_register_show_each_alert_once(app):
    scanned(app)
    with read_session(app.state.engine) as session:
        everything = Scope()
        first = list_alerts(session, everything, AlertFilter(), limit=20)
        second = list_alerts(session, everything, AlertFilter(), first.next, limit=20)
        third = list_alerts(session, everything, AlertFilter(), second.next, limit=20)
    assert third.next is None
    ids = [row.id for page in (first, second, third) for row in page.rows]
    assert len(ids) == len(set(ids)) == 47


def test_the_register_takes_few_statements(app):
    leader = signed_in(scanned(app), Role.LEADER)
    leader.get("/alerts")
    with counted(app) as statements:
        leader.get("/alerts")
    assert len(statements) <= 11
