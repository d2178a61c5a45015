"""What follows the text in a word processor: annex list, signature, distribution block (GB/T 9704-2012, 7.3.4–7.4)."""

from datetime import datetime

from app.printouts.documents import Distribution, Document, Form
from app.printouts.docx_markup import breadth, paragraph, run, twips
from app.printouts.docx_styles import BLOCK_TABLE, CHAR, LINE, line
from app.printouts.fixed_words import annex_list, copies_line, open_day, printed_on_words

CHARACTERS = 28  # a line of the type area
DAY_SIDE = 4  # characters from the right edge to the day
NO_4_TWIPS = 280
BLOCK = twips(156)
OUTER, INNER = 8, 6  # the block's rules in eighths of a point: 0.35 and 0.25 mm


def ending(document: Document) -> str:
    """Return the list of annexes, the signature and the day, which stay together."""
    return _annexes(document) + _signature(document)


def has_ending(document: Document) -> bool:
    """Say whether anything follows the text that must not stand alone on a page."""
    return bool(document.annexes or document.signature or document.signed_on)


def distribution_block(document: Document, distribution: Distribution) -> str:
    """Return the block at the foot of its page: a table of three rules; a letter's has neither rules nor printer."""
    letter = document.form is Form.LETTER
    copies = copies_line(distribution)
    rows = [_copies_row(copies)] if copies else []
    if not letter:
        rows.append(_printer_row(distribution, document.data_as_of))
    if not rows:
        return ""
    borders = "" if letter else _rules(len(rows) > 1)
    # Placed by the page's width, as some word processors leave a table as wide as the text in the text.
    place = (
        '<w:tblpPr w:vertAnchor="margin" w:horzAnchor="page" w:tblpXSpec="center" w:tblpYSpec="bottom" '
        f'w:topFromText="{LINE}"/><w:tblOverlap w:val="never"/>'
    )
    grid = "".join(f'<w:gridCol w:w="{part}"/>' for part in _widths())
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{BLOCK_TABLE}"/>{place}<w:tblW w:w="{BLOCK}" w:type="dxa"/>{borders}'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def _annexes(document: Document) -> str:
    """List the annexes below the text, turned lines under the first letter of their titles."""
    pieces = []
    for place, (number, title) in enumerate(annex_list(document)):
        mark = "附件：" if place == 0 else ""
        left = (5 + breadth(number)) * CHAR
        hanging = left - (2 if mark else 5) * CHAR
        indent = f'<w:ind w:left="{round(left)}" w:hanging="{round(hanging)}"/>'
        pieces.append(paragraph("AnnexList", run(mark + number + title), line(before=0 if place else LINE) + indent))
    return "".join(pieces)


def _signature(document: Document) -> str:
    """Set the organ over the day, the day four characters in and the organ centred over it as far as it fits."""
    if not document.signature and document.signed_on is None:
        return ""
    day = open_day(document.signed_on, document.data_as_of)
    width, day_width = min(breadth(document.signature), CHARACTERS), breadth(day)
    side = max(min(max(DAY_SIDE + (day_width - width) / 2, 2), CHARACTERS - width), 0)
    if not document.signature:
        return paragraph("Date", run(day), line(before=2 * LINE) + _right(DAY_SIDE))
    organ = paragraph("Signature", run(document.signature), line(before=2 * LINE) + _right(side))
    return organ + paragraph("Date", run(day), _right(side + (width - day_width) / 2))


def _right(characters: float) -> str:
    return f'<w:ind w:right="{max(round(characters * CHAR), 0)}"/>'


def _widths() -> tuple[int, int]:
    day = 11 * NO_4_TWIPS
    return BLOCK - day, day


def _copies_row(copies: str) -> str:
    side = NO_4_TWIPS
    indent = f'<w:ind w:left="{4 * side}" w:right="{side}" w:hanging="{3 * side}"/>'
    cell = f'<w:tcPr><w:tcW w:w="{BLOCK}" w:type="dxa"/><w:gridSpan w:val="2"/></w:tcPr>'
    return _row(f"<w:tc>{cell}{paragraph('Distribution', run(copies), _keep(indent))}</w:tc>")


def _printer_row(distribution: Distribution, data_as_of: datetime) -> str:
    """Name who printed it at the left, the day at the right; a long name is narrowed to leave the day its room."""
    left, right = _widths()
    narrow = min((left - NO_4_TWIPS) / max(breadth(distribution.printed_by) * NO_4_TWIPS, 1), 1)
    scale = f'<w:w w:val="{max(int(narrow * 100), 50)}"/>' if narrow < 1 else ""
    by = paragraph("Distribution", run(distribution.printed_by, scale), f'<w:ind w:left="{NO_4_TWIPS}"/>')
    on = run(printed_on_words(distribution, data_as_of))
    day = paragraph("Distribution", on, f'<w:ind w:right="{NO_4_TWIPS}"/><w:jc w:val="right"/>')
    cells = ((left, by), (right, day))
    return _row("".join(f'<w:tc><w:tcPr><w:tcW w:w="{w}" w:type="dxa"/></w:tcPr>{text}</w:tc>' for w, text in cells))


def _row(cells: str) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _keep(indent: str) -> str:
    return "<w:keepNext/>" + indent


def _rules(several: bool) -> str:
    inner = [("insideH", INNER)] if several else []
    edges = (("top", OUTER), ("bottom", OUTER), *inner)
    rules = "".join(f'<w:{edge} w:val="single" w:sz="{weight}" w:space="0" w:color="auto"/>' for edge, weight in edges)
    return f"<w:tblBorders>{rules}</w:tblBorders>"
