"""Workbooks of every block and of volumes: sheets with names of their own, figures shown as paper writes them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as SheetCell

from app.printouts.documents import (
    Align,
    Annex,
    Block,
    CellType,
    Chart,
    ChartKind,
    Column,
    Distribution,
    Document,
    Form,
    Heading,
    Pairs,
    Paragraph,
    Series,
    Slip,
    Table,
    Volume,
    cell_text,
)
from app.printouts.xlsx import to_xlsx
from app.printouts.xlsx_cells import width_of
from app.printouts.xlsx_names import SheetNames

AT = datetime(2026, 9, 30, 16, tzinfo=UTC)
FIGURES = Table(
    (
        Column("名称", 30),
        Column("金额", 8, Align.RIGHT, CellType.NUMBER),
        Column("占比", 8, Align.CENTER, CellType.PERCENT),
        Column("项数", 8, Align.CENTER, CellType.INTEGER),
        Column("日期", 8, Align.CENTER, CellType.DAY),
    ),
    (
        ("甲", Decimal("600.50"), Decimal("66.7"), 12, date(2026, 12, 31)),
        ("乙", Decimal("12345678.123456"), Decimal("100.0"), 0, date(2026, 1, 2)),
        ("丙", Decimal(-12), Decimal(0), -3, date(2025, 10, 9)),
    ),
    "表1",
    "资金",
)
STANDING = Chart(
    ChartKind.STACKED,
    "各地区任务状态",
    "地区",
    "项",
    ("甲县", "乙县"),
    (Series("已销号", (3, 4)), Series("逾期", (None, 1))),
    "各地区任务状态",
)
LETTER = Document(
    red_mark="某县领导小组办公室",
    number_line="某教督〔2026〕1号",
    title_lines=("关于某事的", "通知"),
    addressee="某单位：",
    blocks=(
        Heading("一、情况"),
        Paragraph("=1+1 不是算式。"),
        FIGURES,
        STANDING,
        FIGURES,
        Slip("回执", Pairs((("单位", ""), ("意见", "")), sheet="回执表"), "请于5日内寄回。"),
    ),
    annexes=(Annex("名单", (Pairs((("姓名", "某甲"),)), Paragraph("附件的话。")), note="（虚构）"),),
    signature="某县领导小组办公室",
    signed_on=None,
    distribution=Distribution(("某局",), "某县领导小组办公室", None),
    data_as_of=AT,
    form=Form.LETTER,
)


def ledger(name: str, *blocks: Block, note: str = "") -> Document:
    return Document(
        "", "", (f"{name}台账",), "", blocks, (), "", None, None, AT, Form.SHEET, note=note, outlined_as=name
    )


def opened(printed: Document | Volume) -> Workbook:
    return load_workbook(BytesIO(to_xlsx(printed)))


def shown(cell: SheetCell) -> str:
    """Return what a cell shows by its number format, for the formats that the writer uses."""
    if isinstance(cell.value, datetime):
        return f"{cell.value.year}年{cell.value.month}月{cell.value.day}日"
    if isinstance(cell.value, str):
        return cell.value
    form = re.fullmatch(r'0(?:\.(0+))?("%")?', cell.number_format)
    assert form is not None, cell.number_format
    return f"{cell.value:.{len(form[1] or '')}f}{'%' if form[2] else ''}"


def test_every_cell_shows_what_the_paper_prints_and_is_typed() -> None:
    page = opened(LETTER)["资金"]
    for row, cells in zip(FIGURES.rows, page.iter_rows(min_row=2), strict=True):
        assert [shown(cell) for cell in cells] == [
            cell_text(value, column) for value, column in zip(row, FIGURES.columns, strict=True)
        ]
    assert [cell.data_type for cell in page[2]] == ["s", "n", "n", "n", "d"]
    widths = [page.column_dimensions[letter].width for letter in "ABCDE"]
    assert widths[1] >= len("12345678.123456")  # never ####
    assert widths[4] >= 15


def test_a_letters_workbook_holds_its_words_tables_forms_and_slip() -> None:
    book = opened(LETTER)
    assert book.sheetnames == ["正文", "资金", "各地区任务状态", "资金（2）", "回执", "基本情况"]
    assert [row[0] for row in book["正文"].iter_rows(values_only=True)] == [
        "关于某事的通知",
        "某教督〔2026〕1号",
        "某单位：",
        "一、情况",
        "=1+1 不是算式。",
        "（见工作表“资金”）",
        "（见工作表“各地区任务状态”）",
        "（见工作表“资金（2）”）",
        "（见工作表“回执”）",
        "附件：名单",
        "某县领导小组办公室",
        "（草稿，未签发）",
        "附件",
        "名单",
        "（虚构）",
        "（见工作表“基本情况”）",
        "附件的话。",
        "抄送：某局。",
        "某县领导小组办公室　2026年　月　日印发",
    ]
    assert [row for row in book["回执"].iter_rows(values_only=True)] == [
        ("项目", "内容"), ("单位", ""), ("意见", ""), ("", "请于5日内寄回。"),
    ]  # fmt: skip
    assert book["基本情况"]["B2"].value == "某甲"


def test_a_chart_is_its_cells_and_the_picture_of_the_paper() -> None:
    page = opened(LETTER)["各地区任务状态"]
    assert [row for row in page.iter_rows(values_only=True)][:3] == [
        ("地区", "已销号（项）", "逾期（项）"),
        ("甲县", 3, None),
        ("乙县", 4, 1),
    ]
    (picture,) = page._images
    assert picture.anchor._from.row == 4
    assert picture._data().startswith(b"\x89PNG")


def test_a_sheet_without_words_is_its_tables_with_the_title_over_the_print() -> None:
    book = opened(ledger("2026年A&B", FIGURES, note="单位：万元"))
    assert book.sheetnames == ["资金"]
    page = book["资金"]
    assert page.oddHeader.center.text == "2026年A&&B台账　单位：万元"
    assert page.oddFooter.center.text == "— &P —"
    assert (page.freeze_panes, page.auto_filter.ref, page.print_title_rows) == ("A2", "A1:E4", "$1:$1")
    assert (page.page_setup.paperSize, page.page_setup.fitToHeight, page.sheet_properties.pageSetUpPr.fitToPage) == (
        9,
        0,
        True,
    )
    assert "数据截至2026年9月30日" in (opened(ledger("甲", FIGURES))["资金"].oddHeader.center.text or "")


def test_a_volume_is_one_workbook_with_a_list_that_leads_to_its_documents() -> None:
    documents = (ledger("甲县", FIGURES), ledger("乙县", FIGURES, STANDING), ledger("甲县", FIGURES), LETTER)
    volume = Volume("各县台账（虚构）", "某办公室", documents, AT)
    book = opened(volume)
    assert book.sheetnames[:6] == ["目录", "甲县", "乙县-资金", "乙县-各地区任务状态", "甲县（2）", "关于某事的通知"]
    rows = list(book["目录"].iter_rows(min_row=2))
    assert [row[2].value for row in rows] == ["甲县", "乙县-资金", "甲县（2）", "关于某事的通知"]
    assert [row[2].hyperlink.location for row in rows][1] == "'乙县-资金'!A1"
    assert len(book["乙县-各地区任务状态"]._images) == 1
    assert to_xlsx(volume) == to_xlsx(volume)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (["资金", "资金", "资金"], ["资金", "资金（2）", "资金（3）"]),
        (["A", "a"], ["A", "a（2）"]),
        (["长" * 40, "长" * 41], ["长" * 31, "长" * 28 + "（2）"]),
        (["'[a]:*?/\\'", "", "History"], ["、a、、、、、、", "表", "History（2）"]),
        (["一\x00二\n", "'"], ["一二", "表"]),
    ],
)
def test_no_two_sheets_have_one_name_and_none_that_a_workbook_refuses(wanted: list[str], given: list[str]) -> None:
    names = SheetNames()
    assert [names.take(name) for name in wanted] == given


def test_columns_are_as_wide_as_chinese_titles_days_and_sums_need() -> None:
    assert width_of(Column("名称", 100)) > 50
    assert width_of(Column("原定完成时限（年月日）", 10)) >= 11
    assert width_of(Column("日", 5, type=CellType.DAY)) >= 16
    assert width_of(Column("数", 5, type=CellType.NUMBER), (Decimal("1234567890.25"), None)) >= 13
