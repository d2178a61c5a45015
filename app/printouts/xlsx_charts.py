"""The pictures of charts in a workbook: those of page and paper, beneath the cells with their figures.

The program's own charts would be drawn by each office program in its way, and not told apart in black and white.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from app.printouts.chart_pictures import pngs
from app.printouts.charts import alt_text
from app.printouts.documents import Chart

DPI = 192  # twice that of a screen, shown at half its size


def pictures(charts: Sequence[Chart], font_dirs: tuple[Path, ...] | None) -> list[bytes]:
    """Return the pictures of charts for `insert_picture`. Raises: MissingGlyphError, NoFontError, TypesettingError."""
    return pngs(charts, DPI, font_dirs)


def insert_picture(page: Any, chart: Chart, picture: bytes, last_row: int) -> None:
    """Put a chart's picture beneath the rows of its sheet; `last_row` counts from 0."""
    options = {
        "image_data": BytesIO(picture),
        "x_scale": 96 / DPI,
        "y_scale": 96 / DPI,
        "description": alt_text(chart),
        "object_position": 2,  # moves with the cells, keeps its size
    }
    page.insert_image(last_row + 2, 0, "chart.png", options)
