"""The rules of alerts: whom a rung addresses, who owes an answer, when nothing comes, and why a rung fired."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.working_days import library_calendar
from app.domain.alert_words import (
    MEASURE_NAMES,
    lateness,
    milestone_reason,
    missing_reports_reason,
    progress,
    rung_day,
    unanswered_reason,
)
from app.domain.alerts import (
    Addressed,
    Involved,
    answering,
    coming,
    default_addressees,
    recipients,
    state_of,
    superseded,
    urgent_by_default,
)
from app.domain.ladder import NOTHING_FIRED, QUIET, Fired, FiredBefore, Firing, Ladder, Rung
from app.domain.ladder_previews import as_changed, matter_ahead, milestone_ahead
from app.domain.standing import StandingFinding
from app.domain.vocabulary import AlertState, Capacity, DayKind, Measure, RungTrigger, Standing

DUE = date(2026, 11, 20)
RUNGS = (
    Rung(1, -30, Measure.REMINDER, None),
    Rung(2, 1, Measure.URGING, None),
    Rung(3, 15, Measure.CIRCULAR, "五(四)"),
    Rung(4, 1, Measure.URGING, None, RungTrigger.LAGGING),
    Rung(5, 2, Measure.SUPERVISION_NOTICE, None, RungTrigger.LAGGING, reply_days=5),
    Rung(6, 0, Measure.SUPERVISION_NOTICE, None, RungTrigger.REGRESSION),
)
LADDER = Ladder(RUNGS, library_calendar())
TO = {capacity: (capacity,) for capacity in Capacity}


def finding(standing: Standing = Standing.OVERDUE, *, version: int = 1, **changes):
    return StandingFinding(standing, DUE, DUE, version, **changes)


def fired(*items: tuple[Rung, date], version: int = 1, occasion: int = 0) -> FiredBefore:
    before = NOTHING_FIRED
    for rung, on in items:
        before = before.and_now(version, occasion, Fired(rung, on))
    return before


@pytest.mark.parametrize("standing", sorted(QUIET - {Standing.REGRESSED}))
def test_a_quiet_standing_fires_nothing(standing):
    assert coming(finding(standing), LADDER, NOTHING_FIRED, date(2027, 1, 1)) is None


def test_a_ladder_that_has_ended_fires_nothing():
    assert coming(finding(), LADDER, fired((RUNGS[2], DUE)), date(2027, 1, 1)) is None


def test_what_comes_next_follows_the_ladder():
    assert coming(finding(), LADDER, NOTHING_FIRED, date(2026, 11, 22)) == Firing(RUNGS[1], date(2026, 11, 21))


def test_another_version_of_the_date_arms_the_ladder_again_but_not_on_the_same_day():
    before = fired((RUNGS[2], date(2026, 12, 5)))
    firing = coming(finding(version=2), LADDER, before, date(2026, 12, 5))
    assert firing == Firing(RUNGS[1], date(2026, 12, 6))


def test_a_regression_is_urged_once_for_each_time():
    slid = finding(Standing.REGRESSED, occasion=2)
    first = fired((RUNGS[5], date(2026, 1, 5)), occasion=1)
    assert coming(slid, LADDER, first, DUE) == Firing(RUNGS[5], DUE, 2)
    assert coming(slid, LADDER, fired((RUNGS[5], DUE), occasion=2), DUE) is None


def test_lagging_and_a_due_date_share_one_rung_a_day():
    behind = finding(Standing.BEHIND, lagging_since=date(2026, 9, 10))
    on = date(2026, 10, 21)  # the reminder's day; the urging for lagging was due on 1 October
    first = coming(behind, LADDER, NOTHING_FIRED, on)
    occasion = date(2026, 9, 10).toordinal()
    assert first == Firing(RUNGS[3], date(2026, 10, 1), occasion)
    second = coming(behind, LADDER, NOTHING_FIRED.and_now(1, occasion, Fired(RUNGS[3], on)), on)
    assert second == Firing(RUNGS[0], on + timedelta(1))


@pytest.mark.parametrize(
    ("addressees", "involved", "expected"),
    [
        (
            default_addressees(Measure.REMINDER),
            Involved((2, 3), (4, 2), 1),
            [(2, "responsible"), (3, "responsible"), (4, "supporting")],
        ),
        (default_addressees(Measure.URGING), Involved((), (4,), 1), [(4, "supporting"), (1, "office")]),
        (default_addressees(Measure.CIRCULAR), Involved((2, 3), (4,), 1), [(2, "responsible"), (3, "responsible")]),
        (TO[Capacity.RESPONSIBLE], Involved((), (), 1), [(1, "office")]),
        (TO[Capacity.RESPONSIBLE], Involved((2,), (), 1, unmanned=frozenset({2})), [(2, "responsible"), (1, "office")]),
        (TO[Capacity.RESPONSIBLE], Involved((2,), (5,), 1, unmanned=frozenset({5})), [(2, "responsible")]),
        (
            (Capacity.RESPONSIBLE, Capacity.SUPERVISOR, Capacity.OFFICE),
            Involved((2, 3), (), 1, {2: 9, 3: 9}),
            [(2, "responsible"), (3, "responsible"), (9, "supervisor"), (1, "office")],
        ),
        (TO[Capacity.SUPERVISOR], Involved((2,), (), 1), [(1, "office")]),
        (TO[Capacity.LEADER], Involved((2,), (), 1), [(1, "office"), (1, "leader")]),
        ((Capacity.RESPONSIBLE, Capacity.LEADER), Involved((1,), (), 1), [(1, "responsible"), (1, "leader")]),
    ],
)
def test_a_rung_addresses_whom_it_names_or_the_office_and_never_nobody(addressees, involved, expected):
    rung = Rung(1, 1, Measure.URGING, None, addressees=addressees)
    assert [(unit, capacity.value) for unit, capacity in recipients(rung, involved)] == expected


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.sampled_from(Capacity), min_size=1),
    st.lists(st.integers(1, 6), max_size=4, unique=True),
    st.lists(st.integers(1, 6), max_size=4, unique=True),
    st.dictionaries(st.integers(1, 6), st.integers(1, 9)),
    st.frozensets(st.integers(1, 9)),
)
def test_somebody_can_always_act_on_an_alert(addressees, responsible, supporting, supervisors, unmanned):
    rung = Rung(1, 1, Measure.CIRCULAR, None, addressees=tuple(addressees), reply_days=5)
    involved = Involved(tuple(responsible), tuple(supporting), 99, supervisors, unmanned)
    found = recipients(rung, involved)
    units = [unit for unit, capacity in found if capacity is not Capacity.LEADER]
    assert units
    assert len(units) == len(set(units))
    assert 99 in units or not unmanned & set(units)
    if Capacity.RESPONSIBLE in addressees:
        assert answering(rung, found) == (tuple(responsible) or (99,))


def test_the_responsible_units_answer_and_only_where_an_answer_is_asked_for():
    told = (Addressed(2, Capacity.RESPONSIBLE), Addressed(9, Capacity.SUPERVISOR), Addressed(1, Capacity.OFFICE))
    assert answering(RUNGS[4], told) == (2,)
    assert answering(RUNGS[4], told[2:]) == (1,)
    assert answering(RUNGS[1], told) == ()


def test_measures_from_the_supervision_notice_up_are_told_at_once():
    assert [measure for measure in Measure if not urgent_by_default(measure)] == [Measure.REMINDER, Measure.URGING]


def test_an_alert_is_superseded_when_what_it_was_about_is_settled_or_has_another_date():
    due, slid, lagging = RungTrigger.DUE, RungTrigger.REGRESSION, RungTrigger.LAGGING
    assert not superseded(due, 1, Standing.OVERDUE, 1)
    assert superseded(due, 1, Standing.OVERDUE, 2)
    assert superseded(due, 1, Standing.CLOSED, 1)
    assert superseded(lagging, 1, Standing.ON_TRACK, 1)
    assert not superseded(slid, 1, Standing.REGRESSED, 2)
    assert superseded(slid, 1, Standing.CLOSED, 1)
    assert not superseded(RungTrigger.MISSING_REPORT, 0, None, None)


def test_what_was_withdrawn_stays_so():
    assert state_of(withdrawn=True, superseded=True, answered=True) is AlertState.WITHDRAWN
    assert state_of(withdrawn=False, superseded=True, answered=True) is AlertState.SUPERSEDED
    assert state_of(withdrawn=False, superseded=False, answered=True) is AlertState.ANSWERED
    assert state_of(withdrawn=False, superseded=False, answered=False) is AlertState.OPEN


def test_the_reason_names_every_value_that_was_used():
    text = milestone_reason(
        finding(version=2, progress_pct=Decimal("62.50"), original_due_on=date(2026, 10, 31)),
        RUNGS[2],
        due_phrase="2026年10月底前",
        on=date(2026, 12, 6),
        reply_due_on=date(2026, 12, 11),
    )
    assert text == (
        "时限“2026年10月底前”，现行时限2026年11月20日（第2版，原定2026年10月31日）；"
        "截至2026年12月6日已逾期16天；按原时限逾期36天，填报进度62.5%；达到逾期第15天通报的条件，依据方案五(四)；"
        "请于2026年12月11日前回复。"
    )
    assert len(text) < 500


def test_the_reason_of_lagging_names_both_shares_and_since_when():
    behind = finding(Standing.BEHIND, lagging_since=date(2026, 5, 20), progress_pct=Decimal("20"), original_due_on=DUE)
    text = milestone_reason(
        behind, RUNGS[3], due_phrase="2026年11月20日前", on=date(2026, 7, 1), scheduled_pct=Decimal("50.5")
    )
    assert "自2026年5月20日起滞后于序时进度，填报进度20%，序时进度50.5%，相差30.5个百分点" in text
    assert "达到连续1个报送期滞后催办的条件，依据办公室设定" in text


def test_the_reasons_of_silence_name_what_is_owed_and_until_when():
    late = Rung(7, 5, Measure.SUPERVISION_NOTICE, None, RungTrigger.MISSING_REPORT, DayKind.WORKING)
    text = missing_reports_reason(
        late,
        period="2026年第三季度",
        titles=("甲", "乙", "丙", "丁"),
        timely_until_on=date(2026, 10, 10),
        on=date(2026, 10, 16),
    )
    assert "2026年第三季度应报4项未报（“甲”、“乙”、“丙”等），按时报送截止2026年10月10日" in text
    assert "未按时报送第5个工作日督办通知单" in text
    text = unanswered_reason(
        Rung(8, 1, Measure.URGING, None, RungTrigger.UNANSWERED, DayKind.WORKING),
        measure=Measure.SUPERVISION_NOTICE,
        raised_on=date(2026, 10, 16),
        unit="甲县政府",
        about="甲",
        limit_on=date(2026, 10, 23),
        on=date(2026, 10, 26),
    )
    assert text.startswith("2026年10月16日就“甲”发出的督办通知单要求甲县政府于2026年10月23日前回复；")


@pytest.mark.parametrize(
    ("trigger", "offset", "kind", "words"),
    [
        (RungTrigger.DUE, -30, DayKind.CALENDAR, "到期前30天"),
        (RungTrigger.DUE, 0, DayKind.CALENDAR, "到期日"),
        (RungTrigger.DUE, 5, DayKind.WORKING, "逾期第5个工作日"),
        (RungTrigger.LAGGING, 2, DayKind.CALENDAR, "连续2个报送期滞后"),
        (RungTrigger.MISSING_REPORT, -1, DayKind.WORKING, "报送截止前1个工作日"),
        (RungTrigger.UNANSWERED, 1, DayKind.WORKING, "逾期未回复第1个工作日"),
        (RungTrigger.REGRESSION, 0, DayKind.CALENDAR, "滑坡当日"),
        (RungTrigger.REGRESSION, 30, DayKind.CALENDAR, "滑坡第30天"),
    ],
)
def test_a_rung_s_day_is_said_as_an_office_writes_it(trigger, offset, kind, words):
    assert rung_day(Rung(1, offset, Measure.URGING, None, trigger, kind)) == words


def test_days_and_shares_are_said_as_they_are():
    assert lateness(DUE, DUE) == "当日到期"
    assert lateness(DUE, date(2026, 11, 10)) == "距到期还有10天"
    assert progress(None) == "未填报进展"
    assert progress(Decimal("100")) == "填报进度100%"


def test_every_measure_has_its_word():
    assert set(MEASURE_NAMES) == set(Measure)


def standing_on(since: date, day: date) -> StandingFinding:
    """A milestone that falls behind on a day, is due on DUE and is never reported on again."""
    if day > DUE:
        return finding(Standing.OVERDUE)
    if day >= since:
        return finding(Standing.BEHIND, lagging_since=since, next_change_on=DUE + timedelta(1))
    return finding(Standing.ON_TRACK, next_change_on=since)


@settings(max_examples=40, deadline=None)
@given(
    st.dates(date(2026, 8, 1), date(2026, 11, 19)),
    st.dates(date(2026, 8, 1), date(2027, 1, 31)),
    st.lists(
        st.builds(
            Rung,
            st.integers(1, 99),
            st.integers(-40, 40).filter(bool),
            st.just(Measure.URGING),
            st.none(),
            st.just(RungTrigger.DUE),
            st.sampled_from(DayKind),
        )
        | st.builds(
            Rung,
            st.integers(1, 99),
            st.integers(1, 3),
            st.just(Measure.URGING),
            st.none(),
            st.just(RungTrigger.LAGGING),
        ),
        max_size=6,
        unique_by=lambda rung: rung.id,
    ),
)
def test_the_preview_says_what_daily_scans_will_do(since, today, rungs):
    ladder, until = Ladder(tuple(rungs), library_calendar()), today + timedelta(60)
    scanned, before, day = [], NOTHING_FIRED, today
    while day <= until:
        judged = standing_on(since, day)
        firing = coming(judged, ladder, before, day)
        if firing and firing.fire_on <= day:
            scanned.append((day, firing.rung.id))
            before = before.and_now(judged.due_version, firing.occasion, Fired(firing.rung, day))
        day += timedelta(1)
    ahead = milestone_ahead(lambda day: standing_on(since, day), ladder, NOTHING_FIRED, today, until)
    assert [(item.on, item.firing.rung.id) for item in ahead] == scanned


def test_silence_is_previewed_rung_by_rung_from_its_date():
    rungs = tuple(
        Rung(number, days, Measure.URGING, None, RungTrigger.MISSING_REPORT, DayKind.WORKING)
        for number, days in ((1, 1), (2, 5))
    )
    today = date(2026, 10, 10)
    found = matter_ahead(
        Ladder(rungs, library_calendar()), RungTrigger.MISSING_REPORT, today, NOTHING_FIRED, today, date(2026, 11, 9)
    )
    assert [(item.on, item.firing.rung.id) for item in found] == [(date(2026, 10, 12), 1), (date(2026, 10, 16), 2)]


def test_what_has_fired_is_seen_as_the_changed_ladder_has_it():
    moved = Rung(2, 3, Measure.URGING, None)
    seen = as_changed(fired((RUNGS[1], DUE)), {2: moved})
    assert seen.highest == {(1, RungTrigger.DUE, 0): Fired(moved, DUE, frozenset({2}))}
    assert as_changed(fired((RUNGS[1], DUE)), {}) == fired((RUNGS[1], DUE))
