"""Working days by a calendar in versions: the vectors of DOMAIN.md section 4, regional days, years not published."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.working_days import library_calendar, library_names
from app.domain.working_days import NoticeDays, WorkCalendar, WorkingDay, calendars_of, work_calendar

NATIONAL = library_calendar()
XINJIANG = NoticeDays(
    1,
    2025,
    "65",
    dict.fromkeys(map(date.fromisoformat, ("2025-03-31", "2025-06-06", "2025-06-09", "2025-06-10")), False),
)
KASHGAR = "653100"


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-09-18", 5, "2026-09-24"),
        ("2026-09-30", 10, "2026-10-20"),
        ("2026-02-13", 3, "2026-02-25"),
        ("2025-01-24", 10, "2025-02-13"),
    ],
)
def test_holidays_are_left_out_and_the_days_worked_instead_are_counted(start: str, count: int, end: str) -> None:
    assert NATIONAL.working_days_after(day(start), count) == WorkingDay(day(end), False)


def test_the_start_day_is_not_counted_whatever_day_it_is() -> None:
    assert NATIONAL.working_days_after(date(2026, 11, 20), 1).day == date(2026, 11, 23)  # Friday to Monday
    assert NATIONAL.working_days_after(date(2026, 11, 21), 1).day == date(2026, 11, 23)  # a Saturday
    assert NATIONAL.working_days_before(date(2026, 11, 23), 1).day == date(2026, 11, 20)
    assert NATIONAL.working_days_before(date(2026, 10, 8), 1).day == date(2026, 9, 30)  # back over the national holiday


def test_a_limit_that_ends_on_a_day_off_moves_to_the_next_working_day() -> None:
    assert NATIONAL.moved(day("2026-10-01")) == WorkingDay(day("2026-10-08"), False)
    assert NATIONAL.moved(day("2026-10-08")) == WorkingDay(day("2026-10-08"), False)
    assert NATIONAL.moved(day("2026-10-10")) == WorkingDay(day("2026-10-10"), False)  # a Saturday worked instead
    assert NATIONAL.moved(day("2026-12-31")) == WorkingDay(day("2026-12-31"), False)
    assert NATIONAL.moved(day("2027-01-01")) == WorkingDay(day("2027-01-01"), True)  # a Friday, nothing published


def test_a_year_that_is_not_published_is_counted_by_weeks_and_says_so() -> None:
    assert NATIONAL.working_days_after(date(2099, 12, 31), 5) == WorkingDay(date(2100, 1, 7), True)
    assert NATIONAL.working_days_after(date(2003, 12, 26), 3) == WorkingDay(date(2003, 12, 31), True)
    assert NATIONAL.working_days_after(date(2026, 12, 30), 2) == WorkingDay(date(2027, 1, 1), True)
    assert not NATIONAL.working_days_after(date(2026, 12, 30), 1).provisional


def test_no_working_day_at_all_cannot_be_counted() -> None:
    for counted in (NATIONAL.working_days_after, NATIONAL.working_days_before):
        with pytest.raises(ValueError, match="at least one"):
            counted(date(2026, 11, 22), 0)


def test_the_days_off_of_a_region_hold_there_and_nowhere_else() -> None:
    calendar_of = calendars_of(NATIONAL, [XINJIANG])
    there, elsewhere = calendar_of(KASHGAR), calendar_of("410300")
    for off in XINJIANG.days:
        assert (there.works(off), elsewhere.works(off)) == (False, True)
    assert there.working_days_after(day("2025-06-05"), 1).day == day("2025-06-11")
    assert elsewhere.working_days_after(day("2025-06-05"), 1).day == day("2025-06-06")
    assert (there.version, elsewhere.version, calendar_of(None).version) == (1, 0, 0)
    assert there is calendar_of("653101")  # under the same notices
    assert there.published == NATIONAL.published


def test_a_national_notice_publishes_its_year_and_replaces_what_the_program_knew_of_it() -> None:
    off = {day("2027-01-01"): False, day("2027-01-02"): False, day("2027-01-03"): True}
    calendar = work_calendar(NATIONAL, [NoticeDays(2, 2027, None, off)], None)
    assert calendar.working_days_after(day("2026-12-31"), 1) == WorkingDay(day("2027-01-03"), False)
    corrected = work_calendar(NATIONAL, [NoticeDays(3, 2026, None, {day("2026-10-01"): False})], KASHGAR)
    assert (corrected.works(day("2026-10-02")), NATIONAL.works(day("2026-10-02"))) == (True, False)
    assert (corrected.works(day("2026-10-10")), corrected.version) == (False, 3)
    assert not corrected.works(day("2025-10-02"))  # other years stay


def test_the_smaller_region_goes_over_the_larger_whichever_was_entered_first() -> None:
    province, prefecture = day("2026-06-01"), day("2026-06-02")
    notices = [
        NoticeDays(4, 2026, "6531", {province: True, prefecture: False}),
        NoticeDays(5, 2026, "65", {province: False, prefecture: True}),
    ]
    calendar = work_calendar(NATIONAL, notices, KASHGAR)
    assert (calendar.works(province), calendar.works(prefecture), calendar.version) == (True, False, 5)


def test_every_exception_of_the_program_has_a_chinese_name() -> None:
    assert set(library_names()) == set(NATIONAL.days)
    assert library_names()[day("2026-02-17")] == "春节"
    assert min(NATIONAL.published) == 2004


@given(st.dates(date(2004, 3, 1), date(2026, 10, 1)), st.integers(1, 40), st.sampled_from([None, KASHGAR]))
def test_counting_on_and_back_meet_and_more_days_end_later(start: date, count: int, code: str | None) -> None:
    calendar = work_calendar(NATIONAL, [XINJIANG], code)
    end = calendar.working_days_after(start, count).day
    assert calendar.works(end)
    assert sum(calendar.works(start + timedelta(days=step)) for step in range(1, (end - start).days + 1)) == count
    assert calendar.working_days_after(start, count + 1).day > end
    back = calendar.working_days_before(end, count).day
    assert back <= start or not calendar.works(start)
    assert calendar.moved(end).day == end


@given(st.dates(date(2004, 1, 1), date(2040, 1, 1)), st.integers(1, 30))
def test_a_calendar_without_exceptions_counts_monday_to_friday(start: date, count: int) -> None:
    bare = WorkCalendar(0, {}, frozenset())
    end = bare.working_days_after(start, count)
    assert end.provisional
    assert end.day.weekday() < 5
    assert (end.day - start).days >= count
