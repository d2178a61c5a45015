"""The reply that a unit owes to a decision in a case: until when, given, taken or sent back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.cases import CaseEventKind


class ReplyState(StrEnum):
    """Where the reply to a decision stands."""

    OWED = "owed"  # not given, or sent back
    GIVEN = "given"  # to be taken or sent back
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class ReplyStep:
    """A step about a reply, in the order of recording; `due_on` is the new limit of what was sent back."""

    kind: CaseEventKind
    recorded_on: date
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReplyFinding:
    """Where a reply stands; `first_given_on` and `given_on` None: none was given."""

    state: ReplyState
    first_due_on: date
    due_on: date  # the limit in force
    first_given_on: date | None
    given_on: date | None  # the last one
    settled_on: date | None

    def days_late(self, on: date) -> int:
        """Return days past the limit on a day while the reply is owed; 0 where none is awaited any more."""
        return max(0, (on - self.due_on).days) if self.state is ReplyState.OWED else 0


_NEXT = {
    (ReplyState.OWED, CaseEventKind.REPLY): ReplyState.GIVEN,
    # Of a group each unit may answer, and whoever forgot something adds it.
    (ReplyState.GIVEN, CaseEventKind.REPLY): ReplyState.GIVEN,
    (ReplyState.GIVEN, CaseEventKind.REPLY_ACCEPT): ReplyState.ACCEPTED,
    (ReplyState.GIVEN, CaseEventKind.REPLY_RETURN): ReplyState.OWED,
}


def may_follow(state: ReplyState, kind: CaseEventKind) -> bool:
    """Tell whether a step about a reply is possible in its state."""
    return (state, kind) in _NEXT


def reply_finding(due_on: date, steps: Iterable[ReplyStep]) -> ReplyFinding:
    """Judge a reply by its first limit and its steps. Raises: ValueError for a step that was not possible."""
    state, limit = ReplyState.OWED, due_on
    given: list[date] = []
    settled_on = None
    for step in steps:
        if not may_follow(state, step.kind):
            raise ValueError(f"{step.kind} is not possible for a reply that is {state}")
        state = _NEXT[state, step.kind]
        match step.kind:
            case CaseEventKind.REPLY:
                given.append(step.recorded_on)
            case CaseEventKind.REPLY_RETURN:
                limit = step.due_on or limit
            case _:
                settled_on = step.recorded_on
    return ReplyFinding(state, due_on, limit, given[0] if given else None, given[-1] if given else None, settled_on)
