"""How a leader's instruction (批示) moves: answered by its limit, sent back with a new one, settled."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.access import Action, may
from app.domain.vocabulary import InstructionStepKind, Role


class InstructionState(StrEnum):
    """Where an instruction stands."""

    OPEN = "open"  # an answer is awaited
    REPLIED = "replied"  # answered; to be settled or sent back
    SETTLED = "settled"


_STEPS: dict[tuple[InstructionState, InstructionStepKind], InstructionState] = {
    (InstructionState.OPEN, InstructionStepKind.REPLY): InstructionState.REPLIED,
    (InstructionState.REPLIED, InstructionStepKind.RETURN): InstructionState.OPEN,
    (InstructionState.REPLIED, InstructionStepKind.ACCEPT): InstructionState.SETTLED,
}
_ACTIONS = {
    InstructionStepKind.REPLY: Action.ANSWER_INSTRUCTION,
    InstructionStepKind.RETURN: Action.SETTLE_INSTRUCTION,
    InstructionStepKind.ACCEPT: Action.SETTLE_INSTRUCTION,
}


@dataclass(frozen=True, slots=True)
class StepFact:
    """A step on record, in the order of recording; `reply_due_on` is the new limit of what was sent back."""

    kind: InstructionStepKind
    recorded_on: date
    reply_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class InstructionFinding:
    """Where an instruction stands; `answered_on` None: no answer is on record."""

    state: InstructionState
    reply_due_on: date  # the limit in force
    answered_on: date | None  # of the last answer

    def days_late(self, on: date) -> int:
        """Return days past the limit on a day while an answer is awaited; 0 where none is due any more."""
        return max(0, (on - self.reply_due_on).days) if self.state is InstructionState.OPEN else 0

    def is_overdue(self, on: date) -> bool:
        """Tell whether the limit has passed and no answer has come."""
        return self.days_late(on) > 0


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody before an instruction: the role, and whether it is addressed to their unit, or to their own office."""

    role: Role | None
    is_addressee: bool


def finding(reply_due_on: date, steps: Iterable[StepFact]) -> InstructionFinding:
    """Judge an instruction by its first limit and its steps. Raises: ValueError for a step that was not possible."""
    state, limit, answered_on = InstructionState.OPEN, reply_due_on, None
    for step in steps:
        state = state_after(state, step.kind)
        if step.kind is InstructionStepKind.REPLY:
            answered_on = step.recorded_on
        if step.kind is InstructionStepKind.RETURN:
            limit = step.reply_due_on or limit
    return InstructionFinding(state, limit, answered_on)


def may_happen(state: InstructionState, step: InstructionStepKind) -> bool:
    """Tell whether a step is possible in a state."""
    return (state, step) in _STEPS


def state_after(state: InstructionState, step: InstructionStepKind) -> InstructionState:
    """Return the state after a step. Raises: ValueError when the step is not possible."""
    if not may_happen(state, step):
        raise ValueError(f"{step} is not possible in state {state}")
    return _STEPS[state, step]


def may_take(party: Party, step: InstructionStepKind) -> bool:
    """Tell whether somebody may take a step at all: the addressee answers, and nobody judges an answer of their own."""
    if not may(party.role, _ACTIONS[step]):
        return False
    return party.is_addressee if step is InstructionStepKind.REPLY else not party.is_addressee


def next_steps(state: InstructionState, party: Party) -> tuple[InstructionStepKind, ...]:
    """Return the steps that somebody may take now."""
    return tuple(step for step in InstructionStepKind if may_happen(state, step) and may_take(party, step))
