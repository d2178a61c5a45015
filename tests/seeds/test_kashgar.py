"""Kashgar's plan file against literal tables typed from the document."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.vocabulary import IndicatorGroup, Measure, MilestoneKind, PlaceKind, Precision, RungTrigger, SchoolStage
from app.services.plan_files import MilestonePart, PlanFile, StandardFile, read_plan, read_standard

SEEDS = Path(__file__).parents[2] / "seeds"

RECOGNITION_YEARS = {
    "泽普县": 2025,
    "麦盖提县": 2027,
    "巴楚县": 2027,
    "岳普湖县": 2028,
    "疏附县": 2031,
    "疏勒县": 2031,
    "塔什库尔干县": 2031,
    "喀什市": 2032,
    "伽师县": 2032,
    "英吉沙县": 2032,
    "叶城县": 2033,
    "莎车县": 2034,
}
COUNTY_CODES = {
    "喀什市": "653101",
    "疏附县": "653121",
    "疏勒县": "653122",
    "英吉沙县": "653123",
    "泽普县": "653124",
    "莎车县": "653125",
    "叶城县": "653126",
    "麦盖提县": "653127",
    "岳普湖县": "653128",
    "伽师县": "653129",
    "巴楚县": "653130",
    "塔什库尔干县": "653131",
}
# milestone key → clause, due day, targets (indicator, comparator, value, unit, baseline)
DATED_QUANTITIES: dict[str, tuple[str, date, list[tuple[str, str, str, str, str | None]]]] = {
    "goal-2025": ("二(三)", date(2025, 12, 31), [("KS-COUNTIES", ">=", "1", "个", None)]),
    "goal-2030": ("二(三)", date(2030, 12, 31), [("KS-COUNTIES", ">=", "4", "个", None)]),
    "goal-2035": (
        "二(三)",
        date(2035, 12, 31),
        [("KS-COUNTIES", ">=", "12", "个", None), ("KS-PASSED", ">=", "12", "个", None)],
    ),
    "large-classes": (
        "三(二)2",
        date(2035, 12, 31),
        [("KS-OVERSIZE", "==", "0", "所", "122"), ("KS-OVERCLASS", "==", "0", "个", "7798")],
    ),
}
# goal of 二(三) → the counties it names, whose recognitions govern it
GOALS = {
    "goal-2025": {"泽普县"},
    "goal-2030": {"麦盖提县", "巴楚县", "岳普湖县"},
    "goal-2035": set(RECOGNITION_YEARS),
}
EVERY_YEAR = tuple(range(2021, 2036))
SCHOOL_YEARS = tuple(range(2022, 2036))  # those wholly in the period end in these years
FROM_2026 = tuple(range(2026, 2036))
# year of a batch → its counties
BATCHES = {
    year: [place for place, on in RECOGNITION_YEARS.items() if on == year] for year in RECOGNITION_YEARS.values()
}
# duties whose day in the year or whose interval the document does not say
OFFICE_SET = {
    "training-budget",
    "teacher-rotation",
    "annual-plan",
    "gap-monitoring",
    "education-spending",
    "congress-report",
    "annual-monitoring",
}
# milestone key → clause, years, due day in the year, targets (indicator, comparator, value, unit)
DUTIES: dict[str, tuple[str, tuple[int, ...], str, list[tuple[str, str, str, str]]]] = {
    "training-budget": ("三(四)", EVERY_YEAR, "12-31", [("Q4", ">=", "5", "%")]),
    "teacher-rotation": ("三(四)", SCHOOL_YEARS, "08-31", [("G11", ">=", "10", "%"), ("G11.1", ">=", "20", "%")]),
    "annual-plan": ("五(一)", EVERY_YEAR, "12-31", []),
    "gap-monitoring": ("五(一)", FROM_2026, "12-31", []),
    "education-spending": (
        "五(二)",
        EVERY_YEAR,
        "12-31",
        [("KS-SPEND", ">=", "0", "%"), ("KS-SPEND-PUPIL", ">=", "0", "%")],
    ),
    "congress-report": ("五(三)", FROM_2026, "12-31", []),
    "annual-monitoring": ("五(三)", EVERY_YEAR, "12-31", []),
}
# indicator → clause, comparator, value, unit of the plan's own standing thresholds
STANDING_THRESHOLDS = {
    "KS-SAT-SCHOOL": ("二(三)", ">=", "85", "%"),
    "KS-SAT-GOV": ("二(三)", ">=", "85", "%"),
    "KS-NEW-LARGE": ("三(二)2", "==", "0", "个"),
    "KS-NEW-STANDARD": ("三(三)", "==", "1", ""),
    "KS-SUBSTITUTE": ("三(四)", "==", "0", "人"),
    "KS-MONITOR": ("三(五)", "==", "1", ""),
    "KS-EXERCISE": ("三(五)", ">=", "1", "小时"),
    "KS-FITNESS": ("三(五)", ">=", "95", "%"),
    "KS-FUNDS": ("五(二)", "==", "1", ""),
}
# thresholds the plan restates at the national value: indicator → values of primary and junior, or the one for all
RESTATED = {
    "R1": ("4.2", "5.3"),
    "R2": ("1", "1"),
    "R3": ("0.9", "0.9"),
    "R4": ("4.5", "5.8"),
    "R5": ("7.5", "10.2"),
    "R6": ("2000", "2500"),
    "R7": ("2.3", "2.4"),
    "G4": ("2000", "2000", "2500"),
    "G5": ("45", "50"),
    "G9": ("100",),
    "G12": ("100",),
    "G13": ("100", "95"),
    "G14": ("50",),
    "Q2": ("95",),
    "Q9.1": ("0.15",),
    "S1": ("85",),
}


@pytest.fixture(scope="module")
def plan() -> PlanFile:
    return read_plan(SEEDS / "plans" / "kashgar-2022.yaml")


@pytest.fixture(scope="module")
def standard() -> StandardFile:
    return read_standard(SEEDS / "standards" / "national.yaml")


def _milestone(plan: PlanFile, key: str) -> MilestonePart:
    return next(part for part in plan.milestones if part.key == key)


def test_the_plan_says_who_issued_it_when_and_for_which_years(plan: PlanFile) -> None:
    assert (plan.slug, plan.document_number, plan.area) == ("kashgar-2022", None, "喀什地区")
    assert (plan.issued_on, plan.period_start, plan.period_end) == (
        date(2022, 3, 4),
        date(2021, 1, 1),
        date(2035, 12, 31),
    )
    assert plan.settings.tracked_from == date(2025, 1, 1)


def test_each_county_has_its_division_code(plan: PlanFile) -> None:
    counties = {part.name: part.code for part in plan.places if part.kind is not PlaceKind.PREFECTURE}
    assert counties == COUNTY_CODES
    assert next(part.code for part in plan.places if part.name == "喀什地区") == "653100"


def test_each_county_is_recognised_in_the_year_of_the_schedule(plan: PlanFile) -> None:
    recognitions = [part for part in plan.milestones if part.kind is MilestoneKind.RECOGNITION]
    assert len(recognitions) == 12
    assert {part.place: part.due.on for part in recognitions if part.due} == {
        place: date(year, 12, 31) for place, year in RECOGNITION_YEARS.items()
    }
    for part in recognitions:
        assert part.due is not None
        assert (part.due.phrase, part.due.precision) == (f"{RECOGNITION_YEARS[part.place]}年", Precision.YEAR)
        assert (part.clause, part.all_indicators, part.units_clause) == ("四", True, "五(一)")
        assert part.responsible == (f"{part.place}人民政府",)


@pytest.mark.parametrize("key", DATED_QUANTITIES)
def test_a_dated_quantity_carries_the_figures_of_the_text(plan: PlanFile, key: str) -> None:
    clause, due_on, targets = DATED_QUANTITIES[key]
    part = _milestone(plan, key)
    assert part.due is not None
    assert (part.kind, part.clause, part.due.on) == (MilestoneKind.QUANTITY, clause, due_on)
    assert [(t.indicator, t.comparator, t.value, t.unit, t.baseline) for t in part.targets] == [
        (indicator, comparator, Decimal(value), unit, None if baseline is None else Decimal(baseline))
        for indicator, comparator, value, unit, baseline in targets
    ]


def test_no_dated_milestone_is_left_out_of_these_tables(plan: PlanFile) -> None:
    dated = {part.key for part in plan.milestones if part.kind is MilestoneKind.QUANTITY}
    recurring = {part.key for part in plan.milestones if part.repeat}
    tasks = {part.key for part in plan.milestones if part.kind is MilestoneKind.TASK}
    assert (dated, recurring) == (set(DATED_QUANTITIES), set(DUTIES))
    assert tasks == {f"batch-evaluation-{year}" for year in BATCHES}
    assert Counter(part.kind.value for part in plan.milestones) == {
        "recognition": 12,
        "quantity": 4,
        "task": 7,
        "duty": 7,
    }


@pytest.mark.parametrize("key", DUTIES)
def test_a_duty_recurs_in_the_years_of_the_text(plan: PlanFile, key: str) -> None:
    clause, years, due, targets = DUTIES[key]
    part = _milestone(plan, key)
    assert part.repeat is not None
    assert (part.kind, part.clause) == (MilestoneKind.DUTY, clause)
    assert (part.repeat.years, part.repeat.due, part.repeat.precision) == (years, due, Precision.RECURRING)
    assert [(t.indicator, t.comparator, t.value, t.unit) for t in part.targets] == [
        (indicator, comparator, Decimal(value), unit) for indicator, comparator, value, unit in targets
    ]


def test_every_goal_is_governed_by_the_recognitions_that_fulfil_it(plan: PlanFile) -> None:
    for key, counties in GOALS.items():
        goal = _milestone(plan, key)
        governing = [_milestone(plan, other) for other in goal.governed_by]
        assert {part.place for part in governing} == counties
        assert len(governing) == len(counties)
        assert goal.due is not None
        assert max(part.due.on for part in governing if part.due) <= goal.due.on
    assert {part.key for part in plan.milestones if part.governed_by} == set(GOALS)


def test_a_duty_due_before_the_plan_was_issued_says_so(plan: PlanFile) -> None:
    for part in plan.milestones:
        if part.repeat:
            early = date.fromisoformat(f"{part.repeat.years[0]}-{part.repeat.due}") < plan.issued_on
            assert ("早于印发日2022-03-04" in (part.note or "")) is early, part.key


def test_every_year_of_the_period_has_its_milestones(plan: PlanFile) -> None:
    assert sum(len(part.repeat.years) if part.repeat else 1 for part in plan.milestones) == 117


def test_county_duties_belong_to_all_twelve_governments(plan: PlanFile) -> None:
    groups = {group.name: group.members for group in plan.groups}
    assert set(groups["各县市人民政府"]) == {f"{place}人民政府" for place in RECOGNITION_YEARS}
    assert set(groups["各县市政府教育督导委员会"]) == {f"{place}政府教育督导委员会" for place in RECOGNITION_YEARS}
    for key in ("training-budget", "teacher-rotation", "annual-plan", "gap-monitoring", "congress-report"):
        assert _milestone(plan, key).responsible == ("各县市人民政府",)


def test_yearly_monitoring_belongs_to_the_supervision_committees(plan: PlanFile) -> None:
    committees = ("行署教育督导委员会", "各县市政府教育督导委员会")
    assert _milestone(plan, "annual-monitoring").responsible == committees


@pytest.mark.parametrize("year", BATCHES)
def test_a_batch_binds_the_prefecture_and_the_counties_of_its_year_only(plan: PlanFile, year: int) -> None:
    part = _milestone(plan, f"batch-evaluation-{year}")
    assert part.due is not None
    assert (part.clause, part.units_clause, part.due.phrase, part.due.on) == (
        "四",
        "五(三)",
        f"{year}年",
        date(year, 12, 31),
    )
    assert part.responsible[0] == "行署教育督导委员会"
    assert set(part.responsible[1:]) == {f"{place}政府教育督导委员会" for place in BATCHES[year]}


def test_days_and_intervals_the_text_does_not_give_are_marked_as_the_office_s(plan: PlanFile) -> None:
    marked = {part.key for part in plan.milestones if part.repeat and "办公室设定" in (part.note or "")}
    assert marked == OFFICE_SET == set(DUTIES)


def test_an_interval_set_by_the_office_makes_no_past_year_late(plan: PlanFile) -> None:
    regular = [part.repeat for part in plan.milestones if part.repeat and part.repeat.phrase == "定期"]
    assert [repeat.years[0] for repeat in regular] == [2026, 2026]


def test_retention_is_the_only_national_threshold_the_plan_raises(plan: PlanFile) -> None:
    found = [(o.indicator, o.stage, o.comparator, o.value, o.unit, o.clause) for o in plan.overrides]
    assert found == [("Q1", None, ">=", Decimal(96), "%", "三(一)")]


def test_the_plans_own_standing_thresholds_are_those_of_the_text(plan: PlanFile) -> None:
    found = {
        indicator.code: (indicator.clause, *((t.comparator, t.value, t.unit) for t in indicator.thresholds))
        for indicator in plan.indicators
        if indicator.thresholds
    }
    assert found == {
        code: (clause, (comparator, Decimal(value), unit))
        for code, (clause, comparator, value, unit) in STANDING_THRESHOLDS.items()
    }


def test_figures_the_plan_restates_stand_in_the_national_standard(standard: StandardFile) -> None:
    found = {part.code: tuple(t.value for t in part.thresholds) for part in standard.indicators}
    for code, values in RESTATED.items():
        assert found[code] == tuple(Decimal(value) for value in values)


def test_the_standard_has_31_indicators_recognition_and_seven_vetoes(standard: StandardFile) -> None:
    codes = [part.code for part in standard.indicators]
    assert len(codes) == len(set(codes))
    numbered = {code.partition(".")[0] for code in codes if code[0] in "RGQ" and not code.startswith("R-")}
    assert numbered - {f"R{n}-CV" for n in range(1, 8)} == (
        {f"R{n}" for n in range(1, 8)} | {f"G{n}" for n in range(1, 16)} | {f"Q{n}" for n in range(1, 10)}
    )
    vetoes = [part.code for part in standard.indicators if part.group is IndicatorGroup.VETO]
    assert vetoes == [f"V{n}" for n in range(1, 8)]


def test_every_limit_between_schools_is_judged_per_indicator_and_stage(standard: StandardFile) -> None:
    spreads = {p.code: p.thresholds for p in standard.indicators if p.group is IndicatorGroup.RESOURCE_CV}
    assert set(spreads) == {f"R{n}-CV" for n in range(1, 8)}
    for thresholds in spreads.values():
        assert [(t.stage, t.comparator, t.value) for t in thresholds] == [
            (SchoolStage.PRIMARY, "<=", Decimal("0.5")),
            (SchoolStage.JUNIOR, "<=", Decimal("0.45")),
        ]


def test_only_accountability_rests_on_a_clause(plan: PlanFile) -> None:
    assert {rung.measure: rung.clause for rung in plan.ladder if rung.clause} == {"accountability": "五(三)"}
    due, slid = (
        [rung for rung in plan.ladder if rung.trigger is trigger]
        for trigger in (RungTrigger.DUE, RungTrigger.REGRESSION)
    )
    assert [rung.offset_days for rung in due] == [-90, -30, 1, 15, 30, 60, 90]
    # The document holds to account for regression after recognition too; when is the office's setting.
    assert [(rung.offset_days, rung.clause) for rung in slid] == [(0, None), (30, "五(三)")]
    assert [rung.key for rung in plan.ladder if rung.opens_case] == ["regression-accountability"]
    assert {rung.measure for rung in plan.ladder} <= {measure.value for measure in Measure}


def test_keys_are_unique_and_every_reference_is_defined(plan: PlanFile, standard: StandardFile) -> None:
    keys = [part.key for part in plan.milestones]
    assert len(keys) == len(set(keys))
    places = {part.name for part in plan.places}
    short_names = [part.short_name for part in plan.organizations]
    assert len(short_names) == len(set(short_names))
    units = set(short_names) | {group.name for group in plan.groups}
    codes = {part.code for part in standard.indicators} | {part.code for part in plan.indicators}
    assert {member for group in plan.groups for member in group.members} <= set(short_names)
    assert {part.place for part in plan.organizations} | {part.parent or plan.area for part in plan.places} <= places
    assert {override.indicator for override in plan.overrides} <= codes
    assert plan.office in {part.name for part in plan.organizations}
    for part in plan.milestones:
        assert part.place in places
        assert {*part.responsible, *part.supporting} <= units
        assert {target.indicator for target in part.targets} <= codes
        assert part.stage in {None, *(stage.key for stage in plan.stages)}
