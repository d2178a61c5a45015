"""Which values look implausible, and how far a value has gone from its baseline."""

from decimal import Decimal

import pytest

from app.domain.plausibility import Doubt, doubts
from app.domain.targets import target_progress
from app.domain.vocabulary import ValueType

NUMBER = ValueType.NUMBER


@pytest.mark.parametrize(
    ("value", "previous", "unit", "cumulative", "expected"),
    [
        ("95", None, "%", False, ()),
        ("100", "80", "%", False, ()),  # twenty points are still no jump
        ("100.1", "95", "%", False, (Doubt.OUT_OF_RANGE,)),
        ("-1", None, "所", False, (Doubt.OUT_OF_RANGE,)),
        ("60", "80.1", "%", False, (Doubt.JUMP,)),
        ("150", "100", "所", False, ()),
        ("151", "100", "所", False, (Doubt.JUMP,)),
        ("49", "100", "所", False, (Doubt.JUMP,)),
        ("9", "10", "所", True, (Doubt.FALLS,)),
        ("10", "10", "所", True, ()),
        ("1", "10", "所", True, (Doubt.FALLS,)),  # one word on it is enough
        ("5", "0", "所", True, ()),  # from nothing, anything may come
        ("30", "0", "%", False, (Doubt.JUMP,)),
    ],
)
def test_a_value_is_held_against_its_range_and_the_value_before(value, previous, unit, cumulative, expected):
    before = None if previous is None else Decimal(previous)
    assert doubts(Decimal(value), before, unit=unit, value_type=NUMBER, cumulative=cumulative) == expected


def test_yes_and_no_raise_no_doubt():
    assert doubts(Decimal(0), Decimal(1), unit="", value_type=ValueType.BOOLEAN, cumulative=True) == ()


@pytest.mark.parametrize(
    ("value", "baseline", "target", "expected"),
    [
        ("75", "50", "100", 50),
        ("25", "50", "0", 50),  # where less is wanted, down is forward
        ("40", "50", "100", -20),
        ("110", "50", "100", 120),
        (None, "50", "100", None),
        ("75", None, "100", None),
        ("100", "100", "100", None),
    ],
)
def test_progress_follows_the_direction_of_the_target(value, baseline, target, expected):
    measured, first = (None if item is None else Decimal(item) for item in (value, baseline))
    assert target_progress(measured, first, Decimal(target)) == expected
