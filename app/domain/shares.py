"""Shares in percent, as documents print them."""

from decimal import ROUND_HALF_UP, Decimal


def share_pct(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Return part/whole in percent, rounded half up to one decimal; None when the whole is nothing."""
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)
