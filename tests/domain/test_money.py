"""Money is exact: 万元 become fen without rounding."""

from decimal import Decimal

import pytest

from app.domain.money import fen_of_wan


@pytest.mark.parametrize(
    ("wan", "fen"),
    [("150396", 150_396_000_000), ("0.000001", 1), ("7000.000001", 7_000_000_001), ("-20.5", -20_500_000)],
)
def test_wan_become_fen_exactly(wan: str, fen: int) -> None:
    assert fen_of_wan(Decimal(wan)) == fen


def test_a_part_of_a_fen_is_refused() -> None:
    with pytest.raises(ValueError, match="part of a fen"):
        fen_of_wan(Decimal("1.0000001"))
