"""Units and places as JSON: all of them for everybody signed in, page by page."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.domain.vocabulary import Role
from tests.support.web import UNIT, anonymous, seeded_app, signed_in


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    application = seeded_app(tmp_path_factory.mktemp("register"))
    yield application
    application.state.engine.dispose()


def everything(browser: TestClient, noun: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = browser.get(f"/api/v1/{noun}", params={"after": after, "limit": 20}).json()
        assert len(page["items"]) <= 20
        found, after = found + page["items"], page["next"]
    return found


def test_units_carry_every_name_validity_and_successor(app: FastAPI) -> None:
    units = {item["name"]: item for item in everything(signed_in(app, Role.LEADER), "organizations")}
    assert units["南通市财政局"]["aliases"] == ["市财政", "财政局"]
    former = units["海安县人民政府"]
    assert (former["place"], former["successor"]) == ("南通市/海安县", "海安市人民政府")
    assert (former["valid_from"], former["valid_to"], former["kind"]) == (None, "2018-05-13", "government")


def test_places_carry_code_validity_and_successor_and_zones_no_code(app: FastAPI) -> None:
    places = {item["path"]: item for item in everything(signed_in(app, Role.LEADER), "places")}
    assert places["洛阳市/伊滨区"]["code"] is None
    former = places["南通市/海门市"]
    assert (former["code"], former["valid_to"], former["successor"]) == ("320684", "2020-07-02", "南通市/海门区")


@pytest.mark.parametrize("noun", ["organizations", "places"])
def test_everybody_signed_in_sees_the_same_and_nobody_else_anything(app: FastAPI, noun: str) -> None:
    whole = everything(signed_in(app, Role.LEADER), noun)
    ids = [item["id"] for item in whole]
    assert ids == sorted(set(ids))
    assert everything(signed_in(app, Role.UNIT, None, UNIT), noun) == whole
    assert anonymous(app).get(f"/api/v1/{noun}").status_code == 401


@pytest.mark.parametrize("noun", ["organizations", "places"])
def test_the_interface_describes_them(app: FastAPI, noun: str) -> None:
    described = signed_in(app, Role.LEADER).get("/api/v1/openapi.json").json()
    assert f"/api/v1/{noun}" in described["paths"]
    name = {"organizations": "OrganizationItem", "places": "PlaceItem"}[noun]
    assert "successor" in described["components"]["schemas"][name]["properties"]
