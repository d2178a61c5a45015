"""Keeping places: codes of GB/T 2260, a tree without circles, paths that follow a name, nothing named goes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import write_session
from app.domain.access import Scope
from app.domain.vocabulary import OrganizationKind, PlaceKind, UnitRole
from app.models import AuditEntry, Milestone, MilestoneUnit, Place
from app.queries import places as reads
from app.services import organizations, places, standings
from app.services.entries import fingerprint
from app.services.errors import ConflictError, InputError, NotFoundError
from app.services.organizations import OrganizationInput
from app.services.place_values import PlaceInput
from tests.support.facts import SYSTEM, add_milestone, day, noon, office

NOW = noon("2026-11-22")
LAST = date(2020, 7, 2)
NEXT = date(2020, 7, 3)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with write_session(engine) as session:
        yield session


@pytest.fixture
def city(session: Session) -> int:
    return created(session, "甲市", PlaceKind.PREFECTURE, code="410300")


def created(session: Session, name: str, kind: PlaceKind = PlaceKind.COUNTY, **more: Any) -> int:
    return places.create_place(session, SYSTEM, PlaceInput(name, kind, **more), now=NOW)


def changed(session: Session, place_id: int, **changes: Any) -> bool:
    stored = places.place_values(places.stored_place(session, place_id))
    return places.update_place(
        session, SYSTEM, place_id, replace(stored, **changes), fingerprint=fingerprint(stored), now=NOW
    )


def problems(call: Any, *args: Any, **named: Any) -> set[str]:
    with pytest.raises(InputError) as refused:
        call(*args, **named)
    return set(refused.value.problems)


def path(session: Session, place_id: int) -> str:
    session.expire_all()
    return places.stored_place(session, place_id).path


def test_a_place_is_found_by_its_path_and_sorted_by_its_code_or_else_its_pinyin(session: Session, city: int):
    county = places.stored_place(session, created(session, "新县", parent_id=city, code="410323"))
    zone = places.stored_place(session, created(session, "伊滨区", PlaceKind.ZONE, parent_id=city))
    assert (county.path, county.sort_key) == ("甲市/新县", "410323")
    assert (zone.path, zone.sort_key) == ("甲市/伊滨区", "999999yi1 bin1 qu1")
    assert places.place_id_of(session, "甲市/新县") == places.place_id_of(session, "新县") == county.id


def test_a_name_that_several_places_have_is_written_with_its_path(session: Session, city: int):
    other = created(session, "乙市", PlaceKind.PREFECTURE, code="410400")
    for above in (city, other):
        created(session, "新区", PlaceKind.ZONE, parent_id=above)
    assert "甲市/新区" in str(places.place_id_of(session, "新区"))
    assert isinstance(places.place_id_of(session, "乙市/新区"), int)
    assert isinstance(places.place_id_of(session, "丙市"), str)


@pytest.mark.parametrize(
    ("kind", "code", "taken"),
    [
        (PlaceKind.COUNTY, "410323", True),
        (PlaceKind.COUNTY, None, True),  # not published yet
        (PlaceKind.ZONE, None, True),
        (PlaceKind.ZONE, "410399", False),
        (PlaceKind.COUNTY, "41032", False),
        (PlaceKind.COUNTY, "990323", False),
        (PlaceKind.COUNTY, "410423", False),
        (PlaceKind.COUNTY, "410300", False),
    ],
)
def test_a_code_has_six_digits_with_the_prefix_of_what_lies_above_and_a_zone_has_none(
    session: Session, city: int, kind: PlaceKind, code: str | None, taken: bool
):
    if taken:
        created(session, "新县", kind, parent_id=city, code=code)
    else:
        assert problems(created, session, "新县", kind, parent_id=city, code=code) == {"code"}


def test_no_code_lies_below_a_county_and_a_zone_between_does_not_hide_the_city(session: Session, city: int):
    county = created(session, "新县", parent_id=city, code="410323")
    zone = created(session, "新区", PlaceKind.ZONE, parent_id=city)
    assert problems(created, session, "某镇", parent_id=county, code="410324") == {"code"}
    assert problems(created, session, "某区", PlaceKind.DISTRICT, parent_id=zone, code="410402") == {"code"}
    created(session, "另区", PlaceKind.ZONE, parent_id=county)


def test_a_changed_code_fits_what_lies_below(session: Session, city: int):
    created(session, "新县", parent_id=city, code="410323")
    assert problems(changed, session, city, code="410400") == {"code"}
    assert changed(session, city, code=None, kind=PlaceKind.ZONE)


def test_a_code_is_used_again_only_when_the_former_place_has_ended(session: Session, city: int):
    first = created(session, "崇区", PlaceKind.DISTRICT, parent_id=city, code="410302", valid_to=LAST)
    again = {"parent_id": city, "code": "410302"}
    assert problems(created, session, "崇区（新设）", PlaceKind.DISTRICT, valid_from=LAST, **again) == {"code"}
    created(session, "崇区（新设）", PlaceKind.DISTRICT, valid_from=NEXT, **again)
    assert problems(changed, session, first, valid_to=None) == {"code"}


@pytest.mark.parametrize("name", ["", "长" * 61, "甲/乙", "甲，乙"])
def test_a_name_without_separators_is_needed(session: Session, city: int, name: str):
    assert problems(created, session, name, parent_id=city) == {"name"}


def test_a_path_is_one_places_only_and_not_too_long(session: Session, city: int):
    above = city
    for letter in "甲乙丙":
        above = created(session, letter * 60, PlaceKind.ZONE, parent_id=above)
    assert problems(created, session, "丁" * 60, PlaceKind.ZONE, parent_id=above) == {"name"}
    assert problems(created, session, "甲市", PlaceKind.PREFECTURE) == {"name"}
    assert problems(changed, session, city, name="长" * 60) == {"name"}


def test_a_change_of_name_rewrites_the_path_of_everything_below(session: Session, city: int):
    zone = created(session, "新_区", PlaceKind.ZONE, parent_id=city)
    inner = created(session, "内区", PlaceKind.ZONE, parent_id=zone)
    beside = created(session, "甲市%", PlaceKind.PREFECTURE, code="410400")
    assert changed(session, city, name="甲乙市")
    assert [path(session, one) for one in (city, zone, inner, beside)] == [
        "甲乙市", "甲乙市/新_区", "甲乙市/新_区/内区", "甲市%",
    ]  # fmt: skip
    entry = session.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(1)).one()
    assert json.loads(entry.detail)["moved"] == 2
    assert changed(session, zone, name="旧区")
    assert [path(session, one) for one in (zone, inner)] == ["甲乙市/旧区", "甲乙市/旧区/内区"]


def test_a_change_of_parent_moves_everything_below_and_never_into_itself(session: Session, city: int):
    zone = created(session, "新区", PlaceKind.ZONE, parent_id=city)
    inner = created(session, "内区", PlaceKind.ZONE, parent_id=zone)
    for parent in (zone, inner):
        assert problems(changed, session, zone, parent_id=parent) == {"parent"}
    assert problems(changed, session, city, parent_id=9999) == {"parent"}
    assert changed(session, zone, parent_id=None)
    assert [path(session, one) for one in (zone, inner)] == ["新区", "新区/内区"]
    assert session.scalars(sa.select(col(Place.parent_id)).where(col(Place.id) == zone)).one() is None


def test_a_place_does_not_move_where_its_units_names_are_taken(session: Session, city: int):
    zone = created(session, "新区", PlaceKind.ZONE)
    for place_id, name in ((city, "甲市教育局"), (zone, "新区教育局")):
        given = OrganizationInput(name, "教育局", OrganizationKind.DEPARTMENT, place_id)
        organizations.create_organization(session, SYSTEM, given, now=NOW)
    assert problems(changed, session, zone, parent_id=city) == {"parent"}


def test_a_place_stays_in_the_area_of_a_plan_that_names_it_or_a_unit_there(session: Session, city: int):
    of = office(session)
    named, empty, seat = (created(session, name, parent_id=of.place_id) for name in ("甲县", "乙县", "丙县"))
    milestone = add_milestone(session, of, "2026-01-01", "2026-12-31")
    session.execute(sa.update(Milestone).where(col(Milestone.id) == milestone).values(place_id=named))
    given = OrganizationInput("丙县教育局", "丙县教育局", OrganizationKind.DEPARTMENT, seat)
    unit_id = organizations.create_organization(session, SYSTEM, given, now=NOW)
    row: dict = {"milestone_id": milestone, "organization_id": unit_id, "named_as": "丙县教育局", "position": 0}
    session.add(MilestoneUnit(role=UnitRole.RESPONSIBLE, **row))
    session.flush()
    for place_id in (named, seat):
        assert problems(changed, session, place_id, parent_id=city) == {"parent"}
        assert changed(session, place_id, parent_id=empty)  # still within the area
    assert changed(session, named, name="新甲县")
    assert problems(changed, session, empty, parent_id=None) == {"parent"}


def test_a_successor_needs_an_end_and_leads_never_back(session: Session, city: int):
    first, second = (created(session, name, parent_id=city) for name in ("海县", "海市"))
    assert problems(changed, session, first, successor_id=second) == {"valid_to"}
    assert problems(changed, session, first, successor_id=first, valid_to=LAST) == {"successor"}
    assert changed(session, first, successor_id=second, valid_to=LAST)
    assert problems(changed, session, second, successor_id=first, valid_to=LAST) == {"successor"}
    assert problems(changed, session, second, valid_from=NEXT, valid_to=LAST) == {"valid_to"}
    assert problems(changed, session, second, successor_id=9999) == {"successor"}


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(session: Session, city: int):
    seen = fingerprint(places.place_values(places.stored_place(session, city)))
    changed(session, city, name="乙市")
    late = PlaceInput("丙市", PlaceKind.PREFECTURE, "410300")
    refused = problems(places.update_place, session, SYSTEM, city, late, fingerprint=seen, now=NOW)
    assert (refused, path(session, city)) == ({"fingerprint"}, "乙市")
    assert not changed(session, city)


def test_what_nothing_names_is_deleted_and_everything_else_stays(session: Session, city: int):
    of = office(session)
    county = created(session, "新县", parent_id=city)
    for place_id in (city, of.place_id):
        with pytest.raises(ConflictError):
            places.delete_place(session, SYSTEM, place_id, now=NOW)
    places.delete_place(session, SYSTEM, county, now=NOW)
    places.delete_place(session, SYSTEM, city, now=NOW)
    with pytest.raises(NotFoundError):
        places.stored_place(session, city)


def test_a_places_plans_and_those_of_its_predecessors_are_counted_apart(session: Session):
    of = office(session)
    first, second, third = (created(session, name) for name in ("甲区", "乙区", "丙区"))
    changed(session, first, successor_id=second, valid_to=date(2018, 12, 31))
    changed(session, second, successor_id=third, valid_to=LAST)
    for place_id in (first, first, second):
        milestone = add_milestone(session, of, "2026-01-01", "2026-12-31")
        table = sa.table("milestone", sa.column("id"), sa.column("place_id"))
        session.execute(sa.update(table).where(table.c.id == milestone).values(place_id=place_id))
    standings.rebuild(session, day("2026-11-22"))
    before = [item.id or 0 for item in reads.predecessors_of(session, third)]
    assert sorted(before) == sorted([first, second])
    found = {item.place_id: item.milestones for item in reads.plans_at(session, Scope(), [third, *before])}
    assert found == {first: 2, second: 1}
    assert reads.plans_at(session, Scope(of.plan_id + 1), before) == []
