"""What stands around the figures of a chart: the legend above, the unit, the scale with its lines, the names below."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.printouts.charts_drawing import INK, LINE, PALE, SMALL, Anchor, Pen, lines_of, plain, room
from app.printouts.charts_scale import Scale
from app.printouts.charts_styles import Stroke, bar, mark, stroke_of
from app.printouts.documents import Chart, ChartKind, day_text, number_text

EDGE = 6  # free at the sides
SWATCH = 26


@dataclass(frozen=True, slots=True)
class Field:
    """The field of the figures: its edges, and the scale that runs along its height or its width."""

    left: float
    right: float
    top: float
    bottom: float
    scale: Scale

    def y(self, figure: int | Decimal) -> float:
        """Return how high a figure stands on an upright scale."""
        return self.bottom - self.scale.share(figure) * (self.bottom - self.top)

    def x(self, figure: int | Decimal) -> float:
        """Return how far right a figure stands on a lying scale."""
        return self.left + self.scale.share(figure) * (self.right - self.left)


def place_text(place: str | date) -> str:
    """Write a place of the x axis out."""
    return place if isinstance(place, str) else day_text(place)


def unit_text(chart: Chart) -> str:
    """Write what the figures are counted in; "" for a bare number."""
    return f"单位：{chart.unit}" if chart.unit else ""


def legend(pen: Pen, chart: Chart, top: float) -> float:
    """Draw the unit and a swatch with its name for each series; return where the legend ends."""
    x, y = float(EDGE), top + LINE
    if unit := plain(unit_text(chart)):
        pen.text(x, y, unit, size=SMALL)
        x += room(unit, SMALL) + 18
    for number, one in enumerate(chart.series):
        name = lines_of(one.name, pen.width - 2 * EDGE - SWATCH - 4, most=1)[0]
        width = SWATCH + 4 + room(name) + 14
        if x + width > pen.width and x > EDGE:
            x, y = float(EDGE), y + LINE + 4
        _swatch(pen, chart, number, x, y - 9)
        pen.text(x + SWATCH + 4, y, name)
        x += width
    return y + 8


def _swatch(pen: Pen, chart: Chart, number: int, x: float, y: float) -> None:
    one = chart.series[number]
    if chart.chart is not ChartKind.LINES and not one.guide:
        bar(pen, rank(chart, number), x, y, SWATCH, 10)
        return
    stroke = stroke_of(rank(chart, number), one.guide)
    draw_path(pen, stroke, [(x, y + 5), (x + SWATCH, y + 5)])
    mark(pen, stroke, x + SWATCH / 2, y + 5)


def _rank(chart: Chart, number: int) -> int:
    return rank(chart, number)


def rank(chart: Chart, number: int) -> int:
    """Return the place of a series among those of its kind: guides, or what is held against them."""
    return sum(one.guide == chart.series[number].guide for one in chart.series[:number])


def scale_room(scale: Scale) -> float:
    """Return the width that the scale's figures take at the left."""
    return max(room(number_text(one), SMALL) for one in scale.marks) + 8 + EDGE


def level_lines(pen: Pen, field: Field) -> None:
    """Draw a pale line with its figure for each mark of an upright scale."""
    for one in field.scale.marks:
        y = field.y(one)
        pen.line(field.left, y, field.right, y, INK if one in (0, field.scale.marks[0]) else PALE, 0.8)
        pen.text(field.left - 5, y + 4, number_text(one), "end", SMALL)


def upright_lines(pen: Pen, field: Field) -> None:
    """Draw a pale line with its figure above for each mark of a lying scale."""
    for one in field.scale.marks:
        x = field.x(one)
        pen.line(x, field.top, x, field.bottom, PALE if one else INK, 0.8)
        pen.text(x, field.top - 4, number_text(one), "middle", SMALL)


def draw_path(pen: Pen, stroke: Stroke, spots: list[tuple[float, float]]) -> None:
    """Join spots by a line."""
    if len(spots) > 1:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        dashes = stroke.dashes or "none"
        pen.add("path", d=path, fill="none", stroke=stroke.ink, stroke_width=1.8, stroke_dasharray=dashes)


def names_below(pen: Pen, field: Field, spots: list[tuple[float, list[str]]], *, ends: bool = False) -> float:
    """Write names under their spots, leaving out those that would touch another; return where they end.

    `ends`: the last name is written first, so that an axis of time tells where it ends.
    """
    order = list(range(len(spots)))
    if ends and order:
        order.insert(0, order.pop())
    taken: list[tuple[float, float]] = []
    for index in order:
        spot, lines = spots[index]
        half = max(room(text, SMALL) for text in lines) / 2
        anchor, start = _within(spot, half, pen.width)
        if any(start < end and start + 2 * half > begin for begin, end in taken):
            continue
        taken.append((start - 5, start + 2 * half + 5))
        at = {"start": start, "middle": start + half, "end": start + 2 * half}[anchor]
        pen.texts(at, field.bottom + LINE, lines, anchor, SMALL)
    most = max((len(lines) for _, lines in spots), default=1)
    return field.bottom + LINE * most + 6


def _within(spot: float, half: float, width: int) -> tuple[Anchor, float]:
    """Return how a text stands at a spot, and where it begins, so that it stays inside the drawing."""
    if spot - half < EDGE:
        return "start", EDGE
    if spot + half > width - EDGE:
        return "end", width - EDGE - 2 * half
    return "middle", spot - half
