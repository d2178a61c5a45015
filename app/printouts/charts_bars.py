"""Charts of bars: upright along an axis of time or under short names, lying where names are long or many."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from app.printouts.charts_drawing import LINE, PAPER, SMALL, WIDTH, Pen, lines_of, room
from app.printouts.charts_frame import (
    EDGE,
    Field,
    draw_path,
    level_lines,
    names_below,
    place_text,
    rank,
    scale_room,
    upright_lines,
)
from app.printouts.charts_scale import Scale, known, scale_of
from app.printouts.charts_styles import bar, fill_of, mark, stroke_of
from app.printouts.documents import Chart, ChartKind, Figure, Series, number_text

HEIGHT = 210  # of the field of upright bars
MOST_ROWS = 44  # lying bars that one picture holds, so that it fits on a page; the table has them all
CROWDED = 12  # rows from which on bars are thin and names on one line
NAMES = 0.34  # at most of the width for the names of lying bars: 16 small characters on paper
_TIME = re.compile(r"^\d{4}(年|Q[1-4]|$)")


def draw_bars(pen: Pen, chart: Chart, top: float) -> float:
    """Draw the bars below `top`; return where the drawing ends."""
    scale = scale_of(_lengths(chart), from_zero=True)
    draw = _draw_upright if stands_up(chart, pen.width - scale_room(scale) - EDGE) else _draw_lying
    return draw(pen, chart, scale, top + LINE)


def _lengths(chart: Chart) -> Iterator[Decimal]:
    """Yield what the scale must hold: single figures and whole stacks."""
    for one in chart.series:
        yield from known(one.values)
    if chart.chart is ChartKind.STACKED:
        for index in range(len(chart.places)):
            yield sum((figure for _, figure in _pieces(chart, index)), Decimal(0))


def _bars(chart: Chart) -> list[Series]:
    return [one for one in chart.series if not one.guide]


def _pieces(chart: Chart, index: int) -> list[tuple[int, Decimal]]:
    """Return the pieces of a stack with the number of their series; what is not above zero has no length."""
    figures = ((number, one.values[index]) for number, one in enumerate(_bars(chart)))
    return [(number, Decimal(figure)) for number, figure in figures if figure is not None and figure > 0]


def stands_up(chart: Chart, width: float = WIDTH) -> bool:
    """Tell whether the bars stand: along time, or where every name fits under its bar on a width."""
    if all(isinstance(place, date) or _TIME.match(place) for place in chart.places):
        return True
    return all(room(place_text(place), SMALL) + 6 <= width / len(chart.places) for place in chart.places)


def _draw_upright(pen: Pen, chart: Chart, scale: Scale, top: float) -> float:
    field = Field(scale_room(scale), pen.width - EDGE, top, top + HEIGHT, scale)
    level_lines(pen, field)
    slot = (field.right - field.left) / len(chart.places)
    middles = [field.left + (index + 0.5) * slot for index in range(len(chart.places))]
    for index, middle in enumerate(middles):
        if chart.chart is ChartKind.STACKED:
            _stack_up(pen, field, _pieces(chart, index), middle, slot)
        else:
            _side_by_side(pen, field, [one.values[index] for one in _bars(chart)], middle, slot)
    for number, one in enumerate(chart.series):
        if one.guide:
            stroke = stroke_of(rank(chart, number), guide=True)
            pairs = zip(middles, one.values, strict=True)
            spots = [(middle, field.y(figure)) for middle, figure in pairs if figure is not None]
            draw_path(pen, stroke, spots)
            for x, y in spots:
                mark(pen, stroke, x, y)
    names = [lines_of(place_text(place), max(slot, 48.0), size=SMALL) for place in chart.places]
    return names_below(pen, field, list(zip(middles, names, strict=True)), ends=True)


def _stack_up(pen: Pen, field: Field, pieces: list[tuple[int, Decimal]], middle: float, slot: float) -> None:
    width, total = min(slot * 0.64, 46), Decimal(0)
    for number, figure in pieces:
        below = field.y(total)
        total += figure
        above = field.y(total)
        bar(pen, number, middle - width / 2, above, width, below - above)
        if below - above >= LINE:
            _inside(pen, number, figure, middle, (above + below) / 2, width)
    low = field.bottom - field.y(total) < LINE
    if (len(pieces) > 1 or low) and room(number_text(total), SMALL) <= slot:
        pen.text(middle, field.y(total) - 3, number_text(total), "middle", SMALL)


def _inside(pen: Pen, number: int, figure: Decimal, x: float, y: float, width: float) -> None:
    """Write a figure on its piece of a bar where it is wide enough; on hatching, on a plate that leaves it visible."""
    text, fill = number_text(figure), fill_of(number)
    needed = room(text, SMALL)
    if needed + (14 if fill.hatching else 3) > width:
        return
    if fill.hatching:
        pen.add("rect", x=x - needed / 2 - 1, y=y - 5.5, width=needed + 2, height=11, fill=PAPER)
    pen.text(x, y + 4, text, "middle", SMALL, fill.letters)


def _side_by_side(pen: Pen, field: Field, figures: list[Figure], middle: float, slot: float) -> None:
    width = min(slot * 0.76 / max(len(figures), 1), 40)
    x, zero = middle - width * len(figures) / 2, field.y(0)
    for number, figure in enumerate(figures):
        if figure is not None:
            end = field.y(figure)
            bar(pen, number, x, min(end, zero), width, abs(zero - end))
            text = number_text(figure)
            if room(text, SMALL) <= (width if len(figures) > 1 else slot) + 2:
                pen.text(x + width / 2, min(end, zero) - 3, text, "middle", SMALL)
        x += width


def _draw_lying(pen: Pen, chart: Chart, scale: Scale, top: float) -> float:
    stacked, count = chart.chart is ChartKind.STACKED, max(len(_bars(chart)), 1)
    shown = chart.places[: MOST_ROWS if stacked or count == 1 else MOST_ROWS // 2]
    crowded = len(shown) > CROWDED
    thick = (11.0 if crowded else 14.0) if stacked or count == 1 else max(26 / count, 9)
    high = thick if stacked else thick * count
    room_for_names = NAMES * pen.width
    names = [lines_of(place_text(place), room_for_names, 1 if crowded else 2, SMALL) for place in shown]
    pitches = [max(high + (3 if crowded else 5), len(lines) * LINE) for lines in names]
    left = min(max(room(text, SMALL) for lines in names for text in lines), room_for_names) + EDGE + 5
    right = pen.width - EDGE - max(room(number_text(one), SMALL) for one in scale.marks) - 4
    field = Field(left, right, top, top + sum(pitches), scale)
    upright_lines(pen, field)
    y = top
    for index, lines in enumerate(names):
        middle = y + pitches[index] / 2
        pen.texts(left - 5, middle + 4 - (len(lines) - 1) * LINE / 2, lines, "end", SMALL)
        if stacked:
            _stack_along(pen, field, _pieces(chart, index), middle, thick)
        else:
            _below_one_another(pen, field, [one.values[index] for one in _bars(chart)], middle - high / 2, thick)
        _guides_at(pen, field, chart, index, middle)
        y += pitches[index]
    if left_out := len(chart.places) - len(shown):
        y += LINE
        pen.text(EDGE, y, f"图中列前{len(shown)}个，其余{left_out}个见表。", size=SMALL)
    return y + 6


def _stack_along(pen: Pen, field: Field, pieces: list[tuple[int, Decimal]], middle: float, thick: float) -> None:
    total = Decimal(0)
    for number, figure in pieces:
        start = field.x(total)
        total += figure
        end = field.x(total)
        bar(pen, number, start, middle - thick / 2, end - start, thick)
        if len(pieces) > 1:  # of one alone the figure stands beside it
            _inside(pen, number, figure, (start + end) / 2, middle, end - start)
    pen.text(field.x(total) + 4, middle + 4, number_text(total), size=SMALL)


def _below_one_another(pen: Pen, field: Field, figures: list[Figure], y: float, thick: float) -> None:
    zero = field.x(0)
    for number, figure in enumerate(figures):
        if figure is not None:
            end = field.x(figure)
            bar(pen, number, min(zero, end), y, abs(end - zero), thick)
            pen.text(max(zero, end) + 4, y + thick / 2 + 4, number_text(figure), size=SMALL)
        y += thick


def _guides_at(pen: Pen, field: Field, chart: Chart, index: int, middle: float) -> None:
    for number, one in enumerate(chart.series):
        figure = one.values[index]
        if one.guide and figure is not None:
            mark(pen, stroke_of(rank(chart, number), guide=True), field.x(figure), middle)
