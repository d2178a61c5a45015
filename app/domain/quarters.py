"""Quarters of the year, written 2026Q3: their days, neighbours and Chinese names."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_WRITTEN = re.compile(r"^(20\d\d)Q([1-4])$")
_NUMERALS = "一二三四"


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """One quarter; `number` is 1 to 4."""

    year: int
    number: int

    @property
    def first_on(self) -> date:
        """Return the quarter's first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_on(self) -> date:
        """Return the quarter's last day."""
        return self.next.first_on - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        """Return the following quarter."""
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)

    @property
    def previous(self) -> "Quarter":
        """Return the quarter before."""
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    @property
    def label(self) -> str:
        """Return the name official documents use: 2026年第三季度."""
        return f"{self.year}年第{_NUMERALS[self.number - 1]}季度"

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def parse_quarter(text: str) -> Quarter:
    """Read a quarter written 2026Q3. Raises: ValueError for anything else."""
    match = _WRITTEN.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a quarter; write it as 2026Q3")
    return Quarter(int(match[1]), int(match[2]))


def quarter_of(day: date) -> Quarter:
    """Return the quarter a day lies in."""
    return Quarter(day.year, (day.month + 2) // 3)
