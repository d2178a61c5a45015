"""Read the values of workbook cells as offices type them: numbers as text, dates as text, percentages, lists."""

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple
from unicodedata import normalize

from app.domain.vocabulary import Comparator

SEPARATORS = re.compile(r"[、，,；;\n\r\t]+")
MOST_DIGITS = 15
_YEARS = range(1900, 2201)
_FIRST_SERIAL, _LAST_SERIAL = 36526, 73050  # 2000-01-01 to 2099-12-31 as a workbook counts days
_SERIAL_START = date(1899, 12, 30)


class Percent(NamedTuple):
    """A number shown with a percent sign, in points: 95 for a cell that holds 0.95."""

    points: Decimal


class Month(NamedTuple):
    """A date shown as year and month only."""

    year: int
    month: int


class Broken(NamedTuple):
    """A cell that has no value to read: an error value, or a formula whose result is not in the file."""

    text: str


Raw = str | Decimal | bool | date | Percent | Month | Broken


class CellFault(StrEnum):
    """Why a cell's value is not what its column holds."""

    BROKEN = "broken"
    NUMBER = "number"
    WHOLE_NUMBER = "whole_number"
    DAY = "day"
    YEAR = "year"
    FLAG = "flag"


class CellFaultError(ValueError):
    """A cell's value is not what its column holds."""

    def __init__(self, fault: CellFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Quantity(NamedTuple):
    """A figure as typed: `≥95%` has a comparator and a unit, `95` neither."""

    value: Decimal
    comparator: Comparator | None
    unit: str | None


def text_of(raw: Raw) -> str:
    """Return a cell as the text a reader sees. Raises: CellFaultError for one without a value."""
    match raw:
        case Broken():
            raise CellFaultError(CellFault.BROKEN)
        case Percent(points):
            return f"{plain_number(points)}%"
        case Month(year, month):
            return f"{year}年{month}月"
        case bool():
            return "是" if raw else "否"
        case Decimal():
            return plain_number(raw)
        case date():
            return f"{raw.year}年{raw.month}月{raw.day}日"
        case _:
            lines = (line.strip() for line in raw.replace("\x00", "").splitlines())
            return "\n".join(line for line in lines if line)


def line_of(raw: Raw) -> str:
    """Return a cell's text on one line: Chinese words broken by the cell's width are joined again."""
    text = text_of(raw)
    return re.sub(r"(?<=[\x21-\x7e])\n(?=[\x21-\x7e])", " ", text).replace("\n", "")


def plain_number(number: Decimal) -> str:
    """Write a number without an exponent and without zeros at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def key_of(raw: Raw) -> str:
    """Return a key: half-width, small letters, no blanks."""
    return "".join(normalize("NFKC", text_of(raw)).lower().split())


def names_of(raw: Raw) -> tuple[str, ...]:
    """Return the names of a list, split where writers split them."""
    return tuple(filter(None, (name.strip().rstrip("。.") for name in SEPARATORS.split(text_of(raw)))))


_COMPARATORS = (
    (Comparator.AT_LEAST, ("≥", ">=", "≧", "不低于", "不少于", "不小于", "达到", "至少", "大于等于", "大于或等于")),
    (Comparator.AT_MOST, ("≤", "<=", "≦", "不高于", "不超过", "不大于", "不多于", "至多", "小于等于", "小于或等于")),
    (Comparator.EQUAL, ("==", "=", "等于")),
    (Comparator.MORE_THAN, (">", "大于", "高于", "超过", "多于")),
    (Comparator.LESS_THAN, ("<", "小于", "低于", "少于")),
)
_BY_WORD = {word: comparator for comparator, words in _COMPARATORS for word in words}
_BY_WORD |= {"以上": Comparator.AT_LEAST, "及以上": Comparator.AT_LEAST}
_BY_WORD |= {"以下": Comparator.AT_MOST, "以内": Comparator.AT_MOST, "及以下": Comparator.AT_MOST}
_LEADING = "|".join(sorted((re.escape(word) for _, words in _COMPARATORS for word in words), key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?P<sign>{_LEADING})?(?P<number>[-+]?\d[\d,]*(?:\.\d+)?)(?P<unit>[^\d.,]*?)(?P<tail>及?以[上下]|以内)?"
)


def comparator_of(raw: Raw) -> Comparator | None:
    """Return the comparator that a sign or a word stands for; None: none that is known."""
    return _BY_WORD.get("".join(normalize("NFKC", text_of(raw)).split()).replace("≧", "≥").replace("≦", "≤"))


def quantity_of(raw: Raw) -> Quantity:
    """Return a figure with the comparator and the unit typed in the same cell. Raises: CellFaultError."""
    match raw:
        case Percent(points):
            return Quantity(_bounded(points), None, "%")
        case bool():
            return Quantity(Decimal(int(raw)), None, None)
        case Decimal():
            return Quantity(_bounded(raw), None, None)
        case str():
            return _typed_quantity(raw)
        case Broken():
            raise CellFaultError(CellFault.BROKEN)
        case _:
            raise CellFaultError(CellFault.NUMBER)


def _typed_quantity(text: str) -> Quantity:
    words = "".join(normalize("NFKC", text).split())
    if words in ("是", "√", "有"):
        return Quantity(Decimal(1), None, None)
    if words in ("否", "×", "无"):
        return Quantity(Decimal(0), None, None)
    match = _QUANTITY.fullmatch(words)
    if match is None:
        raise CellFaultError(CellFault.NUMBER)
    sign = match["sign"] or match["tail"]
    return Quantity(_bounded(_decimal(match["number"])), _BY_WORD[sign] if sign else None, match["unit"] or None)


def number_of(raw: Raw) -> Decimal:
    """Return a plain number; a unit typed behind it is left out. Raises: CellFaultError."""
    return quantity_of(raw).value


def whole_of(raw: Raw) -> int:
    """Return a whole number. Raises: CellFaultError."""
    number = number_of(raw)
    if number != number.to_integral_value() or abs(number) > 10**9:
        raise CellFaultError(CellFault.WHOLE_NUMBER)
    return int(number)


def year_of(raw: Raw) -> int:
    """Return a year: 2026, 2026年, or the year of a date. Raises: CellFaultError."""
    if isinstance(raw, Month | date):
        return raw.year
    try:
        year = whole_of(raw.strip().removesuffix("度").removesuffix("年") if isinstance(raw, str) else raw)
    except CellFaultError as error:
        raise CellFaultError(CellFault.YEAR) from error
    if year not in _YEARS:
        raise CellFaultError(CellFault.YEAR)
    return year


_DAY = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?:T?00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")


def day_of(raw: Raw) -> date:
    """Return a day, typed as a date, as text, or as the number a workbook counts days by. Raises: CellFaultError."""
    if isinstance(raw, Broken):
        raise CellFaultError(CellFault.BROKEN)
    if isinstance(raw, date):
        return raw
    if isinstance(raw, Decimal) and _FIRST_SERIAL <= raw <= _LAST_SERIAL and raw == raw.to_integral_value():
        return _SERIAL_START + timedelta(days=int(raw))
    match = _DAY.fullmatch("".join(normalize("NFKC", text_of(raw)).split()))
    if match is None:
        raise CellFaultError(CellFault.DAY)
    year, month, on = (int(part) for part in match.groups() if part is not None)
    try:
        if year in _YEARS:
            return date(year, month, on)
    except ValueError:
        pass
    raise CellFaultError(CellFault.DAY)


def phrase_of(raw: Raw) -> str:
    """Return a due phrase; a year typed as a number is that year."""
    if isinstance(raw, Decimal) and raw == raw.to_integral_value() and int(raw) in _YEARS:
        return f"{int(raw)}年"
    return "".join(text_of(raw).split())


def flag_of(raw: Raw) -> bool:
    """Return yes or no. Raises: CellFaultError."""
    if isinstance(raw, bool):
        return raw
    words = "".join(normalize("NFKC", text_of(raw)).lower().split())
    if words in ("是", "√", "1", "y", "yes", "true", "对", "有"):
        return True
    if words in ("否", "×", "x", "0", "n", "no", "false", "无"):
        return False
    raise CellFaultError(CellFault.FLAG)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise CellFaultError(CellFault.NUMBER) from error


def _bounded(number: Decimal) -> Decimal:
    if not number.is_finite() or len(number.as_tuple().digits) > MOST_DIGITS or abs(number.adjusted()) > MOST_DIGITS:
        raise CellFaultError(CellFault.NUMBER)
    return Decimal(plain_number(number))
