"""The register of document numbers: without a gap, numbers given on paper with their reason, a file of all."""

import pytest
from fastapi import FastAPI

from app.core.database import write_session
from app.domain.vocabulary import Role
from app.models import DocumentNumber, Plan
from tests.support.busy import issue_circular
from tests.support.strict_html import faults
from tests.support.web import signed_in
from tests.web.test_documents import plan_id

PAPER = {"series": "洛均衡办", "year": "2026", "up_to": "4", "reason": "（虚构）启用前纸质发文"}


def test_numbers_given_on_paper_are_entered_with_their_reason_and_issues_follow_on(app: FastAPI) -> None:
    at = f"/plans/{plan_id(app)}/document-numbers"
    office = signed_in(app, Role.OFFICE)
    with write_session(app.state.engine) as session:
        document_id = issue_circular(session, app, plan_id(app))
    assert office.post(at, data=PAPER).headers["location"] == f"{at}?year=2026&done=1"
    page = office.get(f"{at}?year=2026&done=1").text
    assert faults(page) == []
    assert "第1号至第4号连续，无缺号" in page
    assert f'href="/documents/{document_id}"' in page
    assert page.count("（虚构）启用前纸质发文") == 3
    lines = office.get(f"{at}/rows.csv", params={"year": "2026"}).text.splitlines()
    assert len(lines) == 5
    assert lines[4].startswith("洛均衡办〔2026〕1号,关于")
    assert "尚未编号" in office.get(f"{at}?year=2025").text
    assert faults(office.get(f"{at}?year=x").text) == []


def test_a_gap_is_told_loudly(app: FastAPI) -> None:
    with write_session(app.state.engine) as session:
        office_id = session.get_one(Plan, plan_id(app)).office_id
        entry = {"organization_id": office_id, "series": "洛均衡办", "year": 2026, "recorded_at": app.state.clock.now()}
        session.add(DocumentNumber.model_validate(entry | {"serial": 3, "reason": "（虚构）"}))
    page = signed_in(app, Role.OFFICE).get(f"/plans/{plan_id(app)}/document-numbers").text
    assert "无故缺号：1、2" in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"series": "abc"}, "series"),
        ({"year": "1999"}, "year"),
        ({"up_to": "0"}, "up_to"),
        ({"up_to": "999"}, "up_to"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_wrong_entry_is_named_by_its_field(app: FastAPI, form: dict[str, str], field: str) -> None:
    at = f"/plans/{plan_id(app)}/document-numbers"
    answer = signed_in(app, Role.OFFICE).post(at, data=PAPER | form)
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert faults(answer.text) == []
    assert signed_in(app, Role.OFFICE, "shizhu-2021").post(at, data=PAPER).status_code == 404
    assert signed_in(app, Role.AUDITOR).get(at).status_code == 403
