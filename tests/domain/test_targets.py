"""Targets by hand-made vectors: each comparator at, below and above its value; a missing value is not assessed."""

from decimal import Decimal

import pytest

from app.domain.targets import Measurement, Verdict, misses_any, reaches, verdict
from app.domain.vocabulary import Comparator

BELOW, AT, ABOVE = Decimal("94.999"), Decimal(95), Decimal("95.001")
VECTORS = {
    Comparator.AT_LEAST: (False, True, True),
    Comparator.MORE_THAN: (False, False, True),
    Comparator.AT_MOST: (True, True, False),
    Comparator.LESS_THAN: (True, False, False),
    Comparator.EQUAL: (False, True, False),
}


@pytest.mark.parametrize("comparator", Comparator)
def test_each_comparator_below_at_and_above_its_value(comparator):
    assert tuple(reaches(comparator, Decimal("95.0"), value) for value in (BELOW, AT, ABOVE)) == VECTORS[comparator]


def test_no_value_is_not_assessed_and_zero_is_a_value():
    assert verdict(Comparator.AT_LEAST, Decimal(95), None) is Verdict.NOT_ASSESSED
    assert verdict(Comparator.AT_LEAST, Decimal(95), Decimal(0)) is Verdict.UNMET
    assert verdict(Comparator.AT_MOST, Decimal("0.15"), Decimal(0)) is Verdict.MET


def test_values_are_judged_unrounded():
    assert verdict(Comparator.AT_MOST, Decimal("0.50"), Decimal("0.5004")) is Verdict.UNMET


def test_one_value_that_falls_short_is_a_miss_and_no_values_are_none():
    met = Measurement(Comparator.AT_LEAST, AT, ABOVE)
    unmet = Measurement(Comparator.AT_LEAST, AT, BELOW)
    assert not misses_any(())
    assert not misses_any((met, met))
    assert misses_any((met, unmet))
