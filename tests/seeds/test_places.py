"""The places of the plan files against the reviewed list `seeds/places.yaml`."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from app.core.database import write_session
from app.core.files import project_dir
from app.domain.divisions import is_code, lies_below
from app.domain.succession import Span
from app.domain.vocabulary import PlaceKind
from app.services.installation import install
from app.services.plan_files import PlacePart, PlanFile, read_plan
from app.services.reviewed_places import load_predecessors
from tests.support.facts import SYSTEM, noon

SEEDS = Path(__file__).parents[2] / "seeds"
FILES = sorted((SEEDS / "plans").glob("*.yaml"), key=lambda path: path.stem)
REVIEWED = date(2026, 11, 22)


class ReviewedPlace(BaseModel):
    """One entry of the list; `successor` is a path."""

    model_config = ConfigDict(extra="forbid")
    path: str
    full_name: str | None = None
    kind: PlaceKind
    code: str | None = None
    no_code: str | None = Field(default=None, description="why there is no code")
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None
    reform: str | None = None
    basis: str = Field(min_length=4, description="what it was checked against")
    doubt: str | None = None
    reviewed: date


class PlaceList(BaseModel):
    """The list: places of the plans, and others that a reform joins to them."""

    model_config = ConfigDict(extra="forbid")
    places: list[ReviewedPlace]
    others: list[ReviewedPlace]


LIST = PlaceList.model_validate(yaml.safe_load((SEEDS / "places.yaml").read_text(encoding="utf-8")))
EVERY = {place.path: place for place in (*LIST.places, *LIST.others)}
entry = pytest.mark.parametrize("place", EVERY.values(), ids=lambda place: place.path)


def _paths(plan: PlanFile) -> dict[str, PlacePart]:
    """Return the places of a plan file by path, parents first."""
    paths: dict[str, str] = {}
    for part in plan.places:
        paths[part.name] = f"{paths[part.parent]}/{part.name}" if part.parent else part.name
    return {paths[part.name]: part for part in plan.places}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_place_of_a_plan_is_as_reviewed(path: Path) -> None:
    parts = _paths(read_plan(path))
    by_name = {part.name: place for place, part in parts.items()}
    found = {
        place: (part.kind, part.code, part.valid_from, part.valid_to, by_name.get(part.successor or ""))
        for place, part in parts.items()
    }
    listed = {place: EVERY[place] for place in parts if place in EVERY}
    assert found == {
        place: (item.kind, item.code, item.valid_from, item.valid_to, item.successor) for place, item in listed.items()
    }


def test_the_list_names_every_place_of_the_plans_once_and_no_other() -> None:
    named = [place for path in FILES for place in _paths(read_plan(path))]
    assert sorted(place.path for place in LIST.places) == sorted(set(named))
    assert len(EVERY) == len(LIST.places) + len(LIST.others)
    codes = [place.code for place in EVERY.values() if place.code]
    assert len(codes) == len(set(codes))


@entry
def test_a_place_has_a_code_or_the_reason_why_not(place: ReviewedPlace) -> None:
    assert (place.code is None) is (place.no_code is not None)
    assert place.reviewed == REVIEWED
    if place.kind is PlaceKind.ZONE:
        assert place.code is None
    if place.code is not None:
        assert is_code(place.code)
        assert (place.kind is PlaceKind.PREFECTURE) is place.code.endswith("00")
        above = EVERY.get(place.path.rpartition("/")[0])
        assert above is None or lies_below(place.code, above.code or "")


@entry
def test_a_place_that_ended_or_began_names_the_reform_and_its_year(place: ReviewedPlace) -> None:
    begun_or_ended = place.valid_from or place.valid_to
    assert (place.valid_to is None) is (place.successor is None)
    if begun_or_ended:
        assert str(begun_or_ended.year) in (place.reform or "")
    if place.successor:
        following = EVERY[place.successor]
        assert following.valid_to is None
        assert not Span(place.valid_from, place.valid_to).overlaps(Span(following.valid_from, None))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("济源示范区", "419001"),
        ("喀什地区/塔什库尔干县", "653131"),
        ("洛阳市/偃师区", "410307"),
        ("洛阳市/孟津区", "410308"),
        ("洛阳市/伊滨区", None),
        ("南通市/海门区", "320614"),
        ("南通市/崇川区（2020年新设）", "320613"),
        ("南通市/南通市经济技术开发区", None),
        ("南通市/通州湾示范区", None),
        ("石柱土家族自治县", "500240"),
    ],
)
def test_the_places_that_are_easily_mistaken(path: str, code: str | None) -> None:
    assert EVERY[path].code == code


def test_the_predecessors_of_districts_are_loaded_once_and_joined_to_them(engine: Engine) -> None:
    with write_session(engine) as session:
        install(session, project_dir("seeds"), SYSTEM, noon("2026-11-22"))
        rows = session.execute(
            sa.text("SELECT old.name, new.name FROM place old JOIN place new ON new.id = old.successor_id")
        ).all()
        successors = {row[0]: row[1] for row in rows}
        expected = {"偃师市": "偃师区", "孟津县": "孟津区", "吉利区": "孟津区", "港闸区": "崇川区（2020年新设）"}
        assert expected.items() <= successors.items()
        assert load_predecessors(session, project_dir("seeds") / "places.yaml") == 0
