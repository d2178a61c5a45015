"""Compose cover and contents of a case's paper file (案卷封面及目录), with room for the pen where pages are counted."""

from app.domain.sheets import CaseFileFacts
from app.printouts.documents import Align, Block, CellType, Column, Document, Pairs, Table, day_text
from app.printouts.sheet_words import NUMBER, case_number, file_words, numbered, plan_words, sheet

HASH_SHOWN = 16  # characters of a hash: enough to find the file by
PAPER_COLUMNS = (
    NUMBER,
    Column("日期", 27, Align.CENTER, CellType.DAY),
    Column("文件材料名称", 58),
    Column("责任者", 28),
    Column("文号", 26, Align.CENTER),
    Column("页号", 13, Align.CENTER, missing=""),
    Column("备注", 16, missing=""),
)
FILE_COLUMNS = (
    NUMBER,
    Column("佐证材料名称", 62),
    Column("提交日期", 27, Align.CENTER, CellType.DAY),
    Column(f"SHA-256（前{HASH_SHOWN}位）", 40, Align.CENTER),
    Column("页号", 13, Align.CENTER, missing=""),
)


def compose(facts: CaseFileFacts) -> Document:
    """Compose the cover as a form, then the papers in order and the evidence with its hashes."""
    blocks: list[Block] = [_cover(facts), _papers(facts), _files(facts)]
    number = case_number(facts.case_number)
    return sheet(facts.head, ("问责案卷封面及目录",), blocks, outlined_as=f"{number}　{facts.unit}")


def _cover(facts: CaseFileFacts) -> Pairs:
    rows = (
        ("案卷编号", case_number(facts.case_number)),
        ("案卷题名", f"{facts.unit}问责案件"),
        ("被问责单位", facts.unit),
        ("所属方案", plan_words(facts.head)),
        ("涉及任务", "；".join(facts.milestones) or "—"),
        ("立案日期", day_text(facts.opened_on)),
        ("办理阶段", facts.stage),
        ("处理决定", "；".join(facts.measures) or "尚未作出"),
        ("结案日期", day_text(facts.closed_on) if facts.closed_on else "未结案"),
        ("卷内文件", f"{len(facts.papers)}件；另有佐证材料{len(facts.files)}件"),
        ("承办机构", facts.head.office),
        ("卷内页数", ""),
        ("保管期限", ""),
        ("立卷人", ""),
        ("检查人", ""),
        ("立卷日期", ""),
    )
    return Pairs(rows, width=32, sheet="案卷封面")


def _papers(facts: CaseFileFacts) -> Table:
    rows = ((row.on, row.name, row.by, row.number, None, None) for row in facts.papers)
    return Table(PAPER_COLUMNS, numbered(rows), "卷内文件目录", "卷内文件目录", "无文件")


def _files(facts: CaseFileFacts) -> Table:
    rows = ((file_words(file.filename), file.handed_in_on, file.sha256[:HASH_SHOWN], None) for file in facts.files)
    return Table(FILE_COLUMNS, numbered(rows), "佐证材料目录", "佐证材料目录", "无佐证材料")
