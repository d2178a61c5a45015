"""Write the workbook in which a unit fills in what it owes: prefilled, with marks that tell a change meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.official_words import SCHOOL_STAGES
from app.domain.periods import OwedState
from app.domain.vocabulary import ExpectedKind, ValueType
from app.printouts.report_workbooks import WorkbookCell, WorkbookSheet, report_workbook
from app.queries.last_reports import ValueRow
from app.queries.owed_reports import OwedFilter, OwedRow, list_owed
from app.queries.report_forms import TargetField, drafts_of, targets_of
from app.services.import_template import SIGNS
from app.services.report_drafts import begun
from app.services.report_workbooks_cells import fingerprint, normalized, to_cell
from app.services.report_workbooks_layout import (
    FIELDS,
    NOTES,
    REPORT_COLUMNS,
    REPORTS,
    VALUE_COLUMNS,
    VALUE_FIELDS,
    VALUES,
    of_target,
    unit_of,
)

_KINDS = {ExpectedKind.PROGRESS: "进展", ExpectedKind.RECHECK: "复查"}
_STATES = {
    OwedState.MISSING: "未报送",
    OwedState.DRAFT: "草稿",
    OwedState.RETURNED: "已退回",
    OwedState.SUBMITTED: "已报送",
    OwedState.ENDORSED: "主管单位已审",
}
_FROZEN = 4  # columns up to the milestone's text


def workbook(session: Session, actor: Actor, period_id: int | None, unit: str, *, now: datetime) -> bytes:
    """Return the workbook of a period, or of all open ones (None), with what is written or was reported last.

    What was accepted, or is not needed any more, is left out. `unit` is who it is for.
    """
    today = local_day(now)
    found = list_owed(session, actor.scope, OwedFilter(period_id=period_id), today, limit=None)
    rows = [row for row in found.rows if row.state in _STATES]
    drafts = drafts_of(session, [row.id for row in rows])
    texts = {row.id: drafts[row.id].typed if row.id in drafts else begun(row, today) for row in rows}
    targets = targets_of(session, [row.milestone_id for row in rows])
    values = [_value_row(row, target, texts[row.id]) for row in rows for target in targets.get(row.milestone_id, ())]
    sheets = [
        WorkbookSheet(REPORTS, REPORT_COLUMNS, [_report_row(row, texts[row.id]) for row in rows], _FROZEN),
        WorkbookSheet(VALUES, VALUE_COLUMNS, values, _FROZEN),
    ]
    return report_workbook(sheets, _notes(rows, unit, today), title=f"{unit}本期填报", created_at=now)


def _report_row(row: OwedRow, texts: Mapping[str, str]) -> list[WorkbookCell]:
    last = row.last
    return [
        *_place(row),
        _KINDS[row.kind],
        row.effective_due_on,
        row.scheduled_pct.quantize(Decimal("0.1")),
        last.share_pct if last else None,
        last.summary if last else None,
        row.note,
        _STATES[row.state],
        *(to_cell(field.kind, texts.get(field.name, "")) for field in FIELDS),
        str(row.id),
        row.mark,
        fingerprint({field.name: normalized(field.kind, texts.get(field.name, "")) for field in FIELDS}),
    ]


def _value_row(row: OwedRow, target: TargetField, texts: Mapping[str, str]) -> list[WorkbookCell]:
    fields = [of_target(f"{item.name}-{target.id}", target) for item in VALUE_FIELDS]
    units = {target.id: target}
    read = {field.name: normalized(field.kind, texts.get(field.name, ""), unit_of(field, units)) for field in fields}
    wanted = _figure(target.target, target.value_type)
    return [
        *_place(row),
        target.code,
        target.name,
        SCHOOL_STAGES[target.stage] if target.stage else None,
        wanted if target.value_type is ValueType.BOOLEAN else f"{SIGNS[target.comparator]} {wanted}",
        target.unit,
        _last(row.last.values if row.last else (), target),
        *(to_cell(field.kind, texts.get(field.name, "")) for field in fields),
        str(row.id),
        str(target.id),
        row.mark,
        fingerprint(read),
    ]


def _place(row: OwedRow) -> list[WorkbookCell]:
    return [row.period.name, row.plan_title, row.clause, row.title, row.place_name]


def _last(values: Sequence[ValueRow], target: TargetField) -> WorkbookCell:
    value = next((item.value for item in values if item.target_id == target.id), None)
    return value if value is None or target.value_type is not ValueType.BOOLEAN else _figure(value, target.value_type)


def _figure(value: Decimal, value_type: ValueType) -> str:
    if value_type is ValueType.BOOLEAN:
        return "是" if value else "否"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _notes(rows: Sequence[OwedRow], unit: str, today: date) -> list[tuple[str, str]]:
    periods = {row.period.id: row.period for row in rows}
    closing = "；".join(
        f"{item.plan_title}{item.name}：{_day(item.timely_until_on)}（含）前报送为按时，{_day(item.open_until_on)}（含）后不再接收"
        for item in periods.values()
        if item.open_until_on is not None
    )
    return [
        ("填报单位", unit),
        ("下载日期", _day(today)),
        ("应报", f"{len(rows)}项（已审核通过的不列入）"),
        ("报送时限", closing or "目前没有应报任务。"),
        *NOTES,
    ]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
