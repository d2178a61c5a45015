"""Pages of a PDF read for the conformance check: their letters by what they are, places in millimetres."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any

import pdfplumber

MM = 72 / 25.4
CHAR = 156 * MM / 28  # points: 3号 as 28 of it fill a line
PITCH = CHAR * 15 / 8
TABLE = 10.0  # points: the letters of tables
CLOSING = "，。；：、）》”’！？〕．"
OPENING = "（《“‘〔"
BLANK = re.compile(r"\s")


@dataclass(frozen=True)
class Letter:
    """One printed character: its font without the subset's mark, size in points, box in mm from the top left."""

    text: str
    font: str
    size: float
    left: float
    right: float
    top: float
    bottom: float
    baseline: float
    turned: bool
    slanted: bool
    artifact: bool
    red: bool

    @property
    def ink_left(self) -> float:
        """Return where its ink begins: the empty half of an opening sign does not count."""
        return self.left + (self.right - self.left) / 2 if self.text in OPENING else self.left

    @property
    def ink_right(self) -> float:
        """Return where its ink ends: the empty half of a closing sign does not count."""
        return self.right - (self.right - self.left) / 2 if self.text in CLOSING else self.right

    def is_size(self, points: float) -> bool:
        """Tell whether it has this size."""
        return abs(self.size - points) < 0.06


@dataclass
class Page:
    """A page: `number` counts from 1, `lies` when it is wider than high; red bars are (left, top, width) in mm."""

    number: int
    width: float
    height: float
    letters: list[Letter]
    red_bars: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def lies(self) -> bool:
        """Tell whether the page lies across."""
        return self.width > self.height

    @property
    def area(self) -> tuple[float, float, float, float]:
        """Return the type area: left, top, right, bottom in mm."""
        if self.lies:
            return 35, 27, 260, 183
        left = 28 if self.number % 2 else 26
        return left, 37, left + 156, 262

    @cached_property
    def text(self) -> list[Letter]:
        """Return the letters of the document itself, in reading order, without blanks."""
        return [one for one in self.letters if not one.artifact and not BLANK.match(one.text)]

    @cached_property
    def upright(self) -> list[Letter]:
        """Return every letter within the type area that stands as the page does, repeated table heads included."""
        _, top, _, bottom = self.area
        shown = (one for one in self.letters if not (one.turned or one.slanted) and not BLANK.match(one.text))
        return [one for one in shown if top - 12 < one.baseline < bottom + 0.6]

    @cached_property
    def lines(self) -> list[list[Letter]]:
        """Return the lines of the body's size, from the top."""
        found: dict[int, list[Letter]] = defaultdict(list)
        for one in self.text:
            if one.is_size(CHAR) and not one.red:
                found[round(one.baseline * 2)].append(one)
        return [found[at] for at in sorted(found)]

    def bare(self) -> bool:
        """Tell whether this is the first page of a letter, which has a double rule at its foot and no number."""
        return any(width > 165 and top > 270 for _, top, width in self.red_bars)


def words(letters: list[Letter]) -> str:
    """Return what letters spell."""
    return "".join(one.text for one in letters)


@contextmanager
def opened(pdf: bytes) -> Iterator[pdfplumber.pdf.PDF]:
    """Open a PDF for reading."""
    with pdfplumber.open(BytesIO(pdf)) as document:
        yield document


def read(page: Any) -> Page:
    """Read one page."""
    found = Page(page.page_number, float(page.width) / MM, float(page.height) / MM, [])
    tagged = any(char.get("tag") for char in page.chars)
    for char in page.chars:
        found.letters.append(_letter(char, page, tagged))
    for rect in (*page.rects, *page.curves, *page.lines):
        colour = rect.get("non_stroking_color") or ()
        if _is_red(colour):
            found.red_bars.append((rect["x0"] / MM, rect["top"] / MM, (rect["x1"] - rect["x0"]) / MM))
    return found


def _letter(char: dict[str, Any], page: Any, tagged: bool) -> Letter:
    a, b, _, _, _, baseline = char["matrix"]
    turned, slanted = abs(a) < 0.01 < abs(b), abs(a) > 0.01 and abs(b) > 0.01
    at = (float(page.height) - baseline) / MM
    outside = at > (262.6 if page.height > page.width else 184)
    return Letter(
        text=char["text"],
        font=char["fontname"].partition("+")[2] or char["fontname"],
        size=float(char["size"]) if not turned else float(char["adv"]),
        left=char["x0"] / MM,
        right=char["x1"] / MM,
        top=char["top"] / MM,
        bottom=char["bottom"] / MM,
        baseline=at,
        turned=turned,
        slanted=slanted,
        artifact=char.get("tag") == "Artifact" if tagged else turned or slanted or outside,
        red=_is_red(char["non_stroking_color"] or ()),
    )


def _is_red(colour: Any) -> bool:
    return isinstance(colour, tuple) and len(colour) == 3 and colour[0] > 0.6 and colour[1] < 0.3
