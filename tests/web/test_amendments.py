"""The pages of amendments: a document is named, its changes are gathered, looked at, and put in force in a browser."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session
from app.domain.vocabulary import Role, Standing
from app.models import AmendmentDraft, Milestone, MilestoneStanding, Plan
from tests.support.strict_html import faults
from tests.support.web import PLAN, flat
from tests.web.scanned import case_of, scanned

Enter = Callable[..., TestClient]
DOCUMENT = {
    "title": "关于调整时间表的通知",
    "document_number": "洛政办[2026] 第08号",
    "document_on": "2026-11-10",
    "reason": "工期推迟",
}
NEW = {
    "title": "编制校园安全台账",
    "clause": "三(九)1",
    "kind": "task",
    "place": "洛阳市",
    "due_phrase": "2027年6月底前",
    "responsible": "市教育局",
}
HOSTILE = [
    "\x00",
    "a" * 5000,
    "99999999999999999999",
    "0001-01-01",
    "9999-12-31",
    "<script>alert(1)</script>",
    "\U0001f600‮",
]


def id_of_plan(app: FastAPI, slug: str = PLAN) -> int:
    with read_session(app.state.engine) as session:
        found: int = session.execute(sa.select(col(Plan.id)).where(col(Plan.slug) == slug)).scalar_one()
        return found


def id_of(app: FastAPI, key: str) -> int:
    with read_session(app.state.engine) as session:
        query = sa.select(col(Milestone.id)).where(col(Milestone.key) == key, col(Milestone.plan_id) == id_of_plan(app))
        found: int = session.execute(query).scalar_one()
        return found


def standing_of(app: FastAPI, key: str) -> MilestoneStanding:
    with read_session(app.state.engine) as session:
        return session.get_one(MilestoneStanding, id_of(app, key))


def begun(app: FastAPI, office: TestClient, **given: str) -> str:
    answer = office.post(f"/plans/{id_of_plan(app)}/amendments", data={**DOCUMENT, **given})
    assert answer.status_code == 303, problems(answer.text)
    address: str = answer.headers["location"].split("?")[0]
    return address


def form_of(html: str) -> dict[str, Any]:
    """Return what a browser would send of a milestone's form."""
    fields: dict[str, Any] = {}
    for name, words in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.DOTALL):
        fields[name] = words.strip()
    for tag in re.findall(r"<input[^>]*>", html, re.DOTALL):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (not re.search("checkbox|radio", tag) or "checked" in tag):
            fields[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        fields[name] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in fields.items()}


def changed(office: TestClient, draft: str, key: str, **values: str) -> None:
    url = f"{draft}/milestone?key={key}"
    answer = office.post(url, data=form_of(office.get(url).text) | values)
    assert answer.status_code == 303, problems(answer.text)


def enacted(office: TestClient, draft: str) -> Any:
    seen = re.search(r'name="seen" value="(\w+)"', flat(office.get(draft).text))
    return office.post(f"{draft}/enact", data={"seen": seen[1] if seen else ""})


def problems(html: str) -> dict[str, str]:
    return dict(re.findall(r'<p class="problem"[^>]*id="([\w-]+)-problem">\s*([^<]*?)\s*</p>', html))


def test_a_document_is_prepared_its_number_put_right_and_put_in_force(app: FastAPI, client: Enter) -> None:
    office, plan_id = client(), id_of_plan(app)
    answer = office.post(f"/plans/{plan_id}/amendments", data=DOCUMENT)
    draft = answer.headers["location"].split("?")[0]
    page = office.get(answer.headers["location"])
    assert "洛政办〔2026〕8号" in page.text
    assert "规范" in page.text or "put right" in page.text
    assert f"{draft}/enact" not in page.text  # there is nothing to put in force yet
    found = office.get(draft, params={"q": "新安县"})
    assert "recognition-xinan" in found.text
    changed(office, draft, "recognition-xinan", due_phrase="2029年6月底前")
    assert office.post(f"{draft}/withdraw?key=add-places").status_code == 303
    assert office.post(f"{draft}/milestone", data=NEW).status_code == 303
    shown = office.get(draft)
    assert faults(shown.text) == []
    assert [word in shown.text for word in ("2029-06-30", "2025-12-31", "编制校园安全台账", "新增学位")] == [True] * 4
    assert standing_of(app, "recognition-xinan").due_version == 1  # nothing has changed yet
    answer = enacted(office, draft)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/plans/{plan_id}/revisions?done=enacted")
    assert str(standing_of(app, "recognition-xinan").effective_due_on) == "2029-06-30"
    assert standing_of(app, "add-places").standing is Standing.WITHDRAWN
    assert standing_of(app, "bzxyaqtz").standing is not Standing.WITHDRAWN
    assert office.get(draft).status_code == 404


def test_an_amended_milestones_page_and_its_case_show_both_dates(app: FastAPI, client: Enter) -> None:
    case_id = case_of(scanned(app))
    office = client()
    draft = begun(app, office)
    changed(office, draft, "recognition-xinan", due_phrase="2026年6月底前")
    assert enacted(office, draft).status_code == 303
    page = flat(office.get(f"/milestones/{id_of(app, 'recognition-xinan')}").text)
    for words in ("2025-12-31", "2026-06-30", "洛政办〔2026〕8号", "工期推迟", "关于调整时间表的通知"):
        assert words in page
    assert len(re.findall(r"逾期\s*\d+天", page)) >= 2  # late by the original date and by the one in force
    case = flat(office.get(f"/cases/{case_id}").text)
    assert "2025-12-31" in case
    assert "2026-06-30" in case
    unit = client(Role.UNIT).get(f"/milestones/{id_of(app, 'recognition-xinan')}")
    assert "关于调整时间表的通知" in unit.text
    assert "/versions/" not in unit.text


def test_a_withdrawn_milestone_is_found_and_put_back(app: FastAPI, client: Enter) -> None:
    office = client()
    draft = begun(app, office)
    office.post(f"{draft}/withdraw?key=add-places")
    enacted(office, draft)
    draft = begun(app, office, document_number="洛政办〔2026〕9号")
    found = office.get(draft, params={"q": "新增学位"}).text
    assert "withdraw?key=add-places" not in found
    changed(office, draft, "add-places", due_phrase="2027年底前")
    assert enacted(office, draft).status_code == 303
    assert str(standing_of(app, "add-places").effective_due_on) == "2027-12-31"


def test_what_was_measured_by_an_old_target_stays_readable_and_nothing_more_is_measured_by_it(
    app: FastAPI, client: Enter
) -> None:
    office, url = client(), f"/milestones/{id_of(app, 'add-places')}"
    target = re.findall(r'name="(value-\d+)"', office.get(url).text)[0]
    report = {"reported_on": "2026-11-20", "summary": "已新增部分学位"}
    assert office.post(f"{url}/reports", data={**report, target: "20123"}).status_code == 303
    draft = begun(app, office)
    changed(office, draft, "add-places", **{"targets-0-value": "30000"})
    assert enacted(office, draft).status_code == 303
    page = office.get(url).text
    assert "20123" in page
    assert f'name="{target}"' not in page
    answer = office.post(f"{url}/reports", data={**report, target: "21000"})
    assert (answer.status_code, "方案在此期间已经修订" in answer.text) == (422, True)


def test_wrong_entries_are_named_and_what_was_typed_stays(app: FastAPI, client: Enter) -> None:
    office, plan_id = client(), id_of_plan(app)
    answer = office.post(f"/plans/{plan_id}/amendments", data={"title": "", "document_number": "", "document_on": "x"})
    assert answer.status_code == 422
    assert set(problems(answer.text)) == {"title", "document_number", "document_on"}
    for day in ("2026-11-23", "2025-05-10"):
        answer = office.post(f"/plans/{plan_id}/amendments", data={**DOCUMENT, "document_on": day})
        assert set(problems(answer.text)) == {"document_on"}
        assert DOCUMENT["title"] in answer.text
    long = office.post(f"/plans/{plan_id}/amendments", data={**DOCUMENT, "title": "字" * 201, "reason": "由" * 501})
    assert set(problems(long.text)) == {"title", "reason"}
    draft = begun(app, office)
    again = office.post(f"/plans/{plan_id}/amendments", data=DOCUMENT)
    assert set(problems(again.text)) == {"document_number"}
    answer = office.post(draft, data={**DOCUMENT, "document_on": "2027-01-01"})
    assert (answer.status_code, set(problems(answer.text))) == (422, {"document_on"})
    answer = office.post(draft, data={**DOCUMENT, "title": "关于再次调整的通知"})
    assert answer.headers["location"] == f"{draft}?done=number"
    wrong = office.post(f"{draft}/milestone", data={**NEW, "responsible": "没有的局", "due_phrase": "不久以后"})
    assert {"responsible", "due_phrase"} <= set(problems(wrong.text))
    taken = office.post(f"{draft}/milestone", data={**NEW, "key": "add-places"})
    assert set(problems(taken.text)) == {"key"}
    more = office.post(f"{draft}/milestone", data={**NEW, "more": "1"})
    assert (more.status_code, "编制校园安全台账" in more.text) == (200, True)


def test_two_added_milestones_of_the_same_initials_get_keys_of_their_own(app: FastAPI, client: Enter) -> None:
    office = client()
    draft = begun(app, office)
    for _ in range(2):
        assert office.post(f"{draft}/milestone", data=NEW).status_code == 303
    assert enacted(office, draft).status_code == 303
    assert id_of(app, "bzxyaqtz") != id_of(app, "bzxyaqtz-2")


def test_what_changed_after_it_was_shown_is_shown_again_before_it_is_put_in_force(app: FastAPI, client: Enter) -> None:
    office = client()
    draft = begun(app, office)
    nothing = office.post(f"{draft}/enact", data={"seen": ""})
    assert nothing.status_code == 409
    changed(office, draft, "recognition-xinan", due_phrase="2029年6月底前")
    stale = office.post(f"{draft}/enact", data={"seen": "0" * 64})
    assert (stale.status_code, standing_of(app, "recognition-xinan").due_version) == (409, 1)
    assert faults(stale.text) == []
    same = f"{draft}/milestone?key=recognition-luanchuan"
    assert office.post(same, data=form_of(office.get(same).text)).status_code == 409
    assert office.post(f"{draft}/drop?key=recognition-xinan").status_code == 303
    assert office.get(f"{draft}?done=dropped").text.count("2029-06-30") == 0
    assert office.post(f"{draft}/discard").headers["location"].endswith("/revisions?done=discarded")
    assert office.get(draft).status_code == 404


def test_a_unit_that_is_gone_from_the_plan_is_named_when_the_amendment_is_put_in_force(
    app: FastAPI, client: Enter
) -> None:
    office = client()
    first = begun(app, office)
    assert office.post(f"{first}/milestone", data={**NEW, "key": "books"}).status_code == 303
    enacted(office, first)
    draft = begun(app, office, document_number="洛政办〔2026〕9号")
    changed(office, draft, "recognition-xinan", governed_by="books")
    other = begun(app, office, document_number="洛政办〔2026〕10号")
    office.post(f"{other}/withdraw?key=books")
    assert enacted(office, other).status_code == 303
    answer = enacted(office, draft)
    assert answer.status_code == 422
    assert "新安县通过优质均衡国家评估验收" in answer.text
    assert "books" in answer.text
    assert faults(answer.text) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_prepares_amendments(app: FastAPI, client: Enter, role: Role) -> None:
    draft = begun(app, client())
    visitor, plan_id = client(role), id_of_plan(app)
    for path in (draft, f"{draft}/milestone", f"/plans/{plan_id}/amendments/new"):
        assert visitor.get(path).status_code == 403
    for path in (draft, f"{draft}/enact", f"{draft}/discard", f"/plans/{plan_id}/amendments"):
        assert visitor.post(path, data=DOCUMENT).status_code == 403


def test_another_plans_amendment_does_not_exist(app: FastAPI, client: Enter) -> None:
    draft = begun(app, client())
    stranger, plan_id = client(Role.OFFICE, "shizhu-2021"), id_of_plan(app)
    for path in (draft, f"{draft}/milestone", f"/plans/{plan_id}/amendments/new"):
        assert stranger.get(path).status_code == 404
    for path in ("", "/milestone", "/withdraw?key=add-places", "/drop?key=x", "/enact", "/discard"):
        assert stranger.post(f"{draft}{path}", data={**DOCUMENT, **NEW}).status_code == 404
    assert stranger.post(f"/plans/{plan_id}/amendments", data=DOCUMENT).status_code == 404


@pytest.mark.parametrize("word", HOSTILE)
def test_no_words_bring_a_form_of_an_amendment_to_fall(app: FastAPI, client: Enter, word: str) -> None:
    office = client()
    draft = begun(app, office)
    for path, fields in (
        ("", DOCUMENT),
        ("/milestone", NEW),
        ("/milestone?key=add-places", NEW),
        ("/enact", {"seen": ""}),
    ):
        answer = office.post(f"{draft}{path}", data=dict.fromkeys(fields, word))
        assert answer.status_code in (303, 409, 422), path
        assert "<script>alert" not in answer.text
    for path in ("/milestone", "/withdraw", "/drop"):
        assert office.post(f"{draft}{path}?key={quote(word)}").status_code in (303, 404, 422)
    assert office.get(draft, params={"q": word[:100]}).status_code == 200
    with read_session(app.state.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AmendmentDraft)) == 1
