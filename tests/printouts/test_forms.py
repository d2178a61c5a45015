"""Every form of document with every kind of block, held against the standard and looked at piece by piece."""

from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest
import segno
import typst

from app.printouts.documents import Annex, Chart, Document, Form, Heading, Pairs, Paragraph, Slip, Stamp, Volume
from app.printouts.fonts import MissingGlyphError
from app.printouts.pdf import to_pdf
from tests.printouts.official_documents import BARS, FILE, HAN, KINDS, LETTER, MINUTES, SHEET, STAMP, VOLUME
from tests.support.gbt9704 import violations
from tests.support.pdf_pages import MM, Page, opened, read, words

UNKNOWN = "𠀀𡃁\U0010fffd"  # the last of them is nobody's


@cache
def printed(kind: str) -> bytes:
    document, stamp = KINDS[kind]
    return to_pdf(document, stamp=stamp)


@cache
def pages(kind: str) -> list[Page]:
    with opened(printed(kind)) as pdf:
        return [read(page) for page in pdf.pages]


def shown(page: Page) -> str:
    return words(page.text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_keeps_the_standard(kind: str) -> None:
    document, stamp = KINDS[kind]
    assert violations(printed(kind), document, stamp) == []


def test_the_check_sees_what_is_wrong() -> None:
    source = (
        b'#set page(width: 200mm, height: 290mm, margin: 10mm)\n#set text(font: "FandolFang R")\n= x\nText #lorem(200)'
    )
    found = " ".join(violations(bytes(typst.compile(source)), FILE, STAMP))
    for breach in (
        "A4",
        "outside the type area",
        "page number",
        "fingerprint",
        "zh-CN",
        "PDF/A",
        "missing",
        "bookmark",
    ):
        assert breach in found


def test_the_check_knows_how_a_number_is_written() -> None:
    for wrong in ("清办[2026]12号", "清办（2026）12号", "清办〔2026〕012号", "清办〔2026〕第12号"):
        assert any(
            "document number" in one for one in violations(printed("minutes"), replace(MINUTES, number_line=wrong))
        )


def test_a_letter_has_its_number_at_the_right_below_the_rule_and_no_page_number_on_its_first_page() -> None:
    first, second = pages("letter")
    number = [one for one in first.text if one.text in "〔〕"]
    assert words([one for one in first.text if abs(one.baseline - number[0].baseline) < 1]).endswith("〔2026〕12号")
    assert max(one.right for one in first.text if abs(one.baseline - number[0].baseline) < 1) == pytest.approx(
        184, abs=0.5
    )
    rules = sorted(top for _, top, width in first.red_bars if width > 165)
    assert rules[0] == pytest.approx(46, abs=0.6)  # 30 mm, the mark of 34 pt, 4 mm
    assert "印发" not in shown(first)
    assert "抄送：市委督查室。" in shown(first)
    assert not second.red_bars


def test_a_slip_stands_whole_below_the_signature_and_leaves_the_distribution_block_with_the_document() -> None:
    first, second = pages("letter")
    assert "裁切线回执收到单位市住房城乡建设局收件人（签名）" in shown(second)
    assert "抄送" in shown(first)
    alone = to_pdf(replace(LETTER, distribution=None, blocks=(Paragraph("短文。"), LETTER.blocks[-1])))
    with opened(alone) as pdf:
        (page,) = (read(page) for page in pdf.pages)
    assert shown(page).index("2026年10月8日") < shown(page).index("裁切线")


def test_minutes_label_who_attended_and_carry_neither_addressee_nor_signature() -> None:
    text = [one for page in pages("minutes") for one in page.text]
    at = words(text).index("出席：")
    assert "Hei" in text[at].font or "SC" in text[at].font
    assert text[at + 3].font != text[at].font
    assert "约谈纪要" in words([one for one in text if one.red])


def test_a_sheet_has_its_note_under_the_title_and_each_chart_its_words_and_its_table() -> None:
    text = shown(pages("sheet")[0])
    assert text.startswith("东平县推进义务教育优质均衡发展情况表（虚构）数据截至2026年9月30日地区东平县")
    with pikepdf.open(BytesIO(printed("sheet"))) as pdf:
        figures = [str(one.Alt) for one in elements(pdf.Root.StructTreeRoot) if one.S == "/Figure"]
    assert len(figures) == 2
    assert figures[0].startswith("各县（市、区）任务状态")
    assert "已销号（项）" in text


def elements(node: Any) -> list[Any]:
    kids = node.get("/K", [])
    found = []
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += [kid, *elements(kid)]
    return found


def test_after_pages_that_lie_across_the_distribution_block_has_an_upright_page() -> None:
    *_, across, last = pages("file")
    assert across.lies
    assert not last.lies
    assert shown(last).startswith("抄送：市委办公室，市人大常委会办公室。")
    assert max(one.baseline for one in last.text) == pytest.approx(260, abs=2.5)


def test_a_watermark_lies_behind_every_page_and_is_not_read() -> None:
    for kind, word in (("minutes", "待签发"), ("wide", "作废")):
        for page in pages(kind):
            assert words([one for one in page.letters if one.slanted]) == word
            assert word not in shown(page)


def test_the_code_on_every_page_holds_the_address_and_stands_clear_of_the_page_number() -> None:
    wanted = segno.make_qr(STAMP.address, error="m").matrix
    document = pypdfium2.PdfDocument(printed("sheet"))
    for number, page in enumerate(document, start=1):
        picture = page.render(scale=8, grayscale=True).to_pil()
        left = (28 if number % 2 else 210 - 28 - 12) * MM * 8
        step = 12 * MM * 8 / len(wanted)
        dark = [
            [
                picture.getpixel((int(left + (x + 0.5) * step), int(264 * MM * 8 + (y + 0.5) * step))) < 128
                for x in range(len(wanted))
            ]
            for y in range(len(wanted))
        ]
        assert dark == [[bool(one) for one in row] for row in wanted]


def test_a_volume_has_a_cover_contents_and_a_bookmark_for_each_document_with_its_chapters_below() -> None:
    with opened(printed("volume")) as document:
        cover, contents = (read(page) for page in document.pages[:2])
    assert shown(cover) == "".join((VOLUME.title, VOLUME.organ, "2026年9月30日"))
    with pikepdf.open(BytesIO(printed("volume"))) as pdf, pdf.open_outline() as outline:
        marks = [(item.title, [child.title for child in item.children]) for item in outline.root]
    assert [title for title, _ in marks] == ["东平县", "任务台账", "督办通知单", FILE.title]
    assert "一、总体情况" in marks[3][1]
    texts = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed("volume"))]
    titles = ("东平县推进", "任务台账（虚构）", "督办通知单", "关于2026年第三季度")
    starts = [next(number for number, text in enumerate(texts[2:], 3) if title in text) for title in titles]
    listed = words([one for one in contents.letters if one.text.isdigit() and one.right > 175 and one.baseline < 262])
    assert listed == "".join(str(number) for number in starts)


def test_the_same_content_stamp_and_fonts_print_the_same_bytes() -> None:
    for kind in ("letter", "volume"):
        document, stamp = KINDS[kind]
        assert to_pdf(document, stamp=stamp) == printed(kind)


def placed(*blocks: Any, **more: Any) -> Document:
    return replace(SHEET, **{"blocks": blocks, **more})


@pytest.mark.parametrize(
    ("document", "stamp", "place"),
    [
        (placed(Pairs((("姓名", UNKNOWN),))), None, "表格“姓名”"),
        (placed(replace(BARS, places=(UNKNOWN, "乙", "丙"))), None, "图《各县（市、区）任务状态》"),
        (placed(Slip("回执", Pairs(((UNKNOWN, ""),)))), None, "“回执”表格"),
        (placed(Paragraph("甲"), note=UNKNOWN), None, "标题下的注"),
        (placed(Paragraph("甲"), annexes=(Annex("表", (Pairs((("注", UNKNOWN),)),)),)), None, "附件表格“注”"),
        (Volume("汇编", "办公室", (placed(Paragraph(UNKNOWN)),), SHEET.data_as_of), None, "“东平县”的正文"),
        (placed(Paragraph("甲")), Stamp(watermark=UNKNOWN), "水印"),
    ],
)
def test_a_sign_that_no_font_has_is_named_with_its_place(
    document: Document | Volume, stamp: Stamp | None, place: str
) -> None:
    with pytest.raises(MissingGlyphError, match=place):
        to_pdf(document, stamp=stamp)


def test_what_a_document_does_not_have_leaves_no_hole() -> None:
    bare = replace(
        FILE, red_mark="", number_line="", addressee="", blocks=(Paragraph(HAN),), annexes=(), distribution=None
    )
    pdf = to_pdf(replace(bare, signature="", signed_on=None))
    with opened(pdf) as document:
        (page,) = (read(one) for one in document.pages)
    assert min(one.top for one in page.text) < 40
    assert not page.red_bars
    assert len({round(one.baseline) for one in page.text}) == 4  # two lines of the title, two of text
    assert violations(pdf, replace(bare, signature="", signed_on=None)) == []


@pytest.mark.parametrize(("form", "lines"), [(Form.FILE, 5), (Form.FILE, 7), (Form.LETTER, 9), (Form.LETTER, 11)])
def test_no_page_holds_a_signature_alone(form: Form, lines: int) -> None:
    for tail in ((Heading("一、结语"), Paragraph("特此通报。")), (Paragraph(HAN * 8),)):
        blocks = (*(Paragraph("任务完成。") for _ in range(lines)), *tail)
        document = replace(LETTER, form=form, blocks=blocks, distribution=None)
        pdf = to_pdf(document)
        assert violations(pdf, document) == []
        with opened(pdf) as opened_pdf:
            last = read(opened_pdf.pages[-1])
        assert len(last.lines) > 3 or last.number == 1


def test_no_row_is_torn_and_an_overlong_cell_still_prints() -> None:
    table = replace(BARS.table, rows=tuple((f"甲{row}" + "很长的名称" * 30, 1, 2, 3) for row in range(1, 12)))
    document = placed(replace(table, rows=(*table.rows, ("乙" * 3000, 1, 2, 3))))
    with opened(to_pdf(document)) as pdf:
        found = [shown(read(page)) for page in pdf.pages]
    for row in range(1, 12):
        assert sum(f"甲{row}很" in text and text.count("很长的名称") % 30 == 0 for text in found) >= 1
    assert "".join(found).count("乙") == 3000


def test_a_chart_without_figures_says_so() -> None:
    empty: Chart = replace(BARS, places=(), series=tuple(replace(one, values=()) for one in BARS.series))
    with opened(to_pdf(placed(empty))) as pdf:
        assert "无数据" in shown(read(pdf.pages[0]))
