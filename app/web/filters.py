"""All formatting of values for pages; templates format nothing themselves."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from app.core.clock import SHANGHAI, local_day
from app.domain.vocabulary import Comparator, ValueType

NONE = "—"
SIGNS = {
    Comparator.AT_LEAST: "≥",
    Comparator.MORE_THAN: ">",
    Comparator.AT_MOST: "≤",
    Comparator.LESS_THAN: "<",
    Comparator.EQUAL: "=",
}


def format_day(day: date | None) -> str:
    """Format a day as 2026-11-22, the form officials sort and compare by; None is a dash."""
    return NONE if day is None else day.isoformat()


def format_moment(instant: datetime | None) -> str:
    """Format an instant in Asia/Shanghai to the minute."""
    return NONE if instant is None else instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def format_local_day(instant: datetime | None) -> str:
    """Format the day in Asia/Shanghai on which an instant falls."""
    return NONE if instant is None else format_day(local_day(instant))


def format_number(value: Decimal | int | None) -> str:
    """Format a number plainly: no exponent, no thousands separators, no zeros at the end of the fraction."""
    if value is None:
        return NONE
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_pct(value: Decimal | None) -> str:
    """Format a share in percent with at most one digit after the point."""
    return NONE if value is None else f"{format_number(round(value, 1))}%"


def format_wan(fen: int | None) -> str:
    """Format money in 万元 from integer fen, without thousands separators."""
    return NONE if fen is None else format_number(Decimal(fen) / 1_000_000)


def format_target(
    comparator: Comparator, value: Decimal, unit: str, value_type: ValueType, *, gettext: Callable[[str], str]
) -> str:
    """Format what a target asks for, `≥ 95%`; a yes-or-no target asks for yes or no."""
    shown = format_value(value, unit, value_type, gettext=gettext)
    return shown if value_type is ValueType.BOOLEAN else f"{SIGNS[comparator]} {shown}"


def format_value(value: Decimal | None, unit: str, value_type: ValueType, *, gettext: Callable[[str], str]) -> str:
    """Format a measured value with its unit; yes and no for boolean ones, in the reader's language."""
    if value is None:
        return NONE
    if value_type is ValueType.BOOLEAN:
        return gettext("yes") if value else gettext("no")
    return f"{format_number(value)}{'' if unit == '%' else ' '}{unit}".strip()


def format_size(size: int) -> str:
    """Format a file's size in B, KiB or MiB."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size // 1024} KiB"
    return f"{size / 1024 / 1024:.1f} MiB"


def format_case_number(number: str) -> str:
    """Format a case's number without its plan's slug, which stands beside it in words: 2026-002."""
    return "-".join(number.rsplit("-", 2)[-2:])


FILTERS = {
    "case_number": format_case_number,
    "day": format_day,
    "local_day": format_local_day,
    "moment": format_moment,
    "number": format_number,
    "pct": format_pct,
    "wan": format_wan,
    "size": format_size,
}
