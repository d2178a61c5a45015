"""The blocks of a document in a word processor: headings, paragraphs, tables, forms, charts, and slips to cut off."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.printouts.charts import alt_text
from app.printouts.documents import Block, Chart, Heading, Pairs, Paragraph, Slip, Table
from app.printouts.docx_markup import paragraph, picture, run, styled, twips
from app.printouts.docx_pages import Section
from app.printouts.docx_styles import CHAR, LINE, line
from app.printouts.docx_tables import data_table, form_table, table_height

LOWEST_HEADING = 3
CHART_MM = 156.0
WHOLE_SHARE = 0.6  # of a page: what is higher may run over
STAYS = "<w:keepNext/>"
# In minutes those who attended stand behind a label in 黑体, turned lines under the first name (10.3).
LABEL = re.compile("(?:时间|地点|主持人?|出席|参加|请假|列席|记录人?|被约谈人?|约谈人)：")
Draw = Callable[[Chart], tuple[str, float]]


@dataclass(frozen=True)
class Setting:
    """How the blocks of a text or an annex are set.

    `first_depth` is where its highest heading stands in the outline; `held`: what follows stays with the last block.
    """

    section: Section
    captions: bool = True
    first_depth: int = 1
    minutes: bool = False
    held: bool = False


@dataclass
class Writer:
    """Writes the blocks of one file.

    `draw` adds a chart's picture to the file and returns its relation and its height as a share of its width;
    `shift` is how many levels the headings of a bound document stand below the volume's.
    """

    draw: Draw
    shift: int = 0
    pictures: int = 0

    def blocks(self, blocks: Sequence[Block], setting: Setting) -> str:
        """Return the blocks but for slips; headings leave no level of the outline out."""
        pieces: list[str] = []
        depth = setting.first_depth - 1
        for place, block in enumerate(blocks):
            held = setting.held and place == len(blocks) - 1
            match block:
                case Heading():
                    depth = min(block.level + setting.first_depth - 1, depth + 1)
                    pieces.append(_heading(block, depth + self.shift))
                case Paragraph():
                    pieces.append(_paragraph(block, minutes=setting.minutes, held=held))
                case Table() | Chart() | Pairs():
                    pieces += self._table(block, setting, held)
        return "".join(_apart(pieces))

    def _table(self, block: Table | Chart | Pairs, setting: Setting, held: bool) -> Iterator[str]:
        width, whole = setting.section.width_mm, WHOLE_SHARE * setting.section.height_mm
        if isinstance(block, Pairs):
            yield form_table(block, width, held=held)
            return
        if setting.captions and block.caption:
            yield paragraph("Caption", run(block.caption))
        if isinstance(block, Table):
            yield data_table(block, width, whole_mm=whole, held=held)
            return
        relation, share = self.draw(block)
        left = whole - CHART_MM * share
        yield self._picture(block, relation, share, together=table_height(block.table, width) < left)
        yield data_table(block.table, width, whole_mm=left, held=held)

    def _picture(self, chart: Chart, relation: str, share: float, *, together: bool) -> str:
        """Return a chart's picture, which stays with its table where both do not fill most of a page."""
        self.pictures += 1
        shown = picture(relation, self.pictures, CHART_MM, CHART_MM * share, alt_text(chart))
        return paragraph("Picture", shown, STAYS if together else "")


def _apart(pieces: Sequence[str]) -> Iterator[str]:
    """Yield the pieces with a line between two tables, which a word processor would join."""
    for place, piece in enumerate(pieces):
        if place and piece.startswith("<w:tbl>") and pieces[place - 1].endswith("</w:tbl>"):
            yield paragraph("SectionEnd", "", line(LINE // 2))
        yield piece


def slip(block: Slip, width_mm: float, *, new_page: bool) -> str:
    """Return a slip below a line to cut along, whole on its page."""
    stops = "".join(
        f'<w:tab w:val="{edge}" w:leader="hyphen" w:pos="{at}"/>'
        for edge, at in (("center", twips(width_mm / 2)), ("right", twips(width_mm)))
    )
    tab = "<w:r><w:tab/></w:r>"
    layout = f'<w:tabs>{stops}</w:tabs>{line(320, before=LINE)}<w:jc w:val="left"/>'
    cut = paragraph("CutLine", tab + run("裁切线") + tab, ("<w:pageBreakBefore/>" if new_page else "") + layout)
    form = form_table(block.form, width_mm, held=bool(block.note))
    note = paragraph("SlipNote", run(block.note)) if block.note else ""
    return cut + paragraph("SlipTitle", run(block.title)) + form + note


def _heading(block: Heading, depth: int) -> str:
    level = max(1, min(block.level, LOWEST_HEADING))
    outline = f'<w:outlineLvl w:val="{max(min(depth, 9), 1) - 1}"/>' if depth != level else ""
    return paragraph(f"Heading{level}", run(block.text), outline)


def _paragraph(block: Paragraph, *, minutes: bool, held: bool) -> str:
    stays = STAYS if held else ""
    label = LABEL.match(block.text) if minutes else None
    if label:
        name = label.group()
        hanging = round(len(name) * CHAR)
        indent = f'<w:ind w:left="{hanging + round(2 * CHAR)}" w:firstLineChars="0" w:hanging="{hanging}"/>'
        return paragraph("BodyText", styled(name, "HeiLabel") + run(block.text[len(name) :]), stays + indent)
    if not block.indent:
        return paragraph("BodyText", run(block.text), stays + '<w:ind w:firstLineChars="0" w:firstLine="0"/>')
    return paragraph("BodyText", run(block.text), stays)
