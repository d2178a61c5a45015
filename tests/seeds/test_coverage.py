"""`seeds/COVERAGE.md` and the plan files tell the same story, clause by clause and entry by entry."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from app.services.plan_files import PlanFile, read_plan, read_standard
from tests.support import coverage

SEEDS = Path(__file__).parents[2] / "seeds"
STANDARD = read_standard(SEEDS / "standards" / "national.yaml")
FILES = sorted((SEEDS / "plans").glob("*.yaml"), key=lambda path: path.stem)
SECTIONS, FAULTS = coverage.read_coverage(SEEDS / "COVERAGE.md")


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def plan(request: pytest.FixtureRequest) -> PlanFile:
    return read_plan(request.param)


def _none(problems: Iterable[str]) -> None:
    found = list(problems)
    assert not found, "\n".join(found)


def test_every_plan_has_a_section_and_every_section_a_plan() -> None:
    assert sorted(SECTIONS) == [path.stem for path in FILES]


def test_every_row_has_three_columns_and_gives_names_or_a_reason(plan: PlanFile) -> None:
    _none([fault for fault in FAULTS if fault.startswith((f"{plan.slug},", "line", "?"))])
    assert SECTIONS[plan.slug]


def test_every_entry_of_a_plan_stands_in_a_row_of_its_clause(plan: PlanFile) -> None:
    _none(coverage.unrecorded(plan, SECTIONS[plan.slug]))


def test_every_milestone_in_a_row_is_of_its_clause(plan: PlanFile) -> None:
    _none(coverage.misplaced(plan, SECTIONS[plan.slug]))


def test_every_name_in_the_table_is_in_the_plan_or_its_standard(plan: PlanFile) -> None:
    _none(coverage.unknown(plan, STANDARD, SECTIONS[plan.slug]))


@pytest.mark.parametrize(
    ("row", "clause", "fit"),
    [
        ("三(二)2 large classes", "三(二)2", True),
        ("三(二)", "三(二)2", True),
        ("三(二)2", "三(二)", True),
        ("附件1", "四(2020年)、附件1", True),
        ("附件 资源配置1–7", "附件", True),
        ("三(一)1", "三(一)10", False),
        ("十", "十一", False),
        ("二", "三(二)2", False),
    ],
)
def test_a_row_fits_an_entry_when_one_clause_lies_in_the_other(row: str, clause: str, fit: bool) -> None:
    assert coverage.fits(row, clause) is fit
    assert coverage.fits(clause, row) is fit


def test_what_the_two_do_not_share_is_found(plan: PlanFile) -> None:
    assert len(list(coverage.unrecorded(plan, []))) == len(coverage.entries(plan))
    key = plan.milestones[0].key
    row = coverage.Row("row", "九(九)9", (key, "indicator:NOBODY"), "")
    assert list(coverage.unknown(plan, STANDARD, [row])) == ["row: `indicator:NOBODY` is not in the plan file"]
    assert any(key in problem for problem in coverage.misplaced(plan, [row]))


@pytest.mark.parametrize(
    "line",
    [
        "| 一 | none | |",
        "| 一 | `key` and more | why |",
        "| 一 | `key` |",
        "| clause | in the seed | why, or why not |",
    ],
)
def test_a_row_out_of_form_is_named(tmp_path: Path, line: str) -> None:
    table = tmp_path / "COVERAGE.md"
    table.write_text(f"## plan\n\n| clause | recorded as | why, or why not |\n| --- | --- | --- |\n{line}\n", "utf-8")
    sections, (fault,) = coverage.read_coverage(table)
    assert (list(sections), sections["plan"]) == (["plan"], [])
    assert fault.startswith("plan, line 5, ")
