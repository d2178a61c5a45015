"""A printed document with rare names: fonts embedded and subset, every glyph there, text read back."""

from datetime import UTC, date, datetime
from io import BytesIO

import pdfplumber
import pikepdf
import pytest

from app.printouts.documents import Annex, Block, Column, Distribution, Document, Heading, Paragraph, Table
from app.printouts.fonts import Role, Script, find_fonts
from app.printouts.pdf import to_pdf

RARE = "镕喆堃赟𬭎䶮㛃𨭎𫖯𬱟𠮷𰻝𲎯"
NAMES = ("阿卜杜热合曼·吐尔逊", "ئابدۇراخمان تۇرسۇن", "نۇرجان ٴبىلىم", "Şəhər Łódź İ", "Нұрлан Қоңыр", "℃ ㎡ ①⑳ Ⅳ μ")

pytestmark = pytest.mark.skipif(bool(find_fonts().lacking), reason="not all print fonts could be fetched")


@pytest.fixture(scope="module")
def printed() -> bytes:
    """Return an invented document with such names in title, headings, text, table and annex."""
    table = Table((Column("姓名𨭎", 40), Column("مەكتەپ", 60)), tuple((name, RARE) for name in NAMES), "表䶮", "表")
    blocks: tuple[Block, ...] = (
        Heading("一、𨭎䶮学校与ئۇيغۇر تىلى"),
        Heading("（一）㛃堃", 2),
        Paragraph(f"校长{RARE}（虚构）。"),
        Paragraph(f"2、{NAMES[1]}、{NAMES[2]}；3、共5人。"),
        *(Paragraph(name) for name in NAMES),
        table,
    )
    return to_pdf(
        Document(
            red_mark="清江市𬱟教育局（虚构）",
            number_line="清教〔2026〕　号",
            title_lines=("关于𬭎𨭎学校（虚构）", "与ئۇيغۇر تىلى的通报"),
            addressee="各县（市、区）：",
            blocks=blocks,
            annexes=(Annex("㛃𫖯 ئۇيغۇر تىلى", (table,)),),
            signature="清江市𬱟教育局（虚构）",
            signed_on=date(2026, 9, 30),
            distribution=Distribution(("市𨭎办",), "清江市教育局（虚构）", date(2026, 9, 30)),
            data_as_of=datetime(2026, 9, 30, tzinfo=UTC),
        )
    )


def test_every_font_is_embedded_as_a_subset_with_its_text(printed: bytes) -> None:
    with pikepdf.open(BytesIO(printed)) as pdf:
        fonts = [font for font in pdf.objects if isinstance(font, pikepdf.Dictionary) and font.get("/Type") == "/Font"]
        whole = [font for font in fonts if "/DescendantFonts" in font]
        assert {str(font.BaseFont)[8:].split("-")[0] for font in whole} >= {
            "BabelStoneHan",
            "UKIJTuz",
            "LiberationSerif",
        }
        for font in whole:
            name, descriptor = str(font.BaseFont), font.DescendantFonts[0].FontDescriptor
            assert name[1:7].isupper(), name
            assert name[7] == "+", name
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor, name
            assert "/ToUnicode" in font, name


def test_no_sign_is_printed_as_the_box_of_a_missing_one(printed: bytes) -> None:
    with pikepdf.open(BytesIO(printed)) as pdf:
        codes = [code for page in pdf.pages for code in shown(page)]
    assert len(codes) > 500
    assert 0 not in codes


def test_text_is_read_back_as_it_was_written(printed: bytes) -> None:
    with pdfplumber.open(BytesIO(printed)) as pdf:
        text = "\n".join(page.extract_text() for page in pdf.pages)
    for words in ("关于𬭎𨭎学校（虚构）", "一、𨭎䶮学校", RARE, NAMES[0], *NAMES[3:]):
        assert words in text
    for word in ("ئۇيغۇر", "تىلى", "مەكتەپ"):
        assert word[::-1] in text  # the reader gives signs from left to right, as they stand on the page


def test_names_and_numbers_stand_in_their_order(printed: bytes) -> None:
    with pdfplumber.open(BytesIO(printed)) as pdf:
        text = "".join(page.extract_text() for page in pdf.pages).replace("\u200e", "")
    assert f"2、{NAMES[1][::-1]}、{NAMES[2][::-1]}；3、共5人" in text


def test_every_role_prints_every_name() -> None:
    for role in Role:
        find_fonts().check(role, [(name, "") for name in (*NAMES, RARE)])
    assert set(find_fonts().lacking).isdisjoint(Script)


def shown(page: pikepdf.Page) -> list[int]:
    """Return the glyph numbers that a page shows (two bytes each)."""
    codes: list[int] = []
    for instruction in pikepdf.parse_content_stream(page):
        if str(instruction.operator) in {"Tj", "TJ"}:
            pieces = instruction.operands[0]
            for piece in [pieces] if isinstance(pieces, pikepdf.String) else pieces:
                if isinstance(piece, pikepdf.String):
                    data = bytes(piece)
                    codes += [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
    return codes
