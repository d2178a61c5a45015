"""A plan's own indicators and thresholds on their pages: they reach its recognitions, and leave them again."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import Session, col
from starlette.testclient import TestClient

from app.core.database import read_session
from app.domain.vocabulary import Role
from app.models import (
    Indicator,
    Milestone,
    Plan,
    Target,
    Threshold,
)
from tests.support.forms import fields_of, one, problems_of
from tests.support.strict_html import faults
from tests.support.web import PLAN, flat

Client = Callable[..., TestClient]
ADDRESS = f"/plans/{PLAN}"


def of_plan(model: Any) -> Any:
    return col(model.plan_id) == sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN).scalar_subquery()


def targets(session: Session, code: str) -> set[str]:
    query = (
        sa.select(col(Target.value))
        .join(Milestone, col(Milestone.id) == col(Target.milestone_id))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(of_plan(Milestone), col(Target.copied), col(Target.retired_by_id).is_(None))
    )
    return {format(value, "f") for value in session.scalars(query.where(col(Indicator.code) == code))}


def test_a_threshold_of_the_plans_own_reaches_the_recognitions_and_leaves_them_again(
    app: FastAPI, client: Client
) -> None:
    office = client(Role.OFFICE)
    first = fields_of(office.get(f"{ADDRESS}/overrides/new?indicator=Q1").text)
    assert (first["value"], first["comparator"]) == ("95", ">=")
    answer = office.post(f"{ADDRESS}/overrides", data={**first, "value": "97", "clause": "三"})
    assert answer.headers["location"] == f"{ADDRESS}/indicators?done=created"
    page = flat(office.get(answer.headers["location"]).text)
    assert "≥ 97%" in page
    assert "≥ 95%" in page
    with read_session(app.state.engine) as session:
        assert targets(session, "Q1") == {"97"}
    taken = office.post(f"{ADDRESS}/overrides", data={**first, "value": "98", "clause": "三"})
    assert problems_of(taken.text) == {"indicator"}
    sheet = fields_of(office.get(f"{ADDRESS}/overrides/Q1/edit").text)
    mark = {"remove": "1", "fingerprint": sheet["fingerprint"], "reason": "文中没有"}
    assert office.post(f"{ADDRESS}/overrides/Q1", data=mark).status_code == 303
    with read_session(app.state.engine) as session:
        assert targets(session, "Q1") == {"95"}
        assert session.scalars(sa.select(Threshold).where(of_plan(Threshold))).all() == []
    assert office.get(f"{ADDRESS}/overrides/Q1/edit").status_code == 404


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"indicator": "Z9"}, {"indicator"}),
        ({"indicator": "", "value": "", "clause": ""}, {"indicator", "value", "clause"}),
        ({"value": "NaN"}, {"value"}),
        ({"comparator": "~"}, {"comparator"}),
        ({"stage": "kindergarten"}, {"stage"}),
        ({"indicator": "V1", "value": "2", "comparator": "=="}, {"value"}),
    ],
)
def test_a_threshold_that_cannot_be_is_refused(client: Client, changes: dict[str, str], wrong: set[str]) -> None:
    given = {"indicator": "Q1", "stage": "", "comparator": ">=", "value": "97", "unit": "%", "clause": "三"}
    answer = client(Role.OFFICE).post(f"{ADDRESS}/overrides", data={**given, **changes})
    assert answer.status_code == 422
    assert problems_of(answer.text) == wrong
    assert faults(answer.text) == []


OWN = {
    "code": "LY-NEW",
    "name": "新增指标",
    "value_type": "number",
    "clause": "三",
    "thresholds-0-stage": "primary",
    "thresholds-0-comparator": ">=",
    "thresholds-0-value": "",
    "thresholds-1-stage": "junior",
    "thresholds-1-comparator": ">=",
    "thresholds-1-value": "8",
    "thresholds-1-unit": "人",
}


def test_an_indicator_of_the_plan_alone_comes_and_goes_with_its_copies(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    assert office.post(f"{ADDRESS}/indicators", data=OWN).status_code == 303
    with read_session(app.state.engine) as session:
        assert targets(session, "LY-NEW") == {"8"}
    row = one(app, sa.select(col(Indicator.id)).where(col(Indicator.code) == "LY-NEW"))
    sheet = fields_of(office.get(f"{ADDRESS}/indicators/{row}/edit").text)
    assert (sheet["thresholds-0-stage"], sheet["thresholds-0-value"]) == ("junior", "8")
    changed = {**sheet, "thresholds-0-value": "9", "reason": "笔误"}
    assert office.post(f"{ADDRESS}/indicators/{row}", data=changed).status_code == 303
    with read_session(app.state.engine) as session:
        assert targets(session, "LY-NEW") == {"9"}
    mark = fields_of(office.get(f"{ADDRESS}/indicators/{row}/edit").text)["fingerprint"]
    gone = office.post(f"{ADDRESS}/indicators/{row}", data={"remove": "1", "fingerprint": mark, "reason": "没有"})
    assert gone.headers["location"] == f"{ADDRESS}/indicators?done=removed"
    assert "LY-NEW" not in office.get(f"{ADDRESS}/indicators").text


def test_an_indicator_that_milestones_measure_by_stays(app: FastAPI, client: Client) -> None:
    office = client(Role.OFFICE)
    row = one(app, sa.select(col(Indicator.id)).where(col(Indicator.code) == "LY-PLACES"))
    mark = fields_of(office.get(f"{ADDRESS}/indicators/{row}/edit").text)["fingerprint"]
    data = {"remove": "1", "fingerprint": mark, "reason": "删"}
    assert office.post(f"{ADDRESS}/indicators/{row}", data=data).status_code == 409


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"code": "G1"}, {"code"}),
        ({"code": "LY-QUALITY"}, {"code"}),
        ({"code": "新 指标"}, {"code"}),
        ({"code": "", "name": ""}, {"code", "name"}),
        ({"value_type": "word"}, {"value_type"}),
        ({"thresholds-0-value": "abc"}, {"thresholds-0-value"}),
        ({"thresholds-0-value": "7", "thresholds-0-stage": "junior"}, {"thresholds-1-value"}),
        ({"value_type": "boolean"}, {"thresholds-0-value"}),
    ],
)
def test_an_indicator_that_cannot_be_is_refused(client: Client, changes: dict[str, str], wrong: set[str]) -> None:
    answer = client(Role.OFFICE).post(f"{ADDRESS}/indicators", data={**OWN, **changes})
    assert answer.status_code == 422
    assert problems_of(answer.text) == wrong
    assert faults(answer.text) == []
