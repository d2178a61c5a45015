"""Compose the two ledgers of targets met and not met (已达标台账、未达标台账; Kashgar plan, clause 五(一))."""

from collections.abc import Sequence
from datetime import date

from app.domain.circulars import TargetRow
from app.domain.shares import share_pct
from app.domain.sheets import LedgerItem, TwoLedgerFacts
from app.domain.targets import Verdict
from app.printouts.circular_words import measured_text, target_text
from app.printouts.documents import Align, Block, Cell, CellType, Column, Document, Paragraph, Table, day_text
from app.printouts.sheet_targets import GROUPS, gap_text, indicator_words
from app.printouts.sheet_words import NUMBER, PLACE, numbered, sheet

_CODE = Column("指标代码", 28, Align.CENTER)
_NAME = Column("指标名称", 50)
_STAGE = Column("学段", 15, Align.CENTER)
_TARGET = Column("目标值", 26, Align.CENTER)
_DUE = Column("目标时限", 27, Align.CENTER, CellType.DAY)
_VALUE = Column("监测值", 22, Align.CENTER)
_ON = Column("监测日期", 27, Align.CENTER, CellType.DAY)
_FILES = Column("佐证材料\n（件）", 21, Align.CENTER, CellType.INTEGER)
MET_COLUMNS = (NUMBER, PLACE, _CODE, _NAME, _STAGE, _TARGET, _DUE, _VALUE, _ON, _FILES)
UNMET_COLUMNS = (NUMBER, PLACE, _CODE, _NAME, _STAGE, _TARGET, _DUE, _VALUE, Column("差距", 22), _ON, _FILES)
OPEN_COLUMNS = (
    NUMBER,
    PLACE,
    Column("类别", 27, Align.CENTER),
    _DUE,
    Column("项次", 14, Align.CENTER, CellType.INTEGER),
    Column("指标（学段）", 150),
    Column("未评估原因", 34),
)
_COUNT = CellType.INTEGER
TOTAL_COLUMNS = (
    Column("地区", 60, Align.CENTER),
    Column("指标项次", 33, Align.CENTER, _COUNT),
    Column("已达标", 33, Align.CENTER, _COUNT),
    Column("未达标", 33, Align.CENTER, _COUNT),
    Column("未评估", 33, Align.CENTER, _COUNT),
    Column("达标率", 33, Align.CENTER, CellType.PERCENT, missing="未评估"),
)


def compose(facts: TwoLedgerFacts) -> Document:
    """Compose the totals by place, the two ledgers, and apart from them what was not assessed."""
    blocks: list[Block] = [
        Paragraph(
            f"《{facts.head.plan_title}》设定的量化指标，每一地区、每一学段的每一目标计1项次，"
            f"按截至{day_text(facts.head.on)}最近一次有效监测值判定，或列入已达标台账，或列入未达标台账；"
            "没有监测值的不作判定，另列清单并注明原因。"
        ),
        totals_table(facts.items),
        _met(facts.of(Verdict.MET)),
        _unmet(facts.of(Verdict.UNMET)),
        _open(facts.of(Verdict.NOT_ASSESSED)),
    ]
    return sheet(facts.head, (facts.head.area, "达标情况双台账"), blocks, landscape=True)


def totals_table(items: Sequence[LedgerItem]) -> Table:
    """Count the items of each place by ledger; the last row sums them."""
    places = dict.fromkeys(item.target.place for item in items)
    rows = [_counted(place or "—", [item for item in items if item.target.place == place]) for place in places]
    if len(rows) > 1:
        rows.append(_counted("合计", items))
    return Table(TOTAL_COLUMNS, tuple(rows), "各地区达标情况", "达标情况汇总", "未设量化指标")


def _counted(name: str, items: Sequence[LedgerItem]) -> tuple[Cell, ...]:
    met, unmet, open_ = (sum(item.target.verdict is verdict for item in items) for verdict in Verdict)
    return name, len(items), met, unmet, open_, share_pct(met, met + unmet)


def _lead(item: LedgerItem) -> tuple[Cell, ...]:
    row = item.target
    return (
        row.place,
        row.indicator_code,
        row.indicator_name,
        row.stage_label,
        target_text(row),
        row.effective_due_on,
    )


def _met(items: Sequence[LedgerItem]) -> Table:
    rows = ((*_lead(item), measured_text(item.target), item.target.measured_on, item.files) for item in items)
    return Table(MET_COLUMNS, numbered(rows), f"已达标台账（{len(items)}项次）", "已达标台账", "无已达标事项")


def _unmet(items: Sequence[LedgerItem]) -> Table:
    rows = (
        (*_lead(item), measured_text(item.target), gap_text(item.target), item.target.measured_on, item.files)
        for item in items
    )
    return Table(UNMET_COLUMNS, numbered(rows), f"未达标台账（{len(items)}项次）", "未达标台账", "无未达标事项")


def _open(items: Sequence[LedgerItem]) -> Table:
    """List what was not assessed: a row for each place, due date, part of the standard and reason, with its indicators.

    A row of everything at once would be higher than a page.
    """
    found: dict[tuple[str, str, date, str], list[TargetRow]] = {}
    for item in items:
        row = item.target
        key = (row.place or "—", GROUPS[row.group], row.effective_due_on, item.reason)
        found.setdefault(key, []).append(row)
    rows = (
        (place, group, due_on, len(targets), indicator_words(targets), reason)
        for (place, group, due_on, reason), targets in found.items()
    )
    return Table(OPEN_COLUMNS, numbered(rows), f"未评估事项（{len(items)}项次）", "未评估事项", "无未评估事项")
