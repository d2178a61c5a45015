"""What must hold of the rule of standing for any facts: truthful next change, no surprise, lateness that only grows."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.standing import DueVersion, MilestoneFacts, Policy, judge
from app.domain.vocabulary import DecisionKind, Precision, Standing
from tests.support.facts import decision, report

FIRST = date(2024, 6, 1)
days = st.integers(0, 500).map(lambda offset: FIRST + timedelta(offset))
policies = st.builds(
    Policy,
    tracked_from=st.just(date(2025, 1, 1)),
    warning_days=st.integers(0, 120),
    behind_threshold_pp=st.integers(0, 40),
)


@st.composite
def any_report(draw):
    return report(
        draw(days),
        draw(st.none() | st.integers(0, 100)),
        claims_completion=draw(st.booleans()),
        speaks_for_whole=draw(st.booleans()),
        accepted=draw(st.booleans()),
        misses_target=draw(st.booleans()),
        organization_id=draw(st.sampled_from((None, 1, 2))),
    )


@st.composite
def any_facts(draw) -> MilestoneFacts:
    reports = sorted(draw(st.lists(any_report(), max_size=4)), key=lambda item: item.recorded_at)
    kinds = draw(st.lists(st.sampled_from(list(DecisionKind)), max_size=4))
    decisions = sorted(
        (
            decision(kind, draw(days), of=draw(st.sampled_from(reports)) if reports else None, reached=draw(days))
            for kind in kinds
        ),
        key=lambda item: item.recorded_at,
    )
    ends = [FIRST + timedelta(offset) for offset in sorted(draw(st.sets(st.integers(0, 500), max_size=3)))]
    shares = sorted(draw(st.lists(st.integers(0, 100), min_size=len(ends), max_size=len(ends))))
    schedule = tuple((end, Decimal(share)) for end, share in zip(ends, shares, strict=True))
    dues = tuple(DueVersion(version, draw(days)) for version in range(2, 2 + draw(st.integers(0, 2))))
    phrase = draw(st.sampled_from(list(Precision)))
    parts = draw(st.sampled_from((frozenset(), frozenset({1}), frozenset({1, 2}))))
    return MilestoneFacts(draw(days), draw(days), phrase, dues, tuple(reports), tuple(decisions), parts, schedule)


@given(any_facts(), days, policies)
def test_the_standing_is_constant_until_the_day_of_the_next_change(facts, today, policy):
    found = judge(facts, today, policy)
    last = found.next_change_on - timedelta(1) if found.next_change_on else today + timedelta(600)
    assert found.next_change_on is None or found.next_change_on > today
    on = today
    while on <= last:
        assert judge(facts, on, policy) == found
        on += timedelta(1)


@given(any_facts(), days, policies)
def test_rolling_by_next_change_reaches_what_judging_each_day_reaches(facts, today, policy):
    kept = judge(facts, today, policy)
    for on in (today + timedelta(offset) for offset in range(1, 600)):
        if kept.next_change_on and kept.next_change_on <= on:
            kept = judge(facts, on, policy)
    assert kept == judge(facts, today + timedelta(599), policy)


@given(any_facts(), days, policies)
def test_judging_is_deterministic_and_only_planned_and_unconfirmed_look_ahead(facts, today, policy):
    found = judge(facts, today, policy)
    assert judge(replace(facts), today, policy) == found
    known = [item.recorded_on for item in (*facts.reports, *facts.decisions)]
    if found.standing not in (Standing.PLANNED, Standing.UNCONFIRMED) and all(day <= today for day in known):
        assert found.since <= today


@given(any_facts(), days, policies)
def test_while_overdue_each_day_adds_one_and_otherwise_lateness_stands_still(facts, today, policy):
    found = judge(facts, today, policy)
    now, tomorrow = found.days_late(today), judge(facts, today + timedelta(1), policy).days_late(today + timedelta(1))
    if found.standing is Standing.OVERDUE:
        assert now >= 1
        assert tomorrow == now + 1
    elif found.clock_stopped_on:
        assert tomorrow == now
    else:
        assert now == 0


@given(any_facts(), days, policies)
def test_a_part_report_without_a_claim_moves_nothing_but_the_last_day_reported(facts, today, policy):
    part = report(FIRST + timedelta(501), 70, speaks_for_whole=False)
    before = judge(facts, today, policy)
    after = judge(replace(facts, reports=(*facts.reports, part)), today, policy)
    if before.standing not in (Standing.PLANNED, Standing.UNCONFIRMED):
        unchanged = replace(after, since=before.since, reported_on=before.reported_on)
        assert unchanged == before
