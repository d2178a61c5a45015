"""The letters of charts on paper: in which families they are set, and whether these have every character."""

from app.printouts.charts import EMPTY
from app.printouts.charts_frame import place_text
from app.printouts.documents import Chart
from app.printouts.fonts import FontSet, Role

WIDTH_MM = 156  # of every picture: the type area


def chart_families(fonts: FontSet) -> list[str]:
    """Return the families of a chart's letters on paper, best first."""
    return list(dict.fromkeys([*fonts.families(Role.HEADING), *fonts.families(Role.SONG)]))


def check_chart(chart: Chart, fonts: FontSet) -> None:
    """Look up every character of the drawing in the print fonts. Raises: MissingGlyphError."""
    place = f"图《{chart.caption}》"
    texts = (EMPTY, chart.unit, *(one.name for one in chart.series), *(place_text(one) for one in chart.places))
    fonts.check(Role.HEADING, ((text, place) for text in texts))
