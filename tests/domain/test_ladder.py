"""The ladder over simulated scans: one rung a day, none after the due date skipped, outages only delay."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.ladder import Fired, Firing, Rung, next_firing, opens_case
from app.domain.vocabulary import Measure, Standing

DUE = date(2026, 6, 30)
OFFSETS = (-90, -30, 1, 15, 30, 60)
ladders = st.lists(st.integers(-120, 120), min_size=1, max_size=8, unique=True)


def rungs(offsets) -> tuple[Rung, ...]:
    return tuple(Rung(no, offset, Measure.URGING, None) for no, offset in enumerate(offsets, 1))


def scanned(offsets, days) -> list[tuple[int, int]]:
    """Scan on each of the days (offsets from the due date) and return (offset of the rung, day it fired)."""
    last: Fired | None = None
    fired: list[tuple[int, int]] = []
    for offset in days:
        today = DUE + timedelta(offset)
        firing = next_firing(rungs(offsets), DUE, last, today)
        if firing and firing.fire_on <= today:
            last = Fired(firing.rung.offset_days, today)
            fired.append((firing.rung.offset_days, offset))
    return fired


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
    assert next_firing(rungs(OFFSETS), DUE, Fired(60, DUE + timedelta(60)), DUE + timedelta(90)) is None
    assert next_firing((), DUE, None, DUE) is None


def test_an_urging_follows_a_reminder_of_the_same_day_only_the_next_day():
    found = next_firing(rungs((0, 1)), DUE, Fired(0, DUE + timedelta(3)), DUE + timedelta(3))
    assert found == Firing(rungs((0, 1))[1], DUE + timedelta(4))


@settings(max_examples=200, deadline=None)
@given(ladders, st.integers(-150, 150))
def test_daily_scans_fire_every_rung_after_the_due_date_once_and_in_order(offsets, start):
    fired = scanned(offsets, range(start, start + 500))
    after = [rung for rung, _ in fired if rung > 0]
    assert after == sorted(offset for offset in offsets if offset > 0)
    assert [rung for rung, _ in fired] == sorted({rung for rung, _ in fired})


@settings(max_examples=200, deadline=None)
@given(ladders, st.lists(st.booleans(), min_size=400, max_size=400))
def test_outages_only_delay_and_never_bring_two_rungs_on_one_day(offsets, up):
    days = [offset for offset, running in zip(range(-150, 250), up, strict=True) if running]
    fired = scanned(offsets, [*days, *range(250, 600)])
    assert len({on for _, on in fired}) == len(fired)
    assert all(on >= rung for rung, on in fired)
    assert [rung for rung, _ in fired if rung > 0] == sorted(offset for offset in offsets if offset > 0)


@settings(max_examples=200, deadline=None)
@given(ladders, st.lists(st.booleans(), min_size=400, max_size=400))
def test_after_the_due_date_two_rungs_keep_at_least_their_distance(offsets, up):
    days = [offset for offset, running in zip(range(-150, 250), up, strict=True) if running]
    after = [item for item in scanned(offsets, [*days, *range(250, 600)]) if item[0] > 0]
    for (rung, on), (next_rung, next_on) in pairwise(after):
        assert next_on - on >= next_rung - rung


def test_a_second_scan_of_the_same_day_fires_nothing():
    today = DUE + timedelta(40)
    firing = next_firing(rungs(OFFSETS), DUE, Fired(1, today), today)
    assert firing is not None
    assert firing.fire_on > today


def test_a_case_opens_only_for_an_overdue_milestone_past_the_days_of_grace():
    assert not opens_case(Standing.OVERDUE, 30, 30)
    assert opens_case(Standing.OVERDUE, 31, 30)
    assert not opens_case(Standing.AWAITING_VERIFICATION, 90, 30)
    assert opens_case(Standing.OVERDUE, 1, 0)
