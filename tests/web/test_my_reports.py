"""The page 'mine, this period': drafts, two who write at once, submission singly and together, scope."""

import re

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session
from app.models import Evidence, Report, ReportDraft
from tests.support.strict_html import faults
from tests.support.web import flat, signed_in

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
NEIGHBOUR = "宜阳县人民政府"


@pytest.fixture
def unit(app: FastAPI) -> TestClient:
    return signed_in(app, "unit")


def owed_ids(browser: TestClient, query: str = "") -> list[str]:
    return re.findall(r'id="owed-(\d+)"', browser.get(f"/my-reports{query}").text)


def form(browser: TestClient, expected_id: str, **changes: str) -> dict[str, str]:
    page = browser.get(f"/my-reports/{expected_id}").text
    mark = re.search(r'name="mark" value="([^"]+)"', page)
    assert mark
    return {"mark": mark[1], "reported_on": "2026-11-20", "summary": "（虚构）进展", **changes}


def counted(app: FastAPI, model: type) -> int:
    with read_session(app.state.engine) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_unit_sees_first_what_it_owes_and_reports_step_by_step(app: FastAPI, unit: TestClient):
    page = unit.get("/my-reports").text
    assert faults(page) == []
    assert re.search(r"<nav.*?</nav>", page, re.DOTALL)[0].index("/my-reports") < page.index('href="/milestones"')  # type: ignore[index]
    first, second, third, *rest = owed_ids(unit)
    assert "2026年第四季度" in page
    part = unit.get(f"/my-reports/{first}", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert 'name="mark"' in part

    saved = unit.post(
        f"/my-reports/{first}",
        data=form(unit, first, share_pct="四成", then="save"),
        files={"evidence": ("证明.pdf", PDF, "application/pdf")},
    )
    assert saved.headers["location"] == f"/my-reports?done=saved#owed-{first}"
    again = unit.get(f"/my-reports/{first}").text
    assert 'value="四成"' in again
    assert "证明.pdf" in again

    refused = unit.post(f"/my-reports/{first}", data=form(unit, first, share_pct="四成半", then="submit"))
    assert refused.status_code == 422
    assert 'value="四成半"' in refused.text
    assert 'value="四成半"' in unit.get(f"/my-reports/{first}").text  # the draft is saved all the same
    assert counted(app, Report) == 0
    done = unit.post(f"/my-reports/{first}", data=form(unit, first, share_pct="45", then="submit"))
    assert done.status_code == 303
    assert (counted(app, Report), counted(app, ReportDraft), counted(app, Evidence)) == (1, 0, 1)

    assert unit.post(f"/my-reports/{second}/no-change").status_code == 303
    assert unit.post(f"/my-reports/{second}/no-change").status_code == 422
    unit.post(f"/my-reports/{third}", data=form(unit, third, then="save"))
    assert unit.post(f"/my-reports/{third}/discard", data=form(unit, third)).status_code == 303
    assert unit.post("/my-reports/no-change").headers["location"] == f"/my-reports?done=unchanged&count={len(rest) + 1}"
    assert counted(app, Report) == 3 + len(rest)
    assert owed_ids(unit, "?state=missing") == []
    assert len(owed_ids(unit, "?state=submitted")) == 3 + len(rest)


def test_submit_all_is_all_or_nothing_and_names_row_and_field(app: FastAPI, unit: TestClient):
    good, wrong, left, *_ = owed_ids(unit)
    for expected_id, share in ((good, "40"), (wrong, "140")):
        unit.post(f"/my-reports/{expected_id}", data=form(unit, expected_id, share_pct=share, then="save"))
    refused = unit.post("/my-reports/submit", data={"which": "all"})
    assert refused.status_code == 422
    assert faults(refused.text) == []
    assert f'<a href="/my-reports/{wrong}">' in refused.text
    assert "0" in flat(refused.text)
    assert counted(app, Report) == 0
    ticked = {"which": "ticked", "expected": [good, left]}
    assert unit.post("/my-reports/submit", data=ticked).headers["location"] == "/my-reports?done=submitted&count=1"
    stale = {"which": "all", f"mark-{wrong}": "0.7.20260101"}
    assert unit.post("/my-reports/submit", data=stale).status_code == 422
    assert (counted(app, Report), counted(app, ReportDraft)) == (1, 1)


def test_of_two_browsers_on_one_draft_the_second_is_told_and_loses_nothing(app: FastAPI, unit: TestClient):
    other = signed_in(app, "unit")
    (first, *_) = owed_ids(unit)
    ours, theirs = form(unit, first, then="save", summary="我们写的"), form(other, first, then="save", share_pct="30")
    assert other.post(f"/my-reports/{first}", data={**theirs, "summary": "他们写的"}).status_code == 303
    told = unit.post(f"/my-reports/{first}", data=ours)
    assert told.status_code == 422
    assert faults(told.text) == []
    assert "我们写的" in told.text
    assert "他们写的" in told.text
    mark = re.search(r'name="mark" value="([^"]+)"', told.text)
    assert mark
    assert unit.post(f"/my-reports/{first}", data={**ours, "mark": mark[1]}).status_code == 303
    with read_session(app.state.engine) as session:
        assert "我们写的" in session.execute(sa.select(col(ReportDraft.typed))).scalar_one()


def test_nobody_writes_what_another_unit_owes(app: FastAPI, unit: TestClient):
    (first, *_) = owed_ids(unit)
    mine = form(unit, first)
    for other in (signed_in(app, "unit", organization=NEIGHBOUR), signed_in(app, "office")):
        assert other.get(f"/my-reports/{first}").status_code == 404
        assert other.post(f"/my-reports/{first}", data=mine).status_code == 404
        assert other.post(f"/my-reports/{first}/no-change").status_code == 404
        assert other.post(f"/my-reports/{first}/discard", data=mine).status_code == 404
    assert signed_in(app, "leader").get("/my-reports").status_code == 403
    for address in ("?state=nonsense&period=x&page=-1", "?period=999999&page=99", "?done=saved&count=%00"):
        assert unit.get(f"/my-reports{address}").status_code == 200


@pytest.mark.parametrize("word", ["\x00", "字" * 11_000, "1e999999", "<script>alert(1)</script>", "9" * 30, "１２"])
def test_a_draft_takes_any_words_or_refuses_them_with_a_sentence(app: FastAPI, unit: TestClient, word: str):
    (first, *_) = owed_ids(unit)
    names = ("share_pct", "summary", "reached_on", "value-1", f"value-{'9' * 20}", "why-1", "doubted", "no_change")
    for then in ("save", "submit"):
        sent = {**form(unit, first), **dict.fromkeys(names, word), "then": then, "drop": word}
        answer = unit.post(f"/my-reports/{first}", data=sent)
        assert answer.status_code in (303, 422)
        assert "<script>alert" not in answer.text
    assert faults(unit.get(f"/my-reports/{first}").text) == []


def test_the_milestones_form_says_which_period_a_report_counts_for_and_takes_a_zero_report(
    app: FastAPI, unit: TestClient
):
    (first, *_) = owed_ids(unit)
    milestone = re.search(r'href="/milestones/(\d+)"', unit.get(f"/my-reports/{first}").text)
    assert milestone
    page = unit.get(f"/milestones/{milestone[1]}").text
    assert "2026年第四季度" in page
    assert f"/my-reports/{first}" in page
    sent = {"reported_on": "2026-11-20", "no_change": "1"}
    assert unit.post(f"/milestones/{milestone[1]}/reports", data=sent).status_code == 303
    assert owed_ids(unit, "?state=submitted") == [first]
