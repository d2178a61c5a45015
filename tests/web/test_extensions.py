"""Extensions in the browser: who sees which form, what comes back as typed, both dates and both figures."""

import re

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session, write_session
from app.domain.vocabulary import Role, Standing, UnitRole
from app.models import ExtensionRequest, Milestone, MilestoneStanding, MilestoneUnit, Organization, Plan
from tests.support.busy import PDF
from tests.support.web import PLAN, UNIT, flat, signed_in

LONG = "（虚构）" + "因" * 4100
OPINION = {"supports": "yes", "text": "（虚构）拟同意"}
GRANT = {"kind": "grant", "due_on": "2027-06-30", "document_number": "洛教函〔2026〕12号", "text": "（虚构）同意延期"}


def own_overdue(app: FastAPI) -> int:
    """Return an overdue milestone that the unit answers for."""
    query = (
        sa.select(col(MilestoneStanding.milestone_id))
        .join(MilestoneUnit, col(MilestoneUnit.milestone_id) == col(MilestoneStanding.milestone_id))
        .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
        .join(Plan, col(Plan.id) == col(MilestoneStanding.plan_id))
        .where(
            col(Organization.name) == UNIT,
            col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
            col(MilestoneStanding.standing) == Standing.OVERDUE,
            col(Plan.slug) == PLAN,
        )
        .order_by(col(MilestoneStanding.milestone_id))
        .limit(1)
    )
    with read_session(app.state.engine) as session:
        found: int = session.execute(query).scalar_one()
        return found


def asked(app: FastAPI, milestone_id: int, by: str = "unit") -> str:
    """Ask for an extension and return the request's address."""
    data = {"proposed_due_on": "2027-03-31", "reason": "（虚构）征地未完成", "late_reason": "（虚构）机构调整"}
    files = {"evidence": ("请示.pdf", PDF, "application/pdf")}
    answer = signed_in(app, by).post(f"/milestones/{milestone_id}/extensions", data=data, files=files)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/milestones/{milestone_id}?done=extension#extensions"
    with read_session(app.state.engine) as session:
        newest = sa.select(sa.func.max(col(ExtensionRequest.id)))
        return f"/extensions/{session.scalar(newest)}"


def advised(app: FastAPI, milestone_id: int) -> str:
    address = asked(app, milestone_id)
    assert signed_in(app, "office").post(f"{address}/opinion", data=OPINION).status_code == 303
    return address


def forms(page: str) -> set[str]:
    """Return which steps a page offers."""
    return set(
        re.findall(
            r'action="/(?:extensions/\d+|milestones/\d+)/(opinion|decision|withdrawal|correction|extensions)"', page
        )
    )


def test_a_request_goes_from_the_unit_through_the_office_to_the_leader_and_moves_the_date(app: FastAPI):
    milestone_id = own_overdue(app)
    people = {role: signed_in(app, role) for role in Role}
    page = f"/milestones/{milestone_id}"
    assert {role for role in Role if "extensions" in forms(people[role].get(page).text)} == {Role.UNIT, Role.OFFICE}
    before = flat(people[Role.UNIT].get(page).text)
    assert "已批准延期0次，限2次" in before
    address = asked(app, milestone_id)
    seen = {role: forms(people[role].get(address).text) for role in Role}
    assert seen == {role: set() for role in Role} | {Role.UNIT: {"withdrawal"}, Role.OFFICE: {"opinion"}}
    assert forms(people[Role.UNIT].get(page).text) == {"withdrawal"}
    assert people[Role.OFFICE].post(f"{address}/opinion", data=OPINION).headers["location"] == f"{address}?done=opinion"
    assert forms(people[Role.LEADER].get(address).text) == {"decision"}
    assert people[Role.LEADER].post(f"{address}/decision", data=GRANT).status_code == 303
    after = flat(people[Role.LEADER].get(page).text)
    assert "已批准延期1次，限2次" in after
    assert re.search(r'class="late">按原时限逾期\d+天', after)
    assert forms(after) == {"correction"}
    listed = flat(people[Role.INSPECTOR].get("/extensions").text)
    assert address in listed
    assert "2027-06-30" in listed
    ledger = flat(people[Role.OFFICE].get("/milestones", params={"plan": PLAN, "year": "2027"}).text)
    assert re.search(r"按原时限逾期\d+天", ledger)


def test_a_refused_request_says_by_which_date_the_milestone_is_judged(app: FastAPI):
    milestone_id = own_overdue(app)
    address = advised(app, milestone_id)
    leader = signed_in(app, "leader")
    assert leader.post(f"{address}/decision", data=GRANT | {"kind": "refuse"}).status_code == 303
    with read_session(app.state.engine) as session:
        due_on = session.get_one(Milestone, milestone_id).due_on
        assert session.get_one(MilestoneStanding, milestone_id).effective_due_on == due_on
    for path in (address, f"/milestones/{milestone_id}"):
        assert f"未批准：时限{due_on}不变，按此考核。" in flat(leader.get(path).text)
    assert leader.post(f"{address}/decision", data=GRANT).status_code == 409


def test_forms_that_cannot_be_taken_come_back_as_they_were_typed(app: FastAPI):
    milestone_id = own_overdue(app)
    unit, office, leader = (signed_in(app, role) for role in ("unit", "office", "leader"))
    typed = {"proposed_due_on": "2020-01-01", "reason": "（虚构）征地", "late_reason": ""}
    answer = unit.post(f"/milestones/{milestone_id}/extensions", data=typed)
    assert answer.status_code == 422
    assert 'value="2020-01-01"' in answer.text
    assert "（虚构）征地" in answer.text
    assert 'id="extension-late_reason-problem"' in answer.text
    address = asked(app, milestone_id)
    answer = office.post(f"{address}/opinion", data={"text": "（虚构）说明"})
    assert (answer.status_code, "（虚构）说明" in answer.text) == (422, True)
    assert office.post(f"{address}/opinion", data=OPINION | {"text": LONG}).status_code == 422
    assert office.post(f"{address}/opinion", data=OPINION | {"seen": "7"}).status_code == 409
    assert office.post(f"{address}/opinion", data=OPINION).status_code == 303
    for wrong in ({"kind": "opinion"}, {"due_on": "9999-12-31"}, {"document_number": ""}, {"text": "字" * 501}):
        answer = leader.post(f"{address}/decision", data=GRANT | wrong)
        assert answer.status_code == 422, wrong
        assert GRANT["document_number"] in answer.text or "document_number" in wrong


@pytest.mark.parametrize(
    ("role", "plan", "organization"),
    [("office", "shizhu-2021", None), ("unit", PLAN, "汝阳县人民政府")],
)
def test_a_request_out_of_scope_does_not_exist(app: FastAPI, role: str, plan: str, organization: str | None):
    with write_session(app.state.engine) as session:  # nobody but the unit answers for it
        milestone_id = own_overdue(app)
        session.execute(
            sa.delete(MilestoneUnit).where(
                col(MilestoneUnit.milestone_id) == milestone_id,
                col(MilestoneUnit.organization_id)
                != sa.select(col(Organization.id)).where(col(Organization.name) == UNIT).scalar_subquery(),
            )
        )
    address = asked(app, milestone_id)
    stranger: TestClient = signed_in(app, role, plan, organization)
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/withdrawal", data={"text": "试"}).status_code == 404
    assert address not in stranger.get("/extensions").text
    assert (
        stranger.post(f"/milestones/{milestone_id}/extensions", data={"proposed_due_on": "2027-06-30"}).status_code
        == 404
    )
    if role == "office":
        assert stranger.post(f"{address}/opinion", data=OPINION).status_code == 404


def test_the_list_explains_itself_when_it_is_empty_and_takes_any_address(app: FastAPI):
    office = signed_in(app, "office")
    assert "没有人申请过延期" in office.get("/extensions").text
    for query in ("state=granted", "state=nothing", "at=0.7", "at=1.7", "at=x", "at=2.9", f"at=0.{'9' * 20}", "unit=x"):
        assert office.get(f"/extensions?{query}").status_code == 200, query
