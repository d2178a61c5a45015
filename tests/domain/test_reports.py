"""The way of a report through review: every step of the table, every refused one, and what the facts amount to."""

from itertools import product

import pytest

from app.domain.reports import STEPS, SUPERVISORS, WAITING, ReportStep, may_step, reviews
from app.domain.vocabulary import DecisionKind, ReportState
from tests.support.facts import claim, decision, milestone, report

S = ReportState
ALLOWED = {
    (S.SUBMITTED, ReportStep.ENDORSE): S.ENDORSED,
    (S.SUBMITTED, ReportStep.ACCEPT): S.ACCEPTED,
    (S.SUBMITTED, ReportStep.RETURN): S.RETURNED,
    (S.SUBMITTED, ReportStep.REPLACE): S.REPLACED,
    (S.ENDORSED, ReportStep.ACCEPT): S.ACCEPTED,
    (S.ENDORSED, ReportStep.RETURN): S.RETURNED,
    (S.ENDORSED, ReportStep.REPLACE): S.REPLACED,
    (S.RETURNED, ReportStep.REPLACE): S.REPLACED,
}
# Facts on record may hold these all the same: a pending claim sent back, and what was possible without a review.
ON_RECORD = {(S.ACCEPTED, ReportStep.RETURN): S.RETURNED, (S.RETURNED, ReportStep.ACCEPT): S.ACCEPTED}
REFUSED = [pair for pair in product(ReportState, ReportStep) if pair not in ALLOWED]
KIND = {
    ReportStep.ENDORSE: DecisionKind.ENDORSE,
    ReportStep.ACCEPT: DecisionKind.ACCEPT,
    ReportStep.RETURN: DecisionKind.RETURN,
}
# How a report comes into each state: the days after its submission on which it was answered or replaced.
WAY = {
    S.SUBMITTED: (),
    S.ENDORSED: (DecisionKind.ENDORSE,),
    S.RETURNED: (DecisionKind.RETURN,),
    S.ACCEPTED: (DecisionKind.ACCEPT,),
    S.REPLACED: (),
}


def stands(state: ReportState, step: ReportStep | None = None) -> ReportState:
    """Bring a report into a state, take a step on the facts, and return where it stands then."""
    first = report("2026-03-01")
    decisions = [decision(kind, "2026-03-02", of=first) for kind in WAY[state]]
    reports = [first]
    if state is S.REPLACED or step is ReportStep.REPLACE:
        reports.append(report("2026-03-04", replaces_id=first.id))
    if step in KIND:
        decisions.append(decision(KIND[step], "2026-03-03", of=first))
    return reviews(milestone(reports=tuple(reports), decisions=tuple(decisions)))[0].state


def test_the_table_is_the_one_that_was_agreed() -> None:
    assert STEPS == ALLOWED
    assert {S.SUBMITTED, S.ENDORSED} == WAITING
    assert {
        pair for pair in ALLOWED if pair[0] is S.SUBMITTED and pair[1] in (ReportStep.ENDORSE, ReportStep.RETURN)
    } == (SUPERVISORS)


@pytest.mark.parametrize(("pair", "after"), ALLOWED.items(), ids=str)
def test_an_allowed_step_leads_on(pair: tuple[ReportState, ReportStep], after: ReportState) -> None:
    assert may_step(*pair)
    assert stands(*pair) is after


@pytest.mark.parametrize("pair", REFUSED, ids=str)
def test_a_refused_step_is_refused_and_a_fact_that_says_so_changes_nothing(
    pair: tuple[ReportState, ReportStep],
) -> None:
    state, step = pair
    assert not may_step(state, step)
    if pair not in ON_RECORD and state is not S.REPLACED:
        assert stands(state, step) is state


@pytest.mark.parametrize(("pair", "after"), ON_RECORD.items(), ids=str)
def test_an_answer_on_record_beside_the_steps_is_understood(
    pair: tuple[ReportState, ReportStep], after: ReportState
) -> None:
    assert not may_step(*pair)
    assert stands(*pair) is after


def test_a_claim_that_waits_may_go_back_after_its_values_were_accepted() -> None:
    assert may_step(S.ACCEPTED, ReportStep.RETURN, claim_pending=True)
    assert not may_step(S.ACCEPTED, ReportStep.ACCEPT, claim_pending=True)
    made = claim("2026-03-01")
    answers = (
        decision(DecisionKind.ACCEPT, "2026-03-02", of=made),
        decision(DecisionKind.RETURN, "2026-03-03", of=made),
    )
    assert reviews(milestone(reports=(made,), decisions=answers))[0].state is S.RETURNED


def test_closing_on_a_claim_accepts_it_and_what_the_office_reports_itself_is_accepted_at_once() -> None:
    made, own = claim("2026-03-01"), report("2026-03-02", accepted=True)
    closing = decision(DecisionKind.CLOSE_OUT, "2026-03-05", of=made, reached="2026-02-28")
    found = reviews(milestone(reports=(made, own), decisions=(closing,)))
    assert [(item.state, item.changed_at) for item in found] == [
        (S.ACCEPTED, closing.recorded_at),
        (S.ACCEPTED, own.recorded_at),
    ]


def test_a_chain_of_versions_leaves_only_the_last_one_waiting() -> None:
    first = report("2026-03-01")
    second = report("2026-03-03", replaces_id=first.id)
    third = report("2026-03-05", replaces_id=second.id)
    returned = decision(DecisionKind.RETURN, "2026-03-02", of=first)
    found = reviews(milestone(reports=(first, second, third), decisions=(returned,)))
    assert [item.state for item in found] == [S.REPLACED, S.REPLACED, S.SUBMITTED]
    assert [item.changed_at for item in found] == [second.recorded_at, third.recorded_at, third.recorded_at]


def test_what_was_accepted_is_not_replaced_by_a_later_report() -> None:
    first = report("2026-03-01")
    later = report("2026-03-04", replaces_id=first.id)
    accepted = decision(DecisionKind.ACCEPT, "2026-03-02", of=first)
    assert reviews(milestone(reports=(first, later), decisions=(accepted,)))[0].state is S.ACCEPTED
