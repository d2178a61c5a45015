"""Titles are broken at words, in lines of good shape."""

import pytest

from app.printouts.title_lines import TITLE_LINE, TITLE_LINE_ACROSS, break_title, width


@pytest.mark.parametrize(
    ("plan", "lines"),
    [
        (
            "喀什地区推动县域义务教育优质均衡发展实施方案（2021—2035年）",
            ("关于《喀什地区推动县域义务教育", "优质均衡发展实施方案（2021—2035年）》", "2026年第三季度落实情况的通报"),
        ),
        (
            "市政府关于统筹推进城乡义务教育一体化促进优质均衡发展的实施意见",
            (
                "关于《市政府关于统筹推进城乡义务教育",
                "一体化促进优质均衡发展的实施意见》",
                "2026年第三季度落实情况的通报",
            ),
        ),
        (
            "洛阳市推进义务教育优质均衡发展具体举措",
            ("关于《洛阳市推进义务教育优质均衡发展", "具体举措》2026年第三季度落实情况的通报"),
        ),
    ],
)
def test_a_title_is_broken_at_its_words(plan: str, lines: tuple[str, ...]) -> None:
    assert break_title((f"关于《{plan}》", "2026年第三季度", "落实情况的通报")) == lines


@pytest.mark.parametrize(
    "text",
    ["", "的", "甲" * 50, "推进义务教育优质均衡发展" * 16, "（" * 3, "2026年第三季度" * 6, "某市优质均衡方案任务台账"],
)
def test_no_title_is_lost_or_too_wide(text: str) -> None:
    for room in (TITLE_LINE, TITLE_LINE_ACROSS):
        lines = break_title((text, "情况的通报"), room)
        assert "".join(lines) == f"{text}情况的通报"
        assert all(width(line) <= room for line in lines)
