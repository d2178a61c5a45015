"""Pieces of WordprocessingML as text: words, runs, paragraphs, fields, pictures; children stand in schema order."""

import re
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

from app.printouts.direction import keep_order
from app.printouts.documents import UNPRINTED

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
        "v": "urn:schemas-microsoft-com:vml",
        "o": "urn:schemas-microsoft-com:office:office",
    }.items()
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TWIPS_PER_MM = 1440 / 25.4
EMU_PER_MM = 36000
NOT_XML = re.compile("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def twips(millimetres: float) -> int:
    """Return a length in twentieths of a point."""
    return round(millimetres * TWIPS_PER_MM)


def clean(text: str) -> str:
    """Return text as paper shows it: control characters and lone surrogates, which XML cannot carry, become U+FFFD."""
    return NOT_XML.sub("\ufffd", text.translate(UNPRINTED))


def breadth(text: str) -> float:
    """Return how many characters of Chinese type a text is wide; a digit takes half of one."""
    return sum(1 if east_asian_width(sign) in "WFA" else 0.5 for sign in text)


def attribute(text: str) -> str:
    """Return text as a quoted attribute value."""
    return quoteattr(clean(text).replace("\n", " "))


def words(text: str) -> str:
    """Return the text elements of a run: a line break where the text has one."""
    shown = escape(keep_order(clean(text)))
    lines = (f'<w:t xml:space="preserve">{line}</w:t>' if line else "" for line in shown.split("\n"))
    return "<w:br/>".join(lines)


def run(text: str, properties: str = "") -> str:
    """Return a run; `properties` are what it has beside its paragraph's style."""
    return f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}{words(text)}</w:r>"


def styled(text: str, style: str) -> str:
    """Return a run in a character style."""
    return run(text, f'<w:rStyle w:val="{style}"/>')


def field(instruction: str, shown: str) -> str:
    """Return a field that the word processor works out; `shown` stands there until it does."""
    return f"<w:fldSimple w:instr={attribute(f' {instruction} ')}>{run(shown)}</w:fldSimple>"


def paragraph(style: str, content: str, properties: str = "") -> str:
    """Return a paragraph of runs in a style; `properties` are further ones, in the order of the schema."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{content}</w:p>'


def bookmarked(content: str, number: int) -> str:
    """Return content under the bookmark of a bound document, `number` from 1."""
    name = bookmark_name(number)
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{content}<w:bookmarkEnd w:id="{number}"/>'


def bookmark_name(number: int) -> str:
    """Return the name of the bookmark of a bound document."""
    return f"_Document{number}"


def picture(relation: str, number: int, width_mm: float, height_mm: float, alt: str) -> str:
    """Return a run with a picture in the line; `relation` is its id in the part, `number` its own in the file."""
    width, height = round(width_mm * EMU_PER_MM), round(height_mm * EMU_PER_MM)
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="{number}" name="图片 {number}" descr={attribute(alt)}/>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="图片 {number}"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )
