"""Write the list of cases, and the figures of units with their method, as CSV or as a workbook, in official words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, BinaryIO

from app.domain.alert_words import MEASURE_NAMES
from app.domain.case_statistics import OnTime, Share, UnitFigures
from app.domain.case_tasks import CaseParty, CaseTask
from app.domain.official_words import CASE_STAGES
from app.domain.vocabulary import Measure
from app.printouts.documents import Cell, CellType, Column
from app.queries.case_statistics import Span, UnitRow
from app.queries.cases import CaseRow
from app.services.exports import write_csv

PARTIES = {
    CaseParty.UNIT: "责任单位",
    CaseParty.OFFICE: "办公室",
    CaseParty.LEADER: "领导",
    CaseParty.NOBODY: "无",
}
TASKS = {
    CaseTask.STATE: "提交陈述",
    CaseTask.PROPOSE: "提出处理建议或结案",
    CaseTask.DECIDE: "作出决定",
    CaseTask.REPLY: "回复决定",
    CaseTask.JUDGE_REPLY: "审核回复",
    CaseTask.RECTIFY: "整改",
    CaseTask.ACCEPT: "验收整改",
    CaseTask.CLOSE: "结案",
    CaseTask.FOLLOW_UP: "回头看",
    CaseTask.NOTHING: "无",
}
NOT_ASSESSED = "未评估"
# How each figure comes about, printed beside it.
METHOD = (
    ("统计口径", "以导出当日台账为准；时限当日24时届满，未届满的不计入；“未评估”表示没有可评估的事项，不等于零。"),
    (
        "按期销号率",
        "单位名下、时限在统计期内且已届满的里程碑中，按期或提前销号的占比；"
        "待核验的单列，不计入分母；已调整、待核实的不计；共担事项每个责任单位各计一次。",
    ),
    ("现行时限与原定时限", "分别按批准延期后的现行时限和方案原定时限计算，两个数并列。"),
    (
        "平均逾期天数",
        "仅就逾期（含逾期销号）的里程碑平均；销号的算到成果达到之日，未销号的算到统计当日；有应评估事项而无逾期的记0。",
    ),
    ("预警按期回复率", "要求回复且期限在统计期内已届满的预警中，按期回复的占比；失效或撤回且未回复的不计。"),
    (
        "决定按期回复率",
        "要求回复且首次期限在统计期内已届满的决定中，首次回复不晚于首次期限的占比；退回重报不改变首次期限。",
    ),
    (
        "案件与措施",
        "统计期内立案、结案件数，统计当日未结件数；统计期内作出的决定按措施分类计数。"
        "由办公室代持的共担事项案件记在办公室名下。",
    ),
    (
        "整改按期完成率",
        "整改期限在统计期内已届满的事项中，按期报告完成并经验收销号的占比；待验收的单列；按现行期限和首次期限两种口径。",
    ),
    ("报送及时率", "及时日在统计期内已届满的报告期中，应报里程碑按期报送的占比。"),
)


@dataclass(frozen=True, slots=True)
class _Field:
    """A column of an export: its heading, how its cell comes from a row, how a workbook types it."""

    heading: str
    value: Callable[[Any], Cell]
    type: CellType = CellType.TEXT
    width: float = 20
    missing: str = ""  # what CSV writes where there is none; a workbook leaves the cell empty


_CASES: tuple[_Field, ...] = (
    _Field("案件编号", lambda row: row.number),
    _Field("方案", lambda row: row.plan),
    _Field("被问责单位", lambda row: row.organization, width=32),
    _Field("事项", lambda row: "、".join(row.titles), width=48),
    _Field("阶段", lambda row: CASE_STAGES[row.stage]),
    _Field("进入本阶段", lambda row: row.since_on, CellType.DAY),
    _Field("在本阶段天数", lambda row: row.days_in_stage, CellType.INTEGER),
    _Field("立案日期", lambda row: row.opened_on, CellType.DAY),
    _Field("里程碑数", lambda row: row.milestones, CellType.INTEGER),
    _Field("已销号里程碑数", lambda row: row.milestones_settled, CellType.INTEGER),
    _Field("逾期天数（现行时限）", lambda row: row.days_late, CellType.INTEGER),
    _Field("逾期天数（原定时限）", lambda row: row.days_late_original, CellType.INTEGER),
    _Field("陈述", lambda row: "已陈述" if row.statement_on_file else "未陈述"),
    _Field("下一步", lambda row: TASKS[row.next.task]),
    _Field("由谁办理", lambda row: PARTIES[row.next.party]),
    _Field("期限", lambda row: row.next.due_on, CellType.DAY),
    _Field("超期天数", lambda row: row.task_late, CellType.INTEGER),
)


def write_cases(rows: Iterable[CaseRow], stream: BinaryIO, *, workbook: bool, now: datetime) -> None:
    """Write cases, a row each."""
    _write(rows, _CASES, stream, "案件清单", () if workbook else None, now)


def write_statistics(rows: Sequence[UnitRow], span: Span, stream: BinaryIO, *, workbook: bool, now: datetime) -> None:
    """Write the figures of units, a row each; the method stands on a sheet of its own, in CSV below the rows."""
    title = f"{span.first_on}至{span.last_on}考核统计"
    _write(rows, _statistics_fields(), stream, title, METHOD if workbook else None, now)
    if not workbook:
        stream.write("\r\n".join(["", *(f'{name},"{text}"' for name, text in METHOD), ""]).encode())


def _statistics_fields() -> tuple[_Field, ...]:
    fields = [_Field("单位", lambda row: row.name, width=32)]
    fields += _on_time("现行时限", lambda figures: figures.effective)
    fields += _on_time("原定时限", lambda figures: figures.original)
    fields += _share("预警按期回复", lambda figures: figures.alerts_answered)
    fields += _share("决定按期回复", lambda figures: figures.decisions_answered)
    for heading, name in (("立案", "cases_opened"), ("结案", "cases_closed"), ("未结案件", "cases_open")):
        fields.append(_Field(f"{heading}件数", _count_of(name), CellType.INTEGER))
    fields += [_Field(f"措施：{MEASURE_NAMES[measure]}", _measure_of(measure), CellType.INTEGER) for measure in Measure]
    fields += _share("整改按期完成（现行期限）", lambda figures: figures.rectified)
    fields += _share("整改按期完成（首次期限）", lambda figures: figures.rectified_first)
    fields += _share("报送及时", lambda figures: figures.reported)
    return tuple(fields)


def _on_time(name: str, part: Callable[[UnitFigures], OnTime]) -> list[_Field]:
    return [
        *_share(f"按期销号（{name}）", lambda figures: part(figures).share),
        _Field(f"待核验（{name}）", lambda row: part(row.figures).share.pending, CellType.INTEGER),
        _Field(f"逾期项数（{name}）", lambda row: part(row.figures).late, CellType.INTEGER),
        _figure(f"平均逾期天数（{name}）", lambda row: part(row.figures).average_days_late),
    ]


def _share(name: str, part: Callable[[UnitFigures], Share]) -> list[_Field]:
    return [
        _Field(f"{name}项数", lambda row: part(row.figures).met, CellType.INTEGER),
        _Field(f"{name}应评估项数", lambda row: part(row.figures).of, CellType.INTEGER),
        _figure(f"{name}率（%）", lambda row: part(row.figures).pct),
    ]


def _count_of(name: str) -> Callable[[UnitRow], Cell]:
    return lambda row: getattr(row.figures, name)


def _measure_of(measure: Measure) -> Callable[[UnitRow], Cell]:
    return lambda row: row.figures.measures.get(measure, 0)


def _figure(heading: str, value: Callable[[UnitRow], Decimal | None]) -> _Field:
    """Return a column of figures with one place after the point; where nothing is assessed it says so."""

    def rounded(row: UnitRow) -> Cell:
        figure = value(row)
        return None if figure is None else round(figure, 1)

    return _Field(heading, rounded, CellType.NUMBER, missing=NOT_ASSESSED)


def _write(
    rows: Iterable[Any],
    fields: Sequence[_Field],
    stream: BinaryIO,
    title: str,
    notes: Sequence[tuple[str, str]] | None,
    now: datetime,
) -> None:
    """Write rows as a workbook with notes on a second sheet, or (`notes` None) as CSV."""
    cells = (tuple(field.value(row) for field in fields) for row in rows)
    if notes is None:
        _write_csv(cells, fields, stream)
        return
    from app.printouts.xlsx import Sheet, sheets_to_xlsx  # its writer is slow to load

    columns = tuple(Column(item.heading, item.width, type=item.type, missing=NOT_ASSESSED) for item in fields)
    sheets = [Sheet(title, columns, cells)]
    if notes:
        sheets.append(Sheet("统计方法", (Column("项目", 24), Column("方法", 120)), iter(notes)))
    stream.write(sheets_to_xlsx(sheets, title, now))


def _write_csv(cells: Iterable[tuple[Cell, ...]], fields: Sequence[_Field], stream: BinaryIO) -> None:
    """Write rows through the one writer of CSV, which reads cells by name."""
    names = tuple(f"c{place}" for place in range(len(fields)))
    missing = [item.missing for item in fields]
    records = (
        SimpleNamespace(
            **{name: nothing if cell is None else cell for name, cell, nothing in zip(names, row, missing, strict=True)}
        )
        for row in cells
    )
    write_csv(names, records, stream, headings=tuple(item.heading for item in fields))
