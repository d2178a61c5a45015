"""Heads of the first page in a word processor: file form (GB/T 9704-2012, 7.2), letter form (10.1), minutes, sheets."""

from app.printouts.documents import Document, Form
from app.printouts.docx_markup import TWIPS_PER_MM, bookmarked, clean, paragraph, run, styled, twips
from app.printouts.docx_styles import LINE, RED, line
from app.printouts.fixed_words import SIGNER

MARK_SLACK_PT = 4  # left free at the end of the mark's line
MARK_PT = 34
MARK_LINE = 800  # twips
LETTER_MARK_MM = 160  # of the 170 mm that its rules have
MOST_TRACKING = 0.6
NARROWEST = 0.62
MARK_BEFORE = twips(35) - 80  # the type area's top to the mark; its line is a little higher than its letters
PAGE_CENTRE = 'w:hAnchor="page" w:xAlign="center" w:vAnchor="page"'
THICK, THIN = 20, 6  # eighths of a point
RULE_GAP = 34  # twips
CHARACTER = twips(156 / 28)
TAB = "<w:r><w:tab/></w:r>"
LETTER_RULE = 34 * TWIPS_PER_MM + MARK_PT * 20  # 4 mm below the mark


def head(document: Document, width_mm: float, bookmark: int = 0) -> str:
    """Return what stands above the text; `bookmark` is the document's number in a bound volume, 0 for none."""
    if document.form is Form.SHEET:
        notes = "".join(paragraph("SheetNote", run(note)) for note in (document.number_line, document.note) if note)
        return _title(document, 0, bookmark) + notes
    if document.form is Form.LETTER:
        return _letter_head(document, bookmark)
    return _file_head(document, width_mm, bookmark)


def frame(top: float, room: str = "") -> str:
    """Return what sets a paragraph on a place of its own, as wide as a letter's rules; `top` in twips from the top."""
    return f'<w:framePr w:w="{twips(170)}" {room}w:wrap="around" {PAGE_CENTRE} w:y="{round(top)}"/>'


def red_rule(place: str, upper: int, lower: int) -> str:
    """Return a double rule as wide as its frame: a paragraph with a rule above and one below; weights in 1/8 points."""
    borders = "".join(
        f'<w:{edge} w:val="single" w:sz="{weight}" w:space="0" w:color="{RED}"/>'
        for edge, weight in (("top", upper), ("bottom", lower))
    )
    letters = '<w:rPr><w:sz w:val="2"/><w:szCs w:val="2"/></w:rPr>'
    properties = f"{place}<w:pBdr>{borders}</w:pBdr>{line(RULE_GAP)}"
    return paragraph("OfficialMark", "", properties + letters)


def _file_head(document: Document, width_mm: float, bookmark: int) -> str:
    """Mark 72 mm from the paper's edge, number two lines below, rule 4 mm below it, title two lines on."""
    pieces, before = "", 0
    if document.red_mark:
        pieces += _mark(document.red_mark, width_mm, before=MARK_BEFORE)
        before = 2 * LINE - 58 + MARK_LINE - _mark_line(document.red_mark, width_mm)
    if document.red_mark or document.number_line:
        rule = f'<w:pBdr><w:bottom w:val="single" w:sz="8" w:space="10" w:color="{RED}"/></w:pBdr>'
        pieces += paragraph("OfficialNumber", *_number(document, rule, line(360, before=before), width_mm))
        before = 2 * LINE - 70
    return pieces + _title(document, before, bookmark)


def _number(document: Document, rule: str, layout: str, width_mm: float) -> tuple[str, str]:
    """Return the number and its place: centred, or one character in, with who signs at the right (7.2.6)."""
    if not document.signer:
        return run(document.number_line) if document.number_line else "", rule + layout
    edges = (("left", CHARACTER), ("right", twips(width_mm) - CHARACTER))
    tabs = "".join(f'<w:tab w:val="{side}" w:pos="{at}"/>' for side, at in edges)
    pieces = run(document.number_line), run(SIGNER) + styled(document.signer, "KaiLabel")
    return "".join(TAB + piece for piece in pieces), f'{rule}<w:tabs>{tabs}</w:tabs>{layout}<w:jc w:val="left"/>'


def _letter_head(document: Document, bookmark: int) -> str:
    """Mark 30 mm from the paper's edge over a double rule of 170 mm; the number at the right below it."""
    mark = _mark(document.red_mark, LETTER_MARK_MM, frame(30 * TWIPS_PER_MM - 80))
    # What follows begins 7/8 of a character below the rule.
    pieces = mark + red_rule(frame(LETTER_RULE, 'w:vSpace="276" '), THICK, THIN)
    if document.number_line:
        pieces += paragraph("OfficialNumber", run(document.number_line), line(360) + '<w:jc w:val="right"/>')
    return pieces + _title(document, 2 * LINE - 70, bookmark)


def _mark(text: str, width_mm: float, place: str = "", before: int = 0) -> str:
    """Return the issuing organ's mark: spread over the width when short, narrowed (then reduced) when long."""
    letters = clean(text).replace("\n", "")
    fill = _fill(letters, width_mm)
    if fill >= 1:
        # A mark that fills the line to the last point breaks in two when a program rounds its letters up.
        spare_pt = max(width_mm * 72 / 25.4 - len(letters) * MARK_PT - MARK_SLACK_PT, 0)
        tracking = min(spare_pt / max(len(letters) - 1, 1), MOST_TRACKING * MARK_PT)
        content = run(letters[:-1], f'<w:spacing w:val="{int(tracking * 20)}"/>') + run(letters[-1:])
    else:
        narrow = int(100 * max(fill, NARROWEST))
        size = max(int(2 * MARK_PT * min(fill / NARROWEST, 1)), 2)
        content = run(letters, f'<w:w w:val="{narrow}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>')
    return paragraph("OfficialMark", content, place + line(_mark_line(letters, width_mm), before=before))


def _mark_line(text: str, width_mm: float) -> int:
    """Return the height in twips of the mark's line, which is a little higher than its letters."""
    return int(MARK_LINE - 20 * MARK_PT * max(1 - _fill(text, width_mm) / NARROWEST, 0))


def _fill(text: str, width_mm: float) -> float:
    """Return how often the mark's letters at full size would fit the width."""
    return width_mm * 72 / 25.4 / max(len(text) * MARK_PT, 1)


def _title(document: Document, before: int, bookmark: int) -> str:
    content, layout = run("\n".join(document.title_lines)), line(before=before, after=LINE)
    if not bookmark:
        return paragraph("Title", content, layout)
    return paragraph("Title", bookmarked(content, bookmark), layout + '<w:outlineLvl w:val="0"/>')
