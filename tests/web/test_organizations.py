"""The pages of units: found by every name, kept by offices and the administrator, never overwritten unseen."""

import re

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session, write_session
from app.domain.vocabulary import Role
from app.models import Organization
from app.services import organizations
from app.services.entries import fingerprint
from tests.support.strict_html import faults
from tests.support.web import NOW, PLAN, SYSTEM, UNIT, signed_in

ENTRIES = {
    "name": "洛阳市体育局",
    "short_name": "市体育局",
    "kind": "department",
    "place": "洛阳市",
    "aliases": "体育局\n\n 市体育 ",
    "valid_from": "2019-01-01",
    "valid_to": "",
    "successor": "",
}


def id_of(app: FastAPI, name: str) -> int:
    with read_session(app.state.engine) as session:
        found: int = session.execute(sa.select(col(Organization.id)).where(col(Organization.name) == name)).scalar_one()
        return found


def names(html: str) -> list[str]:
    return re.findall(r'<td class="main-cell">\s*<a href="/organizations/\d+">([^<]+)</a>', html)


def listed(browser: TestClient, **asked: str | int) -> list[str]:
    answer = browser.get("/organizations", params=asked)
    assert (answer.status_code, faults(answer.text)) == (200, [])
    return names(answer.text)


def form_of(browser: TestClient, unit: int) -> dict[str, str]:
    """Return the values of a unit's form as a browser would send them back."""
    html = browser.get(f"/organizations/{unit}/edit").text
    fields = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', html, re.DOTALL))
    fields["aliases"] = "".join(re.findall(r"<textarea[^>]*>([^<]*)</textarea>", html))
    fields["kind"] = "".join(re.findall(r'<option value="(\w+)" selected>', html))
    return {name: fields.get(name, "") for name in (*ENTRIES, "fingerprint")}


def test_units_are_found_by_name_short_name_alias_and_pinyin(app: FastAPI) -> None:
    leader = signed_in(app, Role.LEADER)
    assert "洛阳市教育局" in listed(leader, q="市教育局")
    assert "南通市财政局" in listed(leader, q="市财政")
    for pinyin in ("sjyj", "jiaoyu", "shijiaoyuju"):
        assert "洛阳市教育局" in listed(leader, q=pinyin)
    assert listed(leader, q="nobody at all") == []
    assert listed(leader, q="%") == []


def test_units_are_narrowed_by_kind_place_plan_and_validity(app: FastAPI) -> None:
    leader = signed_in(app, Role.LEADER)
    with read_session(app.state.engine) as session:
        luoyang = session.execute(sa.text("SELECT id FROM place WHERE path = '洛阳市'")).scalar_one()
    governments = listed(leader, kind="government", place=luoyang)
    assert UNIT in governments
    assert not [name for name in governments if "南通" in name]
    assert UNIT in listed(leader, plan=PLAN)
    assert UNIT not in listed(leader, plan="nantong-2017")
    ended = listed(leader, state="ended")
    assert "海安县人民政府" in ended
    assert UNIT not in ended
    assert "海安县人民政府" not in listed(leader, state="current", plan="nantong-2017")


def test_the_list_has_pages_of_fifty_and_keeps_its_filters(app: FastAPI) -> None:
    leader = signed_in(app, Role.LEADER)
    first, second = listed(leader, state="current"), listed(leader, state="current", page=2)
    assert len(first) == 50
    assert not set(first) & set(second)
    assert "state=current&amp;page=2" in leader.get("/organizations?state=current").text
    assert listed(leader, page=4000) == listed(leader, page=3)
    assert listed(leader, page="x") == listed(leader)


def test_everybody_sees_the_units_and_what_names_them_within_their_scope(app: FastAPI) -> None:
    unit = id_of(app, UNIT)
    for role in Role:
        page = signed_in(app, role).get(f"/organizations/{unit}")
        assert (page.status_code, faults(page.text)) == (200, [])
        assert f"/milestones?plan={PLAN}&amp;unit={unit}" in page.text
    elsewhere = signed_in(app, Role.OFFICE, "shizhu-2021").get(f"/organizations/{unit}").text
    assert f"/milestones?plan={PLAN}" not in elsewhere


def test_accounts_of_a_unit_are_the_administrators_to_see(app: FastAPI) -> None:
    person = signed_in(app, Role.UNIT)
    unit = id_of(app, UNIT)
    name = f"unit-{PLAN}-{UNIT}"
    assert f"{name} <" in signed_in(app, Role.ADMINISTRATOR).get(f"/organizations/{unit}").text
    for browser in (person, signed_in(app, Role.OFFICE)):
        assert 'id="accounts-title"' not in browser.get(f"/organizations/{unit}").text


def test_an_office_adds_changes_and_deletes_a_unit_and_the_page_tells_what_changed(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    answer = office.post("/organizations", data=ENTRIES)
    assert answer.status_code == 303
    url = answer.headers["location"].partition("?")[0]
    page = office.get(answer.headers["location"])
    assert faults(page.text) == []
    assert "体育局、市体育" in page.text
    unit = id_of(app, "洛阳市体育局")
    values = {**form_of(office, unit), "short_name": "市体局", "kind": "other"}
    assert office.post(url, data=values).headers["location"] == f"{url}?done=updated"
    changed = office.get(url).text
    assert "市体育局 → <strong>市体局</strong>" in re.sub(r"\s+", " ", changed)
    assert "部门 → <strong>其他机构</strong>" in re.sub(r"\s+", " ", changed)
    assert office.post(url, data=form_of(office, unit)).headers["location"] == f"{url}?done=same"
    assert office.post(f"{url}/delete").headers["location"] == "/organizations?done=deleted"
    assert office.get(url).status_code == 404
    office.post("/organizations", data=ENTRIES)  # on SQLite under the number of the one deleted
    assert "市体局" not in office.get(f"/organizations/{id_of(app, '洛阳市体育局')}").text


def test_what_cannot_be_taken_is_explained_at_its_field_and_nothing_typed_is_lost(app: FastAPI) -> None:
    root = signed_in(app, Role.ADMINISTRATOR)
    wrong = {
        "name": UNIT,
        "short_name": "市教育局",
        "kind": "king",
        "place": "亚特兰蒂斯",
        "aliases": "教育局、体育局",
        "valid_from": "2020-13-01",
        "successor": "不存在的单位",
    }
    for field, value in wrong.items():
        answer = root.post("/organizations", data={**ENTRIES, field: value})
        assert (answer.status_code, faults(answer.text)) == (422, [])
        assert f'id="{field}-problem"' in answer.text, field
        assert "2019-01-01" in answer.text or field == "valid_from"
        assert value in answer.text or field == "kind"


def test_a_successor_without_an_end_and_an_end_before_the_start_are_refused(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    for changes in ({"successor": UNIT}, {"valid_to": "2018-12-31"}):
        answer = office.post("/organizations", data={**ENTRIES, **changes})
        assert answer.status_code == 422
        assert 'id="valid_to-problem"' in answer.text


def test_two_people_at_one_form_lose_nothing(app: FastAPI) -> None:
    office, root = signed_in(app, Role.OFFICE), signed_in(app, Role.ADMINISTRATOR)
    office.post("/organizations", data=ENTRIES)
    unit = id_of(app, "洛阳市体育局")
    url, mine = f"/organizations/{unit}", form_of(office, unit)
    theirs = {**form_of(root, unit), "aliases": "文体局", "kind": "other"}
    assert root.post(url, data=theirs).status_code == 303
    answer = office.post(url, data={**mine, "short_name": "市体局"})
    assert (answer.status_code, faults(answer.text)) == (422, [])
    assert 'value="市体局"' in answer.text
    stored = re.findall(r"<dd>\s*(\S+)\s*</dd>", answer.text)  # what is on record now
    assert stored == ["市体育局", "其他机构", "文体局"]
    again = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', answer.text, re.DOTALL))
    assert again["fingerprint"] != mine["fingerprint"]
    assert office.post(url, data={**mine, **again, "kind": "department"}).status_code == 303


def test_what_the_record_names_has_no_button_and_is_not_deleted(app: FastAPI) -> None:
    office, unit = signed_in(app, Role.OFFICE), id_of(app, UNIT)
    assert "/delete" not in office.get(f"/organizations/{unit}").text
    assert office.post(f"/organizations/{unit}/delete").status_code == 409
    assert office.get(f"/organizations/{unit}").status_code == 200


def test_a_predecessors_milestones_are_shown_with_their_label(app: FastAPI) -> None:
    leader = signed_in(app, Role.LEADER)
    page = leader.get(f"/organizations/{id_of(app, '海安市人民政府')}").text
    before = id_of(app, "海安县人民政府")
    assert f'href="/organizations/{before}"' in page
    assert f"/milestones?plan=nantong-2017&amp;unit={before}" in page
    assert "以“海安县人民政府”之名" in page


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.INSPECTOR, Role.AUDITOR])
def test_those_who_only_read_see_no_buttons_and_reach_no_form(app: FastAPI, role: Role) -> None:
    reader, unit = signed_in(app, role), id_of(app, UNIT)
    page = reader.get(f"/organizations/{unit}").text
    assert "/edit" not in page
    assert "/organizations/new" not in reader.get("/organizations").text
    assert reader.get(f"/organizations/{unit}/edit").status_code == 403
    assert reader.post("/organizations", data=ENTRIES).status_code == 403


def test_a_unit_that_is_not_there_is_not_found(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    assert office.get("/organizations/4000").status_code == 404
    assert office.get("/organizations/4000/edit").status_code == 404
    assert office.post("/organizations/4000", data=ENTRIES).status_code == 404
    assert office.post("/organizations/4000/delete").status_code == 404


def test_every_unit_of_the_five_plans_passes_its_own_form(app: FastAPI) -> None:
    wrong = {}
    with write_session(app.state.engine) as session:
        for unit in session.scalars(sa.select(col(Organization.id))).all():
            stored = organizations.organization_values(session, unit or 0)
            problems = organizations.organization_problems(session, stored, unit)
            if problems:
                wrong[stored.name] = problems
        assert wrong == {}
        unit = session.scalars(sa.select(col(Organization.id)).where(col(Organization.name) == UNIT)).one()
        stored = organizations.organization_values(session, unit or 0)
        mark = fingerprint(stored)
        assert not organizations.update_organization(session, SYSTEM, unit or 0, stored, fingerprint=mark, now=NOW)
