"""The office's pages of reporting periods: counts, drill-down, opening again, files, scope."""

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from starlette.testclient import TestClient

from tests.support.strict_html import faults
from tests.support.web import flat, seeded_app, signed_in

LATER = datetime(2027, 2, 1, 4, tzinfo=UTC)


def period_of(browser: TestClient, name: str = "2026年第四季度") -> str:
    found = re.search(rf'<a href="(/periods/\d+)">{name}</a>', flat(browser.get("/periods").text))
    assert found
    return found[1]


def test_office_and_leader_see_who_has_not_reported_and_a_unit_its_own_line(app: FastAPI):
    office, unit = signed_in(app, "office"), signed_in(app, "unit")
    address = period_of(office)
    page = office.get(address).text
    assert faults(page) == []
    units = re.findall(rf'href="({address}/units/\d+)"', page)
    assert len(units) > 15
    assert re.findall(rf'href="({address}/units/\d+)"', unit.get(address).text) != units
    own = re.findall(rf'href="({address}/units/\d+)"', unit.get(address).text)
    assert len(own) == 1
    assert faults(unit.get(own[0]).text) == []
    other = next(item for item in units if item not in own)
    assert unit.get(other).status_code == 404
    assert signed_in(app, "office", "shizhu-2021").get(address).status_code == 404
    for role in ("leader", "inspector", "auditor"):
        assert signed_in(app, role).get(address).status_code == 200
    assert "2026年第四季度" in office.get("/").text
    assert "/my-reports" in unit.get("/").text


def test_the_missing_go_out_as_a_file(app: FastAPI):
    office, unit = signed_in(app, "office"), signed_in(app, "unit")
    address = period_of(office)
    text = office.get(f"{address}/missing.csv").content.decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("方案,报送期,单位,任务")
    sheet = load_workbook(BytesIO(office.get(f"{address}/missing.xlsx").content)).active
    assert sheet is not None
    assert sheet.max_row == len(lines)
    own = unit.get(f"{address}/missing.csv").content.decode("utf-8-sig").splitlines()
    assert {line.split(",")[2] for line in own[1:]} == {"新安县人民政府"}


@pytest.fixture
def later(tmp_path: Path):
    made = seeded_app(tmp_path, now=LATER)
    yield made
    made.state.engine.dispose()


def test_a_closed_period_is_opened_for_one_unit_with_a_reason(later: FastAPI):
    office, unit = signed_in(later, "office"), signed_in(later, "unit")
    address = period_of(office)
    own = re.findall(rf'href="({address}/units/\d+)"', unit.get(address).text)[0]
    before = len(re.findall(r'id="owed-', unit.get("/my-reports").text))
    wrong = office.post(f"{own}/reopenings", data={"until_on": "2027-01-31", "reason": ""})
    assert wrong.status_code == 422
    assert faults(wrong.text) == []
    given = {"until_on": "2027-02-10", "reason": "（虚构）网络故障"}
    assert unit.post(f"{own}/reopenings", data=given).status_code == 403
    assert signed_in(later, "office", "shizhu-2021").post(f"{own}/reopenings", data=given).status_code == 404
    assert office.post(f"{address}/units/999999/reopenings", data=given).status_code == 404
    assert office.post(f"{own}/reopenings", data=given).headers["location"] == f"{own}?done=reopened"
    assert "（虚构）网络故障" in office.get(own).text
    page = unit.get("/my-reports").text
    assert len(re.findall(r'id="owed-', page)) > before
    assert "2027-02-10" in page
    assert faults(page) == []
