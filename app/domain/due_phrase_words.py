"""Words of Chinese due phrases (DOMAIN.md section 2): one plain spelling, numerals, and why a phrase is refused."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

FIRST_YEAR, LAST_YEAR = 1949, 2100
LONGEST = 60  # characters of a phrase; what the record keeps
NUMERAL = "[0-9〇零一二两三四五六七八九十]{1,9}"
FOUR_DIGITS = "[0-9〇零一二两三四五六七八九]{4}"
_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_TENS = re.compile(r"([一二三四五六七八九])?十([一二三四五六七八九])?")
_SILENT = re.compile(r"[\s\u200b\ufeff\"'“”‘’„‟「」『』〝〞]+")
_JOINS = re.compile(r"(?:(?!至少)[-\u2010-\u2015\u2212\u02dc~〜∼ー至到])+")
_HEDGES = re.compile(r"^(?:力争|争取|确保|计划|预计|原则上|最迟|最晚|不晚于|于|在|,)+")
_UP_TO = re.compile(r"^(?:截至|截止到|截止至|截止|到|至)")
_CLOSINGS = re.compile(r"(?:完成|实现|建成|达标|为止|止|[,.。;])+$")
_DAY_IN_FIGURES = re.compile(r"(?<![0-9])([0-9]{4})[-./]([0-9]{1,2})[-./]([0-9]{1,2})日?(?![0-9])")
_MONTH_IN_FIGURES = re.compile(r"(?<![0-9.])([0-9]{4})[./]([0-9]{1,2})月?(?![0-9])|^([0-9]{4})-([0-9]{2})$")


class DueProblemKind(StrEnum):
    """Why a due phrase is not read."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_DATE = "no_date"  # 定期, 长期, 及时: words without a day
    NOT_UNDERSTOOD = "not_understood"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    QUARTER = "quarter"
    BACKWARDS = "backwards"  # a span that ends before it starts
    SCHOOL_YEAR = "school_year"  # 2024—2026学年 is none
    YEARS_COUNT = "years_count"  # 零年内
    CROSSES_YEAR = "crosses_year"  # 每年1月前: due in the year before


@dataclass(frozen=True, slots=True)
class DuePhraseProblem:
    """A phrase that is not read: the words at fault, and the least and most allowed where a number is at fault."""

    kind: DueProblemKind
    found: str
    least: int | None = None
    most: int | None = None


class UnreadableError(Exception):
    """Carries a problem out of the reading of a part of a phrase; read_phrase returns it."""

    def __init__(self, problem: DuePhraseProblem) -> None:
        super().__init__(problem.kind.value)
        self.problem = problem


def refuse(kind: DueProblemKind, found: str, least: int | None = None, most: int | None = None) -> NoReturn:
    """Refuse a phrase. Raises: UnreadableError always."""
    raise UnreadableError(DuePhraseProblem(kind, found, least, most))


@dataclass(frozen=True, slots=True)
class PlainPhrase:
    """A phrase in its one plain spelling; `up_to`: it began with 到, 至 or 截至."""

    words: str
    up_to: bool


def plain(text: str) -> PlainPhrase:
    """Return a phrase in one spelling: half-width, no blanks, quotation marks or hedges, every joining sign a `-`."""
    silent = _SILENT.sub("", unicodedata.normalize("NFKC", text)).replace("○", "〇").replace("、", ",")
    led = _HEDGES.sub("", silent)
    words = _UP_TO.sub("", led)
    up_to = words != led
    words = _JOINS.sub("-", _CLOSINGS.sub("", words))
    words = _DAY_IN_FIGURES.sub(r"\1年\2月\3日", words)
    words = _MONTH_IN_FIGURES.sub(lambda found: f"{found[1] or found[3]}年{found[2] or found[4]}月", words)
    words = re.sub(r"^年(?=[底末内])", "今年", re.sub(r"年年(?=[底末])", "年", words))
    return PlainPhrase(words, up_to)


def number(text: str) -> int | None:
    """Return the value of a numeral in figures, in Chinese digits (二〇二五) or with 十; None for anything else."""
    if text.isascii() and text.isdigit():
        return int(text)
    if text and all(character in _DIGITS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    tens = _TENS.fullmatch(text)
    return None if tens is None else 10 * _DIGITS[tens[1] or "一"] + _DIGITS[tens[2] or "〇"]


def within(kind: DueProblemKind, text: str, least: int, most: int) -> int:
    """Return the value of a numeral that lies in a range. Raises: UnreadableError with what is allowed."""
    value = number(text)
    if value is None or not least <= value <= most:
        refuse(kind, text, least, most)
    return value


def numeral(value: int) -> str:
    """Write a number from 1 to 99 as Chinese phrases do: 三, 十二, 二十五."""
    tens, ones = divmod(value, 10)
    digits = "〇一二三四五六七八九"
    written = digits[ones] if ones else ""
    return written if not tens else f"{'' if tens == 1 else digits[tens]}十{written}"
