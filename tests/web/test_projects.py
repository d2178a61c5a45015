"""Projects: totals, money beside time and progress, and the record of payments."""

import json
import re
from datetime import date

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import write_session
from app.domain.money import FEN_PER_WAN
from app.domain.vocabulary import FundSource, MilestoneKind, Role
from app.models import Account, AuditEntry, BudgetLine, Milestone, Payment, Plan, Project
from tests.support.facts import counted
from tests.support.web import NOW, flat, signed_in

SHIZHU = "shizhu-2021"
PAYMENT = {
    "paid_on": "2026-05-06",
    "amount": "7000.000001",
    "fund_source": "county",
    "source": "县级财政",
    "note": "二期",
}
MOST_STATEMENTS = 20  # besides BEGIN


def _project(app: FastAPI, name: str) -> int:
    with app.state.engine.connect() as connection:
        return int(connection.execute(sa.select(col(Project.id)).where(col(Project.name) == name)).scalar_one())


def _payments(app: FastAPI) -> list[int]:
    with app.state.engine.connect() as connection:
        return list(connection.execute(sa.select(col(Payment.amount_fen)).order_by(col(Payment.id))).scalars())


def _ids(app: FastAPI, plan: str) -> list[int]:
    query = sa.select(col(Project.id)).join(Plan, col(Plan.id) == col(Project.plan_id)).where(col(Plan.slug) == plan)
    with app.state.engine.connect() as connection:
        return [int(row.id) for row in connection.execute(query)]


@pytest.fixture
def school(app: FastAPI) -> int:
    """The sixth project of Shizhu: 18968 万元."""
    return _project(app, "城区中学新建项目")


@pytest.fixture
def office(app: FastAPI) -> TestClient:
    """Shizhu's office."""
    return signed_in(app, Role.OFFICE, SHIZHU, language="en")


def _milestone(app: FastAPI, project: int) -> int:
    query = sa.select(col(Milestone.id)).where(
        col(Milestone.project_id) == project, col(Milestone.kind) == MilestoneKind.PROJECT_COMPLETION
    )
    with app.state.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _budget(app: FastAPI, project: int, *lines: tuple[int | None, FundSource, int]) -> None:
    with write_session(app.state.engine) as session:
        session.add_all(
            BudgetLine(project_id=project, position=at, year=year, source=source, amount_fen=wan * FEN_PER_WAN)
            for at, (year, source, wan) in enumerate(lines)
        )


def _row(page: str, name: str) -> str:
    return next(row for row in flat(page).split("<tr>") if f">{name}</a>" in row)


def test_shizhus_six_projects_total_150396_wan(app: FastAPI) -> None:
    page = signed_in(app, Role.LEADER, language="en").get(f"/projects?plan={SHIZHU}").text
    tiles = page.split('<ul class="tiles')[1].split("</ul>")[0]
    assert "<strong>6</strong>" in tiles
    assert "<strong>150396</strong>" in tiles
    assert "<strong>10770</strong>" in tiles
    assert "济源一中附中" not in page
    (sums,) = re.findall(r"<tfoot>.*?</tfoot>", page, re.DOTALL)
    assert "6 projects together" in sums
    assert "150396" in sums


def test_each_plan_of_the_list_has_its_own_sums(app: FastAPI) -> None:
    page = signed_in(app, Role.LEADER, language="en").get("/projects").text
    assert re.findall(r">(\d) projects together<", flat(page)) == ["4", "6"]
    by_size = signed_in(app, Role.LEADER, language="en").get("/projects?order=investment").text
    assert "<tfoot>" not in by_size
    assert by_size.index("南宾中学迁建工程") < by_size.index("民族中学迁建工程") < by_size.index("济源一中附中")


def test_a_project_is_found_by_its_alias(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER, language="en")
    page = browser.get("/projects?q=石柱第一初级中学").text
    assert "石柱一中迁建工程" in page
    assert "<strong>1</strong>" in page
    assert "No project fits this choice" in browser.get("/projects?q=没有这所学校").text
    assert browser.get("/projects?q=%00&year=x&nature=x&state=x&order=x&plan=x").status_code == 200


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("nature=new&plan=shizhu-2021", 2),
        ("year=2026", 1),
        ("state=unconfirmed&plan=shizhu-2021", 4),
        ("state=overdue&plan=shizhu-2021", 1),
        ("state=under_way&plan=shizhu-2021", 1),
        ("state=drifting", 0),
        ("state=over_budget", 0),
    ],
)
def test_the_list_narrows(app: FastAPI, asked: str, count: int) -> None:
    page = signed_in(app, Role.LEADER, language="en").get(f"/projects?{asked}").text
    assert len(re.findall(r'<td class="main-cell">', page)) == count


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
    assert "0%" not in page.split('id="progress-title"')[1].split("</section>")[0].replace("100%", "")
    assert "None of them lies more than 20 points" in page


def test_a_project_page_carries_site_scale_and_aliases(app: FastAPI, office: TestClient) -> None:
    page = office.get(f"/projects/{_project(app, '石柱一中迁建工程')}").text
    for words in ("马落洞", "1950", "31200", "27300", "18968", "石柱第一初级中学"):
        assert words in page


def test_the_floor_areas_add_up_beside_the_stated_total(app: FastAPI, office: TestClient) -> None:
    page = flat(office.get(f"/projects/{_project(app, '南宾中学迁建工程')}").text)
    design = page.split('id="design-title"')[1].split("</section>")[0]
    for words in ("地下部分", "below ground", "101500", "15000", "116500", "as stated"):
        assert words in design


def test_full_classes_stand_beside_the_stated_places_and_the_cap_is_worth_a_look(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER, language="en")
    pages = [flat(browser.get(f"/projects/{item}").text) for item in _ids(app, "jiyuan-2022")]
    assert any("full classes make 2400" in page for page in pages)
    assert sum("above the cap of 2000" in page for page in pages) == 2


def test_money_far_behind_time_is_named_with_its_points_and_the_offices_setting(
    app: FastAPI, office: TestClient, school: int
) -> None:
    office.post(f"/projects/{school}/payments", data=PAYMENT)
    completion = _milestone(app, school)
    report = {"reported_on": "2026-11-20", "share_pct": "72.5", "summary": "主体封顶"}
    assert office.post(f"/milestones/{completion}/reports", data=report).status_code == 303
    page = flat(office.get(f"/projects/{school}").text)
    progress = page.split('id="progress-title"')[1].split("</section>")[0]
    assert "as of 2026-11-20, reported by office-shizhu-2021: 主体封顶" in progress
    for share in ("96.4%", "72.5%", "36.9%"):
        assert share in progress
    assert "money paid is 59.5 points behind time elapsed" in progress
    assert "money paid is 35.6 points behind visible progress" in progress
    assert "visible progress is 23.9 points behind time elapsed" in progress
    assert "warned from more than 20 points" in progress
    assert f'href="/milestones/{completion}#report"' in progress
    assert "money paid is 59.5 points behind" in _row(office.get("/projects?state=drifting").text, "城区中学新建项目")


def test_the_plans_own_setting_decides_what_is_too_far_apart(app: FastAPI, office: TestClient, school: int) -> None:
    office.post(f"/projects/{school}/payments", data=PAYMENT)
    with write_session(app.state.engine) as session:
        session.execute(sa.update(Plan).values(drift_threshold_pp=60))
    page = office.get(f"/projects/{school}").text
    assert "None of them lies more than 60 points" in page
    assert "points behind" not in page


def test_the_budget_table_shows_planned_paid_and_left_by_year_and_source(
    app: FastAPI, office: TestClient, school: int
) -> None:
    _budget(app, school, (2025, FundSource.CENTRAL, 8000), (2026, FundSource.COUNTY, 10000))
    office.post(f"/projects/{school}/payments", data=PAYMENT | {"amount": "10200.5"})
    office.post(f"/projects/{school}/payments", data=PAYMENT | {"amount": "300", "fund_source": "city"})
    page = flat(office.get(f"/projects/{school}?done=payment").text)
    table = page.split('<table class="data stack budget">')[1].split("</table>")[0]
    assert '10000<span class="text-secondary">/ 10200.5</span>' in table
    assert "over by 200.5" in table
    assert "no budget line" in table
    assert "left 8000" in table
    assert '18000<span class="text-secondary">/ 10500.5</span>' in table
    for sentence in (
        "The budget lines come to 968 万元 less than the planned investment.",
        "county funds: payments exceed the budget lines by 200.5 万元.",
        "2026, county funds: payments exceed the budget line by 200.5 万元.",
        "city funds: 300 万元 were paid without a budget line.",
    ):
        assert sentence in page
    assert "over budget or without one" in office.get("/projects?state=over_budget").text


def test_a_payment_without_any_budget_is_taken_and_shown(app: FastAPI) -> None:
    project = _project(app, "济源一中附中")
    office = signed_in(app, Role.OFFICE, "jiyuan-2022", language="en")
    assert office.post(f"/projects/{project}/payments", data=PAYMENT | {"amount": "50"}).status_code == 303
    sentence = "50 万元 were paid, but neither an investment nor a budget line is on record."
    assert sentence in office.get(f"/projects/{project}?done=payment").text


def test_an_old_payment_is_not_told_apart(app: FastAPI, office: TestClient, school: int) -> None:
    with write_session(app.state.engine) as session:
        author = session.scalars(sa.select(col(Account.id))).first()
        assert author is not None
        session.add(
            Payment(
                project_id=school,
                paid_on=date(2025, 1, 2),
                amount_fen=5,
                source="财政",
                author_id=author,
                recorded_at=NOW,
            )
        )
    page = office.get(f"/projects/{school}").text
    assert page.count("not told apart") >= 2
    assert "财政" in page


def test_the_plans_page_marks_projects_that_drift_or_leave_the_budget(
    app: FastAPI, office: TestClient, school: int
) -> None:
    office.post(f"/projects/{school}/payments", data=PAYMENT | {"amount": "20000"})
    row = _row(office.get(f"/plans/{SHIZHU}").text, "6. 城区中学新建项目")
    assert "over budget or without one" in row
    assert "20000" in row


def test_the_interface_finds_a_project_by_its_alias_and_tells_its_money(app: FastAPI, office: TestClient) -> None:
    project = _project(app, "石柱一中迁建工程")
    _budget(app, project, (2023, FundSource.COUNTY, 100))
    office.post(f"/projects/{project}/payments", data=PAYMENT | {"amount": "150"})
    (item,) = office.get("/api/v1/projects?name=石柱第一初级中学").json()["items"]
    assert (item["name"], item["key"]) == ("石柱一中迁建工程", "shizhu-no1-middle-school")
    assert item["budget"] == [{"year": 2023, "source": "county", "amount_wan": 100, "clause": None}]
    assert item["payments"] == [{"year": 2026, "source": "county", "amount_wan": 150}]
    assert (item["investment_wan"], item["budget_wan"], item["paid_wan"], item["paid_pct"]) == (18968, 100, 150, 0.8)
    assert item["drift"] == [{"behind": "money", "ahead": "time", "points": 99.2}]
    assert {"kind": "over_source", "amount_wan": 50, "year": None, "source": "county"} in item["money_findings"]
    assert office.get("/api/v1/projects?name=石柱").json()["items"] == []


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
        ({"fund_source": ""}, "choose one of the list"),
        ({"fund_source": "moon"}, "choose one of the list"),
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
