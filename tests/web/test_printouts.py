"""Printing: the form, the file that comes, the register, and what is refused."""

import re
from io import BytesIO
from urllib.parse import unquote

import pdfplumber
import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.vocabulary import Role
from app.models import Milestone, Plan, Printout
from tests.support.web import anonymous, signed_in
from tests.web.scanned import counted

TITLE = "洛阳市推进义务教育优质均衡发展具体举措2026年第三季度通报"


def plan_id(app, slug="luoyang-2025"):
    with read_session(app.state.engine) as session:
        return session.scalar(sa.select(col(Plan.id)).where(col(Plan.slug) == slug))


def order(app, **changes):
    """Return a filled form."""
    return {"plan": str(plan_id(app)), "quarter": "2026Q3", "format": "xlsx", **changes}


def register(app):
    with read_session(app.state.engine) as session:
        return session.scalars(sa.select(Printout).order_by(col(Printout.id))).all()


def test_the_form_offers_the_own_plan_and_the_quarters_from_its_beginning(app):
    page = signed_in(app, Role.OFFICE).get("/printouts").text
    assert page.count('<option value="20') == 7  # 2025Q2, when the plan was issued, to 2026Q4
    assert '<option value="2026Q3" selected>' in page
    assert "石柱" not in page
    leader = signed_in(app, Role.LEADER).get("/printouts").text
    assert leader.count('<option value="20') == 8
    assert "石柱方案" in leader


def test_a_pdf_comes_as_a_download_under_its_chinese_name(app):
    office = signed_in(app, Role.OFFICE)
    answer = office.post("/printouts", data=order(app, format="pdf", token="abc123"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert unquote(answer.headers["content-disposition"]) == f"attachment; filename*=UTF-8''{TITLE}.pdf"
    assert "junheng_downloaded=abc123" in answer.headers["set-cookie"]
    with pdfplumber.open(BytesIO(answer.content)) as document:
        text = "".join(page.extract_text() for page in document.pages[:5]).replace("\n", "")
    assert "逾期13项" in text
    assert "按期完成率0%" in text


def test_the_register_gives_the_same_bytes_again(app):
    office = signed_in(app, Role.OFFICE)
    first = office.post("/printouts", data=order(app))
    (printout,) = register(app)
    page = office.get("/printouts", headers={"HX-Request": "true"}).text
    assert "<html" not in page
    assert printout.sha256[:12] in page
    assert "2026年第三季度" in page
    again = office.get(f"/printouts/{printout.id}/file")
    assert again.content == first.content
    assert unquote(again.headers["content-disposition"]).endswith(f"{TITLE}.xlsx")
    assert "附件2 逾期任务" in load_workbook(BytesIO(first.content)).sheetnames


def test_a_file_whose_bytes_are_gone_is_not_found_and_says_so(app, tmp_path):
    office = signed_in(app, Role.OFFICE)
    office.post("/printouts", data=order(app))
    (printout,) = register(app)
    (tmp_path / "printouts" / printout.sha256[:2] / printout.sha256).unlink()
    assert office.get(f"/printouts/{printout.id}/file").status_code == 404


def test_another_plan_is_out_of_reach(app):
    signed_in(app, Role.OFFICE).post("/printouts", data=order(app))
    (printout,) = register(app)
    other = signed_in(app, Role.OFFICE, "shizhu-2021")
    assert other.get(f"/printouts/{printout.id}/file").status_code == 404
    assert other.post("/printouts", data=order(app)).status_code == 404
    assert printout.sha256[:12] not in other.get("/printouts").text
    assert signed_in(app, Role.LEADER).get(f"/printouts/{printout.id}/file").status_code == 200


@pytest.mark.parametrize("role", [Role.UNIT, Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_print_nothing(app, role):
    client = signed_in(app, role)
    assert client.get("/printouts").status_code == 403
    assert client.post("/printouts", data=order(app)).status_code == 403
    assert register(app) == []


def test_nobody_prints_without_signing_in(app):
    assert anonymous(app).post("/printouts", data=order(app)).status_code == 303


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quarter": "2027Q1"}, "quarter"),
        ({"quarter": "2024Q4"}, "quarter"),
        ({"quarter": "soon"}, "quarter"),
        ({"quarter": ""}, "quarter"),
        ({"format": "doc"}, "format"),
        ({"plan": ""}, "plan"),
    ],
)
def test_a_refused_order_names_the_field_and_keeps_nothing(app, changes, field):
    answer = signed_in(app, Role.OFFICE).post("/printouts", data=order(app, **changes))
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert register(app) == []


def test_a_character_no_font_has_is_named_with_its_place(app):
    with write_session(app.state.engine) as session:
        late = sa.select(col(Milestone.id)).where(col(Milestone.title) == "撤并教学点97个")
        session.execute(sa.update(Milestone).where(col(Milestone.id).in_(late)).values(title="撤并教学点\U0001f600个"))
    answer = signed_in(app, Role.OFFICE).post("/printouts", data=order(app, format="pdf"))
    assert answer.status_code == 422
    assert "U+1F600" in answer.text
    assert "附件1" in answer.text
    assert register(app) == []


def test_while_a_document_is_drawn_no_writing_transaction_is_open(app):
    office = signed_in(app, Role.OFFICE)
    office.get("/printouts")  # the first request of a day begins it
    with counted(app) as statements:
        office.post("/printouts", data=order(app))
    begins = [index for index, text in enumerate(statements) if text.startswith("BEGIN")]
    gathered = next(index for index, text in enumerate(statements) if re.search(r"FROM milestone\b", text))
    assert statements[max(index for index in begins if index < gathered)] == "BEGIN"
    assert statements[begins[-1]] == "BEGIN IMMEDIATE"


def test_the_register_takes_few_statements(app):
    office = signed_in(app, Role.OFFICE)
    office.get("/printouts")
    with counted(app) as statements:
        office.get("/printouts")
    assert len(statements) <= 7
