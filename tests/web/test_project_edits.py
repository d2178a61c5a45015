"""Projects entered, corrected and removed on pages: all fields and rows, the file's checks, nothing typed is lost."""

import re
from collections.abc import Mapping
from html import unescape

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.domain.vocabulary import FundSource, Role
from app.models import BudgetLine, Plan, PlanRevision, Project, ProjectAlias, ProjectFloor, ProjectPhase
from tests.support.strict_html import faults
from tests.support.web import flat, signed_in

SHIZHU = "shizhu-2021"
NEW = {
    "name": "西沱第二小学新建工程",
    "no": "7",
    "aliases": "西沱二小\n西沱镇第二小学",
    "clause": "附件7",
    "place": "石柱土家族自治县",
    "site": "月亮湾",
    "nature": "new",
    "investment_wan": "6000.5",
    "start_year": "2027",
    "end_year": "2028",
    "stage": "primary",
    "grade_classes": "4",
    "grades": "6",
    "classes": "24",
    "places": "1080",
    "land_m2": "21499.5",
    "floor_m2": "9000",
    "sports_m2": "4000",
    "description": "另有附属管网。",
    "floors-0-name": "教学楼",
    "floors-0-area_m2": "7000",
    "floors-0-underground": "",
    "floors-2-name": "地下车库",
    "floors-2-area_m2": "2000",
    "floors-2-underground": "1",
    "floors-3-name": "",
    "floors-3-area_m2": "",
    "floors-3-underground": "1",
    "phases-0-name": "一期",
    "phases-0-stage": "primary",
    "phases-0-end_year": "2027",
    "phases-0-places": "540",
    "budget-0-year": "2027",
    "budget-0-source": "central",
    "budget-0-amount_wan": "4000",
    "budget-1-year": "",
    "budget-1-source": "county",
    "budget-1-amount_wan": "2000.5",
    "budget-1-clause": "附件7",
}


@pytest.fixture
def office(app: FastAPI) -> TestClient:
    """Shizhu's office."""
    return signed_in(app, Role.OFFICE, SHIZHU, language="en")


def _id(app: FastAPI, name: str) -> int:
    with app.state.engine.connect() as connection:
        return int(connection.execute(sa.select(col(Project.id)).where(col(Project.name) == name)).scalar_one())


def _plan(app: FastAPI) -> int:
    with app.state.engine.connect() as connection:
        return int(connection.execute(sa.select(col(Plan.id)).where(col(Plan.slug) == SHIZHU)).scalar_one())


def _rows(app: FastAPI, query: sa.Select[*tuple[object, ...]]) -> list[tuple[object, ...]]:
    with app.state.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def _create(app: FastAPI, office: TestClient, **changes: str) -> int:
    answer = office.post(f"/plans/{_plan(app)}/projects", data=NEW | changes)
    assert answer.status_code == 303, answer.text
    return int(re.findall(r"/projects/(\d+)\?done=created", answer.headers["location"])[0])


def _form(browser: TestClient, project: int) -> dict[str, str]:
    """Return the form of a project as a browser would send it."""
    page = browser.get(f"/projects/{project}/edit").text.split('id="project-form"')[1].split("</form>")[0]
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        fields[given["name"]] = unescape(given.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*?name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        fields[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*?name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)"\s+selected', options) or re.findall(r'value="([^"]*)"', options)
        fields[name] = chosen[0]
    return fields


def test_a_project_is_entered_with_all_its_rows(app: FastAPI, office: TestClient) -> None:
    assert 'value="7"' in office.get(f"/plans/{_plan(app)}/projects/new").text
    project = _create(app, office)
    page = office.get(f"/projects/{project}?done=created").text
    for words in (
        "Project entered",
        "西沱二小",
        "月亮湾",
        "21499.5",
        "地下车库",
        "一期",
        "6000.5",
        "full classes make 1080",
    ):
        assert words in page
    own = col(ProjectFloor.project_id) == project
    floors = sa.select(col(ProjectFloor.name), col(ProjectFloor.underground)).where(own)
    assert _rows(app, floors) == [("教学楼", False), ("地下车库", True)]
    lines = sa.select(col(BudgetLine.year), col(BudgetLine.source), col(BudgetLine.amount_fen), col(BudgetLine.clause))
    assert _rows(app, lines.where(col(BudgetLine.project_id) == project)) == [
        (2027, FundSource.CENTRAL, 4_000_000_000, None),
        (None, FundSource.COUNTY, 2_000_500_000, "附件7"),
    ]
    phase = sa.select(col(ProjectPhase.name), col(ProjectPhase.places), col(ProjectPhase.start_year))
    assert _rows(app, phase.where(col(ProjectPhase.project_id) == project)) == [("一期", 540, None)]
    key = sa.select(col(Project.key)).where(col(Project.id) == project)
    assert _rows(app, key) == [("xi-tuo-di-er-xiao-xue-xin-jian-gong-cheng",)]


def test_what_is_worth_a_second_look_is_taken_and_shown(app: FastAPI, office: TestClient) -> None:
    project = _create(app, office, places="2400", **{"floors-0-area_m2": "7001"})
    page = office.get(f"/projects/{project}").text
    assert "2400 places are above the cap of 2000" in page
    assert "the floors have 9001 m² together, not 9000: 1 apart" in page


def test_without_scripts_the_form_comes_back_with_one_more_row(app: FastAPI, office: TestClient) -> None:
    answer = office.post(f"/plans/{_plan(app)}/projects", data=NEW | {"more": "budget"})
    assert answer.status_code == 200
    assert 'name="budget-2-amount_wan"' in answer.text
    assert 'name="budget-3-amount_wan"' not in answer.text
    assert 'value="2000.5"' in answer.text
    assert "西沱二小" in answer.text
    again = office.post(
        f"/plans/{_plan(app)}/projects", data=NEW | {"budget-2-year": "", "budget-2-source": "", "more": "budget"}
    )
    assert 'name="budget-3-amount_wan"' in again.text
    assert _rows(app, sa.select(col(Project.id)).where(col(Project.name) == NEW["name"])) == []


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"name": ""}, "name", "fill in this field"),
        ({"end_year": "2026"}, "end_year", "ends (2026) before it starts (2027)"),
        ({"end_year": "28"}, "end_year", "outside the range"),
        ({"place": "洛阳市"}, "place", "not defined in this plan: 洛阳市"),
        ({"nature": ""}, "nature", "choose one of the list"),
        ({"classes": "2.5"}, "classes", "write a whole number"),
        ({"land_m2": "0"}, "land_m2", "outside the range"),
        ({"investment_wan": "1.0000001"}, "investment_wan", "at most six decimals"),
        ({"aliases": "石柱第一初级中学"}, "aliases", "already a name of this or another project: 石柱第一初级中学"),
        ({"key": "Größe"}, "key", "small letters, digits and hyphens"),
        ({"key": "nanbin-middle-school"}, "key", "on record already"),
        ({"floors-2-name": "教学楼"}, "floors-1-name", "given more than once"),
        ({"floors-2-name": ""}, "floors-1-name", "fill in this field"),
        ({"phases-0-start_year": "2028"}, "phases-0-end_year", "before it starts"),
        ({"budget-1-source": ""}, "budget-1-source", "choose one of the list"),
        ({"budget-1-amount_wan": "viel"}, "budget-1-amount_wan", "write a plain number"),
    ],
)
def test_a_project_that_cannot_be_taken_comes_back_as_it_was_typed(
    app: FastAPI, office: TestClient, changes: Mapping[str, str], field: str, problem: str
) -> None:
    answer = office.post(f"/plans/{_plan(app)}/projects", data={**NEW, **changes})
    assert answer.status_code == 422
    shown = flat(answer.text).split(f'id="{field}-problem">')[1].split("</p>")[0]
    assert problem in unescape(shown)
    assert 'value="月亮湾"' in answer.text
    assert 'value="4000"' in answer.text
    assert len(_rows(app, sa.select(col(Project.id)).where(col(Project.clause) == NEW["clause"]))) == 0


def test_a_form_saved_as_it_is_changes_nothing(app: FastAPI, office: TestClient) -> None:
    for name in ("南宾中学迁建工程", "石柱一中迁建工程", "好望山小学新建工程"):
        project = _id(app, name)
        answer = office.post(f"/projects/{project}/edit", data=_form(office, project) | {"reason": "核对"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/projects/{project}?done=same"), name


def test_a_correction_needs_its_reason_and_is_a_revision(app: FastAPI, office: TestClient) -> None:
    project = _id(app, "石柱一中迁建工程")
    form = _form(office, project) | {"investment_wan": "19000", "budget-0-source": "county", "budget-0-amount_wan": "5"}
    assert "say why the record is corrected" in office.post(f"/projects/{project}/edit", data=form).text
    answer = office.post(f"/projects/{project}/edit", data=form | {"reason": "附件重印"})
    assert answer.headers["location"] == f"/projects/{project}?done=edited"
    page = office.get(answer.headers["location"]).text
    assert "19000" in page
    assert "The budget lines come to 18995 万元 less than the planned investment." in page
    last = sa.select(col(PlanRevision.reason)).order_by(col(PlanRevision.id).desc()).limit(1)
    assert _rows(app, last) == [("附件重印",)]


def test_who_is_overtaken_sees_what_the_other_changed_and_loses_nothing(app: FastAPI, office: TestClient) -> None:
    project = _id(app, "石柱一中迁建工程")
    mine = _form(office, project) | {"site": "新址", "reason": "更正"}
    office.post(f"/projects/{project}/edit", data=_form(office, project) | {"places": "2000", "reason": "别人"})
    answer = office.post(f"/projects/{project}/edit", data=mine)
    assert answer.status_code == 422
    assert "changed this meanwhile" in answer.text
    assert 'value="新址"' in answer.text
    overtaken = flat(answer.text).split("On record now:")[1].split("</dl>")[0]
    assert "<dt>Places for pupils</dt><dd>2000</dd>" in overtaken
    seen = re.findall(r'name="fingerprint"\s+value="(\w+)"', answer.text)[0]
    assert office.post(f"/projects/{project}/edit", data=mine | {"fingerprint": seen}).status_code == 303


def test_a_project_is_removed_only_while_nothing_hangs_on_it(app: FastAPI, office: TestClient) -> None:
    project = _create(app, office)
    seen = _form(office, project)["fingerprint"]
    refused = office.post(f"/projects/{project}/remove", data={"fingerprint": seen, "reason": ""})
    assert refused.status_code == 422
    assert "say why the record is corrected" in refused.text
    answer = office.post(f"/projects/{project}/remove", data={"fingerprint": seen, "reason": "不在文件中"})
    assert answer.headers["location"] == f"/projects?plan={SHIZHU}&done=removed"
    assert "The project was removed" in office.get(answer.headers["location"]).text
    assert _rows(app, sa.select(col(ProjectAlias.alias)).where(col(ProjectAlias.project_id) == project)) == []
    used = _id(app, "石柱一中迁建工程")
    data = {"fingerprint": _form(office, used)["fingerprint"], "reason": "试"}
    answer = office.post(f"/projects/{used}/remove", data=data)
    assert answer.status_code == 409
    assert "still hangs on project" in answer.text


@pytest.mark.parametrize("word", ["\x00", "1e99", "<b>&\"'", "长" * 5000])
def test_words_in_any_field_never_fault_and_are_shown_as_typed(app: FastAPI, office: TestClient, word: str) -> None:
    project, plan = _id(app, "南宾中学迁建工程"), _plan(app)
    fields = (*NEW, "key", "more", "budget-99999-year", "budget-0", "floors-x-name", "fingerprint", "reason")
    for field in fields[ord(word[0]) % 2 :: 2]:  # each field meets half of the words
        answer = office.post(f"/plans/{plan}/projects", data=NEW | {field: word})
        assert answer.status_code in (200, 303, 422), field
        assert office.post(f"/projects/{project}/edit", data=NEW | {field: word}).status_code in (200, 404, 422), field
    everything = office.post(f"/plans/{plan}/projects", data=dict.fromkeys(NEW, word))
    assert everything.status_code == 413 or faults(everything.text) == []


def test_the_pages_are_strict_html(app: FastAPI, office: TestClient) -> None:
    project = _create(app, office)
    payment = {"paid_on": "2026-05-06", "amount": "7000", "fund_source": "city"}
    assert office.post(f"/projects/{project}/payments", data=payment).status_code == 303
    for address in (
        "/projects",
        f"/projects/{project}",
        f"/projects/{project}/edit",
        f"/plans/{_plan(app)}/projects/new",
    ):
        assert faults(office.get(address).text) == [], address
    assert faults(office.post(f"/projects/{project}/edit", data={}).text) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_keeps_projects(app: FastAPI, role: Role) -> None:
    browser = signed_in(
        app, role, SHIZHU if role is Role.UNIT else None, "石柱土家族自治县教育委员会" if role is Role.UNIT else None
    )
    project = _id(app, "石柱一中迁建工程")
    for address in (f"/plans/{_plan(app)}/projects/new", f"/projects/{project}/edit"):
        assert browser.get(address).status_code == 403
    assert browser.post(f"/projects/{project}/edit", data=NEW).status_code == 403
    assert "/edit" not in browser.get(f"/projects/{project}").text


def test_another_offices_plan_is_not_found(app: FastAPI) -> None:
    luoyang, project = signed_in(app, Role.OFFICE), _id(app, "石柱一中迁建工程")
    assert luoyang.get(f"/plans/{_plan(app)}/projects/new").status_code == 404
    assert luoyang.post(f"/plans/{_plan(app)}/projects", data=NEW).status_code == 404
    assert luoyang.get(f"/projects/{project}/edit").status_code == 404
    assert luoyang.post(f"/projects/{project}/remove", data={}).status_code == 404
