"""Read typed texts as days and numbers; what cannot be read is answered with a sentence that says how to write it."""

from datetime import date
from decimal import Decimal, InvalidOperation

from app.services.errors import Message, msg


def read_day(text: str) -> date | Message | None:
    """Return a day written YYYY-MM-DD; None when empty."""
    if not text:
        return None
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    return msg("a day is written YYYY-MM-DD, for example 2026-11-22")


def read_number(text: str) -> Decimal | Message | None:
    """Return a decimal number; None when empty. Fifteen digits are enough for any figure of a plan."""
    text = text.replace("，", ",").removesuffix("%").strip()
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or len(number.as_tuple().digits) > 15 or abs(number.adjusted()) > 15:
        return msg("write a plain number, for example 95 or 4.25")
    return number
