"""What a chart is drawn with: elements of SVG by presentation attributes alone, and how much room a text takes."""

import re
from html import escape
from typing import Literal

from app.printouts.documents import UNPRINTED

WIDTH = 520  # of a chart in its own units: one is 0.3 mm in the type area of 156 mm
NARROW = 340  # of a chart on a telephone
SIZE = 12  # of letters: 10.2 pt in the type area
SMALL = 11
LINE = 14  # from one line of letters to the next
INK = "#1a1a1a"
PALE = "#d0d0d0"
PAPER = "#ffffff"
_YEAR = re.compile(r"^(\d{4}年)(.+)$")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
Anchor = Literal["start", "middle", "end"]


def plain(text: str) -> str:
    """Return the text without what no XML holds and no paper shows."""
    return _CONTROLS.sub("", text.translate(UNPRINTED))


def room(text: str, size: float = SIZE) -> float:
    """Return the width of a text, a little too wide rather than too narrow: a Chinese character is as wide as high."""
    return sum(size if ord(sign) > 0x2000 else size * 0.58 for sign in text)


def lines_of(text: str, width: float, most: int = 2, size: float = SIZE) -> list[str]:
    """Break a text into at most so many lines of a width, after the year where it begins with one; cut with … ."""
    text = plain(text)
    if room(text, size) <= width:
        return [text]
    if most > 1 and (year := _YEAR.match(text)):
        return [year[1], *lines_of(year[2], width, most - 1, size)]
    least = -(-room(text, size) // width)
    if least <= most:  # lines of about one length
        width = min(width, room(text, size) / least + size)
    lines: list[str] = []
    while text and len(lines) < most:
        end = len(text)
        while end > 1 and room(text[:end], size) > width:
            end -= 1
        lines.append(text[:end])
        text = text[end:]
    if text:
        lines[-1] = lines[-1][:-1] + "…"
    return lines


class Pen:
    """Collects the elements of one drawing; `name` goes before every id, so that drawings on a page do not collide."""

    def __init__(self, name: str, width: int = WIDTH) -> None:
        self.name = name
        self.width = width
        self.elements: list[str] = []

    def add(self, tag: str, body: str | None = None, /, **attributes: str | float) -> None:
        """Add an element; an underscore in an attribute's name stands for a hyphen."""
        pairs = "".join(f' {key.replace("_", "-")}="{_written(value)}"' for key, value in attributes.items())
        self.elements.append(f"<{tag}{pairs}/>" if body is None else f"<{tag}{pairs}>{body}</{tag}>")

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str = INK, width: float = 1) -> None:
        """Draw a straight line."""
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width)

    def text(
        self, x: float, y: float, text: str, anchor: Anchor = "start", size: float = SIZE, fill: str = INK
    ) -> None:
        """Write a text on its base line."""
        shown = escape(plain(text))
        self.add("text", shown, x=x, y=y, text_anchor=anchor, font_size=size, fill=fill)

    def texts(self, x: float, y: float, lines: list[str], anchor: Anchor = "start", size: float = SIZE) -> None:
        """Write lines below one another, the first on the base line."""
        for number, text in enumerate(lines):
            self.text(x, y + number * LINE, text, anchor, size)


def _written(value: str | float) -> str:
    if isinstance(value, str):
        return escape(value)
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"
