"""What a file is, told from its bytes alone: its type, its picture's size, and what makes it unfit as evidence.

OFD is the office's own format beside PDF: an archive with OFD.xml at its root (GB/T 33190-2016).
"""

import zipfile
from enum import StrEnum
from io import BytesIO
from typing import Literal

import filetype

PIXEL_LIMIT = 120_000_000  # the largest telephone cameras stay below
_ARCHIVE_START = b"PK\x03\x04"
_ENTRY_START = b"PK\x01\x02"  # before each file's line in an archive's directory
_MOST_ENTRIES = 10_000
_MOST_SEGMENTS = 10_000  # of a JPEG before its frame
_MOST_UNPACKED = 1024**3  # bytes
_MOST_RATIO = 200  # unpacked to packed; office files reach thirty
_PARTS = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "OFD.xml": "application/ofd",
}
_MACROS = ("vbaproject.bin", "vbadata.xml")
_PLAIN = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})


class Fault(StrEnum):
    """Why a file is not taken."""

    KIND = "kind"  # none of the types allowed, whatever its name says
    MACROS = "macros"
    BOMB = "bomb"  # unpacks to far more than it is
    PICTURE = "picture"  # the picture's header cannot be read
    PIXELS = "pixels"


def examine(content: bytes) -> str | Fault:
    """Return the media type that the bytes themselves show, or why they are not taken."""
    if content.startswith(_ARCHIVE_START):
        return _archive(content)
    kind = filetype.guess_mime(content)
    if kind not in _PLAIN:
        return Fault.KIND
    if kind != "application/pdf":
        size = picture_size(content)
        if size is None:
            return Fault.PICTURE
        if size[0] * size[1] > PIXEL_LIMIT:
            return Fault.PIXELS
    return str(kind)


def _archive(content: bytes) -> str | Fault:
    """Judge an archive by its directory; nothing is unpacked."""
    if content.count(_ENTRY_START) > _MOST_ENTRIES:
        return Fault.BOMB
    try:
        entries = zipfile.ZipFile(BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):  # broken names, versions nobody has
        return Fault.KIND
    if sum(entry.file_size for entry in entries) > min(_MOST_UNPACKED, _MOST_RATIO * len(content) + 1024**2):
        return Fault.BOMB
    names = {entry.filename for entry in entries}
    if any(name.lower().endswith(_MACROS) or "/macrosheets/" in name.lower() for name in names):
        return Fault.MACROS
    return next((kind for part, kind in _PARTS.items() if part in names), Fault.KIND)


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels as a JPEG, PNG or WebP header states them; None when it cannot be read."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _pair(content, 16, 4, "big") if content[12:16] == b"IHDR" else None
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    return _webp_size(content)


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 9 > len(content) or content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a frame's header: height, then width
            size = _pair(content, at + 5, 2, "big")
            return (size[1], size[0]) if size else None
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    kind = content[12:16]
    if kind == b"VP8X":
        size = _pair(content, 24, 3, "little", least=0)
        return (size[0] + 1, size[1] + 1) if size else None
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) if len(content) >= 25 else None
    if kind == b"VP8 ":
        size = _pair(content, 26, 2, "little")
        return (size[0] & 0x3FFF, size[1] & 0x3FFF) if size else None
    return None


def _pair(
    content: bytes, at: int, width: int, order: Literal["big", "little"], *, least: int = 1
) -> tuple[int, int] | None:
    """Read two numbers of `width` bytes each; None when they are not there or smaller than a picture's size can be."""
    if len(content) < at + 2 * width:
        return None
    first, second = (int.from_bytes(content[start : start + width], order) for start in (at, at + width))
    return (first, second) if min(first, second) >= least else None
