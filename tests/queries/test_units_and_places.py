"""The lists of units and places on both engines: what narrows them, what is counted, how their pages follow."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.core.database import write_session
from app.domain.access import Scope
from app.domain.vocabulary import OrganizationKind, PlaceKind, UnitRole
from app.models import MilestoneUnit
from app.queries import organization_page, organizations, places
from app.queries.organizations import OrganizationFilter
from app.queries.places import PlaceFilter
from app.services import organizations as units
from app.services import places as kept
from app.services import standings
from app.services.organizations import OrganizationInput
from app.services.place_values import PlaceInput
from tests.support.facts import SYSTEM, Office, add_milestone, day, noon, office

NOW = noon("2026-11-22")
TODAY = day("2026-11-22")
LAST = date(2020, 7, 2)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with write_session(engine) as session:
        yield session


@pytest.fixture
def of(session: Session) -> Office:
    return office(session)


def unit(session: Session, name: str, short_name: str, place_id: int, **more: Any) -> int:
    given = OrganizationInput(name, short_name, OrganizationKind.DEPARTMENT, place_id, **more)
    return units.create_organization(session, SYSTEM, given, now=NOW)


def place(session: Session, name: str, **more: Any) -> int:
    return kept.create_place(session, SYSTEM, PlaceInput(name, PlaceKind.ZONE, **more), now=NOW)


def bind(session: Session, of: Office, role: UnitRole, *unit_ids: int) -> None:
    milestone = add_milestone(session, of, "2026-01-01", "2026-12-31")
    for position, unit_id in enumerate(unit_ids):
        row: dict = {"milestone_id": milestone, "organization_id": unit_id, "named_as": "x", "position": position}
        session.add(MilestoneUnit(role=role, **row))
    standings.rebuild(session, TODAY)


def names(session: Session, scope: Scope = Scope(), **wanted: Any) -> list[str]:  # noqa: B008  it is frozen
    found = organizations.list_organizations(session, scope, OrganizationFilter(**wanted), today=TODAY)
    assert found.count == len(found.rows)
    return [row.short_name for row in found.rows]


def test_a_unit_is_found_by_a_part_of_its_names_and_by_pinyin(session: Session, of: Office) -> None:
    unit(session, "某州财政局", "州财政局", of.place_id, aliases=("国库Treasury",))
    for text in ("某州财", "州财政", "国库", "treasury", "caizheng", "ZhouCai", "zczj", "czj"):
        assert names(session, text=text) == ["州财政局"], text
    for text in ("%", "_", "zj%", "xcz", "财政局长"):
        assert names(session, text=text) == [], text


def test_units_are_narrowed_by_place_with_those_below_by_plan_and_by_validity(session: Session, of: Office) -> None:
    zone = place(session, "新区", parent_id=of.place_id)
    inner = place(session, "内区", parent_id=zone)
    beside = place(session, "新区x")
    here, there = unit(session, "甲", "甲局", inner, valid_to=LAST), unit(session, "乙", "乙局", beside)
    bind(session, of, UnitRole.SUPPORTING, here)
    assert names(session, place_id=zone) == ["甲局"]
    assert set(names(session, place_id=of.place_id)) == {"教育局", "甲局"}
    assert names(session, place_id=beside) == ["乙局"]
    assert set(names(session, plan_id=of.plan_id)) == {"教育局", "甲局"}
    assert (names(session, ended=True), len(names(session, ended=False))) == (["甲局"], 2)
    assert names(session, kind=OrganizationKind.PARTY) == []
    assert there not in [row.id for row in organizations.organizations_after(session, there, 10)]


def test_a_milestone_counts_once_and_only_within_the_scope(session: Session, of: Office) -> None:
    other = office(session)
    one = unit(session, "甲", "甲局", of.place_id)
    bind(session, of, UnitRole.RESPONSIBLE, one)
    bind(session, other, UnitRole.RESPONSIBLE, one)
    bind(session, other, UnitRole.SUPPORTING, one)

    def counts(scope: Scope) -> tuple[int, int]:
        wanted = OrganizationFilter(text="甲")
        (row,) = organizations.list_organizations(session, scope, wanted, today=TODAY).rows
        return row.plans, row.milestones

    assert counts(Scope()) == (2, 3)
    assert counts(Scope(of.plan_id)) == (1, 1)
    found = organization_page.plans_naming_units(session, Scope(other.plan_id), [one, other.organization_id])
    assert [(item.responsible, item.supporting, item.keeps_office) for item in found] == [
        (1, 1, False),
        (0, 0, True),
    ]


def test_pages_follow_one_another_and_one_beyond_the_last_is_the_last(session: Session, of: Office) -> None:
    for number in range(organizations.PAGE):
        unit(session, f"单位{number}", f"单位{number}", of.place_id)
    pages = [
        organizations.list_organizations(session, Scope(), OrganizationFilter(), today=TODAY, number=number)
        for number in (1, 2, 9)
    ]
    assert [(page.number, page.pages, len(page.rows)) for page in pages] == [(1, 2, 50), (2, 2, 1), (2, 2, 1)]
    assert not {row.id for row in pages[0].rows} & {row.id for row in pages[1].rows}


def test_places_are_listed_by_code_with_what_lies_there(session: Session, of: Office) -> None:
    zone = place(session, "新区", parent_id=of.place_id, valid_to=LAST)
    bind(session, of, UnitRole.RESPONSIBLE, of.organization_id)

    def listed(scope: Scope = Scope(), **wanted: Any) -> list[tuple[int, int, int]]:  # noqa: B008
        rows = places.list_places(session, scope, PlaceFilter(**wanted), today=TODAY).rows
        return [(row.id, row.plans, row.milestones) for row in rows]

    assert listed() == [(of.place_id, 1, 1), (zone, 0, 0)]
    assert listed(Scope(of.plan_id + 1)) == [(of.place_id, 0, 0), (zone, 0, 0)]
    assert listed(text="xinqu") == listed(ended=True) == listed(kind=PlaceKind.ZONE) == [(zone, 0, 0)]
    assert listed(plan_id=of.plan_id) == listed(ended=False) == [(of.place_id, 1, 1)]
    assert len(listed(place_id=of.place_id)) == 2
    assert [row.id for row in places.places_after(session, of.place_id, 10)] == [zone]
    assert places.units_at(session, of.place_id) == 1
