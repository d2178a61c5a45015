"""The workbook an office fills in: empty with its plan's drop-downs, or with what is on record in the same form."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from app.domain.imports import SheetSubject
from app.domain.vocabulary import Comparator
from app.models import Plan
from app.printouts.import_forms import FormCell, FormColumn, FormSheet, import_form
from app.services.due_phrases import due_part
from app.services.errors import InputError
from app.services.import_fields import (
    EXAMPLE_SHEET,
    FIELDS,
    SHEET_NAMES,
    TARGET_FIELDS,
    ImportField,
    field_named,
    word_for,
)
from app.services.import_record import PlanRecord, read_record
from app.services.plan_files import DuePart, MilestonePart, Part, ProjectPart, RepeatPart, TargetPart

SIGNS = {
    Comparator.AT_LEAST: "≥",
    Comparator.MORE_THAN: ">",
    Comparator.AT_MOST: "≤",
    Comparator.LESS_THAN: "<",
    Comparator.EQUAL: "等于",  # a cell that begins with = would be a formula
}
_DAYS = frozenset({"due_on", "alternative_on", "start_on", "end_on"})
_LISTS = {"place": "地区", "stage": "阶段", "project": "工程项目", "indicator": "指标", "comparator": "比较"}
_UNITS = ("responsible", "supporting")
_NOTES = (
    ("怎样填写", ""),
    ("导入做什么", "按编号更新已有的里程碑、阶段和工程项目，没有的新增；文件里没有的列和没有的行，保持记录原样。"),
    ("一个里程碑几个目标", "写几行：第一行写全，续行写同一编号，只填指标、学段、比较、目标值、单位、基线、目标说明。"),
    ("空白单元格", "文件里有这一列而单元格空着，表示清空该项；必填项空着，表示保持记录原样。"),
    ("合并单元格", "向下合并的单元格，其内容对合并的每一行都有效；横向合并的标题行不导入。"),
    ("隐藏行", "隐藏的行照样导入，并给出提示。"),
    ("日期和百分数", "日期可以是日期格式，也可以写 2025年8月31日；0.95 设成百分比格式、95% 都读作 95%。"),
    ("公式", "读取公式上次计算的结果；没有结果的公式按错误提示。"),
    ("先检查后写入", "有一处错误，全部不写入；写入后可以整批撤销。"),
)
_EXAMPLE: tuple[dict[str, FormCell], ...] = (
    {"key": "build-school-1", "kind": "项目竣工", "title": "（虚构）建成虚构县第一实验小学", "clause": "三(一)1",
     "due": "2026年8月底前", "responsible": "县教育局、县住房和城乡建设局", "supporting": "县财政局"},
    {"key": "class-size", "title": "（虚构）控制班额", "clause": "三(二)", "due": "2027年底前",
     "responsible": "县教育局", "indicator": "G5", "target_stage": "小学", "comparator": "≤", "value": 45},
    {"key": "class-size", "indicator": "G5", "target_stage": "初中", "comparator": "≤", "value": 50},
    {"key": "september-ledger", "title": "（虚构）更新学校达标台账", "clause": "三(四)", "due": "每年9月",
     "responsible": "县教育局"},
)  # fmt: skip


def template(session: Session, plan: Plan, *, filled: bool, now: datetime) -> bytes:
    """Return the workbook for a plan; `filled` with everything on record, which read back changes nothing."""
    assert plan.id is not None
    record = read_record(session, plan.id)
    sheets = [
        FormSheet(SHEET_NAMES[subject], _columns(subject), _rows(subject, record) if filled else ())
        for subject in FIELDS
    ]
    example = FormSheet(EXAMPLE_SHEET, _columns(SheetSubject.MILESTONE), _example())
    title = f"{plan.short_title}{'（现有记录）' if filled else '（导入模板）'}"
    return import_form(sheets, list(_notes()), example, _lists(record), title=title, created_at=now)


def _columns(subject: SheetSubject) -> list[FormColumn]:
    return [
        FormColumn(
            item.heading,
            item.width,
            item.required,
            _list_of(subject, item),
            day=item.name in _DAYS,
            help=item.help,
        )
        for item in FIELDS[subject]
    ]


def _list_of(subject: SheetSubject, item: ImportField) -> str | None:
    if item.words:
        return "、".join(item.words)
    if item.name in _UNITS and subject is SheetSubject.MILESTONE:
        return "单位"
    return _LISTS.get(item.name)


def _lists(record: PlanRecord) -> dict[str, Sequence[str]]:
    context = record.context
    lists: dict[str, Sequence[str]] = {
        "地区": sorted(set(context.place_names().values())),
        "阶段": [part.name for part in record.stages.values()],
        "工程项目": [part.name for part in record.projects.values()],
        "单位": [*context.groups, *_unit_names(record)],
        "指标": [f"{item.code} {item.name}" for code, item in record.indicators.items() if code == item.code],
        "比较": list(SIGNS.values()),
    }
    for fields in FIELDS.values():
        lists |= {"、".join(item.words): list(item.words) for item in fields if item.words}
    return lists


def _unit_names(record: PlanRecord) -> list[str]:
    """Return each unit by the shortest of its names."""
    shortest: dict[int, str] = {}
    for name, unit_id in record.context.units.items():
        if unit_id not in shortest or len(name) < len(shortest[unit_id]):
            shortest[unit_id] = name
    return sorted(shortest.values())


def _notes() -> Iterator[tuple[str, str]]:
    yield from _NOTES
    for subject, fields in FIELDS.items():
        yield f"工作表“{SHEET_NAMES[subject]}”", ""
        for item in fields:
            yield item.heading, f"{'（新增必填）' if item.required else ''}{item.help}"


def _example() -> Iterator[list[FormCell]]:
    for row in _EXAMPLE:
        yield [row.get(item.name) for item in FIELDS[SheetSubject.MILESTONE]]


@dataclass(frozen=True, slots=True)
class _Line:
    """The values of one row by field."""

    values: dict[str, FormCell]


def _rows(subject: SheetSubject, record: PlanRecord) -> Iterator[list[FormCell]]:
    fields = FIELDS[subject]
    for line in _lines(subject, record):
        yield [line.values.get(item.name) for item in fields]


def _lines(subject: SheetSubject, record: PlanRecord) -> Iterator[_Line]:
    match subject:
        case SheetSubject.MILESTONE:
            for part in record.milestones.values():
                yield from _milestone(part, record)
        case SheetSubject.STAGE:
            yield from (_Line(_plain(subject, stage)) for stage in record.stages.values())
        case SheetSubject.PROJECT:
            yield from (_Line(_plain(subject, project)) for project in record.projects.values())
        case _:
            for project in record.projects.values():
                for child in _children(subject, project):
                    yield _Line({**_plain(subject, child), "project": project.key})


def _children(subject: SheetSubject, project: ProjectPart) -> Sequence[Part]:
    parts: dict[SheetSubject, Sequence[Part]] = {
        SheetSubject.FLOOR: project.floors,
        SheetSubject.PHASE: project.phases,
        SheetSubject.BUDGET: project.budget,
    }
    return parts[subject]


def _plain(subject: SheetSubject, part: Part) -> dict[str, FormCell]:
    return {
        item.name: _cell(item, getattr(part, item.name))
        for item in FIELDS[subject]
        if item.name in type(part).model_fields
    }


def _cell(item: ImportField, value: Any) -> FormCell:
    if isinstance(value, StrEnum):
        return word_for(item.words, value)
    if isinstance(value, bool):
        return "是" if value else None
    if isinstance(value, tuple):
        return "、".join(value)
    cell: FormCell = value
    return cell


def _milestone(part: MilestonePart, record: PlanRecord) -> Iterator[_Line]:
    first = _plain(SheetSubject.MILESTONE, part) | _due(part, record)
    if not part.targets:
        yield _Line(first)
    for number, target in enumerate(part.targets):
        yield _Line({**(first if number == 0 else {"key": part.key}), **_target(target)})


def _due(part: MilestonePart, record: PlanRecord) -> dict[str, FormCell]:
    """Return the phrase, and the days only where the phrase does not say them."""
    due = part.due or part.repeat
    assert due is not None
    found: dict[str, FormCell] = {"due": due.phrase}
    if isinstance(due, DuePart) and _read(due.phrase, record) != due:
        found |= {"due_on": due.on, "alternative_on": due.alternative_on}
        found["precision"] = word_for(field_named(SheetSubject.MILESTONE, "precision").words, due.precision)
    return found


def _read(phrase: str, record: PlanRecord) -> DuePart | RepeatPart | None:
    plan = record.context.plan
    try:
        return due_part(phrase, issued_on=plan.issued_on, period_start=plan.period_start, period_end=plan.period_end)
    except InputError:
        return None


def _target(target: TargetPart) -> dict[str, FormCell]:
    words = field_named(SheetSubject.MILESTONE, "target_stage").words
    values: Iterable[FormCell] = (
        target.indicator,
        word_for(words, target.stage),
        SIGNS[target.comparator],
        target.value,
        target.unit,
        target.baseline,
        target.note,
    )
    return dict(zip(TARGET_FIELDS, values, strict=True))
