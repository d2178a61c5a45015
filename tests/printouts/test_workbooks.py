"""Workbooks read back: the same figures, typed, with header, filter and print set-up."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

from app.domain.circulars import overdue
from app.printouts.circulars import compose
from app.printouts.documents import Cell, CellType, Column
from app.printouts.xlsx import Sheet, sheets_to_xlsx, to_xlsx
from tests.printouts.invented import facts

MADE_AT = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)


def test_the_circulars_workbook_holds_the_facts() -> None:
    given = facts(120)
    book = load_workbook(BytesIO(to_xlsx(compose(given))))
    rows = list(book["附件1 任务进展"].iter_rows(min_row=2, values_only=True))
    assert [row[2] for row in rows] == [row.title for row in given.milestones]
    assert [row[5].date() for row in rows] == [row.original_due_on for row in given.milestones]
    assert [row[8] for row in rows] == [
        None if row.progress_pct is None else int(row.progress_pct) for row in given.milestones
    ]
    late = list(book["附件2 逾期任务"].iter_rows(min_row=2, values_only=True))
    assert [row[7] for row in late] == [row.days_late for row in overdue(given)]
    money = list(book["附件4 项目投资"].iter_rows(min_row=2, values_only=True))
    assert [row[4] for row in money] == [
        None if p.investment_wan is None else int(p.investment_wan) for p in given.projects
    ]


def test_the_workbook_has_the_text_and_one_sheet_per_table() -> None:
    book = load_workbook(BytesIO(to_xlsx(compose(facts(12)))))
    assert [name for name in book.sheetnames if not name.startswith("图")] == [
        "正文",
        "表1 任务状态",
        "表2 按期完成情况",
        "附件1 任务进展",
        "附件2 逾期任务",
        "附件3 指标达标",
        "附件3 未报监测值",
        "附件4 项目投资",
        "附件5 问责案件",
        "附件6 下季度到期",
    ]
    lines = [row[0] for row in book["正文"].iter_rows(values_only=True)]
    assert "一、总体情况" in lines
    assert "（见工作表“表1 任务状态”）" in lines


def test_sheets_are_ready_to_read_filter_and_print() -> None:
    page = load_workbook(BytesIO(to_xlsx(compose(facts(12)))))["附件1 任务进展"]
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:K13"
    assert page.print_title_rows == "$1:$1"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.column_dimensions["C"].width > 20


def test_text_never_becomes_a_formula_and_numbers_stay_exact() -> None:
    columns = (
        Column("文本", 30),
        Column("金额", 20, type=CellType.NUMBER),
        Column("日期", 20, type=CellType.DAY),
        Column("空", 20, type=CellType.INTEGER),
    )
    row: tuple[Cell, ...] = ("=1+1", Decimal("150396.25"), date(2026, 9, 30), None)
    page = load_workbook(BytesIO(sheets_to_xlsx([Sheet("导出/一", columns, [row])], "导出", MADE_AT)))["导出、一"]
    assert [cell.value for cell in page[2]] == ["=1+1", 150396.25, datetime(2026, 9, 30), None]
    assert [cell.data_type for cell in page[2]] == ["s", "n", "d", "n"]
    assert page["C2"].number_format == 'yyyy"年"m"月"d"日"'


def test_a_number_too_long_for_a_workbook_is_written_as_text() -> None:
    row = (Decimal("1234567890123456.78"),)
    page = load_workbook(
        BytesIO(sheets_to_xlsx([Sheet("一", (Column("金额", 20, type=CellType.NUMBER),), [row])], "一", MADE_AT))
    )["一"]
    assert page["A2"].value == "1234567890123456.78"


def test_equal_input_gives_equal_bytes() -> None:
    assert to_xlsx(compose(facts(30))) == to_xlsx(compose(facts(30)))
