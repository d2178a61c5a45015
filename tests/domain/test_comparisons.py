"""What happened to a milestone between two days, told from two snapshots."""

from datetime import date
from typing import Any

import pytest

from app.domain.comparisons import ChangeKind, Difference, Snapshot, compare
from app.domain.standing import MilestoneFacts, judge
from app.domain.vocabulary import DecisionKind
from tests.support.facts import POLICY, claim, decision, extended, milestone

FIRST, LAST = date(2026, 9, 30), date(2026, 12, 31)
CLOSED, SLIPPED, REGRESSED = ChangeKind.CLOSED, ChangeKind.SLIPPED, ChangeKind.REGRESSED
REOPENED, MOVED, APPEARED, WENT = ChangeKind.REOPENED, ChangeKind.MOVED, ChangeKind.APPEARED, ChangeKind.WENT
CLOSE, REOPEN, WITHDRAW = DecisionKind.CLOSE_OUT, DecisionKind.REOPEN, DecisionKind.WITHDRAW


def at(on: date, facts: MilestoneFacts | None) -> Snapshot | None:
    return None if facts is None else Snapshot(on, judge(facts, on, POLICY))


def told(before: MilestoneFacts | None, after: MilestoneFacts | None) -> Difference | None:
    return compare(at(FIRST, before), at(LAST, after))


def due(on: str, **facts: Any) -> MilestoneFacts:
    return milestone(due_on=date.fromisoformat(on), **facts)


IN_NOVEMBER = due("2026-11-30")
CLAIM = claim("2026-11-01")
DONE = decision(CLOSE, "2026-11-20", of=CLAIM, reached="2026-11-01")
EARLY = decision(CLOSE, "2026-08-20", reached="2026-08-01")


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (due("2027-06-30"), due("2027-06-30"), None),
        (IN_NOVEMBER, due("2026-11-30", reports=(CLAIM,), decisions=(DONE,)), (CLOSED,)),
        (IN_NOVEMBER, IN_NOVEMBER, (SLIPPED,)),
        (due("2026-09-10"), due("2026-09-10"), (SLIPPED,)),
        (IN_NOVEMBER, due("2026-11-30", later_dues=extended("2027-03-31")), (MOVED,)),
        (None, due("2027-06-30"), (APPEARED,)),
        (None, IN_NOVEMBER, (APPEARED, SLIPPED)),
        (IN_NOVEMBER, None, (WENT,)),
        (IN_NOVEMBER, due("2026-11-30", decisions=(decision(WITHDRAW, "2026-10-10"),)), (WENT,)),
        (None, due("2026-11-30", decisions=(decision(WITHDRAW, "2026-10-10"),)), None),
        (None, None, None),
        (
            due("2027-11-30", decisions=(decision(WITHDRAW, "2026-08-10"),)),
            due("2027-11-30", decisions=(decision(WITHDRAW, "2026-08-10"), decision(REOPEN, "2026-10-10"))),
            (REOPENED,),
        ),
        (due("2027-11-30", decisions=(EARLY,)), due("2027-11-30", decisions=(EARLY,)), None),
        (
            due("2027-11-30", decisions=(EARLY,)),
            due("2027-11-30", decisions=(EARLY, decision(REOPEN, "2026-10-10"))),
            (REOPENED,),
        ),
        (
            due("2027-11-30", decisions=(EARLY,)),
            due("2027-11-30", decisions=(EARLY, decision(DecisionKind.RECHECK_FAILED, "2026-10-10"))),
            (REGRESSED,),
        ),
        (
            due("2026-09-01"),
            due("2026-09-01", decisions=(decision(CLOSE, "2026-11-20", reached="2026-11-10"),)),
            (CLOSED, SLIPPED),
        ),
    ],
)
def test_what_differs_is_named(
    before: MilestoneFacts | None, after: MilestoneFacts | None, kinds: tuple[ChangeKind, ...] | None
) -> None:
    found = told(before, after)
    assert (found.kinds if found else None) == kinds


def test_a_moved_date_says_by_how_many_days_and_in_how_many_versions() -> None:
    once = due("2026-11-30", later_dues=extended("2027-01-31"))
    thrice = due("2026-11-30", later_dues=extended("2027-01-31", "2027-03-31", "2027-02-28"))
    assert told(once, thrice) == Difference((MOVED,), moved_days=28, versions=2)
    back = due("2026-11-30", later_dues=extended("2027-03-31", "2026-11-30"))
    assert told(due("2026-11-30"), back) == Difference((SLIPPED, MOVED), 0, 31, 0, 2, became_overdue=True)
    assert told(due("2027-06-30"), due("2027-05-31")) == Difference((MOVED,), moved_days=-30, versions=0)


def test_what_was_overdue_already_slips_by_the_days_that_were_added() -> None:
    found = told(due("2026-09-20"), due("2026-09-20"))
    assert found == Difference((SLIPPED,), days_late_before=10, days_late_after=102)
    assert told(IN_NOVEMBER, IN_NOVEMBER) == Difference((SLIPPED,), 0, 31, became_overdue=True)


@pytest.mark.parametrize("facts", [None, IN_NOVEMBER, due("2027-06-30")])
def test_a_day_never_differs_from_itself(facts: MilestoneFacts | None) -> None:
    assert compare(at(LAST, facts), at(LAST, facts)) is None
