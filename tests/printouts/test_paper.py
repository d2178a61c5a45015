"""The printed circular held against the geometry of GB/T 9704-2012."""

from collections import defaultdict
from io import BytesIO
from itertools import pairwise
from typing import Any

import pdfplumber
import pikepdf
import pytest

from app.printouts.circulars import compose
from app.printouts.documents import Document, Paragraph
from app.printouts.pdf import Limits, TypesettingError, to_pdf
from tests.printouts.invented import facts
from tests.support.gbt9704 import violations

MM = 72 / 25.4
CHAR = 156 * MM / 28
PITCH = CHAR * 15 / 8
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


def text_pages(count: int = 40) -> list[Any]:
    """Print a document of nothing but Han characters, so that every line is full."""
    document = compose(facts(3))
    blocks = tuple(Paragraph(HAN * 20) for _ in range(count // 8))
    pdf = to_pdf(type(document)(**{**vars(document), "blocks": blocks, "annexes": ()}))
    return pdfplumber.open(BytesIO(pdf)).pages


@pytest.fixture(scope="module")
def full_pages() -> list[Any]:
    return text_pages()


def test_the_circular_keeps_the_standard_on_every_page(circular: Document, circular_pdf: bytes) -> None:
    assert violations(circular_pdf, circular) == []


def test_every_page_is_a4_and_only_annexes_lie_across(circular_pages: list[Any]) -> None:
    sizes = {(round(page.width / MM), round(page.height / MM)) for page in circular_pages}
    assert sizes == {(210, 297), (297, 210)}
    first_across = next(index for index, page in enumerate(circular_pages) if not is_portrait(page))
    assert "附件1" in circular_pages[first_across].extract_text()


def test_a_full_page_holds_22_lines_of_28_characters(full_pages: list[Any]) -> None:
    lines = lines_of(full_pages[1])
    assert len(lines) == 22
    assert max(len(line) for line in lines.values()) == 28
    baselines = sorted(lines, reverse=True)
    assert all(abs(above - below - PITCH) < 1.1 for above, below in pairwise(baselines))


def test_the_first_page_has_its_red_mark_72_mm_down_and_a_red_rule(circular_pages: list[Any]) -> None:
    page = circular_pages[0]
    red = [char for char in page.chars if tuple(char["non_stroking_color"] or ()) not in {(0,), (0.0,), (0, 0, 0)}]
    assert "".join(char["text"] for char in red) == "清江市县域义务教育优质均衡发展工作领导小组办公室文件"
    assert min(char["top"] for char in red) / MM == pytest.approx(72, abs=2.5)
    rule = next(line for line in page.lines if line["x1"] - line["x0"] > 150 * MM)
    assert (rule["x1"] - rule["x0"]) / MM == pytest.approx(156, abs=0.2)


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


def test_the_file_is_tagged_archival_chinese_with_its_title_and_bookmarks(circular_pdf: bytes) -> None:
    with pikepdf.open(BytesIO(circular_pdf)) as pdf:
        assert str(pdf.Root.Lang) == "zh-CN"
        assert bool(pdf.Root.MarkInfo.Marked)
        metadata = bytes(pdf.Root.Metadata.read_bytes()).decode()
        assert "pdfaid" in metadata
        assert "2026年第三季度" in metadata
        with pdf.open_outline() as outline:
            titles = [item.title for item in outline.root]
    assert titles[0] == "一、总体情况"
    assert any("逾期任务清单" in title for title in titles)


def test_equal_facts_print_equal_bytes() -> None:
    assert to_pdf(compose(facts(20))) == to_pdf(compose(facts(20)))


def test_a_document_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TypesettingError):
        to_pdf(compose(facts(500)), limits=Limits(seconds=0))
