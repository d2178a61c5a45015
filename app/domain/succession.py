"""Validity and successors of places and units (DOMAIN.md section 8): who took over from whom, and when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which something is in force, both ends included; None: open at that end."""

    first: date | None
    last: date | None

    @property
    def is_empty(self) -> bool:
        """Tell whether it ends before it begins."""
        return self.first is not None and self.last is not None and self.last < self.first

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two have a day in common."""
        starts_in_time = self.first is None or other.last is None or self.first <= other.last
        return starts_in_time and (other.first is None or self.last is None or other.first <= self.last)


def successors(of: int, successor_of: Mapping[int, int]) -> Iterator[int]:
    """Yield who took over from it, one after the other; stops where the line comes back to somebody already met."""
    met = {of}
    while (following := successor_of.get(of)) is not None and following not in met:
        met.add(following)
        yield following
        of = following


def closes_circle(of: int, successor: int, successor_of: Mapping[int, int]) -> bool:
    """Tell whether naming a successor would lead back to where the line began."""
    return successor == of or of in successors(successor, successor_of)


def predecessors(of: int, successor_of: Mapping[int, int]) -> tuple[int, ...]:
    """Return everybody whose line of successors comes to it, the smallest id first."""
    return tuple(sorted(one for one in successor_of if of in successors(one, successor_of) and one != of))
