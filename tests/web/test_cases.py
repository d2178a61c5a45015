"""The board of cases and the dossier: what is shown, which steps to whom, and what a form refuses."""

import re

import pytest

from app.core.clock import local_day
from app.core.database import read_session
from app.domain.access import Scope
from app.domain.cases import CaseStage
from app.domain.vocabulary import Role
from app.queries.cases import find_case
from tests.support.web import NOW, signed_in
from tests.web.scanned import case_of, counted, scanned

TODAY = local_day(NOW)
PROPOSAL = {"proposal-measure": "interview", "proposal-clause": "", "proposal-text": "逾期已久，建议约谈"}
DECISION = {
    "decision-measure": "interview",
    "decision-clause": "四(三)",
    "decision-document_number": "洛教督〔2026〕3号",
    "decision-reply_due_on": "2026-12-10",
    "decision-text": "同意约谈",
}


@pytest.fixture
def case_id(app):
    """A case against UNIT, opened by the scan."""
    return case_of(scanned(app))


@pytest.fixture
def people(app):
    """Everybody who has to do with the case."""
    return {
        role: signed_in(app, role)
        for role in (Role.OFFICE, Role.LEADER, Role.UNIT, Role.AUDITOR, Role.INSPECTOR, Role.ADMINISTRATOR)
    }


def detail(app, case_id):
    with read_session(app.state.engine) as session:
        found = find_case(session, Scope(), case_id, role=Role.OFFICE, today=TODAY)
    assert found is not None
    return found


def forms(html):
    """Return the steps that a dossier offers."""
    return set(re.findall(r'action="/cases/\d+/(\w+)"', html))


def test_without_cases_the_board_says_how_one_comes_about(app):
    page = signed_in(app, Role.OFFICE).get("/cases").text
    assert "case-card" not in page
    assert "/milestones?standing=overdue" in page


def test_the_board_shows_each_stage_with_its_count_and_the_latest_cases(app, case_id, people):
    page = people[Role.LEADER].get("/cases").text
    assert page.count('class="board-column"') == len(CaseStage)
    assert page.count("case-card") == 10
    assert "31" in page
    one_stage = people[Role.LEADER].get("/cases?stage=open").text
    assert one_stage.count("case-card") == 31
    part = people[Role.LEADER].get("/cases?stage=closed", headers={"HX-Request": "true"}).text
    assert "case-card" not in part
    assert "<html" not in part


def test_a_card_tells_unit_lateness_and_that_there_is_no_statement(app, case_id, people):
    page = people[Role.UNIT].get("/cases").text
    assert "新安县人民政府" in page
    assert "326" in page
    assert "西工区人民政府" not in page


def test_scope_decides_which_cases_exist(app, case_id, people):
    other_unit = signed_in(app, Role.UNIT, organization="洛阳市西工区人民政府")
    other_office = signed_in(app, Role.OFFICE, "shizhu-2021")
    for client in (other_unit, other_office):
        assert client.get(f"/cases/{case_id}").status_code == 404
    assert other_unit.post(f"/cases/{case_id}/statement", data={"statement-text": "x"}).status_code == 404
    assert other_office.post(f"/cases/{case_id}/note", data={"note-text": "x"}).status_code == 404
    assert people[Role.ADMINISTRATOR].get("/cases").status_code == 403


def test_the_dossier_shows_milestone_lateness_alerts_and_events(app, case_id, people):
    page = people[Role.LEADER].get(f"/cases/{case_id}").text
    assert "新安县通过优质均衡国家评估验收" in page
    assert page.count("326") >= 3
    assert "系统据此立案" in page
    assert "达到逾期第1天催办的条件" in page


def test_each_role_is_offered_the_steps_that_are_theirs(app, case_id, people):
    offered = {role: forms(client.get(f"/cases/{case_id}").text) for role, client in people.items()}
    assert offered[Role.OFFICE] == {"proposal", "note", "closing"}
    assert offered[Role.LEADER] == {"note"}
    assert offered[Role.UNIT] == {"statement"}
    assert offered[Role.AUDITOR] == offered[Role.INSPECTOR] == set()


def test_a_case_goes_from_statement_to_reopening(app, case_id, people):
    address = f"/cases/{case_id}"
    steps = (
        (Role.UNIT, "statement", {"statement-text": "因征地延误，拟于明年完成"}),
        (Role.OFFICE, "proposal", PROPOSAL),
        (Role.LEADER, "decision", DECISION),
        (Role.LEADER, "note", {"note-text": "请按期反馈"}),
        (Role.OFFICE, "closing", {"closing-text": "已完成整改"}),
        (Role.OFFICE, "reopening", {"reopening-text": "复查不合格"}),
    )
    for role, step, data in steps:
        answer = people[role].post(f"{address}/{step}", data=data)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?done={step}#events")
    events = detail(app, case_id).events
    assert [event.kind.value for event in events[1:]] == [step for _, step, _ in steps]
    proposal, decision = events[2], events[3]
    assert (proposal.measure, proposal.clause) == ("interview", "四(三)")
    assert (decision.document_number, str(decision.reply_due_on)) == ("洛教督〔2026〕3号", "2026-12-10")
    page = people[Role.OFFICE].get(address).text
    assert "因征地延误，拟于明年完成" in page
    assert "洛教督〔2026〕3号" in page


def test_a_measure_the_plan_does_not_provide_goes_on_file_as_the_offices_setting(app, case_id, people):
    data = {**PROPOSAL, "proposal-measure": "supervision_notice"}
    people[Role.OFFICE].post(f"/cases/{case_id}/proposal", data=data)
    assert detail(app, case_id).events[-1].clause is None


def test_a_proposed_interview_waits_for_the_leader_and_a_notice_does_not(app, case_id, people):
    office = people[Role.OFFICE]
    office.post(f"/cases/{case_id}/proposal", data=PROPOSAL)
    assert "decision" not in forms(office.get(f"/cases/{case_id}").text)
    assert "decision" in forms(people[Role.LEADER].get(f"/cases/{case_id}").text)
    office.post(f"/cases/{case_id}/proposal", data={**PROPOSAL, "proposal-measure": "supervision_notice"})
    assert "decision" in forms(office.get(f"/cases/{case_id}").text)


def test_a_decision_without_a_statement_asks_why_and_loses_nothing(app, case_id, people):
    people[Role.OFFICE].post(f"/cases/{case_id}/proposal", data=PROPOSAL)
    data = {**DECISION, "decision-reply_due_on": "2026-11-22"}
    answer = people[Role.LEADER].post(f"/cases/{case_id}/decision", data=data)
    assert answer.status_code == 422
    assert 'id="decision-no_statement_reason-problem"' in answer.text
    assert 'id="decision-reply_due_on-problem"' in answer.text
    assert "洛教督〔2026〕3号" in answer.text
    assert "同意约谈" in answer.text
    assert detail(app, case_id).stage is CaseStage.PROPOSED
    data = {**DECISION, "decision-no_statement_reason": "两次书面通知均未答复"}
    assert people[Role.LEADER].post(f"/cases/{case_id}/decision", data=data).status_code == 303
    assert detail(app, case_id).events[-2].text == "单位未作陈述：两次书面通知均未答复"


@pytest.mark.parametrize(
    ("role", "step", "data", "field"),
    [
        (Role.UNIT, "statement", {"statement-text": " "}, "statement-text"),
        (Role.OFFICE, "proposal", {**PROPOSAL, "proposal-measure": "exile"}, "proposal-measure"),
        (Role.OFFICE, "proposal", {**PROPOSAL, "proposal-clause": "条" * 61}, "proposal-clause"),
        (Role.OFFICE, "closing", {}, "closing-text"),
        (Role.OFFICE, "note", {"note-text": "长" * 3901}, "note-text"),
    ],
)
def test_a_refused_form_names_the_field(app, case_id, people, role, step, data, field):
    answer = people[role].post(f"/cases/{case_id}/{step}", data=data)
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert len(detail(app, case_id).events) == 1


@pytest.mark.parametrize(
    ("role", "step", "status"),
    [
        (Role.OFFICE, "statement", 403),
        (Role.UNIT, "proposal", 403),
        (Role.LEADER, "closing", 403),
        (Role.AUDITOR, "note", 403),
        (Role.LEADER, "decision", 409),
        (Role.OFFICE, "reopening", 409),
    ],
)
def test_a_step_of_another_role_or_stage_is_refused(app, case_id, people, role, step, status):
    data = {f"{step}-text": "说明", "proposal-measure": "circular", "decision-measure": "circular"}
    assert people[role].post(f"/cases/{case_id}/{step}", data=data).status_code == status
    assert len(detail(app, case_id).events) == 1


def test_board_and_dossier_take_few_statements(app, case_id, people):
    leader = people[Role.LEADER]
    leader.get("/cases")
    for address, most in (("/cases", 9), ("/cases?stage=open", 9), (f"/cases/{case_id}", 11)):
        with counted(app) as statements:
            leader.get(address)
        assert len(statements) <= most, address
