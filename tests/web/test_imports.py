"""Import from Excel through the pages: hand in, name the columns, look, write, undo; without scripts, too."""

import re
import time
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.database import write_session
from app.domain.access import Actor
from app.domain.imports import ImportState
from app.domain.vocabulary import Role
from app.models import PlanImport
from app.services import plan_imports
from tests.support.imports import HEADINGS, workbook
from tests.support.strict_html import faults
from tests.support.web import anonymous, flat, signed_in

OWN = ("序号", "主要任务", "依据条款", "完成时限", "牵头单位")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GOOD = workbook(HEADINGS, ("new-1", "（虚构）建成学校", "三(一)2", "2026年底前", "市教育局"))
BAD = workbook(
    ("洛阳市任务分解表",),
    OWN,
    (1, "（虚构）建成学校", "三(一)2", "2026年13月", "市教育厅"),
    (2, "另一项", "三", "2027年", None),
)


@pytest.fixture
def office(app: FastAPI) -> TestClient:
    return signed_in(app, Role.OFFICE, language="en")


def _plan(office: TestClient) -> str:
    found = re.search(r'href="(/plans/\d+/imports)"', office.get("/plans/luoyang-2025").text)
    assert found
    return found[1]


def hand_in(office: TestClient, content: bytes, name: str = "任务.xlsx") -> str:
    """Hand in a workbook and return the address of its import."""
    answer = office.post(_plan(office), files={"file": (name, content, XLSX)})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def settled(office: TestClient, address: str) -> str:
    """Return the page once its step has ended; the step runs beside the requests."""
    for _ in range(600):
        page = office.get(address)
        assert page.status_code == 200
        assert faults(page.text) == []
        if 'id="progress"' not in page.text:
            return page.text
        time.sleep(0.05)
    raise AssertionError("the step does not end")


def checked(office: TestClient, address: str, **changed: str) -> str:
    """Submit the form of the columns as it stands, with changes, and return the page of the outcome."""
    answer = office.post(f"{address}/check", data={**fields(office.get(address).text), **changed})
    assert answer.status_code == 303, flat(answer.text)
    return settled(office, address)


def fields(page: str) -> dict[str, str]:
    """Return what the form of the columns would send."""
    found = {
        name: value
        for name, value in re.findall(r'<input id="(\w+)"\s+name="\w+"\s+type="\w+"\s+value="([^"]*)"', page)
    }
    for name, options in re.findall(r'<select id="([\w-]+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"\s+selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def test_a_workbook_is_checked_shown_written_and_taken_back(office: TestClient) -> None:
    address = hand_in(office, GOOD)
    page = checked(office, address)
    assert "What would change" in page
    assert "（虚构）建成学校" in page
    assert office.post(f"{address}/write").headers["location"] == address
    page = settled(office, address)
    assert "What it changed: version" in page
    assert "（虚构）建成学校" in office.get("/milestones?plan=luoyang-2025&q=虚构").text
    refused = office.post(f"{address}/undo", data={"reason": " "})
    assert refused.status_code == 422
    assert "fill in this field" in refused.text
    office.post(f"{address}/undo", data={"reason": "传错了文件"})
    assert "Taken back by version" in settled(office, address)
    assert "（虚构）建成学校" not in office.get("/milestones?plan=luoyang-2025&q=虚构").text
    assert "undone" in office.get(_plan(office)).text


def test_the_offices_own_headings_are_guessed_and_every_error_stands_at_its_cell(office: TestClient) -> None:
    address = hand_in(office, BAD)
    form = fields(office.get(address).text)
    assert (form["subject-0"], form["header-0"]) == ("milestone", "2")
    assert [form[f"column-0-{column}"] for column in range(1, 6)] == ["", "title", "clause", "due", "responsible"]
    page = flat(checked(office, address))
    assert "2 errors" in page
    for words in (
        "里程碑 D3",
        "there is no month 13",
        "里程碑 E3",
        "not defined in this plan: 市教育厅; closest: 市教育局",
    ):
        assert words in page
    assert "Write it, all or nothing" not in page
    assert office.post(f"{address}/write").status_code == 409


def test_the_workbook_comes_back_with_its_errors_marked(office: TestClient) -> None:
    address = hand_in(office, BAD)
    checked(office, address)
    answer = office.get(f"{address}/file")
    page: Any = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert page["D3"].comment.text.startswith("there is no month 13")
    assert page["E3"].fill.start_color.rgb == "FFF4B6B6"
    assert page["B3"].comment is None


def test_another_row_of_headings_shows_the_columns_again_before_anything_is_checked(office: TestClient) -> None:
    address = hand_in(office, BAD)
    answer = office.post(f"{address}/check", data={**fields(office.get(address).text), "header-0": "3"})
    assert answer.status_code == 200
    assert "column-0-1" in answer.text
    assert fields(office.get(address).text)["header-0"] == "3"


def test_columns_named_twice_or_not_at_all_are_refused_with_the_form(office: TestClient) -> None:
    address = hand_in(office, BAD)
    form = fields(office.get(address).text)
    twice = office.post(f"{address}/check", data={**form, "column-0-1": "title"})
    assert twice.status_code == 422
    assert "two columns are chosen for 任务内容" in twice.text
    assert faults(twice.text) == []
    none = office.post(f"{address}/check", data={**form, "column-0-2": ""})
    assert "choose the column of 编号 / 任务内容" in none.text
    amends = office.post(f"{address}/check", data={**form, "amends": "1", "document_number": "某发〔2026〕1号"})
    assert amends.status_code == 422
    assert "某发〔2026〕1号" in amends.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "save it as .xlsx"),
        ("编号,任务".encode(), "text and CSV files"),
        (b"PK\x03\x04 nothing", "damaged"),
    ],
)
def test_what_is_no_workbook_is_refused_in_words_that_help(office: TestClient, content: bytes, words: str) -> None:
    answer = office.post(_plan(office), files={"file": ("任务.xlsx", content, XLSX)})
    assert answer.status_code == 422
    assert words in answer.text
    assert faults(answer.text) == []
    assert office.post(_plan(office), data={"file": "x"}).status_code == 422


def test_a_file_larger_than_allowed_is_refused(app: FastAPI) -> None:
    app.state.settings.import_max_mb = 1
    office = signed_in(app, Role.OFFICE, language="en")
    answer = office.post(_plan(office), files={"file": ("a.xlsx", b"PK\x03\x04" + bytes(2**20), XLSX)})
    assert answer.status_code == 422
    assert "larger than 1 MiB" in answer.text


def test_the_workbook_with_what_is_on_record_changes_nothing(office: TestClient) -> None:
    for filled in ("", "?filled=1"):
        answer = office.get(f"{_plan(office)}/template{filled}")
        assert answer.headers["content-type"] == XLSX
        assert [sheet for sheet in openpyxl.load_workbook(BytesIO(answer.content)).sheetnames][:3] == [
            "里程碑",
            "阶段",
            "工程项目",
        ]
    page = flat(checked(office, hand_in(office, answer.content)))
    assert "Nothing: everything in the file is on record already." in page
    assert "<dt>Changed</dt><dd>0</dd>" in page


def test_an_import_belongs_to_the_office_of_its_plan(app: FastAPI, office: TestClient) -> None:
    address = hand_in(office, GOOD)
    stranger = signed_in(app, Role.OFFICE, plan="shizhu-2021")
    for path in (address, f"{address}/file", _plan(office), f"{_plan(office)}/template"):
        assert stranger.get(path).status_code == 404
        assert signed_in(app, Role.LEADER).get(path).status_code == 403
        assert anonymous(app).get(path).status_code == 303
    for step in ("check", "recheck", "write", "undo", "cancel"):
        assert stranger.post(f"{address}/{step}", data={"reason": "x"}).status_code == 404
    assert stranger.post(_plan(office), files={"file": ("a.xlsx", GOOD, XLSX)}).status_code == 404
    assert stranger.get("/imports/99").status_code == 404


def test_a_running_step_shows_its_progress_and_an_interrupted_one_can_be_taken_up(
    app: FastAPI, office: TestClient
) -> None:
    address = hand_in(office, GOOD)
    with write_session(app.state.engine) as session:
        item = session.get_one(PlanImport, int(address.rsplit("/", 1)[1]))
        account = item.author_id
        actor = Actor(account, "office", Role.OFFICE)
        plan_imports.begin_check(session, actor, item, None, now=app.state.clock.now())
        item.rows_total, item.rows_done = 50_000, 12_000
    page = flat(office.get(address).text)
    assert "12000 of 50000 rows" in page
    assert 'hx-trigger="load delay:1s"' in page
    part = office.get(address, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<section")
    with write_session(app.state.engine) as session:
        item = session.get_one(PlanImport, item.id)
        item.heartbeat_at = None
    page = office.get(address).text
    assert "This step was interrupted" in page
    assert office.get(address, headers={"HX-Request": "true"}).headers["HX-Redirect"] == address
    office.post(f"{address}/recheck")
    assert "What would change" in settled(office, address)
    office.post(f"{address}/cancel")
    assert "given up" in office.get(address).text
    with write_session(app.state.engine) as session:
        assert session.get_one(PlanImport, item.id).state is ImportState.CANCELLED


def test_long_lists_of_problems_and_changes_come_in_pages(office: TestClient) -> None:
    rows = [(f"k-{number}", f"第{number}项", "三", "2027年", "市教育局") for number in range(60)]
    address = hand_in(office, workbook(HEADINGS, *rows))
    page = checked(office, address)
    assert "第49项" in page
    assert "第50项" not in page
    assert "第59项" in office.get(f"{address}?changes=50").text
    rows = [(f"k-{number}", f"第{number}项", "三", "2027年", "没有的单位") for number in range(60)]
    address = hand_in(office, workbook(HEADINGS, *rows))
    assert flat(checked(office, address)).count("没有的单位; closest") <= 50
    assert "E61" in office.get(f"{address}?problems=50").text


@pytest.mark.parametrize("word", ["-1", "abc", "99999999999999999999", "0", "%00"])
def test_any_words_in_the_address_are_read_or_ignored(office: TestClient, word: str) -> None:
    address = hand_in(office, GOOD)
    for query in (f"?problems={word}", f"?changes={word}", f"?columns={word}"):
        assert office.get(address + query).status_code == 200
    assert office.get(f"{_plan(office)}?below={word}").status_code == 200
