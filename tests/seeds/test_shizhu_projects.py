"""Shizhu's six projects against the table of the annex (石柱府办发〔2021〕32号, 附件)."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from app.domain.vocabulary import MilestoneKind, SchoolStage
from app.services.plan_files import PlanFile, read_plan

SEEDS = Path(__file__).parents[2] / "seeds"
# the units of 三(一)3: responsible, supporting, and the clause that names them
STANDARD_SCHOOLS = (("县教委",), ("县发改委", "县财政局", "县规划自然资源局", "县住房城乡建委"), "三(一)3")

# no, name, site, nature, investment_wan, start, end, school stage, classes, places, land_m2, floor_m2, sports_m2
PROJECTS: list[tuple[object, ...]] = [
    (1, "南宾中学迁建工程", "甑子坪", "relocation", 50080, 2020, 2022, None, None, None, 181788, 116500, None),
    (2, "双庆小学迁建工程", "乌洋坝", "relocation", 5000, 2020, 2023, "primary", 24, 1080, 21499, None, None),
    (3, "民族中学迁建工程", "芭蕉滩", "relocation", 47175, 2021, 2023, None, 78, 3900, 101400, 66300, 40000),
    (4, "石柱一中迁建工程", "马落洞", "relocation", 18968, 2022, 2024, "junior", 39, 1950, 31200, 27300, 20000),
    (5, "好望山小学新建工程", "好望山", "new", 10205, 2023, 2025, "primary", 42, 1890, 22680, 13608, 12237),
    (6, "城区中学新建项目", "城南社区", "new", 18968, 2024, 2026, "junior", 39, 1950, 31200, 27300, 20000),
]

# name, m², underground
NANBIN_FLOORS = [
    ("初中部教学楼", 19500, False),
    ("高中部教学楼", 19500, False),
    ("学生宿舍", 33900, False),
    ("行政办公楼", 2000, False),
    ("体育馆", 6800, False),
    ("综合艺术馆", 10000, False),
    ("学生食堂", 5200, False),
    ("教工食堂和实践体验区", 4600, False),
    ("地下部分", 15000, True),
]

# name, school stage, classes, places, land_m2, floor_m2, sports_m2
MINZU_PHASES = [
    ("一期", "junior", 39, 1950, 31200, 27300, 20000),
    ("二期", "senior", 39, 1950, 70200, 39000, 20000),
]

# project no → clauses of its start and of its completion, and whether 三(一)3 names its units
PROJECT_CLAUSES = [
    (1, "四(2020年)、附件1", "附件1", True),
    (2, "四(2020年)、附件2", "四(2023年)、附件2", True),
    (3, "附件3", "附件3", False),
    (4, "四(2022年)、附件4", "附件4", False),
    (5, "四(2023年)、附件5", "附件5", True),
    (6, "四(2024年)、附件6", "附件6", True),
]

# what no typed field holds
DESCRIBED = [
    (1, "272.68 101500"),
    (2, "32 11959 图书馆 运动场地"),
    (3, "二期写明为高中 办公室设定 附属管网 仅见附件"),
    (4, "附属管网"),
    (5, "征用 场平"),
    (6, "附属管网 办公室设定"),
]


@pytest.fixture(scope="module")
def plan() -> PlanFile:
    return read_plan(SEEDS / "plans" / "shizhu-2021.yaml")


def test_the_six_projects_carry_every_field_of_the_annex(plan: PlanFile) -> None:
    rows: list[tuple[object, ...]] = [
        (
            p.no,
            p.name,
            p.site,
            p.nature.value,
            p.investment_wan,
            p.start_year,
            p.end_year,
            p.stage,
            p.classes,
            p.places,
            p.land_m2,
            p.floor_m2,
            p.sports_m2,
        )
        for p in plan.projects
    ]
    assert rows == PROJECTS
    assert sum(p.investment_wan or 0 for p in plan.projects) == 150396
    assert [p.clause for p in plan.projects] == [f"附件{p.no}" for p in plan.projects]


def test_the_document_splits_no_money_and_names_no_grades(plan: PlanFile) -> None:
    assert not any(p.budget or p.grade_classes or p.grades for p in plan.projects)


def test_the_floors_of_the_nanbin_school_add_up(plan: PlanFile) -> None:
    nanbin, *others = plan.projects
    assert [(part.name, int(part.area_m2), part.underground) for part in nanbin.floors] == NANBIN_FLOORS
    assert sum(part.area_m2 for part in nanbin.floors if not part.underground) == 101500
    assert sum(part.area_m2 for part in nanbin.floors) == nanbin.floor_m2
    assert not any(p.floors for p in others)


def test_the_minzu_school_is_the_sum_of_its_two_phases(plan: PlanFile) -> None:
    minzu = plan.projects[2]
    fields = ("classes", "places", "land_m2", "floor_m2", "sports_m2")
    found = [(phase.name, phase.stage, *(getattr(phase, field) for field in fields)) for phase in minzu.phases]
    assert found == MINZU_PHASES
    for field in fields:
        assert sum(getattr(phase, field) for phase in minzu.phases) == getattr(minzu, field)
    assert [p.key for p in plan.projects if p.phases] == [minzu.key]
    assert not any(phase.start_year or phase.end_year for phase in minzu.phases)


def test_places_are_classes_times_the_cap_of_the_school_stage(plan: PlanFile) -> None:
    caps = {SchoolStage.PRIMARY: 45, SchoolStage.JUNIOR: 50, SchoolStage.SENIOR: 50}
    scales = [(part.stage, part.classes, part.places) for p in plan.projects for part in p.phases]
    scales += [(p.stage, p.classes, p.places) for p in plan.projects]
    known = [(classes * caps[stage], places) for stage, classes, places in scales if stage and classes]
    assert len(known) == 6
    assert all(reckoned == places for reckoned, places in known)


def test_only_what_needs_a_school_still_to_be_built_says_so(plan: PlanFile) -> None:
    assert {m.key: m.needs for m in plan.milestones if m.needs} == {
        "standard-schools": ("haowangshan-primary-school", "chengqu-middle-school"),
        "2025-area": ("chengqu-middle-school",),
    }
    (school,) = [p for p in plan.projects if p.key == "chengqu-middle-school"]
    assert school.end_year == 2026


def test_the_minzu_school_stands_in_no_annual_target(plan: PlanFile) -> None:
    found = [m.key for m in plan.milestones if m.project == "minzu-middle-school" and "四" in m.clause]
    assert found == []


@pytest.mark.parametrize(("no", "words"), DESCRIBED)
def test_a_project_description_carries_the_parts_of_its_scale(plan: PlanFile, no: int, words: str) -> None:
    assert [word for word in words.split() if word not in plan.projects[no - 1].description] == []


def test_the_first_junior_school_is_found_under_both_names(plan: PlanFile) -> None:
    project = plan.projects[3]
    assert project.name == "石柱一中迁建工程"
    assert "石柱第一初级中学" in project.aliases
    names = [name for p in plan.projects for name in (p.name, *p.aliases)]
    assert max(Counter(names).values()) == 1


@pytest.mark.parametrize(("no", "start", "completion", "with_units"), PROJECT_CLAUSES)
def test_a_project_starts_and_ends_once_and_names_both_clauses(
    plan: PlanFile, no: int, start: str, completion: str, with_units: bool
) -> None:
    project = plan.projects[no - 1]
    found = {m.kind: m for m in plan.milestones if m.project == project.key}
    assert set(found) == {MilestoneKind.PROJECT_START, MilestoneKind.PROJECT_COMPLETION}
    assert sum(m.project == project.key for m in plan.milestones) == 2
    begun, done = found[MilestoneKind.PROJECT_START], found[MilestoneKind.PROJECT_COMPLETION]
    assert begun.due is not None
    assert done.due is not None
    assert (begun.clause, done.clause) == (start, completion)
    assert (begun.due.on.year, done.due.on.year) == (project.start_year, project.end_year)
    assert done.start_on == date(project.start_year or 0, 1, 1)
    for milestone in (begun, done):
        units = (milestone.responsible, milestone.supporting, milestone.units_clause)
        assert units == (STANDARD_SCHOOLS if with_units else ((), (), None))
