"""The conformance check of GB/T 9704-2012 over a printed PDF: `violations` reads it back and names what is not right.

Clauses: 5.1 paper, 5.2 margins and type area, 5.2.3 lines and characters, 7.2.5 number, 7.3 body, 7.5 page number,
9 tables that lie across, 10.1 letter form.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.printouts.documents import UNPRINTED, Block, Document, Form, Heading, Pairs, Paragraph, Slip, Stamp, Volume
from app.printouts.documents import Table as DocumentTable
from app.printouts.fixed_words import SIGNER, annex_labels, copies_line
from app.printouts.fonts import FontSet, Role, find_fonts
from tests.support.archival_pdf import file_violations
from tests.support.pdf_pages import BLANK, CHAR, CLOSING, MM, OPENING, PITCH, TABLE, Letter, Page, opened, read, words

MOST_PAGES = 40  # a longer print is read at its beginning and at its end
NUMBER = re.compile(r"^[^\[\]【】()（）第]*〔(?:20\d\d|　+)〕(?:[1-9]\d*|[\s　]*)号$")
BRACKETED = re.compile(r"\d{4}\s*[\]】)）〕]")
PAGE_NUMBER = re.compile(r"^—(\d+)—$")
RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff]")


def violations(pdf: bytes, printed: Document | Volume, stamp: Stamp | None = None) -> list[str]:
    """Return every breach of the standard that the PDF of a document or volume shows, [] when it keeps it.

    A print of more than MOST_PAGES pages is read at its first and last pages, and then not for its whole text.
    """
    fonts = find_fonts()
    with opened(pdf) as document:
        count = len(document.pages)
        kept = [*range(MOST_PAGES - 10), *range(count - 10, count)] if count > MOST_PAGES else range(count)
        pages = [read(document.pages[index]) for index in kept]
    found = list(file_violations(pdf, printed))
    for page in pages:
        found += [f"page {page.number}: {words}" for words in _page_violations(page, printed, stamp)]
        found += [f"page {page.number}: {words}" for words in _table_head(page, fonts)]
    documents = printed.documents if isinstance(printed, Volume) else (printed,)
    for one in documents:
        found += _number_violations(one)
    if count <= MOST_PAGES:
        found += _text_violations(pages, documents, fonts)
    return found


def _page_violations(page: Page, printed: Document | Volume, stamp: Stamp | None) -> Iterator[str]:
    sides = sorted((round(page.width), round(page.height)))
    if sides != [210, 297]:
        yield f"paper of {page.width:.1f} × {page.height:.1f} mm instead of A4"
    yield from _outside(page)
    documents = printed.documents if isinstance(printed, Volume) else (printed,)
    yield from _lines(page, {_plain(_head_line(one)) for one in documents})
    yield from _signers(page, documents)
    yield from _foot(page, isinstance(printed, Volume) and page.number == 1, stamp)
    yield from _letter_form(page, printed)


def _outside(page: Page) -> Iterator[str]:
    """Nothing but page number, stamp and the letter form's mark stands outside the type area (5.2.2)."""
    left, top, right, bottom = page.area
    for one in page.text:
        if one.red or one.turned:
            continue
        inside = one.ink_left > left - 0.5 and one.ink_right < right + 0.5
        if not inside or one.top < top - 1 or one.baseline > bottom + 0.5:
            yield f"“{one.text}” at {one.left:.1f}, {one.baseline:.1f} mm stands outside the type area"
            return


def _lines(page: Page, numbers: set[str]) -> Iterator[str]:
    """No more than 22 lines of 28 characters, each on the grid (5.2.3); the head keeps the document number's place."""
    left, top, right, _ = page.area
    full = (right - left) / 156 * 28
    first = top * MM + 0.88 * CHAR
    if not page.lies and len(page.lines) > 22:
        yield f"{len(page.lines)} lines instead of 22 at most"
    for line in page.lines:
        wide = sum(abs(one.right - one.left - CHAR / MM) < 0.3 and one.text not in CLOSING + OPENING for one in line)
        if wide > full + 0.01:
            yield f"line of {wide} characters: {words(line)[:12]}…"
        steps = (line[0].baseline * MM - first) / PITCH
        if abs(steps - round(steps)) > 0.04 and words(line) not in numbers:
            yield f"line off the grid by {(steps - round(steps)) * PITCH:.1f} pt: {words(line)[:12]}…"


def _head_line(document: Document) -> str:
    return f"{document.number_line}{SIGNER}{document.signer}" if document.signer else document.number_line


def _signers(page: Page, documents: tuple[Document, ...]) -> Iterator[str]:
    """In a document to a superior the number stands one character in, and who signs it one from the right (7.2.6)."""
    left, _, right, _ = page.area
    for one in (one for one in documents if one.signer):
        for line in (line for line in page.lines if words(line) == _plain(_head_line(one))):
            inset = line[0].left - left, right - line[-1].right
            if abs(inset[0] - CHAR / MM) > 1.5 or (one.signer.strip() and abs(inset[1] - CHAR / MM) > 1.5):
                yield f"number and signer stand {inset[0]:.1f} and {inset[1]:.1f} mm in instead of a character"


def _foot(page: Page, cover: bool, stamp: Stamp | None) -> Iterator[str]:
    """The page number: 4号 宋体 between dashes, 7 mm below the type area, odd ones right and even ones left (7.5)."""
    marks = [one for one in page.letters if one.artifact and not one.slanted and not BLANK.match(one.text)]
    on_paper = [_on_paper(page, one) for one in marks]
    number = [(one, x, y) for one, (x, y) in zip(marks, on_paper, strict=True) if 265 < y < 273 and _is_digit(one)]
    outer = [item for item in number if (item[1] > 105) == bool(page.number % 2)]
    text = "".join(one.text for one, _, _ in outer)
    bare = cover or page.bare()
    if bare and PAGE_NUMBER.match(text):
        yield "a page number on a first page that bears none"
    if not bare:
        yield from _number_place(page, outer, text)
    if stamp is not None and stamp.fingerprint:
        shown = "".join(one.text for one in marks)
        if BLANK.sub("", stamp.fingerprint) not in shown and BLANK.sub("", stamp.fingerprint) not in shown[::-1]:
            yield "the fingerprint is not on the page"


def _number_place(page: Page, outer: list[tuple[Letter, float, float]], text: str) -> Iterator[str]:
    match = PAGE_NUMBER.match(text)
    if not match or int(match[1]) != page.number:
        yield f"page number “{text}” instead of “— {page.number} —” at the outer side"
        return
    dash, _, at = outer[0]
    if abs(dash.size - 14) > 0.1:
        yield f"page number of {dash.size:.1f} pt instead of 14"
    middle = at - 0.38 * 14 / MM
    if abs(middle - 269) > 1:
        yield f"dash of the page number {middle - 262:.1f} mm below the type area instead of 7"
    edge = max(x for _, x, _ in outer) if page.number % 2 else 210 - min(x for _, x, _ in outer)
    if abs(edge - (210 - 26 - 14 / MM)) > 6:
        yield "page number not one character in from the outer edge of the type area"


def _on_paper(page: Page, one: Letter) -> tuple[float, float]:
    """Return a letter's middle across and its baseline down the upright paper, that of a turned page turned back."""
    if not page.lies:
        return (one.left + one.right) / 2, one.baseline
    return (one.top + one.bottom) / 2, 297 - (one.left if one.turned else one.right)


def _is_digit(one: Letter) -> bool:
    return one.text == "—" or one.text.isdigit()


def _table_head(page: Page, fonts: FontSet) -> Iterator[str]:
    """The head of a table stands on each of its pages (9)."""
    face = _plain_font(fonts.families(Role.HEADING)[0])
    cells = [one for one in page.upright if one.is_size(TABLE)]
    heads = [one.baseline for one in cells if _plain_font(one.font).startswith(face)]
    if cells and not heads:
        yield "a table goes on without its head"
    elif cells and min(heads) > min(one.baseline for one in cells) + 6:
        yield "rows of a table stand above its head"


def _letter_form(page: Page, printed: Document | Volume) -> Iterator[str]:
    """The letter form has a double rule of 170 mm below its mark and one 20 mm above the paper's foot (10.1)."""
    if isinstance(printed, Volume) or printed.form is not Form.LETTER or page.number > 1:
        return
    bars = sorted({round(top, 1) for _, top, width in page.red_bars if abs(width - 170) < 0.5})
    if len(bars) != 4:
        yield f"{len(bars)} red bars of 170 mm instead of two double rules"
        return
    mark = [one for one in page.letters if one.red]
    if mark and abs(min(one.top for one in mark) - 30) > 2.5:
        yield f"the mark begins {min(one.top for one in mark):.1f} mm below the paper's edge instead of 30"
    if abs(bars[2] - 277) > 1:
        yield f"the lower double rule stands {297 - bars[2]:.1f} mm above the paper's foot instead of 20"


def _number_violations(document: Document) -> Iterator[str]:
    """Year in 〔〕, serial without 第 or leading zeros (7.2.5)."""
    number = document.number_line
    if BRACKETED.search(number) and not NUMBER.match(number):
        yield f"document number “{number}” is not written as 机关代字〔年份〕序号号"


@dataclass(frozen=True)
class Piece:
    """A text that must be printed, blanks left out: its role, its size in points (None: any), whether a heading."""

    text: str
    role: Role
    size: float | None = None
    heading: bool = False


def _text_violations(pages: list[Page], documents: tuple[Document, ...], fonts: FontSet) -> Iterator[str]:
    """All text is there, in reading order, in the font of its role; no heading ends a page, no signature opens one."""
    stream = [one for page in pages for one in page.text]
    spelled = words(stream)
    owners = [page for page in pages for _ in page.text]
    cursor = 0
    for piece in (piece for document in documents for piece in _pieces(document) if piece.text):
        at = spelled.find(piece.text, cursor)
        if at < 0:
            if not RIGHT_TO_LEFT.search(piece.text):
                yield f"“{piece.text[:16]}” is missing or out of its order"
            continue
        cursor = at + len(piece.text)
        yield from _face_violations(piece, stream[at:cursor], fonts)
        last, page = stream[cursor - 1], owners[cursor - 1]
        if piece.heading and not any(one.baseline > last.baseline + 1 for one in page.upright):
            yield f"heading “{piece.text[:16]}” ends page {page.number}"
    yield from _copies_violations(spelled, documents)
    for document in documents:
        yield from _signature_violations(pages, document)


def _face_violations(piece: Piece, letters: list[Letter], fonts: FontSet) -> Iterator[str]:
    allowed = {_plain_font(family) for family in (*fonts.families(piece.role), *fonts.families(Role.SONG))}
    for one in letters:
        if not any(_plain_font(one.font).startswith(family) for family in allowed):
            yield f"“{one.text}” of “{piece.text[:12]}” is set in {one.font}"
            return
    if piece.size and not letters[0].is_size(piece.size):
        yield f"“{piece.text[:12]}” is set in {letters[0].size:.1f} pt instead of {piece.size:.1f}"


def _copies_violations(spelled: str, documents: tuple[Document, ...]) -> Iterator[str]:
    blocks = (document.distribution for document in documents)
    copies = [_plain(copies_line(block)) for block in blocks if block is not None and block.copies_to]
    if spelled.count("抄送：") != len(copies) or any(line not in spelled for line in copies):
        yield "the distribution block does not say once who gets copies"


def _signature_violations(pages: list[Page], document: Document) -> Iterator[str]:
    """Below the text stand the list of annexes and the signature: no page begins with either (7.3.5)."""
    signature = _plain(document.signature)
    opening = (signature, "附件：") if document.annexes else (signature,)
    for page in pages[1:]:
        first = words(page.lines[0]) if page.lines and page.text[0] is page.lines[0][0] else ""
        if signature and first and (signature.startswith(first) or first.startswith(opening)):
            yield f"page {page.number} holds a signature alone"


def _pieces(document: Document) -> Iterator[Piece]:
    """Yield the running texts of a document in reading order."""
    sheet = document.form is Form.SHEET
    if not sheet:
        yield Piece(_plain(document.red_mark), Role.TITLE)
        yield Piece(_plain(document.number_line), Role.BODY, CHAR)
        if document.signer:
            yield Piece(SIGNER, Role.BODY, CHAR)
            yield Piece(_plain(document.signer), Role.SUBHEADING, CHAR)
    yield Piece(_plain(document.title), Role.TITLE, 22)
    if sheet:
        yield Piece(_plain(document.number_line), Role.BODY)
        yield Piece(_plain(document.note), Role.BODY)
    yield Piece(_plain(document.addressee), Role.BODY, CHAR)
    slips = [block for block in document.blocks if isinstance(block, Slip)]
    yield from _block_pieces([block for block in document.blocks if not isinstance(block, Slip)], document.form)
    for annex in document.annexes:
        yield Piece(_plain(annex.title), Role.BODY, CHAR)
    yield Piece(_plain(document.signature), Role.BODY, CHAR)
    for slip in slips:
        yield Piece(_plain(slip.title), Role.TITLE)
    for annex, label in zip(document.annexes, annex_labels(document), strict=True):
        yield Piece(label, Role.HEADING, CHAR)
        yield Piece(_plain(annex.title), Role.TITLE, 22)
        yield from _block_pieces(list(annex.blocks), document.form)


def _block_pieces(blocks: list[Block], form: Form) -> Iterator[Piece]:
    for block in blocks:
        if isinstance(block, Heading):
            role = {1: Role.HEADING, 2: Role.SUBHEADING}.get(block.level, Role.BODY)
            yield Piece(_plain(block.text), role, CHAR, heading=True)
        elif isinstance(block, Paragraph):
            label, colon, rest = block.text.partition("：")
            labelled = form is Form.MINUTES and len(label) < 5 and colon
            yield Piece(_plain(rest if labelled else block.text), Role.BODY, CHAR)
        elif isinstance(block, Pairs):
            for name, value in block.rows:
                yield Piece(_plain(name), Role.HEADING)
                yield Piece(_plain(value), Role.BODY)
        elif isinstance(block, DocumentTable):
            yield Piece(_plain("".join(column.title for column in block.columns)), Role.HEADING, TABLE)


def _plain(text: str) -> str:
    return BLANK.sub("", text.translate(UNPRINTED))


def _plain_font(name: str) -> str:
    return re.sub(r"[ _-]", "", name).casefold()
