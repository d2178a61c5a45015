"""A plan's frame on its pages: created by the administrator, kept by its office, nobody else; nothing typed is lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session, write_session
from app.domain.vocabulary import RevisionCause, Role, RungTrigger
from app.models import (
    Indicator,
    LadderRung,
    Milestone,
    MilestoneUnit,
    Plan,
    PlanRevision,
    Stage,
    UnitGroup,
)
from tests.support.forms import fields_of, one, problems_of
from tests.support.strict_html import faults
from tests.support.web import PLAN, flat, signed_in
from tests.web.test_hostile_input import SCRIPT, WORDS, words_for

Client = Callable[..., TestClient]
HEAD = {
    "title": "试验县优质均衡方案（虚构）",
    "short_title": "试验方案",
    "document_number": "试政办[2026]第007号",
    "issuer": "试验县人民政府",
    "issued_on": "2026-02-01",
    "period_start": "2026-01-01",
    "period_end": "2030-12-31",
    "area": "洛阳市/新安县",
    "leading_group": "试验县领导小组",
    "office": "新安县人民政府",
    "standard": "national",
    "tracked_from": "2026-01-01",
    "warning_days": "60",
    "behind_threshold_pp": "10",
    "case_grace_days": "30",
    "drift_threshold_pp": "20",
    "reporting_cycle": "month",
    "report_timely_days": "5",
    "report_closing_days": "15",
    "extension_limit": "1",
    "recheck_months": "6",
}
STAGE = {"name": "启动阶段", "clause": "二(一)", "start_on": "2025-06-01", "end_on": "2026-05-31"}
ADDRESS = f"/plans/{PLAN}"


def revisions(app: FastAPI, slug: str = PLAN) -> int:
    query = sa.select(sa.func.count()).select_from(PlanRevision).join(Plan, col(Plan.id) == col(PlanRevision.plan_id))
    found: int = one(app, query.where(col(Plan.slug) == slug))
    return found


def test_an_administrator_creates_a_plan_and_its_office_goes_on(app: FastAPI, client: Client) -> None:
    root = client(Role.ADMINISTRATOR)
    assert "/plans/new" in root.get("/plans").text
    answer = root.post("/plans", data=HEAD)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/plans/shiyan-2026/setup?done=created-number"
    page = root.get(answer.headers["location"])
    assert page.status_code == 200
    assert "〔〕" in page.text
    assert "/accounts/new" in page.text
    with read_session(app.state.engine) as session:
        plan = session.scalars(sa.select(Plan).where(col(Plan.slug) == "shiyan-2026")).one()
        assert (plan.document_number, plan.warning_days) == ("试政办〔2026〕7号", 60)
        rungs = session.execute(
            sa.select(col(LadderRung.offset_days), col(LadderRung.clause))
            .where(col(LadderRung.plan_id) == plan.id, col(LadderRung.trigger) == RungTrigger.DUE)
            .order_by(col(LadderRung.offset_days))
        )
        assert list(rungs) == [(-30, None), (1, None), (15, None), (30, None), (60, None), (90, None)]
        revision = session.scalars(sa.select(PlanRevision).where(col(PlanRevision.plan_id) == plan.id)).one()
        assert revision.cause is RevisionCause.EDIT
    office = client(Role.OFFICE, plan="shiyan-2026")
    assert office.get("/plans/shiyan-2026").status_code == 200
    assert office.post("/plans/shiyan-2026/stages", data={**STAGE, "start_on": "2026-02-01"}).status_code == 303
    assert "/plans/shiyan-2026/stages" in office.get("/plans/shiyan-2026/setup").text


@pytest.mark.parametrize("name", [name for name in HEAD if name != "document_number"])
def test_a_field_of_the_head_that_is_missing_is_named_and_the_others_stay(client: Client, name: str) -> None:
    answer = client(Role.ADMINISTRATOR).post("/plans", data={**HEAD, name: ""})
    assert answer.status_code == 422
    assert problems_of(answer.text) == {name}
    assert faults(answer.text) == []
    kept = {field: text for field, text in HEAD.items() if field != name}
    assert {field: fields_of(answer.text)[field] for field in kept} == kept


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("slug", "new"),
        ("slug", PLAN),
        ("slug", "Luoyang"),
        ("slug", "../x"),
        ("issued_on", "9999-12-31"),
        ("issued_on", "11.2.2026"),
        ("period_end", "2025-12-31"),
        ("area", "乌有县"),
        ("office", "乌有办公室"),
        ("standard", "none-such"),
        ("warning_days", "4.5"),
        ("warning_days", "-1"),
        ("behind_threshold_pp", "101"),
        ("report_closing_days", "4"),  # before the reports stop being in time
        ("extension_limit", "21"),
        ("title", "长" * 201),
        ("document_number", "号" * 61),
    ],
)
def test_a_head_that_cannot_be_is_refused_at_its_field(app: FastAPI, client: Client, name: str, text: str) -> None:
    answer = client(Role.ADMINISTRATOR).post("/plans", data={**HEAD, name: text})
    assert answer.status_code == 422
    assert problems_of(answer.text) == {name}
    assert name == "standard" or fields_of(answer.text)[name] == text
    assert one(app, sa.select(sa.func.count()).select_from(Plan)) == 5


def test_a_second_plan_of_the_same_name_gets_another_address(client: Client) -> None:
    root = client(Role.ADMINISTRATOR)
    addresses = [root.post("/plans", data=HEAD).headers["location"] for _ in range(2)]
    assert [address.split("/")[2] for address in addresses] == ["shiyan-2026", "shiyan-2026-2"]


@pytest.mark.parametrize(
    "path", ["edit", "ladder/1/edit", "stages/1/edit", "groups/1/edit", "indicators/1/edit", "overrides/Q1/edit"]
)
def test_only_the_plans_own_office_may_keep_it(app: FastAPI, client: Client, path: str) -> None:
    post = path.removesuffix("/edit") if path != "edit" else path
    for role in (Role.LEADER, Role.UNIT, Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR):
        assert client(role).get(f"{ADDRESS}/{path}").status_code == 403
        assert client(role).post(f"{ADDRESS}/{post}", data={}).status_code == 403
    other = client(Role.OFFICE, plan="shizhu-2021")
    assert other.get(f"{ADDRESS}/{path}").status_code == 404
    assert other.post(f"{ADDRESS}/{post}", data=HEAD).status_code == 404
    assert other.post(f"{ADDRESS}/stages", data=STAGE).status_code == 404
    assert revisions(app) == 1


def test_only_an_administrator_creates_plans(client: Client) -> None:
    for role in (role for role in Role if role is not Role.ADMINISTRATOR):
        assert client(role).get("/plans/new").status_code == 403
        assert client(role).post("/plans", data=HEAD).status_code == 403


def pages_with_forms(app: FastAPI, office: TestClient) -> list[tuple[str, str]]:
    """Return for every form that shows something stored the address of its page and where it is sent."""
    assert office.post(f"{ADDRESS}/stages", data=STAGE).status_code == 303
    override = {"indicator": "Q1", "stage": "junior", "comparator": ">=", "value": "96", "unit": "%", "clause": "三"}
    assert office.post(f"{ADDRESS}/overrides", data=override).status_code == 303
    stage, group = one(app, sa.select(col(Stage.id)).where(of_plan(Stage))), group_id(app)
    own = one(app, sa.select(col(Indicator.id)).where(of_plan(Indicator), col(Indicator.code) == "LY-QUALITY"))
    rung = one(app, sa.select(sa.func.min(col(LadderRung.id))).where(of_plan(LadderRung)))
    sheets = [f"stages/{stage}", f"ladder/{rung}", f"groups/{group}", f"indicators/{own}", "overrides/Q1@junior"]
    return [(f"{ADDRESS}/{sheet}/edit", f"{ADDRESS}/{sheet}") for sheet in sheets] + [(f"{ADDRESS}/edit",) * 2]


def of_plan(model: Any) -> Any:
    return col(model.plan_id) == sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN).scalar_subquery()


def group_id(app: FastAPI) -> int:
    found: int = one(app, sa.select(col(UnitGroup.id)).where(of_plan(UnitGroup)))
    return found


def test_a_form_opened_and_saved_unchanged_records_nothing(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    forms = pages_with_forms(app, office)
    before = revisions(app)
    for page, address in forms:
        answer = office.post(address, data={**fields_of(office.get(page).text), "reason": "核对"})
        assert answer.status_code == 303, page
        assert answer.headers["location"].endswith("done=same"), page
    assert revisions(app) == before


def test_a_correction_without_a_reason_is_refused(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    forms = pages_with_forms(app, office)
    before = revisions(app)
    for page, address in forms:
        answer = office.post(address, data={**fields_of(office.get(page).text), "reason": " "})
        assert answer.status_code == 422, page
        assert problems_of(answer.text) == {"reason"}, page
    assert revisions(app) == before


def test_who_is_overtaken_sees_what_changed_and_may_save_over_it(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    (page, address), *_ = pages_with_forms(app, office)
    seen = {**fields_of(office.get(page).text), "reason": "甲改"}
    assert office.post(address, data={**seen, "name": "准备阶段"}).status_code == 303
    answer = office.post(address, data={**seen, "clause": "二(二)", "reason": "乙改"})
    assert answer.status_code == 422
    assert "准备阶段" in flat(answer.text)
    again = fields_of(answer.text)
    assert (again["name"], again["clause"], again["reason"]) == ("启动阶段", "二(二)", "乙改")
    assert office.post(address, data=again).status_code == 303
    assert one(app, sa.select(col(Stage.name)).where(of_plan(Stage))) == "启动阶段"


def test_settings_changed_judge_the_milestones_again(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    soon = f"/milestones?plan={PLAN}&standing=due_soon"
    before = office.get(soon).text.count('href="/milestones/')
    head = {**fields_of(office.get(f"{ADDRESS}/edit").text), "warning_days": "2", "reason": "只提前两天"}
    answer = office.post(f"{ADDRESS}/edit", data=head)
    assert answer.headers["location"] == f"{ADDRESS}?done=updated"
    assert 'role="status"' in office.get(answer.headers["location"]).text
    assert office.get(soon).text.count('href="/milestones/') < before


def test_the_area_of_a_plan_stays_around_its_milestones(client: Client) -> None:
    office = client(Role.OFFICE)
    head = {**fields_of(office.get(f"{ADDRESS}/edit").text), "area": "洛阳市/新安县", "reason": "改小"}
    answer = office.post(f"{ADDRESS}/edit", data=head)
    assert answer.status_code == 422
    assert problems_of(answer.text) == {"area"}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"name": "", "clause": ""}, {"name", "clause"}),
        ({"start_on": "2024-12-31"}, {"start_on"}),
        ({"end_on": "2031-01-01"}, {"end_on"}),
        ({"end_on": "2025-05-31"}, {"end_on"}),
        ({"start_on": "morgen", "end_on": "0000-00-00"}, {"start_on", "end_on"}),
        ({"name": "长" * 81}, {"name"}),
    ],
)
def test_a_stage_that_cannot_be_is_refused(client: Client, changes: dict[str, str], names: set[str]) -> None:
    answer = client(Role.OFFICE).post(f"{ADDRESS}/stages", data={**STAGE, **changes})
    assert answer.status_code == 422
    assert problems_of(answer.text) == names
    assert faults(answer.text) == []


def test_a_stage_comes_and_goes(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    (page, address), *_ = pages_with_forms(app, office)
    assert "qi-dong-jie-duan" in office.get(f"{ADDRESS}/stages").text
    mark = {"remove": "1", "fingerprint": fields_of(office.get(page).text)["fingerprint"]}
    refused = office.post(address, data={**mark, "reason": ""})
    assert refused.status_code == 422
    assert 'id="remove-reason-problem"' in refused.text
    assert fields_of(refused.text)["name"] == "启动阶段"
    answer = office.post(address, data={**mark, "reason": "文中没有"})
    assert answer.headers["location"] == f"{ADDRESS}/stages?done=removed"
    assert office.get(page).status_code == 404


def test_a_stage_with_milestones_stays(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE, plan="jiyuan-2022")
    address = re.findall(r"/plans/jiyuan-2022/stages/\d+/edit", office.get("/plans/jiyuan-2022/stages").text)[0]
    page = office.get(address).text
    assert 'name="remove"' not in page
    mark = {"remove": "1", "fingerprint": fields_of(page)["fingerprint"], "reason": "删"}
    assert office.post(address.removesuffix("/edit"), data=mark).status_code == 409


def test_a_group_is_bound_to_its_members_in_every_milestone_that_names_it(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    address = f"{ADDRESS}/groups/{group_id(app)}"
    sheet = fields_of(office.get(f"{address}/edit").text)
    members = sheet["members"].split("\n")
    assert len(members) == 15
    separated = "、".join(members[:5]) + "，" + "；".join(members[5:12]) + "\n" + members[12]
    assert office.post(address, data={**sheet, "members": separated, "reason": "少两个"}).status_code == 303
    name = one(app, sa.select(col(UnitGroup.name)).where(of_plan(UnitGroup)))
    bound = (
        sa.select(sa.func.count(), sa.func.count(sa.distinct(col(MilestoneUnit.milestone_id))))
        .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
        .where(of_plan(Milestone), col(MilestoneUnit.named_as) == name)
    )
    with read_session(app.state.engine) as session:
        rows, milestones = session.execute(bound).one()
    assert milestones
    assert rows == 13 * milestones
    page = office.get(f"{address}/edit").text
    assert 'name="remove"' not in page
    mark = {"remove": "1", "fingerprint": fields_of(page)["fingerprint"], "reason": "删"}
    assert office.post(address, data=mark).status_code == 409


@pytest.mark.parametrize(
    ("name", "members", "wrong"),
    [
        ("", "新安县人民政府", {"name"}),
        ("各区", "", {"members"}),
        ("各区", "新安县人民政府、乌有县人民政府", {"members"}),
        ("各区", "新安县人民政府、新安县人民政府", {"members"}),
        ("各区，各县", "新安县人民政府", {"name"}),
        ("新安县人民政府", "新安县人民政府", {"name"}),
        ("各区", "、，；\n", {"members"}),
    ],
)
def test_a_group_that_cannot_be_is_refused(client: Client, name: str, members: str, wrong: set[str]) -> None:
    answer = client(Role.OFFICE).post(f"{ADDRESS}/groups", data={"name": name, "members": members})
    assert answer.status_code == 422
    assert problems_of(answer.text) == wrong


def test_a_group_may_begin_with_the_governments_below_the_area(client: Client) -> None:
    office = client(Role.OFFICE)
    sheet = fields_of(office.get(f"{ADDRESS}/groups/new?fill=counties").text)
    assert "新安县人民政府" in sheet["members"]
    answer = office.post(f"{ADDRESS}/groups", data={**sheet, "name": "县级政府"})
    assert answer.status_code == 303
    assert "县级政府" in office.get(f"{ADDRESS}/groups").text
    assert office.post(f"{ADDRESS}/groups", data={**sheet, "name": "县级政府"}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"offset_days": "30"}, {"offset_days"}),  # the circular's day
        ({"trigger": "lagging", "offset_days": "0"}, {"offset_days"}),
        ({"trigger": "lagging", "offset_days": "4", "day_kind": "working"}, {"day_kind"}),
        ({"trigger": "regression", "offset_days": "-1"}, {"offset_days"}),
        ({"trigger": "unanswered", "offset_days": "9", "reply_days": "5"}, {"reply_days"}),
        ({"to_leader": "1", "reply_days": "5"}, {"addressees"}),
        ({"reply_days": "61"}, {"reply_days"}),
        ({"reply_days": "1.5"}, {"reply_days"}),
        ({"offset_days": "-45", "opens_case": "1"}, {"opens_case"}),
        ({"trigger": "someday", "day_kind": "sunny"}, {"trigger", "day_kind"}),
        ({"offset_days": "1.5"}, {"offset_days"}),
        ({"offset_days": "-99999"}, {"offset_days"}),
        ({"offset_days": "", "measure": ""}, {"offset_days", "measure"}),
        ({"measure": "fine"}, {"measure"}),
        ({"clause": "条" * 61}, {"clause"}),
    ],
)
def test_a_rung_that_cannot_be_is_refused(client: Client, changes: dict[str, str], wrong: set[str]) -> None:
    rung = {"offset_days": "45", "measure": "rectification_order", "clause": ""}
    for button in ({}, {"preview": "1"}):
        answer = client(Role.OFFICE).post(f"{ADDRESS}/ladder", data={**rung, **changes, **button})
        assert answer.status_code == 422
        assert problems_of(answer.text) == wrong
        assert faults(answer.text) == []


def test_a_rung_comes_and_goes(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    rung = {"offset_days": "45", "measure": "rectification_order", "clause": "四(三)"}
    assert office.post(f"{ADDRESS}/ladder", data=rung).status_code == 303
    query = sa.select(col(LadderRung.id)).where(of_plan(LadderRung), col(LadderRung.offset_days) == 45)
    address = f"{ADDRESS}/ladder/{one(app, query)}"
    sheet = fields_of(office.get(f"{address}/edit").text)
    assert office.post(address, data={**sheet, "offset_days": "50", "reason": "推后"}).status_code == 303
    mark = fields_of(office.get(f"{address}/edit").text)["fingerprint"]
    gone = office.post(address, data={"remove": "1", "fingerprint": mark, "reason": "不用"})
    assert gone.headers["location"] == f"{ADDRESS}/ladder?done=removed"
    assert office.get(f"{address}/edit").status_code == 404


def test_a_rung_is_previewed_as_typed_before_anything_is_saved(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE, language="en")
    rungs = sa.select(sa.func.count()).select_from(LadderRung).where(of_plan(LadderRung))
    before = one(app, rungs)
    rung = {"offset_days": "4", "day_kind": "working", "measure": "interview", "to_leader": "1", "clause": "四(三)"}
    seen = office.post(f"{ADDRESS}/ladder", data={**rung, "preview": "1"})
    assert seen.status_code == 200
    assert faults(seen.text) == []
    assert "Newly raised" in seen.text
    assert "达到逾期第4个工作日约谈的条件，依据方案四(三)" in seen.text
    typed = fields_of(seen.text)
    assert (typed["offset_days"], typed["day_kind"], typed["to_leader"], "to_responsible" in typed) == (
        "4",
        "working",
        "1",
        False,
    )
    assert one(app, rungs) == before
    urging = sa.select(col(LadderRung.id)).where(of_plan(LadderRung), col(LadderRung.key) == "urging")
    address = f"{ADDRESS}/ladder/{one(app, urging)}"
    sheet = fields_of(office.get(f"{address}/edit").text)
    moved = office.post(address, data={**sheet, "offset_days": "3", "preview": "1"})
    assert moved.status_code == 200
    assert "No longer raised" in moved.text
    gone = office.post(address, data={"remove": "1", "fingerprint": sheet["fingerprint"], "preview": "1"})
    assert gone.status_code == 200
    assert one(app, rungs) == before
    # the one in force, and to nobody else
    assert "All that would be raised" in office.get(f"{ADDRESS}/ladder/preview").text
    assert signed_in(app, Role.LEADER).get(f"{ADDRESS}/ladder/preview").status_code == 403
    assert signed_in(app, Role.OFFICE, "shizhu-2021").get(f"{ADDRESS}/ladder/preview").status_code == 404


def test_a_second_rung_like_one_that_was_moved_gets_a_key_of_its_own(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    rung = {"offset_days": "45", "measure": "rectification_order", "clause": "", "reply_days": "10"}
    assert office.post(f"{ADDRESS}/ladder", data=rung).status_code == 303
    with write_session(app.state.engine) as session:
        moved = sa.update(LadderRung).where(of_plan(LadderRung), col(LadderRung.offset_days) == 45)
        session.execute(moved.values(offset_days=50))
    assert office.post(f"{ADDRESS}/ladder", data=rung).status_code == 303
    keys = sa.select(sa.func.count()).where(
        of_plan(LadderRung), col(LadderRung.key).startswith("rectification-order-after-45")
    )
    assert one(app, keys) == 2


def test_any_words_in_any_field_are_refused_or_taken_without_a_fault(app: FastAPI, client: Client) -> None:
    office, root = client(Role.OFFICE), client(Role.ADMINISTRATOR)
    forms = [(office, page, address) for page, address in pages_with_forms(app, office)]
    for part in ("stages", "groups", "indicators", "overrides", "ladder"):
        forms.append((office, f"{ADDRESS}/{part}/new", f"{ADDRESS}/{part}"))
    forms += [
        (root, "/plans/new", "/plans"),
        (root, "/standards/1/copy", "/standards/1/copy"),
        (root, "/standards/1/edit", "/standards/1"),
        (root, "/standards/1/indicators/1/edit", "/standards/1/indicators/1"),
    ]
    for turn, (browser, page, address) in enumerate(forms):
        sheet = fields_of(browser.get(page).text)
        for word in (*words_for(turn, WORDS), SCRIPT):
            for given in (dict.fromkeys(sheet, word), {**sheet, **dict.fromkeys(set(sheet) - {"fingerprint"}, word)}):
                answer = browser.post(address, data=given)
                assert answer.status_code in (303, 422), (address, word[:30])
                assert "<script>alert" not in answer.text
