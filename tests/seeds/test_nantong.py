"""The Nantong plan file against tables typed from 通政发〔2017〕55号."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.services.plan_files import MilestonePart, PlanFile, read_plan, read_standard

SEEDS = Path(__file__).resolve().parents[2] / "seeds"

DATED = {
    # key: (clause, phrase, due day, precision)
    "weak-schools-programme": ("一(二)", "2014～2018年", "2018-12-31", "year"),
    "schools-80-percent": ("一(二)", "到2018年", "2018-12-31", "year"),
    "schools-all": ("一(二)", "到2020年", "2020-12-31", "year"),
    "schools-built-50": ("一(三)", "“十三五”期间", "2020-12-31", "five_year_plan"),
    "class-size-66": ("一(三)", "2018年", "2018-12-31", "year"),
    "class-size-56": ("一(三)", "2020年", "2020-12-31", "year"),
    "pe-art-teachers": ("三(九)", "到2020年", "2020-12-31", "year"),
    "talent-111": ("四(十一)", "2017～2025年", "2025-12-31", "year"),
    "rural-teachers-plan": ("四(十四)", "2016～2020年", "2020-12-31", "year"),
    "education-cloud": ("五(十五)", "2017年", "2017-12-31", "year"),
    "classroom-network": ("五(十五)", "到2020年", "2020-12-31", "year"),
    "interactive-classrooms": ("五(十五)", "到2020年", "2020-12-31", "year"),
    "smart-campus": ("五(十五)", "到2020年", "2020-12-31", "year"),
    "big-data-teaching": ("五(十七)", "到2020年", "2020-12-31", "year"),
    "cloud-service-pupils": ("五(十七)", "到2020年", "2020-12-31", "year"),
    "left-behind-register": ("六(二十)", "今年9月底前", "2017-09-30", "month"),
}

UNDATED = {
    "admission-without-exam": "二(四)",
    "daily-pe-lesson": "三(九)",
    "counselling-teachers": "三(九)",
    "head-terms": "四(十三)",
    "rural-teachers-pay": "四(十四)",
    "huixue-resources": "五(十六)",
    "huixue-wechat": "五(十六)",
    "huixue-teachers": "五(十六)",
    "huixue-tutoring": "五(十六)",
    "migrant-children": "六(十九)",
}

YEARLY = {
    # key: (clause, phrase, first year, start, due)
    "entry-class-size": ("一(三)", "从2017年起", 2017, "01-01", "12-31"),
    "admission-inspection": ("二(四)", "每年", 2017, "01-01", "12-31"),
    "learning-quality-monitoring": ("二(六)", "定期", 2017, "01-01", "12-31"),
    "training-institutions-check": ("二(七)", "每年7、8月份", 2017, "07-01", "08-31"),
    "fitness-report": ("三(九)", "定期", 2017, "01-01", "12-31"),
    "teacher-rotation": ("四(十三)", "每年", 2017, "01-01", "12-31"),
    "rotation-notice": ("四(十三)", "每年9月份前", 2017, "01-01", "08-31"),
    "left-behind-update": ("六(二十)", "每年9月份", 2018, "09-01", "09-30"),
    "left-behind-check": ("六(二十)", "每年9月份", 2017, "09-01", "09-30"),
    "funding-check": ("七(二十二)", "每年第一季度", 2017, "01-01", "03-31"),
    "special-inspection": ("七(二十三)", "定期", 2017, "01-01", "12-31"),
}

DUE_BEFORE_ISSUE = {
    "training-institutions-check",
    "rotation-notice",
    "left-behind-register",
    "left-behind-check",
    "funding-check",
}

TARGETS = {
    # key: {indicator: (comparator, value, unit)}
    "schools-80-percent": {"NT-STD-BUILD": (">=", 80, "%")},
    "schools-all": {"NT-STD-RUN": (">=", 100, "%")},
    "schools-built-50": {"NT-SCHOOLS": (">=", 50, "所")},
    "entry-class-size": {"NT-CLASS-START": ("==", 0, "个")},
    "class-size-66": {"NT-CLASS-66": ("==", 0, "个")},
    "class-size-56": {"NT-CLASS-56": ("==", 0, "个")},
    "admission-without-exam": {"V1": ("==", 0, "")},
    "daily-pe-lesson": {"NT-PE-DAILY": (">=", 1, "节")},
    "pe-art-teachers": {"NT-PE-ART": (">=", 100, "%")},
    "counselling-teachers": {"NT-PSYCH": (">=", 100, "%")},
    "talent-111": {
        "NT-TALENT-100": (">=", 100, "名"),
        "NT-TALENT-1000": (">=", 1000, "名"),
        "NT-TALENT-10000": (">=", 10000, "名"),
    },
    "head-terms": {"NT-HEAD-TERMS": ("<=", 2, "届")},
    "teacher-rotation": {"G11": (">=", 15, "%"), "G11.1": (">=", 15, "%")},
    "rural-teachers-pay": {"NT-RURAL-PAY": (">", 100, "%")},
    "classroom-network": {"NT-NET": (">=", 100, "%")},
    "interactive-classrooms": {"NT-MEDIA": (">=", 100, "%")},
    "smart-campus": {"NT-SMART": (">=", 60, "%")},
    "huixue-resources": {
        "NT-LESSONS": (">=", 12000, "节"),
        "NT-PAPERS": (">=", 100000, "个"),
        "NT-EBOOKS": (">=", 1000000, "册"),
    },
    "huixue-wechat": {"NT-WECHAT": (">=", 100, "%")},
    "huixue-teachers": {"NT-TEACH-USE": (">=", 80, "%")},
    "huixue-tutoring": {"NT-TUTOR": (">=", 100, "%")},
    "big-data-teaching": {"NT-BIGDATA": (">=", 80, "%")},
    "cloud-service-pupils": {"NT-CLOUD-USE": (">=", 80, "%")},
    "migrant-children": {
        "NT-MIGRANT-ENTER": (">=", 100, "%"),
        "NT-MIGRANT-FEE": (">=", 100, "%"),
        "NT-MIGRANT-AID": (">=", 100, "%"),
        "NT-MIGRANT-EXAM": (">=", 100, "%"),
    },
}

# The list of units that closes each item, in its order; 七(二十二) and 七(二十三) name theirs in the sentence.
UNITS = {
    "一(二)": "市教育局、市发改委、市财政局",
    "一(三)": "市教育局、市编办、市财政局、市人社局、市国土资源局、市规划局",
    "二(四)": "市教育局、市公安局、市国土资源局",
    "二(六)": "市教育局",
    "二(七)": "市教育局、市工商局、市人社局、市民政局、市文广新局",
    "三(九)": "市教育局、市编办、市财政局、市人社局、市文广新局、市卫计委、市体育局",
    "四(十一)": "市教育局、市人社局",
    "四(十三)": "市教育局、市财政局、市人社局",
    "四(十四)": "市教育局、市编办、市财政局、市人社局",
    "五(十五)": "市教育局、市经信委、市财政局",
    "五(十六)": "市教育局",
    "五(十七)": "市教育局",
    "六(十九)": "市教育局、市公安局、市财政局",
    "六(二十)": "市教育局、市公安局、市民政局、市财政局、市妇联",
    "七(二十二)": "市财政局、市教育局",
    "七(二十三)": "市政府",
}

# Milestones whose own sentence makes the localities do the work.
LOCALITIES = {
    "schools-80-percent": "各地",
    "schools-all": "各地",
    "entry-class-size": "各地",
    "class-size-66": "各地",
    "class-size-56": "各地",
    "left-behind-register": "各县（市）、区人民政府",
    "left-behind-update": "各县（市）、区人民政府",
    "left-behind-check": "各县（市）、区人民政府",
}

PLACES = {
    "南通市": "320600",
    "崇川区": "320602",
    "港闸区": "320611",
    "通州区": "320612",
    "海安县": "320621",
    "如东县": "320623",
    "启东市": "320681",
    "如皋市": "320682",
    "海门市": "320684",
    "南通市经济技术开发区": None,
    "通州湾示范区": None,
    "海安市": "320685",
    "崇川区（2020年新设）": "320613",
    "海门区": "320614",
}


# Departments as the document names them, and who took over their work in the reorganisation of 2018–19.
DEPARTMENTS = {
    "市国土资源局": "南通市自然资源和规划局",
    "市规划局": "南通市自然资源和规划局",
    "市建设局": "南通市住房和城乡建设局",
    "市编办": "中共南通市委机构编制委员会办公室",
    "市工商局": "南通市市场监督管理局",
    "市文广新局": "南通市文化广电和旅游局",
    "市卫计委": "南通市卫生健康委员会",
    "市经信委": "南通市工业和信息化局",
    "市综治办": "中共南通市委政法委员会",
}
# Governments that changed with their places.
GOVERNMENTS = {
    "海安县人民政府": "海安市人民政府",
    "海门市人民政府": "南通市海门区人民政府",
    "崇川区人民政府": "南通市崇川区人民政府（2020年新设）",
    "港闸区人民政府": "南通市崇川区人民政府（2020年新设）",
}


@pytest.fixture(scope="module")
def plan() -> PlanFile:
    return read_plan(SEEDS / "plans" / "nantong-2017.yaml")


@pytest.fixture(scope="module")
def milestones(plan: PlanFile) -> dict[str, MilestonePart]:
    return {part.key: part for part in plan.milestones}


def test_the_head_is_that_of_the_document(plan: PlanFile) -> None:
    assert plan.slug == "nantong-2017"
    assert plan.document_number == "通政发〔2017〕55号"
    assert plan.issued_on == date(2017, 10, 1)
    assert (plan.period_start, plan.period_end) == (date(2017, 1, 1), date(2020, 12, 31))
    assert plan.settings.tracked_from == date(2025, 1, 1)


def test_every_milestone_is_in_one_table_and_no_key_is_used_twice(plan: PlanFile) -> None:
    keys = Counter(part.key for part in plan.milestones)
    assert set(keys) == {*DATED, *UNDATED, *YEARLY}
    assert set(keys.values()) == {1}


def test_milestones_follow_the_document(plan: PlanFile) -> None:
    order = list(UNITS)
    positions = [order.index(part.clause) for part in plan.milestones]
    assert positions == sorted(positions)


@pytest.mark.parametrize("key", DATED)
def test_a_dated_milestone_carries_the_text_s_date(milestones: dict[str, MilestonePart], key: str) -> None:
    part = milestones[key]
    assert part.due is not None
    assert (part.clause, part.due.phrase, part.due.on.isoformat(), part.due.precision.value) == DATED[key]


@pytest.mark.parametrize("key", UNDATED)
def test_an_undated_quantity_says_that_its_date_is_the_office_s(milestones: dict[str, MilestonePart], key: str) -> None:
    part = milestones[key]
    assert part.due is not None
    assert part.clause == UNDATED[key]
    assert (part.due.phrase, part.due.on, part.due.precision.value) == ("未注明时限", date(2020, 12, 31), "year")
    assert "办公室设定" in (part.note or "")


@pytest.mark.parametrize("key", YEARLY)
def test_a_yearly_duty_runs_to_2020(milestones: dict[str, MilestonePart], key: str) -> None:
    part = milestones[key]
    clause, phrase, first, start, due = YEARLY[key]
    assert part.repeat is not None
    assert (part.clause, part.kind.value) == (clause, "duty")
    assert (part.repeat.phrase, part.repeat.start, part.repeat.due) == (phrase, start, due)
    assert part.repeat.years == tuple(range(first, 2021))
    assert part.repeat.precision.value == "recurring"


def _first_due(part: MilestonePart) -> date:
    return part.due.on if part.due else date.fromisoformat(f"{YEARLY[part.key][2]}-{YEARLY[part.key][4]}")


def test_what_was_due_before_the_issue_day_says_so(plan: PlanFile) -> None:
    early = {part.key for part in plan.milestones if _first_due(part) < plan.issued_on}
    assert early == DUE_BEFORE_ISSUE
    assert {part.key for part in plan.milestones if "早于成文日期2017-10-01" in (part.note or "")} == early


def test_the_register_of_left_behind_children_comes_before_its_updates(milestones: dict[str, MilestonePart]) -> None:
    assert milestones["left-behind-register"].start_on == date(2017, 1, 1)
    updates = milestones["left-behind-update"].repeat
    assert updates is not None
    assert updates.years[0] == 2018


@pytest.mark.parametrize("key", [key for key, (_, phrase, *_) in YEARLY.items() if phrase in ("每年", "定期")])
def test_a_duty_without_a_day_says_that_its_day_is_the_office_s(milestones: dict[str, MilestonePart], key: str) -> None:
    assert "办公室设定" in (milestones[key].note or "")


def test_every_year_of_the_period_has_its_milestones(plan: PlanFile) -> None:
    assert sum(len(part.repeat.years) if part.repeat else 1 for part in plan.milestones) == 69


def test_targets_are_the_quantities_of_the_text(plan: PlanFile) -> None:
    found = {
        part.key: {t.indicator: (t.comparator.value, t.value, t.unit) for t in part.targets}
        for part in plan.milestones
        if part.targets
    }
    assert found == {
        key: {code: (sign, Decimal(value), unit) for code, (sign, value, unit) in rows.items()}
        for key, rows in TARGETS.items()
    }


def test_pe_and_art_teachers_are_judged_in_both_stages(milestones: dict[str, MilestonePart]) -> None:
    stages = [target.stage.value for target in milestones["pe-art-teachers"].targets if target.stage]
    assert stages == ["primary", "junior"]


def test_rotation_replaces_the_standard_s_shares_by_15_and_15(plan: PlanFile) -> None:
    rows = [(o.indicator, o.comparator.value, o.value, o.unit, o.clause) for o in plan.overrides]
    assert rows == [(code, ">=", Decimal(15), "%", "四(十三)") for code in ("G11", "G11.1")]


def test_responsible_units_are_those_of_the_item(plan: PlanFile) -> None:
    for part in plan.milestones:
        localities = [LOCALITIES[part.key]] if part.key in LOCALITIES else []
        assert list(part.responsible) == UNITS[part.clause].split("、") + localities, part.key
        assert part.supporting == ()


def test_every_name_used_is_defined(plan: PlanFile) -> None:
    units = {unit.short_name for unit in plan.organizations} | {group.name for group in plan.groups}
    assert {name for part in plan.milestones for name in part.responsible} <= units
    assert {name for group in plan.groups for name in group.members} <= units
    places = {place.name for place in plan.places}
    assert {unit.place for unit in plan.organizations} <= places
    assert {place.successor for place in plan.places if place.successor} <= places
    assert plan.office in {unit.name for unit in plan.organizations}


def test_every_indicator_used_is_in_the_standard_or_the_plan(plan: PlanFile) -> None:
    standard = {part.code for part in read_standard(SEEDS / "standards" / "national.yaml").indicators}
    own = {part.code for part in plan.indicators}
    used = {target.indicator for part in plan.milestones for target in part.targets}
    assert used <= standard | own
    assert own <= used
    assert {part.indicator for part in plan.overrides} <= standard


def test_places_carry_their_codes_and_successors(plan: PlanFile) -> None:
    assert {place.name: place.code for place in plan.places} == PLACES
    assert {place.name: place.successor for place in plan.places if place.successor} == {
        "崇川区": "崇川区（2020年新设）",
        "港闸区": "崇川区（2020年新设）",
        "海安县": "海安市",
        "海门市": "海门区",
    }


def test_units_carry_their_successors(plan: PlanFile) -> None:
    units = {unit.name: unit for unit in plan.organizations}
    found = {unit.short_name: unit.successor for unit in plan.organizations if unit.successor}
    assert found == DEPARTMENTS | GOVERNMENTS
    for unit in plan.organizations:
        if unit.successor:
            after = units[unit.successor].valid_from
            assert unit.valid_to is not None
            assert after is None or (after - unit.valid_to).days == 1, unit.name
            assert units[unit.successor].successor is None


def test_a_government_changes_on_the_day_its_place_does(plan: PlanFile) -> None:
    places = {place.name: place for place in plan.places}
    units = {unit.name: unit for unit in plan.organizations}
    for unit in plan.organizations:
        if unit.short_name in GOVERNMENTS and unit.successor:
            place = places[unit.place]
            assert place.successor is not None
            assert (unit.valid_to, units[unit.successor].place) == (place.valid_to, place.successor)
            assert units[unit.successor].valid_from == places[place.successor].valid_from


def test_no_milestone_names_a_unit_that_the_document_could_not_know(plan: PlanFile) -> None:
    later = {unit.short_name for unit in plan.organizations if unit.valid_from}
    named = {name for part in plan.milestones for name in part.responsible}
    assert not (named | {name for group in plan.groups for name in group.members}) & later


def test_the_localities_are_eight_governments_and_two_zones(plan: PlanFile) -> None:
    sizes = {group.name: len(group.members) for group in plan.groups}
    assert sizes == {"各县（市）、区人民政府": 8, "各地": 10}


def test_only_the_document_s_measures_carry_a_clause(plan: PlanFile) -> None:
    assert [(rung.measure, rung.offset_days, rung.clause) for rung in plan.ladder[:8]] == [
        ("reminder", -90, None),
        ("reminder", -30, None),
        ("urging", 1, None),
        ("supervision_notice", 15, None),
        ("rectification_order", 20, "七(二十三)"),
        ("circular", 30, "七(二十三)"),
        ("accountability", 90, "七(二十三)"),
        ("supervision_notice", 0, None),  # of a regression
    ]


def test_no_county_recognition_is_invented(plan: PlanFile) -> None:
    assert {part.kind.value for part in plan.milestones} == {"quantity", "task", "duty"}
    assert {part.place for part in plan.milestones} == {"南通市"}
