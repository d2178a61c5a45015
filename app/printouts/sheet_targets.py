"""Targets on sheets: counted by part of the standard, those with a value one by one, coefficients apart."""

from collections.abc import Iterable, Sequence

from app.domain.circular_variation import VariationTable, variation_table
from app.domain.circulars import TargetRow
from app.domain.shares import share_pct
from app.domain.sheets import gap
from app.domain.targets import Verdict
from app.domain.vocabulary import IndicatorGroup
from app.printouts.circular_words import measured_text, row_value, target_text
from app.printouts.documents import Align, Block, Cell, CellType, Column, Table, number_text
from app.printouts.sheet_words import NUMBER, numbered

GROUPS = {
    IndicatorGroup.RESOURCE: "资源配置",
    IndicatorGroup.RESOURCE_CV: "校际差异系数",
    IndicatorGroup.GOVERNMENT: "政府保障程度",
    IndicatorGroup.QUALITY: "教育质量",
    IndicatorGroup.RECOGNITION: "社会认可度",
    IndicatorGroup.VETO: "一票否决事项",
    IndicatorGroup.PLAN: "方案自设指标",
}
VERDICTS = {Verdict.MET: "达标", Verdict.UNMET: "未达标", Verdict.NOT_ASSESSED: "未评估"}

_COUNT = CellType.INTEGER
GROUP_COLUMNS = (
    Column("类别", 24),
    Column("项次", 12, Align.CENTER, _COUNT),
    Column("达标", 12, Align.CENTER, _COUNT),
    Column("未达标", 14, Align.CENTER, _COUNT),
    Column("未评估", 14, Align.CENTER, _COUNT),
    Column("尚无监测值的指标", 80, missing="无"),
)
VALUE_COLUMNS = (
    NUMBER,
    Column("代码", 17, Align.CENTER),
    Column("指标", 44),
    Column("学段", 13, Align.CENTER),
    Column("目标值", 23, Align.CENTER),
    Column("监测值", 23, Align.CENTER),
    Column("监测日期", 27, Align.CENTER, CellType.DAY),
    Column("是否\n达标", 18, Align.CENTER),
    Column("差距", 23, Align.CENTER),
)


def target_blocks(targets: Sequence[TargetRow]) -> tuple[Block, ...]:
    """Return the tables of a place's targets; none when the plan sets none for it."""
    if not targets:
        return ()
    variation = variation_table(targets)
    measured = [row for row in targets if row.measured is not None and not (variation and variation.holds(row))]
    blocks: list[Block] = [group_table(targets)]
    if measured:
        blocks.append(value_table(measured))
    if variation:
        blocks.append(variation_sheet(variation))
    return tuple(blocks)


def group_table(targets: Sequence[TargetRow]) -> Table:
    """Count targets by part of the standard, with the indicators that still have no value."""
    rows: list[tuple[Cell, ...]] = [
        _counted(name, own) for group, name in GROUPS.items() if (own := [row for row in targets if row.group is group])
    ]
    if len(rows) > 1:
        rows.append((*_counted("合计", targets)[:-1], "—"))
    return Table(GROUP_COLUMNS, tuple(rows), "指标达标情况", "指标达标情况")


def _counted(name: str, rows: Sequence[TargetRow]) -> tuple[Cell, ...]:
    counts = [sum(row.verdict is verdict for row in rows) for verdict in Verdict]
    return name, len(rows), *counts, unassessed_words(rows)


def unassessed_words(rows: Sequence[TargetRow]) -> str | None:
    """Name the indicators without a value, or say that none has one; None: all have one."""
    open_ = [row for row in rows if row.verdict is Verdict.NOT_ASSESSED]
    names = {row.indicator_name for row in open_}
    if len(open_) == len(rows) and len(names) > 1:
        return f"全部{len(names)}项指标"
    return indicator_words(open_) or None


def indicator_words(rows: Iterable[TargetRow]) -> str:
    """Name indicators, each once with its school stages: 班额（小学、初中）；学校规模."""
    found: dict[str, list[str]] = {}
    for row in rows:
        stages = found.setdefault(row.indicator_name, [])
        if row.stage_label and row.stage_label not in stages:
            stages.append(row.stage_label)
    return "；".join(f"{name}（{'、'.join(stages)}）" if stages else name for name, stages in found.items())


def value_table(targets: Iterable[TargetRow]) -> Table:
    """List the targets with a value, those that are not met first, with how far each is from its target."""
    ordered = sorted(targets, key=lambda row: row.verdict is not Verdict.UNMET)
    rows = (
        (
            row.indicator_code,
            row.indicator_name,
            row.stage_label,
            target_text(row),
            measured_text(row),
            row.measured_on,
            VERDICTS[row.verdict],
            gap_text(row),
        )
        for row in ordered
    )
    return Table(VALUE_COLUMNS, numbered(rows), "已有监测值的指标", "指标监测值")


def gap_text(row: TargetRow) -> str | None:
    """Write how far a value is from its target, in its unit; None: it is reached, or yes-or-no."""
    missing = gap(row)
    return None if missing is None else f"差{row_value(missing, row, '')}"


def variation_sheet(found: VariationTable) -> Table:
    """List the coefficients of variation by school stage: an indicator a row, with the limit and the value."""
    columns = (
        Column("差异系数", 66),
        Column("学段", 18, Align.CENTER),
        Column("标准", 24, Align.CENTER),
        Column("监测值", 24, Align.CENTER, missing="未评估"),
        Column("是否达标", 24, Align.CENTER),
    )
    rows = tuple(
        (row.indicator_name, row.stage_label, target_text(row), measured_text(row), VERDICTS[row.verdict])
        for line in found.rows
        for row in line.targets
        if row is not None
    )
    return Table(columns, rows, "校际差异系数", "校际差异系数")


def totals_words(targets: Sequence[TargetRow]) -> str:
    """Say how many targets there are and what was found: 共87项次：达标12项次，未达标3项次，未评估72项次."""
    if not targets:
        return "未设量化指标"
    met, unmet, open_ = (sum(row.verdict is verdict for row in targets) for verdict in Verdict)
    rate = share_pct(met, met + unmet)
    said = f"，已评估指标达标率{number_text(rate)}%" if rate is not None else ""
    return f"共{len(targets)}项次：达标{met}项次，未达标{unmet}项次，未评估{open_}项次{said}"
