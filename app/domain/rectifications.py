"""How a rectification item (整改) moves: assigned, reported done, closed out by who accepts it (谁验收、谁负责)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.access import Action, may
from app.domain.vocabulary import Role


class RectificationState(StrEnum):
    """Where an item stands."""

    OPEN = "open"  # to be put right
    DONE = "done"  # reported done; to be accepted or sent back
    CLOSED = "closed"  # accepted: 销号
    CANCELLED = "cancelled"  # taken back by who assigned it, with the reason


class RectificationStepKind(StrEnum):
    """What can happen to an item."""

    REPORT = "report"  # the owner reports it done
    ACCEPT = "accept"  # somebody else accepts it and answers for that
    RETURN = "return"  # it is not done; a new limit may be set
    EXTEND = "extend"  # a further limit, with the reason; the first one stays on record
    CANCEL = "cancel"  # it was assigned by mistake, or the matter fell away


_OPEN, _DONE = RectificationState.OPEN, RectificationState.DONE
_STEPS: dict[tuple[RectificationState, RectificationStepKind], RectificationState] = {
    (_OPEN, RectificationStepKind.REPORT): _DONE,
    (_DONE, RectificationStepKind.ACCEPT): RectificationState.CLOSED,
    (_DONE, RectificationStepKind.RETURN): _OPEN,
    (_OPEN, RectificationStepKind.EXTEND): _OPEN,
    (_OPEN, RectificationStepKind.CANCEL): RectificationState.CANCELLED,
    (_DONE, RectificationStepKind.CANCEL): RectificationState.CANCELLED,
}
STEP_ACTIONS = {
    RectificationStepKind.REPORT: Action.REPORT_RECTIFICATION,
    RectificationStepKind.ACCEPT: Action.ACCEPT_RECTIFICATION,
    RectificationStepKind.RETURN: Action.ACCEPT_RECTIFICATION,
    RectificationStepKind.EXTEND: Action.ASSIGN_RECTIFICATION,
    RectificationStepKind.CANCEL: Action.ASSIGN_RECTIFICATION,
}
UNSETTLED = frozenset({_OPEN, _DONE})


@dataclass(frozen=True, slots=True)
class RectificationStepFact:
    """A step on record, in the order of recording; `due_on` is the new limit that it sets, if it sets one."""

    kind: RectificationStepKind
    recorded_on: date
    author_id: int
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class RectificationFinding:
    """Where an item stands; `done_by` is the account that last reported it done, None: nobody has."""

    state: RectificationState
    first_due_on: date
    due_on: date  # the limit in force
    done_on: date | None
    done_by: int | None
    settled_on: date | None

    def days_late(self, on: date) -> int:
        """Return days past the limit in force, to the day it was reported done, or else to a day while it is open."""
        return _days(self.due_on, self._counted_to(on))

    def days_late_first(self, on: date) -> int:
        """Return days past the limit first set, counted as by `days_late`."""
        return _days(self.first_due_on, self._counted_to(on))

    def _counted_to(self, on: date) -> date | None:
        if self.state is RectificationState.CANCELLED:
            return None
        return self.done_on if self.state is not RectificationState.OPEN else on


def _days(due_on: date, counted_to: date | None) -> int:
    return 0 if counted_to is None else max(0, (counted_to - due_on).days)


def rectification_finding(due_on: date, steps: Iterable[RectificationStepFact]) -> RectificationFinding:
    """Judge an item by its first limit and its steps. Raises: ValueError for a step that was not possible."""
    state, limit, done_on, done_by, settled_on = _OPEN, due_on, None, None, None
    for step in steps:
        if not may_follow(state, step.kind):
            raise ValueError(f"{step.kind} is not possible for an item that is {state}")
        state = _STEPS[state, step.kind]
        limit = step.due_on or limit
        if step.kind is RectificationStepKind.REPORT:
            done_on, done_by = step.recorded_on, step.author_id
        elif state not in UNSETTLED:
            settled_on = step.recorded_on
    return RectificationFinding(state, due_on, limit, done_on, done_by, settled_on)


def may_follow(state: RectificationState, step: RectificationStepKind) -> bool:
    """Tell whether a step is possible in a state."""
    return (state, step) in _STEPS


def may_take(role: Role | None, step: RectificationStepKind) -> bool:
    """Tell whether a role may take a step at all."""
    return may(role, STEP_ACTIONS[step])


def next_steps(
    found: RectificationFinding, role: Role | None, account_id: int | None
) -> tuple[RectificationStepKind, ...]:
    """Return the steps that somebody may take now; who reported an item done never accepts it."""
    return tuple(
        step
        for step in RectificationStepKind
        if may_follow(found.state, step)
        and may_take(role, step)
        and not (step is RectificationStepKind.ACCEPT and found.done_by == account_id)
    )
