"""The pages of places: by division code, zones without one, successors, and what was at the places before."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.clock import FixedClock
from app.core.database import read_session
from app.core.settings import Settings
from app.domain.vocabulary import Role
from app.main import create_app
from app.models import Milestone, Place
from app.services import places
from app.services.place_values import place_problems
from tests.support.strict_html import faults
from tests.support.web import NOW, PLAN, signed_in

ENTRIES = {
    "name": "高新区",
    "kind": "zone",
    "code": "",
    "parent": "洛阳市",
    "valid_from": "2021-01-01",
    "valid_to": "",
    "successor": "",
}


def id_of(app: FastAPI, path: str) -> int:
    with read_session(app.state.engine) as session:
        found: int = session.execute(sa.select(col(Place.id)).where(col(Place.path) == path)).scalar_one()
        return found


def listed(browser: TestClient, **asked: str | int) -> list[str]:
    answer = browser.get("/places", params=asked)
    assert (answer.status_code, faults(answer.text)) == (200, [])
    return re.findall(r'<td class="main-cell">\s*<a href="/places/\d+">([^<]+)</a>', answer.text)


def form_of(browser: TestClient, place: int) -> dict[str, str]:
    """Return the values of a place's form as a browser would send them back."""
    html = browser.get(f"/places/{place}/edit").text
    fields = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', html, re.DOTALL))
    fields["kind"] = "".join(re.findall(r'<option value="(\w+)" selected>', html))
    return {name: fields.get(name, "") for name in (*ENTRIES, "fingerprint")}


def test_places_are_found_by_name_code_and_filters(app: FastAPI) -> None:
    leader = signed_in(app, Role.LEADER)
    assert listed(leader, q="新安") == ["新安县"]
    assert listed(leader, q="410323") == ["新安县"]
    assert listed(leader, q="yibin") == ["伊滨区"]
    assert listed(leader, q="4103", kind="zone") == []
    assert "伊滨区" in listed(leader, kind="zone")
    assert set(listed(leader, state="ended")) == {"崇川区", "港闸区", "海安县", "海门市", "偃师市", "孟津县", "吉利区"}
    of_plan = listed(leader, plan=PLAN)
    assert {"洛阳市", "新安县", "伊滨区"} <= set(of_plan)
    assert "南通市" not in of_plan
    assert set(listed(leader, place=id_of(app, "洛阳市"))) >= set(of_plan)
    assert listed(leader, q="%") == []


def test_a_place_shows_its_code_or_that_it_is_a_zone_and_its_tree(app: FastAPI) -> None:
    leader = signed_in(app, Role.LEADER)
    city = leader.get(f"/places/{id_of(app, '洛阳市')}").text
    assert faults(city) == []
    assert "410300" in city
    zone = id_of(app, "洛阳市/伊滨区")
    assert f'href="/places/{zone}"' in city
    assert "功能区，GB/T 2260 未赋码" in leader.get(f"/places/{zone}").text


def test_a_successors_page_counts_the_milestones_of_the_places_before_it(app: FastAPI) -> None:
    before, after = id_of(app, "南通市/海安县"), id_of(app, "南通市/海安市")
    with app.state.engine.begin() as connection:
        connection.execute(sa.text("UPDATE milestone_standing SET place_id = :p WHERE milestone_id IN "
                                   "(SELECT id FROM milestone WHERE plan_id = (SELECT id FROM plan WHERE slug = "
                                   "'nantong-2017') ORDER BY id LIMIT 3)"), {"p": before})  # fmt: skip
    page = signed_in(app, Role.LEADER).get(f"/places/{after}").text
    assert faults(page) == []
    assert f'href="/milestones?plan=nantong-2017&amp;place={before}">3</a>' in page
    assert "原“海安县”，后由本地区承接" in page
    assert "合计3个里程碑" in page
    assert f"place={before}" not in signed_in(app, Role.OFFICE).get(f"/places/{after}").text


def test_an_office_adds_renames_and_deletes_a_place_and_everything_below_follows(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    answer = office.post("/places", data=ENTRIES)
    assert answer.status_code == 303
    zone = id_of(app, "洛阳市/高新区")
    url = f"/places/{zone}"
    assert faults(office.get(answer.headers["location"]).text) == []
    assert 'value="洛阳市/高新区"' in office.get(f"/places/new?parent={zone}").text
    office.post("/places", data={**ENTRIES, "name": "创业园", "parent": "洛阳市/高新区"})
    values = {**form_of(office, zone), "name": "高新开发区"}
    assert office.post(url, data=values).headers["location"] == f"{url}?done=updated"
    inner = id_of(app, "洛阳市/高新开发区/创业园")
    assert office.post(url, data=form_of(office, zone)).headers["location"] == f"{url}?done=same"
    assert office.post(f"{url}/delete").status_code == 409
    for one in (inner, zone):
        assert office.post(f"/places/{one}/delete").headers["location"] == "/places?done=deleted"
    assert office.get(url).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "伊滨区"}, "name"),
        ({"name": "甲/乙"}, "name"),
        ({"kind": "village"}, "kind"),
        ({"code": "410399"}, "code"),
        ({"kind": "district", "code": "12"}, "code"),
        ({"kind": "district", "code": "320602"}, "code"),
        ({"kind": "district", "code": "410302"}, "code"),
        ({"kind": "district", "code": "410399", "parent": "洛阳市/新安县"}, "code"),
        ({"parent": "亚特兰蒂斯"}, "parent"),
        ({"valid_from": "yesterday"}, "valid_from"),
        ({"valid_to": "2020-01-01"}, "valid_to"),
        ({"successor": "洛阳市"}, "valid_to"),
        ({"successor": "亚特兰蒂斯", "valid_to": "2024-01-01"}, "successor"),
    ],
    ids=str,
)
def test_what_cannot_be_taken_is_explained_at_its_field_and_nothing_typed_is_lost(
    app: FastAPI, changes: dict[str, str], field: str
) -> None:
    answer = signed_in(app, Role.ADMINISTRATOR).post("/places", data={**ENTRIES, **changes})
    assert (answer.status_code, faults(answer.text)) == (422, [])
    assert f'id="{field}-problem"' in answer.text
    for name, value in {**ENTRIES, **changes}.items():
        if value and name != "kind":
            assert f'value="{value}"' in answer.text


def test_two_people_at_one_form_lose_nothing(app: FastAPI) -> None:
    office, root = signed_in(app, Role.OFFICE), signed_in(app, Role.ADMINISTRATOR)
    zone = id_of(app, "洛阳市/伊滨区")
    url, mine = f"/places/{zone}", form_of(office, zone)
    assert root.post(url, data={**form_of(root, zone), "valid_from": "2010-01-01"}).status_code == 303
    answer = office.post(url, data={**mine, "name": "伊滨新区"})
    assert (answer.status_code, faults(answer.text)) == (422, [])
    assert 'value="伊滨新区"' in answer.text
    assert "2010-01-01" in answer.text  # what is on record now
    again = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', answer.text, re.DOTALL))
    assert office.post(url, data={**mine, **again, "kind": "zone"}).status_code == 303
    assert id_of(app, "洛阳市/伊滨新区") == zone


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.INSPECTOR, Role.AUDITOR])
def test_those_who_only_read_see_no_buttons_and_reach_no_form(app: FastAPI, role: Role) -> None:
    reader, zone = signed_in(app, role), id_of(app, "洛阳市/伊滨区")
    assert "/edit" not in reader.get(f"/places/{zone}").text
    assert "/places/new" not in reader.get("/places").text
    assert reader.get(f"/places/{zone}/edit").status_code == 403
    assert reader.post(f"/places/{zone}", data=ENTRIES).status_code == 403


def test_a_place_that_is_not_there_is_not_found(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    assert office.get("/places/4000").status_code == 404
    assert office.get("/places/4000/edit").status_code == 404
    assert office.post("/places/4000", data=ENTRIES).status_code == 404
    assert office.post("/places/4000/delete").status_code == 404


def test_every_place_of_the_five_plans_passes_its_own_form(app: FastAPI) -> None:
    wrong = {}
    with read_session(app.state.engine) as session:
        for place in session.scalars(sa.select(Place)).all():
            parent = session.get(Place, place.parent_id) if place.parent_id else None
            if found := place_problems(session, places.place_values(place), place.path, parent, place):
                wrong[place.path] = found
        assert session.scalars(sa.select(col(Milestone.id)).limit(1)).first()
    assert wrong == {}


def test_an_empty_installation_says_what_to_do(sqlite_url: str, tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path / "data", database_url=sqlite_url), FixedClock(NOW))
    root, leader = signed_in(app, Role.ADMINISTRATOR), signed_in(app, Role.LEADER)
    for noun in ("places", "organizations"):
        page = root.get(f"/{noun}").text
        assert faults(page) == []
        assert page.count(f'href="/{noun}/new"') == 2
        assert "由管理员或办公室新增" in leader.get(f"/{noun}").text
    app.state.engine.dispose()
