"""Mine, this period, in a workbook: downloaded, filled in, handed in, looked at, saved and submitted on the pages."""

import re
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.support.imports import workbook
from tests.support.strict_html import faults
from tests.support.web import flat, signed_in

PAGE = "/my-reports/workbook/upload"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def unit(app: FastAPI) -> TestClient:
    return signed_in(app, "unit")


def downloaded(browser: TestClient) -> Any:
    answer = browser.get("/my-reports/workbook")
    assert answer.headers["content-type"] == XLSX
    return openpyxl.load_workbook(BytesIO(answer.content))


def handed_in(browser: TestClient, book: Any) -> Any:
    buffer = BytesIO()
    book.save(buffer)
    return browser.post("/my-reports/workbook", files={"file": ("填报.xlsx", buffer.getvalue(), XLSX)})


def fill(book: Any, row: int, **cells: Any) -> str:
    """Fill cells of a row by heading and return its milestone's text."""
    page = book["填报"]
    headings = [cell.value for cell in page[1]]
    for heading, value in cells.items():
        page.cell(row, headings.index(heading) + 1).value = value
    return str(page.cell(row, headings.index("任务内容") + 1).value)


def sent(page: str, **given: str) -> dict[str, str]:
    """Return what the preview's buttons send."""
    return {name: re.findall(rf'name="{name}" value="(\w+)"', page)[0] for name in ("file", "seen")} | given


def test_a_unit_fills_in_its_reports_in_excel_and_submits_them(app: FastAPI, unit: TestClient) -> None:
    assert "/my-reports/workbook/upload" in unit.get("/my-reports").text
    assert faults(unit.get(PAGE).text) == []
    book = downloaded(unit)
    first = fill(book, 2, 工作进展="（虚构）主体完工", 截至日期="2026-11-20")
    second = fill(book, 3, 工作进展="（虚构）全部完成", 申请销号="是", 达到日期="2026-11-19", 截至日期="去年")
    answer = handed_in(unit, book)
    assert (answer.status_code, answer.headers["location"].partition("=")[0]) == (303, f"{PAGE}?file")
    shown = unit.get(answer.headers["location"])
    page = flat(shown.text)
    assert faults(shown.text) == []
    mark = '<mark class="workbook-text">（虚构）主体完工</mark>'
    assert [words for words in (first, second, "填报!M3", mark) if words not in page] == []
    refused = unit.post("/my-reports/workbook/submit", data=sent(shown.text))
    assert refused.status_code == 422
    assert faults(refused.text) == []
    fill(book, 3, 截至日期="2026-11-21")
    shown = unit.get(handed_in(unit, book).headers["location"])
    form = sent(shown.text)
    assert unit.post("/my-reports/workbook/drafts", data=form).headers["location"] == "/my-reports?done=saved"
    form = sent(unit.get(f"{PAGE}?file={form['file']}").text)
    done = unit.post("/my-reports/workbook/submit", data=form)
    assert done.headers["location"] == "/my-reports?done=submitted&count=1"
    again = unit.post("/my-reports/workbook/submit", data=form)
    assert again.status_code == 422
    assert unit.get(f"{PAGE}?file={form['file']}").status_code == 200
    # Another unit that gets hold of the address learns nothing but that it is not its own.
    other = signed_in(app, "unit", organization="宜阳县人民政府").get(f"{PAGE}?file={form['file']}")
    assert other.status_code == 422
    assert first not in other.text


def test_a_file_that_is_no_workbook_of_reports_is_refused_with_words(unit: TestClient) -> None:
    for content in (b"", b"%PDF-1.7", b"PK\x03\x04nonsense", workbook(["编号", "任务"], ["1", "甲"])):
        answer = unit.post("/my-reports/workbook", files={"file": ("x.xlsx", content, XLSX)})
        assert (answer.status_code, faults(answer.text)) == (422, []), content[:8]
        assert 'id="file-problem"' in answer.text
    assert unit.post("/my-reports/workbook", data={}).status_code == 422
    for file in ("0" * 64, "../../etc/passwd", "x", "\x00"):
        assert unit.get(PAGE, params={"file": file}).status_code == 404
        for step in ("drafts", "submit"):
            assert unit.post(f"/my-reports/workbook/{step}", data={"file": file}).status_code == 404
