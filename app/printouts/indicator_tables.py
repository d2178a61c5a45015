"""Tables of indicators: targets held against their values, values still to come, and coefficients of variation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.circular_variation import VariationRow, VariationTable
from app.domain.circulars import TargetRow
from app.domain.targets import Verdict
from app.printouts.circular_words import measured_text, target_text
from app.printouts.documents import Align, CellType, Column, Table
from app.printouts.milestone_tables import AREA, NUMBER

VERDICT_LABELS = {Verdict.MET: "达标", Verdict.UNMET: "未达标", Verdict.NOT_ASSESSED: "未评估"}
NAME = Column("指标名称", 58)
STAGE = Column("学段", 17, Align.CENTER, missing="不分学段")
GOAL = Column("目标值", 22, Align.CENTER)
GOAL_DUE = Column("目标时限", 27, Align.CENTER, CellType.DAY)
UNREPORTED = "尚未报送监测值的地区"
ATTAINED_COLUMNS = (
    NUMBER,
    Column("地区", 18, Align.CENTER),
    NAME,
    STAGE,
    GOAL,
    GOAL_DUE,
    Column("监测值", 22, Align.CENTER),
    Column("监测日期", 27, Align.CENTER, CellType.DAY),
    Column("评估结果", 18, Align.CENTER),
)
MISSING_COLUMNS = (
    NUMBER,
    NAME,
    STAGE,
    GOAL,
    GOAL_DUE,
    Column(UNREPORTED, 70),
    Column("项次", 13, Align.CENTER, CellType.INTEGER),
)
VARIATION = "的校际差异系数"


@dataclass(frozen=True)
class _Wanted:
    """What the same missing value of several places shares."""

    name: str
    stage: str | None
    goal: str
    due_on: date


def attained_table(rows: Sequence[TargetRow], area: str, caption: str, sheet: str) -> Table:
    """Build the table of measured targets: goal, value and verdict of each place."""
    by_place = any(at_place(row.place, area) != AREA for row in rows)
    cells = tuple(
        (
            number,
            *((at_place(row.place, area),) if by_place else ()),
            row.indicator_name,
            row.stage_label,
            target_text(row),
            row.effective_due_on,
            measured_text(row),
            row.measured_on,
            VERDICT_LABELS[row.verdict],
        )
        for number, row in enumerate(rows, start=1)
    )
    columns = ATTAINED_COLUMNS if by_place else (ATTAINED_COLUMNS[0], *ATTAINED_COLUMNS[2:])
    return Table(columns, cells, caption, sheet)


def missing_table(rows: Sequence[TargetRow], area: str, caption: str, sheet: str) -> Table:
    """Build the table of targets due without a value: one row for the same target of several places.

    Where all are of the plan's own level there is nothing to gather, and each has its row.
    """
    if all(at_place(row.place, area) == AREA for row in rows):
        single = tuple(
            (number, row.indicator_name, row.stage_label, target_text(row), row.effective_due_on)
            for number, row in enumerate(rows, start=1)
        )
        return Table(MISSING_COLUMNS[:-2], single, caption, sheet)
    places: dict[_Wanted, list[str]] = {}
    for row in rows:
        wanted = _Wanted(row.indicator_name, row.stage_label, target_text(row), row.effective_due_on)
        places.setdefault(wanted, []).append(at_place(row.place, area))
    cells = tuple(
        (number, key.name, key.stage, key.goal, key.due_on, "、".join(dict.fromkeys(found)), len(found))
        for number, (key, found) in enumerate(places.items(), start=1)
    )
    return Table(MISSING_COLUMNS, cells, caption, sheet)


def variation_rows(table: VariationTable, area: str, caption: str, sheet: str) -> Table:
    """Build the table of coefficients of variation: a row for each place and school stage, its limit, its values."""
    columns = (
        NUMBER,
        Column("地区", 18, Align.CENTER),
        Column("学段", 13, Align.CENTER, missing="不分"),
        Column("限值", 15, Align.CENTER),
        *(
            Column(name.removesuffix(VARIATION), 18, Align.CENTER, CellType.NUMBER, missing="未测算")
            for name in table.indicators
        ),
        Column("达到限值\n（项）", 17, Align.CENTER, CellType.INTEGER),
        Column("未达到限值的指标", 30, missing="无"),
    )
    cells = tuple(
        (
            number,
            at_place(row.place, area),
            row.stage_label,
            _limits(row),
            *(None if item is None else item.measured for item in row.targets),
            row.met,
            "；".join(item.indicator_name.removesuffix(VARIATION) for item in row.unmet) or None,
        )
        for number, row in enumerate(table.rows, start=1)
    )
    return Table(columns, cells, caption, sheet)


def at_place(place: str | None, area: str) -> str:
    """Return a county's name; the plan's own area, which every page names, is told in two characters."""
    return AREA if place is None or place == area else place


def _limits(row: VariationRow) -> str:
    """Write the limits of a row, as a rule one for all its indicators."""
    return "、".join(dict.fromkeys(target_text(item) for item in row.targets if item is not None))
