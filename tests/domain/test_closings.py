"""The rule of closing: two keys, accepted values, notice and waiver."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain import closings
from app.domain.closings import (
    Closable,
    Ground,
    TargetFact,
    ValueFact,
    circumstances,
    claim_to_verify,
    claims_behind,
    claims_to_answer,
    claims_waiting,
    closing_number,
    is_reopened,
    may_close,
    reached_on,
    target_findings,
)
from app.domain.decisions import Circumstance
from app.domain.milestone_facts import DecisionFact, MilestoneFacts, ReportFact
from app.domain.targets import Verdict
from app.domain.vocabulary import Comparator, DecisionKind, Standing
from tests.support.facts import claim, day, decision, milestone, report

TODAY = date(2026, 11, 22)
AUTHOR, OTHER = 1, 2
TARGETS = (TargetFact(1, Comparator.AT_LEAST, Decimal(95)), TargetFact(2, Comparator.AT_MOST, Decimal("0.5")))


def held(facts: MilestoneFacts, verifier: int | None = OTHER, today: date = TODAY, **more: Any) -> set[Ground]:
    """Return the grounds that do not hold."""
    given: dict[str, Any] = {"authors": frozenset({AUTHOR}), "has_evidence": True}
    item = Closable(facts, **given | more)
    return {found.ground for found in may_close(item, verifier, today) if not found.holds}


def values(of: ReportFact, *given: str) -> tuple[ValueFact, ...]:
    return tuple(ValueFact(of.id, number, Decimal(value)) for number, value in enumerate(given, 1))


def notice(of: ReportFact, on: str, until: str) -> DecisionFact:
    return replace(decision(DecisionKind.PUBLIC_NOTICE, on, of=of), notice_until_on=day(until))


def test_nobody_closes_what_nobody_claims() -> None:
    assert held(milestone(), authors=frozenset(), has_evidence=False) == {Ground.CLAIMED, Ground.EVIDENCE}
    assert held(milestone(reports=(report("2026-11-01", 100),))) == {Ground.CLAIMED}


def test_both_keys_turn_only_in_two_hands() -> None:
    facts = milestone(reports=(claim("2026-11-01"),))
    assert held(facts) == set()
    assert held(facts, AUTHOR) == {Ground.SECOND_PERSON}


def test_a_returned_claim_is_no_key() -> None:
    made = claim("2026-11-01")
    facts = milestone(reports=(made,), decisions=(decision(DecisionKind.RETURN, "2026-11-02", of=made),))
    assert held(facts) == {Ground.CLAIMED}


def test_the_claim_sent_in_place_of_the_first_is_the_one_verified() -> None:
    first = claim("2026-11-01", reached_on=day("2026-10-31"))
    second = claim("2026-11-05", reached_on=day("2026-11-04"), replaces_id=first.id)
    facts = milestone(reports=(first, second))
    assert claim_to_verify(facts) == second
    assert reached_on(facts) == day("2026-11-04")
    assert claims_waiting(facts) == [second]


@pytest.mark.parametrize(
    ("given", "verdicts"),
    [
        (("95", "0.5"), [Verdict.MET, Verdict.MET]),
        (("94.9", "0.5"), [Verdict.UNMET, Verdict.MET]),
        (("96",), [Verdict.MET, Verdict.NOT_ASSESSED]),
    ],
)
def test_the_values_of_the_claim_count_as_if_accepted(given: tuple[str, ...], verdicts: list[Verdict]) -> None:
    made = claim("2026-11-01")
    item = Closable(milestone(reports=(made,)), TARGETS, values(made, *given))
    assert [found.verdict for found in target_findings(item)] == verdicts
    met = set(verdicts) == {Verdict.MET}
    assert held(item.facts, targets=TARGETS, values=item.values) == (set() if met else {Ground.TARGETS})


def test_a_later_accepted_value_goes_before_and_one_nobody_accepted_says_nothing() -> None:
    made = claim("2026-11-01")
    better, waiting = report("2026-11-03", accepted=True), report("2026-11-04")
    facts = milestone(reports=(made, better, waiting))
    given = (*values(made, "90", "0.5"), *values(better, "97"), *values(waiting, "80"))
    assert [found.value for found in target_findings(Closable(facts, TARGETS, given))] == [97, Decimal("0.5")]


def test_of_several_units_each_meets_the_target_unless_a_value_speaks_for_the_whole() -> None:
    one = claim("2026-11-01", speaks_for_whole=False, organization_id=1, reached_on=day("2026-10-30"))
    two = claim("2026-11-02", speaks_for_whole=False, organization_id=2, reached_on=day("2026-10-20"))
    facts = milestone(reports=(one, two), parts=frozenset({1, 2}))
    assert claims_behind(facts) == [one, two]
    assert reached_on(facts) == day("2026-10-30")
    given = (*values(one, "90"), *values(two, "99"))
    assert target_findings(Closable(facts, TARGETS[:1], given))[0].value == 90
    assert held(facts, targets=TARGETS[:1], values=given) == {Ground.TARGETS}
    whole = report("2026-11-03", accepted=True)
    facts = replace(facts, reports=(one, two, whole))
    assert held(facts, targets=TARGETS[:1], values=(*given, *values(whole, "96"))) == set()


def test_a_later_claim_that_the_closing_accepts_too_speaks_of_the_targets() -> None:
    first, second = claim("2026-07-05", expected_id=1), claim("2026-10-05", expected_id=2)
    facts = milestone(reports=(first, second))
    given = (*values(first, "95"), *values(second, "93"))
    assert (claims_behind(facts), claims_waiting(facts)) == ([first], [first, second])
    assert held(facts, targets=TARGETS[:1], values=given) == {Ground.TARGETS}


def test_a_claim_of_a_part_can_be_answered_before_the_others_have_claimed() -> None:
    one = claim("2026-11-01", speaks_for_whole=False, organization_id=1)
    again = claim("2026-11-02", speaks_for_whole=False, organization_id=1, replaces_id=one.id)
    assert claims_to_answer(milestone(reports=(one, again), parts=frozenset({1, 2}))) == {again.id}


def test_a_group_is_claimed_only_when_each_of_its_units_has_claimed() -> None:
    one = claim("2026-11-01", speaks_for_whole=False, organization_id=1)
    assert held(milestone(reports=(one,), parts=frozenset({1, 2}))) == {Ground.CLAIMED}


def test_a_leaders_waiver_holds_until_the_milestone_is_reopened() -> None:
    made = claim("2026-11-05")
    waived = decision(DecisionKind.WAIVE_TARGETS, "2026-11-06")
    facts = milestone(reports=(made,), decisions=(waived,))
    assert held(facts, targets=TARGETS) == set()
    assert next(found for found in may_close(Closable(facts, TARGETS), OTHER, TODAY) if found.waived)
    assert Circumstance.WAIVED in circumstances(facts, TODAY)
    again = claim("2026-11-20")
    reopened = (
        waived,
        decision(DecisionKind.CLOSE_OUT, "2026-11-07", of=made, reached="2026-11-01"),
        decision(DecisionKind.REOPEN, "2026-11-08"),
    )
    assert held(milestone(reports=(made, again), decisions=reopened), targets=TARGETS) == {Ground.TARGETS}


def test_a_notice_runs_to_the_end_of_its_last_day_and_ends_with_its_claim() -> None:
    made = claim("2026-11-05")
    given = notice(made, "2026-11-16", "2026-11-23")
    facts = milestone(reports=(made,), decisions=(given,))
    assert held(facts, today=date(2026, 11, 23)) == {Ground.NOTICE}
    assert held(facts, today=date(2026, 11, 24)) == set()
    running = {Circumstance.CLAIM_PENDING, Circumstance.NOTICE_GIVEN, Circumstance.NOTICE_RUNNING}
    assert circumstances(facts, TODAY) == running
    objected = (given, decision(DecisionKind.RETURN, "2026-11-18", of=made))
    fresh = claim("2026-11-20")
    facts = milestone(reports=(made, fresh), decisions=objected)
    assert circumstances(facts, TODAY) == {Circumstance.CLAIM_PENDING}


def test_history_is_the_last_word_until_something_else_is_recorded() -> None:
    said = decision(DecisionKind.TAKE_UP, "2026-11-01")
    assert circumstances(milestone(decisions=(said,)), TODAY) == {Circumstance.SAID_OF_HISTORY}
    assert circumstances(milestone(decisions=(said,), reports=(report("2026-11-02", 10),)), TODAY) == set()
    back = decision(DecisionKind.TAKE_BACK, "2026-11-03")
    assert circumstances(milestone(decisions=(said, back)), TODAY) == set()


def test_what_is_open_after_a_closing_is_reopened() -> None:
    closed = decision(DecisionKind.CLOSE_OUT, "2026-11-01", reached="2026-10-31")
    facts = milestone(decisions=(closed, decision(DecisionKind.REOPEN, "2026-11-02")))
    assert is_reopened(facts, Standing.OVERDUE)
    assert not is_reopened(milestone(decisions=(closed,)), Standing.CLOSED)
    assert not is_reopened(milestone(), Standing.OVERDUE)


def test_a_number_is_written_as_offices_write_it() -> None:
    assert closing_number(2026, 12) == "销号〔2026〕12号"


def test_a_notice_outlives_a_claim_sent_again_and_the_return_of_another_report() -> None:
    made = claim("2026-11-15")
    given = notice(made, "2026-11-16", "2026-11-23")
    again = claim("2026-11-18", replaces_id=made.id)
    other = report("2026-11-17", 40)
    returned = decision(DecisionKind.RETURN, "2026-11-19", of=other)
    facts = milestone(reports=(made, other, again), decisions=(given, returned))
    assert closings.notice(facts) == given
    assert closings.is_running(closings.notice(facts), day("2026-11-23"))
    objection = decision(DecisionKind.RETURN, "2026-11-20", of=again)
    anew = claim("2026-11-21", replaces_id=again.id)
    facts = milestone(reports=(made, other, again, anew), decisions=(given, returned, objection))
    assert closings.notice(facts) is None
