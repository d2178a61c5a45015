"""Extensions: every allowed and every refused step, who may ask when, and which dates are taken."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from app.domain.extensions import (
    LATEST_DUE_ON,
    STATE_AFTER,
    STEPS,
    Bar,
    DateProblem,
    ExtensionFacts,
    ExtensionState,
    date_problem,
    grant_bar,
    is_late,
    next_state,
    request_bar,
)
from app.domain.vocabulary import ExtensionStepKind, Standing

# Typed by hand: rows are where a request stands, columns what may be done to it, cells where that leads.
TABLE = """
            opinion  grant    refuse   withdraw   correct
requested   advised  -        -        withdrawn  -
advised     advised  granted  refused  withdrawn  -
granted     -        -        -        -          corrected
corrected   -        -        -        -          corrected
refused     -        -        -        -          -
withdrawn   -        -        -        -          -
lapsed      -        -        -        -          -
"""
HEAD, *LINES = (line.split() for line in TABLE.strip().splitlines())
CELLS = {(line[0], step): line[place] for line in LINES for place, step in enumerate(HEAD, 1)}
OPEN = ExtensionFacts(Standing.ON_TRACK, date(2026, 12, 31), waiting=False, granted=0, limit=2)
RUNNING = {"planned", "on_track", "due_soon", "behind", "awaiting_verification", "overdue"}


@pytest.mark.parametrize(("state", "step"), list(product(ExtensionState, ExtensionStepKind)))
def test_each_step_leads_where_the_table_says_or_is_refused(state: ExtensionState, step: ExtensionStepKind):
    wanted = CELLS[state.value, step.value]
    assert next_state(state, step) == (None if wanted == "-" else ExtensionState(wanted))


def test_the_table_has_a_cell_for_every_state_and_step_and_no_other():
    assert {(state.value, step.value) for state, step in product(ExtensionState, ExtensionStepKind)} == CELLS.keys()
    assert {(state.value, step.value) for state, step in STEPS} == {key for key, cell in CELLS.items() if cell != "-"}


def test_a_request_stands_where_its_last_step_led():
    assert {step: after for (_, step), after in STEPS.items()} == STATE_AFTER


@pytest.mark.parametrize("standing", list(Standing))
def test_only_what_is_open_can_be_extended(standing: Standing):
    facts = replace(OPEN, standing=standing)
    wanted = None if standing.value in RUNNING else Bar.NOT_OPEN
    assert (request_bar(facts), grant_bar(facts)) == (wanted, wanted)


def test_a_second_request_waits_for_the_first_one_to_be_settled():
    assert request_bar(replace(OPEN, waiting=True)) is Bar.WAITING
    assert grant_bar(replace(OPEN, waiting=True)) is None


@pytest.mark.parametrize(
    ("granted", "limit", "bar"), [(1, 2, None), (2, 2, Bar.LIMIT), (3, 2, Bar.LIMIT), (0, 0, Bar.LIMIT)]
)
def test_no_more_extensions_than_the_plan_allows(granted: int, limit: int, bar: Bar | None):
    facts = replace(OPEN, granted=granted, limit=limit)
    assert (request_bar(facts), grant_bar(facts)) == (bar, bar)


def test_the_due_day_itself_is_in_time_and_the_next_day_is_late():
    assert not is_late(OPEN, date(2026, 12, 31))
    assert is_late(OPEN, date(2027, 1, 1))


def test_a_new_date_lies_after_the_one_in_force_and_within_reach():
    due = OPEN.effective_due_on
    assert date_problem(due, due) is DateProblem.NOT_LATER
    assert date_problem(date(2027, 1, 1), due) is None
    assert date_problem(LATEST_DUE_ON, due) is None
    assert date_problem(date(9999, 12, 31), due) is DateProblem.TOO_FAR
