"""One alert in the browser: why it fired, who may do what about it, and what becomes of it."""

import re
from datetime import date

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session
from app.domain.vocabulary import Role
from app.models import Alert, AlertStep, AuditEntry, Evidence, ExpectedAnswer, Organization
from tests.support.busy import PDF
from tests.support.web import UNIT, flat, signed_in
from tests.web.scanned import noticed

OTHER = "洛阳市西工区人民政府"
WORDS = "（虚构）已成立专班，12月底前完成整改"


@pytest.fixture
def asked(app: FastAPI) -> FastAPI:
    """The application on a day on which supervision notices wait for answers, and some answers are overdue."""
    return noticed(app)


def owed(app: FastAPI, unit: str = UNIT) -> list[tuple[int, int, date]]:
    """Return the alerts that a unit still owes an answer to: alert, unit, limit."""
    query = (
        sa.select(col(ExpectedAnswer.alert_id), col(ExpectedAnswer.organization_id), col(ExpectedAnswer.reply_due_on))
        .join(Organization, col(Organization.id) == col(ExpectedAnswer.organization_id))
        .where(col(Organization.name) == unit, col(ExpectedAnswer.answered_on).is_(None))
        .where(col(ExpectedAnswer.settled_on).is_(None))
        .order_by(col(ExpectedAnswer.alert_id))
    )
    with read_session(app.state.engine) as session:
        return [(row[0], row[1], row[2]) for row in session.execute(query)]


def own(app: FastAPI, unit: str = UNIT, other: str = OTHER) -> int:
    """Return an alert that went to a unit and not to another one."""
    foreign = {alert_id for alert_id, *_ in owed(app, other)}
    return next(alert_id for alert_id, *_ in owed(app, unit) if alert_id not in foreign)


def rows(html: str) -> list[int]:
    return [int(item) for item in re.findall(r'<td class="main-cell">\s*<a href="/alerts/(\d+)"', html)]


def shown(html: str, state: str) -> bool:
    return f"alert-state-{state}" in html


def test_the_page_says_why_it_fired_by_which_rule_and_versions(asked: FastAPI) -> None:
    alert_id, _, limit = owed(asked)[0]
    page = flat(signed_in(asked, Role.UNIT).get(f"/alerts/{alert_id}").text)
    with read_session(asked.state.engine) as session:
        alert = session.get_one(Alert, alert_id)
    for words in (alert.reason, limit.isoformat(), "逾期第", f"/milestones/{alert.milestone_id}"):
        assert words in page
    assert page.count("<h1>") == 1


def test_a_unit_notes_and_answers_the_office_sends_back_and_takes_the_answer(asked: FastAPI) -> None:
    alert_id, unit_id, limit = owed(asked)[0]
    unit, office = signed_in(asked, Role.UNIT), signed_in(asked, Role.OFFICE)
    url = f"/alerts/{alert_id}"
    assert unit.post(f"{url}/acknowledge").headers["location"] == f"{url}?done=acknowledge"
    assert unit.post(f"{url}/acknowledge").status_code == 409  # a double click
    empty = unit.post(f"{url}/answer", data={"text": "  "})
    assert empty.status_code == 422
    assert 'aria-invalid="true"' in empty.text
    files = {"evidence": ("整改方案.pdf", PDF, "application/pdf")}
    assert unit.post(f"{url}/answer", data={"text": WORDS}, files=files).status_code == 303
    assert unit.post(f"{url}/answer", data={"text": WORDS}).status_code == 409
    page = office.get(url).text
    assert WORDS in page
    assert "整改方案.pdf" in page
    settle = f"{url}/recipients/{unit_id}"
    assert office.post(f"{settle}/return", data={"text": ""}).status_code == 422
    assert office.post(f"{settle}/return", data={"text": "（虚构）缺责任人"}).status_code == 303
    again = next(item for item in owed(asked) if item[0] == alert_id)
    assert again[2] > limit
    assert "（虚构）缺责任人" in unit.get(url).text
    assert unit.post(f"{url}/answer", data={"text": WORDS + "，责任人（虚构）李某"}).status_code == 303
    assert office.post(f"{settle}/accept", data={"text": ""}).status_code == 303
    assert office.post(f"{settle}/accept", data={"text": ""}).status_code == 409
    assert alert_id not in {item[0] for item in owed(asked)}
    with read_session(asked.state.engine) as session:
        steps = sa.select(col(AuditEntry.action)).where(col(AuditEntry.subject) == f"alerts/{alert_id}")
        kinds = ["acknowledge", "answer", "return_answer", "answer", "accept_answer"]
        assert session.scalars(steps.order_by(col(AuditEntry.id))).all() == [f"alerts:{kind}" for kind in kinds]


def test_each_step_is_open_to_those_alone_whose_it_is(asked: FastAPI) -> None:
    alert_id = own(asked)
    unit_id = owed(asked)[0][1]
    url = f"/alerts/{alert_id}"
    people = {role: signed_in(asked, role) for role in Role}
    foreign = signed_in(asked, Role.OFFICE, "shizhu-2021")
    other = signed_in(asked, Role.UNIT, "luoyang-2025", OTHER)
    data = {"text": WORDS}
    recipients = ("acknowledge", "answer")
    settling = (f"recipients/{unit_id}/accept", f"recipients/{unit_id}/return", "withdraw")
    for browser in (foreign, other):
        assert browser.get(url).status_code == 404
        assert {browser.post(f"{url}/{step}", data=data).status_code for step in (*recipients, *settling)} <= {403, 404}
    for role in (Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR):
        page = people[role].get(url)
        assert page.status_code == 200
        assert f'action="{url}/' not in page.text
        assert {people[role].post(f"{url}/{step}", data=data).status_code for step in (*recipients, *settling)} == {403}
    assert {people[Role.UNIT].post(f"{url}/{step}", data=data).status_code for step in settling} == {403}
    assert people[Role.OFFICE].post(f"{url}/answer", data=data).status_code in (403, 404)
    assert f'action="{url}/withdraw"' in people[Role.OFFICE].get(url).text
    assert f'action="{url}/answer"' in people[Role.UNIT].get(url).text
    crossed = people[Role.UNIT].post(f"{url}/answer", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    with read_session(asked.state.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AlertStep)) == 0


def test_a_withdrawn_alert_takes_no_more_steps_and_says_why(asked: FastAPI) -> None:
    alert_id, unit_id, _ = owed(asked)[0]
    unit, office, url = signed_in(asked, Role.UNIT), signed_in(asked, Role.OFFICE), f"/alerts/{alert_id}"
    assert office.post(f"{url}/withdraw", data={"text": ""}).status_code == 422
    assert office.post(f"{url}/withdraw", data={"text": "（虚构）进展有误"}).status_code == 303
    page = unit.get(url).text
    assert "（虚构）进展有误" in page
    assert shown(page, "withdrawn")
    assert f'action="{url}/' not in page
    assert unit.post(f"{url}/answer", data={"text": WORDS}).status_code == 409
    assert office.post(f"{url}/recipients/{unit_id}/accept").status_code == 409
    assert office.post(f"{url}/withdraw", data={"text": "x"}).status_code == 409
    assert rows(office.get("/alerts?state=withdrawn").text) == [alert_id]


def test_files_of_an_answer_open_to_those_who_see_the_alert(asked: FastAPI) -> None:
    alert_id = own(asked)
    unit = signed_in(asked, Role.UNIT)
    files = {"evidence": ("方案.pdf", PDF, "application/pdf")}
    assert unit.post(f"/alerts/{alert_id}/answer", data={"text": WORDS}, files=files).status_code == 303
    with read_session(asked.state.engine) as session:
        evidence_id = session.execute(sa.select(col(Evidence.id))).scalar_one()
    for browser in (unit, signed_in(asked, Role.OFFICE), signed_in(asked, Role.LEADER)):
        assert browser.get(f"/evidence/{evidence_id}").content == PDF
        assert f'href="/alerts/{alert_id}"' in browser.get(f"/evidence/{evidence_id}/preview").text
    for stranger in (
        signed_in(asked, Role.OFFICE, "shizhu-2021"),
        signed_in(asked, Role.UNIT, "luoyang-2025", OTHER),
    ):
        assert stranger.get(f"/evidence/{evidence_id}").status_code == 404


def test_the_register_is_narrowed_by_where_alerts_stand(asked: FastAPI) -> None:
    unit, office = signed_in(asked, Role.UNIT), signed_in(asked, Role.OFFICE)
    mine = [alert_id for alert_id, *_ in owed(asked)]
    assert set(rows(unit.get("/alerts?state=to_answer").text)) == set(mine)
    assert set(rows(unit.get("/alerts?state=overdue").text)) == set(mine)
    first = mine[0]
    assert unit.post(f"/alerts/{first}/answer", data={"text": WORDS}).status_code == 303
    assert set(rows(unit.get("/alerts?state=to_answer").text)) == set(mine[1:])
    follow_up = rows(unit.get("/alerts?trigger=unanswered&state=superseded").text)
    with read_session(asked.state.engine) as session:
        followed = sa.select(col(Alert.id)).where(col(Alert.follows_id) == first)
        assert set(session.scalars(followed)) & set(follow_up)
    everything: set[int] = set()
    for state in ("open", "answered", "superseded", "withdrawn"):
        page = office.get(f"/alerts?state={state}").text
        found = set(rows(page))
        assert not found & everything
        everything |= found
        for other in {"open", "answered", "superseded", "withdrawn"} - {state}:
            assert not shown(page, other)
    assert everything
    assert rows(office.get("/alerts?state=nonsense&trigger=x").text) == rows(office.get("/alerts").text)


def test_a_unit_sees_first_what_it_owes_and_notes_many_at_once(asked: FastAPI) -> None:
    unit = signed_in(asked, Role.UNIT)
    page = unit.get("/alerts").text
    assert page.index('class="owed-answers"') < page.index('id="alerts"')
    ticked = [int(item) for item in re.findall(r'name="alert"\s+value="(\d+)"', page)]
    assert len(ticked) > 2
    chosen = ticked[:2]
    answer = unit.post("/alerts/acknowledge", data={"alert": chosen})
    assert answer.headers["location"] == "/alerts?done=noted&count=2"
    assert unit.post("/alerts/acknowledge", data={"alert": chosen}).headers["location"].endswith("count=0")
    after = unit.get("/alerts?done=noted&count=2").text
    assert not set(chosen) & {int(item) for item in re.findall(r'name="alert"\s+value="(\d+)"', after)}
    with read_session(asked.state.engine) as session:
        steps = session.scalars(sa.select(AlertStep)).all()
        assert sorted(step.alert_id for step in steps) == sorted(chosen)
        told = sa.select(col(AuditEntry.subject)).where(col(AuditEntry.action) == "alerts:acknowledge")
        assert sorted(session.scalars(told)) == sorted(f"alerts/{item}" for item in chosen)


def test_of_many_alerts_none_is_noted_when_one_is_not_ones_own(asked: FastAPI) -> None:
    unit, foreign = signed_in(asked, Role.UNIT), own(asked, OTHER, UNIT)
    mine = owed(asked)[0][0]
    assert unit.post("/alerts/acknowledge", data={"alert": [mine, foreign]}).status_code == 404
    for words in ({}, {"alert": "x"}, {"alert": ["-1", "9" * 30]}):
        assert unit.post("/alerts/acknowledge", data=words).headers["location"] == "/alerts?done=none"
    assert unit.post("/alerts/acknowledge", data={"alert": ["2147483647"]}).status_code == 404
    assert signed_in(asked, Role.AUDITOR).post("/alerts/acknowledge", data={"alert": mine}).status_code == 403
    crossed = unit.post("/alerts/acknowledge", data={"alert": mine}, headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    with read_session(asked.state.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AlertStep)) == 0


def test_the_milestones_page_leads_to_its_alerts_with_where_they_stand(asked: FastAPI) -> None:
    alert_id = own(asked)
    with read_session(asked.state.engine) as session:
        milestone_id = session.get_one(Alert, alert_id).milestone_id
    page = signed_in(asked, Role.UNIT).get(f"/milestones/{milestone_id}").text
    assert f'href="/alerts/{alert_id}"' in page
    assert shown(page, "open")


def test_a_browser_without_scripts_and_one_with_htmx_get_the_same_register(asked: FastAPI) -> None:
    office: TestClient = signed_in(asked, Role.OFFICE)
    whole, part = (office.get("/alerts?state=open", headers=headers).text for headers in ({}, {"HX-Request": "true"}))
    assert rows(whole) == rows(part) != []
    assert "<html" not in part


def test_a_recipient_takes_one_line_until_there_is_something_to_do_or_to_read(asked: FastAPI) -> None:
    alert_id, unit_id, _ = owed(asked)[0]
    unit, office = signed_in(asked, Role.UNIT), signed_in(asked, Role.OFFICE)
    whole = f'action="/alerts/{alert_id}/recipients/{unit_id}/accept"'

    def lines(page: str) -> str:
        return flat(page[page.index('<ul class="recipient-lines">') :])

    unit.post(f"/alerts/{alert_id}/acknowledge")
    assert "新安县" in lines(office.get(f"/alerts/{alert_id}").text)
    unit.post(f"/alerts/{alert_id}/answer", data={"text": WORDS})
    page = office.get(f"/alerts/{alert_id}").text
    assert whole in page
    assert "新安县" not in lines(page).partition("</ul>")[0]


def test_a_unit_sees_that_others_were_told_and_not_what_they_answered(asked: FastAPI) -> None:
    both = {alert_id for alert_id, *_ in owed(asked)} & {alert_id for alert_id, *_ in owed(asked, OTHER)}
    alert_id = min(both)
    other = signed_in(asked, Role.UNIT, "luoyang-2025", OTHER)
    unit, office = signed_in(asked, Role.UNIT), signed_in(asked, Role.OFFICE, "luoyang-2025")
    files = {"evidence": ("证明.pdf", PDF, "application/pdf")}
    assert other.post(f"/alerts/{alert_id}/answer", data={"text": WORDS}, files=files).status_code == 303
    with read_session(asked.state.engine) as session:
        file_id = session.execute(sa.select(sa.func.max(col(Evidence.id)))).scalar_one()
    assert WORDS in other.get(f"/alerts/{alert_id}").text
    assert WORDS in office.get(f"/alerts/{alert_id}").text
    page = unit.get(f"/alerts/{alert_id}")
    assert WORDS not in page.text
    assert "西工区人民政府" in page.text
    assert [client.get(f"/evidence/{file_id}").status_code for client in (other, office, unit)] == [200, 200, 404]
