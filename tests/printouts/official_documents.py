"""Invented documents of every form with every kind of block, for the checks of what is printed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from app.printouts.documents import (
    Align,
    Annex,
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

AT = datetime(2026, 9, 30, 16, tzinfo=UTC)  # the end of 30 September in Shanghai
OFFICE = "清江市县域义务教育优质均衡发展工作领导小组办公室"
HAN = "序时进度任务核验台账整改通报责任单位按期完成认真落实（虚构）。"
DISTRIBUTION = Distribution(("市委办公室", "市人大常委会办公室"), OFFICE, date(2026, 10, 8))
DRAFT = Stamp(watermark="待签发")
STAMP = Stamp(address="https://junheng.example.gov.cn/verify/3f2a9c018d7e", fingerprint="3f2a 9c01 8d7e")

ITEMS = Table(
    (
        Column("序号", 12, Align.CENTER, CellType.INTEGER),
        Column("督办事项", 60),
        Column("责任人", 20, Align.CENTER),
        Column("办结时限", 30, Align.CENTER, CellType.DAY),
    ),
    ((1, "完成主体工程验收", "镕喆堃", date(2026, 10, 10)), (2, "恢复构件安装", "李某", date(2026, 10, 18))),
    "督办事项",
    "督办事项",
)
RECEIPT = Slip(
    "回　执",
    Pairs((("收到单位", "市住房城乡建设局"), ("收件人（签名）", ""), ("收到日期", "　　　　年　　月　　日")), 40),
    "请于收到当日填写后送回领导小组办公室。",
)
BARS = Chart(
    ChartKind.STACKED,
    "各县（市、区）任务状态",
    "地区",
    "项",
    ("东平县", "南屏区", "西岭县"),
    (Series("已销号", (12, 9, 7)), Series("推进中", (5, 8, 6)), Series("逾期", (1, 0, 4))),
    "状态图",
)
LINES = Chart(
    ChartKind.LINES,
    "每百名学生拥有县级以上骨干教师数",
    "监测日",
    "人",
    (date(2025, 12, 31), date(2026, 6, 30), date(2026, 9, 30)),
    (Series("监测值", (Decimal("0.8"), None, Decimal("0.95"))), Series("目标", (1, 1, 1), guide=True)),
    "轨迹",
)
LEDGER = Table(
    tuple(Column(f"第{number}栏", 20) for number in range(1, 10)),
    tuple(tuple(f"内容{row}之{column}" for column in range(1, 10)) for row in range(1, 41)),
    "任务台账",
    "任务台账",
)

LETTER = Document(
    red_mark=OFFICE,
    number_line="清均衡办督〔2026〕12号",
    title_lines=("督办通知单",),
    addressee="市住房城乡建设局：",
    blocks=(
        Paragraph("经核查，你单位牵头的任务截至2026年9月30日已逾期30天（虚构）。现予督办。", slot=Slot.OPENING),
        ITEMS,
        Paragraph("请于2026年10月15日前书面反馈整改方案。", slot=Slot.CLOSING),
        RECEIPT,
    ),
    annexes=(),
    signature=OFFICE,
    signed_on=date(2026, 10, 8),
    distribution=Distribution(("市委督查室",), OFFICE, date(2026, 10, 8)),
    data_as_of=AT,
    form=Form.LETTER,
)
FILE = replace(
    LETTER,
    form=Form.FILE,
    red_mark=f"{OFFICE}文件",
    title_lines=("关于2026年第三季度", "任务进展情况的通报"),
    blocks=(
        Paragraph("现将有关情况通报如下。"),
        Heading("一、总体情况"),
        Heading("（一）任务进度", 2),
        Paragraph(HAN * 6),
        Heading("1.按期完成的任务", 3),
        Paragraph(HAN * 20),
        ITEMS,
        Heading("二、下一步工作"),
        Paragraph(HAN * 4),
    ),
    annexes=(Annex("任务台账", (LEDGER,), landscape=True, note="单位：项"),),
    distribution=DISTRIBUTION,
)
MINUTES = replace(
    LETTER,
    form=Form.MINUTES,
    red_mark="清江市县域义务教育优质均衡发展约谈纪要",
    number_line="〔2026〕3号",
    title_lines=("约谈东平县人民政府纪要",),
    addressee="",
    blocks=(
        Paragraph("时间：2026年9月28日上午"),
        Paragraph(HAN * 3),
        Heading("一、约谈事项"),
        Paragraph(HAN * 5),
        Paragraph("出席：清江市教育局张某（虚构），清江市财政局李某（虚构），清江市人力资源社会保障局王某（虚构）。"),
        Paragraph("请假：无。"),
    ),
    signature="",
    signed_on=None,
)
SHEET = replace(
    MINUTES,
    form=Form.SHEET,
    red_mark="",
    number_line="",
    title_lines=("东平县推进义务教育优质均衡", "发展情况表（虚构）"),
    note="数据截至2026年9月30日",
    blocks=(
        Pairs((("地区", "东平县"), ("牵头单位", "东平县人民政府"), ("备注", ""))),
        Heading("一、任务状态"),
        BARS,
        Heading("二、监测值"),
        LINES,
        Paragraph("本表由台账生成，不另盖章。", indent=False),
    ),
    distribution=None,
    outlined_as="东平县",
)
WIDE = replace(SHEET, title_lines=("任务台账（虚构）",), blocks=(LEDGER,), landscape=True, outlined_as="任务台账")
VOLUME = Volume("清江市各县（市、区）情况汇编（虚构）", OFFICE, (SHEET, WIDE, LETTER, FILE), AT)
KINDS: dict[str, tuple[Document | Volume, Stamp | None]] = {
    "file": (FILE, None),
    "letter": (LETTER, STAMP),
    "minutes": (MINUTES, DRAFT),
    "sheet": (SHEET, STAMP),
    "wide": (WIDE, replace(STAMP, watermark="作废")),
    "volume": (VOLUME, STAMP),
}
