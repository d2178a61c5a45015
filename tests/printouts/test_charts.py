"""The drawing of a chart: the same for page and paper, told apart without colour, honest about what is missing."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from app.printouts.chart_pictures import png
from app.printouts.charts import alt_text, svg
from app.printouts.charts_drawing import NARROW, WIDTH
from app.printouts.charts_scale import scale_of
from app.printouts.documents import Chart, ChartKind, Series, number_text
from app.printouts.fonts import MissingGlyphError

SVG = "{http://www.w3.org/2000/svg}"
QUARTERS = tuple(f"{year}年{number}季度" for year in (2025, 2026) for number in "一二三四")
TAGS = ("svg", "title", "desc", "rect", "text", "line", "path")
COUNTIES = (*(f"{name}县" for name in "甲乙丙丁戊己庚辛壬"), "塔什库尔干塔吉克自治县")


def chart(kind: ChartKind, places: tuple[str | date, ...], *series: Series, unit: str = "项") -> Chart:
    return Chart(kind, "各季度完成情况", "季度", unit, places, series, "图")


def parsed(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in parsed(drawing).iter(f"{SVG}text")]


STANDING = chart(
    ChartKind.STACKED,
    COUNTIES,
    *(Series(name, tuple(range(step, step + 10))) for step, name in enumerate(("已销号", "未到期", "滞后", "逾期"), 3)),
)
COMPLETION = chart(
    ChartKind.LINES,
    QUARTERS,
    Series("累计到期", (3, 8, 12, 20, 26, 35, 41, 60), guide=True),
    Series("累计销号", (1, 6, None, 16, 22, 30, 37, None)),
)
MONEY = chart(
    ChartKind.LINES,
    (date(2025, 12, 31), date(2026, 6, 30), date(2026, 12, 31), date(2029, 12, 31)),
    Series("累计计划", (1000, None, 5600, 14500), guide=True),
    Series("累计支付", (Decimal("600.50"), Decimal("3200.257"), None, None)),
    unit="万元",
)


@pytest.mark.parametrize("drawn", [STANDING, COMPLETION, MONEY])
def test_a_drawing_holds_nothing_that_a_strict_page_refuses_and_is_always_the_same(drawn: Chart) -> None:
    drawing = svg(drawn)
    assert drawing == svg(drawn)
    assert not re.search(r"style|<script|\son\w+=|href|@|<style", drawing)
    root = parsed(drawing)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == drawn.caption
    assert root.findtext(f"{SVG}desc") == alt_text(drawn)
    ids = re.findall(r' id="([^"]+)"', drawing)
    assert set(re.findall(r"url\(#([^)]+)\)", drawing)) <= set(ids)
    assert not set(ids) & set(re.findall(r' id="([^"]+)"', svg(drawn, width=NARROW)))  # both stand on one page


def test_series_are_told_apart_without_colour() -> None:
    fills = [element.get("fill") for element in parsed(svg(STANDING)).iter(f"{SVG}rect") if element.get("stroke")]
    assert len(set(fills)) == 4
    assert sum("url(" in (fill or "") for fill in fills) > len(fills) / 3
    dashes = {element.get("stroke-dasharray") for element in parsed(svg(COMPLETION)).iter(f"{SVG}path")}
    assert {"none", "6 4"} <= dashes


def test_every_figure_of_a_lying_bar_is_written_as_tables_write_it() -> None:
    written = texts(svg(STANDING))
    for index in range(len(COUNTIES)):
        assert str(sum(int(one.values[index] or 0) for one in STANDING.series)) in written
    assert {"塔什库尔干塔吉克自治县", "已销号", "逾期", "单位：项"} <= set(written)
    assert {"累计支付 3200.257", "累计计划 14500"} <= set(texts(svg(MONEY)))


def test_days_stand_in_proportion_and_what_is_missing_is_a_gap() -> None:
    marks = [
        tuple(float(part) for part in (element.get("transform") or "")[10:-1].split())
        for element in parsed(svg(MONEY)).iter(f"{SVG}path")
        if element.get("transform")
    ]
    planned = sorted(x for x, _ in marks[-3:])
    assert (planned[2] - planned[1]) / (planned[1] - planned[0]) == pytest.approx(3, rel=0.01)
    paths = [
        element.get("d") or ""
        for element in parsed(svg(COMPLETION)).iter(f"{SVG}path")
        if element.get("fill") == "none" and not element.get("transform") and element.get("stroke-dasharray") == "none"
    ]
    assert [path.count("L") for path in paths] == [1, 1, 3]  # the legend, and two pieces with a gap between them


def test_crowded_names_are_thinned_and_many_bars_cut_with_a_word() -> None:
    written = texts(svg(COMPLETION, width=NARROW))
    assert written.count("2026年") + written.count("2025年") < len(QUARTERS)
    assert "四季度" in written  # the last one stays
    units = tuple(f"第{number}责任单位教育体育和科学技术局" for number in range(60))
    many = chart(ChartKind.STACKED, units, Series("已销号", tuple(range(60))))
    drawing = svg(many)
    assert "图中列前44个，其余16个见表。" in texts(drawing)
    assert float(parsed(drawing).get("height") or 0) * 156 / WIDTH < 215  # fits on a page
    assert any(text.endswith("…") for text in texts(drawing))


def test_an_empty_chart_says_so() -> None:
    empty = chart(ChartKind.BARS, (), Series("一", ()))
    unknown = chart(ChartKind.LINES, ("一", "二"), Series("一", (None, None)))
    assert texts(svg(empty)) == texts(svg(unknown)) == ["无数据"]
    assert alt_text(empty) == "各季度完成情况：无数据。"


def test_words_say_what_the_drawing_shows() -> None:
    assert alt_text(COMPLETION) == (
        "各季度完成情况。折线图，季度：2025年一季度至2026年四季度，单位：项。"
        "累计到期2026年四季度为60；累计销号2026年三季度为37。数据见表。"
    )
    assert "已销号合计75" in alt_text(STANDING)


def test_hostile_names_are_only_text() -> None:
    nasty = chart(ChartKind.BARS, ("<script>\"&'\x00\u2028",), Series("</text><a href='x'>", (1,)), unit="<b>")
    root = parsed(svg(nasty))
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "rect", "text", "line", "path")
    }
    assert "<script>\"&' " in [element.text for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("figures", "marks"),
    [
        ((0, 0), "0 1"),
        ((3, 37), "0 10 20 30 40"),
        (("91.2", "98"), "90 92 94 96 98"),
        (("0.55", "0.65"), "0.54 0.56 0.58 0.6 0.62 0.64 0.66"),
        ((-20, 60), "-20 0 20 40 60"),
        ((1,), "0 1"),
        ((150396,), "0 50000 100000 150000 200000"),
    ],
)
def test_scales_have_round_marks_around_all_figures(figures: tuple[int | str, ...], marks: str) -> None:
    scale = scale_of((Decimal(figure) for figure in figures), from_zero=len(figures) == 1)
    assert " ".join(number_text(one) for one in scale.marks) == marks


def test_the_picture_is_the_drawing_set_with_the_print_fonts() -> None:
    picture = png(STANDING, 96)
    assert picture == png(STANDING, 96)
    with Image.open(BytesIO(picture)) as image:
        assert abs(image.width - 156 / 25.4 * 96) <= 1
        height = float(parsed(svg(STANDING)).get("height") or 0)
        assert abs(image.height / image.width - height / WIDTH) < 0.01
        greys = image.convert("L").histogram()
    assert sum(greys[:80]) > 1000  # letters and dark bars are there
    with pytest.raises(MissingGlyphError, match="图《各季度完成情况》"):
        png(chart(ChartKind.BARS, ("\U00013000",), Series("一", (1,))))
