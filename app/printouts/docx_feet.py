"""Feet of pages in a word processor: the page number outside (GB/T 9704-2012, 7.5), opposite the code that verifies."""

from dataclasses import dataclass
from io import BytesIO

import segno

from app.printouts.documents import Stamp
from app.printouts.docx_heads import THICK, THIN, frame, red_rule
from app.printouts.docx_markup import field, paragraph, picture, run, twips
from app.printouts.docx_package import PICTURE

NUMBER_SIDE = 280  # twips: a page number stands one 4号 character in
LETTER_RULE_MM = 277
CODE_MM, WORDS_MM = 12.0, 30.0
CODE_TOP_MM = 264.0
TURNED_MM = 14.0  # the strip of a page that lies across in which number and code stand, turned
TURNED_CENTRE_MM = 28.0
BINDING_MM, OUTSIDE_MM = 28.0, 26.0
PAPER_MM = 210.0
FIRST_PICTURE = 9001  # the numbers of pictures in feet, apart from those of the text
TURNED = '<w:textDirection w:val="tbRl"/>'
OWN_HEIGHT = '<w:spacing w:line="240" w:lineRule="auto"/>'
WORDS = "扫码核验"


@dataclass(frozen=True)
class Code:
    """The code of one file as PNG, b"" for none, and the short hash beside it."""

    png: bytes
    fingerprint: str

    def words(self, layout: str) -> str:
        """Return the lines beside the code."""
        return "".join(paragraph("Code", run(text), layout) for text in (WORDS, self.fingerprint) if text)


def code_of(stamp: Stamp) -> Code:
    """Return the code that holds the stamp's address."""
    if not stamp.address:
        return Code(b"", "")
    written = BytesIO()
    segno.make_qr(stamp.address, error="m").save(written, kind="png", scale=8, border=0)
    return Code(written.getvalue(), stamp.fingerprint)


def upright_foot(code: Code, *, odd: bool) -> str:
    """Return the foot of an upright page: the number's dash 7 mm below the type area."""
    edge = "right" if odd else "left"
    layout = f'<w:ind w:{edge}="{NUMBER_SIDE}"/><w:jc w:val="{edge}"/>'
    return _upright_code(code, FIRST_PICTURE + odd, odd=odd) + paragraph("Footer", _number(), layout)


def turned_foot(code: Code, *, odd: bool) -> str:
    """Return the foot of a page that lies across: bound with its head to the left, it keeps its place on the paper."""
    inner, outer = BINDING_MM, OUTSIDE_MM + NUMBER_SIDE / twips(1)
    number_mm = PAPER_MM - inner - outer - (CODE_MM + WORDS_MM if code.png else 0)
    edge, near = ("right", "left") if odd else ("left", "right")
    strips = [(number_mm, _cell(TURNED_MM, paragraph("Footer", _number(), f'<w:jc w:val="{edge}"/>'), TURNED))]
    if code.png:
        shown = _cell(TURNED_MM, _code_line(FIRST_PICTURE + 2 + odd, '<w:jc w:val="center"/>'))
        beside = _cell(TURNED_MM, code.words(f'<w:jc w:val="{near}"/>'), TURNED)
        strips += [(WORDS_MM, beside), (CODE_MM, shown)]
    rows = "".join(_row(height, cell) for height, cell in (reversed(strips) if odd else strips))
    return _floating(TURNED_CENTRE_MM - TURNED_MM / 2, inner if odd else outer, [TURNED_MM], rows) + _end()


def first_foot(code: Code, *, letter: bool) -> str:
    """Return the foot of a first page without a number; a letter's has a double rule 20 mm from the paper's foot."""
    rule = red_rule(frame(twips(LETTER_RULE_MM)), THIN, THICK) if letter else ""
    return rule + _upright_code(code, FIRST_PICTURE + 4 + letter, odd=True) + _end()


def _upright_code(code: Code, number: int, *, odd: bool) -> str:
    """Return the code at the binding side of the foot margin, its words beside it; nothing without a code."""
    if not code.png:
        return ""
    side = "left" if odd else "right"
    beside = code.words(f'<w:ind w:{side}="{twips(1.5)}"/><w:jc w:val="{side}"/>')
    cells = [(CODE_MM, _code_line(number, "")), (WORDS_MM, beside)]
    if not odd:
        cells.reverse()
    left = BINDING_MM if odd else PAPER_MM - BINDING_MM - CODE_MM - WORDS_MM
    row = _row(CODE_MM + 0.5, "".join(_cell(width, content) for width, content in cells))
    return _floating(left, CODE_TOP_MM, [width for width, _ in cells], row)


def _number() -> str:
    return run("— ") + field("PAGE", "1") + run(" —")


def _code_line(number: int, layout: str) -> str:
    return paragraph("Code", picture(PICTURE, number, CODE_MM, CODE_MM, "核验二维码"), OWN_HEIGHT + layout)


def _end() -> str:
    return paragraph("Footer", "")


def _row(height_mm: float, cells: str) -> str:
    height = f'<w:trHeight w:val="{twips(height_mm)}" w:hRule="exact"/>'
    return f"<w:tr><w:trPr><w:cantSplit/>{height}</w:trPr>{cells}</w:tr>"


def _cell(width_mm: float, content: str, direction: str = "") -> str:
    properties = f'<w:tcW w:w="{twips(width_mm)}" w:type="dxa"/>{direction}<w:vAlign w:val="center"/>'
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def _floating(left_mm: float, top_mm: float, widths_mm: list[float], rows: str) -> str:
    """Return a table without rules at a place of the paper; lengths from its upper left corner."""
    place = f'w:vertAnchor="page" w:horzAnchor="page" w:tblpX="{twips(left_mm)}" w:tblpY="{twips(top_mm)}"'
    grid = "".join(f'<w:gridCol w:w="{twips(width)}"/>' for width in widths_mm)
    return (
        f'<w:tbl><w:tblPr><w:tblpPr {place}/><w:tblW w:w="{sum(map(twips, widths_mm))}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>'
    )
