"""Jiyuan's plan file against tables typed from the document (济源示范区, 2022-03-11)."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from app.domain.vocabulary import MilestoneKind, OrganizationKind, Precision, ProjectNature
from app.services.plan_files import (
    MilestonePart,
    OverridePart,
    PlanFile,
    TargetPart,
    ThresholdPart,
    read_plan,
    read_standard,
)

SEEDS = Path(__file__).parents[2] / "seeds"

STAGES = [
    ("攻坚提升阶段", "四(一)", date(2022, 1, 1), date(2024, 8, 31)),
    ("自评完善阶段", "四(二)", date(2024, 9, 1), date(2024, 12, 31)),
    ("申报验收阶段", "四(三)", date(2025, 1, 1), date(2025, 12, 31)),
]

# no, name, 规制, grades, class size, places, school stage, completion, precision
SCHOOLS = [
    (1, "济源一中附中", 16, 3, 50, 2400, "junior", date(2022, 12, 31), Precision.YEAR),
    (2, "高新小学", 6, 6, 45, 1620, "primary", date(2023, 12, 31), Precision.YEAR),
    (3, "高新初中", 12, 3, 50, 1800, "junior", date(2023, 12, 31), Precision.YEAR),
    (4, "荆梁小学", 8, 6, 45, 2160, "primary", date(2024, 8, 31), Precision.MONTH),
]

DUE = [
    ("recognition-2025", "recognition", "三、四(三)", date(2025, 12, 31)),
    ("experience-2025", "task", "三", date(2025, 12, 31)),
    ("improvement-start", "stage", "四(一)", date(2022, 1, 31)),
    ("improvement-end", "stage", "四(一)", date(2024, 8, 31)),
    ("gap-ledger", "task", "四(一)", date(2024, 8, 31)),
    ("standard-met", "quantity", "四(一)", date(2024, 8, 31)),
    ("four-schools", "quantity", "四(一)1", date(2024, 8, 31)),
    ("no1-attached-completion", "project_completion", "四(一)1", date(2022, 12, 31)),
    ("gaoxin-primary-completion", "project_completion", "四(一)1", date(2023, 12, 31)),
    ("gaoxin-junior-completion", "project_completion", "四(一)1", date(2023, 12, 31)),
    ("jingliang-completion", "project_completion", "四(一)1", date(2024, 8, 31)),
    ("equipment-batch-1", "quantity", "四(一)2", date(2022, 12, 31)),
    ("equipment-batch-2", "quantity", "四(一)2", date(2023, 12, 31)),
    ("equipment-batch-3", "quantity", "四(一)2", date(2024, 8, 31)),
    ("equipment-in-use", "quantity", "四(一)2", date(2024, 8, 31)),
    ("self-assessment-start", "stage", "四(二)", date(2024, 9, 30)),
    ("self-assessment-end", "stage", "四(二)", date(2024, 12, 31)),
    ("self-assessment-done", "task", "四(二)", date(2024, 12, 31)),
    ("rectification-done", "task", "四(二)", date(2024, 12, 31)),
    ("mock-acceptance", "task", "四(二)", date(2024, 12, 31)),
    ("acceptance-start", "stage", "四(三)", date(2025, 1, 31)),
    ("acceptance-end", "stage", "四(三)", date(2025, 12, 31)),
    ("acceptance-materials", "task", "四(三)", date(2025, 12, 31)),
    ("acceptance-film", "task", "四(三)", date(2025, 12, 31)),
    ("quality-inspection", "duty", "五(四)", None),
]


@pytest.fixture(scope="module")
def plan() -> PlanFile:
    return read_plan(SEEDS / "plans" / "jiyuan-2022.yaml")


@pytest.fixture(scope="module")
def milestones(plan: PlanFile) -> dict[str, MilestonePart]:
    return {milestone.key: milestone for milestone in plan.milestones}


def _written(code: str, part: ThresholdPart) -> str:
    stage = f"{part.stage.value} " if part.stage else ""
    return f"{code} {stage}{part.comparator.value} {part.value}"


def test_the_head_carries_no_document_number(plan: PlanFile) -> None:
    assert plan.document_number is None
    assert plan.issued_on == date(2022, 3, 11)
    assert (plan.period_start.year, plan.period_end.year) == (2022, 2025)
    assert [(place.name, place.kind.value, place.code) for place in plan.places] == [
        ("济源示范区", "county_city", "419001")
    ]


def test_the_three_stages_follow_each_other_and_each_has_its_start_and_its_end(
    plan: PlanFile, milestones: dict[str, MilestonePart]
) -> None:
    assert [(s.name, s.clause, s.start_on, s.end_on) for s in plan.stages] == STAGES
    kept = {m.key for m in plan.milestones if m.kind is MilestoneKind.STAGE}
    assert kept == {f"{stage.key}-{edge}" for stage in plan.stages for edge in ("start", "end")}
    for stage in plan.stages:
        start, end = milestones[f"{stage.key}-start"], milestones[f"{stage.key}-end"]
        assert start.due is not None
        assert end.due is not None
        assert (start.stage, start.start_on, end.stage, end.start_on) == (stage.key, stage.start_on) * 2
        assert (start.due.on.year, start.due.on.month) == (stage.start_on.year, stage.start_on.month)
        assert end.due.on == stage.end_on
        assert start.due.precision is end.due.precision is Precision.MONTH


def test_the_stage_that_began_before_the_plan_was_issued_says_so(milestones: dict[str, MilestonePart]) -> None:
    early = [m.key for m in milestones.values() if m.due and m.due.on < date(2022, 3, 11)]
    assert early == ["improvement-start"]
    assert "早于印发日" in (milestones["improvement-start"].note or "")
    for stage in ("improvement", "self-assessment", "acceptance"):
        assert "办公室设定" in (milestones[f"{stage}-start"].note or "")


def test_inspections_without_an_interval_are_yearly_by_the_offices_setting(
    milestones: dict[str, MilestonePart],
) -> None:
    duty = milestones["quality-inspection"]
    assert duty.repeat is not None
    assert (duty.repeat.phrase, duty.repeat.due, duty.repeat.precision) == ("定期", "12-31", Precision.RECURRING)
    assert duty.repeat.years == (2022, 2023, 2024, 2025)
    assert "办公室设定" in (duty.note or "")


def test_every_milestone_stands_with_its_kind_clause_and_day(plan: PlanFile) -> None:
    assert [(m.key, m.kind.value, m.clause, m.due and m.due.on) for m in plan.milestones] == DUE


def test_milestones_of_a_stage_are_due_within_it(plan: PlanFile) -> None:
    stages = {stage.key: stage for stage in plan.stages}
    for milestone in plan.milestones:
        if milestone.stage and milestone.due:
            assert stages[milestone.stage].start_on <= milestone.due.on <= stages[milestone.stage].end_on


@pytest.mark.parametrize(("no", "name", "per_grade", "grades", "cap", "places", "stage", "on", "precision"), SCHOOLS)
def test_a_new_school_has_the_classes_its_scale_gives(
    plan: PlanFile,
    no: int,
    name: str,
    per_grade: int,
    grades: int,
    cap: int,
    places: int,
    stage: str,
    on: date,
    precision: Precision,
) -> None:
    project = plan.projects[no - 1]
    assert (project.no, project.name, project.nature, project.clause) == (no, name, ProjectNature.NEW, "四(一)1")
    assert (project.classes, project.places, project.end_year) == (per_grade * grades, places, on.year)
    assert per_grade * grades * cap == places
    assert project.stage is not None
    assert (project.stage.value, project.grade_classes, project.grades) == (stage, per_grade, grades)
    assert not any(str(figure) in project.description for figure in (per_grade, places))
    (completion,) = [m for m in plan.milestones if m.project == project.key]
    assert completion.kind is MilestoneKind.PROJECT_COMPLETION
    assert completion.due is not None
    assert (completion.due.on, completion.due.precision) == (on, precision)
    assert [_written(t.indicator, t) for t in completion.targets] == [
        f"JY-GRADE-CLASSES {stage} >= {per_grade}",
        f"JY-PLACES {stage} >= {places}",
    ]


def test_the_text_gives_no_start_cost_or_area_of_the_schools(plan: PlanFile) -> None:
    for project in plan.projects:
        assert (project.start_year, project.investment_wan, project.land_m2, project.floor_m2) == (None,) * 4
        assert (project.site, project.sports_m2) == (None, None)
        assert project.floors + project.phases + project.budget == ()
    assert len(plan.projects) == 4


def test_four_schools_need_the_four_projects_and_are_due_with_the_last(
    plan: PlanFile, milestones: dict[str, MilestonePart]
) -> None:
    whole = milestones["four-schools"]
    assert whole.needs == tuple(project.key for project in plan.projects)
    assert [_written(t.indicator, t) for t in whole.targets] == ["JY-NEW-SCHOOLS >= 4"]
    assert whole.due is not None
    assert whole.due.on == max(on for *_, on, _ in SCHOOLS)
    assert f"{sum(school[5] for school in SCHOOLS)} 个" in whole.detail


def test_the_attached_school_is_found_under_both_names(plan: PlanFile) -> None:
    assert "济源一中附属中学" in plan.projects[0].aliases


def test_schools_above_the_cap_of_2000_say_so(plan: PlanFile) -> None:
    assert [p.name for p in plan.projects if "2000 人上限" in p.description] == ["济源一中附中", "荆梁小学"]


def test_equipment_comes_in_three_batches_and_is_in_use_by_august_2024(milestones: dict[str, MilestonePart]) -> None:
    batches = [milestones[f"equipment-batch-{n}"] for n in (1, 2, 3)]
    assert [_written(t.indicator, t) for m in batches for t in m.targets] == [f"JY-BATCHES >= {n}" for n in (1, 2, 3)]
    assert all("办公室设定" in (m.note or "") for m in batches)
    assert [_written(t.indicator, t) for t in milestones["equipment-in-use"].targets] == [
        "R5 primary >= 7.5",
        "R5 junior >= 10.2",
        "R6 primary >= 2000",
        "R6 junior >= 2500",
        "R7 primary >= 2.3",
        "R7 junior >= 2.4",
        "G3 primary >= 1",
        "G3 junior >= 1",
        "G3.1 primary >= 96",
        "G3.1 junior >= 96",
        "G3.2 primary >= 90",
        "G3.2 junior >= 90",
    ]


def test_the_standard_and_the_recognition_are_tied_to_all_indicators(plan: PlanFile) -> None:
    assert {m.key for m in plan.milestones if m.all_indicators} == {"standard-met", "recognition-2025"}


def test_standing_percentages_carry_their_clause(plan: PlanFile) -> None:
    assert [f"{_written(part.indicator, part)} {part.clause}" for part in plan.overrides] == [
        "G8 >= 100 五(三)",
        "Q1 >= 95 五(五)",
        "Q2 >= 95 五(五)",
    ]
    assert [_written(i.code, row) for i in plan.indicators for row in i.thresholds] == [
        "JY-GROWTH == 1",
        "JY-RETENTION primary >= 100",
    ]


def test_units_come_only_from_the_clauses_that_name_them(plan: PlanFile) -> None:
    for milestone in plan.milestones:
        named = milestone.clause.startswith(("三", "四(二)", "四(三)", "五(四)")) or milestone.clause == "四(一)"
        assert bool(milestone.responsible) is named
        assert bool(milestone.units_clause) is named
        assert milestone.supporting == ()


def test_the_members_of_the_leading_group_answer_together_for_the_goal(
    plan: PlanFile, milestones: dict[str, MilestonePart]
) -> None:
    (group,) = plan.groups
    assert group.members == (
        "各片区管理办公室",
        "各镇人民政府、街道办事处",
        "编办",
        "财政金融局",
        "发展改革和统计局",
        "教育体育局",
        "住房和城乡建设局",
        "自然资源和规划局",
        "人力资源和社会保障局",
    )
    bound = [m.key for m in milestones.values() if group.name in m.responsible]
    assert bound == ["recognition-2025", "standard-met"]
    for key in bound:
        assert milestones[key].responsible == ("领导小组办公室", group.name)
        assert milestones[key].units_clause == "六(一)、六(二)"


def test_the_ladder_names_the_clause_only_where_the_plan_provides_the_measure(plan: PlanFile) -> None:
    assert [(rung.measure, rung.offset_days, rung.clause) for rung in plan.ladder[:8]] == [
        ("reminder", -90, None),
        ("reminder", -30, None),
        ("urging", 1, None),
        ("supervision_notice", 15, None),
        ("circular", 30, None),
        ("annual_assessment", 60, "六(三)"),
        ("accountability", 90, "六(三)"),
        ("supervision_notice", 0, None),  # of a regression
    ]


def test_every_name_that_is_referred_to_is_defined_once(plan: PlanFile) -> None:
    standard = read_standard(SEEDS / "standards" / "national.yaml")
    codes = [part.code for part in (*standard.indicators, *plan.indicators)]
    units = [unit.short_name for unit in plan.organizations]
    keys = [m.key for m in plan.milestones]
    stages = [stage.key for stage in plan.stages]
    for names in (codes, units, keys, stages, [p.key for p in plan.projects]):
        assert max(Counter(names).values()) == 1
    assert {t.indicator for m in plan.milestones for t in m.targets} <= set(codes)
    assert {member for group in plan.groups for member in group.members} <= set(units)
    assert {u for m in plan.milestones for u in m.responsible} <= {*units, *(group.name for group in plan.groups)}
    places = (
        [m.place for m in plan.milestones] + [p.place for p in plan.projects] + [o.place for o in plan.organizations]
    )
    assert set(places) == {plan.area}
    assert {m.stage for m in plan.milestones if m.stage} == set(stages)
    assert {m.project for m in plan.milestones if m.project} == {p.key for p in plan.projects}
    assert [o.name for o in plan.organizations if o.kind is OrganizationKind.OFFICE] == [plan.office]


def test_values_taken_from_the_annex_agree_with_the_standard(plan: PlanFile) -> None:
    standard = read_standard(SEEDS / "standards" / "national.yaml")
    rows = {(i.code, r.stage, r.comparator, r.value, r.unit) for i in standard.indicators for r in i.thresholds}
    targets = [t for m in plan.milestones for t in m.targets if not t.indicator.startswith("JY-")]
    parts: list[TargetPart | OverridePart] = [*targets, *plan.overrides]
    for part in parts:
        assert (part.indicator, part.stage, part.comparator, part.value, part.unit) in rows
