"""Shizhu's plan file against tables typed from the document (石柱府办发〔2021〕32号)."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.vocabulary import MilestoneKind, OrganizationKind, Precision, SchoolStage
from app.services.plan_files import MilestonePart, PlanFile, ThresholdPart, read_plan, read_standard

SEEDS = Path(__file__).parents[2] / "seeds"
DEPARTMENTS = ("县发改委", "县财政局", "县规划自然资源局", "县住房城乡建委")
STANDARD_SCHOOLS = (("县教委",), DEPARTMENTS, "三(一)3")
EQUIPMENT = (("县教委",), ("县财政局",), "三(一)5")

ANNUAL_FIGURES = [
    ("2022-backbone-teachers", ["R2 primary >= 1", "R2 junior >= 1"], (("县教委",), (), "三(三)6")),
    ("2022-pe-art-teachers", ["SZ-PE-ART-RATE >= 100"], (("县委编办", "县人力社保局"), ("县教委",), "三(三)2")),
    ("2022-equipment", ["SZ-R6-RATE >= 85"], EQUIPMENT),
    ("2023-area-primary", ["SZ-R4-RATE primary >= 95", "SZ-R5-RATE primary >= 95"], STANDARD_SCHOOLS),
    ("2023-area-junior", ["SZ-R4-RATE junior >= 85", "SZ-R5-RATE junior >= 85"], STANDARD_SCHOOLS),
    ("2023-equipment", ["SZ-R6-RATE >= 90"], EQUIPMENT),
    ("2024-area-primary", ["SZ-R4-RATE primary >= 95", "SZ-R5-RATE primary >= 95"], STANDARD_SCHOOLS),
    ("2024-area-junior", ["SZ-R4-RATE junior >= 95", "SZ-R5-RATE junior >= 95"], STANDARD_SCHOOLS),
    ("2024-equipment", ["SZ-R6-RATE >= 100"], EQUIPMENT),
    ("2024-arts-rooms", ["SZ-MUSIC-RATE >= 92", "SZ-ART-RATE >= 92"], EQUIPMENT),
    (
        "2025-arts-rooms",
        [
            "SZ-MUSIC-RATE >= 100",
            "SZ-ART-RATE >= 100",
            "SZ-MUSIC-RATE teaching_point >= 100",
            "SZ-ART-RATE teaching_point >= 100",
        ],
        EQUIPMENT,
    ),
    (
        "2025-area",
        [
            f"{code} {stage} >= 100"
            for stage in ("primary", "junior", "teaching_point")
            for code in ("SZ-R4-RATE", "SZ-R5-RATE")
        ],
        STANDARD_SCHOOLS,
    ),
]

ANNUAL_TASKS = {
    2020: {"study-documents", "working-body", "baseline-survey", "action-plan"},
    2021: {"duties", "project-ledger", "timetable", "preliminary-works"},
    2026: {"self-assessment", "problem-ledger"},
    2027: {"rectification-measures", "rectification-done"},
    2028: {"municipal-assessment", "municipal-rectification"},
    2029: {"national-application", "national-inspection"},
}

UNITS = [
    ("school-layout", "县教委", "县发改委 县规划自然资源局 县住房城乡建委 县教委"),
    ("school-funding", "县财政局", "县教委"),
    ("standard-schools", "县教委", "县发改委 县财政局 县规划自然资源局 县住房城乡建委"),
    ("class-and-school-size", "县教委", ""),
    ("arts-rooms-and-equipment", "县教委", "县财政局"),
    ("moral-education", "县教委", ""),
    ("digital-teaching", "县教委", "县财政局"),
    ("curriculum", "县教委", ""),
    ("pupil-workload", "县教委", ""),
    ("quality-monitoring", "县教委", ""),
    ("sports-and-arts", "县教委", "县财政局"),
    ("teacher-staffing", "县委编办 县人力社保局", "县教委"),
    ("teacher-allocation", "县教委", "县委编办 县人力社保局"),
    ("teacher-training", "县教委", ""),
    ("teacher-pay", "县人力社保局", "县财政局 县教委"),
    ("backbone-teachers", "县教委", ""),
    ("nearby-enrolment", "县教委", ""),
    ("retention", "县教委", ""),
    ("migrant-children", "县教委", "县委编办 县发改委 县财政局 县规划自然资源局"),
    (
        "left-behind-children",
        "县教委",
        "县公安局 县民政局 县司法局 县妇联 各乡镇（街道）人民政府（办事处）",
    ),
    ("special-school-2026", "县教委", "县残联"),
    ("disabled-children", "县教委", "县残联"),
]

OVERRIDES = [
    *(f"R{n}-CV primary < 0.50 二" for n in range(1, 8)),
    *(f"R{n}-CV junior < 0.45 二" for n in range(1, 8)),
    "S1 >= 85 二",
    "R-SCHOOLS >= 100 三(一)3",
    "G4 primary <= 2000 三(一)4",
    "G4 junior <= 2000 三(一)4",
    "G4 nine_year <= 2500 三(一)4",
    "G5 primary <= 45 三(一)4",
    "G5 junior <= 50 三(一)4",
    "R6 primary >= 2000 三(一)5",
    "R6 junior >= 2500 三(一)5",
    "Q9 >= 3 三(二)5",
    "Q9.1 < 0.15 三(二)5",
    "G9 >= 100 三(三)4",
    "G8 >= 100 三(三)5",
    "G13 primary >= 100 三(四)1",
    "G13 junior >= 95 三(四)1",
    "Q1 >= 95 三(四)2",
    "G15 >= 85 三(五)1",
    "Q2 >= 95 三(五)3",
]

OWN_THRESHOLDS = [
    ("SZ-CV", ["primary < 0.50", "junior < 0.45"]),
    ("SZ-FUNDS", ["== 1"]),
    ("SZ-NEW-SCHOOLS", ["primary >= 1", "junior >= 1"]),
    ("SZ-BIG-CLASSES", ["<= 0"]),
    ("SZ-BIG-SCHOOLS", ["<= 0"]),
    ("SZ-MUSIC-ROOMS", [">= 102"]),
    ("SZ-MUSIC-AREA", [">= 9792"]),
    ("SZ-ART-ROOMS", [">= 105"]),
    ("SZ-ART-AREA", [">= 9450"]),
    ("SZ-SPORT-SCHOOLS", ["> 0"]),
    ("SZ-TRAIN-HOURS", [">= 360"]),
    ("SZ-TRAIN-COVER", ["== 1"]),
    ("SZ-RETENTION", ["primary >= 100"]),
]


@pytest.fixture(scope="module")
def plan() -> PlanFile:
    return read_plan(SEEDS / "plans" / "shizhu-2021.yaml")


@pytest.fixture(scope="module")
def milestones(plan: PlanFile) -> dict[str, MilestonePart]:
    return {milestone.key: milestone for milestone in plan.milestones}


def _written(part: ThresholdPart) -> str:
    stage = f"{part.stage.value} " if part.stage else ""
    value = part.value.quantize(Decimal("0.01")) if part.value % 1 else part.value
    return f"{stage}{part.comparator.value} {value}"


def test_the_head_names_the_document(plan: PlanFile) -> None:
    assert plan.document_number == "石柱府办发〔2021〕32号"
    assert plan.issued_on == date(2021, 3, 18)
    assert (plan.period_start.year, plan.period_end.year) == (2020, 2029)
    assert [(place.name, place.code) for place in plan.places] == [("石柱土家族自治县", "500240")]


@pytest.mark.parametrize(("key", "targets", "units"), ANNUAL_FIGURES)
def test_each_annual_figure_is_its_own_milestone(
    milestones: dict[str, MilestonePart],
    key: str,
    targets: list[str],
    units: tuple[tuple[str, ...], tuple[str, ...], str],
) -> None:
    found = milestones[key]
    year = key[:4]
    assert found.kind is MilestoneKind.QUANTITY
    assert [f"{target.indicator} {_written(target)}" for target in found.targets] == targets
    assert (found.responsible, found.supporting, found.units_clause) == units
    assert found.clause == f"四({year}年)"
    assert found.due is not None
    assert (found.due.on, found.due.precision) == (date(int(year), 12, 31), Precision.YEAR)
    assert found.start_on == date(int(year), 1, 1)


@pytest.mark.parametrize(("year", "names"), ANNUAL_TASKS.items())
def test_the_tasks_of_a_year_have_no_units_of_their_own(plan: PlanFile, year: int, names: set[str]) -> None:
    found = [m for m in plan.milestones if m.clause == f"四({year}年)" and m.kind is MilestoneKind.TASK]
    assert {m.key for m in found} == {f"{year}-{name}" for name in names}
    assert all(m.due is not None and m.due.on == date(year, 12, 31) for m in found)
    assert not any(m.responsible or m.supporting for m in found)


def test_every_milestone_of_part_four_is_in_the_tables(plan: PlanFile) -> None:
    expected = {key for key, _, _ in ANNUAL_FIGURES}
    expected |= {f"{year}-{name}" for year, names in ANNUAL_TASKS.items() for name in names}
    found = {m.key for m in plan.milestones if m.clause.startswith("四") and m.project is None}
    assert found == expected


def test_what_was_due_before_the_issue_day_is_recorded_and_noted(plan: PlanFile) -> None:
    early = [m for m in plan.milestones if m.due and m.due.on < plan.issued_on]
    assert len(early) == 6
    assert all(m.note and "印发" in m.note for m in early)


def test_recognition_in_2029_is_tied_to_all_indicators(plan: PlanFile) -> None:
    (found,) = [m for m in plan.milestones if m.kind is MilestoneKind.RECOGNITION]
    assert found.all_indicators
    assert found.due is not None
    assert (found.clause, found.due.on) == ("二", date(2029, 12, 31))


def test_the_special_school_is_due_in_2026(milestones: dict[str, MilestonePart]) -> None:
    found = milestones["special-school-2026"]
    assert found.due is not None
    assert (found.clause, found.due.on) == ("三(五)3", date(2026, 12, 31))


def test_the_regular_review_is_yearly_by_the_office_s_setting(milestones: dict[str, MilestonePart]) -> None:
    found = milestones["regular-review"]
    assert found.repeat is not None
    assert (found.clause, found.repeat.phrase, found.repeat.years) == ("五(一)", "定期", (2026, 2027, 2028, 2029))
    assert found.note is not None
    assert "办公室设定" in found.note


def test_what_is_due_since_2025_and_before_the_end_of_2026(plan: PlanFile) -> None:
    since, until = date(2025, 1, 1), date(2026, 12, 31)
    assert {m.key for m in plan.milestones if m.due and since <= m.due.on < until} == {
        "2025-arts-rooms",
        "2025-area",
        "2025-haowangshan-completion",
    }


@pytest.mark.parametrize(("key", "responsible", "supporting"), UNITS)
def test_the_units_of_a_clause_stand_as_the_document_names_them(
    milestones: dict[str, MilestonePart], key: str, responsible: str, supporting: str
) -> None:
    found = milestones[key]
    assert found.responsible == tuple(responsible.split())
    assert found.supporting == tuple(supporting.split())
    assert found.units_clause is None


def test_every_milestone_of_part_three_is_in_the_units_table(plan: PlanFile) -> None:
    assert [m.key for m in plan.milestones if m.clause.startswith("三")] == [key for key, _, _ in UNITS]


def test_dates_taken_from_the_goal_say_so(plan: PlanFile) -> None:
    undated = [m for m in plan.milestones if m.clause.startswith("三") and m.due and m.due.on.year == 2029]
    assert len(undated) == 21
    assert all(m.note and "二的总目标" in m.note and "办公室设定" in m.note for m in undated)


def test_standing_thresholds_are_overrides_with_their_clause(plan: PlanFile) -> None:
    found = [f"{part.indicator} {_written(part)} {part.clause}" for part in plan.overrides]
    assert sorted(found) == sorted(OVERRIDES)


@pytest.mark.parametrize(("code", "thresholds"), OWN_THRESHOLDS)
def test_the_plan_s_own_indicators_carry_their_thresholds(plan: PlanFile, code: str, thresholds: list[str]) -> None:
    (found,) = [part for part in plan.indicators if part.code == code]
    assert [_written(part) for part in found.thresholds] == thresholds


def test_rates_of_the_annual_targets_have_no_standing_threshold(plan: PlanFile) -> None:
    standing = {code for code, _ in OWN_THRESHOLDS}
    others = {part.code for part in plan.indicators} - standing
    assert others == {
        "SZ-PE-ART-RATE",
        "SZ-R4-RATE",
        "SZ-R5-RATE",
        "SZ-R6-RATE",
        "SZ-MUSIC-RATE",
        "SZ-ART-RATE",
    }


def test_the_ladder_names_the_clause_only_where_the_plan_provides_the_measure(plan: PlanFile) -> None:
    assert [(rung.measure, rung.offset_days, rung.clause) for rung in plan.ladder[:8]] == [
        ("reminder", -90, None),
        ("reminder", -30, None),
        ("urging", 1, None),
        ("supervision_notice", 15, None),
        ("circular", 30, "五(四)"),
        ("annual_assessment", 60, "五(四)"),
        ("accountability", 90, "五(四)"),
        ("supervision_notice", 0, None),  # of a regression
    ]


def test_every_name_that_is_referred_to_is_defined_once(plan: PlanFile) -> None:
    standard = read_standard(SEEDS / "standards" / "national.yaml")
    codes = [part.code for part in (*standard.indicators, *plan.indicators)]
    units = [unit.short_name for unit in plan.organizations]
    keys = [m.key for m in plan.milestones]
    for names in (codes, units, keys, [p.key for p in plan.projects]):
        assert max(Counter(names).values()) == 1
    assert {t.indicator for m in plan.milestones for t in m.targets} <= set(codes)
    assert {u for m in plan.milestones for u in (*m.responsible, *m.supporting)} <= set(units)
    places = (
        [m.place for m in plan.milestones] + [p.place for p in plan.projects] + [o.place for o in plan.organizations]
    )
    assert set(places) == {plan.area}
    assert {m.project for m in plan.milestones if m.project} == {p.key for p in plan.projects}
    assert [o.name for o in plan.organizations if o.kind is OrganizationKind.OFFICE] == [plan.office]


def test_an_override_changes_a_threshold_the_standard_has(plan: PlanFile) -> None:
    standard = read_standard(SEEDS / "standards" / "national.yaml")
    known = {(part.code, row.stage, row.unit) for part in standard.indicators for row in part.thresholds}
    assert {(part.indicator, part.stage, part.unit) for part in plan.overrides} <= known
    assert ("R1-CV", SchoolStage.PRIMARY, "") in known
