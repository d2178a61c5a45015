"""The plans' list, a plan's page with its roadmap, and the indicators with their thresholds."""

import re
from html import unescape

import pytest
from fastapi import FastAPI

from app.core.database import write_session
from app.domain.vocabulary import Role
from tests.support.facts import counted
from tests.support.web import signed_in

KASHGAR = {
    "泽普县": 2025,
    "麦盖提县": 2027,
    "巴楚县": 2027,
    "岳普湖县": 2028,
    "疏附县": 2031,
    "疏勒县": 2031,
    "塔什库尔干县": 2031,
    "喀什市": 2032,
    "伽师县": 2032,
    "英吉沙县": 2032,
    "叶城县": 2033,
    "莎车县": 2034,
}
MOST_STATEMENTS = 16  # besides BEGIN


def _roadmap(page: str) -> dict[str, dict[int, str]]:
    """Read the roadmap back as words by place and year."""
    table = page.split('<table class="data roadmap">')[1].split("</table>")[0]
    head, body = table.split("<tbody>")
    years = [int(year) for year in re.findall(r"<th[^>]*>(\d{4})</th>", head)]
    rows: dict[str, dict[int, str]] = {}
    for row in body.split("<tr")[1:]:
        place = re.findall(r'<th scope="row">\s*<a [^>]*>([^<]+)</a>', row)[0]
        cells = [
            " ".join(unescape(re.sub("<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"(?s)<td[^>]*>.*?</td>", row)
        ]
        assert len(cells) == len(years)
        rows[place] = dict(zip(years, cells, strict=True))
    return rows


def test_kashgars_twelve_counties_have_their_flag_in_the_year_of_the_document(app: FastAPI) -> None:
    rows = _roadmap(signed_in(app, Role.LEADER, language="en").get("/plans/kashgar-2022").text)
    flags = {place: [year for year, words in cells.items() if "Recognition" in words] for place, cells in rows.items()}
    area = flags.pop("喀什地区")
    assert flags == {place: [year] for place, year in KASHGAR.items()}
    assert area == []
    assert list(flags) == sorted(flags, key=lambda place: KASHGAR[place])
    assert list(rows)[-1] == "喀什地区"
    assert list(rows["泽普县"]) == list(range(2021, 2036))
    assert rows["泽普县"][2025] == "Recognition Overdue"


def test_the_plan_as_a_whole_counts_its_milestones_by_year_and_standing(app: FastAPI) -> None:
    rows = _roadmap(signed_in(app, Role.LEADER, language="en").get("/plans/kashgar-2022").text)
    assert rows["喀什地区"][2025] == "Overdue 7"
    assert rows["喀什地区"][2026] == "Due soon 6 Overdue 1"


def test_luoyang_shows_fifteen_places_in_six_years_with_what_is_not_assessed(app: FastAPI) -> None:
    page = signed_in(app, Role.OFFICE, language="en").get("/plans/luoyang-2025").text
    rows = _roadmap(page)
    flagged = [place for place, cells in rows.items() if any("Recognition" in words for words in cells.values())]
    assert len(flagged) == 15
    assert list(rows["栾川县"]) == [2025, 2026, 2027, 2028, 2029, 2030]
    assert rows["栾川县"][2026] == "Recognition Due soon"
    assert page.count("met 0 · unmet 0 · not assessed") == 15


def test_a_value_below_its_target_shows_in_the_readiness_and_a_veto_by_its_name(app: FastAPI) -> None:
    unit = signed_in(app, Role.UNIT, language="en")
    with write_session(app.state.engine) as session:
        rows = session.connection().exec_driver_sql(
            "SELECT m.id, t.id, i.code FROM target t JOIN milestone m ON m.id = t.milestone_id"
            " JOIN indicator i ON i.id = t.indicator_id WHERE m.title = '新安县通过优质均衡国家评估验收'"
            " AND i.code IN ('Q1', 'Q2', 'V1')"
        )
        found = {code: (milestone, target) for milestone, target, code in rows}
    data = {"reported_on": "2026-11-20", "summary": "自评"}
    data |= {f"value-{found[code][1]}": value for code, value in (("Q1", "99"), ("Q2", "50"), ("V1", "1"))}
    assert unit.post(f"/milestones/{found['Q1'][0]}/reports", data=data).status_code == 303
    page = signed_in(app, Role.OFFICE, language="en").get("/plans/luoyang-2025").text
    row = " ".join(re.sub("<[^>]+>", " ", page.split("新安县</a>")[1].split("</th>")[0]).split())
    assert re.fullmatch(r"met 1 · unmet 2 · not assessed \d+ 1 veto", row)


def test_a_plans_page_tells_the_documents_facts_from_the_offices_settings(app: FastAPI) -> None:
    page = signed_in(app, Role.LEADER, language="en").get("/plans/luoyang-2025").text
    facts, settings = page.split('id="head-title"')[1], page.split('id="settings-title"')[1].split("</section>")[0]
    assert "洛政办〔2025〕17号" in facts
    assert "2025-05-11" in facts
    assert "2025-01-01" in settings
    ladder = page.split('id="ladder-title"')[1]
    assert "clause 四(三)" in ladder
    assert "office setting" in ladder


def test_jiyuan_shows_its_three_stages_and_shizhu_the_total_of_its_six_projects(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER, language="en")
    stages = browser.get("/plans/jiyuan-2022").text.split('class="stages"')[1].split("</ol>")[0]
    assert stages.count("<li>") == 3
    shizhu = browser.get("/plans/shizhu-2021").text
    assert "6 projects" in shizhu
    assert "investment 150396 万元 in all" in shizhu


def test_clauses_lead_to_the_ledger_of_that_clause(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER, language="en")
    page = browser.get("/plans/luoyang-2025").text
    address = re.findall(r'href="(/milestones\?plan=luoyang-2025[^"]*q=[^"]+)">三\(一\)2<', page)[0]
    assert "三(一)2" in browser.get(unescape(address)).text


def test_the_list_names_document_number_and_what_the_document_does_not_carry(app: FastAPI) -> None:
    page = signed_in(app, Role.LEADER, language="en").get("/plans").text
    assert "石柱府办发〔2021〕32号" in page
    assert page.count("the document carries none") == 2
    assert page.count("plan-card") == 5


@pytest.mark.parametrize("address", ["/plans/shizhu-2021", "/plans/shizhu-2021/indicators", "/plans/no-such-plan"])
@pytest.mark.parametrize("role", [Role.OFFICE, Role.UNIT])
def test_another_plan_is_not_found(app: FastAPI, role: Role, address: str) -> None:
    assert signed_in(app, role).get(address).status_code == 404


def test_a_units_plan_page_holds_its_own_milestones_alone(app: FastAPI) -> None:
    rows = _roadmap(signed_in(app, Role.UNIT, language="en").get("/plans/luoyang-2025").text)
    assert "新安县" in rows
    assert "西工区" not in rows


def test_indicators_show_the_plans_own_threshold_with_its_clause(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER, language="en")
    kashgar = browser.get("/plans/kashgar-2022/indicators").text
    retention = kashgar.split("初中三年巩固率")[1].split("</tr>")[0]
    assert "≥ 96%" in retention
    assert "this plan: 三(一)" in retention
    assert "≥ 95%" in retention.split("the standard:")[1]
    assert "≥ 95%" not in retention.split("the standard:")[0]
    luoyang = browser.get("/plans/luoyang-2025/indicators").text
    assert "≥ 95%" in luoyang.split("初中三年巩固率")[1].split("</tr>")[0]
    assert "&lt; 0.5" in browser.get("/plans/shizhu-2021/indicators").text


@pytest.mark.parametrize(
    "address", ["/plans", "/plans/kashgar-2022", "/plans/shizhu-2021", "/plans/kashgar-2022/indicators"]
)
def test_plan_pages_take_a_bounded_number_of_statements(app: FastAPI, address: str) -> None:
    browser = signed_in(app, Role.LEADER)
    browser.get(address)
    with counted(app.state.engine) as statements:
        assert browser.get(address).status_code == 200
    asked = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert len(asked) <= MOST_STATEMENTS, asked
