"""When a milestone will be done at its present pace: the trend, the interval, the confidence, what moves them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.deadlines import days_earned, scheduled_pct
from app.domain.forecasts import (
    HORIZON_DAYS,
    NEVER,
    Confidence,
    confidence_on,
    forecast,
    needed_pp,
    performance_index,
    progress_points,
)
from app.domain.standing import DueVersion, MilestoneFacts
from app.domain.vocabulary import DecisionKind
from tests.support.facts import day, decision, milestone, report

START, DUE = day("2026-01-01"), day("2026-12-31")


def reported(*shares: tuple[str, float | str], **changes: object) -> MilestoneFacts:
    return milestone(reports=tuple(report(on, share) for on, share in shares), **changes)


def found(facts: MilestoneFacts):
    finding = forecast(facts)
    assert finding is not None
    return finding


def test_a_milestone_on_its_schedule_will_be_done_on_its_due_day():
    facts = milestone(
        reports=tuple(report(on, str(scheduled_pct(START, DUE, on))) for on in (day("2026-03-31"), day("2026-06-30")))
    )
    assert (found(facts).expected_on, found(facts).misses_by_days) == (DUE, 0)


def test_half_the_pace_takes_twice_the_time_and_says_so():
    finding = found(reported(("2026-03-31", 12.5), ("2026-06-29", 25)))
    assert finding.expected_on == day("2027-12-21")
    assert finding.earliest_on is not None
    assert finding.latest_on is not None
    assert finding.earliest_on <= finding.expected_on <= finding.latest_on
    assert finding.misses_by_days == 355
    assert round(finding.pace_pp, 1) == Decimal("4.2")


def test_one_report_makes_a_line_with_the_start_and_is_of_low_confidence():
    finding = found(reported(("2026-06-30", 20)))
    assert finding.expected_on == finding.earliest_on == finding.latest_on == START + timedelta(days=181 * 5 - 1)
    assert (finding.confidence, finding.reports) == (Confidence.LOW, 1)


def test_a_pace_that_stands_still_or_falls_leads_to_no_day():
    for shares in ((30, 30, 30, 30, 30), (60, 50, 40, 30, 20)):
        months = ("2026-05-31", "2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30")
        finding = found(reported(*zip(months, shares, strict=True)))
        assert (finding.expected_on, finding.latest_on, finding.misses_by_days) == (None, None, NEVER)
        assert finding.spread_pct == 0


def test_what_would_take_more_than_twenty_years_leads_to_no_day():
    assert found(reported(("2026-12-30", "0.1"))).expected_on is None
    assert HORIZON_DAYS > 20 * 365


def test_all_done_needs_no_day_more():
    finding = found(reported(("2026-03-31", 40), ("2026-05-31", 100)))
    assert finding.expected_on == day("2026-05-31")
    assert finding.misses_by_days < 0


def test_nothing_reported_is_missing_and_not_zero():
    assert forecast(milestone()) is None
    assert forecast(milestone(reports=(report("2026-03-31"), report("2026-06-30")))) is None


def test_returned_and_replaced_reports_say_nothing():
    first, wrong = report("2026-03-31", 25), report("2026-06-30", 90)
    right = report("2026-07-05", 50, replaces_id=wrong.id)
    assert [point.share_pct for point in progress_points(milestone(reports=(first, wrong, right)))] == [25, 50]
    returned = milestone(reports=(first, wrong), decisions=(decision(DecisionKind.RETURN, "2026-07-01", of=wrong),))
    assert [point.share_pct for point in progress_points(returned)] == [25]


def test_a_report_recorded_later_speaks_for_its_day_and_all_after_it():
    reports = (
        report("2026-03-31", 30),
        report("2026-09-30", 70),
        report("2026-10-05", 40, reported_on=day("2026-06-30")),
        report("2026-10-06", 45, reported_on=day("2026-06-30")),
    )
    assert [tuple(point) for point in progress_points(milestone(reports=reports))] == [
        (day("2026-03-31"), 30),
        (day("2026-06-30"), 45),
    ]


def test_parts_speak_once_all_have_given_a_share_and_the_office_for_the_whole():
    def part(on: str, share: int, unit: int):
        return report(on, share, organization_id=unit, speaks_for_whole=False)

    reports = (part("2026-03-31", 40, 1), report("2026-04-01", 5), part("2026-04-02", 60, 2), part("2026-06-30", 80, 1))
    facts = milestone(reports=reports, parts=frozenset({1, 2}))
    assert [point.share_pct for point in progress_points(facts)] == [5, 50, 70]
    stranger = milestone(reports=(*reports, part("2026-07-01", 99, 3)), parts=frozenset({1, 2}))
    assert progress_points(stranger) == progress_points(facts)


def test_one_odd_report_does_not_tip_the_pace():
    steady = reported(("2026-01-31", 8), ("2026-02-28", 16), ("2026-03-31", 24), ("2026-04-30", 32), ("2026-05-31", 40))
    odd = reported(("2026-01-31", 8), ("2026-02-28", 30), ("2026-03-31", 24), ("2026-04-30", 32), ("2026-05-31", 40))
    assert found(steady).expected_on is not None
    assert found(odd).expected_on is not None
    assert abs((found(odd).expected_on - found(steady).expected_on).days) < 30


def test_the_pace_is_that_of_the_last_four_stretches_and_of_ninety_days_at_least():
    ends = ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31")
    slowed = reported(*zip(ends, (15, 30, 45, 46, 47, 48, 49), strict=True))
    assert [point.day for point in found(slowed).points] == [day(end) for end in ends[2:]]
    assert round(found(slowed).pace_pp) == 1
    weekly = reported(*((str(day("2026-01-05") + timedelta(weeks=n)), n) for n in range(20)))
    assert len(found(weekly).points) == 13


def test_an_own_schedule_decides_what_a_share_is_worth():
    late_work = ((day("2026-06-30"), Decimal(0)), (day("2026-09-30"), Decimal(20)))
    facts = reported(("2026-03-31", 0), ("2026-06-30", 0), ("2026-09-30", 20), schedule=late_work)
    assert (found(facts).expected_on, found(facts).misses_by_days) == (DUE, 0)
    assert found(replace(facts, schedule=())).misses_by_days > 300


def test_days_earned_are_the_inverse_of_scheduled_progress():
    points = ((day("2026-03-31"), Decimal(10)), (day("2026-06-30"), Decimal(10)), (day("2026-09-30"), Decimal(80)))
    for offset in range(365):
        on = START + timedelta(offset)
        assert round(days_earned(START, DUE, scheduled_pct(START, DUE, on, points), on, points), 6) == offset + 1
    assert days_earned(START, DUE, Decimal(10), day("2026-12-01"), points) == 181
    assert days_earned(START, DUE, Decimal(10), START, points) == 90


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((25, 50), Confidence.MEDIUM),
        ((20, 40, 60, 80), Confidence.HIGH),
        ((40, 10, 45, 20), Confidence.LOW),
    ],
)
def test_confidence_grows_with_reports_and_falls_with_the_spread(shares, expected):
    quarters = ("2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31")
    assert found(reported(*zip(quarters, shares, strict=False))).confidence is expected


def test_confidence_falls_as_the_last_report_ages():
    last = day("2026-06-30")
    levels = [confidence_on(Confidence.HIGH, last, last + timedelta(days)) for days in (0, 120, 121, 210, 211)]
    assert levels == [Confidence.HIGH, Confidence.HIGH, Confidence.MEDIUM, Confidence.MEDIUM, Confidence.LOW]
    assert confidence_on(Confidence.MEDIUM, last, last) is Confidence.MEDIUM
    assert confidence_on(Confidence.LOW, last, last) is Confidence.LOW


def test_the_pace_needed_and_the_index_say_nothing_where_there_is_nothing_to_divide_by():
    assert needed_pp(Decimal(40), day("2026-10-31"), day("2026-12-30")) == 30
    assert needed_pp(Decimal(40), DUE, DUE) is None
    assert performance_index(Decimal(20), Decimal(40)) == Decimal("0.5")
    assert performance_index(Decimal(20), Decimal(0)) is None


offsets = st.sets(st.integers(0, 360), min_size=1, max_size=9).map(sorted)


@st.composite
def progress(draw):
    """Reports on increasing days with any shares."""
    days = [START + timedelta(offset) for offset in draw(offsets)]
    return [(on, Decimal(draw(st.integers(0, 100)))) for on in days]


def facts_of(points: list[tuple[date, Decimal]], **changes: object) -> MilestoneFacts:
    return milestone(reports=tuple(report(on, str(share)) for on, share in points), **changes)


def far(day: date | None) -> date:
    return day or date.max


@st.composite
def schedules(draw):
    ends = [day("2026-03-31"), day("2026-06-30"), day("2026-09-30")]
    shares = sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3)))
    return tuple(zip(ends, map(Decimal, shares), strict=True)) if draw(st.booleans()) else ()


@given(progress(), schedules(), st.integers(0, 100))
def test_more_progress_never_makes_the_expected_day_later(points, schedule, more):
    before = found(facts_of(points, schedule=schedule))
    on, share = points[-1]
    after = found(facts_of([*points[:-1], (on, min(share + more, Decimal(100)))], schedule=schedule))
    assert far(after.expected_on) <= far(before.expected_on)
    assert far(after.earliest_on) <= far(before.earliest_on)
    assert far(after.latest_on) <= far(before.latest_on)
    assert after.misses_by_days <= before.misses_by_days


@given(offsets, st.integers(1, 360), st.integers(100, 900))
def test_a_point_on_the_line_changes_nothing(days, another, needed):
    def line(chosen):
        return facts_of([(START + timedelta(n), Decimal(n + 1) * 100 / needed) for n in chosen if n < needed])

    days = [n for n in days if n < needed] or [0]
    wider = sorted({*days, another})
    assert found(line(days)).expected_on == found(line(wider)).expected_on == START + timedelta(needed - 1)


@given(progress(), st.integers(1, 900))
def test_an_extension_moves_only_the_days_missed_by(points, longer):
    before = found(facts_of(points))
    due = DueVersion(2, DUE + timedelta(longer))
    after = found(facts_of(points, later_dues=(due,)))
    missed = before.misses_by_days if before.expected_on is None else before.misses_by_days - longer
    assert after == replace(before, misses_by_days=missed)


@given(progress(), schedules())
def test_the_interval_holds_the_expected_day_and_points_stand_in_order(points, schedule):
    finding = found(facts_of(points, schedule=schedule))
    assert far(finding.earliest_on) <= far(finding.expected_on) <= far(finding.latest_on)
    assert all(one.day < other.day for one, other in pairwise(finding.points))
    assert finding.expected_on is None or finding.expected_on >= finding.last_on
