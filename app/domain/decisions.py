"""Which decision a milestone's standing and circumstances allow (DOMAIN.md sections 2 and 3): a table."""

from enum import StrEnum

from app.domain.vocabulary import DecisionKind, Standing

OPEN = frozenset(
    {
        Standing.PLANNED,
        Standing.ON_TRACK,
        Standing.DUE_SOON,
        Standing.BEHIND,
        Standing.AWAITING_VERIFICATION,
        Standing.OVERDUE,
    }
)
DONE = frozenset({Standing.CLOSED, Standing.REGRESSED})


class Circumstance(StrEnum):
    """What beside the standing decides whether a step is possible."""

    CLAIM_PENDING = "claim_pending"  # completion was claimed, and nobody has answered
    NOTICE_GIVEN = "notice_given"  # the claim was verified and published, whether the time is over or not
    NOTICE_RUNNING = "notice_running"  # the last day for objections is not over
    WAIVED = "waived"  # a leader has let it be closed without its targets, and it was not reopened since
    SAID_OF_HISTORY = "said_of_history"  # the last thing on file says what became of it before tracking began


ALLOWED: dict[DecisionKind, frozenset[Standing]] = {
    DecisionKind.ENDORSE: OPEN | DONE,
    DecisionKind.ACCEPT: OPEN | DONE,
    DecisionKind.RETURN: OPEN,
    DecisionKind.PUBLIC_NOTICE: OPEN,
    DecisionKind.WAIVE_TARGETS: OPEN,
    DecisionKind.CLOSE_OUT: OPEN,
    DecisionKind.REOPEN: DONE | {Standing.WITHDRAWN},
    DecisionKind.CONFIRM_HISTORY: frozenset({Standing.UNCONFIRMED}),
    DecisionKind.TAKE_UP: frozenset({Standing.UNCONFIRMED}),
    DecisionKind.TAKE_BACK: OPEN | {Standing.CLOSED},
    DecisionKind.RECHECK_FAILED: DONE,
    DecisionKind.RECHECK_PASSED: DONE,
    DecisionKind.WITHDRAW: OPEN | DONE | {Standing.UNCONFIRMED},
}
NEEDED: dict[DecisionKind, frozenset[Circumstance]] = {
    DecisionKind.RETURN: frozenset({Circumstance.CLAIM_PENDING}),
    DecisionKind.PUBLIC_NOTICE: frozenset({Circumstance.CLAIM_PENDING}),
    DecisionKind.CLOSE_OUT: frozenset({Circumstance.CLAIM_PENDING}),
    DecisionKind.TAKE_BACK: frozenset({Circumstance.SAID_OF_HISTORY}),
}
FORBIDDEN: dict[DecisionKind, frozenset[Circumstance]] = {
    DecisionKind.PUBLIC_NOTICE: frozenset({Circumstance.NOTICE_GIVEN}),
    DecisionKind.CLOSE_OUT: frozenset({Circumstance.NOTICE_RUNNING}),
    DecisionKind.WAIVE_TARGETS: frozenset({Circumstance.WAIVED}),
}


def may_decide(
    kind: DecisionKind,
    standing: Standing,
    *,
    claim_pending: bool = False,
    circumstances: frozenset[Circumstance] = frozenset(),
) -> bool:
    """Tell whether a decision is possible; `claim_pending` is one of the circumstances, for who knows no other."""
    if claim_pending:
        circumstances |= {Circumstance.CLAIM_PENDING}
    return (
        standing in ALLOWED[kind]
        and NEEDED.get(kind, frozenset()) <= circumstances
        and not FORBIDDEN.get(kind, frozenset()) & circumstances
    )
