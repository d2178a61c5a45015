"""What cannot stand in a plan is an error at its place; the same rules hold for one milestone or project alone."""

from datetime import date
from typing import Any

import pytest

from app.core.files import project_dir
from app.domain.vocabulary import Capacity
from app.services.milestone_consistency import milestone_findings
from app.services.plan_consistency import consistency_findings, inconsistencies
from app.services.plan_files import LadderRungPart, MilestonePart, ProjectPart, read_plan
from app.services.plan_findings import ErrorKind, FindingLevel, by_field
from app.services.plan_names import PlanNames
from app.services.project_consistency import project_findings
from tests.support.plan_files import INVENTED, SCHOOL, Change, national, plan_of

CODES = frozenset(part.code for part in national())
NEW_UNIT = {"name": "试验州财政局", "short_name": "州财政局", "kind": "department", "place": "试验州"}
SECOND_SCHOOL = SCHOOL | {"key": "south-school", "no": 2, "name": "南城小学"}
OCCURRENCE = INVENTED["milestones"][2] | {"key": "rotation-2028", "kind": "duty", "project": None}

# what is changed, kind, path of the error, its name for a person
WRONG: list[tuple[list[Change], ErrorKind, tuple[Any, ...], str]] = [
    ([(("area",), "丙州")], ErrorKind.UNKNOWN_NAME, ("area",), "area, place 丙州"),
    ([(("office",), "丙局")], ErrorKind.UNKNOWN_NAME, ("office",), "office, unit 丙局"),
    ([(("period_end",), "2024-12-31")], ErrorKind.ORDER, ("period_end",), "plan, period_end"),
    (
        [(("places", 1, "parent"), "乙县")],
        ErrorKind.UNKNOWN_NAME,
        ("places", 1, "parent"),
        "places 甲县, parent 乙县",
    ),
    (
        [(("places", 1, "valid_from"), "2021-01-01"), (("places", 1, "valid_to"), "2020-01-01")],
        ErrorKind.ORDER,
        ("places", 1, "valid_to"),
        "places 甲县, valid_to",
    ),
    (
        [(("places", 1, "successor"), "甲县")],
        ErrorKind.CYCLE,
        ("places", 1, "successor"),
        "places 甲县, successor",
    ),
    (
        [(("organizations", 1, "successor"), "甲县政府")],
        ErrorKind.UNKNOWN_NAME,
        ("organizations", 1, "successor"),
        "organizations 甲县人民政府, successor 甲县政府",
    ),
    (
        [(("organizations", 3), NEW_UNIT | {"aliases": ["州教育局"]})],
        ErrorKind.REPEATED,
        ("organizations", 3),
        "organizations, 州教育局",
    ),
    (
        [(("groups", 1), {"name": "甲县政府", "members": ["甲县政府"]})],
        ErrorKind.CONTRADICTION,
        ("groups", 1, "name"),
        "groups 甲县政府, name",
    ),
    (
        [(("groups", 1), {"name": "有关部门", "members": []})],
        ErrorKind.CONTRADICTION,
        ("groups", 1, "members"),
        "groups 有关部门, members",
    ),
    (
        [(("groups", 0, "members", 2), "甲县政府")],
        ErrorKind.REPEATED,
        ("groups", 0, "members", 2),
        "groups 各县人民政府, 甲县政府",
    ),
    (
        [(("groups", 0, "members", 2), "丙县政府")],
        ErrorKind.UNKNOWN_NAME,
        ("groups", 0, "members", 2),
        "groups 各县人民政府, unit 丙县政府",
    ),
    ([(("stages", 0, "end_on"), "2025-02-01")], ErrorKind.ORDER, ("stages", 0, "end_on"), "stages first, end_on"),
    (
        [(("indicators", 1), {"code": "G5", "name": "班额"})],
        ErrorKind.REPEATED,
        ("indicators", 1, "code"),
        "indicators, G5",
    ),
    (
        [(("overrides", 1), INVENTED["overrides"][0] | {"value": 97})],
        ErrorKind.REPEATED,
        ("overrides", 1),
        "overrides, Q1 >=",
    ),
    (
        [(("projects", 0, "start_year"), 2028)],
        ErrorKind.ORDER,
        ("projects", 0, "end_year"),
        "projects north-school, end_year",
    ),
    (
        [(("projects", 0, "phases", 1, "start_year"), 2028)],
        ErrorKind.ORDER,
        ("projects", 0, "phases", 1, "end_year"),
        "projects north-school, phase 二期, end_year",
    ),
    (
        [(("projects", 0, "floors", 1, "name"), "教学楼")],
        ErrorKind.REPEATED,
        ("projects", 0, "floors", 1),
        "projects north-school, 教学楼",
    ),
    ([(("projects", 1), SECOND_SCHOOL)], ErrorKind.REPEATED, ("projects", 1), "projects, 北城小学"),
    (
        [(("milestones", 1, "needs", 0), "south-school")],
        ErrorKind.UNKNOWN_NAME,
        ("milestones", 1, "needs", 0),
        "milestones places-2028, project south-school",
    ),
    (
        [(("milestones", 1, "governed_by"), ["rotation"])],
        ErrorKind.UNKNOWN_NAME,
        ("milestones", 1, "governed_by", 0),
        "milestones places-2028, milestone rotation",
    ),
    (
        [(("milestones", 1, "governed_by"), ["places-2028"])],
        ErrorKind.CYCLE,
        ("milestones", 1, "governed_by", 0),
        "milestones places-2028, governed_by places-2028",
    ),
    (
        [(("milestones", 3, "series"), "rotation-of-teachers")],
        ErrorKind.CONTRADICTION,
        ("milestones", 3, "series"),
        "milestones rotation, series rotation-of-teachers",
    ),
    (
        [(("milestones", 1, "series"), "places-2028")],
        ErrorKind.CONTRADICTION,
        ("milestones", 1, "series"),
        "milestones places-2028, series places-2028",
    ),
    (
        [(("milestones", 3, "repeat", "due"), "02-29")],
        ErrorKind.NO_SUCH_DAY,
        ("milestones", 3, "repeat", "due"),
        "milestones rotation, due",
    ),
    (
        [(("milestones", 3, "repeat", "years"), [])],
        ErrorKind.CONTRADICTION,
        ("milestones", 3, "repeat", "years"),
        "milestones rotation, years",
    ),
    (
        [(("milestones", 0, "due", "alternative_on"), "2028-12-31")],
        ErrorKind.CONTRADICTION,
        ("milestones", 0, "due", "alternative_on"),
        "milestones recognition-jia, alternative_on",
    ),
    (
        [(("milestones", 3, "responsible", 1), "各县人民政府")],
        ErrorKind.REPEATED,
        ("milestones", 3, "responsible", 1),
        "milestones rotation, 各县人民政府",
    ),
    (
        [(("milestones", 3, "targets", 1), {"indicator": "G11", "comparator": ">=", "value": 15})],
        ErrorKind.REPEATED,
        ("milestones", 3, "targets", 1),
        "milestones rotation, G11 >=",
    ),
    (
        [(("ladder", 0, "measure"), "scolding")],
        ErrorKind.UNKNOWN_NAME,
        ("ladder", 0, "measure"),
        "ladder urging, measure scolding",
    ),
]


RUNGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("offset_days", {"trigger": "lagging", "offset_days": 0}),
    ("offset_days", {"trigger": "lagging", "offset_days": 41}),
    ("offset_days", {"trigger": "regression", "offset_days": -1}),
    ("day_kind", {"trigger": "lagging", "day_kind": "working"}),
    ("addressees", {"addressees": []}),
    ("addressees", {"addressees": ["leader", "supervisor"], "reply_days": 5}),
    ("reply_days", {"reply_days": 0}),
    ("reply_days", {"reply_days": 61}),
    ("reply_days", {"trigger": "unanswered", "reply_days": 5}),
    ("opens_case", {"offset_days": -5, "opens_case": True}),
    ("opens_case", {"trigger": "missing_report", "opens_case": True}),
)


@pytest.mark.parametrize(("field", "values"), RUNGS)
def test_a_rung_that_cannot_be_is_named_at_its_field(field: str, values: dict[str, Any]) -> None:
    found = consistency_findings(plan_of(*((("ladder", 0, name), value) for name, value in values.items())), CODES)
    assert [(item.code, item.path, item.where) for item in found] == [
        (ErrorKind.CONTRADICTION, ("ladder", 0, field), f"ladder urging, {field}")
    ]


def test_of_a_trigger_no_two_rungs_lie_on_one_day_and_of_a_date_itself_no_kind_of_day_tells_apart() -> None:
    def where(*rungs: dict[str, Any]) -> list[str]:
        given = [{"key": f"r{number}", "measure": "urging", **rung} for number, rung in enumerate(rungs)]
        changes = [(("ladder", number), rung) for number, rung in enumerate(given)]
        return [item.where for item in consistency_findings(plan_of(*changes), CODES)]

    silent = {"trigger": "missing_report", "offset_days": 1}
    assert where({"offset_days": 1}, silent, {"offset_days": 1, "day_kind": "working"}) == []
    assert where(silent, silent) == ["ladder, 1 days of missing reports"]
    assert where({"offset_days": 0}, {"offset_days": 0, "day_kind": "working"}) == ["ladder, 0 days"]
    assert where({"trigger": "lagging", "offset_days": 2}, {"trigger": "lagging", "offset_days": 2}) == [
        "ladder, 2 reporting periods behind"
    ]


def test_what_is_usual_for_a_measure_is_not_written_down() -> None:
    rung = {"key": "urging", "offset_days": 1, "measure": "urging"}
    usual = LadderRungPart.model_validate({**rung, "addressees": ["supporting", "responsible"], "urgent": False})
    assert usual == LadderRungPart.model_validate(rung)
    assert (usual.addressed, usual.at_once) == ((Capacity.RESPONSIBLE, Capacity.SUPPORTING), False)
    other = LadderRungPart.model_validate({**rung, "addressees": ["leader", "leader"], "urgent": True})
    assert (other.addressees, other.at_once) == ((Capacity.LEADER,), True)


@pytest.mark.parametrize(("changes", "kind", "path", "where"), WRONG)
def test_one_wrong_thing_gives_one_error_at_its_place(changes, kind, path, where):
    found = consistency_findings(plan_of(*changes), CODES)
    assert [(item.level, item.code, item.path, item.where) for item in found] == [
        (FindingLevel.ERROR, kind, path, where)
    ]


@pytest.mark.parametrize(("changes", "kind", "path", "where"), WRONG)
def test_the_loader_is_told_the_same(changes, kind, path, where):
    assert list(inconsistencies(plan_of(*changes), CODES)) == [where]


def test_a_plan_that_fits_has_no_error():
    assert inconsistencies(plan_of(), CODES) == {}


def test_milestones_that_govern_one_another_are_both_named():
    found = consistency_findings(
        plan_of(
            (("milestones", 1, "governed_by"), ["north-school-done"]),
            (("milestones", 2, "governed_by"), ["places-2028"]),
        ),
        CODES,
    )
    assert [(item.code, item.path) for item in found] == [
        (ErrorKind.CYCLE, ("milestones", 1, "governed_by")),
        (ErrorKind.CYCLE, ("milestones", 2, "governed_by")),
    ]


def test_an_occurrence_written_by_itself_may_name_its_duty_and_be_governed_by_another_years():
    extra = {key: value for key, value in OCCURRENCE.items() if value is not None}
    file = plan_of((("milestones", 4), extra | {"series": "rotation", "governed_by": ["rotation-2027"]}))
    assert inconsistencies(file, CODES) == {}


def test_one_milestone_is_checked_alone_and_answers_by_field():
    names = PlanNames.of(plan_of(), CODES)
    wrong = INVENTED["milestones"][1] | {
        "place": "丙县",
        "responsible": ["丙局", "州教育局", "丁局"],
        "start_on": "2029-01-01",
        "targets": [{"indicator": "G99", "comparator": ">=", "value": 1}],
    }
    found = by_field(milestone_findings(MilestonePart.model_validate(wrong), names))
    assert {field: str(problem) for field, problem in found.items()} == {
        "place": "not defined in this plan: 丙县",
        "responsible": "not defined in this plan: 丙局、丁局",
        "targets": "not defined in this plan: G99",
        "start_on": "starts after it is due",
    }
    assert not list(milestone_findings(MilestonePart.model_validate(INVENTED["milestones"][1]), names))


def test_a_duty_leaves_room_for_its_years():
    names, duty = PlanNames.of(plan_of(), CODES), INVENTED["milestones"][3]
    right = duty | {"key": "k" * 75, "title": "教" * 113}
    assert not list(milestone_findings(MilestonePart.model_validate(right), names))
    found = milestone_findings(MilestonePart.model_validate(right | {"key": "k" * 76, "title": "教" * 114}), names)
    assert [problem.path for problem in found] == [("key",), ("title",)]


def test_one_project_is_checked_alone_and_answers_by_field():
    names = PlanNames.of(plan_of(), CODES)
    wrong = ProjectPart.model_validate(SCHOOL | {"place": "丙县", "start_year": 2028})
    found = by_field(project_findings(wrong, names))
    assert list(found) == ["end_year", "place"]
    assert "2028" in found["end_year"]
    assert not list(project_findings(ProjectPart.model_validate(SCHOOL), names))


@pytest.mark.parametrize("path", sorted((project_dir("seeds") / "plans").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_real_plans_fit(path):
    assert inconsistencies(read_plan(path), CODES) == {}


def test_days_are_compared_as_days():
    file = plan_of((("milestones", 0, "start_on"), date(2029, 1, 1)))
    assert list(inconsistencies(file, CODES).values()) == ["starts after it is due"]
