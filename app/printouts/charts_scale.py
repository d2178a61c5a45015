"""The scale of a chart's figures: round marks from a lowest to a highest figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from app.printouts.documents import Chart, Figure

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_MARKS = 5  # about so many steps
_NARROW = Decimal("0.4")  # figures that differ by less than this share of the highest are shown without the zero


@dataclass(frozen=True, slots=True)
class Scale:
    """Marks in order, in the unit of the figures."""

    marks: tuple[Decimal, ...]

    def share(self, figure: int | Decimal) -> float:
        """Return where between the lowest (0) and the highest mark (1) a figure lies."""
        low, high = self.marks[0], self.marks[-1]
        return min(max(float((Decimal(figure) - low) / (high - low)), 0.0), 1.0)


def known(figures: Iterable[Figure]) -> list[Decimal]:
    """Return the figures that there are."""
    return [Decimal(figure) for figure in figures if figure is not None]


def has_figures(chart: Chart) -> bool:
    """Tell whether there is anything to draw."""
    return any(figure is not None for one in chart.series for figure in one.values)


def is_in_time(chart: Chart) -> bool:
    """Tell whether the x axis is one of days."""
    return all(isinstance(place, date) for place in chart.places)


def scale_of(figures: Iterable[Decimal], *, from_zero: bool) -> Scale:
    """Return the scale that holds all figures (at least one).

    `from_zero`: lengths are compared, so the zero belongs to it; else it may start near the lowest figure.
    """
    found = sorted(figures)
    low, high = found[0], found[-1]
    if from_zero or low < 0 or high - low >= _NARROW * abs(high):
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        low, high = (low - 1, high + 1) if low else (low, high + 1)
    whole = all(figure == figure.to_integral_value() for figure in found)
    step = _step((high - low) / _MARKS, whole=whole)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return Scale(tuple((first + number) * step for number in range(int(last - first) + 1)))


def _step(least: Decimal, *, whole: bool) -> Decimal:
    """Return the smallest round step that is not below a figure; whole where the figures are."""
    power = Decimal(1).scaleb(least.adjusted())
    step = next(one * power for one in _STEPS if one * power >= least)
    if whole:
        step = step.to_integral_value(ROUND_CEILING)
    return step
