"""The one drawing of a chart: SVG that the page shows and the paper prints, readable in black and white.

Only presentation attributes, no style and no script, so that a strict page and the typesetter take the same text.
"""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from html import escape

from app.printouts.charts_bars import draw_bars
from app.printouts.charts_drawing import LINE, WIDTH, Pen, plain
from app.printouts.charts_frame import legend, place_text, unit_text
from app.printouts.charts_lines import draw_lines
from app.printouts.charts_scale import has_figures, known
from app.printouts.charts_styles import FILLS, define
from app.printouts.documents import Chart, ChartKind, number_text

EMPTY = "无数据"
_KINDS = {ChartKind.STACKED: "堆积条形图", ChartKind.BARS: "条形图", ChartKind.LINES: "折线图"}


def svg(chart: Chart, families: Sequence[str] = (), name: str = "", width: int = WIDTH) -> str:
    """Return the chart as SVG text, the same for the same chart, `width` units wide (NARROW for a telephone).

    `families`: the print fonts by name, best first; () leaves them to the page. `name` goes before the ids of the
    hatchings; "" takes one from what the chart holds.
    """
    pen = Pen(name or "chart-" + hashlib.sha256(repr((chart, width)).encode()).hexdigest()[:12], width)
    if has_figures(chart):
        define(pen, min(sum(not one.guide for one in chart.series), len(FILLS)))
        top = legend(pen, chart, 0)
        height = draw_lines(pen, chart, top) if chart.chart is ChartKind.LINES else draw_bars(pen, chart, top)
    else:
        height = 6.0 * LINE
        pen.add("rect", x=0.5, y=0.5, width=width - 1, height=height - 1, fill="none", stroke="#d0d0d0")
        pen.text(width / 2, height / 2 + 4, EMPTY, "middle")
    return _framed(chart, pen, round(height), families)


def alt_text(chart: Chart) -> str:
    """Return in words what the drawing shows: its kind, what is on it, and of each series where it ends or its sum."""
    if not has_figures(chart):
        return f"{chart.caption}：{EMPTY}。"
    first, last = place_text(chart.places[0]), place_text(chart.places[-1])
    count = len(chart.places)
    span = first if count == 1 else f"{first}至{last}" if _runs(chart) else f"{first}等{count}个"
    figures = "；".join(_series_words(chart, number) for number in range(len(chart.series)))
    unit = f"，{unit_text(chart)}" if chart.unit else ""
    return plain(f"{chart.caption}。{_KINDS[chart.chart]}，{chart.axis}：{span}{unit}。{figures}。数据见表。")


def _runs(chart: Chart) -> bool:
    return chart.chart is ChartKind.LINES or not all(isinstance(p, str) and not p[:4].isdigit() for p in chart.places)


def _series_words(chart: Chart, number: int) -> str:
    one = chart.series[number]
    there = [index for index, figure in enumerate(one.values) if figure is not None]
    if not there:
        return f"{one.name}{EMPTY}"
    if not _runs(chart):
        return f"{one.name}合计{number_text(sum(known(one.values), Decimal(0)))}"
    last = there[-1]
    return f"{one.name}{place_text(chart.places[last])}为{number_text(one.values[last] or 0)}"


def _framed(chart: Chart, pen: Pen, height: int, families: Sequence[str]) -> str:
    fonts = f' font-family="{escape(", ".join(f"{chr(39)}{one}{chr(39)}" for one in families))}"' if families else ""
    caption = escape(plain(chart.caption))
    size = f'viewBox="0 0 {pen.width} {height}" width="{pen.width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
        f'role="img" aria-label="{caption}"{fonts}><title>{caption}</title><desc>{escape(alt_text(chart))}</desc>'
        f'<rect width="{pen.width}" height="{height}" fill="#ffffff"/>{"".join(pen.elements)}</svg>'
    )
