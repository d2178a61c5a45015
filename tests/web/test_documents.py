"""Official documents through the pages: from draft over check to issue, by whom, and what a page says meanwhile."""

import re

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session, write_session
from app.domain.documents import DocumentState
from app.domain.vocabulary import Role
from app.models import Milestone, OfficialDocument, Plan, Printout
from tests.support.busy import PDF, issue_circular
from tests.support.printing import print_at_once
from tests.support.strict_html import faults
from tests.support.web import PLAN, anonymous, signed_in

ISSUE = {"series": "洛均衡办", "signed_by": "（虚构）王某", "signed_on": "2026-11-22"}


def plan_id(app: FastAPI, slug: str = PLAN) -> int:
    with read_session(app.state.engine) as session:
        found: int = session.execute(sa.select(col(Plan.id)).where(col(Plan.slug) == slug)).scalar_one()
        return found


def drafted(app: FastAPI, office: TestClient, key: str = "2026Q3") -> str:
    """Draft a circular and return its address."""
    form = {"plan": str(plan_id(app)), "kind": "quarterly_circular", "key": key}
    answer = office.post("/documents", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def issued(app: FastAPI) -> str:
    """Issue a circular whose file was not set, and return its address."""
    with write_session(app.state.engine) as session:
        return f"/documents/{issue_circular(session, app, plan_id(app))}"


def row(app: FastAPI, address: str) -> OfficialDocument:
    with read_session(app.state.engine) as session:
        found = session.get_one(OfficialDocument, int(address.rpartition("/")[2]))
        session.expunge(found)
        return found


def test_a_circular_goes_from_draft_to_issue_through_the_hands_of_two(app: FastAPI) -> None:
    print_at_once(app)
    office, leader = signed_in(app, Role.OFFICE), signed_in(app, Role.LEADER)
    at = drafted(app, office)
    page = office.get(at).text
    assert faults(page) == []
    assert "草稿" in page
    assert "须由另一人核稿" in page
    assert f'action="{at}/check"' not in page
    assert office.post(f"{at}/check", data={"version": "1"}).status_code == 403
    assert office.post(f"{at}/words", data={"version": "1", "opening": "甲。\n乙<b>。"}).status_code == 303
    assert office.post(f"{at}/refresh", data={"version": "2"}).status_code == 303
    page = leader.get(at).text
    assert "乙&lt;b&gt;。" in page
    assert leader.post(f"{at}/check", data={"version": "3"}).status_code == 303
    page = leader.get(at).text
    assert faults(page) == []
    assert "将编为“洛均衡办〔2026〕1号”" in page
    assert 'value="leader"' in page  # who issues signs
    job = leader.post(f"{at}/issue", data=ISSUE | {"version": "4"}).headers["location"]
    assert leader.get(job).headers["location"] == f"{at}?done=printed"
    page = leader.get(f"{at}?done=printed").text
    assert faults(page) == []
    assert "洛均衡办〔2026〕1号" in page
    first = office.get(f"{at}/files/pdf")
    assert first.content == office.get(f"{at}/files/pdf").content == office.get(f"{at}/draft.pdf").content
    assert first.content[:5] == b"%PDF-"
    assert {file for file in ("docx", "xlsx") if office.get(f"{at}/files/{file}").status_code == 200} == {
        "docx",
        "xlsx",
    }
    assert leader.post(f"{at}/issue", data=ISSUE | {"version": "5"}).status_code == 409
    proof = anonymous(app).get(f"/verify/{row(app, at).code}")
    with read_session(app.state.engine) as session:
        for sha256 in session.scalars(sa.select(col(Printout.sha256))):
            assert sha256 in proof.text


def test_what_another_changed_meanwhile_is_not_overwritten_and_what_came_back_says_why(app: FastAPI) -> None:
    office, leader = signed_in(app, Role.OFFICE), signed_in(app, Role.LEADER)
    at = drafted(app, office)
    assert office.post(f"{at}/words", data={"version": "1", "opening": "甲。"}).status_code == 303
    late = office.post(f"{at}/words", data={"version": "1", "opening": "乙，共12项，占66.7%。"})
    assert late.status_code == 409
    assert faults(late.text) == []
    assert "乙，共12项，占66.7%。</textarea>" in late.text  # nothing typed is lost
    assert "甲。" in late.text
    assert office.post(f"{at}/words", data={"version": "x", "opening": "乙。"}).status_code == 409
    again = office.post(f"{at}/words", data={"version": "2", "opening": "长" * 2001, "closing": ""})
    assert again.status_code == 422
    assert faults(again.text) == []
    assert "长" * 2001 in again.text
    leader.post(f"{at}/check", data={"version": "2"})
    empty = leader.post(f"{at}/send-back", data={"version": "3", "reason": "", "step": "send_back"})
    assert empty.status_code == 422
    assert faults(empty.text) == []
    assert 'id="back-reason-problem"' in empty.text
    assert leader.post(f"{at}/send-back", data={"version": "3", "reason": "（虚构）请核"}).status_code == 303
    page = office.get(at).text
    assert page.index("（虚构）请核") < page.index("<h2")
    assert office.post(f"{at}/discard", data={"version": "4", "reason": "（虚构）重复"}).status_code == 303
    page = office.get(at).text
    assert faults(page) == []
    assert "未占用文号" in page
    assert f'action="{at}/words"' not in page
    assert office.post(f"{at}/refresh", data={"version": "5"}).status_code == 409


def test_the_page_tells_of_figures_typed_and_of_a_quarter_that_still_runs(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    at = drafted(app, office, "2026Q4")
    page = office.get(at).text
    assert "本季度至2026-12-31结束，目前数据截至2026-11-22" in page
    assert "办公室措辞中含有数字" not in page
    office.post(f"{at}/words", data={"version": "1", "opening": "共12项，占66.7%。"})
    page = office.get(at).text
    assert faults(page) == []
    assert "办公室措辞中含有数字：12、66.7%，请与台账数据核对。" in page
    assert "本季度至" not in office.get(drafted(app, office)).text


def test_a_wrong_issue_comes_back_as_it_was_typed(app: FastAPI) -> None:
    office, leader = signed_in(app, Role.OFFICE), signed_in(app, Role.LEADER)
    at = drafted(app, office)
    leader.post(f"{at}/check", data={"version": "1"})
    typed = {"version": "2", "step": "issue", "series": "a1", "signed_by": "", "signed_on": "2027-01-01"}
    answer = leader.post(f"{at}/issue", data=typed)
    assert answer.status_code == 422
    assert faults(answer.text) == []
    assert 'value="a1"' in answer.text
    assert {f'id="{name}-problem"' in answer.text for name in ("series", "signed_by", "signed_on")} == {True}
    told = leader.get(f"{at}/next-number", params={"series": "石均衡办", "signed_on": "2026-11-01"}).text
    assert told.strip() == "将编为“石均衡办〔2026〕1号”。"
    assert "机关代字" in leader.get(f"{at}/next-number", params={"series": "\x00", "signed_on": "x"}).text


@pytest.mark.parametrize("form", [{}, {"plan": "x"}, {"kind": "y"}, {"kind": "county_sheet"}, {"key": "2024Q1"}])
def test_an_order_that_names_nothing_is_refused_with_its_page(app: FastAPI, form: dict[str, str]) -> None:
    whole = {"plan": str(plan_id(app)), "kind": "quarterly_circular"} if form else {}
    answer = signed_in(app, Role.OFFICE).post("/documents", data=whole | form)
    assert answer.status_code == 422
    assert faults(answer.text) == []
    assert 'class="problem"' in answer.text or "data-focus" in answer.text


def test_those_who_do_not_print_see_what_was_issued_and_no_draft(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    done, draft = issued(app), drafted(app, office, "2026Q2")
    for role in (Role.INSPECTOR, Role.AUDITOR):
        reader = signed_in(app, role)
        page = reader.get(done).text
        assert faults(page) == []
        assert "<form" not in page.partition("<main")[2].partition('id="scans"')[2].partition("</section>")[0]
        assert f'action="{done}/correct"' not in page
        assert reader.get(f"{done}/files/pdf").content == PDF
        assert reader.get(draft).status_code == 404
        assert reader.get(f"{draft}/draft.pdf").status_code == 403
        register = reader.get("/printouts").text
        assert f'href="{done}"' in register
        assert f'href="{draft}"' not in register
    assert signed_in(app, Role.UNIT).get(draft).status_code == 404
    stranger, unit = (
        signed_in(app, Role.OFFICE, "shizhu-2021"),
        signed_in(app, Role.UNIT, "shizhu-2021", "石柱土家族自治县公安局"),
    )
    for browser in (stranger, unit):
        for path in (done, draft, f"{done}/files/pdf"):
            assert browser.get(path).status_code == 404, path
        assert not {done, draft} & set(re.findall(r'href="([^"]+)"', browser.get("/printouts").text))


def test_a_file_is_compared_and_a_signed_copy_filed(app: FastAPI) -> None:
    office, at = signed_in(app, Role.OFFICE), issued(app)
    same = office.post(f"{at}/compare", files={"file": ("a.pdf", PDF)})
    assert same.headers["location"] == f"{at}?same=pdf#proof"
    assert "逐字节一致" in office.get(f"{at}?same=pdf").text
    assert (
        office.post(f"{at}/compare", files={"file": ("a.pdf", PDF + b" ")}).headers["location"].endswith("=none#proof")
    )
    assert faults(office.get(f"{at}?same=none").text) == faults(office.post(f"{at}/compare").text) == []
    scan = {"scan": ("签章件.pdf", PDF, "application/pdf")}
    assert office.post(f"{at}/scans", files=scan, data={"note": "（虚构）"}).status_code == 303
    link = re.search(rf'href="({at}/scans/\d+)"', office.get(at).text)
    assert link
    assert office.get(link.group(1)).content == PDF
    wrong = office.post(f"{at}/scans", files={"scan": ("a.pdf", b"MZ", "application/pdf")})
    assert wrong.status_code == 422
    assert faults(wrong.text) == []
    assert office.post(f"{at}/scans").status_code == 422


def test_a_correction_names_the_issued_document_and_the_proof_tells_of_it(app: FastAPI) -> None:
    office, at = signed_in(app, Role.OFFICE), issued(app)
    code = row(app, at).code
    proof = anonymous(app).get(f"/verify/{code.upper()}")
    assert faults(proof.text) == []
    assert "noindex" in proof.headers["x-robots-tag"]
    assert "site-header" not in proof.text
    assert "各责任单位" not in proof.text  # never what it says
    answer = office.post(f"{at}/correct")
    draft = answer.headers["location"].partition("?")[0]
    assert "（更正）" in office.get(draft).text
    assert office.post(f"{at}/correct").status_code == 409
    with write_session(app.state.engine) as session:
        correction = session.get_one(OfficialDocument, int(draft.rpartition("/")[2]))
        correction.state, correction.number = DocumentState.ISSUED, "洛均衡办〔2026〕2号"
    assert "后由洛均衡办〔2026〕2号更正" in anonymous(app).get(f"/verify/{code}").text
    for wrong in ("x", code[:-1], "0" * 20, "％", "a" * 65):
        answer = anonymous(app).get(f"/verify/{wrong}")
        assert answer.status_code == 404
        assert "noindex" in answer.headers.get("x-robots-tag", "noindex")
    assert "逐字核对" in anonymous(app).get(f"/verify/{'0' * 20}").text


def test_a_draft_that_cannot_be_set_says_which_character_and_stays(app: FastAPI) -> None:
    with write_session(app.state.engine) as session:
        session.execute(
            sa.update(Milestone).where(col(Milestone.title) == "撤并教学点97个").values(title="撤并教学点\U000f0000个")
        )
    office = signed_in(app, Role.OFFICE)
    at = drafted(app, office)
    answer = office.get(f"{at}/draft.pdf")
    assert answer.status_code == 409
    assert "U+F0000" in answer.text
    assert faults(answer.text) == []
    workbook = office.get(f"{at}/draft.xlsx", params={"token": "abc1"})
    assert workbook.content[:2] == b"PK"
    assert "junheng_downloaded=abc1" in workbook.headers["set-cookie"]
    assert office.get(f"{at}/draft.exe").status_code == 404
