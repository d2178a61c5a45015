"""Money: integer fen inside, 万元 as documents and forms write it; nothing is ever rounded."""

from decimal import Decimal

FEN_PER_WAN = 1_000_000
MOST_WAN = 10_000_000  # a hundred thousand million yuan: beyond any county's plan, so a typing error


def fen_of_wan(wan: Decimal) -> int:
    """Return 万元 as fen, exactly. Raises: ValueError for a part of a fen (more than six decimals)."""
    fen = wan * FEN_PER_WAN
    if fen != fen.to_integral_value():
        raise ValueError("a part of a fen")
    return int(fen)


def wan_of_fen(fen: int) -> Decimal:
    """Return fen as 万元, exactly and without trailing zeros."""
    wan = (Decimal(fen) / FEN_PER_WAN).normalize()
    return wan if wan.as_tuple().exponent <= 0 else wan.quantize(Decimal(1))  # type: ignore[operator]  # finite
