"""Every standing of DOMAIN.md section 3 and both sides of each of its boundaries."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.standing import MilestoneFacts, StandingFinding, behind_pp, judge
from app.domain.vocabulary import DecisionKind, Precision, Standing, Timeliness
from tests.support.facts import POLICY, claim, day, decision, extended, milestone, report


def judged(facts: MilestoneFacts, on: str) -> StandingFinding:
    return judge(facts, day(on), POLICY)


def standing(facts: MilestoneFacts, on: str) -> Standing:
    return judged(facts, on).standing


@pytest.mark.parametrize(
    ("on", "expected", "next_change"),
    [
        ("2025-12-31", Standing.PLANNED, "2026-01-01"),
        ("2026-01-01", Standing.ON_TRACK, "2026-10-02"),
        ("2026-10-01", Standing.ON_TRACK, "2026-10-02"),
        ("2026-10-02", Standing.DUE_SOON, "2027-01-01"),  # 90 days before 31 December
        ("2026-12-31", Standing.DUE_SOON, "2027-01-01"),  # the due day lasts until 24:00
        ("2027-01-01", Standing.OVERDUE, None),
    ],
)
def test_the_calendar_alone_moves_a_milestone_nobody_reported_on(on, expected, next_change):
    found = judged(milestone(), on)
    assert found.standing is expected
    assert found.next_change_on == (day(next_change) if next_change else None)
    assert found.progress_pct is None


def test_nothing_reported_is_never_behind():
    assert standing(milestone(), "2026-09-30") is Standing.ON_TRACK
    assert behind_pp(milestone(), day("2026-09-30")) is None


def test_a_report_before_the_start_puts_it_on_track_from_the_day_of_the_report():
    found = judged(milestone(reports=(report("2025-12-01", 5),)), "2025-12-10")
    assert (found.standing, found.since) == (Standing.ON_TRACK, day("2025-12-01"))


def test_a_start_inside_the_warning_window_goes_from_planned_to_due_soon():
    facts = milestone(start_on=day("2026-12-01"))
    assert standing(facts, "2026-11-30") is Standing.PLANNED
    assert standing(facts, "2026-12-01") is Standing.DUE_SOON


def test_a_due_date_moved_before_the_start_still_becomes_overdue():
    facts = milestone(start_on=day("2026-06-01"), later_dues=extended("2026-03-31"))
    assert judged(facts, "2026-03-31").next_change_on == day("2026-04-01")
    assert standing(facts, "2026-04-01") is Standing.OVERDUE


def test_ten_points_behind_the_schedule_is_within_the_threshold_and_more_is_behind():
    # 100 days: at the end of day n the schedule stands at n percent.
    facts = milestone(start_on=day("2026-01-01"), due_on=day("2026-04-10"), reports=(report("2026-01-02", 20),))
    policy = replace(POLICY, warning_days=0)
    tenth, next_day = day("2026-01-30"), day("2026-01-31")
    assert behind_pp(facts, tenth) == 10
    assert judge(facts, tenth, policy).standing is Standing.ON_TRACK
    assert judge(facts, tenth, policy).next_change_on == next_day
    found = judge(facts, next_day, policy)
    assert (found.standing, found.since) == (Standing.BEHIND, next_day)


def test_a_later_report_that_catches_up_ends_being_behind():
    facts = milestone(reports=(report("2026-06-01", 5), report("2026-07-01", 60)))
    assert standing(facts, "2026-07-02") is Standing.ON_TRACK


def test_behind_goes_before_due_soon_and_ends_with_overdue():
    facts = milestone(reports=(report("2026-06-01", 50),))
    assert standing(facts, "2026-12-31") is Standing.BEHIND
    assert standing(facts, "2027-01-01") is Standing.OVERDUE


def test_a_report_of_one_of_several_units_does_not_count_for_the_whole():
    part = report("2026-06-01", 100, claims_completion=True, speaks_for_whole=False)
    found = judged(milestone(reports=(part,)), "2027-01-01")
    assert (found.standing, found.progress_pct, found.claim_pending) == (Standing.OVERDUE, None, False)


def test_a_claim_on_the_due_day_stops_the_clock():
    found = judged(milestone(reports=(claim("2026-12-31"),)), "2027-06-01")
    assert found.standing is Standing.AWAITING_VERIFICATION
    assert found.since == found.clock_stopped_on == day("2026-12-31")
    assert found.days_late(day("2027-06-01")) == 0
    assert found.next_change_on is None


def test_a_claim_a_day_late_leaves_it_overdue_with_the_claim_shown():
    found = judged(milestone(reports=(claim("2027-01-01"),)), "2027-01-05")
    assert (found.standing, found.claim_pending) == (Standing.OVERDUE, True)
    assert found.days_late(day("2027-01-05")) == 5


def test_a_returned_claim_restarts_the_clock_from_the_due_date():
    made = claim("2026-12-20")
    facts = milestone(reports=(made,), decisions=(decision(DecisionKind.RETURN, "2027-02-01", of=made),))
    found = judged(facts, "2027-02-01")
    assert (found.standing, found.since, found.claim_pending) == (Standing.OVERDUE, day("2027-01-01"), False)
    assert found.days_late(day("2027-02-01")) == 32


def test_a_returned_report_says_nothing_of_progress_any_more():
    earlier, made = report("2026-06-01", 30), claim("2026-08-01")
    facts = milestone(reports=(earlier, made), decisions=(decision(DecisionKind.RETURN, "2026-08-10", of=made),))
    found = judged(facts, "2026-08-10")
    assert (found.standing, found.progress_pct) == (Standing.BEHIND, earlier.share_pct)


def test_a_withdrawal_is_taken_back_by_reopening():
    facts = milestone(
        decisions=(decision(DecisionKind.WITHDRAW, "2026-03-01"), decision(DecisionKind.REOPEN, "2026-03-05"))
    )
    assert standing(facts, "2026-03-06") is Standing.ON_TRACK


def test_a_claim_made_again_in_time_after_a_return_stops_the_clock_again():
    first, second = claim("2026-11-01"), claim("2026-12-30")
    facts = milestone(reports=(first, second), decisions=(decision(DecisionKind.RETURN, "2026-11-20", of=first),))
    assert judged(facts, "2027-03-01").since == day("2026-12-30")


def test_a_second_claim_after_the_due_date_does_not_undo_one_made_in_time():
    facts = milestone(reports=(claim("2026-12-20"), claim("2027-01-10")))
    found = judged(facts, "2027-01-11")
    assert (found.standing, found.since) == (Standing.AWAITING_VERIFICATION, day("2026-12-20"))


def test_returning_the_last_claim_returns_the_earlier_ones():
    first, second = claim("2026-12-20"), claim("2026-12-25")
    facts = milestone(reports=(first, second), decisions=(decision(DecisionKind.RETURN, "2027-01-02", of=second),))
    assert standing(facts, "2027-01-02") is Standing.OVERDUE


def test_returning_another_report_does_not_answer_a_claim():
    part, whole = report("2026-12-01", 40, speaks_for_whole=False), claim("2026-12-20")
    facts = milestone(reports=(part, whole), decisions=(decision(DecisionKind.RETURN, "2026-12-28", of=part),))
    assert standing(facts, "2027-01-02") is Standing.AWAITING_VERIFICATION


@pytest.mark.parametrize(
    ("precision", "due", "reached", "expected"),
    [
        (Precision.DAY, "2026-12-31", "2026-12-30", Timeliness.EARLY),
        (Precision.DAY, "2026-12-31", "2026-12-31", Timeliness.ON_TIME),
        (Precision.MONTH, "2026-08-31", "2026-07-31", Timeliness.EARLY),
        (Precision.MONTH, "2026-08-31", "2026-08-01", Timeliness.ON_TIME),
        (Precision.QUARTER, "2026-09-30", "2026-06-30", Timeliness.EARLY),
        (Precision.QUARTER, "2026-09-30", "2026-07-01", Timeliness.ON_TIME),
        (Precision.HALF_YEAR, "2026-06-30", "2025-12-31", Timeliness.EARLY),
        (Precision.HALF_YEAR, "2026-12-31", "2026-07-01", Timeliness.ON_TIME),
        (Precision.YEAR, "2026-12-31", "2025-12-31", Timeliness.EARLY),
        (Precision.YEAR, "2026-12-31", "2026-01-01", Timeliness.ON_TIME),
        (Precision.FIVE_YEAR_PLAN, "2030-12-31", "2025-12-31", Timeliness.EARLY),
        (Precision.FIVE_YEAR_PLAN, "2030-12-31", "2026-01-01", Timeliness.ON_TIME),
        (Precision.RECURRING, "2026-12-31", "2026-01-01", Timeliness.ON_TIME),
        (Precision.YEAR, "2026-12-31", "2027-01-01", Timeliness.LATE),
    ],
)
def test_a_closing_is_early_on_time_or_late_by_the_span_its_phrase_names(precision, due, reached, expected):
    closing = decision(DecisionKind.CLOSE_OUT, "2027-03-01", reached=reached)
    found = judged(milestone(precision=precision, due_on=day(due), decisions=(closing,)), "2027-03-02")
    assert (found.standing, found.timeliness, found.since) == (Standing.CLOSED, expected, day("2027-03-01"))


def test_a_late_closing_keeps_the_lateness_of_the_day_the_result_was_reached():
    closing = decision(DecisionKind.CLOSE_OUT, "2027-03-01", reached="2027-01-11")
    found = judged(milestone(decisions=(closing,)), "2028-01-01")
    assert (found.timeliness, found.days_late(day("2028-01-01"))) == (Timeliness.LATE, 11)


def test_an_extension_counts_for_the_effective_date_and_keeps_its_version():
    found = judged(milestone(later_dues=extended("2027-03-31", "2027-06-30")), "2027-04-01")
    assert (found.standing, found.due_version, found.effective_due_on) == (Standing.DUE_SOON, 3, day("2027-06-30"))


def test_a_reopened_milestone_is_late_from_its_due_date_again():
    facts = milestone(
        reports=(made := claim("2026-12-01"),),
        decisions=(
            decision(DecisionKind.CLOSE_OUT, "2026-12-10", of=made, reached="2026-12-01"),
            decision(DecisionKind.REOPEN, "2027-02-01"),
        ),
    )
    assert (judged(facts, "2027-02-01").standing, judged(facts, "2027-02-01").timeliness) == (Standing.OVERDUE, None)


def test_a_claim_made_while_it_was_closed_does_not_stop_the_clock_after_reopening():
    facts = milestone(
        reports=(claim("2026-11-20"),),
        decisions=(
            decision(DecisionKind.CLOSE_OUT, "2026-11-10", reached="2026-11-01"),
            decision(DecisionKind.REOPEN, "2026-12-01"),
        ),
    )
    found = judged(facts, "2027-01-01")
    assert (found.standing, found.claim_pending) == (Standing.OVERDUE, False)


CLOSED = decision(DecisionKind.CLOSE_OUT, "2026-10-01", reached="2026-09-30")


def test_a_failed_recheck_regresses_and_a_passed_one_restores():
    failed, passed = (
        decision(DecisionKind.RECHECK_FAILED, "2027-05-01"),
        decision(DecisionKind.RECHECK_PASSED, "2027-08-01"),
    )
    found = judged(milestone(decisions=(CLOSED, failed)), "2027-05-02")
    assert (found.standing, found.since, found.clock_stopped_on) == (
        Standing.REGRESSED,
        day("2027-05-01"),
        day("2026-09-30"),
    )
    assert standing(milestone(decisions=(CLOSED, failed, passed)), "2027-08-01") is Standing.CLOSED


@pytest.mark.parametrize(
    ("accepted", "misses", "expected"),
    [(True, True, Standing.REGRESSED), (False, True, Standing.CLOSED), (True, False, Standing.CLOSED)],
)
def test_only_an_accepted_report_whose_value_misses_its_target_regresses(accepted, misses, expected):
    later = report("2027-05-01", accepted=accepted, misses_target=misses)
    assert standing(milestone(reports=(later,), decisions=(CLOSED,)), "2027-05-01") is expected


def test_a_value_that_missed_before_the_closing_does_not_regress():
    earlier = report("2026-08-01", accepted=True, misses_target=True)
    assert standing(milestone(reports=(earlier,), decisions=(CLOSED,)), "2027-05-01") is Standing.CLOSED


def test_a_new_closing_restores_after_a_regression():
    decisions = (
        CLOSED,
        decision(DecisionKind.RECHECK_FAILED, "2027-05-01"),
        decision(DecisionKind.CLOSE_OUT, "2027-09-01", reached="2027-08-20"),
    )
    found = judged(milestone(decisions=decisions), "2027-09-01")
    assert (found.standing, found.timeliness) == (Standing.CLOSED, Timeliness.LATE)


def test_a_recheck_of_an_open_milestone_changes_nothing():
    failed = decision(DecisionKind.RECHECK_FAILED, "2026-05-01")
    assert standing(milestone(decisions=(failed,)), "2026-05-02") is Standing.ON_TRACK


def test_a_withdrawn_milestone_is_no_longer_late_and_reopening_takes_it_back():
    withdrawn = decision(DecisionKind.WITHDRAW, "2027-01-11")
    found = judged(milestone(decisions=(withdrawn,)), "2028-01-01")
    assert (found.standing, found.since, found.next_change_on) == (Standing.WITHDRAWN, day("2027-01-11"), None)
    again = milestone(decisions=(withdrawn, decision(DecisionKind.REOPEN, "2027-02-01")))
    assert standing(again, "2027-02-01") is Standing.OVERDUE


@pytest.mark.parametrize(("due", "expected"), [("2024-12-31", Standing.UNCONFIRMED), ("2025-01-01", Standing.OVERDUE)])
def test_what_was_due_before_tracking_began_is_unconfirmed_until_a_fact_is_on_file(due, expected):
    facts = milestone(start_on=date(2024, 1, 1), due_on=day(due))
    assert standing(facts, "2026-11-22") is expected
    assert judged(facts, "2026-11-22").days_late(day("2026-11-22")) == (0 if expected is Standing.UNCONFIRMED else 690)


def test_history_on_file_is_judged_as_any_other():
    old = milestone(start_on=date(2023, 1, 1), due_on=date(2023, 12, 31))
    confirmed = decision(DecisionKind.CONFIRM_HISTORY, "2026-11-22", reached="2023-12-01")
    found = judged(replace(old, decisions=(confirmed,)), "2026-11-22")
    assert (found.standing, found.timeliness) == (Standing.CLOSED, Timeliness.EARLY)
    assert standing(replace(old, reports=(report("2026-11-22", 40),)), "2026-11-22") is Standing.OVERDUE


def test_lateness_grows_by_one_each_day():
    following = [day("2027-01-01") + timedelta(days) for days in range(5)]
    assert [judge(milestone(), on, POLICY).days_late(on) for on in following] == [1, 2, 3, 4, 5]
