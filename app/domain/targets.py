"""Whether a measured value reaches a target; missing is not zero and not failed (DOMAIN.md law 5)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.vocabulary import Comparator


class Verdict(StrEnum):
    """What a value says of its target."""

    MET = "met"
    UNMET = "unmet"
    NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value held against its target, in the target's unit."""

    comparator: Comparator
    target: Decimal
    value: Decimal


def reaches(comparator: Comparator, target: Decimal, value: Decimal) -> bool:
    """Tell whether an unrounded value reaches a target in the same unit."""
    match comparator:
        case Comparator.AT_LEAST:
            return value >= target
        case Comparator.MORE_THAN:
            return value > target
        case Comparator.AT_MOST:
            return value <= target
        case Comparator.LESS_THAN:
            return value < target
        case Comparator.EQUAL:
            return value == target


def verdict(comparator: Comparator, target: Decimal, value: Decimal | None) -> Verdict:
    """Judge a target by its latest value; None is not assessed."""
    if value is None:
        return Verdict.NOT_ASSESSED
    return Verdict.MET if reaches(comparator, target, value) else Verdict.UNMET


def misses_any(measurements: tuple[Measurement, ...]) -> bool:
    """Tell whether any measured value falls short of its target; no values miss nothing."""
    return any(not reaches(item.comparator, item.target, item.value) for item in measurements)


def target_progress(value: Decimal | None, baseline: Decimal | None, target: Decimal) -> Decimal | None:
    """Return how much of the way from its baseline to its target a value has gone, in percent, whichever way that is.

    `(value - baseline) / (target - baseline)`: below 0 it went the wrong way, above 100 past the target. None: not
    assessed, or the document gives no baseline, or one that is the target itself.
    """
    if value is None or baseline is None or baseline == target:
        return None
    return 100 * (value - baseline) / (target - baseline)
