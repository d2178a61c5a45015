"""Where a construction project stands: its time, its works, its money, and whether they drift apart (section 7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from typing import Protocol, TypeVar

from app.domain.deadlines import scheduled_pct
from app.domain.vocabulary import MilestoneKind, Standing

_DONE = Decimal(100)


class Side(StrEnum):
    """What is held against one another: time elapsed, visible progress, money paid; each in percent."""

    TIME = "time"
    WORKS = "works"
    MONEY = "money"


class ProjectState(StrEnum):
    """Where a project stands as a whole, by its milestones and the day."""

    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    OVERDUE = "overdue"
    UNCONFIRMED = "unconfirmed"  # due before tracking began, and nothing is on file
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Drift:
    """Two sides of a project that lie apart: `behind` by `points` percentage points behind `ahead`."""

    behind: Side
    ahead: Side
    points: Decimal


class ProjectStep(Protocol):
    """A milestone of a project with its standing; `progress_pct` None: nothing reported."""

    @property
    def kind(self) -> MilestoneKind:
        """What the milestone commits to."""

    @property
    def start_on(self) -> date:
        """The day on which work begins."""

    @property
    def effective_due_on(self) -> date:
        """The due date in force."""

    @property
    def standing(self) -> Standing:
        """Where it stands."""

    @property
    def progress_pct(self) -> Decimal | None:
        """What was last reported for the whole of it, in percent."""


Step = TypeVar("Step", bound=ProjectStep)


def drifts(shares: Mapping[Side, Decimal | None], threshold_pp: int) -> tuple[Drift, ...]:
    """Return the sides more than `threshold_pp` points apart, the widest first; what is not known is not compared."""
    known = [(side, share) for side in Side if (share := shares.get(side)) is not None]
    found = []
    for (one, first), (other, second) in combinations(known, 2):
        behind, ahead = (one, other) if first < second else (other, one)
        if abs(first - second) > threshold_pp:
            found.append(Drift(behind, ahead, abs(first - second)))
    return tuple(sorted(found, key=lambda item: -item.points))


def leading_step(steps: Iterable[Step]) -> Step | None:
    """Return the milestone whose reports tell the visible progress of the whole project; None: there is none.

    That is the completion due last (of several phases), and without a completion the milestone due last that is not
    a mere start.
    """
    running = [item for item in steps if item.standing is not Standing.WITHDRAWN]
    ends = [item for item in running if item.kind is MilestoneKind.PROJECT_COMPLETION]
    others = [item for item in running if item.kind is not MilestoneKind.PROJECT_START]
    return max(ends or others, key=lambda item: item.effective_due_on, default=None)


def works_pct(steps: Iterable[ProjectStep]) -> Decimal | None:
    """Return the visible progress in percent; a completion that is closed out is whole; None: not reported."""
    step = leading_step(steps)
    if step is None:
        return None
    closed = step.standing is Standing.CLOSED and step.kind is MilestoneKind.PROJECT_COMPLETION
    return _DONE if closed else step.progress_pct


def first_day(steps: Iterable[ProjectStep], start_year: int | None) -> date | None:
    """Return the first day of the works: of the milestones, else of the starting year; None: not known."""
    days = [item.start_on for item in steps if item.standing is not Standing.WITHDRAWN]
    return min(days) if days else (date(start_year, 1, 1) if start_year else None)


def last_day(steps: Iterable[ProjectStep], end_year: int) -> date:
    """Return the day on which the works are due: the last effective due date, else the end of the last year."""
    days = (item.effective_due_on for item in steps if item.standing is not Standing.WITHDRAWN)
    return max(days, default=date(end_year, 12, 31))


def time_pct(first: date | None, last: date, on: date) -> Decimal | None:
    """Return the share of a project's time that has passed by the end of a day; None without a first day."""
    return None if first is None else scheduled_pct(first, last, on)


def state_of(steps: Iterable[ProjectStep], first: date | None, on: date) -> ProjectState:
    """Say where a project stands on a day: completed once its last completion is closed out."""
    known = list(steps)
    step = leading_step(known)
    if step and step.kind is MilestoneKind.PROJECT_COMPLETION and step.standing is Standing.CLOSED:
        return ProjectState.COMPLETED
    if any(item.standing is Standing.OVERDUE for item in known):
        return ProjectState.OVERDUE
    if step and step.standing is Standing.UNCONFIRMED:
        return ProjectState.UNCONFIRMED
    reported = any(item.progress_pct or item.standing is Standing.CLOSED for item in known)
    waiting = first is not None and on < first and not reported
    return ProjectState.NOT_STARTED if waiting else ProjectState.UNDER_WAY
