"""Luoyang's plan file against literal tables typed from the document."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.vocabulary import Measure, MilestoneKind, PlaceKind, Precision, RungTrigger
from app.services.plan_files import MilestonePart, PlanFile, read_plan, read_standard

SEEDS = Path(__file__).parents[2] / "seeds"

RECOGNITION_YEARS = {
    "西工区": 2025,
    "新安县": 2025,
    "栾川县": 2026,
    "洛龙区": 2027,
    "老城区": 2027,
    "瀍河区": 2027,
    "伊滨区": 2027,
    "偃师区": 2029,
    "孟津区": 2029,
    "宜阳县": 2029,
    "伊川县": 2030,
    "洛宁县": 2030,
    "汝阳县": 2030,
    "嵩县": 2030,
    "涧西区": 2030,
}
PLACE_CODES = {
    "洛阳市": "410300",
    "老城区": "410302",
    "西工区": "410303",
    "瀍河区": "410304",
    "涧西区": "410305",
    "偃师区": "410307",
    "孟津区": "410308",
    "洛龙区": "410311",
    "新安县": "410323",
    "栾川县": "410324",
    "嵩县": "410325",
    "汝阳县": "410326",
    "宜阳县": "410327",
    "洛宁县": "410328",
    "伊川县": "410329",
    "伊滨区": None,
}
# clause → supporting units; each of these items names 市教育局 and 各县区人民政府 as responsible
SUPPORTING = {
    "三(一)1": ("市发展改革委", "市自然资源和规划局", "市住建局"),
    "三(一)2": ("市发展改革委", "市财政局", "市自然资源和规划局", "市住建局"),
    "三(一)3": ("市财政局", "市自然资源和规划局"),
    "三(二)5": ("市发展改革委", "市财政局", "市人社局", "市自然资源和规划局"),
    "三(二)6": ("市民政局", "市卫生健康委", "市残联"),
    "三(二)7": ("市财政局",),
    "三(三)8": ("市委编办", "市财政局", "市人社局"),
    "三(三)9": ("市财政局",),
    "三(四)10": ("市财政局",),
}
# milestone key → clause, due phrase, due day, targets (indicator, stage, comparator, value, unit)
DATED: dict[str, tuple[str, str, date, list[tuple[str, str | None, str, str, str]]]] = {
    "building-plan": ("三(一)1", "2025年底", date(2025, 12, 31), []),
    "build-schools": (
        "三(一)2",
        "2026年前",
        date(2025, 12, 31),
        [("LY-SCHOOLS", None, ">=", "86", "所"), ("LY-BOARDING", None, ">=", "52", "所")],
    ),
    "add-places": (
        "三(一)2",
        "2026年前",
        date(2025, 12, 31),
        [
            ("LY-PLACES", None, ">=", "27000", "个"),
            ("LY-PLACES", "primary", ">=", "15000", "个"),
            ("LY-PLACES", "junior", ">=", "12000", "个"),
        ],
    ),
    "add-beds": ("三(一)2", "2026年前", date(2025, 12, 31), [("LY-BEDS", None, ">=", "10000", "个")]),
    "large-classes": (
        "三(一)2",
        "2026年前",
        date(2025, 12, 31),
        [
            ("G5", "primary", "<=", "45", "人"),
            ("G5", "junior", "<=", "50", "人"),
            ("G4", "primary", "<=", "2000", "人"),
            ("G4", "junior", "<=", "2000", "人"),
            ("G4", "nine_year", "<=", "2500", "人"),
        ],
    ),
    "merge-points": ("三(一)3", "2025年", date(2025, 12, 31), [("LY-POINTS", None, ">=", "97", "个")]),
    "merge-small-points": ("三(一)3", "2025年", date(2025, 12, 31), []),
    "small-schools": ("三(一)3", "“十五五”期间", date(2030, 12, 31), []),
    "school-groups": ("三(二)5", "2026年", date(2026, 12, 31), [("LY-GROUPS", None, ">=", "100", "%")]),
    "retention-enrolment": (
        "三(二)6",
        "2025年底前",
        date(2025, 12, 31),
        [("Q1", None, ">=", "95", "%"), ("Q2", None, ">=", "95", "%")],
    ),
    "add-multimedia-rooms": ("三(二)7", "2025年", date(2025, 12, 31), [("LY-ROOMS", None, ">=", "350", "间")]),
    "multimedia-rooms": (
        "三(二)7",
        "2029年",
        date(2029, 12, 31),
        [("R7", "primary", ">=", "2.3", "间/百人"), ("R7", "junior", ">=", "2.4", "间/百人")],
    ),
    "arts-sports-teachers": (
        "三(三)8",
        "2030年",
        date(2030, 12, 31),
        [("R3", "primary", ">=", "0.9", "人/百人"), ("R3", "junior", ">=", "0.9", "人/百人")],
    ),
    "backbone-teachers-2025": ("三(三)9", "2025年", date(2025, 12, 31), [("LY-BACKBONE", None, ">=", "19", "%")]),
    "backbone-teachers-2026": ("三(三)9", "2026年", date(2026, 12, 31), [("LY-BACKBONE", None, ">=", "20", "%")]),
    "gardener-training": ("三(三)9", "三年", date(2027, 12, 31), [("LY-GARDENER", None, ">=", "30000", "人")]),
    "funds-paid": ("三(四)10", "未注明时限", date(2030, 12, 31), []),
}
# milestone key → the other reading of its due phrase
ALTERNATIVES = {
    "build-schools": date(2026, 12, 31),
    "add-places": date(2026, 12, 31),
    "add-beds": date(2026, 12, 31),
    "large-classes": date(2026, 12, 31),
    "gardener-training": date(2028, 5, 11),
}
# milestone key → clause, targets (indicator, comparator, value, unit); all yearly 2025–2030
DUTIES: dict[str, tuple[str, list[tuple[str, str, str, str]]]] = {
    "teacher-training": ("三(三)9", [("LY-TRAINED", ">=", "7000", "人次")]),
}


@pytest.fixture(scope="module")
def plan() -> PlanFile:
    return read_plan(SEEDS / "plans" / "luoyang-2025.yaml")


def _milestone(plan: PlanFile, key: str) -> MilestonePart:
    return next(part for part in plan.milestones if part.key == key)


def test_the_plan_says_its_number_its_day_and_its_years(plan: PlanFile) -> None:
    assert (plan.slug, plan.document_number, plan.area) == ("luoyang-2025", "洛政办〔2025〕17号", "洛阳市")
    assert (plan.issued_on, plan.period_end) == (date(2025, 5, 11), date(2030, 12, 31))
    assert plan.settings.tracked_from == date(2025, 1, 1)


def test_places_carry_their_codes_and_the_zone_has_none(plan: PlanFile) -> None:
    assert {part.name: part.code for part in plan.places} == PLACE_CODES
    assert [part.name for part in plan.places if part.kind is PlaceKind.ZONE] == ["伊滨区"]
    assert {part.name for part in plan.places if part.valid_from == date(2021, 3, 18)} == {"偃师区", "孟津区"}


def test_the_governments_of_the_new_districts_exist_since_2021(plan: PlanFile) -> None:
    dated = {unit.name: unit.valid_from for unit in plan.organizations if unit.valid_from}
    assert dated == dict.fromkeys(("洛阳市偃师区人民政府", "洛阳市孟津区人民政府"), date(2021, 3, 18))
    assert {unit.place for unit in plan.organizations if unit.valid_from} == {"偃师区", "孟津区"}


def test_places_of_two_stages_add_up(plan: PlanFile) -> None:
    whole, *parts = (target.value for target in _milestone(plan, "add-places").targets)
    assert whole == sum(parts)


def test_figures_the_clause_takes_from_the_standard_are_the_standards(plan: PlanFile) -> None:
    standard = read_standard(SEEDS / "standards" / "national.yaml")
    rows = {(i.code, r.stage, r.comparator, r.value, r.unit) for i in standard.indicators for r in i.thresholds}
    taken = [t for part in plan.milestones for t in part.targets if not t.indicator.startswith("LY-")]
    assert {t.indicator for t in taken} == {"G4", "G5", "Q1", "Q2", "R3", "R7"}
    assert {(t.indicator, t.stage, t.comparator, t.value, t.unit) for t in taken} <= rows
    marked = {t.indicator for t in taken if t.note and "国家标准" in t.note}
    assert marked == {"G4", "G5", "R7"}


def test_each_district_and_county_is_recognised_by_the_end_of_its_year(plan: PlanFile) -> None:
    recognitions = [part for part in plan.milestones if part.kind is MilestoneKind.RECOGNITION]
    assert len(recognitions) == 15
    assert {part.place: part.due.on for part in recognitions if part.due} == {
        place: date(year, 12, 31) for place, year in RECOGNITION_YEARS.items()
    }
    for part in recognitions:
        assert part.due is not None
        assert (part.due.phrase, part.due.precision) == (f"{RECOGNITION_YEARS[part.place]}年底前", Precision.YEAR)
        assert (part.clause, part.all_indicators, part.units_clause) == ("一", True, "四(一)")
        assert part.responsible == (f"{part.place}人民政府",)


@pytest.mark.parametrize("key", DATED)
def test_a_dated_commitment_carries_phrase_day_and_figures(plan: PlanFile, key: str) -> None:
    clause, phrase, due_on, targets = DATED[key]
    part = _milestone(plan, key)
    assert part.due is not None
    assert (part.clause, part.due.phrase, part.due.on) == (clause, phrase, due_on)
    assert part.kind is (MilestoneKind.QUANTITY if targets else MilestoneKind.TASK)
    assert [(t.indicator, t.stage, t.comparator, t.value, t.unit) for t in part.targets] == [
        (indicator, stage, comparator, Decimal(value), unit) for indicator, stage, comparator, value, unit in targets
    ]


def test_phrases_with_two_readings_keep_both(plan: PlanFile) -> None:
    found = {part.key: part.due.alternative_on for part in plan.milestones if part.due and part.due.alternative_on}
    assert found == ALTERNATIVES
    for key in ALTERNATIVES:
        assert _milestone(plan, key).note


def test_the_five_year_plan_task_starts_with_2026(plan: PlanFile) -> None:
    part = _milestone(plan, "small-schools")
    assert part.due is not None
    assert (part.start_on, part.due.precision) == (date(2026, 1, 1), Precision.FIVE_YEAR_PLAN)


def test_school_groups_start_from_87_percent(plan: PlanFile) -> None:
    assert _milestone(plan, "school-groups").targets[0].baseline == Decimal(87)


@pytest.mark.parametrize("key", DUTIES)
def test_a_duty_recurs_every_year_of_the_plan(plan: PlanFile, key: str) -> None:
    clause, targets = DUTIES[key]
    part = _milestone(plan, key)
    assert part.repeat is not None
    assert (part.kind, part.clause) == (MilestoneKind.DUTY, clause)
    assert (part.repeat.years, part.repeat.due) == ((2025, 2026, 2027, 2028, 2029, 2030), "12-31")
    assert [(t.indicator, t.comparator, t.value, t.unit) for t in part.targets] == [
        (indicator, comparator, Decimal(value), unit) for indicator, comparator, value, unit in targets
    ]


def test_no_milestone_is_left_out_of_these_tables(plan: PlanFile) -> None:
    others = {part.key for part in plan.milestones if part.kind is not MilestoneKind.RECOGNITION}
    assert others == set(DATED) | set(DUTIES)
    kinds = Counter(part.kind.value for part in plan.milestones)
    assert kinds == {"recognition": 15, "quantity": 13, "task": 4, "duty": 1}


def test_each_item_binds_the_units_it_names(plan: PlanFile) -> None:
    items = [part for part in plan.milestones if part.clause.startswith("三")]
    assert {part.clause for part in items} == set(SUPPORTING)
    for part in items:
        assert part.responsible == ("市教育局", "各县区人民政府")
        assert part.supporting == SUPPORTING[part.clause]


def test_item_ten_keeps_responsible_and_supporting_apart(plan: PlanFile) -> None:
    part = _milestone(plan, "funds-paid")
    assert (part.responsible, part.supporting) == (("市教育局", "各县区人民政府"), ("市财政局",))


def test_what_the_text_leaves_undated_waits_for_the_end_of_the_plan(plan: PlanFile) -> None:
    undated = [part for part in plan.milestones if part.due and part.due.phrase == "未注明时限"]
    assert [(part.key, part.due and part.due.on) for part in undated] == [("funds-paid", plan.period_end)]
    assert all("办公室设定" in (part.note or "") for part in undated)


def test_the_group_stands_for_fifteen_governments(plan: PlanFile) -> None:
    (group,) = plan.groups
    assert group.name == "各县区人民政府"
    assert len(group.members) == 15
    assert set(group.members) == {f"{place}人民政府" for place in RECOGNITION_YEARS}


def test_the_quality_coefficient_is_the_only_threshold_beyond_the_standard(plan: PlanFile) -> None:
    assert plan.overrides == ()
    (indicator,) = [part for part in plan.indicators if part.thresholds]
    (threshold,) = indicator.thresholds
    assert (indicator.code, indicator.clause) == ("LY-QUALITY", "一")
    assert (threshold.comparator, threshold.value) == (">=", Decimal("0.5"))


def test_interview_assessment_and_accountability_rest_on_a_clause(plan: PlanFile) -> None:
    assert {rung.measure: rung.clause for rung in plan.ladder if rung.clause} == {
        "interview": "四(三)",
        "annual_assessment": "四(三)",
        "accountability": "四(三)",
    }
    # Those who advance slowly are interviewed too, says the document; the third period is the office's setting.
    assert [
        (rung.key, rung.offset_days) for rung in plan.ladder if rung.clause and rung.trigger is RungTrigger.LAGGING
    ] == [("lagging-interview", 3)]
    assert {rung.measure for rung in plan.ladder} <= {measure.value for measure in Measure}


def test_keys_are_unique_and_every_reference_is_defined(plan: PlanFile) -> None:
    standard = read_standard(SEEDS / "standards" / "national.yaml")
    keys = [part.key for part in plan.milestones]
    assert len(keys) == len(set(keys))
    places = {part.name for part in plan.places}
    short_names = [part.short_name for part in plan.organizations]
    assert len(short_names) == len(set(short_names))
    units = set(short_names) | {group.name for group in plan.groups}
    codes = {part.code for part in standard.indicators} | {part.code for part in plan.indicators}
    assert {member for group in plan.groups for member in group.members} <= set(short_names)
    assert {part.place for part in plan.organizations} | {part.parent or plan.area for part in plan.places} <= places
    assert plan.office in {part.name for part in plan.organizations}
    for part in plan.milestones:
        assert part.place in places
        assert {*part.responsible, *part.supporting} <= units
        assert {target.indicator for target in part.targets} <= codes
        assert part.stage in {None, *(stage.key for stage in plan.stages)}
