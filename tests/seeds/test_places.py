"""The reviewed list of the five plans' places and their plan files say the same."""

from pathlib import Path

from app.domain.divisions import is_code
from app.domain.vocabulary import PlaceKind
from app.services.plan_files import read_plan

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
Row = tuple[str, ...]


def reviewed() -> list[Row]:
    lines = (SEEDS / "PLACES.md").read_text(encoding="utf-8").splitlines()
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("| ")]
    return [row[:7] for row in rows[1:] if not row[0].startswith("---")]


def defined() -> list[Row]:
    files = [read_plan(path) for path in sorted((SEEDS / "plans").glob("*.yaml"))]
    return [
        tuple(
            str(cell or "—")
            for cell in (
                file.slug, part.name, part.kind, part.code, part.valid_from, part.valid_to, part.successor
            )
        )
        for file in files
        for part in file.places
    ]  # fmt: skip


def test_every_place_of_the_plan_files_is_reviewed_and_every_reviewed_one_is_in_a_plan_file() -> None:
    assert sorted(reviewed()) == sorted(defined())


def test_every_place_has_a_code_but_zones_and_every_former_one_a_successor() -> None:
    for _plan, name, kind, code, _first, last, successor in reviewed():
        assert is_code(code) is (kind != PlaceKind.ZONE), name
        assert (last == "—") is (successor == "—"), name
