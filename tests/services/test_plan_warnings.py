"""Every kind of warning fires on an invented plan with one thing odd in it, and on the real plans where it should."""

from typing import Any

import pytest

from app.core.files import project_dir
from app.services.plan_files import read_plan
from app.services.plan_findings import FindingLevel
from app.services.plan_warning_kinds import WarningKind
from tests.support.plan_files import Change, plan_of, warned

PROJECT = ("projects", 0)
DONE = ("milestones", 2)
NO_PHASES: Change = ((*PROJECT, "phases"), None)
NO_GRADES: Change = ((*PROJECT, "grade_classes"), None)

# what is changed, kind, path of the finding, and figures that its sentence must name
ODD: list[tuple[list[Change], WarningKind, tuple[Any, ...], list[str]]] = [
    (
        [((*PROJECT, "places"), 2160), ((*PROJECT, "grade_classes"), 8), ((*PROJECT, "classes"), 48), NO_PHASES],
        WarningKind.SCHOOL_CAP,
        (*PROJECT, "places"),
        ["2160", "2000", "G4"],
    ),
    (
        [((*PROJECT, "places"), 1600), NO_PHASES],
        WarningKind.PLACES_MISMATCH,
        (*PROJECT, "places"),
        ["1600", "1620"],
    ),
    (
        [((*PROJECT, "places"), 1600), NO_PHASES, NO_GRADES],
        WarningKind.PLACES_MISMATCH,
        (*PROJECT, "places"),
        ["1600", "36", "45", "1620"],
    ),
    (
        [((*PROJECT, "phases", 0, "stage"), "junior")],
        WarningKind.PLACES_MISMATCH,
        (*PROJECT, "phases", 0, "places"),
        ["1080", "24", "50", "1200"],
    ),
    ([((*PROJECT, "classes"), 30), NO_PHASES], WarningKind.CLASSES_MISMATCH, (*PROJECT, "classes"), ["30", "36"]),
    (
        [((*PROJECT, "floors", 1, "area_m2"), 1200.5)],
        WarningKind.SUM_MISMATCH,
        (*PROJECT, "floors"),
        ["9200.5", "9000", "200.5"],
    ),
    ([((*PROJECT, "phases", 1, "places"), 500)], WarningKind.SUM_MISMATCH, (*PROJECT, "phases"), ["1580", "1620"]),
    (
        [((*PROJECT, "budget", 1, "amount_wan"), 1500)],
        WarningKind.SUM_MISMATCH,
        (*PROJECT, "budget"),
        ["2500", "3000", "500"],
    ),
    (
        [(("milestones", 1, "targets", 2, "value"), 1000)],
        WarningKind.SUM_MISMATCH,
        ("milestones", 1, "targets", 0),
        ["1500 + 1000", "2500", "2700"],
    ),
    (
        [((*PROJECT, "budget", 1, "year"), 2029)],
        WarningKind.YEARS_OUTSIDE_PROJECT,
        (*PROJECT, "budget", 1),
        ["2029", "2025", "2027"],
    ),
    (
        [((*PROJECT, "phases", 0, "start_year"), 2024)],
        WarningKind.YEARS_OUTSIDE_PROJECT,
        (*PROJECT, "phases", 0),
        ["2024"],
    ),
    (
        [((*PROJECT, "clause"), "附件1"), ((*DONE, "clause"), "附件1"), (("milestones", 1, "needs"), None)],
        WarningKind.PROJECT_NOT_IN_TARGETS,
        PROJECT,
        ["北城小学"],
    ),
    (
        [((*DONE, "project"), None), (("milestones", 1, "needs"), None)],
        WarningKind.PROJECT_NOT_IN_TARGETS,
        PROJECT,
        ["completion"],
    ),
    (
        [(("milestones", 1, "due", "on"), "2026-12-31")],
        WarningKind.DUE_BEFORE_PROJECT,
        ("milestones", 1, "due"),
        ["2026-12-31", "北城小学", "2027-12-31"],
    ),
    (
        [
            (("milestones", 1, "targets"), [{"indicator": "R7", "comparator": ">=", "value": 2.3}]),
            (("milestones", 1, "due", "on"), "2029-12-31"),
        ],
        WarningKind.AREA_AFTER_RECOGNITION,
        ("milestones", 1, "due"),
        ["R7", "2029-12-31", "甲县 2028-12-31"],
    ),
    (
        [(("milestones", 3, "repeat", "years"), [2024, 2025])],
        WarningKind.DUE_BEFORE_ISSUE,
        ("milestones", 3, "repeat"),
        ["2024-09-30", "2025-03-01"],
    ),
    (
        [((*DONE, "due", "alternative_on"), "2026-12-31")],
        WarningKind.TWO_READINGS,
        (*DONE, "due"),
        ["2027年底前", "2027-12-31", "2026-12-31"],
    ),
    (
        [(("milestones", 3, "repeat", "alternative_due"), "08-31")],
        WarningKind.TWO_READINGS,
        ("milestones", 3, "repeat"),
        ["09-30", "08-31"],
    ),
    (
        [(("milestones", 1, "governed_by"), ["north-school-done", "recognition-jia"])],
        WarningKind.GOAL_STATED_TWICE,
        ("milestones", 1, "due"),
        ["2028-12-31", "north-school-done 2027-12-31"],
    ),
    (
        [
            (("groups", 0, "members"), ["甲县政府"]),
        ],
        WarningKind.UNIT_NOT_NAMED,
        ("organizations", 2),
        ["no milestone"],
    ),
    (
        [(("milestones", 3, "supporting"), ["甲县人民政府"])],
        WarningKind.UNIT_IN_BOTH_ROLES,
        ("milestones", 3, "supporting"),
        ["甲县人民政府"],
    ),
]


def test_a_plan_that_fits_has_no_warning():
    assert warned(plan_of()) == []


@pytest.mark.parametrize(("changes", "kind", "path", "figures"), ODD)
def test_one_odd_thing_gives_one_warning_with_its_place_and_figures(changes, kind, path, figures):
    found = warned(plan_of(*changes))
    assert [(item.level, item.code, item.path) for item in found] == [(FindingLevel.WARNING, kind, path)]
    assert [figure for figure in figures if figure not in found[0].message] == []


def test_every_kind_of_warning_is_shown_by_an_invented_plan():
    assert {kind for _, kind, _, _ in ODD} == set(WarningKind)


@pytest.mark.parametrize(
    ("stage", "grades", "places", "fires"),
    [
        ("primary", 6, 2000, False),
        ("junior", 3, 2001, True),
        ("nine_year", 9, 2500, False),
        ("nine_year", 9, 2501, True),
        ("senior", 3, 4000, False),
    ],
)
def test_the_cap_of_a_school_is_that_of_its_stage(stage, grades, places, fires):
    file = plan_of(
        ((*PROJECT, "stage"), stage), ((*PROJECT, "grades"), grades), ((*PROJECT, "places"), places), NO_PHASES
    )
    assert (WarningKind.SCHOOL_CAP in {item.code for item in warned(file)}) == fires


def test_a_plans_own_cap_goes_before_the_standards():
    cap = {"indicator": "G4", "clause": "二", "comparator": "<=", "value": 1500, "unit": "人"}
    found = warned(plan_of((("overrides", 1), cap)))
    assert [(item.code, "1500" in item.message) for item in found] == [(WarningKind.SCHOOL_CAP, True)]


def test_the_phases_of_one_stage_together_are_held_against_its_cap():
    phases = [
        {"name": "一期", "stage": "junior", "places": 1200},
        {"name": "二期", "stage": "junior", "places": 1250},
        {"name": "三期", "stage": "senior", "places": 3000},
    ]
    file = plan_of(((*PROJECT, "stage"), None), ((*PROJECT, "places"), 5450), ((*PROJECT, "phases"), phases))
    found = [item for item in warned(file) if item.code == WarningKind.SCHOOL_CAP]
    assert [("2450" in item.message, "2000" in item.message) for item in found] == [(True, True)]


def test_shares_and_ratios_are_not_added_up():
    targets = [
        {"indicator": "Q1", "comparator": ">=", "value": 95, "unit": "%"},
        {"indicator": "Q1", "stage": "primary", "comparator": ">=", "value": 100, "unit": "%"},
        {"indicator": "Q1", "stage": "junior", "comparator": ">=", "value": 95, "unit": "%"},
    ]
    assert warned(plan_of((("milestones", 1, "targets"), targets))) == []


# plan, kind, part of the plan
REAL = [
    ("jiyuan-2022", WarningKind.SCHOOL_CAP, "projects no1-attached-school"),
    ("jiyuan-2022", WarningKind.SCHOOL_CAP, "projects jingliang-primary-school"),
    ("jiyuan-2022", WarningKind.DUE_BEFORE_ISSUE, None),
    ("kashgar-2022", WarningKind.DUE_BEFORE_ISSUE, None),
    ("kashgar-2022", WarningKind.GOAL_STATED_TWICE, "milestones goal-2030"),
    ("kashgar-2022", WarningKind.GOAL_STATED_TWICE, "milestones goal-2035"),
    ("luoyang-2025", WarningKind.TWO_READINGS, "milestones build-schools"),
    ("luoyang-2025", WarningKind.AREA_AFTER_RECOGNITION, "milestones multimedia-rooms"),
    ("luoyang-2025", WarningKind.AREA_AFTER_RECOGNITION, "milestones arts-sports-teachers"),
    ("nantong-2017", WarningKind.DUE_BEFORE_ISSUE, "milestones left-behind-register"),
    ("shizhu-2021", WarningKind.DUE_BEFORE_ISSUE, "milestones 2020-nanbin-start"),
    ("shizhu-2021", WarningKind.DUE_BEFORE_PROJECT, "milestones 2025-area"),
    ("shizhu-2021", WarningKind.PROJECT_NOT_IN_TARGETS, "projects minzu-middle-school"),
    ("shizhu-2021", WarningKind.UNIT_IN_BOTH_ROLES, "milestones school-layout"),
]


@pytest.mark.parametrize(("slug", "kind", "where"), REAL)
def test_the_real_plans_are_warned_about_where_they_should_be(slug, kind, where):
    found = warned(read_plan(project_dir("seeds") / "plans" / f"{slug}.yaml"))
    assert [item for item in found if item.code == kind and where in (None, item.where)]


@pytest.mark.parametrize("slug", ["jiyuan-2022", "shizhu-2021"])
def test_the_real_schools_have_as_many_places_as_their_classes_make(slug):
    found = warned(read_plan(project_dir("seeds") / "plans" / f"{slug}.yaml"))
    kinds = (WarningKind.PLACES_MISMATCH, WarningKind.CLASSES_MISMATCH, WarningKind.SUM_MISMATCH)
    assert [item for item in found if item.code in kinds] == []


def test_only_two_schools_of_jiyuan_and_one_project_of_shizhu_are_odd():
    found = [
        (slug, item.where)
        for slug in ("jiyuan-2022", "shizhu-2021")
        for item in warned(read_plan(project_dir("seeds") / "plans" / f"{slug}.yaml"))
        if item.path[0] == "projects"
    ]
    assert found == [
        ("jiyuan-2022", "projects no1-attached-school"),
        ("jiyuan-2022", "projects jingliang-primary-school"),
        ("shizhu-2021", "projects minzu-middle-school"),
    ]
