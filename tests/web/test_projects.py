"""Projects: totals, money beside time and progress, and the record of payments."""

import json

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.domain.vocabulary import Role
from app.models import AuditEntry, Payment, Project
from tests.support.facts import counted
from tests.support.web import signed_in

SHIZHU = "shizhu-2021"
PAYMENT = {"paid_on": "2026-05-06", "amount": "7000.000001", "source": "县级财政", "note": "二期"}
MOST_STATEMENTS = 8  # besides BEGIN


def _project(app: FastAPI, name: str) -> int:
    with app.state.engine.connect() as connection:
        return int(connection.execute(sa.select(col(Project.id)).where(col(Project.name) == name)).scalar_one())


def _payments(app: FastAPI) -> list[int]:
    with app.state.engine.connect() as connection:
        return list(connection.execute(sa.select(col(Payment.amount_fen)).order_by(col(Payment.id))).scalars())


@pytest.fixture
def school(app: FastAPI) -> int:
    """The sixth project of Shizhu: 18968 万元."""
    return _project(app, "城区中学新建项目")


@pytest.fixture
def office(app: FastAPI) -> TestClient:
    """Shizhu's office."""
    return signed_in(app, Role.OFFICE, SHIZHU, language="en")


def test_shizhus_six_projects_total_150396_wan(app: FastAPI) -> None:
    page = signed_in(app, Role.LEADER, language="en").get(f"/projects?plan={SHIZHU}").text
    tiles = page.split('<ul class="tiles')[1].split("</ul>")[0]
    assert "<strong>6</strong>" in tiles
    assert "<strong>150396</strong>" in tiles
    assert "济源一中附中" not in page


def test_a_project_without_a_sum_in_its_document_says_so(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER, language="en")
    assert "4 projects without a sum" in browser.get("/projects").text
    page = browser.get(f"/projects/{_project(app, '济源一中附中')}").text
    assert "the document names no sum" in page
    assert "no investment given" in page


def test_what_was_never_reported_is_not_zero(app: FastAPI, office: TestClient, school: int) -> None:
    page = office.get(f"/projects/{school}").text
    assert page.count("not reported") >= 2
    assert "no payment on record" in page
    assert "0%" not in page.split('id="money"')[1].split("<dl")[0].replace("100%", "")


def test_a_project_page_carries_site_scale_and_aliases(app: FastAPI, office: TestClient) -> None:
    page = office.get(f"/projects/{_project(app, '石柱一中迁建工程')}").text
    for words in ("马落洞", "1950", "31200", "27300", "18968", "石柱第一初级中学"):
        assert words in page


def test_a_payment_is_kept_to_the_fen_and_audited(app: FastAPI, office: TestClient, school: int) -> None:
    answer = office.post(f"/projects/{school}/payments", data=PAYMENT)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/projects/{school}?done=payment#money")
    assert _payments(app) == [7_000_000_001]
    page = office.get(f"/projects/{school}?done=payment").text
    assert 'role="status"' in page
    assert "7000.000001" in page
    assert "36.9%" in page
    with app.state.engine.connect() as connection:
        entry = connection.execute(
            sa.select(col(AuditEntry.subject), col(AuditEntry.detail)).where(col(AuditEntry.action) == "projects:pay")
        ).one()
    assert entry.subject == f"projects/{school}"
    assert json.loads(entry.detail)["amount_fen"] == 7_000_000_001


def test_payments_above_the_investment_are_taken_with_a_warning(app: FastAPI, office: TestClient, school: int) -> None:
    office.post(f"/projects/{school}/payments", data=PAYMENT | {"amount": "18970"})
    assert "Payments exceed the investment by 2 万元." in office.get(f"/projects/{school}").text
    assert "exceeds the investment" in office.get("/projects").text


def test_a_correction_takes_back_with_a_note_and_never_more_than_was_paid(
    app: FastAPI, office: TestClient, school: int
) -> None:
    address = f"/projects/{school}/payments"
    office.post(address, data=PAYMENT | {"amount": "100"})
    assert "say what it corrects" in office.post(address, data=PAYMENT | {"amount": "-20", "note": ""}).text
    assert "takes back more" in office.post(address, data=PAYMENT | {"amount": "-100.01"}).text
    assert office.post(address, data=PAYMENT | {"amount": "-20", "note": "更正二期"}).status_code == 303
    assert _payments(app) == [100_000_000, -20_000_000]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"amount": "1.0000001"}, "at most six decimals"),
        ({"amount": "0"}, "a payment is not zero"),
        ({"amount": "many"}, "write a plain number"),
        ({"amount": "5%"}, "write a plain number"),
        ({"amount": "99999999"}, "out of range"),
        ({"amount": ""}, "fill in this field"),
        ({"paid_on": "2026-11-23"}, "this day has not come yet"),
        ({"paid_on": "1999-12-31"}, "too long ago"),
        ({"paid_on": "06.05.2026"}, "a day is written"),
        ({"source": ""}, "fill in this field"),
    ],
)
def test_a_payment_that_cannot_be_taken_comes_back_as_it_was_typed(
    app: FastAPI, office: TestClient, school: int, changes: dict[str, str], problem: str
) -> None:
    typed = PAYMENT | changes
    answer = office.post(f"/projects/{school}/payments", data=typed)
    assert answer.status_code == 422
    assert problem in answer.text
    assert _payments(app) == []
    for name in ("paid_on", "amount", "source"):
        assert f'value="{typed[name]}"' in answer.text
    assert "二期</textarea>" in answer.text


def test_a_form_sent_twice_is_one_payment(app: FastAPI, office: TestClient, school: int) -> None:
    assert office.post(f"/projects/{school}/payments", data=PAYMENT).status_code == 303
    assert office.post(f"/projects/{school}/payments", data=PAYMENT).status_code == 422
    assert len(_payments(app)) == 1


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_records_payments(app: FastAPI, school: int, role: Role) -> None:
    browser = signed_in(
        app, role, SHIZHU if role is Role.UNIT else None, "石柱土家族自治县教育委员会" if role is Role.UNIT else None
    )
    assert browser.post(f"/projects/{school}/payments", data=PAYMENT).status_code == 403
    assert 'id="pay"' not in browser.get(f"/projects/{school}").text


@pytest.mark.parametrize("data", [PAYMENT, {}])
def test_another_plans_project_is_not_found(app: FastAPI, school: int, data: dict[str, str]) -> None:
    luoyang = signed_in(app, Role.OFFICE)
    assert luoyang.get(f"/projects/{school}").status_code == 404
    assert luoyang.post(f"/projects/{school}/payments", data=data).status_code == 404
    assert signed_in(app, Role.UNIT).get(f"/projects/{school}").status_code == 404
    assert luoyang.get("/projects/99999999999999999999").status_code == 404
    assert _payments(app) == []


def test_a_plan_without_projects_says_where_to_go(app: FastAPI) -> None:
    page = signed_in(app, Role.OFFICE, language="en").get("/projects").text
    assert "No construction project lies in your scope" in page


@pytest.mark.parametrize("path", ["/projects", "/projects/{id}"])
def test_project_pages_take_a_bounded_number_of_statements(app: FastAPI, school: int, path: str) -> None:
    browser = signed_in(app, Role.LEADER)
    browser.get(path.format(id=school))
    with counted(app.state.engine) as statements:
        assert browser.get(path.format(id=school)).status_code == 200
    asked = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert len(asked) <= MOST_STATEMENTS, asked
