"""The printed circular held against the geometry of GB/T 9704-2012."""

import re
from collections import defaultdict
from io import BytesIO
from itertools import pairwise
from typing import Any

import pdfplumber
import pikepdf
import pytest

from app.printouts.circulars import compose
from app.printouts.documents import Paragraph
from app.printouts.pdf import Limits, TypesettingError, to_pdf
from tests.printouts.invented import facts

MM = 72 / 25.4
CHAR = 156 * MM / 28
PITCH = CHAR * 15 / 8
PUNCTUATION = "，。；：、（）《》“”〔〕"
HAN = "序时进度任务核验台账整改通报责任单位按期完成认真落实"


def is_portrait(page: Any) -> bool:
    return bool(page.height > page.width)


def body_characters(page: Any) -> list[dict[str, Any]]:
    """Return the page's characters without its number."""
    return [char for char in page.chars if char["bottom"] < 264 * MM]


def lines_of(page: Any) -> dict[int, list[dict[str, Any]]]:
    """Return the characters of the body's size by line."""
    lines = defaultdict(list)
    for char in body_characters(page):
        if abs(char["size"] - CHAR) < 0.1:
            lines[round(char["matrix"][5])].append(char)
    return lines


def ink_right(char: dict[str, Any]) -> float:
    """Return where a character ends; the empty half of closing punctuation at a line's end does not count."""
    return float(char["x0"] + char["width"] / 2 if char["text"] in PUNCTUATION else char["x1"])


def ink_left(char: dict[str, Any]) -> float:
    """Return where a character begins; the empty half of opening punctuation at a line's start does not count."""
    return float(char["x0"] + char["width"] / 2 if char["text"] in PUNCTUATION else char["x0"])


def is_turned(char: dict[str, Any]) -> bool:
    """Say whether a character is set at a right angle to the page."""
    return bool(abs(char["matrix"][1]) > 0.5)


def text_pages(count: int = 40) -> list[Any]:
    """Print a document of nothing but Han characters, so that every line is full."""
    document = compose(facts(3))
    blocks = tuple(Paragraph(HAN * 20) for _ in range(count // 8))
    pdf = to_pdf(type(document)(**{**vars(document), "blocks": blocks, "annexes": ()}))
    return pdfplumber.open(BytesIO(pdf)).pages


@pytest.fixture(scope="module")
def full_pages() -> list[Any]:
    return text_pages()


def test_every_page_is_a4_and_only_annexes_lie_across(circular_pages: list[Any]) -> None:
    sizes = {(round(page.width / MM), round(page.height / MM)) for page in circular_pages}
    assert sizes == {(210, 297), (297, 210)}
    first_across = next(index for index, page in enumerate(circular_pages) if not is_portrait(page))
    assert "附件1" in circular_pages[first_across].extract_text()


def test_text_keeps_the_margins_of_the_binding_side(circular_pages: list[Any]) -> None:
    for page in filter(is_portrait, circular_pages):
        left = (28 if page.page_number % 2 else 26) * MM
        for char in body_characters(page):
            assert ink_left(char) >= left - 1
            assert ink_right(char) <= left + 156 * MM + 1
            assert char["top"] >= 36 * MM - 2
            assert char["matrix"][5] >= (297 - 262) * MM - 1


def test_text_across_keeps_the_type_area_of_the_turned_page(circular_pages: list[Any]) -> None:
    for page in circular_pages:
        if is_portrait(page):
            continue
        upright = [char for char in page.chars if not is_turned(char)]
        assert min(char["x0"] for char in upright) >= 35 * MM - 1
        assert max(char["x1"] for char in upright) <= 260 * MM + 1
        assert min(char["top"] for char in upright) >= 26 * MM
        assert max(char["bottom"] for char in upright) <= 184 * MM


def test_a_full_page_holds_22_lines_of_28_characters(full_pages: list[Any]) -> None:
    lines = lines_of(full_pages[1])
    assert len(lines) == 22
    assert max(len(line) for line in lines.values()) == 28
    baselines = sorted(lines, reverse=True)
    assert all(abs(above - below - PITCH) < 1.1 for above, below in pairwise(baselines))


def test_no_line_of_the_circular_is_wider_than_28_characters(circular_pages: list[Any]) -> None:
    for page in filter(is_portrait, circular_pages):
        for line in lines_of(page).values():
            assert max(map(ink_right, line)) - min(map(ink_left, line)) <= 28 * CHAR + 1
            assert sum(char["width"] > CHAR * 0.9 and char["text"] not in PUNCTUATION for char in line) <= 28


def test_lines_take_up_the_grid_again_below_a_table(circular_pages: list[Any]) -> None:
    first_baseline = (297 - 37) * MM - 0.88 * CHAR
    for page in circular_pages[:6]:
        for char in body_characters(page):
            if abs(char["size"] - CHAR) < 0.1 and "号" not in page.extract_text()[:40]:
                steps = (first_baseline - char["matrix"][5]) / PITCH
                assert abs(steps - round(steps)) < 0.03


def test_the_first_page_has_its_red_mark_72_mm_down_and_a_red_rule(circular_pages: list[Any]) -> None:
    page = circular_pages[0]
    red = [char for char in page.chars if tuple(char["non_stroking_color"] or ()) not in {(0,), (0.0,), (0, 0, 0)}]
    assert "".join(char["text"] for char in red) == "清江市县域义务教育优质均衡发展工作领导小组办公室文件"
    assert min(char["top"] for char in red) / MM == pytest.approx(72, abs=2.5)
    rule = next(line for line in page.lines if line["x1"] - line["x0"] > 150 * MM)
    assert (rule["x1"] - rule["x0"]) / MM == pytest.approx(156, abs=0.2)


def test_page_numbers_stand_outside_with_dashes_seven_millimetres_below(circular_pages: list[Any]) -> None:
    for page in filter(is_portrait, circular_pages):
        number = [char for char in page.chars if char["top"] > 263 * MM]
        assert "".join(char["text"] for char in number).split() == ["—", str(page.page_number), "—"]
        assert {round(char["size"], 1) for char in number} == {14.0}
        dash = number[0]
        assert (297 * MM - dash["matrix"][5] - 0.38 * 14) / MM == pytest.approx(269, abs=0.5)
        if page.page_number % 2:
            assert number[-1]["x1"] == pytest.approx((210 - 26) * MM - 14, abs=1)
        else:
            assert number[0]["x0"] == pytest.approx(26 * MM + 14, abs=1)


def test_page_numbers_of_turned_pages_keep_their_place_on_the_bound_paper(circular_pages: list[Any]) -> None:
    for page in circular_pages:
        turned = [char for char in page.chars if is_turned(char)]
        if is_portrait(page):
            assert not turned
            continue
        assert re.sub(r"\s", "", "".join(char["text"] for char in turned)) == f"—{page.page_number}—"
        assert max(char["x1"] for char in turned) / MM == pytest.approx(28, abs=4)
        if page.page_number % 2:
            assert max(char["bottom"] for char in turned) == pytest.approx((210 - 26) * MM - 14, abs=1)
        else:
            assert min(char["top"] for char in turned) == pytest.approx(26 * MM + 14, abs=1)


def test_long_annexes_repeat_their_header_on_every_page(circular_pages: list[Any]) -> None:
    texts = [page.extract_text() for page in circular_pages if not is_portrait(page)]
    assert len(texts) > 10
    assert all("序" in text.replace("附件", "")[:60] or "附件" in text[:20] for text in texts)
    assert sum("原定时限" in text and "现行时限" in text for text in texts) >= 10


def test_annex_rows_and_figures_survive_to_paper(circular_pages: list[Any]) -> None:
    text = "".join(page.extract_text() for page in circular_pages)
    assert "120项" in text
    assert "84300万元" in text
    assert "未评估" in text
    assert "抄送：市委办公室" in text


def test_every_font_is_embedded(circular_pdf: bytes) -> None:
    with pikepdf.open(BytesIO(circular_pdf)) as pdf:
        fonts = {font.objgen: font for page in pdf.pages for font in page.Resources.get("/Font", {}).values()}
        assert fonts
        for font in fonts.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert any(key in descriptor for key in ("/FontFile2", "/FontFile3"))


def test_the_file_is_tagged_archival_chinese_with_its_title_and_bookmarks(circular_pdf: bytes) -> None:
    with pikepdf.open(BytesIO(circular_pdf)) as pdf:
        assert str(pdf.Root.Lang) == "zh-CN"
        assert bool(pdf.Root.MarkInfo.Marked)
        metadata = bytes(pdf.Root.Metadata.read_bytes()).decode()
        assert "pdfaid" in metadata
        assert "关于2026年第三季度" in metadata
        with pdf.open_outline() as outline:
            titles = [item.title for item in outline.root]
    assert titles[0] == "一、总体情况"
    assert any("逾期任务清单" in title for title in titles)


def test_equal_facts_print_equal_bytes() -> None:
    assert to_pdf(compose(facts(20))) == to_pdf(compose(facts(20)))


def test_a_document_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TypesettingError):
        to_pdf(compose(facts(500)), limits=Limits(seconds=0))
