"""The register of printed matter: what is in work, what was issued, its filters and pages, files of old."""

from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.vocabulary import Role
from app.models import OfficialDocument, Printout
from app.queries import document_pages
from app.services.printouts import PrintFormat
from tests.support.busy import issue_circular
from tests.support.circulars import make_circular
from tests.support.strict_html import faults
from tests.support.web import SYSTEM, anonymous, signed_in
from tests.web.scanned import counted
from tests.web.test_documents import drafted, plan_id

HTMX = {"HX-Request": "true"}


def printed(app: FastAPI) -> Printout:
    """Print a circular as the command line does."""
    settings, now = app.state.settings, app.state.clock.now()
    with write_session(app.state.engine) as session:
        made = make_circular(
            session,
            SYSTEM,
            plan_id=plan_id(app),
            quarter="2026Q3",
            file_format=PrintFormat.XLSX,
            settings=settings,
            now=now,
        )
        session.flush()
        session.expunge(made)
        return made


def test_an_empty_register_says_what_to_do(app: FastAPI) -> None:
    page = signed_in(app, Role.OFFICE).get("/printouts").text
    assert faults(page) == []
    assert "没有办理中的文稿" in page
    assert "尚未签发" in page
    assert "起草2026年第三季度通报" in page
    assert "没有符合筛选条件" in signed_in(app, Role.OFFICE).get("/printouts", params={"words": "%"}).text
    unit = signed_in(app, Role.UNIT).get("/printouts").text
    assert faults(unit) == []
    assert "尚无发给本单位的文件" in unit
    assert 'action="/documents"' not in unit
    assert 'href="/documents/new"' not in unit


def test_the_circular_of_the_last_quarter_is_begun_with_one_button_and_once(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    at = drafted(app, office)
    page = office.get("/printouts").text
    assert f'href="{at}"' in page
    assert "草稿" in page
    assert 'name="key"' not in page  # it was begun
    leader = signed_in(app, Role.LEADER).get("/printouts").text
    assert 'name="key"' not in leader
    assert f'href="{at}"' in leader


def test_the_register_is_narrowed_and_turned_page_by_page(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    with write_session(app.state.engine) as session:
        document_id = issue_circular(session, app, plan_id(app))
        first = session.get_one(OfficialDocument, document_id)
        for number in range(document_pages.PAGE):
            copied = first.model_dump(exclude={"id"}) | {"code": f"{number:020}", "number": f"试〔2026〕{number}号"}
            session.add(OfficialDocument.model_validate(copied))
    office, link = signed_in(app, Role.OFFICE), f'href="/documents/{document_id}"'
    part = office.get("/printouts", headers=HTMX).text
    assert "<html" not in part
    assert link not in part
    below = part.partition("below=")[2].partition('"')[0]
    assert link in office.get("/printouts", params={"below": below}).text
    found = office.get(
        "/printouts", params={"words": "洛均衡办", "kind": "quarterly_circular", "plan": str(plan_id(app))}
    )
    assert link in found.text
    assert faults(found.text) == []
    for other in ({"kind": "dossier"}, {"words": "没有"}, {"plan": "2147483647"}):
        assert link not in office.get("/printouts", params=other).text
    assert office.get("/printouts", params={"kind": "x", "plan": "x", "below": "x", "words": "\x00"}).status_code == 200


def test_what_the_command_line_printed_is_listed_and_gives_the_same_bytes(app: FastAPI) -> None:
    made, office = printed(app), signed_in(app, Role.OFFICE)
    page = office.get("/printouts").text
    assert made.sha256[:12] in page
    sent = office.get(f"/printouts/{made.id}/file")
    assert unquote(sent.headers["content-disposition"]).endswith("2026年第三季度季度通报.xlsx")
    assert len(sent.content) == made.size
    for stranger in (signed_in(app, Role.OFFICE, "shizhu-2021"), signed_in(app, Role.UNIT)):
        assert stranger.get(f"/printouts/{made.id}/file").status_code == 404
        assert made.sha256[:12] not in stranger.get("/printouts").text
    (app.state.settings.printouts_dir / made.sha256[:2] / made.sha256).unlink()
    assert office.get(f"/printouts/{made.id}/file").status_code == 404


def test_nobody_looks_without_signing_in_and_the_administrator_not_at_all(app: FastAPI) -> None:
    assert anonymous(app).get("/printouts").status_code == 303
    assert signed_in(app, Role.ADMINISTRATOR).get("/printouts").status_code == 403
    assert signed_in(app, Role.OFFICE).post("/printouts").status_code == 405


def test_while_a_document_is_drawn_no_writing_transaction_is_open(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    office.get("/printouts")  # the first request of a day begins it
    with counted(app) as statements:
        drafted(app, office)
    begins = [index for index, text in enumerate(statements) if text.startswith("BEGIN")]
    gathered = next(index for index, text in enumerate(statements) if "FROM milestone" in text)
    assert statements[max(index for index in begins if index < gathered)] == "BEGIN"
    assert statements[begins[-1]] == "BEGIN IMMEDIATE"
    with read_session(app.state.engine) as session:
        assert session.scalars(sa.select(col(OfficialDocument.title))).one()
