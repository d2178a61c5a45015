"""Charts of lines: days in proportion to time, names evenly; every line with its own mark, guides dashed."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise, zip_longest

from app.printouts.charts_drawing import LINE, SMALL, Anchor, Pen, lines_of, plain, room
from app.printouts.charts_frame import EDGE, Field, draw_path, level_lines, names_below, place_text, rank, scale_room
from app.printouts.charts_scale import is_in_time, known, scale_of
from app.printouts.charts_styles import mark, stroke_of
from app.printouts.documents import Chart, Series, number_text

HEIGHT = 200  # of the field
NAMED = 0.24  # at most of the width beside the field for the names of lines with their last figures
NAME = 52.0  # width in which a day or quarter breaks after its year
Spot = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


def draw_lines(pen: Pen, chart: Chart, top: float) -> float:
    """Draw the lines below `top`; return where the drawing ends."""
    scale = scale_of((one for series in chart.series for one in known(series.values)), from_zero=False)
    beside = max(room(_last_words(chart, number), SMALL) for number in range(len(chart.series)))
    right = pen.width - EDGE - (beside + 8 if beside <= NAMED * pen.width else 12)
    field = Field(scale_room(scale), right, top + LINE, top + LINE + HEIGHT, scale)
    level_lines(pen, field)
    places = _places(chart, field)
    lines = [_spots(chart, number, field, places) for number in range(len(chart.series))]
    for number in sorted(range(len(lines)), key=lambda number: chart.series[number].guide):
        _draw_line(pen, chart, number, lines[number])
    _write_figures(pen, chart, field, lines)
    names = [lines_of(place_text(place), NAME, size=SMALL) for place in chart.places]
    return names_below(pen, field, list(zip(places, names, strict=True)), ends=True)


def _draw_line(pen: Pen, chart: Chart, number: int, spots: list[Spot | None]) -> None:
    one = chart.series[number]
    stroke = stroke_of(rank(chart, number), one.guide)
    for piece in _joined(spots, over_gaps=is_in_time(chart)):
        draw_path(pen, stroke, piece)
    for index in _told(one):
        if (spot := spots[index]) is not None:
            mark(pen, stroke, *spot)


def _places(chart: Chart, field: Field) -> list[float]:
    """Return where each place lies: days in proportion to time, names evenly."""
    width = field.right - field.left - 20
    days = [place.toordinal() for place in chart.places if isinstance(place, date)]
    if len(days) == len(chart.places) and days[-1] > days[0]:
        return [field.left + 10 + width * (day - days[0]) / (days[-1] - days[0]) for day in days]
    slot = width / len(chart.places)
    return [field.left + 10 + (index + 0.5) * slot for index in range(len(chart.places))]


def _spots(chart: Chart, number: int, field: Field, places: list[float]) -> list[Spot | None]:
    figures = zip(places, chart.series[number].values, strict=True)
    return [None if figure is None else (x, field.y(figure)) for x, figure in figures]


def _joined(spots: list[Spot | None], *, over_gaps: bool) -> Iterator[list[Spot]]:
    """Yield the pieces of a line. On an axis of names what is missing is a gap; between days the line goes on."""
    piece: list[Spot] = []
    for spot in spots:
        if spot is not None:
            piece.append(spot)
        elif not over_gaps:
            yield piece
            piece = []
    yield piece


def _last_words(chart: Chart, number: int) -> str:
    """Return the name of a line with its last figure; "" when it has none."""
    one = chart.series[number]
    figures = [figure for figure in one.values if figure is not None]
    return f"{plain(one.name)} {number_text(figures[-1])}" if figures else ""


def _told(one: Series) -> list[int]:
    """Return the places whose figure is marked and written: all there are; of a guide, where it is about to change."""
    there = [index for index, figure in enumerate(one.values) if figure is not None]
    if not one.guide:
        return there
    return [
        here for here, after in zip_longest(there, there[1:]) if after is None or one.values[after] != one.values[here]
    ]


def _write_figures(pen: Pen, chart: Chart, field: Field, lines: list[list[Spot | None]]) -> None:
    """Write name and last figure at each line's end, then single figures as far as there is room for them."""
    taken = [box for spots in lines for box in _covered(spots)]
    for number, spots in enumerate(lines):
        there = [spot for spot in spots if spot is not None]
        if there:
            _write_one(pen, field, _last_words(chart, number), there[-1], taken, beside=True)
    for number, spots in sorted(enumerate(lines), key=lambda item: chart.series[item[0]].guide):
        for index in _told(chart.series[number])[:-1]:
            figure, spot = chart.series[number].values[index], spots[index]
            if figure is not None and spot is not None:
                _write_one(pen, field, number_text(figure), spot, taken, beside=False)


def _covered(spots: list[Spot | None]) -> Iterator[Box]:
    """Yield the room that the marks of a line and the line itself take."""
    there = [spot for spot in spots if spot is not None]
    for x, y in there:
        yield x - 4.5, y - 4.5, x + 4.5, y + 4.5
    for (x1, y1), (x2, y2) in pairwise(there):
        steps = int(max(abs(x2 - x1), abs(y2 - y1)) // 5) + 1
        for step in range(1, steps):
            x, y = x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps
            yield x - 1, y - 1, x + 1, y + 1


def _write_one(pen: Pen, field: Field, text: str, spot: Spot, taken: list[Box], *, beside: bool) -> None:
    """Write a text near its spot where it touches nothing else, if there is such a place."""
    (x, y), width = spot, room(text, SMALL)
    over: list[tuple[Anchor, float, float]] = [("middle", x, y - 8), ("middle", x, y + 17)]
    askew: list[tuple[Anchor, float, float]] = [("end", x - 3, y - 7), ("start", x + 4, y + 15), ("end", x - 3, y + 15)]
    after: list[tuple[Anchor, float, float]] = [("start", x + 8, y + shift) for shift in (4, -6, 14, -18, 26)]
    for anchor, at, base in (*after, *askew) if beside else (*over, *askew):
        left = {"start": at, "middle": at - width / 2, "end": at - width}[anchor]
        box = (left, base - 9, left + width, base + 2)
        inside = left >= field.left and box[2] <= pen.width and field.top - LINE <= box[1] and box[3] <= field.bottom
        if inside and not any(_touch(box, other) for other in taken):
            taken.append(box)
            pen.text(at, base, text, anchor, SMALL)
            return


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
