"""Who may do what, typed by hand from DOMAIN.md section 10; a change of the grants has to change this table too."""

import pytest

from app.domain.access import GRANTS, LEADERS_MEASURES, PUBLIC, Action, Scope, may
from app.domain.vocabulary import Measure, Role

# Columns: office, leader, unit, inspector, auditor, administrator.
TABLE = """
accounts:own               office leader unit inspector auditor administrator
addresses:own              office leader unit inspector auditor administrator
addresses:keep             -      -      -    -         -       administrator
deliveries:view            office -      -    -         -       administrator
deliveries:keep            office -      -    -         -       administrator
hand_delivery:keep         office -      -    -         -       -
plans:view                 office leader unit inspector auditor administrator
reports:create             office -      unit -         -       -
reports:endorse            -      -      unit -         -       -
periods:keep               office -      -    -         -       -
milestones:schedule        office -      -    -         -       -
milestones:waive_targets   -      leader -    -         -       -
extensions:request         office -      unit -         -       -
extensions:advise          office -      -    -         -       -
extensions:decide          -      leader -    -         -       -
instructions:create        office leader -    -         -       -
instructions:reply         office -      unit -         -       -
instructions:settle        office leader -    -         -       -
milestones:verify          office -      -    inspector -       -
milestones:close_out       office -      -    -         -       -
milestones:recheck         office -      -    inspector -       -
milestones:confirm_history office -      -    -         -       -
milestones:change_due      office -      -    -         -       -
projects:pay               office -      -    -         -       -
alerts:view                office leader unit inspector auditor administrator
alerts:scan                office -      -    -         -       administrator
alerts:answer              office leader unit -         -       -
alerts:settle              office -      -    -         -       -
inbox:read                 office leader unit -         -       -
cases:view                 office leader unit inspector auditor -
cases:state                -      -      unit -         -       -
cases:handle               office -      -    -         -       -
cases:decide               -      leader -    -         -       -
cases:reply                office -      unit -         -       -
cases:follow_up            office -      -    inspector -       -
rectifications:create      office -      -    inspector -       -
rectifications:report      office -      unit -         -       -
rectifications:accept      office -      -    inspector -       -
printouts:create           office leader -    -         -       -
documents:view             office leader unit inspector auditor -
documents:check            office leader -    -         -       -
documents:issue            office leader -    -         -       -
documents:receive          -      -      unit -         -       -
audit:view                 -      -      -    -         auditor administrator
accounts:manage            -      -      -    -         -       administrator
jobs:view                  -      -      -    -         auditor administrator
organizations:keep         office -      -    -         -       administrator
plans:create               -      -      -    -         -       administrator
plans:keep                 office -      -    -         -       -
standards:keep             -      -      -    -         -       administrator
calendar:view              office leader unit inspector auditor administrator
calendar:keep              office -      -    -         -       administrator
places:keep                office -      -    -         -       administrator
"""
ALLOWED = {
    Action(words[0]): {Role(word) for word in words[1:] if word != "-"}
    for words in (line.split() for line in TABLE.strip().splitlines())
}


@pytest.mark.parametrize("action", sorted(set(Action) - PUBLIC))
@pytest.mark.parametrize("role", Role)
def test_a_role_may_exactly_what_the_table_says(role, action):
    assert may(role, action) is (role in ALLOWED[action])


def test_every_action_is_either_granted_or_public():
    assert set(GRANTS) | PUBLIC == set(Action)
    assert not set(GRANTS) & PUBLIC


@pytest.mark.parametrize("action", Action)
def test_without_a_role_only_what_is_public_is_open(action):
    assert may(None, action) is (action in PUBLIC)


def test_an_auditor_changes_nothing_and_an_administrator_has_no_say_over_facts():
    facts = {action for action in Action if action.value.startswith(("milestones:", "projects:", "reports:", "cases:"))}
    facts -= {Action.VIEW_CASES}
    assert not any(may(Role.ADMINISTRATOR, action) or may(Role.AUDITOR, action) for action in facts)


def test_measures_from_a_circular_up_are_the_leaders():
    mild = {Measure.REMINDER, Measure.URGING, Measure.SUPERVISION_NOTICE, Measure.RECTIFICATION_ORDER}
    assert set(Measure) - LEADERS_MEASURES == mild


def test_a_scope_without_a_plan_holds_every_plan():
    assert Scope().holds_plan(7)
    assert Scope(plan_id=7).holds_plan(7)
    assert not Scope(plan_id=7).holds_plan(8)
