"""History in bulk as the office does it: by ticks, by filter, singly, and taken back."""

import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.domain.vocabulary import Standing
from tests.support.busy import PDF, overdue_milestone
from tests.support.strict_html import faults
from tests.support.web import flat, signed_in
from tests.web.test_milestones import standing_of

FILE = {"evidence": ("证明.pdf", PDF, "application/pdf")}
CONFIRM = {"kind": "confirm_history", "when": "due", "note": "评估报告"}


def waiting(office: TestClient, query: str = "") -> list[int]:
    page = office.get(f"/history{query}").text
    assert faults(page) == []
    return [int(number) for number in re.findall(r'id="tick-(\d+)"', page)]


def batches(office: TestClient) -> list[str]:
    """Return the batches that may be taken back, the newest first."""
    return re.findall(r'name="batch" value="([0-9a-f-]{36})"', flat(office.get("/history").text))


@pytest.fixture
def office(app: FastAPI) -> TestClient:
    return signed_in(app, "office", "nantong-2017", language="en")


def test_history_is_confirmed_in_bulk_or_not_at_all_and_taken_back(app: FastAPI, office: TestClient) -> None:
    ids = waiting(office)
    assert len(ids) == 68
    for entries in ({"when": "due", "note": ""}, CONFIRM, {**CONFIRM, "milestone": ids[:1], "kind": "burn"}):
        empty = office.post("/history", data=entries)
        assert (empty.status_code, faults(empty.text)) == (422, [])
    without = office.post("/history", data={**CONFIRM, "milestone": ids[:2]})
    assert (without.status_code, 'id="evidence-problem"' in without.text) == (422, True)
    assert without.text.count("checked>") >= 2
    strangers = {**CONFIRM, "milestone": [ids[0], overdue_milestone(app)]}
    assert office.post("/history", data=strangers, files=FILE).status_code == 404
    assert standing_of(app, ids[0]) is Standing.UNCONFIRMED
    answer = office.post("/history", data={**CONFIRM, "milestone": ids[:3]}, files=FILE)
    assert answer.status_code == 303
    assert {standing_of(app, number) for number in ids[:3]} == {Standing.CLOSED}
    said = office.get(answer.headers["location"]).text
    assert faults(said) == []
    assert "3 milestones confirmed." in said
    assert "65 milestones of this filter still wait." in said
    assert office.post("/history", data={**CONFIRM, "milestone": ids[:3]}, files=FILE).status_code == 409
    (batch,) = batches(office)
    assert signed_in(app, "office").post("/history/undo", data={"batch": batch}).status_code == 404
    undone = office.post("/history/undo", data={"batch": batch})
    assert undone.status_code == 303
    assert "What was said of 3 milestones is taken back." in flat(office.get(undone.headers["location"]).text)
    assert batches(office) == []
    assert {standing_of(app, number) for number in ids[:3]} == {Standing.UNCONFIRMED}
    assert office.post("/history/undo", data={"batch": batch}).status_code == 409


def test_all_of_a_filter_is_taken_up_when_it_is_still_what_was_seen(app: FastAPI, office: TestClient) -> None:
    query = "?plan=nantong-2017&year=2018"
    ids, every = waiting(office, query), waiting(office)
    assert 0 < len(ids) < len(every)
    form = {"kind": "take_up", "note": "尚未完成", "all": "1", "plan": "nantong-2017", "year": "2018"}
    stale = office.post("/history", data={**form, "seen": "3"})
    assert (stale.status_code, "the list has changed" in stale.text) == (422, True)
    answer = office.post("/history", data={**form, "seen": str(len(ids))})
    assert answer.status_code == 303
    assert "taken up as open" in office.get(answer.headers["location"]).text
    assert {standing_of(app, number) for number in ids} == {Standing.OVERDUE}
    assert waiting(office) == [number for number in every if number not in ids]
    report = {"reported_on": "2026-11-20", "share_pct": "40", "summary": "主体完工"}
    assert office.post(f"/milestones/{ids[0]}/reports", data=report).status_code == 303
    refused = office.post("/history/undo", data={"batch": batches(office)[0]})
    assert refused.status_code == 409
    assert "on 1 of these milestones" in refused.text
    assert standing_of(app, ids[1]) is Standing.OVERDUE


def test_one_milestone_is_spoken_of_and_taken_back_on_its_own_page(app: FastAPI, office: TestClient) -> None:
    milestone = waiting(office)[0]
    url = f"/milestones/{milestone}"
    page = office.get(url).text
    assert faults(page) == []
    wrong = office.post(f"{url}/history", data={**CONFIRM, "note": ""})
    assert (wrong.status_code, faults(wrong.text)) == (422, [])
    assert 'id="history-evidence-problem"' in wrong.text
    day = {**CONFIRM, "when": "day", "reached_on": "2019-06-01"}
    assert office.post(f"{url}/history", data=day, files=FILE).status_code == 303
    assert standing_of(app, milestone) is Standing.CLOSED
    page = flat(office.get(url).text)
    assert "reached on 2019-06-01" in page
    assert "Take back what was said of history" in page
    back = office.post("/history/undo", data={"batch": batches(office)[0], "back": str(milestone)})
    assert back.headers["location"].startswith(url)
    assert standing_of(app, milestone) is Standing.UNCONFIRMED
    assert signed_in(app, "unit").post(f"{url}/history", data=CONFIRM).status_code == 403
    assert signed_in(app, "leader").get("/history").status_code == 403
