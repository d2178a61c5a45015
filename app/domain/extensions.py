"""Extensions of a due date (DOMAIN.md sections 1 and 10): who may ask when, and what may follow what."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.decisions import OPEN
from app.domain.vocabulary import DecisionKind, ExtensionStepKind, Standing

LATEST_DUE_ON = date(2100, 12, 31)  # as of any year that a plan may name


class ExtensionState(StrEnum):
    """Where a request for an extension stands."""

    REQUESTED = "requested"
    ADVISED = "advised"  # the office has said what it thinks of it
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"  # granted, and the date put right since
    LAPSED = "lapsed"  # the milestone was closed or withdrawn before a decision


WAITING = frozenset({ExtensionState.REQUESTED, ExtensionState.ADVISED})

# The office may add to its opinion until the decision; a correction may itself be corrected.
STEPS: dict[tuple[ExtensionState, ExtensionStepKind], ExtensionState] = {
    (ExtensionState.REQUESTED, ExtensionStepKind.OPINION): ExtensionState.ADVISED,
    (ExtensionState.REQUESTED, ExtensionStepKind.WITHDRAW): ExtensionState.WITHDRAWN,
    (ExtensionState.ADVISED, ExtensionStepKind.OPINION): ExtensionState.ADVISED,
    (ExtensionState.ADVISED, ExtensionStepKind.WITHDRAW): ExtensionState.WITHDRAWN,
    (ExtensionState.ADVISED, ExtensionStepKind.GRANT): ExtensionState.GRANTED,
    (ExtensionState.ADVISED, ExtensionStepKind.REFUSE): ExtensionState.REFUSED,
    (ExtensionState.GRANTED, ExtensionStepKind.CORRECT): ExtensionState.CORRECTED,
    (ExtensionState.CORRECTED, ExtensionStepKind.CORRECT): ExtensionState.CORRECTED,
}

# What ends a milestone, and with it a request that nobody has decided; reopening does not revive the request.
ENDINGS = frozenset({DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY, DecisionKind.WITHDRAW})

# The step taken last says where a request stands, but for what ended its milestone.
STATE_AFTER: dict[ExtensionStepKind, ExtensionState] = {
    ExtensionStepKind.OPINION: ExtensionState.ADVISED,
    ExtensionStepKind.GRANT: ExtensionState.GRANTED,
    ExtensionStepKind.REFUSE: ExtensionState.REFUSED,
    ExtensionStepKind.WITHDRAW: ExtensionState.WITHDRAWN,
    ExtensionStepKind.CORRECT: ExtensionState.CORRECTED,
}


class Bar(StrEnum):
    """Why an extension cannot be asked for, or granted."""

    NOT_OPEN = "not_open"
    WAITING = "waiting"
    LIMIT = "limit"


class DateProblem(StrEnum):
    """What is wrong with a date that is asked for or granted."""

    NOT_LATER = "not_later"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class ExtensionFacts:
    """A milestone as the rules on extensions see it; `granted` counts grants, however often they were corrected."""

    standing: Standing
    effective_due_on: date
    waiting: bool
    granted: int
    limit: int


def next_state(state: ExtensionState, step: ExtensionStepKind) -> ExtensionState | None:
    """Return where a step leads; None: it is not allowed there."""
    return STEPS.get((state, step))


def request_bar(facts: ExtensionFacts) -> Bar | None:
    """Return why no extension can be asked for; None: it can."""
    if facts.standing not in OPEN:
        return Bar.NOT_OPEN
    if facts.waiting:
        return Bar.WAITING
    return Bar.LIMIT if facts.granted >= facts.limit else None


def grant_bar(facts: ExtensionFacts) -> Bar | None:
    """Return why a request cannot be granted; None: it can."""
    if facts.standing not in OPEN:
        return Bar.NOT_OPEN
    return Bar.LIMIT if facts.granted >= facts.limit else None


def is_late(facts: ExtensionFacts, today: date) -> bool:
    """Tell whether the due date is over, so that a request needs a reason why it comes only now."""
    return today > facts.effective_due_on


def date_problem(due_on: date, after_on: date) -> DateProblem | None:
    """Return what is wrong with a new due date that must lie after `after_on`; None: nothing."""
    if due_on <= after_on:
        return DateProblem.NOT_LATER
    return DateProblem.TOO_FAR if due_on > LATEST_DUE_ON else None
