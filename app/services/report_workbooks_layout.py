"""What the workbook of reports looks like: its sheets, its columns, and which field each column to fill in is."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.vocabulary import ValueType
from app.printouts.report_workbooks import ColumnKind, WorkbookColumn
from app.queries.report_forms import TargetField
from app.services.report_fields import target_of
from app.services.report_workbooks_cells import FieldKind

REPORTS, VALUES = "填报", "监测值"
TITLE, EXPECTED, TARGET, MARK, PRINT = "任务内容", "应报编号", "目标编号", "标记", "原值"


@dataclass(frozen=True, slots=True)
class WorkbookField:
    """A field to fill in: its name in forms and drafts, its heading, and what it holds."""

    name: str
    heading: str
    kind: FieldKind


FIELDS = (
    WorkbookField("reported_on", "截至日期", FieldKind.DAY),
    WorkbookField("share_pct", "完成比例（%）", FieldKind.NUMBER),
    WorkbookField("summary", "工作进展", FieldKind.WORDS),
    WorkbookField("no_change", "无变化", FieldKind.TICK),
    WorkbookField("claims_completion", "申请销号", FieldKind.TICK),
    WorkbookField("reached_on", "达到日期", FieldKind.DAY),
)
VALUE_FIELDS = (
    WorkbookField("value", "监测值", FieldKind.NUMBER),
    WorkbookField("why", "说明", FieldKind.WORDS),
)


def _hidden(heading: str) -> WorkbookColumn:
    return WorkbookColumn(heading, 8, hidden=True)


_READ = (
    WorkbookColumn("报送期", 15),
    WorkbookColumn("方案", 18),
    WorkbookColumn("条款", 9),
    WorkbookColumn(TITLE, 34),
    WorkbookColumn("地点", 12),
)
REPORT_COLUMNS = (
    *_READ,
    WorkbookColumn("类别", 7),
    WorkbookColumn("时限", 12, ColumnKind.DAY),
    WorkbookColumn("序时进度（%）", 10, ColumnKind.NUMBER),
    WorkbookColumn("上次完成比例（%）", 11, ColumnKind.NUMBER),
    WorkbookColumn("上次进展", 30),
    WorkbookColumn("退回意见", 20),
    WorkbookColumn("状态", 9),
    WorkbookColumn(
        "截至日期", 13, ColumnKind.DAY, fill=True, help="数据和进展截至哪一天，例如 2026-11-22；不得晚于今天。"
    ),
    WorkbookColumn(
        "完成比例（%）",
        11,
        ColumnKind.NUMBER,
        fill=True,
        most=100,
        help="0 到 100 之间的数，写 35 或 35% 均可；未测算的留空。",
    ),
    WorkbookColumn("工作进展", 46, fill=True, help="本期做了什么、到什么程度；不超过 4000 字。"),
    WorkbookColumn("无变化", 9, fill=True, help="与上次相比没有变化的（零报告）选“是”，其余各栏不必填写。"),
    WorkbookColumn("申请销号", 10, fill=True, help="认为成果已经达到的选“是”，并填写达到日期；佐证材料在网页上添加。"),
    WorkbookColumn("达到日期", 13, ColumnKind.DAY, fill=True, help="申请销号时填写：结果达到的日期。"),
    _hidden(EXPECTED),
    _hidden(MARK),
    _hidden(PRINT),
)
VALUE_COLUMNS = (
    *_READ,
    WorkbookColumn("指标代码", 9),
    WorkbookColumn("指标", 34),
    WorkbookColumn("学段", 9),
    WorkbookColumn("目标值", 12),
    WorkbookColumn("单位", 8),
    WorkbookColumn("上次监测值", 12, ColumnKind.NUMBER),
    WorkbookColumn(
        "监测值",
        14,
        ColumnKind.NUMBER,
        fill=True,
        help="按“单位”一栏填写数值；是否类指标选“是”或“否”；未监测的留空。",
    ),
    WorkbookColumn("说明", 30, fill=True, help="与上次相差较大、累计数下降或者超出范围的，说明原因；不超过 300 字。"),
    _hidden(EXPECTED),
    _hidden(TARGET),
    _hidden(MARK),
    _hidden(PRINT),
)
NOTES = (
    ("怎么填", "白色单元格填写，灰色单元格只供查看。一行是一项应报任务；“监测值”表一行是一项任务的一个目标。"),
    ("哪些行", "只读取改动过的行。不报的行保持原样或者删去都可以；行、列的次序可以调整，栏目名称和隐藏的列请保留。"),
    ("无变化", "选“是”即为零报告：预填的比例和监测值不作为本次数据，不必删去。"),
    ("百分数", "完成比例写 35 或者 35% 都是百分之三十五。"),
    ("佐证材料", "不能随表上传。申请销号的任务先存为草稿，在“本期填报”页添加材料后再提交。"),
    ("上传以后", "先显示每一行将要改动的内容，确认后存为草稿或者提交；有一处不对，全部不写入。"),
    ("他人改动", "下载以后他人已经改动或者提交的行会单独列出，不会被悄悄覆盖。"),
    ("保护", "灰色单元格的保护没有密码，需要时可以撤销工作表保护。"),
)


def fields_of(targets: Mapping[int, TargetField]) -> list[WorkbookField]:
    """Return every field of a report, those of its targets behind the others, in the order of the workbook."""
    found = list(FIELDS)
    for target in targets.values():
        found += [of_target(f"{item.name}-{target.id}", target) for item in VALUE_FIELDS]
    return found


def of_target(name: str, target: TargetField) -> WorkbookField:
    """Return the field of a target's value or explanation by its name, `value-12` or `why-12`."""
    value, why = VALUE_FIELDS
    if name.startswith("why-"):
        return WorkbookField(name, why.heading, why.kind)
    boolean = target.value_type is ValueType.BOOLEAN
    return WorkbookField(name, value.heading, FieldKind.ANSWER if boolean else FieldKind.NUMBER)


def unit_of(field: WorkbookField, targets: Mapping[int, TargetField]) -> str:
    """Return the unit in which a field's number is written: its target's, percent for the share."""
    target_id = target_of(field.name)
    return targets[target_id].unit if target_id is not None else "%"
