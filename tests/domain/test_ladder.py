"""The ladder over simulated scans: one rung a day, none after the date skipped, outages and holidays only delay."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.working_days import library_calendar
from app.domain.ladder import Fired, Firing, Ladder, Rung, earliest, next_firing, opens_case
from app.domain.vocabulary import DayKind, Measure, ReportingCycle, RungTrigger, Standing
from app.domain.working_days import NoticeDays, WorkCalendar, work_calendar

DUE = date(2026, 6, 30)
OFFSETS = (-90, -30, 1, 15, 30, 60)
CALENDAR, WORKING = DayKind.CALENDAR, DayKind.WORKING
NATIONAL = library_calendar()
offsets_of_a_ladder = st.lists(st.integers(-120, 120), min_size=1, max_size=8, unique=True)
rungs_of_a_ladder = st.lists(
    st.tuples(st.integers(-60, 60), st.sampled_from(DayKind)), min_size=1, max_size=7, unique=True
)
SPRING_FESTIVAL = [date(2026, 2, day) for day in range(15, 24)]  # nine days off
NATIONAL_DAY = [date(2026, 10, day) for day in range(1, 8)]


def ladder(
    rungs: Iterable[tuple[int, DayKind]],
    trigger: RungTrigger = RungTrigger.DUE,
    cycle: ReportingCycle = ReportingCycle.QUARTER,
    calendar: WorkCalendar = NATIONAL,
) -> Ladder:
    made = (Rung(no, offset, Measure.URGING, None, trigger, kind) for no, (offset, kind) in enumerate(rungs, 1))
    return Ladder(tuple(made), calendar, cycle)


def of_days(offsets: Iterable[int]) -> Ladder:
    return ladder((offset, CALENDAR) for offset in offsets)


def scans(found: Ladder, days: Iterable[date], base_on: date = DUE) -> list[tuple[Rung, date]]:
    """Scan on each of the days and return what fired when."""
    (trigger,) = found.by_trigger
    last: Fired | None = None
    fired: list[tuple[Rung, date]] = []
    for today in days:
        firing = next_firing(found, trigger, base_on, last, last.on if last else None, today)
        if firing and firing.fire_on <= today:
            last = Fired(firing.rung, today)
            fired.append((firing.rung, today))
    return fired


def daily(first_on: date, count: int) -> list[date]:
    return [first_on + timedelta(number) for number in range(count)]


def scanned(offsets: Iterable[int], days: Iterable[int]) -> list[tuple[int, int]]:
    """Scan on each of the days (offsets from the due date) and return (offset of the rung, day it fired)."""
    fired = scans(of_days(offsets), (DUE + timedelta(offset) for offset in days))
    return [(rung.offset_days, (on - DUE).days) for rung, on in fired]


def test_daily_scans_fire_each_rung_on_its_day():
    assert scanned(OFFSETS, range(-100, 100)) == [(offset, offset) for offset in OFFSETS]


def test_a_late_start_voids_the_reminders_and_keeps_the_distances_after_the_due_date():
    assert scanned(OFFSETS, range(100, 300)) == [(1, 100), (15, 114), (30, 129), (60, 159)]


def test_a_reminder_passed_over_is_void_once_the_next_is_reached():
    assert scanned(OFFSETS, range(-20, 0)) == [(-30, -20)]
    assert scanned((-90, -30, -7, 1), range(-6, 0)) == [(-7, -6)]


def test_an_outage_over_the_due_day_delays_the_urging_to_the_first_scan():
    assert scanned(OFFSETS, [*range(-100, 0), *range(5, 100)])[2:] == [(1, 5), (15, 19), (30, 34), (60, 64)]


def test_the_ladder_ends_after_its_last_rung():
    found, due = of_days(OFFSETS), RungTrigger.DUE
    last = Fired(found.rungs[-1], DUE + timedelta(60))
    assert next_firing(found, due, DUE, last, last.on, DUE + timedelta(90)) is None
    assert next_firing(of_days(()), due, DUE, None, None, DUE) is None
    assert next_firing(found, RungTrigger.LAGGING, DUE, None, None, DUE) is None


def test_an_urging_follows_a_reminder_of_the_same_day_only_the_next_day():
    found, on = of_days((0, 1)), DUE + timedelta(3)
    firing = next_firing(found, RungTrigger.DUE, DUE, Fired(found.rungs[0], on), on, on)
    assert firing == Firing(found.rungs[1], on + timedelta(1))


def test_a_second_scan_of_the_same_day_fires_nothing():
    found, today = of_days(OFFSETS), DUE + timedelta(40)
    firing = next_firing(found, RungTrigger.DUE, DUE, Fired(found.rungs[2], today), today, today)
    assert firing is not None
    assert firing.fire_on > today


def test_what_another_trigger_raised_today_moves_a_rung_to_tomorrow():
    found, today = of_days(OFFSETS), DUE + timedelta(1)
    firing = next_firing(found, RungTrigger.DUE, DUE, None, today, today)
    assert firing == Firing(found.rungs[2], today + timedelta(1))


def test_of_several_firings_the_earliest_comes_and_of_a_day_the_one_named_first() -> None:
    first, second = (Firing(rung, DUE) for rung in of_days((1, 2)).rungs)
    assert earliest([None, first, second]) is first
    before = Firing(first.rung, DUE - timedelta(1))
    assert earliest([second, before]) is before
    assert earliest([None]) is None


@settings(max_examples=40, deadline=None)
@given(offsets_of_a_ladder, st.integers(-150, 150))
def test_daily_scans_fire_every_rung_after_the_due_date_once_and_in_order(offsets, start):
    fired = scanned(offsets, range(start, start + 500))
    after = [rung for rung, _ in fired if rung > 0]
    assert after == sorted(offset for offset in offsets if offset > 0)
    assert [rung for rung, _ in fired] == sorted({rung for rung, _ in fired})


@settings(max_examples=40, deadline=None)
@given(offsets_of_a_ladder, st.lists(st.booleans(), min_size=400, max_size=400))
def test_outages_only_delay_and_after_the_date_keep_the_distances(offsets, up):
    days = [offset for offset, running in zip(range(-150, 250), up, strict=True) if running]
    fired = scanned(offsets, [*days, *range(250, 600)])
    assert len({on for _, on in fired}) == len(fired)
    assert all(on >= rung for rung, on in fired)
    after = [item for item in fired if item[0] > 0]
    assert [rung for rung, _ in after] == sorted(offset for offset in offsets if offset > 0)
    for (rung, on), (next_rung, next_on) in pairwise(after):
        assert next_on - on >= next_rung - rung


@settings(max_examples=40, deadline=None)
@given(rungs_of_a_ladder, st.dates(date(2026, 1, 15), date(2026, 11, 15)), st.data())
def test_rungs_of_both_kinds_of_days_fire_once_one_a_day_and_never_early(rungs, base_on, data):
    found = ladder(rungs)
    up = data.draw(st.lists(st.booleans(), min_size=240, max_size=240))
    days = [day for day, running in zip(daily(base_on - timedelta(90), 240), up, strict=True) if running]
    fired = scans(found, [*days, *daily(base_on + timedelta(150), 300)], base_on)
    assert len({on for _, on in fired}) == len(fired) == len({rung.id for rung, _ in fired})
    assert all(on >= found.day_of(rung, base_on) for rung, on in fired)
    late = {rung.id for rung in found.rungs if rung.offset_days > 0}
    assert {rung.id for rung, _ in fired} >= late


@pytest.mark.parametrize(
    ("base_on", "offset", "expected"),
    [  # the vectors of DOMAIN.md section 4
        (date(2026, 9, 18), 5, date(2026, 9, 24)),
        (date(2026, 9, 30), 10, date(2026, 10, 20)),
        (date(2026, 2, 13), 3, date(2026, 2, 25)),
        (date(2025, 1, 24), 10, date(2025, 2, 13)),
        (date(2026, 2, 24), -3, date(2026, 2, 12)),  # 14 February is worked on a Saturday
        (date(2026, 2, 18), 0, date(2026, 2, 18)),
    ],
)
def test_working_days_are_counted_by_the_calendar(base_on, offset, expected):
    found = ladder([(offset, WORKING)])
    assert found.day_of(found.rungs[0], base_on) == expected


@pytest.mark.parametrize("holiday", [SPRING_FESTIVAL, NATIONAL_DAY])
@pytest.mark.parametrize("into", range(-3, 9))
def test_a_long_holiday_neither_skips_nor_doubles_a_rung(holiday, into):
    base_on = holiday[0] + timedelta(into)
    found = ladder([(-5, WORKING), (1, WORKING), (2, CALENDAR), (5, WORKING), (10, WORKING), (15, CALENDAR)])
    assert not any(NATIONAL.works(day) for day in holiday)
    fired = scans(found, daily(base_on - timedelta(60), 160), base_on)
    assert sorted(rung.id for rung, _ in fired) == [1, 2, 3, 4, 5, 6]
    assert len({on for _, on in fired}) == 6
    for rung, on in fired:
        due_on = found.day_of(rung, base_on)
        assert on >= due_on
        if rung.day_kind is WORKING and on == due_on:
            assert NATIONAL.works(on)
    # An office that is away for the whole holiday loses nothing either.
    away = scans(found, [day for day in daily(base_on - timedelta(60), 200) if day not in holiday], base_on)
    assert [rung.id for rung, _ in away if rung.offset_days > 0] == [
        rung.id for rung, _ in fired if rung.offset_days > 0
    ]
    assert len({on for _, on in away}) == len(away)


def test_a_rung_follows_a_calendar_that_is_published_later():
    found = ladder([(1, WORKING), (5, WORKING)])
    base_on = date(2026, 11, 27)
    notice = NoticeDays(1, 2026, None, {date(2026, 11, 30): False, date(2026, 12, 1): False})
    later = ladder([(1, WORKING), (5, WORKING)], calendar=work_calendar(NATIONAL, [notice], None))
    before = next_firing(found, RungTrigger.DUE, base_on, None, None, base_on)
    after = next_firing(later, RungTrigger.DUE, base_on, None, None, base_on)
    assert before == Firing(found.rungs[0], date(2026, 11, 30))
    assert after == Firing(later.rungs[0], date(2026, 12, 2))
    # What has fired by the old calendar is behind by the new one as well.
    fired = Fired(later.rungs[0], date(2026, 11, 30))
    following = next_firing(later, RungTrigger.DUE, base_on, fired, fired.on, fired.on)
    assert following is not None
    assert following.rung is later.rungs[1]
    assert following.fire_on >= later.day_of(later.rungs[1], base_on)


@pytest.mark.parametrize(
    ("cycle", "since", "periods", "expected"),
    [
        (ReportingCycle.QUARTER, date(2026, 5, 20), 1, date(2026, 7, 1)),
        (ReportingCycle.QUARTER, date(2026, 6, 30), 1, date(2026, 7, 1)),
        (ReportingCycle.QUARTER, date(2026, 7, 1), 1, date(2026, 10, 1)),
        (ReportingCycle.QUARTER, date(2026, 5, 20), 3, date(2027, 1, 1)),
        (ReportingCycle.MONTH, date(2026, 5, 20), 2, date(2026, 7, 1)),
    ],
)
def test_lagging_is_counted_in_reporting_periods_that_end(cycle, since, periods, expected):
    found = ladder([(periods, CALENDAR)], RungTrigger.LAGGING, cycle)
    assert found.day_of(found.rungs[0], since) == expected


def test_lagging_rungs_follow_one_another_period_by_period():
    found = ladder([(1, CALENDAR), (2, CALENDAR)], RungTrigger.LAGGING)
    fired = scans(found, daily(date(2026, 5, 20), 200), date(2026, 5, 20))
    assert [(rung.offset_days, on) for rung, on in fired] == [(1, date(2026, 7, 1)), (2, date(2026, 10, 1))]


def test_a_case_opens_only_for_an_overdue_milestone_past_the_days_of_grace():
    assert not opens_case(Standing.OVERDUE, 30, 30)
    assert opens_case(Standing.OVERDUE, 31, 30)
    assert not opens_case(Standing.AWAITING_VERIFICATION, 90, 30)
    assert opens_case(Standing.OVERDUE, 1, 0)
