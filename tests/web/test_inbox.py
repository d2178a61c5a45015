"""The inbox: whose notices it holds, what of it is unread, what reading leaves as proof."""

import re

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session, write_session
from app.domain.vocabulary import Capacity, OutboxKind, Role
from app.models import Alert, AlertRecipient, InboxRead, InboxReadTo, Organization
from app.queries.inbox import read_by
from tests.support.web import UNIT, anonymous, signed_in
from tests.web.scanned import counted, scanned


def unread(browser: TestClient, url: str = "/inbox") -> str:
    """Return the count that the navigation shows; "" where it shows none."""
    found = re.search(r'class="unread-count">\s*([\d+]+)', browser.get(url).text)
    return found.group(1) if found else ""


def notices(html: str) -> list[int]:
    """Return the alerts of an inbox page in its order."""
    return [int(item) for item in re.findall(r'<a href="/alerts/(\d+)"', html)]


def top(html: str) -> str:
    found = re.search(r'name="top" value="([\d.]+)"', html)
    assert found
    return found.group(1)


def test_everybody_gets_what_was_addressed_to_them_and_nothing_else(app: FastAPI) -> None:
    people = {role: signed_in(app, role) for role in Role}
    foreign = signed_in(app, Role.OFFICE, "shizhu-2021")
    scanned(app)
    page = people[Role.UNIT].get("/inbox").text
    assert "新安县通过优质均衡国家评估验收" in page
    assert "西工区通过优质均衡国家评估验收" not in page
    assert int(unread(people[Role.UNIT])) == len(notices(page)) > 0
    luoyang, shizhu = (set(notices(browser.get("/inbox").text)) for browser in (people[Role.OFFICE], foreign))
    assert luoyang
    assert not luoyang & shizhu
    for role in (Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR):
        assert people[role].get("/inbox").status_code == 403
        assert 'href="/inbox"' not in people[role].get("/alerts").text
    assert anonymous(app).get("/inbox").status_code == 303


def test_what_was_raised_before_an_account_was_created_is_there_and_counts_as_read(app: FastAPI) -> None:
    unit = signed_in(scanned(app), Role.UNIT, "luoyang-2025", "洛阳市西工区人民政府")
    page = unit.get("/inbox").text
    assert notices(page)
    assert unread(unit) == ""
    assert "notice-unread" not in page


def test_opening_an_alert_marks_it_as_read_and_is_kept_as_proof(app: FastAPI) -> None:
    unit, other = signed_in(app, Role.UNIT), signed_in(app, Role.OFFICE)
    scanned(app)
    before = int(unread(unit))
    alert_id = notices(unit.get("/inbox").text)[0]
    other.get(f"/alerts/{alert_id}")  # the office was not addressed
    assert int(unread(unit)) == before
    assert unread(unit, f"/alerts/{alert_id}") == (str(before - 1) if before > 1 else "")
    unit.get(f"/alerts/{alert_id}")
    with read_session(app.state.engine) as session:
        (reading,) = [item for item in read_by(session, alert_id) if item.role is Role.UNIT]
    assert (reading.kind, reading.opened, reading.read_at) == (OutboxKind.ALERT, True, app.state.clock.now())


def test_a_withdrawal_comes_as_news_to_whom_the_alert_went(app: FastAPI) -> None:
    unit, office = signed_in(app, Role.UNIT), signed_in(app, Role.OFFICE)
    scanned(app)
    alert_id = notices(unit.get("/inbox").text)[-1]
    unit.post("/inbox/read", data={"top": top(unit.get("/inbox").text)})
    assert unread(unit) == ""
    assert office.post(f"/alerts/{alert_id}/withdraw", data={"text": "（虚构）数据有误"}).status_code == 303
    page = unit.get("/inbox").text
    assert unread(unit) == "1"
    assert notices(page)[0] == alert_id
    assert "（虚构）数据有误" in page
    unit.get(f"/alerts/{alert_id}")
    assert unread(unit) == ""


def test_marking_all_as_read_leaves_what_came_after_the_page_was_opened(app: FastAPI) -> None:
    unit = signed_in(app, Role.UNIT)
    scanned(app)
    page = unit.get("/inbox").text
    ids = notices(page)
    assert len(ids) > 1
    last = min(ids)
    assert unit.post("/inbox/read", data={"top": f"{last}.0"}).headers["location"] == "/inbox?done=read"
    assert unread(unit) == str(len(ids) - 1)
    for words in ("", "x.y", "-1.0", "99999999999.1", "1"):
        unit.post("/inbox/read", data={"top": words})
    assert unread(unit) == str(len(ids) - 1)
    for _ in range(2):  # a double click
        assert unit.post("/inbox/read", data={"top": "2147483647.2147483647"}).status_code == 303
    assert unread(unit) == ""
    with read_session(app.state.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).where(col(InboxRead.opened).is_(False))) == len(ids)
        mark = session.scalars(sa.select(col(InboxReadTo.alert_id))).all()
    assert max(mark) <= max(ids)  # a number beyond all ids has not read what is yet to come


def test_a_write_from_another_site_marks_nothing(app: FastAPI) -> None:
    unit = signed_in(app, Role.UNIT)
    scanned(app)
    before = unread(unit)
    answer = unit.post("/inbox/read", data={"top": "999.999"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert unread(unit) == before


def test_the_pages_of_the_inbox_show_each_notice_once_in_few_statements(app: FastAPI) -> None:
    leader, office = signed_in(app, Role.LEADER), signed_in(app, Role.OFFICE)
    scanned(app)
    reader = leader if notices(leader.get("/inbox").text) else office
    first = reader.get("/inbox").text
    seen, url = notices(first), re.search(r'href="(/inbox\?at=[\d.]+)"', first)
    while url:
        page = reader.get(url.group(1)).text
        seen += notices(page)
        url = re.search(r'href="(/inbox\?at=[\d.]+)">[^<]*(?:下一页|Next)', page)
    assert len(seen) == len(set(seen))
    reader.get("/inbox")
    with counted(app) as statements:
        reader.get("/inbox")
    assert len(statements) <= 9
    assert [reader.get(f"/inbox?at={words}").status_code for words in ("x", "0.0", "1.1", "-1.-1", "9" * 20)] == [
        200
    ] * 5


def test_more_than_ninety_nine_are_not_counted_out(app: FastAPI) -> None:
    unit = signed_in(scanned(app), Role.UNIT)
    (alert_id, *_) = notices(unit.get("/inbox").text)
    names = [name for name in Alert.model_fields if name not in ("id", "matter")]
    with write_session(app.state.engine) as session:
        columns = [col(getattr(Alert, name)) for name in names]
        (values,) = session.execute(sa.select(*columns).where(col(Alert.id) == alert_id)).mappings()
        unit_id = session.execute(sa.select(col(Organization.id)).where(col(Organization.name) == UNIT)).scalar_one()
        addressed = {"capacity": Capacity.RESPONSIBLE, "organization_id": unit_id}
        for number in range(100):
            alert = Alert(**values, matter=f"test/{number}")
            session.add(alert)
            session.flush()
            session.add(AlertRecipient(alert_id=alert.id or 0, **addressed))
    assert unread(unit) == "99+"
