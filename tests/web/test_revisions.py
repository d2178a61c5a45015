"""The pages of a plan's versions, its file, and the list of revisions as JSON: for those who see the whole plan."""

from collections.abc import Callable

import pytest
import yaml
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.domain.vocabulary import Role
from tests.support.strict_html import faults
from tests.support.web import PLAN
from tests.web.test_amendments import begun, changed, enacted, id_of_plan

Enter = Callable[..., TestClient]
READERS = (Role.OFFICE, Role.LEADER, Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR)


def amended(app: FastAPI, office: TestClient) -> None:
    draft = begun(app, office)
    changed(office, draft, "recognition-xinan", due_phrase="2029年6月底前")
    office.post(f"{draft}/withdraw?key=add-places")
    assert enacted(office, draft).status_code == 303


def test_the_ledger_is_read_as_of_either_version(app: FastAPI, client: Enter) -> None:
    office, plan = client(), f"/plans/{id_of_plan(app)}"
    amended(app, office)
    first, second = (office.get(f"{plan}/versions/{number}").text for number in (1, 2))
    assert "新增学位约2.7万个" in first
    assert "新增学位约2.7万个" not in second
    assert first.count("2029-06-30") == 1  # beside the old date: what it is today
    assert "洛政办〔2026〕8号" in second
    revision = office.get(f"{plan}/revisions/2").text
    assert "2029-06-30" in revision
    assert "新增学位约2.7万个" in revision
    for page in (first, second, revision, office.get(f"{plan}/revisions").text):
        assert faults(page) == []
    for path in ("versions/3", "revisions/3", "file?version=3"):
        assert office.get(f"{plan}/{path}").status_code == 404
    for path in ("versions/1?after=x", "versions/1?after=9-9999999999", "revisions?before=1", "revisions/1?after=1"):
        assert office.get(f"{plan}/{path}").status_code == 200


def test_the_file_of_a_version_is_sent_as_it_was(app: FastAPI, client: Enter) -> None:
    office, plan = client(), f"/plans/{id_of_plan(app)}"
    amended(app, office)
    keys = {}
    for version in ("", "?version=1", "?version=2"):
        answer = office.get(f"{plan}/file{version}")
        assert answer.headers["content-type"].startswith("application/yaml")
        keys[version] = {item["key"] for item in yaml.safe_load(answer.text)["milestones"]}
    assert keys[""] == keys["?version=2"]
    assert keys["?version=1"] - keys[""] == {"add-places"}


@pytest.mark.parametrize("role", READERS)
def test_whoever_sees_the_whole_plan_reads_its_versions(app: FastAPI, client: Enter, role: Role) -> None:
    visitor, plan = client(role), f"/plans/{id_of_plan(app)}"
    for path in ("revisions", "revisions/1", "versions/1", "file"):
        assert visitor.get(f"{plan}/{path}").status_code == 200
    offered = f"{plan}/amendments/new" in visitor.get(f"{plan}/revisions").text
    assert offered is (role is Role.OFFICE)
    assert f"{plan}/revisions" in visitor.get(f"/plans/{PLAN}").text
    assert f"{plan}/revisions" in visitor.get("/milestones", params={"plan": PLAN}).text


def test_a_unit_and_another_plans_office_do_not_see_them(app: FastAPI, client: Enter) -> None:
    plan = f"/plans/{id_of_plan(app)}"
    for visitor in (client(Role.UNIT), client(Role.OFFICE, "shizhu-2021")):
        for path in ("revisions", "revisions/1", "versions/1", "file"):
            assert visitor.get(f"{plan}/{path}").status_code == 404
        assert visitor.get(f"/api/v1/plans/{PLAN}/revisions").status_code == 404
    assert f"{plan}/revisions" not in client(Role.UNIT).get(f"/plans/{PLAN}").text
    assert "/revisions" not in client(Role.UNIT).get("/milestones", params={"plan": PLAN}).text


def test_the_revisions_are_listed_as_json(app: FastAPI, client: Enter) -> None:
    amended(app, client())
    address = f"/api/v1/plans/{PLAN}/revisions"
    page = client(Role.LEADER).get(address).json()
    assert page["next"] is None
    newest, first = page["items"]
    assert (newest["number"], newest["cause"], newest["changed"], newest["removed"]) == (2, "amendment", 1, 1)
    assert (newest["document_number"], newest["document_on"]) == ("洛政办〔2026〕8号", "2026-11-10")
    assert (first["number"], first["cause"], first["author"]) == (1, "load", None)
    older = client(Role.LEADER).get(address, params={"after": 2}).json()
    assert [item["number"] for item in older["items"]] == [1]
    assert client(Role.LEADER).get("/api/v1/plans/nowhere/revisions").status_code == 404
