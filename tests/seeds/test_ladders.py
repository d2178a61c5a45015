"""What the ladders of the five plans have in common: what the documents do not say is the office's setting."""

from pathlib import Path

import pytest

from app.domain.vocabulary import Capacity, DayKind, RungTrigger
from app.services.plan_files import PlanFile, read_plan
from app.services.plan_ladders import DEFAULT_LADDER

FILES = sorted((Path(__file__).parents[2] / "seeds" / "plans").glob("*.yaml"))
MILD = {"reminder", "urging", "supervision_notice", "rectification_order"}
# by trigger: offset, kind of day, measure; none of them stands in a document
WITHOUT_A_CLAUSE = {
    RungTrigger.LAGGING: [(1, DayKind.CALENDAR, "urging"), (2, DayKind.CALENDAR, "supervision_notice")],
    RungTrigger.MISSING_REPORT: [(1, DayKind.WORKING, "urging"), (5, DayKind.WORKING, "supervision_notice")],
    RungTrigger.UNANSWERED: [(1, DayKind.WORKING, "urging"), (5, DayKind.WORKING, "supervision_notice")],
}


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def plan(request: pytest.FixtureRequest) -> PlanFile:
    return read_plan(request.param)


def test_lagging_and_silence_are_urged_by_the_office_s_own_setting(plan: PlanFile) -> None:
    for trigger, expected in WITHOUT_A_CLAUSE.items():
        rungs = [rung for rung in plan.ladder if rung.trigger is trigger and not rung.clause]
        assert [(rung.offset_days, rung.day_kind, rung.measure) for rung in rungs] == expected


def test_leaders_hear_of_measures_from_the_circular_up_and_of_notices_nobody_answers(plan: PlanFile) -> None:
    for rung in plan.ladder:
        stern = rung.measure not in MILD or rung.key == "unanswered-notice"
        assert (Capacity.LEADER in rung.addressed) is stern, rung.key
        assert rung.at_once is (rung.measure not in ("reminder", "urging")), rung.key


def test_a_notice_asks_for_an_answer_in_five_working_days_and_an_order_in_ten(plan: PlanFile) -> None:
    asked = {rung.key: rung.reply_days for rung in plan.ladder if rung.reply_days}
    assert {key: days for key, days in asked.items() if key != "rectification-order"} == {
        "supervision-notice": 5,
        "regression-notice": 5,
        "lagging-notice": 5,
    }
    assert asked.get("rectification-order") == (10 if plan.slug == "nantong-2017" else None)


def test_a_new_plan_begins_with_the_office_s_settings_alone() -> None:
    assert {rung.clause for rung in DEFAULT_LADDER} == {None}
    assert {rung.trigger for rung in DEFAULT_LADDER} == set(RungTrigger)
