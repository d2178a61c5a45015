"""Indicator standards on their pages: everybody reads, administrators keep; plans that copy from one follow."""

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session
from app.domain.vocabulary import Role
from app.models import AuditEntry, Indicator, Plan, PlanRevision, Standard, Target
from tests.support.forms import fields_of, one, problems_of
from tests.support.strict_html import faults
from tests.support.web import flat

Client = Callable[..., TestClient]
NEW = {
    "code": "G16",
    "name": "新增指标",
    "group": "government",
    "value_type": "number",
    "clause": "政府保障程度16",
    "reason": "标准修订",
    "thresholds-0-comparator": ">=",
    "thresholds-0-value": "80",
    "thresholds-0-unit": "%",
}


def indicator(app: FastAPI, code: str, standard_id: int = 1) -> str:
    query = sa.select(col(Indicator.id)).where(col(Indicator.code) == code, col(Indicator.standard_id) == standard_id)
    return f"/standards/{standard_id}/indicators/{one(app, query)}"


def copies(app: FastAPI, code: str) -> dict[str, int]:
    """Return how many copied targets in force ask for which value of an indicator."""
    query = (
        sa.select(col(Target.value), sa.func.count())
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Indicator.code) == code, col(Target.copied), col(Target.retired_by_id).is_(None))
        .group_by(col(Target.value))
    )
    with read_session(app.state.engine) as session:
        return {format(value, "f"): number for value, number in session.execute(query)}


@pytest.mark.parametrize("role", list(Role))
def test_everybody_reads_standards_and_only_administrators_keep_them(client: Client, role: Role) -> None:
    browser = client(role)
    assert browser.get("/standards").status_code == 200
    page = browser.get("/standards/1")
    assert page.status_code == 200
    assert ("/standards/1/copy" in page.text) is (role is Role.ADMINISTRATOR)
    allowed = 200 if role is Role.ADMINISTRATOR else 403
    for path in ("copy", "edit", "indicators/new", "indicators/1/edit"):
        assert browser.get(f"/standards/1/{path}").status_code == allowed
    if role is not Role.ADMINISTRATOR:
        for path in ("", "/copy", "/indicators", "/indicators/1"):
            assert browser.post(f"/standards/1{path}", data=NEW).status_code == 403


def test_a_threshold_changed_reaches_every_plan_but_those_that_set_their_own(app: FastAPI, client: Client) -> None:
    root, address = client(Role.ADMINISTRATOR), indicator(app, "Q1")
    before = copies(app, "Q1")
    assert set(before) == {"95", "96"}  # Kashgar sets its own
    page = root.get(f"{address}/edit").text
    assert "data-confirm" in page
    sheet = {**fields_of(page), "thresholds-0-value": "98", "reason": "标准修订"}
    answer = root.post(address, data=sheet)
    assert answer.status_code == 303
    assert copies(app, "Q1")["96"] == before["96"]
    assert copies(app, "Q1")["98"] == before["95"] - copies(app, "Q1").get("95", 0)
    done = root.get(answer.headers["location"])
    assert done.text.count('role="status"') == 2
    assert faults(done.text) == []
    with read_session(app.state.engine) as session:
        entry = session.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
        assert entry is not None
        detail = json.loads(entry.detail)
        assert (entry.action, detail["code"], detail["reason"]) == ("standards:indicator", "Q1", "标准修订")
        assert '"95"' in detail["before"]
        assert '"98"' in detail["after"]
        latest = session.scalars(sa.select(PlanRevision).where(col(PlanRevision.number) == 2)).all()
        assert {item.reason for item in latest} == {"标准修订"}
        assert len(latest) == detail["plans"]


def test_a_form_saved_unchanged_changes_nothing(app: FastAPI, client: Client) -> None:
    root = client(Role.ADMINISTRATOR)
    for code in ("R1", "G5", "Q9", "V1"):
        address = indicator(app, code)
        sheet = {**fields_of(root.get(f"{address}/edit").text), "reason": "核对"}
        assert root.post(address, data=sheet).headers["location"] == "/standards/1?done=same"
    head = fields_of(root.get("/standards/1/edit").text)
    assert root.post("/standards/1", data=head).headers["location"] == "/standards/1?done=same"
    assert one(app, sa.select(col(Standard.source_sha256)).where(col(Standard.id) == 1)) != "edited"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"code": "Q1"}, {"code"}),
        ({"code": "LY-QUALITY"}, {"code"}),  # a plan that copies from the standard has it
        ({"code": "G 1"}, {"code"}),
        ({"group": "plan"}, {"group"}),
        ({"group": ""}, {"group"}),
        ({"name": ""}, {"name"}),
        ({"reason": ""}, {"reason"}),
        ({"thresholds-0-value": "1e999"}, {"thresholds-0-value"}),
        (
            {"thresholds-0-stage": "x", "thresholds-0-comparator": "y"},
            {"thresholds-0-stage", "thresholds-0-comparator"},
        ),
    ],
)
def test_an_indicator_that_cannot_be_is_refused(client: Client, changes: dict[str, str], wrong: set[str]) -> None:
    answer = client(Role.ADMINISTRATOR).post("/standards/1/indicators", data={**NEW, **changes})
    assert answer.status_code == 422
    assert problems_of(answer.text) == wrong
    assert faults(answer.text) == []
    assert fields_of(answer.text)["clause"] == NEW["clause"]


def test_an_indicator_comes_and_goes(app: FastAPI, client: Client) -> None:
    root = client(Role.ADMINISTRATOR)
    assert root.post("/standards/1/indicators", data=NEW).status_code == 303
    assert sum(copies(app, "G16").values()) == sum(copies(app, "G15").values())
    address = indicator(app, "G16")
    mark = fields_of(root.get(f"{address}/edit").text)["fingerprint"]
    assert root.post(address, data={"remove": "1", "fingerprint": mark, "reason": ""}).status_code == 422
    assert root.post(address, data={"remove": "1", "fingerprint": mark, "reason": "误增"}).status_code == 303
    assert copies(app, "G16") == {}
    assert "G16" not in root.get("/standards/1").text


def test_an_indicator_that_plans_use_stays_and_asks_for_nothing(app: FastAPI, client: Client) -> None:
    root, address = client(Role.ADMINISTRATOR), indicator(app, "Q1")
    mark = fields_of(root.get(f"{address}/edit").text)["fingerprint"]
    assert root.post(address, data={"remove": "1", "fingerprint": mark, "reason": "取消"}).status_code == 303
    assert set(copies(app, "Q1")) == {"95", "96"}  # what plans set themselves stays in force
    mark = fields_of(root.get(f"{address}/edit").text)["fingerprint"]
    assert root.post(address, data={"remove": "1", "fingerprint": mark, "reason": "取消"}).status_code == 409


def test_who_is_overtaken_loses_nothing(app: FastAPI, client: Client) -> None:
    root, address = client(Role.ADMINISTRATOR), indicator(app, "G5")
    seen = {**fields_of(root.get(f"{address}/edit").text), "reason": "甲"}
    assert root.post(address, data={**seen, "name": "班级规模"}).status_code == 303
    answer = root.post(address, data={**seen, "thresholds-0-value": "44", "reason": "乙"})
    assert answer.status_code == 422
    assert "班级规模" in flat(answer.text)
    again = fields_of(answer.text)
    assert again["thresholds-0-value"] == "44"
    assert root.post(address, data=again).status_code == 303
    head = fields_of(root.get("/standards/1/edit").text)
    assert root.post("/standards/1", data={**head, "name": "新名"}).status_code == 303
    late = root.post("/standards/1", data={**head, "name": "别名"})
    assert late.status_code == 422
    assert fields_of(late.text)["name"] == "别名"


def test_a_new_version_is_a_copy_and_a_plan_moves_to_it(app: FastAPI, client: Client) -> None:
    root = client(Role.ADMINISTRATOR)
    head = {"slug": "national-2027", "name": "督导评估标准（2027年）", "source": "试验文件"}
    answer = root.post("/standards/1/copy", data=head)
    assert answer.status_code == 303
    new_id = int(answer.headers["location"].split("/")[2].split("?")[0])
    address = indicator(app, "G5", new_id)
    sheet = {**fields_of(root.get(f"{address}/edit").text), "thresholds-0-value": "40", "reason": "修订"}
    assert (
        root.post(address, data=sheet).headers["location"] == f"/standards/{new_id}?done=updated&plans=0&milestones=0"
    )
    assert "40" not in copies(app, "G5")
    office = client(Role.OFFICE)
    own = sa.select(sa.func.count()).select_from(Target).where(~col(Target.copied))
    written = one(app, own)
    sheet = fields_of(office.get("/plans/luoyang-2025/edit").text)
    moved = office.post("/plans/luoyang-2025/edit", data={**sheet, "standard": "national-2027", "reason": "新标准"})
    assert moved.status_code == 303, problems_of(moved.text)
    assert copies(app, "G5")["40"] > 0
    assert one(app, own) == written
    page = office.get("/plans/luoyang-2025/indicators").text
    assert "督导评估标准（2027年）" in page
    assert "≤ 40" in flat(page)
    plans = sa.select(sa.func.count()).select_from(Plan).where(col(Plan.standard_id) == new_id)
    assert one(app, plans) == 1


def test_a_plan_does_not_move_to_a_standard_that_lacks_what_it_uses(app: FastAPI, client: Client) -> None:
    root = client(Role.ADMINISTRATOR)
    root.post("/standards/1/copy", data={"slug": "short", "name": "短标准", "source": "试验文件"})
    standard_id = one(app, sa.select(col(Standard.id)).where(col(Standard.slug) == "short"))
    address = indicator(app, "Q1", standard_id)
    mark = fields_of(root.get(f"{address}/edit").text)["fingerprint"]
    assert root.post(address, data={"remove": "1", "fingerprint": mark, "reason": "取消"}).status_code == 303
    office = client(Role.OFFICE, plan="kashgar-2022")
    sheet = fields_of(office.get("/plans/kashgar-2022/edit").text)
    answer = office.post("/plans/kashgar-2022/edit", data={**sheet, "standard": "short", "reason": "改"})
    assert answer.status_code == 422
    assert problems_of(answer.text) == {"standard"}
    assert "Q1" in answer.text


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"slug": ""}, {"slug"}),
        ({"slug": "national"}, {"slug"}),
        ({"slug": "新标准"}, {"slug"}),
        ({"name": "", "source": ""}, {"name", "source"}),
        ({"name": "长" * 121}, {"name"}),
    ],
)
def test_a_new_version_that_cannot_be_is_refused(client: Client, changes: dict[str, str], wrong: set[str]) -> None:
    head = {"slug": "national-2027", "name": "督导评估标准", "source": "试验文件"}
    answer = client(Role.ADMINISTRATOR).post("/standards/1/copy", data={**head, **changes})
    assert answer.status_code == 422
    assert problems_of(answer.text) == wrong
