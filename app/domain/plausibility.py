"""Which measured values look implausible: they are taken, but ask for a word of explanation (the office's setting)."""

from decimal import Decimal
from enum import StrEnum

from app.domain.vocabulary import ValueType

JUMP_PP = 20  # percentage points by which a share may move from one report to the next
JUMP_SHARE = Decimal("0.5")  # of the value before, by which any other value may


class Doubt(StrEnum):
    """Why a value looks implausible."""

    OUT_OF_RANGE = "out_of_range"  # below nothing, or a share above the whole
    FALLS = "falls"  # a cumulative value below the one before
    JUMP = "jump"  # far from the one before


def doubts(
    value: Decimal, previous: Decimal | None, *, unit: str, value_type: ValueType, cumulative: bool
) -> tuple[Doubt, ...]:
    """Return what speaks against a value, in the unit of its target; `previous` None: nothing was measured before."""
    if value_type is ValueType.BOOLEAN:
        return ()
    found = []
    share = unit == "%"
    if value < 0 or (share and value > 100):
        found.append(Doubt.OUT_OF_RANGE)
    if previous is not None:
        if cumulative and value < previous:
            found.append(Doubt.FALLS)
        elif abs(value - previous) > (JUMP_PP if share else abs(previous) * JUMP_SHARE) and (share or previous):
            found.append(Doubt.JUMP)
    return tuple(found)
