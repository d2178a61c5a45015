"""The board of cases and the dossier: what is shown, which steps to whom, and what a form refuses."""

import re

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.domain.access import Scope
from app.domain.cases import CaseStage
from app.domain.vocabulary import Role
from app.models import AccountabilityCase, Alert, CaseMilestone, Organization
from app.queries.case_detail import find_case
from tests.support.busy import PDF
from tests.support.web import NOW, signed_in
from tests.web.scanned import case_of, counted, scanned

TODAY = local_day(NOW)
PROPOSAL = {"proposal-measure": "interview", "proposal-clause": "", "proposal-text": "逾期已久，建议约谈"}
CLOSING = {
    "closing-text": "已完成整改",
    "closing-found": "逾期",
    "closing-decided": "约谈",
    "closing-rectified": "已建成",
    "closing-document_number": "洛教督结〔2026〕1号",
}
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
    return set(re.findall(r'action="/cases/\d+/([\w-]+)"', html))


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
    assert offered[Role.OFFICE] == {"statement-request", "proposal", "note", "closing", "dossiers"}
    assert offered[Role.LEADER] == {"note", "dossiers"}
    assert offered[Role.UNIT] == {"statement"}
    assert offered[Role.AUDITOR] == offered[Role.INSPECTOR] == set()


def test_a_case_goes_from_statement_to_reopening(app, case_id, people):
    address = f"/cases/{case_id}"
    steps = (
        (Role.UNIT, "statement", {"statement-text": "因征地延误，拟于明年完成"}),
        (Role.OFFICE, "proposal", PROPOSAL),
        (Role.LEADER, "decision", DECISION),
        (Role.LEADER, "note", {"note-text": "请按期反馈"}),
        (Role.UNIT, "decisions/{decision}/reply", {"reply-text": "已约谈整改"}),
        (Role.OFFICE, "decisions/{decision}/accept", {"reply_accept-text": "同意"}),
        (Role.OFFICE, "closing", CLOSING),
        (Role.OFFICE, "follow-up", {"follow_up-follow_up_on": "2027-02-01", "follow_up-text": "实地看"}),
        (Role.INSPECTOR, "follow-up/held", {"follow_up_held-text": "成果稳定"}),
        (Role.OFFICE, "reopening", {"reopening-text": "复查不合格"}),
    )
    for role, step, data in steps:
        decisions = [event.id for event in detail(app, case_id).events if event.kind.value == "decision"]
        answer = people[role].post(f"{address}/{step.format(decision=(decisions or [0])[0])}", data=data)
        assert answer.status_code == 303, (step, answer.text)
        assert answer.headers["location"].startswith(f"{address}?done=")
    events = detail(app, case_id).events
    assert [event.kind.value for event in events[1:]] == [
        "statement",
        "proposal",
        "decision",
        "note",
        "reply",
        "reply_accept",
        "closing",
        "follow_up",
        "follow_up_held",
        "reopening",
    ]
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
    for address, most in (("/cases", 12), ("/cases?stage=open", 12), (f"/cases/{case_id}", 14)):
        with counted(app) as statements:
            leader.get(address)
        assert len(statements) <= most, address


def test_an_item_is_assigned_reported_with_its_file_and_closed_out_by_the_office(app, case_id, people):
    office, unit = people[Role.OFFICE], people[Role.UNIT]
    assert '<form method="post" action="/cases' not in office.get(f"/cases/{case_id}/rectifications/new").text
    for role, step, data in (
        (Role.UNIT, "statement", {"statement-text": "已说明"}),
        (Role.OFFICE, "proposal", PROPOSAL),
        (Role.LEADER, "decision", DECISION),
    ):
        assert people[role].post(f"/cases/{case_id}/{step}", data=data).status_code == 303
    form = office.get(f"/cases/{case_id}/rectifications/new").text
    assert "问责案件 洛教督〔2026〕3号" in form
    refused = office.post(f"/cases/{case_id}/rectifications", data={"problem": "未完工"})
    assert refused.status_code == 422
    assert all(f'id="{name}-problem"' in refused.text for name in ("person", "source", "measure"))
    owner = re.search(r'<option value="(\d+)" selected>', form)
    assert owner
    data = {"problem": "未完工", "due_on": "2026-12-31", "person": "王某（虚构）", "source": "决定", "measure": "加快"}
    created = office.post(f"/cases/{case_id}/rectifications", data=data | {"organization": owner[1]})
    item = created.headers["location"].partition("?")[0]
    dossier = office.get(f"/cases/{case_id}").text
    assert dossier.count(item) >= 2  # in the list, on the timeline, and in the way of closing
    file = {"evidence": ("照片.pdf", PDF, "application/pdf")}
    for client, step, files in ((unit, "report", file), (office, "accept", {})):
        answer = client.post(f"{item}/{step}", data={"text": "说明"}, files=files)
        assert answer.status_code == 303, answer.text
    page = office.get(item).text
    assert "照片.pdf" in page
    evidence = re.search(r'href="(/evidence/\d+)/preview"', page)
    assert evidence
    assert item in office.get(f"{evidence[1]}/preview").text
    assert signed_in(app, Role.UNIT, organization="洛阳市西工区人民政府").get(item).status_code == 404
    assert detail(app, case_id).stage is CaseStage.DECIDED
    milestone = detail(app, case_id).milestone_ids[0]
    again = office.post(f"/milestones/{milestone}/rectifications", data=data | {"organization": owner[1]})
    assert again.status_code == 409  # the same words a moment ago
    assert office.get(f"/milestones/{milestone}/rectifications/new").status_code == 200
    listed = unit.get("/rectifications?state=closed").text
    assert "未完工" in listed
    assert "未完工" not in unit.get("/rectifications?state=overdue").text


def test_statements_files_are_for_those_whose_case_it_is(app, case_id, people):
    files = {"statement-evidence": ("说明.pdf", PDF, "application/pdf")}
    sent = people[Role.UNIT].post(f"/cases/{case_id}/statement", data={"statement-text": "见附件"}, files=files)
    assert sent.status_code == 303
    found = re.search(r'href="(/evidence/\d+)"', people[Role.LEADER].get(f"/cases/{case_id}?kind=case").text)
    assert found
    assert people[Role.LEADER].get(f"{found[1]}/preview").status_code == 200
    assert signed_in(app, Role.UNIT, organization="洛阳市西工区人民政府").get(found[1]).status_code == 404


def test_the_timeline_is_filtered_and_turned(app, case_id, people):
    leader = people[Role.LEADER]
    alerts = leader.get(f"/cases/{case_id}?kind=alert").text
    assert "达到逾期第1天催办的条件" in alerts
    assert "系统据此立案" not in alerts
    assert leader.get(f"/cases/{case_id}?kind=nonsense&order=oldest").status_code == 200


def test_the_timeline_leaves_out_what_concerns_other_units_alone(app, case_id, people):
    office = people[Role.OFFICE]
    with write_session(app.state.engine) as session:
        milestone_id = session.scalar(
            sa.select(col(CaseMilestone.milestone_id)).where(col(CaseMilestone.case_id) == case_id)
        )
        own = session.scalars(sa.select(Alert).where(col(Alert.milestone_id) == milestone_id)).first()
        against = session.get_one(AccountabilityCase, case_id).organization_id
        other = session.scalar(sa.select(col(Organization.id)).where(col(Organization.name) == "洛阳市西工区人民政府"))
        assert own is not None
        for unit in (against, other):
            values = own.model_dump(exclude={"id"}) | {"organization_id": unit, "reason": f"单位{unit}未回复"}
            session.add(Alert(**values | {"matter": f"alert/{own.id}/unit/{unit}"}))
    page = office.get(f"/cases/{case_id}").text
    assert f"单位{against}未回复" in page
    assert f"单位{other}未回复" not in page


def test_what_waits_stands_on_top_and_leaves_as_a_file(app, case_id, people):
    office = people[Role.OFFICE]
    asked = {"statement_request-text": "请说明", "statement_request-reply_days": "5"}
    assert office.post(f"/cases/{case_id}/statement-request", data=asked).status_code == 303
    page = office.get("/cases").text
    assert 'href="/cases?party=unit"><strong>1</strong>' in page
    assert office.get("/cases?party=unit").text.count("case-card") == 1
    assert office.get("/cases?late=task").text.count("case-card") == 0
    csv = office.get("/cases/rows.csv?party=unit").content.decode("utf-8-sig").splitlines()
    assert len(csv) == 2
    assert "提交陈述,责任单位,2026-11-27,0" in csv[1]
    assert office.get("/cases/rows.xlsx").content.startswith(b"PK")


def test_replies_owed_are_listed_and_the_units_figures_say_how_they_come_about(app, case_id, people):
    people[Role.UNIT].post(f"/cases/{case_id}/statement", data={"statement-text": "已说明"})
    people[Role.OFFICE].post(f"/cases/{case_id}/proposal", data=PROPOSAL)
    people[Role.LEADER].post(f"/cases/{case_id}/decision", data=DECISION)
    assert "洛教督〔2026〕3号" in people[Role.UNIT].get("/case-replies").text
    assert "洛教督〔2026〕3号" not in people[Role.UNIT].get("/case-replies?state=overdue").text
    page = people[Role.OFFICE].get("/case-statistics?from=2025-01-01&to=2026-12-31").text
    assert "新安县人民政府" in page
    assert "平均逾期天数" in page
    assert "没有可评估的事项" in page
    own = people[Role.UNIT].get("/case-statistics").text
    assert "西工区" not in own
    address = "/case-statistics/rows.csv?from=2026-01-01&to=2026-12-31"
    csv = people[Role.UNIT].get(address).content.decode("utf-8-sig").splitlines()
    assert csv[1].startswith("新安县人民政府")
    assert "未评估" in csv[1]
    assert any(line.startswith("报送及时率") for line in csv)
    assert people[Role.LEADER].get("/case-statistics/rows.xlsx?from=x&to=2020-01-01").content.startswith(b"PK")
