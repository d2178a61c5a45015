"""Who reaches what: every route names one action, and the grants are the only rule (DESIGN.md law 8)."""

import pytest
from fastapi import FastAPI

from app.domain.access import GRANTS, PUBLIC, Action, may
from app.domain.vocabulary import Role
from tests.support.busy import overdue_milestone, sample_values
from tests.support.web import Route, anonymous, routes_of, signed_in

UNSCOPED = frozenset(Role) - {Role.OFFICE, Role.UNIT}
OTHER_UNIT = "石柱土家族自治县公安局"


def address(route: Route, values: dict[str, str]) -> str:
    missing = [name for name in route.parameters if name not in values]
    assert not missing, f"{route.path}: give {missing} a value in tests/support/busy.py"
    return route.path.format(**values)


def readings(app: FastAPI) -> list[tuple[Route, str]]:
    values = sample_values(app)
    return [(route, address(route, values)) for route in routes_of(app) if "GET" in route.methods]


def test_every_route_names_exactly_one_action(busy: FastAPI) -> None:
    routes = routes_of(busy)
    assert len(routes) > 25
    assert {route.path: route.actions for route in routes if len(route.own_actions) != 1} == {}


def test_every_action_that_is_granted_is_one_of_the_list_and_every_listed_one_is_granted_or_public() -> None:
    assert set(GRANTS) | PUBLIC == set(Action)


@pytest.mark.parametrize("role", list(Role))
def test_pages_open_to_a_role_exactly_as_granted(busy: FastAPI, role: Role) -> None:
    browser = signed_in(busy, role)
    wrong = []
    for route, url in readings(busy):
        status = browser.get(url).status_code
        if not may(role, route.action):
            expected = {403}
        elif route.path == "/sign-in":
            expected = {303}
        elif route.path == "/readyz":
            expected = {503}  # a scan by hand is not a timetable that runs
        else:
            expected = {200} if role in UNSCOPED else {200, 404}  # what lies outside the scope does not exist
        if status not in expected:
            wrong.append((url, status, expected))
    assert wrong == []


def test_writes_are_refused_to_every_role_that_is_not_granted_them(busy: FastAPI) -> None:
    values, wrong = sample_values(busy), []
    writing = [route for route in routes_of(busy) if "POST" in route.methods]
    for role in Role:
        browser = signed_in(busy, role)
        refused = [route for route in writing if not may(role, route.action)]
        wrong += [
            (role, route.path, status)
            for route in refused
            if (status := browser.post(address(route, values)).status_code) != 403
        ]
    assert wrong == []


def test_nobody_reaches_anything_without_signing_in_but_the_door_and_the_health_checks(busy: FastAPI) -> None:
    browser, values, wrong = anonymous(busy), sample_values(busy), []
    for route in routes_of(busy):
        if route.action in PUBLIC:
            continue
        for method in route.methods:
            answer = browser.request(method, address(route, values))
            if route.path.startswith("/api/"):
                right = answer.status_code == 401 and "detail" in answer.json()
            else:
                right = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            if not right:
                wrong.append((method, route.path, answer.status_code))
    assert wrong == []


def test_htmx_is_told_to_leave_the_page_when_the_session_has_ended(busy: FastAPI) -> None:
    answer = anonymous(busy).get("/milestones", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (204, "")
    assert answer.headers["hx-redirect"].startswith("/sign-in")


def test_another_plans_milestone_does_not_exist_for_an_office(busy: FastAPI) -> None:
    milestone = overdue_milestone(busy, "kashgar-2022")
    office = signed_in(busy, Role.OFFICE)
    assert office.get(f"/milestones/{milestone}").status_code == 404
    report = {"reported_on": "2026-11-20", "summary": "x"}
    assert office.post(f"/milestones/{milestone}/reports", data=report).status_code in (403, 404)
    assert signed_in(busy, Role.LEADER).get(f"/milestones/{milestone}").status_code == 200


def test_evidence_and_milestones_of_others_do_not_exist_for_a_unit(busy: FastAPI) -> None:
    values = sample_values(busy)
    unit = signed_in(busy, Role.UNIT, "shizhu-2021", OTHER_UNIT)
    assert unit.get(f"/evidence/{values['evidence_id']}").status_code == 404
    assert unit.get(f"/milestones/{values['milestone_id']}").status_code == 404
    assert signed_in(busy, Role.LEADER).get(f"/evidence/{values['evidence_id']}").status_code == 200


# Parameters of what belongs to nobody's plan alone.
SHARED = {
    "organization_id",
    "place_id",
    "standard_id",
    "standard_indicator_id",
    "account_id",
    "posting_id",
    "calendar_version",
    "code",  # whoever holds the paper may
    "token",  # whoever holds it may; it is nobody's but its owner's
}
# Samples of the plan whose projects are on record, not of PLAN.
ELSEWHERE = {"project_id"}


@pytest.mark.parametrize(
    "stranger", [(Role.OFFICE, "shizhu-2021", None), (Role.UNIT, "shizhu-2021", OTHER_UNIT)], ids=["office", "unit"]
)
def test_nothing_of_a_plan_opens_to_those_of_another(busy: FastAPI, stranger: tuple[Role, str, str | None]) -> None:
    """Role × action × scope on every route: what a role may do in its own plan it may do nowhere else."""
    values, browser, wrong = sample_values(busy), signed_in(busy, *stranger), []
    for route in routes_of(busy):
        bound = set(route.parameters) - SHARED - ELSEWHERE
        if not bound or not may(stranger[0], route.action):
            continue
        for method in route.methods - {"HEAD"}:
            status = browser.request(method, address(route, values)).status_code
            if status not in (403, 404):
                wrong.append((method, route.path, status))
    assert wrong == []
