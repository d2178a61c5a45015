"""What the streaming reader of workbooks leaves out, read from a sheet's XML: merged blocks, hidden rows, formulas."""

import re
from dataclasses import dataclass, field
from typing import IO


@dataclass
class Layout:
    """What the streaming reader does not tell: merged blocks, hidden rows, formulas without a result."""

    down: dict[tuple[int, int], int] = field(default_factory=dict)  # (row, column) → last row of the block
    banners: dict[int, int] = field(default_factory=dict)  # row → how many columns its widest block covers
    hidden: set[int] = field(default_factory=set)
    unsolved: set[str] = field(default_factory=set)
    rows: int = 0


_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_NUMBER = re.compile(rb'\br="(\d+)"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_UNSOLVED = re.compile(
    rb'<(?:\w+:)?c\b[^>]*\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_BLOCK, _OVERLAP = 1 << 20, 12_000  # bytes; a formula has at most 8192 characters


def scan_layout(stream: IO[bytes]) -> Layout:
    """Read what the streaming reader leaves out straight from the sheet's XML, a block at a time."""
    layout, rest = Layout(), b""
    last_row = 0
    while block := stream.read(_BLOCK):
        text = rest + block
        for match in _ROW.finditer(text):
            if (number := _NUMBER.search(match[1])) is not None and (row := int(number[1])) > last_row:
                last_row, layout.rows = row, layout.rows + 1
                if _HIDDEN.search(match[1]):
                    layout.hidden.add(row)
        for match in _MERGED.finditer(text):
            _merge(layout, match)
        layout.unsolved.update(match[1].decode() for match in _UNSOLVED.finditer(text))
        rest = text[-_OVERLAP:]
    return layout


def _merge(layout: Layout, match: re.Match[bytes]) -> None:
    left, top, right, bottom = (
        column_number(match[1].decode()),
        int(match[2]),
        column_number(match[3].decode()),
        int(match[4]),
    )
    if bottom > top:
        layout.down[top, left] = bottom
    if right > left and bottom == top:
        layout.banners[top] = max(layout.banners.get(top, 0), right - left + 1)


def column_number(letters: str) -> int:
    """Return the number of a column by its letters: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return a column's letters: 1 is A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
