"""Responsible persons on the unit's page, in bulk for units without one, and named wherever they answered."""

import re
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.domain.vocabulary import Role
from app.jobs.overdue_scan import scan
from app.models import AccountabilityCase, MilestoneUnit, Organization, Posting
from tests.support.busy import overdue_milestone
from tests.support.forms import problems_of
from tests.support.strict_html import faults
from tests.support.web import NOW, PLAN, SYSTEM, UNIT, flat, signed_in

POST = {"person": "（虚构）王某", "post": "副县长", "duty": "in_charge", "from_on": "2024-03-01", "to_on": ""}


def of(app: FastAPI, query: Any) -> Any:
    with read_session(app.state.engine) as session:
        return session.execute(query).scalars().first()


def unit_id(app: FastAPI, name: str = UNIT) -> int:
    found: int = of(app, sa.select(col(Organization.id)).where(col(Organization.name) == name))
    return found


def fields_of(html: str, address: str) -> dict[str, str]:
    """Return the fields of the form that goes to an address."""
    form = re.search(rf'<form method="post"\s+action="{address}".*?</form>', html, re.DOTALL)
    assert form, address
    found = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', form.group(), re.DOTALL))
    return found | {"duty": "".join(re.findall(r'<option value="(\w+)" selected>', form.group()))}


def test_an_office_enters_a_successor_corrects_ends_and_deletes(app: FastAPI) -> None:
    office, unit = signed_in(app, Role.OFFICE), unit_id(app)
    url = f"/organizations/{unit}"
    assert office.post(f"{url}/postings", data=POST).headers["location"] == f"{url}?done=posting#postings"
    follows = POST | {"person": "（虚构）李某", "from_on": "2026-09-01"}
    again = office.post(f"{url}/postings", data=follows)
    assert (again.status_code, faults(again.text)) == (422, [])
    assert 'name="end_earlier"' in again.text
    assert 'value="（虚构）李某"' in again.text
    assert office.post(f"{url}/postings", data=follows | {"end_earlier": "1"}).status_code == 303
    page = office.get(url).text
    assert faults(page) == []
    assert page.index("（虚构）李某") < page.index("（虚构）王某")
    first = of(app, sa.select(col(Posting.id)).order_by(col(Posting.id)))
    form = office.get(f"/postings/{first}")
    assert faults(form.text) == []
    values = fields_of(form.text, f"/postings/{first}") | {"person": "（虚构）汪某"}
    assert values["to_on"] == "2026-08-31"
    assert office.post(f"/postings/{first}", data=values).status_code == 303
    overtaken = office.post(f"/postings/{first}", data=values | {"person": "（虚构）黄某"})
    assert overtaken.status_code == 422
    assert "（虚构）黄某" in overtaken.text
    assert "（虚构）汪某" in overtaken.text
    second = first + 1
    assert problems_of(office.post(f"/postings/{second}/end", data={"to_on": "2026-01-01"}).text) == {"end-to_on"}
    assert office.post(f"/postings/{second}/end", data={"to_on": "2026-10-31"}).status_code == 303
    gone = fields_of(office.get(f"/postings/{first}").text, f"/postings/{first}/delete")
    assert office.post(f"/postings/{first}/delete", data=gone).status_code == 303
    assert office.get(f"/postings/{first}").status_code == 404


def test_what_cannot_be_taken_is_explained_at_its_field_and_nothing_typed_is_lost(app: FastAPI) -> None:
    office, url = signed_in(app, Role.OFFICE), f"/organizations/{unit_id(app)}/postings"
    wrong = office.post(url, data=POST | {"person": "", "post": "记住我", "duty": "king", "from_on": "2026-13-01"})
    assert (wrong.status_code, faults(wrong.text)) == (422, [])
    assert problems_of(wrong.text) == {"person", "duty", "from_on"}
    assert "记住我" in wrong.text


def test_posts_are_kept_by_the_units_own_office_and_the_administrator(app: FastAPI) -> None:
    unit = unit_id(app)
    for role in Role:
        person, keeps = signed_in(app, role), role in (Role.OFFICE, Role.ADMINISTRATOR)
        holder = POST | {"person": f"（虚构）{role}", "duty": "contact"}
        answer = person.post(f"/organizations/{unit}/postings", data=holder)
        assert answer.status_code == (303 if keeps else 403)
        assert person.get("/postings").status_code == (200 if keeps else 403)
        page = person.get(f"/organizations/{unit}").text
        assert (f'action="/organizations/{unit}/postings"' in page) is keeps
        assert "（虚构）office" in page
    elsewhere = signed_in(app, Role.OFFICE, "shizhu-2021")
    assert elsewhere.post(f"/organizations/{unit}/postings", data=POST).status_code == 404
    assert elsewhere.get("/postings/1").status_code == 404
    assert f'action="/organizations/{unit}/postings"' not in elsewhere.get(f"/organizations/{unit}").text


def listed(browser: TestClient, **asked: str) -> list[str]:
    page = browser.get("/postings", params=asked)
    assert (page.status_code, faults(page.text)) == (200, [])
    return re.findall(r'id="person-(\d+)"', page.text)


def test_a_page_of_units_is_filled_in_at_once_and_they_leave_the_list(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    rows = listed(office, plan=PLAN)
    assert len(rows) == 20
    assert set(listed(office, page="2")).isdisjoint(rows)
    assert listed(office, page="4000")
    given = {f"duty-{unit}": "in_charge" for unit in rows} | {"from_on": "2026-01-01", "plan": PLAN, "page": "1"}
    given |= {f"person-{unit}": f"（虚构）某{unit}" for unit in rows[:3]}
    half = office.post("/postings", data=given | {f"post-{unit}": "副县长" for unit in rows[:2]})
    assert (half.status_code, problems_of(half.text)) == (422, {f"post-{rows[2]}"})
    assert f"（虚构）某{rows[0]}" in half.text
    done = office.post("/postings", data=given | {f"post-{unit}": "副县长" for unit in rows[:3]})
    assert done.headers["location"] == f"/postings?done=3&plan={PLAN}"
    assert set(rows[:3]).isdisjoint(listed(office, plan=PLAN))
    again = office.post("/postings", data=given | {f"post-{unit}": "副县长" for unit in rows[:3]})
    assert again.status_code == 422  # sent twice: nothing is there twice, and the page says so
    assert again.text.count('class="problem"') == 3
    assert problems_of(office.post("/postings", data={"plan": PLAN}).text) == {"rows"}


def test_the_milestone_its_alerts_and_its_case_name_who_answered_then(app: FastAPI) -> None:
    office, milestone = signed_in(app, Role.OFFICE), overdue_milestone(app)
    unit = of(app, sa.select(col(MilestoneUnit.organization_id)).where(col(MilestoneUnit.milestone_id) == milestone))
    assert "未登记责任人" in flat(office.get(f"/milestones/{milestone}").text)
    assert office.post(f"/organizations/{unit}/postings", data=POST).status_code == 303
    scan(app.state.engine, on=local_day(NOW), now=NOW, actor=SYSTEM)
    with write_session(app.state.engine) as session:
        session.execute(sa.update(Posting).values(to_on=local_day(NOW)))
    page = flat(office.get(f"/milestones/{milestone}").text)
    assert page.count("（虚构）王某（副县长）") == 2  # in post on its last day, and in the alert
    assert "（虚构）王某（副县长）" in office.get("/alerts").text
    case = of(app, sa.select(col(AccountabilityCase.id)).where(col(AccountabilityCase.organization_id) == unit))
    if case is not None:
        assert "（虚构）王某（副县长）" in office.get(f"/cases/{case}").text
