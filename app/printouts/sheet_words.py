"""The columns and words that sheets share: their note, milestones, alerts, cases, rectification items."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from app.domain.circular_cases import CaseRow
from app.domain.circulars import STANDING_ORDER, MilestoneRow
from app.domain.dossier_words import word
from app.domain.official_words import STANDINGS
from app.domain.sheets import OpenAlert, RectificationLine, SheetHead
from app.domain.vocabulary import Standing
from app.printouts.documents import (
    Align,
    Block,
    Cell,
    CellType,
    Column,
    Document,
    Form,
    Table,
    day_text,
)
from app.printouts.title_lines import break_title

_RARE, _HAN_AGAIN = 0x10000, 0x20000  # between them old scripts, emoji and the like, which no document needs

_UPRIGHT, _ACROSS = 14, 26  # characters of an office's name beside the day beneath a title

NUMBER = Column("序号", 14, Align.CENTER, CellType.INTEGER)
CLAUSE = Column("条款", 21, Align.CENTER)
TASK = Column("任务", 60)
PLACE = Column("地区", 22, Align.CENTER)
ORIGINAL_DUE = Column("原定时限", 27, Align.CENTER, CellType.DAY)
EFFECTIVE_DUE = Column("现行时限", 27, Align.CENTER, CellType.DAY)
STANDING = Column("状态", 19, Align.CENTER)
PROGRESS = Column("进度", 19, Align.CENTER, CellType.PERCENT, missing="未填报")
DAYS_LATE = Column("逾期\n天数", 16, Align.CENTER, CellType.INTEGER)

ALERT_COLUMNS = (
    NUMBER,
    Column("措施", 27, Align.CENTER),
    Column("事项", 54),
    Column("发出日期", 27, Align.CENTER, CellType.DAY),
    Column("应回复单位", 34, missing="不要求回复"),
    Column("回复时限", 27, Align.CENTER, CellType.DAY, missing="不要求"),
    Column("超期\n天数", 12, Align.CENTER, CellType.INTEGER),
)
CASE_COLUMNS = (
    NUMBER,
    Column("案件编号", 22, Align.CENTER),
    Column("责任单位", 34),
    Column("涉及任务", 50),
    Column("立案日期", 27, Align.CENTER, CellType.DAY),
    Column("办理进展", 24, Align.CENTER),
)
ITEM_COLUMNS = (
    NUMBER,
    Column("问题", 44),
    Column("整改措施", 44),
    Column("责任单位", 30),
    Column("整改时限", 27, Align.CENTER, CellType.DAY),
    Column("进展", 20, Align.CENTER),
    DAYS_LATE,
)


def sheet(
    head: SheetHead,
    title: Sequence[str],
    blocks: Iterable[Block],
    *,
    landscape: bool = False,
    outlined_as: str = "",
    signature: str = "",
) -> Document:
    """Return a sheet of the office with the day of its data beneath the title; `title` in parts that stay whole.

    The office stands beside the day where its name fits; else the form names it.
    """
    return Document(
        red_mark="",
        number_line="",
        title_lines=break_title(title),
        addressee="",
        blocks=tuple(blocks),
        annexes=(),
        signature=signature,
        signed_on=None,
        distribution=None,
        data_as_of=head.at,
        form=Form.SHEET,
        landscape=landscape,
        note=f"{f'填表单位：{head.office}　　' if fits(head, landscape) else ''}数据截至{day_text(head.on)}",
        outlined_as=outlined_as,
    )


def fits(head: SheetHead, landscape: bool = False) -> bool:
    """Tell whether the office's name stands on one line with the day beneath a title."""
    return len(head.office) <= (_ACROSS if landscape else _UPRIGHT)


def plan_words(head: SheetHead) -> str:
    """Name the plan with its document number."""
    number = f"（{head.plan_document_number}）" if head.plan_document_number else ""
    return f"《{head.plan_title}》{number}"


def counts_words(rows: Sequence[MilestoneRow]) -> str:
    """Say how many milestones there are, and how many in each standing: 共5项：已销号2项，逾期3项."""
    if not rows:
        return "无"
    counts = Counter(row.standing for row in rows)
    parts = [f"{STANDINGS[standing]}{counts[standing]}项" for standing in STANDING_ORDER if counts[standing]]
    return f"共{len(rows)}项：{'，'.join(parts)}"


def standing_words(row: MilestoneRow) -> str:
    """Say where a milestone stands, how late it is, or how it was closed."""
    words = row.standing_label
    if row.standing is Standing.OVERDUE:
        return f"{words}{row.days_late}天{_late_originally(row)}"
    return f"{words}（{word(row.timeliness)}）" if row.timeliness else words


def _late_originally(row: MilestoneRow) -> str:
    return f"（按原定时限逾期{row.days_late_original}天）" if row.days_late_original != row.days_late else ""


def dates_words(row: MilestoneRow) -> str:
    """Tell the date in force and, where it is another, the original one."""
    if row.original_due_on == row.effective_due_on:
        return f"{day_text(row.effective_due_on)}（未作调整）"
    return f"{day_text(row.effective_due_on)}（原定{day_text(row.original_due_on)}）"


def days_late(row: MilestoneRow) -> int | None:
    """Return days past the date in force of an overdue milestone; None: it is not overdue."""
    return row.days_late if row.standing is Standing.OVERDUE else None


def alert_table(alerts: Sequence[OpenAlert], on: date) -> Table:
    """List the alerts in force with who has to answer until when; an answer that has come says so."""
    rows = tuple(
        (
            number,
            alert.measure,
            alert.about,
            alert.raised_on,
            _askees(alert),
            alert.reply_due_on,
            alert.days_late(on) or None,
        )
        for number, alert in enumerate(alerts, start=1)
    )
    return Table(ALERT_COLUMNS, rows, "有效预警", "有效预警", "无有效预警")


def _askees(alert: OpenAlert) -> str | None:
    if not alert.units:
        return None
    answered = f"（{day_text(alert.answered_on)}已回复）" if alert.answered_on else ""
    return "、".join(alert.units) + answered


def case_table(cases: Sequence[CaseRow]) -> Table:
    """List open cases."""
    rows = tuple(
        (number, case_number(row.number), row.unit, "；".join(row.milestone_titles), row.opened_on, row.stage_label)
        for number, row in enumerate(cases, start=1)
    )
    return Table(CASE_COLUMNS, rows, "在办问责案件", "在办问责案件", "无在办问责案件")


def case_number(number: str) -> str:
    """Return a case's number without its plan, which the sheet names: year and serial."""
    return "-".join(number.split("-")[-2:])


def item_table(items: Sequence[RectificationLine]) -> Table:
    """List rectification items that are not settled."""
    rows = tuple(
        (
            number,
            row.problem,
            row.measure,
            row.unit,
            row.due_on,
            word(row.state),
            row.days_late or None,
        )
        for number, row in enumerate(items, start=1)
    )
    return Table(ITEM_COLUMNS, rows, "未办结整改事项", "未办结整改事项", "无未办结整改事项")


def accounts(
    alerts: Sequence[OpenAlert], cases: Sequence[CaseRow], items: Sequence[RectificationLine], on: date
) -> tuple[Block, ...]:
    """Return the tables of what is open; what there is nothing of, `open_words` says."""
    tables = (alert_table(alerts, on), case_table(cases), item_table(items))
    return tuple(table for table in tables if table.rows)


def open_words(
    alerts: Sequence[OpenAlert], cases: Sequence[CaseRow], items: Sequence[RectificationLine]
) -> tuple[str, str]:
    """Say for the form how much is open of what can be: 有效预警2项，无在办问责案件，无未办结整改事项."""
    parts = (
        f"有效预警{len(alerts)}项" if alerts else "无有效预警",
        f"在办问责案件{len(cases)}件" if cases else "无在办问责案件",
        f"未办结整改事项{len(items)}项" if items else "无未办结整改事项",
    )
    return "预警问责整改", "，".join(parts)


def file_words(name: str) -> str:
    """Write a file's name, which nobody can put right: rare signs and pictures as codes, what is not shown out."""
    shown = (sign for sign in " ".join(name.split()) if not unicodedata.category(sign).startswith("C"))
    return "".join(f"〔U+{ord(sign):04X}〕" if _RARE <= ord(sign) < _HAN_AGAIN else sign for sign in shown)


def numbered(rows: Iterable[Sequence[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Put the serial before each row."""
    return tuple((number, *row) for number, row in enumerate(rows, start=1))
