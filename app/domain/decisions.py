"""Which decision a milestone's standing allows (DOMAIN.md sections 2 and 3)."""

from app.domain.vocabulary import DecisionKind, Standing

_OPEN = frozenset(
    {
        Standing.PLANNED,
        Standing.ON_TRACK,
        Standing.DUE_SOON,
        Standing.BEHIND,
        Standing.AWAITING_VERIFICATION,
        Standing.OVERDUE,
    }
)
_DONE = frozenset({Standing.CLOSED, Standing.REGRESSED})

ALLOWED: dict[DecisionKind, frozenset[Standing]] = {
    DecisionKind.ACCEPT: _OPEN | _DONE,
    DecisionKind.RETURN: _OPEN,
    DecisionKind.CLOSE_OUT: _OPEN,
    DecisionKind.REOPEN: _DONE | {Standing.WITHDRAWN},
    DecisionKind.CONFIRM_HISTORY: frozenset({Standing.UNCONFIRMED}),
    DecisionKind.RECHECK_FAILED: _DONE,
    DecisionKind.RECHECK_PASSED: _DONE,
    DecisionKind.WITHDRAW: _OPEN | _DONE | {Standing.UNCONFIRMED},
}


def may_decide(kind: DecisionKind, standing: Standing, *, claim_pending: bool) -> bool:
    """Tell whether a decision is possible; only a claim that waits for an answer can be returned."""
    if kind is DecisionKind.RETURN and not claim_pending:
        return False
    return standing in ALLOWED[kind]
