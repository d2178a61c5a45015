"""Charts as pictures of dots, for writers that take no drawing: the same SVG, set by the typesetting process."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.printouts.chart_fonts import WIDTH_MM, chart_families, check_chart
from app.printouts.charts import svg
from app.printouts.documents import Chart
from app.printouts.fonts import find_fonts
from app.printouts.typesetting import Limits, typeset

__all__ = ["WIDTH_MM", "png", "pngs"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(chart: Chart, dpi: int = 200, font_dirs: tuple[Path, ...] | None = None, limits: Limits | None = None) -> bytes:
    """Return the chart as PNG bytes, WIDTH_MM wide, the same for the same chart and fonts.

    Raises: MissingGlyphError, NoFontError, TypesettingError.
    """
    return pngs([chart], dpi, font_dirs, limits)[0]


def pngs(
    charts: Sequence[Chart], dpi: int = 200, font_dirs: tuple[Path, ...] | None = None, limits: Limits | None = None
) -> list[bytes]:
    """Return the charts as PNG bytes, each as `png` has it, drawn by one process; [] for none.

    Raises: MissingGlyphError, NoFontError, TypesettingError.
    """
    if not charts:
        return []
    limits = limits or Limits()
    fonts = find_fonts(font_dirs)
    for chart in charts:
        check_chart(chart, fonts)
    families = chart_families(fonts)
    job = {
        "template": "chart.typ",
        "format": "png",
        "dpi": dpi,
        "data": {"drawings": [svg(chart, families) for chart in charts]},
        "font_dirs": [str(folder) for folder in fonts.folders],
        "standards": [],
        "tagged": False,
        "created_at": 0,
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.seconds * 2,
    }
    return list(_pictures(typeset(json.dumps(job, ensure_ascii=False), limits.seconds, _SIGNATURE)))


def _pictures(made: bytes) -> Iterator[bytes]:
    """Yield the pictures that stand one after another: each is a signature and chunks, the last of them IEND."""
    start = 0
    while start < len(made):
        at, kind = start + len(_SIGNATURE), b""
        while kind != b"IEND":
            length, kind = int.from_bytes(made[at : at + 4]), made[at + 4 : at + 8]
            at += 12 + length
        yield made[start:at]
        start = at
