"""How an instruction moves: every step in every state, for everybody; the limit in force and the days past it."""

from itertools import product

import pytest

from app.domain.instructions import InstructionState, Party, StepFact, finding, may_happen, next_steps, state_after
from app.domain.vocabulary import InstructionStepKind, Role
from tests.support.facts import day

OPEN, REPLIED, SETTLED = InstructionState
REPLY, RETURN, ACCEPT = InstructionStepKind
ALLOWED = {(OPEN, REPLY): REPLIED, (REPLIED, RETURN): OPEN, (REPLIED, ACCEPT): SETTLED}
LIMIT = day("2026-11-20")


@pytest.mark.parametrize(("state", "step"), list(product(InstructionState, InstructionStepKind)))
def test_each_step_is_possible_in_its_state_and_in_no_other(state: InstructionState, step: InstructionStepKind) -> None:
    assert may_happen(state, step) == ((state, step) in ALLOWED)
    if (state, step) in ALLOWED:
        assert state_after(state, step) is ALLOWED[state, step]
    else:
        with pytest.raises(ValueError, match="not possible"):
            state_after(state, step)


@pytest.mark.parametrize("role", [*Role, None])
@pytest.mark.parametrize("is_addressee", [True, False])
def test_the_addressee_answers_and_another_one_judges_the_answer(role: Role | None, is_addressee: bool) -> None:
    party = Party(role, is_addressee)
    answers = is_addressee and role in (Role.UNIT, Role.OFFICE)
    judges = not is_addressee and role in (Role.OFFICE, Role.LEADER)
    assert next_steps(OPEN, party) == ((REPLY,) if answers else ())
    assert next_steps(REPLIED, party) == ((RETURN, ACCEPT) if judges else ())
    assert next_steps(SETTLED, party) == ()


def test_an_answer_is_overdue_from_the_day_after_its_limit_until_it_comes() -> None:
    waiting = finding(LIMIT, ())
    assert (waiting.state, waiting.answered_on) == (OPEN, None)
    assert (waiting.is_overdue(LIMIT), waiting.days_late(day("2026-11-23"))) == (False, 3)
    answered = finding(LIMIT, (StepFact(REPLY, day("2026-11-23")),))
    assert (answered.state, answered.answered_on, answered.is_overdue(day("2027-01-01"))) == (
        REPLIED,
        day("2026-11-23"),
        False,
    )


def test_what_is_sent_back_is_open_again_under_its_new_limit() -> None:
    back = (StepFact(REPLY, day("2026-11-19")), StepFact(RETURN, day("2026-11-21"), day("2026-12-05")))
    found = finding(LIMIT, back)
    assert (found.state, found.reply_due_on, found.days_late(day("2026-12-06"))) == (OPEN, day("2026-12-05"), 1)
    settled = finding(LIMIT, (*back, StepFact(REPLY, day("2026-12-01")), StepFact(ACCEPT, day("2026-12-02"))))
    assert (settled.state, settled.answered_on) == (SETTLED, day("2026-12-01"))
    with pytest.raises(ValueError, match="not possible"):
        finding(LIMIT, (StepFact(ACCEPT, day("2026-11-19")),))
