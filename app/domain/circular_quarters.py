"""Completion by quarter: what fell or falls due in each quarter, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.circulars import IN_TIME, NOT_RATED, LedgerFacts, MilestoneRow
from app.domain.quarters import Quarter, quarter_of
from app.domain.vocabulary import Standing


@dataclass(frozen=True)
class QuarterCompletion:
    """The milestones due in one quarter (dates in force): closed in time or late, overdue, or still open."""

    quarter: Quarter
    in_time: int
    late: int
    overdue: int
    open: int

    @property
    def due(self) -> int:
        """Return how many milestones are due in the quarter."""
        return self.in_time + self.late + self.overdue + self.open


def completion_by_quarter(facts: LedgerFacts, *, back: int, ahead: int) -> tuple[QuarterCompletion, ...]:
    """Return the quarters around the cut-off in which anything is due, in order.

    `back` quarters before that of the cut-off and `ahead` after it at most. Unconfirmed and withdrawn milestones are
    left out, as they are of the on-time rate.
    """
    by_quarter: dict[Quarter, list[MilestoneRow]] = {}
    for row in facts.milestones:
        if row.standing not in NOT_RATED:
            by_quarter.setdefault(quarter_of(row.effective_due_on), []).append(row)
    window = _around(quarter_of(facts.cut_off_on), back, ahead)
    return tuple(_completion(quarter, by_quarter[quarter]) for quarter in window if quarter in by_quarter)


def _around(quarter: Quarter, back: int, ahead: int) -> list[Quarter]:
    first = quarter
    for _ in range(back):
        first = first.previous
    window = [first]
    while len(window) <= back + ahead:
        window.append(window[-1].next)
    return window


def _completion(quarter: Quarter, rows: Iterable[MilestoneRow]) -> QuarterCompletion:
    due = list(rows)
    closed = [row.timeliness in IN_TIME for row in due if row.standing is Standing.CLOSED]
    late = sum(row.standing is Standing.OVERDUE for row in due)
    return QuarterCompletion(quarter, sum(closed), len(closed) - sum(closed), late, len(due) - len(closed) - late)
