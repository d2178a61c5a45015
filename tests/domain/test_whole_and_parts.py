"""What reports, decisions and schedules amount to where several units answer, history is taken back, results slide."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.history import closing_in_force, decisions_in_force, pending_claim, reported_progress
from app.domain.standing import MilestoneFacts, StandingFinding, judge
from app.domain.vocabulary import DecisionKind, Standing, Timeliness
from tests.support.facts import POLICY, claim, day, decision, extended, milestone, noon, report

PARTS = frozenset({1, 2})


def of(unit: int, on: str, share: int | None = None, **more: object):
    return report(on, share, organization_id=unit, speaks_for_whole=False, **more)


def part_claim(unit: int, on: str, **more: object):
    return claim(on, organization_id=unit, speaks_for_whole=False, **more)


def judged(facts: MilestoneFacts, on: str) -> StandingFinding:
    return judge(facts, day(on), POLICY)


def test_the_parts_speak_for_the_whole_when_each_has_given_a_share():
    first, second = of(1, "2026-03-01", 40), of(2, "2026-03-02", 80)
    assert reported_progress(milestone(parts=PARTS, reports=(first,))) is None
    assert reported_progress(milestone(parts=PARTS, reports=(first, second))) == 60
    assert reported_progress(milestone(parts=PARTS, reports=(first, second, of(1, "2026-06-01", 90)))) == 85
    assert reported_progress(milestone(reports=(first, second))) is None  # a unit leads, and has said nothing


def test_who_spoke_last_counts_the_office_or_the_parts():
    parts = (of(1, "2026-03-01", 40), of(2, "2026-03-02", 80))
    office = report("2026-04-01", 55)
    assert reported_progress(milestone(parts=PARTS, reports=(*parts, office))) == 55
    assert reported_progress(milestone(parts=PARTS, reports=(*parts, office, of(2, "2026-05-01", 90)))) == 65


def test_the_whole_is_claimed_by_the_last_part_and_one_return_opens_it_again():
    first, second = part_claim(1, "2026-11-01"), part_claim(2, "2026-12-01")
    assert pending_claim(milestone(parts=PARTS, reports=(first,))) is None
    both = milestone(parts=PARTS, reports=(first, second))
    assert pending_claim(both) is second
    assert judged(both, "2027-03-01").standing is Standing.AWAITING_VERIFICATION
    returned = decision(DecisionKind.RETURN, "2027-01-10", of=first)
    assert judged(replace(both, decisions=(returned,)), "2027-03-01").standing is Standing.OVERDUE


def test_a_claim_is_taken_back_by_a_report_in_its_place_that_claims_nothing():
    made = claim("2026-11-01", organization_id=1)
    correction = report("2026-11-02", 80, organization_id=1, replaces_id=made.id)
    assert pending_claim(milestone(reports=(made, correction))) is None
    late = claim("2027-02-01", organization_id=1, replaces_id=made.id)
    assert pending_claim(milestone(reports=(made, late))) is made  # it claims again: made in time stays made in time


def test_who_takes_a_claim_back_and_claims_again_has_claimed_on_the_later_day():
    made = claim("2026-11-01", organization_id=1)
    correction = report("2026-12-20", 80, organization_id=1, replaces_id=made.id)
    late = claim("2027-02-01", organization_id=1, replaces_id=correction.id)
    facts = milestone(reports=(made, correction, late))
    assert pending_claim(facts) is late
    assert judged(facts, "2027-02-01").standing is Standing.OVERDUE


def test_a_report_that_another_took_the_place_of_says_nothing_even_when_the_other_goes_back():
    first = report("2026-03-01", 20)
    wrong = report("2026-06-01", 100)
    right = report("2026-06-02", 40, replaces_id=wrong.id)
    facts = milestone(reports=(first, wrong, right))
    assert reported_progress(facts) == 40
    returned = decision(DecisionKind.RETURN, "2026-06-03", of=right)
    assert reported_progress(replace(facts, decisions=(returned,))) == 20


@pytest.mark.parametrize("kind", [DecisionKind.CONFIRM_HISTORY, DecisionKind.TAKE_UP])
def test_what_was_said_of_history_can_be_taken_back_and_said_again(kind):
    facts = milestone(start_on=day("2023-01-01"), due_on=day("2024-06-30"))
    said = decision(kind, "2026-05-01", reached="2024-06-01")
    back = decision(DecisionKind.TAKE_BACK, "2026-05-02")
    again = decision(DecisionKind.CONFIRM_HISTORY, "2026-05-03", reached="2024-07-10")
    assert judged(facts, "2026-06-01").standing is Standing.UNCONFIRMED
    expected = Standing.CLOSED if kind is DecisionKind.CONFIRM_HISTORY else Standing.OVERDUE
    assert judged(replace(facts, decisions=(said,)), "2026-06-01").standing is expected
    assert judged(replace(facts, decisions=(said, back)), "2026-06-01").standing is Standing.UNCONFIRMED
    found = judged(replace(facts, decisions=(said, back, again)), "2026-06-01")
    assert (found.standing, found.timeliness) == (Standing.CLOSED, Timeliness.LATE)
    assert decisions_in_force(replace(facts, decisions=(said, back, again))) == [again]


def test_values_count_from_their_acceptance_and_not_before():
    closed = decision(DecisionKind.CLOSE_OUT, "2026-10-01", reached="2026-09-30")
    told = report("2027-05-01", misses_target=True)
    assert judged(milestone(reports=(told,), decisions=(closed,)), "2027-05-09").standing is Standing.CLOSED
    taken = replace(told, accepted=True, accepted_at=noon("2027-05-10"), accepted_on=day("2027-05-10"))
    found = judged(milestone(reports=(taken,), decisions=(closed,)), "2027-06-01")
    assert (found.standing, found.since, found.occasion) == (Standing.REGRESSED, day("2027-05-10"), 1)


def test_a_report_from_before_the_closing_that_is_accepted_after_it_does_not_let_it_slide():
    closed = decision(DecisionKind.CLOSE_OUT, "2026-10-01", reached="2026-09-30")
    old = report("2026-08-01", misses_target=True, accepted=True, accepted_at=noon("2026-11-01"))
    assert judged(milestone(reports=(old,), decisions=(closed,)), "2026-12-01").standing is Standing.CLOSED


def test_each_regression_is_an_occasion_of_its_own_also_after_reopening():
    closed = decision(DecisionKind.CLOSE_OUT, "2026-10-01", reached="2026-09-30")
    first = decision(DecisionKind.RECHECK_FAILED, "2027-01-01")
    passed = decision(DecisionKind.RECHECK_PASSED, "2027-02-01")
    second = decision(DecisionKind.RECHECK_FAILED, "2027-03-01")
    facts = milestone(decisions=(closed, first, passed, second))
    assert judged(facts, "2027-03-02").occasion == 2
    reopened = decision(DecisionKind.REOPEN, "2027-04-01")
    again = decision(DecisionKind.CLOSE_OUT, "2027-05-01", reached="2027-04-30")
    third = decision(DecisionKind.RECHECK_FAILED, "2027-06-01")
    found = closing_in_force(replace(facts, decisions=(*facts.decisions, reopened, again, third)))
    assert found is not None
    assert (found.regressions, found.regressed_on) == (3, day("2027-06-01"))


def test_a_closing_is_timed_by_the_date_in_force_and_by_the_original_one():
    closed = decision(DecisionKind.CLOSE_OUT, "2027-03-01", reached="2027-02-10")
    found = judged(milestone(later_dues=extended("2027-03-31"), decisions=(closed,)), "2027-04-01")
    assert (found.timeliness, found.original_timeliness) == (Timeliness.EARLY, Timeliness.LATE)
    today = day("2027-04-01")
    assert (found.days_late(today), found.days_late_originally(today)) == (0, 41)


def test_an_own_schedule_decides_who_is_behind():
    late_start = ((day("2026-06-30"), Decimal(10)), (day("2026-09-30"), Decimal(30)))
    slow = milestone(reports=(report("2026-06-30", 5),))
    assert judged(slow, "2026-07-01").standing is Standing.BEHIND
    eased = replace(slow, schedule=late_start)
    assert judged(eased, "2026-07-01").standing is Standing.ON_TRACK
    found = judged(eased, "2026-09-01")
    assert (found.standing, found.since) == (Standing.BEHIND, day("2026-07-24"))
    assert judged(eased, "2026-07-23").next_change_on == day("2026-07-24")


def test_before_tracking_began_a_claim_or_a_note_makes_no_history():
    facts = milestone(start_on=day("2023-01-01"), due_on=day("2024-06-30"))
    taken_up = decision(DecisionKind.TAKE_UP, "2026-05-01")
    found = judged(replace(facts, decisions=(taken_up,)), "2026-06-01")
    assert (found.standing, found.days_late(day("2026-06-01"))) == (
        Standing.OVERDUE,
        (day("2026-06-01") - day("2024-06-30")) // timedelta(1),
    )
