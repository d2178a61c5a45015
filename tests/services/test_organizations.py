"""Keeping units: names stay unambiguous, successors form a line, nothing named goes, nobody's change is overwritten."""

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
from app.domain.vocabulary import ChangeSubject, OrganizationKind, PlaceKind, RevisionCause, UnitRole
from app.models import AuditEntry, MilestoneUnit, Organization, PlanChange, PlanRevision, UnitGroup
from app.queries.audit import verify_chain
from app.services import organizations, places
from app.services.entries import fingerprint
from app.services.errors import ConflictError, InputError, NotFoundError
from app.services.organizations import OrganizationInput
from app.services.place_values import PlaceInput
from tests.support.facts import SYSTEM, Office, add_milestone, noon, office

NOW = noon("2026-11-22")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with write_session(engine) as session:
        yield session


@pytest.fixture
def of(session: Session) -> Office:
    return office(session)


def unit(of: Office, name: str = "某州财政局", **more: Any) -> OrganizationInput:
    values: dict = {"short_name": "财政局", "kind": OrganizationKind.DEPARTMENT, "place_id": of.place_id}
    return OrganizationInput(name=name, **values | more)


def created(session: Session, given: OrganizationInput) -> int:
    return organizations.create_organization(session, SYSTEM, given, now=NOW)


def changed(session: Session, unit_id: int, **changes: Any) -> bool:
    stored = organizations.organization_values(session, unit_id)
    return organizations.update_organization(
        session, SYSTEM, unit_id, replace(stored, **changes), fingerprint=fingerprint(stored), now=NOW
    )


def below(session: Session, of: Office, name: str) -> int:
    given = PlaceInput(name, PlaceKind.COUNTY, parent_id=of.place_id)
    return places.create_place(session, SYSTEM, given, now=NOW)


def problems(call: Any, *args: Any, **named: Any) -> set[str]:
    with pytest.raises(InputError) as refused:
        call(*args, **named)
    return set(refused.value.problems)


def bind(session: Session, of: Office, unit_id: int, named_as: str) -> None:
    milestone = add_milestone(session, of, "2026-01-01", "2026-12-31")
    row: dict = {"milestone_id": milestone, "organization_id": unit_id, "named_as": named_as, "position": 0}
    session.add(MilestoneUnit(role=UnitRole.RESPONSIBLE, **row))
    session.flush()


def last_entry(session: Session) -> tuple[str, str, dict[str, Any]]:
    entry = session.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(1)).one()
    return entry.action, entry.subject, json.loads(entry.detail)


def test_a_new_unit_is_on_record_with_its_aliases_once_each_and_in_the_audit_trail(session: Session, of: Office):
    given = unit(of, aliases=("州财政", "州财政", "财政局", ""), valid_from=date(2019, 1, 1))
    unit_id = created(session, given)
    stored = organizations.organization_values(session, unit_id)
    assert stored == replace(given, aliases=("州财政",))
    action, subject, detail = last_entry(session)
    assert (action, subject) == ("organizations:create", f"organizations/{unit_id}")
    assert (detail["after"]["aliases"], detail["after"]["valid_from"]) == (["州财政"], "2019-01-01")
    assert verify_chain(session).broken_at is None


def test_a_change_keeps_what_was_before_and_after_and_no_change_writes_nothing(session: Session, of: Office):
    unit_id = created(session, unit(of, aliases=("州财政",)))
    assert not changed(session, unit_id)
    assert last_entry(session)[0] == "organizations:create"
    assert changed(session, unit_id, short_name="州财政局", aliases=("财政局",))
    action, _, detail = last_entry(session)
    assert action == "organizations:update"
    assert (detail["before"]["short_name"], detail["after"]["short_name"]) == ("财政局", "州财政局")
    row = session.execute(sa.select(col(Organization.sort_key)).where(col(Organization.id) == unit_id)).scalar_one()
    assert row == "zhou1 cai2 zheng4 ju2"


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(session: Session, of: Office):
    unit_id = created(session, unit(of))
    seen = fingerprint(organizations.organization_values(session, unit_id))
    changed(session, unit_id, short_name="州财政局")
    late = unit(of, short_name="财政")
    refused = problems(organizations.update_organization, session, SYSTEM, unit_id, late, fingerprint=seen, now=NOW)
    assert refused == {"fingerprint"}
    assert organizations.organization_values(session, unit_id).short_name == "州财政局"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, {"name"}),
        ({"short_name": ""}, {"short_name"}),
        ({"name": "长" * 121}, {"name"}),
        ({"short_name": "长" * 81}, {"short_name"}),
        ({"short_name": "财政局，教育局"}, {"short_name"}),
        ({"aliases": ("州财政、国库",)}, {"aliases"}),
        ({"aliases": ("财政，",)}, {"aliases"}),
        ({"place_id": 9999}, {"place"}),
        ({"successor_id": 9999}, {"successor"}),
        ({"valid_from": date(2020, 1, 2), "valid_to": date(2020, 1, 1)}, {"valid_to"}),
    ],
    ids=str,
)
def test_what_cannot_be_taken_is_named_by_field(
    session: Session, of: Office, changes: dict[str, Any], fields: set[str]
):
    assert problems(created, session, replace(unit(of), **changes)) == fields


def test_a_full_name_is_nobody_elses_name_anywhere(session: Session, of: Office):
    other = office(session)
    created(session, unit(other, "远州财政局", short_name="远财政", aliases=("远州财政",)))
    assert problems(created, session, unit(of, "远州财政局")) == {"name"}
    assert problems(created, session, unit(of, "远州财政")) == {"name"}
    assert problems(created, session, unit(of, aliases=("远州财政局",))) == {"aliases"}
    assert problems(created, session, unit(of, short_name="远州财政局")) == {"short_name"}


def test_a_short_name_is_anothers_only_in_another_area(session: Session, of: Office):
    far = office(session)
    created(session, unit(of))
    county = below(session, of, "甲县")
    assert problems(created, session, unit(of, "某州国库", short_name="国库", aliases=("财政局",))) == {"aliases"}
    assert problems(created, session, unit(of, "甲县财政局", place_id=county)) == {"short_name"}
    created(session, unit(far, "远州财政局"))  # 财政局 there is another's, and no plan here means it


def test_two_counties_of_a_plans_area_do_not_share_a_short_name(session: Session, of: Office):
    counties = [below(session, of, name) for name in ("甲县", "乙县")]
    created(session, unit(of, "甲县财政局", place_id=counties[0], short_name="县财政局"))
    again = unit(of, "乙县财政局", place_id=counties[1], short_name="县财政局")
    assert problems(created, session, again) == {"short_name"}


def test_a_plan_that_names_units_of_two_areas_keeps_their_names_apart(session: Session, of: Office):
    far = office(session)
    here, there = created(session, unit(of)), created(session, unit(far, "远州财政局", short_name="远财政"))
    for unit_id, named_as in ((here, "财政局"), (there, "远财政")):
        bind(session, of, unit_id, named_as)
    assert problems(changed, session, there, aliases=("财政局",)) == {"aliases"}


def test_a_unit_whose_official_name_lists_several_bodies_keeps_it(session: Session, of: Office):
    created(session, unit(of, "某州各镇人民政府、街道办事处", short_name="各镇、街道", aliases=("镇政府、街道办",)))


def test_a_collective_name_of_a_plan_is_no_units_name(session: Session, of: Office):
    session.add(UnitGroup(plan_id=of.plan_id, name="各县人民政府"))
    session.flush()
    assert problems(created, session, unit(of, aliases=("各县人民政府",))) == {"aliases"}


def test_a_name_that_a_plan_writes_stays_among_the_units_names(session: Session, of: Office):
    unit_id = created(session, unit(of))
    bind(session, of, unit_id, "财政局")
    assert problems(changed, session, unit_id, short_name="州财政局") == {"aliases"}
    assert changed(session, unit_id, short_name="州财政局", aliases=("财政局",))


def test_a_unit_stays_in_the_area_of_a_plan_that_names_it(session: Session, of: Office):
    free, named = created(session, unit(of)), created(session, unit(of, "某州人事局", short_name="人事局"))
    bind(session, of, named, "人事局")
    far, near = office(session).place_id, below(session, of, "甲县")
    assert problems(changed, session, named, place_id=far) == {"place"}
    assert changed(session, named, place_id=near)
    assert changed(session, free, place_id=far)


def test_a_successor_needs_an_end_and_leads_never_back(session: Session, of: Office):
    first, second, third = (
        created(session, unit(of, f"某州{no}局", short_name=f"{no}局")) for no in ("一", "二", "三")
    )
    ended = {"valid_to": date(2018, 12, 31)}
    assert problems(changed, session, first, successor_id=second) == {"valid_to"}
    assert problems(changed, session, first, successor_id=first, **ended) == {"successor"}
    assert changed(session, first, successor_id=second, **ended)
    assert changed(session, second, successor_id=third, **ended)
    assert problems(changed, session, third, successor_id=first, **ended) == {"successor"}
    assert last_entry(session)[2]["after"]["successor"] == "某州三局"


def test_what_nothing_names_is_deleted_and_the_trail_keeps_what_it_was(session: Session, of: Office):
    unit_id = created(session, unit(of, aliases=("州财政",)))
    organizations.delete_organization(session, SYSTEM, unit_id, now=NOW)
    with pytest.raises(NotFoundError):
        organizations.organization_values(session, unit_id)
    action, _, detail = last_entry(session)
    assert (action, detail["before"]["aliases"]) == ("organizations:delete", ["州财政"])


def test_what_a_milestone_names_stays(session: Session, of: Office):
    unit_id = created(session, unit(of))
    bind(session, of, unit_id, "财政局")
    with pytest.raises(ConflictError):
        organizations.delete_organization(session, SYSTEM, unit_id, now=NOW)


def test_a_plans_office_and_a_successor_stay(session: Session, of: Office):
    following = created(session, unit(of))
    changed(session, of.organization_id, valid_to=date(2018, 12, 31), successor_id=following)
    for unit_id in (of.organization_id, following):
        with pytest.raises(ConflictError):
            organizations.delete_organization(session, SYSTEM, unit_id, now=NOW)


def test_what_an_earlier_version_of_a_plan_names_stays(session: Session, of: Office):
    unit_id = created(session, unit(of))
    revision = PlanRevision(plan_id=of.plan_id, number=1, cause=RevisionCause.EDIT, title="修改", recorded_at=NOW)
    session.add(revision)
    session.flush()
    words = json.dumps({"responsible": ["财政局"]}, ensure_ascii=False)
    change: dict = {"plan_id": of.plan_id, "subject": ChangeSubject.MILESTONE, "key": "m", "before": words}
    session.add(PlanChange(revision_id=revision.id or 0, **change))
    session.flush()
    with pytest.raises(ConflictError):
        organizations.delete_organization(session, SYSTEM, unit_id, now=NOW)


def test_a_unit_that_is_not_there_is_not_found(session: Session):
    with pytest.raises(NotFoundError):
        organizations.delete_organization(session, SYSTEM, 4000, now=NOW)
