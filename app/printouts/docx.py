"""Print a document or a bound volume for a word processor, by GB/T 9704-2012, so that an office can edit it."""

from dataclasses import dataclass
from pathlib import Path

from app.printouts.chart_pictures import pngs
from app.printouts.documents import Annex, Chart, Document, Form, Slip, Stamp, Volume, day_text, tables_of
from app.printouts.docx_blocks import Setting, Writer, slip
from app.printouts.docx_heads import head
from app.printouts.docx_markup import bookmark_name, field, paragraph, run, twips
from app.printouts.docx_package import WordFile
from app.printouts.docx_pages import Pages, Section
from app.printouts.docx_settings import font_part, settings_part
from app.printouts.docx_styles import line, styles_part
from app.printouts.docx_tails import distribution_block, ending, has_ending
from app.printouts.fixed_words import SHANGHAI, annex_labels

COVER_FRAME = (
    f'<w:framePr w:w="{twips(156)}" w:wrap="around" w:vAnchor="margin" w:hAnchor="margin" w:xAlign="center" '
    f'w:y="{twips(225 - 20 - 22)}"/>'
)


@dataclass(frozen=True)
class Stretch:
    """A run of pages laid out alike, with what stands on them."""

    content: str
    section: Section


def to_docx(printed: Document | Volume, stamp: Stamp | None = None, font_dirs: tuple[Path, ...] | None = None) -> bytes:
    """Return the document or volume as DOCX bytes, the same for the same content and stamp.

    Fonts are named, not embedded; `font_dirs` serve the pictures of charts only. Characters that XML cannot carry
    become U+FFFD. Raises for charts: MissingGlyphError, NoFontError, TypesettingError.
    """
    bound = isinstance(printed, Volume)
    drawn = _drawn(printed.documents if isinstance(printed, Volume) else (printed,), font_dirs)
    file = WordFile(styles_part(), font_part(), settings_part(update_fields=bound))
    pages = Pages(file, stamp or Stamp())

    writer = Writer(lambda chart: file.picture(drawn[chart]), shift=1 if bound else 0)
    stretches = _volume(printed, writer) if isinstance(printed, Volume) else _document(printed, writer)
    *others, last = stretches
    body = "".join(stretch.content + _end(pages.section(stretch.section)) for stretch in others)
    body += last.content + _end() + pages.section(last.section)
    author = printed.organ if isinstance(printed, Volume) else printed.signature or printed.red_mark
    return file.save(body, title=printed.title, author=author, made_at=printed.data_as_of)


def _drawn(documents: tuple[Document, ...], font_dirs: tuple[Path, ...] | None) -> dict[Chart, bytes]:
    """Return every chart of the documents as a picture, all drawn at once."""
    charts = dict.fromkeys(block for one in documents for block in tables_of(one) if isinstance(block, Chart))
    return dict(zip(charts, pngs(list(charts), font_dirs=font_dirs), strict=True))


def _end(section: str = "") -> str:
    """Return the paragraph without height that ends a section: no table may, and the block at the foot hangs on it."""
    return paragraph("SectionEnd", "", section)


def _below(content: str, block: str) -> str:
    """Add the distribution block; between two tables stands a paragraph, or a word processor joins them."""
    return content + (_end() if block and content.endswith("</w:tbl>") else "") + block


def _document(document: Document, writer: Writer, number: int = 0) -> list[Stretch]:
    """Return the sections of a document; `number` is its place in a volume, 0 for none."""
    section = Section(across=document.landscape, letter=document.form is Form.LETTER)
    slips = [block for block in document.blocks if isinstance(block, Slip)]
    block = distribution_block(document, document.distribution) if document.distribution else ""
    content = _text(document, writer, section, number)
    if slips:
        # A slip that is cut off must not take the distribution block with it: then it has a page of its own.
        content = _below(content, block) + (_end() if block else "")
        for place, one in enumerate(slips):
            content += slip(one, section.width_mm, new_page=bool(block) and place == 0)
        block = ""
    if not document.annexes:
        return [Stretch(_below(content, block), section)]
    annexes = [
        _annex(annex, label, writer) for annex, label in zip(document.annexes, annex_labels(document), strict=True)
    ]
    return [Stretch(content, section), *_with_block(annexes, block)]


def _with_block(stretches: list[Stretch], block: str) -> list[Stretch]:
    """Put the distribution block at the foot of the last page; one that lies across is followed by an upright one."""
    *others, last = stretches
    if not block:
        return stretches
    if last.section.across:
        return [*stretches, Stretch(block, Section())]
    return [*others, Stretch(_below(last.content, block), last.section)]


def _text(document: Document, writer: Writer, section: Section, number: int) -> str:
    blocks = [block for block in document.blocks if not isinstance(block, Slip)]
    setting = Setting(
        section,
        captions=document.form is not Form.SHEET or len(blocks) > 1,
        minutes=document.form is Form.MINUTES,
        held=has_ending(document),
    )
    text = writer.blocks(blocks, setting)
    addressee = paragraph("Addressee", run(document.addressee)) if document.addressee else ""
    title = head(document, section.width_mm, number)
    return title + addressee + text + ending(document)


def _annex(annex: Annex, label: str, writer: Writer) -> Stretch:
    section = Section(across=annex.landscape)
    blocks = [block for block in annex.blocks if not isinstance(block, Slip)]
    outline = f'<w:outlineLvl w:val="{writer.shift}"/>' if writer.shift else ""
    content = paragraph("AnnexLabel", run(label)) + paragraph("AnnexTitle", run(annex.title), outline)
    if annex.note:
        content += paragraph("Note", run(annex.note))
    content += writer.blocks(blocks, Setting(section, captions=len(blocks) > 1, first_depth=2))
    slips = (slip(block, section.width_mm, new_page=False) for block in annex.blocks if isinstance(block, Slip))
    return Stretch(content + "".join(slips), section)


def _volume(volume: Volume, writer: Writer) -> list[Stretch]:
    """Return cover, contents, then every document in sections of its own."""
    day = day_text(volume.data_as_of.astimezone(SHANGHAI).date())
    cover = paragraph("CoverTitle", run(volume.title), line(800, before=twips(60)))
    cover += paragraph("CoverWords", run(f"{volume.organ}\n{day}"), COVER_FRAME)
    stretches = [Stretch(cover, Section(bare=True)), Stretch(_contents(volume), Section())]
    for number, document in enumerate(volume.documents, start=1):
        stretches += _document(document, writer, number)
    return stretches


def _contents(volume: Volume) -> str:
    """List the documents; the word processor works out their pages."""
    entries = []
    for number, document in enumerate(volume.documents, start=1):
        name = bookmark_name(number)
        entry = run(document.outlined_as or document.title) + "<w:r><w:tab/></w:r>" + field(f"PAGEREF {name} \\h", "1")
        entries.append(paragraph("TOC1", f'<w:hyperlink w:anchor="{name}" w:history="1">{entry}</w:hyperlink>'))
    return paragraph("ContentsTitle", run("目　录")) + "".join(entries)
