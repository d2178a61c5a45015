"""The rules of cases: which steps are possible for whom, and which milestones are one matter."""

from itertools import count

import pytest

from app.domain.cases import (
    Candidate,
    CaseEventKind,
    CaseStage,
    JoinableCase,
    allot,
    matter_keys,
    may_decide,
    may_happen,
    next_steps,
    stage_after,
)
from app.domain.vocabulary import Measure, MilestoneKind, Role

_RUNNING = {"joined", "statement", "note", "closing"}
_IN_FORCE = _RUNNING | {"decision", "reply", "reply_accept", "reply_return", "rectification"}
STEPS = {
    CaseStage.OPEN: _RUNNING | {"statement_request", "proposal"},
    CaseStage.PROPOSED: _RUNNING | {"statement_request", "proposal", "decision"},
    CaseStage.DECIDED: _IN_FORCE,
    CaseStage.RECTIFYING: _IN_FORCE | {"rectified"},
    CaseStage.CLOSED: {"note", "reopening", "follow_up", "follow_up_held", "follow_up_failed"},
}


@pytest.mark.parametrize("stage", CaseStage)
def test_each_stage_allows_its_steps_and_no_other(stage):
    assert {kind.value for kind in CaseEventKind if may_happen(stage, kind)} == STEPS[stage]


@pytest.mark.parametrize("stage", CaseStage)
def test_an_impossible_step_is_refused(stage):
    for kind in CaseEventKind:
        if kind.value not in STEPS[stage]:
            with pytest.raises(ValueError, match="not possible"):
                stage_after(stage, kind)


def test_a_case_runs_from_opening_to_closing_and_back():
    stage = CaseStage.OPEN
    for kind, expected in (
        (CaseEventKind.STATEMENT, CaseStage.OPEN),
        (CaseEventKind.PROPOSAL, CaseStage.PROPOSED),
        (CaseEventKind.DECISION, CaseStage.DECIDED),
        (CaseEventKind.RECTIFICATION, CaseStage.RECTIFYING),
        (CaseEventKind.DECISION, CaseStage.RECTIFYING),
        (CaseEventKind.RECTIFIED, CaseStage.DECIDED),
        (CaseEventKind.CLOSING, CaseStage.CLOSED),
        (CaseEventKind.FOLLOW_UP_FAILED, CaseStage.OPEN),
        (CaseEventKind.CLOSING, CaseStage.CLOSED),
        (CaseEventKind.REOPENING, CaseStage.OPEN),
    ):
        stage = stage_after(stage, kind)
        assert stage is expected


@pytest.mark.parametrize(
    ("role", "stage", "steps"),
    [
        (Role.UNIT, CaseStage.OPEN, {"statement"}),
        (Role.UNIT, CaseStage.CLOSED, set()),
        (Role.OFFICE, CaseStage.OPEN, {"statement_request", "proposal", "note", "closing"}),
        (
            Role.OFFICE,
            CaseStage.CLOSED,
            {"note", "reopening", "follow_up", "follow_up_held", "follow_up_failed"},
        ),
        (Role.INSPECTOR, CaseStage.CLOSED, {"follow_up_held", "follow_up_failed"}),
        (Role.INSPECTOR, CaseStage.DECIDED, {"rectification"}),
        (Role.UNIT, CaseStage.DECIDED, {"statement", "reply"}),
        (Role.LEADER, CaseStage.PROPOSED, {"decision", "note"}),
        (Role.AUDITOR, CaseStage.PROPOSED, set()),
        (None, CaseStage.PROPOSED, set()),
    ],
)
def test_a_role_is_offered_only_its_own_steps(role, stage, steps):
    assert {kind.value for kind in next_steps(stage, role)} == steps


def test_from_a_circular_up_only_a_leader_decides():
    milder = {measure for measure in Measure if may_decide(Role.OFFICE, measure)}
    assert milder == {
        Measure.REMINDER,
        Measure.URGING,
        Measure.SUPERVISION_NOTICE,
        Measure.RECTIFICATION_ORDER,
    }
    assert all(may_decide(Role.LEADER, measure) for measure in Measure)
    assert not any(may_decide(Role.UNIT, measure) for measure in Measure)


IDS = count(1)


def candidate(*, unit=1, plan=1, kind=MilestoneKind.TASK, series=None, project=None, place=1):
    milestone_id = next(IDS)
    keys = matter_keys(milestone_id, kind, series=series, project_id=project, place_id=place)
    return Candidate(milestone_id, plan, unit, keys)


def sizes(*candidates):
    return sorted(len(item.members) for item in allot(candidates, ()))


def test_unrelated_milestones_of_a_unit_are_cases_of_their_own():
    assert sizes(candidate(), candidate()) == [1, 1]


@pytest.mark.parametrize(
    "matter", [{"series": "yearly"}, {"project": 7}, {"kind": MilestoneKind.RECOGNITION, "place": 3}]
)
def test_one_matter_of_one_unit_is_one_case(matter):
    assert sizes(candidate(**matter), candidate(**matter)) == [2]
    assert sizes(candidate(**matter), candidate(**matter, unit=2)) == [1, 1]
    assert sizes(candidate(**matter), candidate(**matter, plan=2)) == [1, 1]


def test_the_same_place_alone_is_not_one_matter():
    assert sizes(candidate(place=3), candidate(place=3)) == [1, 1]


def test_a_milestone_joins_the_oldest_case_of_its_matter():
    item = candidate(series="yearly")
    cases = [JoinableCase(case_id, 1, 1, frozenset({("series", "yearly")})) for case_id in (9, 4)]
    strangers = [JoinableCase(1, 1, 2, frozenset({("series", "yearly")}))]
    (found,) = allot([item], cases + strangers)
    assert (found.case_id, found.members) == (4, (item,))
