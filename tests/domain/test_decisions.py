"""Every decision held against every standing and every circumstance: what is allowed is written here a second time."""

from itertools import chain, combinations

import pytest

from app.domain.decisions import Circumstance, may_decide
from app.domain.vocabulary import DecisionKind, Standing

# o: open, c: closed, r: regressed, u: unconfirmed, w: withdrawn; then what is needed (+) and what forbids (-)
TABLE = """
endorse        o c r - -
accept         o c r - -
return         o - - - -   +claim_pending
public_notice  o - - - -   +claim_pending -notice_given
waive_targets  o - - - -   -waived
close_out      o - - - -   +claim_pending -notice_running
reopen         - c r - w
confirm_history - - - u -
take_up        - - - u -
take_back      o c - - -   +said_of_history
recheck_failed - c r - -
recheck_passed - c r - -
withdraw       o c r u -
"""
LETTER = {
    Standing.CLOSED: "c",
    Standing.REGRESSED: "r",
    Standing.UNCONFIRMED: "u",
    Standing.WITHDRAWN: "w",
}
ROWS = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()}
EVERY_SET = [
    frozenset(some)
    for some in chain.from_iterable(combinations(Circumstance, size) for size in range(len(Circumstance) + 1))
]


def test_the_table_names_every_decision() -> None:
    assert set(ROWS) == {kind.value for kind in DecisionKind}


@pytest.mark.parametrize("kind", list(DecisionKind))
def test_each_decision_is_possible_exactly_where_the_table_says(kind: DecisionKind) -> None:
    letters, conditions = ROWS[kind.value][:5], ROWS[kind.value][5:]
    needed = {item[1:] for item in conditions if item.startswith("+")}
    forbidden = {item[1:] for item in conditions if item.startswith("-")}
    for standing in Standing:
        for around in EVERY_SET:
            expected = LETTER.get(standing, "o") in letters and needed <= around and not forbidden & around
            assert may_decide(kind, standing, circumstances=around) is expected, (standing, around)


def test_a_claim_told_by_its_own_word_counts_as_the_circumstance() -> None:
    assert may_decide(DecisionKind.RETURN, Standing.OVERDUE, claim_pending=True)
    assert not may_decide(DecisionKind.RETURN, Standing.OVERDUE, claim_pending=False)
