"""How series are told apart without colour: fills by grey and hatching, lines by dashes and marks."""

from dataclasses import dataclass

from app.printouts.charts_drawing import INK, PAPER, Pen

TILE = 6  # side of a hatching's tile


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill: its ground, and the hatching on it as a path through one tile ("" for none) with its ink and weight.

    `letters`: the ink of a figure written on it.
    """

    ground: str
    hatching: str = ""
    ink: str = INK
    weight: float = 1
    letters: str = INK


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line: its ink, its dashes ("" for none), its mark as a path around 0,0, and whether the mark is filled."""

    ink: str
    dashes: str
    mark: str
    filled: bool = True


_RISING = "M-1 7L7 -1M-1 1L1 -1M5 7L7 5"
_FALLING = "M-1 -1L7 7M5 -1L7 1M-1 5L1 7"
# Beside one another: dark, pale, hatched, dark with white stripes, dotted, middle, lined across, other way, lined down.
FILLS = (
    Fill("#1f4e79", letters=PAPER),
    Fill("#e3eaf1"),
    Fill(PAPER, _RISING, "#6b4300"),
    Fill("#9c1c1c", _RISING, PAPER, 1.6),
    Fill(PAPER, "M2 3H4", "#1f4e79", 2),
    Fill("#8aa4bd"),
    Fill(PAPER, "M0 3H6", "#333333"),
    Fill(PAPER, _FALLING, "#333333"),
    Fill(PAPER, "M3 0V6", "#333333"),
)
_CIRCLE = "M-3.5 0A3.5 3.5 0 1 0 3.5 0A3.5 3.5 0 1 0 -3.5 0Z"
_SQUARE = "M-3 -3H3V3H-3Z"
_TRIANGLE = "M0 -4L4 3H-4Z"
_DIAMOND = "M0 -4.5L4.5 0L0 4.5L-4.5 0Z"
STROKES = (
    Stroke("#1f4e79", "", _CIRCLE),
    Stroke("#9c1c1c", "", _SQUARE, filled=False),
    Stroke("#35602d", "", _TRIANGLE),
    Stroke("#6b4300", "", _DIAMOND, filled=False),
    Stroke("#444444", "", _SQUARE),
    Stroke("#1f4e79", "", _CIRCLE, filled=False),
)
GUIDES = (
    Stroke("#444444", "6 4", _DIAMOND, filled=False),
    Stroke("#444444", "2 3", _SQUARE, filled=False),
    Stroke("#444444", "9 3 2 3", _TRIANGLE, filled=False),
)


def define(pen: Pen, used: int) -> None:
    """Define the hatchings of the first so many fills."""
    tiles = []
    for number, fill in enumerate(FILLS[:used]):
        if fill.hatching:
            inner = Pen(pen.name)
            inner.add("rect", width=TILE, height=TILE, fill=fill.ground)
            inner.add("path", d=fill.hatching, fill="none", stroke=fill.ink, stroke_width=fill.weight)
            tiles.append(
                f'<pattern id="{pen.name}-{number}" width="{TILE}" height="{TILE}" patternUnits="userSpaceOnUse">'
                f"{''.join(inner.elements)}</pattern>"
            )
    if tiles:
        pen.add("defs", "".join(tiles))


def paint(pen: Pen, number: int) -> str:
    """Return what the series of this number is filled with."""
    number %= len(FILLS)
    fill = FILLS[number]
    return f"url(#{pen.name}-{number})" if fill.hatching else fill.ground


def fill_of(number: int) -> Fill:
    """Return the fill of the series of this number."""
    return FILLS[number % len(FILLS)]


def bar(pen: Pen, number: int, x: float, y: float, width: float, height: float) -> None:
    """Draw a piece of a bar with the fill of a series."""
    pen.add("rect", x=x, y=y, width=width, height=height, fill=paint(pen, number), stroke=INK, stroke_width=0.7)


def stroke_of(number: int, guide: bool) -> Stroke:
    """Return the line of the series of this number among its kind."""
    strokes = GUIDES if guide else STROKES
    return strokes[number % len(strokes)]


def mark(pen: Pen, stroke: Stroke, x: float, y: float) -> None:
    """Draw the mark of a line at a place; that of a dashed line lets what lies beneath show through."""
    empty = "none" if stroke.dashes else PAPER
    pen.add(
        "path",
        d=stroke.mark,
        transform=f"translate({x:.1f} {y:.1f})",
        fill=stroke.ink if stroke.filled else empty,
        stroke=stroke.ink,
        stroke_width=1.4,
    )
