"""Invented documents of every form, with every kind of block, for the checks of the word-processor writer."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from app.printouts.documents import (
    Align,
    Annex,
    Cell,
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
    Slot,
    Stamp,
    Table,
    Volume,
)

CUT_OFF = datetime(2026, 9, 30, 16, tzinfo=UTC)
OFFICE = "清江市县域义务教育优质均衡发展工作领导小组办公室"
STAMP = Stamp("草稿", "https://junheng.example/verify/ab12cd34ef56", "ab12cd34ef56")
COLUMNS = (
    Column("序号", 10, Align.CENTER, CellType.INTEGER),
    Column("任务", 60),
    Column("完成\n时限", 27, Align.CENTER, CellType.DAY),
    Column("完成率", 20, Align.RIGHT, CellType.PERCENT, missing="未报"),
)


def table(rows: int = 12, caption: str = "任务完成情况表") -> Table:
    """Return a table of invented tasks."""
    return Table(COLUMNS, tuple(_row(number) for number in range(1, rows + 1)), caption, "任务", "无任务")


def _row(number: int) -> tuple[Cell, ...]:
    share = Decimal("66.7") + number if number % 3 else None
    return (number, f"落实“县管校聘”管理改革第{number}项（虚构）", date(2026, 9, number % 28 + 1), share)


FORM_BLOCK = Pairs((("责任单位", "清江市教育局（虚构）"), ("任务", "消除城镇义务教育学校大班额"), ("办理情况", "")))
CHART = Chart(
    ChartKind.STACKED,
    "各季度完成情况",
    "季度",
    "项",
    ("2026年第一季度", "2026年第二季度", "2026年第三季度"),
    (Series("已完成", (3, 5, Decimal("9.5"))), Series("逾期", (1, 2, None))),
    "季度",
)
BLOCK = Distribution(("市委办公室", "市人大常委会办公室"), OFFICE, None)

CIRCULAR = Document(
    red_mark=f"{OFFICE}文件",
    number_line="清教均办〔2026〕5号",
    title_lines=("关于2026年第三季度义务教育优质均衡发展", "工作进展情况的通报"),
    addressee="各县（市、区）人民政府，市直有关单位：",
    blocks=(
        Paragraph("根据《清江市推进县域义务教育优质均衡发展实施方案》（虚构），现通报如下。", Slot.OPENING),
        Heading("一、总体情况"),
        Paragraph("截至2026年9月30日，全市共有任务120项，其中已销号45项，占37.5%。" * 3),
        Heading("（一）各地进展", 2),
        Heading("1.东平县", 3),
        Paragraph("不缩进的一段。", indent=False),
        table(),
        CHART,
        Heading("二、下一步工作要求"),
        Paragraph("各地各单位要对照台账，逐项落实。" * 9, Slot.CLOSING),
    ),
    annexes=(
        Annex("任务台账", (table(60),), landscape=True, note="截至2026年9月30日"),
        Annex("项目投资情况表", (table(0, "在建项目"), FORM_BLOCK)),
    ),
    signature=OFFICE,
    signed_on=None,
    distribution=BLOCK,
    data_as_of=CUT_OFF,
)
LETTER = replace(
    CIRCULAR,
    red_mark="清江市人民政府教育督导委员会办公室",
    number_line="清教督函〔2026〕　号",
    title_lines=("关于限期完成消除大班额任务的督办函",),
    addressee="东平县人民政府：",
    blocks=(
        Paragraph("请于2026年10月31日前办结。"),
        table(2),
        Slip("回　执", FORM_BLOCK, "请于收到之日起5个工作日内寄回。"),
    ),
    annexes=(),
    signature="清江市人民政府教育督导委员会办公室",
    signed_on=date(2026, 10, 8),
    form=Form.LETTER,
)
MINUTES = replace(
    LETTER,
    red_mark="约谈纪要",
    number_line="第1期",
    title_lines=("关于约谈东平县人民政府的纪要",),
    addressee="",
    blocks=(Paragraph("出席：张三（虚构）、李四（虚构）"), Heading("一、约谈情况"), Paragraph("会议指出，问题突出。")),
    signature="",
    signed_on=None,
    form=Form.MINUTES,
)
SHEET = replace(
    MINUTES,
    red_mark="",
    number_line="",
    title_lines=("东平县任务情况表",),
    blocks=(FORM_BLOCK, FORM_BLOCK, table(30)),
    distribution=None,
    form=Form.SHEET,
    landscape=True,
    note="截至2026年9月30日",
    outlined_as="东平县",
)
BOUND = Volume(
    "清江市各县（市、区）情况表汇编", OFFICE, (SHEET, replace(SHEET, landscape=False), LETTER, CIRCULAR), CUT_OFF
)
SAMPLES: dict[str, Document | Volume] = {
    "circular": CIRCULAR,
    "circular that ends across": replace(CIRCULAR, annexes=CIRCULAR.annexes[:1]),
    "letter": LETTER,
    "minutes": MINUTES,
    "sheet": SHEET,
    "volume": BOUND,
}
