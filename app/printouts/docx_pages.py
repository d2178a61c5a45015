"""Pages in a word processor: paper, margins and grid of a section, what its heads and feet show, the watermark."""

from dataclasses import dataclass

from app.printouts.documents import Stamp
from app.printouts.docx_feet import code_of, first_foot, turned_foot, upright_foot
from app.printouts.docx_markup import attribute, clean, paragraph, twips
from app.printouts.docx_package import WordFile
from app.printouts.docx_styles import CHAR_SPACE, HEI, LINE

SHORT_MM, LONG_MM = 156.0, 225.0  # the sides of the type area
UPRIGHT_PAPER = 'w:w="11906" w:h="16838"'
ACROSS_PAPER = 'w:w="16838" w:h="11906" w:orient="landscape"'
UPRIGHT_ROOM, ACROSS_ROOM = (37, 26, 35, 28), (27, 37, 27, 35)  # top, right, bottom, left
FOOT_MM = 24.8  # from the paper's foot to the page number's line
HEAD_MM = 15.0
GREY = "DEDEDE"
SIDES = (("default", True), ("even", False))


@dataclass(frozen=True)
class Section:
    """How a run of pages is laid out.

    `across`: landscape; `letter`: its first page stands between a letter's rules; `bare`: its first page has no number.
    """

    across: bool = False
    letter: bool = False
    bare: bool = False

    @property
    def width_mm(self) -> float:
        """The width of its type area."""
        return LONG_MM if self.across else SHORT_MM

    @property
    def height_mm(self) -> float:
        """The height of its type area."""
        return SHORT_MM if self.across else LONG_MM


class Pages:
    """What stands on every page of one file beside the text."""

    def __init__(self, file: WordFile, stamp: Stamp) -> None:
        self._file, self._watermark = file, clean(stamp.watermark)
        self._code = code_of(stamp)

    def section(self, section: Section) -> str:
        """Return the properties of a section."""
        paper, room = (ACROSS_PAPER, ACROSS_ROOM) if section.across else (UPRIGHT_PAPER, UPRIGHT_ROOM)
        edges = zip(("top", "right", "bottom", "left"), room, strict=True)
        margins = " ".join(f'w:{edge}="{twips(mm)}"' for edge, mm in edges)
        first = section.letter or section.bare
        return (
            f'<w:sectPr>{self._heads(first)}{self._feet(section, first)}<w:type w:val="nextPage"/><w:pgSz {paper}/>'
            f'<w:pgMar {margins} w:header="{twips(HEAD_MM)}" '
            f'w:footer="{twips(HEAD_MM if section.across else FOOT_MM)}" w:gutter="0"/>'
            f'<w:cols w:space="425"/>{"<w:titlePg/>" if first else ""}'
            f'<w:docGrid w:type="linesAndChars" w:linePitch="{LINE}" w:charSpace="{CHAR_SPACE}"/></w:sectPr>'
        )

    def _heads(self, first: bool) -> str:
        if not self._watermark:
            return ""
        kinds = [kind for kind, _ in SIDES] + (["first"] if first else [])
        return "".join(
            self._reference("hdr", kind, paragraph("Header", _watermark(self._watermark, number)))
            for number, kind in enumerate(kinds, start=1)
        )

    def _feet(self, section: Section, first: bool) -> str:
        foot = turned_foot if section.across else upright_foot
        pieces = [self._reference("ftr", kind, foot(self._code, odd=odd)) for kind, odd in SIDES]
        if first:
            pieces.append(self._reference("ftr", "first", first_foot(self._code, letter=section.letter)))
        return "".join(pieces)

    def _reference(self, root: str, kind: str, content: str) -> str:
        """Refer to a header (`root` hdr) or footer (ftr) for pages of a kind."""
        relation = self._file.running(root, content, self._code.png if root == "ftr" else b"")
        name = "headerReference" if root == "hdr" else "footerReference"
        return f'<w:{name} w:type="{kind}" r:id="{relation}"/>'


def _watermark(text: str, number: int) -> str:
    """Return the words behind the text as the drawing that word processors know as a watermark."""
    size = min(190 / max(len(text), 1), 75) * 72 / 25.4
    place = (
        f"position:absolute;margin-left:0;margin-top:0;width:{size * len(text):.0f}pt;height:{size:.0f}pt;rotation:315;"
        "z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:page;"
        "mso-position-vertical:center;mso-position-vertical-relative:page"
    )
    return (
        '<w:r><w:pict><v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
        'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
        '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>'
        '<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
        '<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
        f'<v:shape id="PowerPlusWaterMarkObject{number}" o:spid="_x0000_s{2048 + number}" type="#_x0000_t136" '
        f'alt={attribute(text)} style="{place}" o:allowincell="f" fillcolor="#{GREY}" stroked="f">'
        f'<v:textpath style="font-family:&quot;{HEI}&quot;;font-size:1pt" string={attribute(text)}/></v:shape>'
        "</w:pict></w:r>"
    )
