"""Hold a word-processor document against GB/T 9704-2012: paper, grid, fonts by role, rules, headers, page numbers."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from app.printouts.documents import Annex, Document, Form, Heading, Paragraph, Slip, Table, Volume, tables_of
from app.printouts.docx_markup import twips
from app.printouts.docx_styles import RULED_TABLE
from app.printouts.fixed_words import SIGNER, annex_labels
from tests.support.docx_reading import parts_of, said, style_of, text_of
from tests.support.docx_schema import misplaced

FANG, HEI, KAI, MARK, SONG = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体", "宋体"
# What each style prints with: font, and size in half points (2号 44, 3号 32, 4号 28).
ROLES = {
    "Title": (MARK, 44),
    "AnnexTitle": (MARK, 44),
    "OfficialNumber": (FANG, 32),
    "Addressee": (FANG, 32),
    "BodyText": (FANG, 32),
    "Heading1": (HEI, 32),
    "Heading2": (KAI, 32),
    "Heading3": (FANG, 32),
    "AnnexLabel": (HEI, 32),
    "AnnexList": (FANG, 32),
    "Signature": (FANG, 32),
    "Date": (FANG, 32),
    "Distribution": (FANG, 28),
    "Footer": (SONG, 28),
    "TableHead": (HEI, 20),
    "Caption": (HEI, 28),
}
ON_THE_GRID = ("BodyText", "Heading1", "Heading2", "Heading3", "Addressee", "AnnexList", "Signature", "Date")
UPRIGHT = {"w": 11906, "h": 16838, "top": 37, "bottom": 35, "left": 28, "right": 26}
ACROSS = {"w": 16838, "h": 11906, "top": 27, "bottom": 27, "left": 35, "right": 37}
GRID = {"type": "linesAndChars", "linePitch": "579", "charSpace": "-849"}
RED = "E60012"
NUMBERED = re.compile(r"[^\d〔〕]*〔\d{4}〕(?:[1-9]\d*|[　 ]+)号")


@dataclass
class Check:
    """One file under check, opened by a library that did not write it."""

    content: bytes
    documents: tuple[Document, ...]
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        opened = docx.Document(BytesIO(self.content))
        self.parts = parts_of(self.content)
        self.body = opened.element.body
        self.related = opened.part.related_parts
        self.styles = {one.get(qn("w:styleId")): one for one in opened.styles.element.iter(qn("w:style"))}
        self.title = opened.core_properties.title

    def need(self, holds: bool, fault: str) -> None:
        """Note a fault unless the rule holds."""
        if not holds:
            self.found.append(fault)


def violations(docx_bytes: bytes, printed: Document | Volume) -> list[str]:
    """Return every rule that the file breaks, in words; an empty list for one that keeps them all."""
    check = Check(docx_bytes, printed.documents if isinstance(printed, Volume) else (printed,))
    check.found += misplaced(check.parts)
    check.need(check.title == said(printed.title)[:255], f"title in the properties is {check.title!r}")
    _check_sections(check, isinstance(printed, Volume))
    _check_settings(check)
    _check_styles(check)
    _check_roles(check)
    _check_heads(check)
    _check_tables(check)
    _check_ids(check)
    return check.found


def _check_sections(check: Check, bound: bool) -> None:
    """Paper, margins, grid and page numbers of each section; as many lie across as the documents say."""
    sections = list(check.body.iter(qn("w:sectPr")))
    across = 0
    for number, section in enumerate(sections, start=1):
        paper, room, grid = (_attributes(section, name) for name in ("pgSz", "pgMar", "docGrid"))
        lies = paper.get("orient") == "landscape"
        across += lies
        want = ACROSS if lies else UPRIGHT
        place = f"section {number}"
        check.need((int(paper["w"]), int(paper["h"])) == (want["w"], want["h"]), f"{place}: paper {paper}")
        edges = {edge: int(room[edge]) for edge in ("top", "right", "bottom", "left")}
        check.need(all(edges[edge] == twips(want[edge]) for edge in edges), f"{place}: margins {edges}")
        check.need(grid == GRID, f"{place}: grid {grid}")
        _check_page_numbers(check, section, place, lies)
    expected = sum(one.landscape + sum(annex.landscape for annex in one.annexes) for one in check.documents)
    check.need(across == expected, f"{across} sections lie across, not {expected}")
    least = sum(1 + len(one.annexes) for one in check.documents) + 2 * bound
    check.need(len(sections) >= least, f"{len(sections)} sections: an annex has no pages of its own")


def _check_page_numbers(check: Check, section: Any, place: str, lies: bool) -> None:
    """Odd pages number at the right, even ones at the left, between dashes, in 4号 宋体."""
    feet = {one.get(qn("w:type")): one.get(qn("r:id")) for one in section.iter(qn("w:footerReference"))}
    for kind, edge in (("default", "right"), ("even", "left")):
        if kind not in feet:
            check.found.append(f"{place}: no {kind} footer")
            continue
        foot = parse_xml(check.related[feet[kind]].blob)
        fields = [one for one in foot.iter(qn("w:fldSimple")) if one.get(qn("w:instr")).split() == ["PAGE"]]
        if len(fields) != 1:
            check.found.append(f"{place}: {len(fields)} page numbers in the {kind} footer")
            continue
        line = fields[0].getparent()
        check.need(text_of(line).split() == ["—", "1", "—"], f"{place}: page number {text_of(line)!r}")
        check.need(style_of(line) == "Footer", f"{place}: page number in style {style_of(line)}")
        sides = [one.get(qn("w:val")) for one in line.iter(qn("w:jc"))]
        check.need(sides == [edge], f"{place}: page number of the {kind} page at {sides}")
        turned = next(line.iterancestors(qn("w:tc")), None)
        check.need(
            (turned is not None) == lies, f"{place}: page number is turned where the page is not, or the reverse"
        )


def _check_settings(check: Check) -> None:
    settings = parse_xml(check.parts["word/settings.xml"])
    for name in ("evenAndOddHeaders", "mirrorMargins"):
        check.need(next(settings.iter(qn(f"w:{name}")), None) is not None, f"settings lack {name}")
    fonts = parse_xml(check.parts["word/fontTable.xml"])
    for font in fonts.iter(qn("w:font")):
        check.need(bool(_attributes(font, "altName").get("val")), f"no substitute for {font.get(qn('w:name'))}")


def _check_styles(check: Check) -> None:
    """Each role has its font in all four slots and its size; the text stands on lines of the grid."""
    for key, (font, size) in ROLES.items():
        style = check.styles[key]
        slots = _attributes(style, "rFonts")
        named = [slots.get(slot) for slot in ("ascii", "hAnsi", "eastAsia", "cs")]
        check.need(named == [font] * 4, f"style {key}: fonts {named}")
        check.need(_attributes(style, "sz").get("val") == str(size), f"style {key}: size {_attributes(style, 'sz')}")
    for key in ON_THE_GRID:
        spacing = _attributes(check.styles[key], "spacing")
        check.need((spacing["line"], spacing["lineRule"]) == ("579", "exact"), f"style {key}: lines {spacing}")
    for level in (1, 2, 3):
        style = check.styles[f"Heading{level}"]
        check.need(next(style.iter(qn("w:keepNext")), None) is not None, f"a heading {level} may stand alone")
        outline = _attributes(style, "outlineLvl").get("val")
        check.need(outline == str(level - 1), f"heading {level} stands at outline level {outline}")
    defaults = parse_xml(check.parts["word/styles.xml"]).find(qn("w:docDefaults"))
    check.need(_attributes(defaults, "lang").get("eastAsia") == "zh-CN", "the language is not zh-CN")
    for name in ("widowControl", "overflowPunct", "autoSpaceDE", "autoSpaceDN"):
        check.need(_attributes(check.styles["Normal"], name).get("val") == "0", f"{name} takes text off the grid")


def _check_roles(check: Check) -> None:
    """Every piece of the documents stands in the style of its role, and no run names a font of its own."""
    lines = list(check.body.iterchildren(qn("w:p")))
    held = Counter((style_of(line), text_of(line).lstrip("\t")) for line in lines)
    for wanted, count in Counter(piece for one in check.documents for piece in _pieces(one)).items():
        check.need(held[wanted] >= count, f"{wanted[0]} {wanted[1][:30]!r} stands {held[wanted]} times, not {count}")
    known = set(check.styles)
    for line in check.body.iter(qn("w:p")):
        check.need(style_of(line) in known, f"paragraph in unknown style {style_of(line)!r}")
    check.need(next(check.body.iter(qn("w:rFonts")), None) is None, "a run names a font beside its style")


def _pieces(document: Document) -> Iterator[tuple[str, str]]:
    yield "Title", said("\n".join(document.title_lines))
    if document.addressee:
        yield "Addressee", said(document.addressee)
    if document.number_line and document.form is not Form.SHEET:
        signer = f"\t{SIGNER}{said(document.signer)}" if document.signer else ""
        yield "OfficialNumber", said(document.number_line) + signer
    if document.signature:
        yield "Signature", said(document.signature)
    yield from _block_pieces(document)
    for annex, label in zip(document.annexes, annex_labels(document), strict=True):
        yield "AnnexLabel", label
        yield "AnnexTitle", said(annex.title)
        yield from _block_pieces(annex)


def _block_pieces(holder: Document | Annex) -> Iterator[tuple[str, str]]:
    for block in holder.blocks:
        if isinstance(block, Heading):
            yield f"Heading{min(block.level, 3)}", said(block.text)
        elif isinstance(block, Paragraph):
            yield "BodyText", said(block.text)
        elif isinstance(block, Slip):
            yield "SlipTitle", said(block.title)


def _check_heads(check: Check) -> None:
    """The mark is red; a rule of 156 mm stands below a file's number, double rules of 170 mm frame a letter."""
    lines = list(check.body.iterchildren(qn("w:p")))
    marks = [line for line in lines if style_of(line) == "OfficialMark" and text_of(line)]
    wanted = [said(one.red_mark) for one in check.documents if one.red_mark and one.form is not Form.SHEET]
    check.need([text_of(mark) for mark in marks] == wanted, f"marks {[text_of(mark) for mark in marks]}")
    check.need(_attributes(check.styles["OfficialMark"], "color").get("val") == RED, "the mark is not red")
    ruled = [line for line in lines if style_of(line) == "OfficialNumber" and _attributes(line, "bottom")]
    files = [
        one for one in check.documents if one.form in (Form.FILE, Form.MINUTES) and (one.red_mark or one.number_line)
    ]
    check.need(len(ruled) == len(files), f"{len(ruled)} red rules for {len(files)} documents")
    for line in ruled:
        rule = _attributes(line, "bottom")
        # A rule reaches from margin to margin, 156 mm, unless the line is indented.
        check.need((rule["color"], rule["sz"], _attributes(line, "ind")) == (RED, "8", {}), f"red rule {rule}")
    _check_letters(check, lines)
    for one in check.documents:
        if "〔" in one.number_line or one.number_line.endswith("号"):
            check.need(NUMBERED.fullmatch(one.number_line) is not None, f"number {one.number_line!r}")
        check.need(not re.search(r"[\[［【(（]\d{4}[\]］】)）]", one.number_line), f"number {one.number_line!r}")


def _check_letters(check: Check, lines: list[Any]) -> None:
    letters = [one for one in check.documents if one.form is Form.LETTER]
    rules = [line for line in lines if style_of(line) == "OfficialMark" and not text_of(line)]
    check.need(len(rules) == len(letters), f"{len(rules)} double rules for {len(letters)} letters")
    for line in rules:
        frame, top, bottom = (_attributes(line, name) for name in ("framePr", "top", "bottom"))
        check.need(frame["w"] == str(twips(170)), f"a letter's rule is {frame['w']} twips wide")
        check.need(top["color"] == bottom["color"] == RED, "a letter's rule is not red")
        check.need(int(top["sz"]) > int(bottom["sz"]), "the upper rule is thick above and thin below")
    first = [one for one in check.body.iter(qn("w:sectPr")) if _first_footer(check, one) is not None]
    feet = [_first_footer(check, one) for one in first]
    framed = sum(1 for foot in feet if next(foot.iter(qn("w:framePr")), None) is not None)
    check.need(framed == len(letters), f"{framed} lower rules for {len(letters)} letters")
    check.need(not any(list(foot.iter(qn("w:fldSimple"))) for foot in feet), "a letter's first page has a number")


def _first_footer(check: Check, section: Any) -> Any:
    for one in section.iter(qn("w:footerReference")):
        if one.get(qn("w:type")) == "first":
            return parse_xml(check.related[one.get(qn("r:id"))].blob)
    return None


def _check_tables(check: Check) -> None:
    """Data tables repeat their header, break no row, and are as wide as the type area; none touches another."""
    tables = [one for one in check.body.iterchildren(qn("w:tbl")) if style_of(one) == RULED_TABLE]
    repeated = 0
    for number, table in enumerate(tables, start=1):
        width = sum(int(column.get(qn("w:w"))) for column in table.iter(qn("w:gridCol")))
        check.need(min(abs(width - twips(mm)) for mm in (156, 225)) <= 12, f"table {number} is {width} twips wide")
        rows = list(table.iterchildren(qn("w:tr")))
        repeated += next(rows[0].iter(qn("w:tblHeader")), None) is not None
        broken = [row for row in rows if next(row.iter(qn("w:cantSplit")), None) is None]
        short = [row for row in broken if max(len(text_of(cell)) for cell in row.iter(qn("w:tc"))) < 60]
        check.need(not short, f"table {number}: {len(short)} short rows may break")
    headed = sum(not _is_form(table) for one in check.documents for table in tables_of(one))
    check.need(repeated == headed, f"{repeated} tables repeat their header, not {headed}")
    touching = [above for above, below in pairwise(check.body) if above.tag == below.tag == qn("w:tbl")]
    check.need(not touching, f"{len(touching)} tables touch the next")


def _is_form(table: Any) -> bool:
    return not isinstance(table, Table) and table.kind == "pairs"


def _check_ids(check: Check) -> None:
    """Pictures and bookmarks have numbers of their own, and every picture says what it shows."""
    pictures = [
        one
        for name, content in check.parts.items()
        if name.startswith("word/") and name.endswith(".xml")
        for one in parse_xml(content).iter(qn("wp:docPr"))
    ]
    numbers = [one.get("id") for one in pictures]
    check.need(len(set(numbers)) == len(numbers), f"pictures share numbers: {numbers}")
    check.need(all(one.get("descr") for one in pictures), "a picture does not say what it shows")


def _attributes(element: Any, name: str) -> dict[str, str]:
    """Return the attributes of the first descendant of that name without their namespace, {} where there is none."""
    found = next(element.iter(qn(f"w:{name}")), None)
    return {} if found is None else {key.rpartition("}")[2]: value for key, value in found.attrib.items()}
