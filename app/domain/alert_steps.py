"""What may be done about an alert, by whom: noted, answered, an answer taken or sent back, the alert withdrawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.access import Action, may
from app.domain.vocabulary import AlertState, AlertStepKind, Role


class AnswerState(StrEnum):
    """Where a recipient stands with an alert."""

    OPEN = "open"  # nothing has come from it
    NOTED = "noted"  # it has taken note (已签收)
    ANSWERED = "answered"
    ACCEPTED = "accepted"


_AFTER: dict[tuple[AnswerState, AlertStepKind], AnswerState] = {
    (AnswerState.OPEN, AlertStepKind.ACKNOWLEDGE): AnswerState.NOTED,
    (AnswerState.OPEN, AlertStepKind.ANSWER): AnswerState.ANSWERED,
    (AnswerState.NOTED, AlertStepKind.ANSWER): AnswerState.ANSWERED,
    (AnswerState.ANSWERED, AlertStepKind.ACCEPT_ANSWER): AnswerState.ACCEPTED,
    (AnswerState.ANSWERED, AlertStepKind.RETURN_ANSWER): AnswerState.NOTED,
}
_ACTIONS = {
    AlertStepKind.ACKNOWLEDGE: Action.ANSWER_ALERT,
    AlertStepKind.ANSWER: Action.ANSWER_ALERT,
    AlertStepKind.ACCEPT_ANSWER: Action.SETTLE_ALERT,
    AlertStepKind.RETURN_ANSWER: Action.SETTLE_ALERT,
    AlertStepKind.WITHDRAW: Action.SETTLE_ALERT,
}
_BY_RECIPIENT = frozenset({AlertStepKind.ACKNOWLEDGE, AlertStepKind.ANSWER})


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody before an alert: the role, and whether the recipient in question is their own unit or office."""

    role: Role | None
    is_recipient: bool


def answer_state(steps: Iterable[AlertStepKind]) -> AnswerState:
    """Return where a recipient stands after the steps on record, in their order."""
    state = AnswerState.OPEN
    for step in steps:
        state = _AFTER.get((state, step), state)
    return state


def may_happen(alert: AlertState, recipient: AnswerState, step: AlertStepKind) -> bool:
    """Tell whether a step is possible: nothing on a withdrawn alert; an answer only while its matter is open."""
    if alert is AlertState.WITHDRAWN:
        return False
    if step is AlertStepKind.WITHDRAW:
        return True
    if step is AlertStepKind.ANSWER and alert is AlertState.SUPERSEDED:
        return False
    return (recipient, step) in _AFTER


def may_take(party: Party, step: AlertStepKind) -> bool:
    """Tell whether somebody may take a step: recipients note and answer for themselves, the office settles."""
    return may(party.role, _ACTIONS[step]) and (step not in _BY_RECIPIENT or party.is_recipient)


def next_steps(alert: AlertState, recipient: AnswerState, party: Party) -> tuple[AlertStepKind, ...]:
    """Return the steps on a recipient that somebody may take now; withdrawing is about the whole alert."""
    return tuple(
        step
        for step in _ACTIONS
        if step is not AlertStepKind.WITHDRAW and may_take(party, step) and may_happen(alert, recipient, step)
    )
