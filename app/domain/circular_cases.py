"""Accountability cases and rectification items as printed documents tell of them (DOMAIN.md section 4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.rectifications import RectificationState


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One accountability case as it stood at the cut-off; `closed_on` None while it is open."""

    number: str
    unit: str
    milestone_titles: tuple[str, ...]
    opened_on: date
    stage_label: str
    closed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RectificationRow:
    """One rectification item as it stood at the cut-off; `case_number` None: from no case.

    `days_late` counts from the limit in force, `days_late_first` from the first one, to the day it was reported done.
    """

    unit: str
    milestone_title: str
    case_number: str | None
    problem: str
    measure: str
    first_due_on: date
    due_on: date
    state: RectificationState
    settled_on: date | None = None
    days_late: int = 0
    days_late_first: int = 0


@dataclass(frozen=True)
class CaseTotals:
    """Cases that were open at any time since a day: how many were opened or closed since then, how many are open."""

    total: int
    opened: int
    closed: int
    open: int


@dataclass(frozen=True)
class RectificationTotals:
    """Rectification items by where they stand; `late` are among the `open` ones, past the limit in force."""

    total: int
    open: int
    late: int
    done: int
    closed: int


def case_totals(cases: Iterable[CaseRow], since: date) -> CaseTotals:
    """Count cases; `opened` and `closed` since a day."""
    rows = tuple(cases)
    closed = sum(row.closed_on is not None and row.closed_on >= since for row in rows)
    return CaseTotals(
        len(rows), sum(row.opened_on >= since for row in rows), closed, sum(row.closed_on is None for row in rows)
    )


def rectification_totals(items: Sequence[RectificationRow]) -> RectificationTotals:
    """Count rectification items; those taken back are none."""

    def standing(state: RectificationState) -> list[RectificationRow]:
        return [row for row in items if row.state is state]

    running = standing(RectificationState.OPEN)
    done, closed = standing(RectificationState.DONE), standing(RectificationState.CLOSED)
    late = sum(row.days_late > 0 for row in running)
    return RectificationTotals(len(running) + len(done) + len(closed), len(running), late, len(done), len(closed))
