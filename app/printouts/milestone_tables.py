"""Tables of milestones, with both dates and both latenesses: annexes and sheets print the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.circulars import LedgerFacts, MilestoneRow, has_counties
from app.domain.vocabulary import Standing
from app.printouts.documents import NONE, Align, Cell, CellType, Column, Table

AREA = "本级"  # a milestone of the plan's whole area, of no single county
NUMBER = Column("序号", 9.2, Align.CENTER, CellType.INTEGER)
PLACE = Column("地区", 12.8, Align.CENTER)
ORIGINAL_DUE = Column("原定时限", 27, Align.CENTER, CellType.DAY)
EFFECTIVE_DUE = Column("现行时限", 27, Align.CENTER, CellType.DAY)
STANDING = Column("状态", 12.8, Align.CENTER)
PROGRESS = Column("进度", 12.8, Align.CENTER, CellType.PERCENT, missing="未填报")
LATE = (
    Column("按现行\n时限逾\n期天数", 12.8, Align.CENTER, CellType.INTEGER),
    Column("按原定\n时限逾\n期天数", 12.8, Align.CENTER, CellType.INTEGER),
)
LAST_REPORT = Column("最近填报", 27, Align.CENTER, CellType.DAY, missing="未填报")
HANDLED = Column("提醒督办\n和问责", 24, missing="无")


@dataclass(frozen=True)
class Wording:
    """What one table of milestones is called on paper and in a workbook, and what it prints when it is empty."""

    caption: str
    sheet: str
    empty: str


def milestone_table(facts: LedgerFacts, rows: Sequence[MilestoneRow], words: Wording) -> Table:
    """Build the table of progress: both dates, standing, progress, both latenesses."""
    by_place = has_counties(facts)
    cells = tuple(
        (*_lead(number, row, by_place), *_dates(row), row.standing_label, progress_cell(row), *lateness(row))
        for number, row in enumerate(rows, start=1)
    )
    columns = (*_lead_columns(by_place, 44, 35), ORIGINAL_DUE, EFFECTIVE_DUE, STANDING, PROGRESS, *LATE)
    return Table(columns, cells, words.caption, words.sheet, words.empty)


def ledger_table(facts: LedgerFacts, rows: Sequence[MilestoneRow], words: Wording) -> Table:
    """Build the ledger: the table of progress with the day of the last report."""
    by_place = has_counties(facts)
    cells = tuple(
        (*_lead(number, row, by_place), *_dates(row), row.standing_label, progress_cell(row), *_late_and_report(row))
        for number, row in enumerate(rows, start=1)
    )
    columns = (*_lead_columns(by_place, 27, 23), ORIGINAL_DUE, EFFECTIVE_DUE, STANDING, PROGRESS, *LATE, LAST_REPORT)
    return Table(columns, cells, words.caption, words.sheet, words.empty)


def overdue_table(
    facts: LedgerFacts, rows: Sequence[MilestoneRow], words: Wording, handled: Mapping[int, str] | None = None
) -> Table:
    """Build the list of overdue milestones; `handled` says by id what was done about each, None: not told here."""
    by_place = has_counties(facts)
    cells = tuple(
        (
            *_lead(number, row, by_place),
            *_dates(row),
            *_late_and_report(row),
            *(() if handled is None else (handled.get(row.id),)),
        )
        for number, row in enumerate(rows, start=1)
    )
    room = (38, 37) if handled is None else (27, 24)
    columns = (*_lead_columns(by_place, *room), ORIGINAL_DUE, EFFECTIVE_DUE, *LATE, LAST_REPORT)
    return Table(columns if handled is None else (*columns, HANDLED), cells, words.caption, words.sheet, words.empty)


def due_table(facts: LedgerFacts, rows: Sequence[MilestoneRow], words: Wording) -> Table:
    """Build the list of what falls due: the date in force, standing and progress; for an upright page."""
    by_place = has_counties(facts)
    cells = tuple(
        (*_lead(number, row, by_place), row.effective_due_on, row.standing_label, progress_cell(row))
        for number, row in enumerate(rows, start=1)
    )
    narrow = (replace(STANDING, width=13.2), replace(PROGRESS, width=13.2))
    columns = (replace(NUMBER, width=10.5), *_lead_columns(by_place, 34, 28)[1:], EFFECTIVE_DUE, *narrow)
    return Table(columns, cells, words.caption, words.sheet, words.empty)


def progress_cell(row: MilestoneRow) -> Cell:
    """Return the reported share; None: nothing was reported, — : it is closed or withdrawn and owes no report."""
    settled = row.standing in (Standing.CLOSED, Standing.WITHDRAWN)
    return NONE if settled and row.progress_pct is None else row.progress_pct


def lateness(row: MilestoneRow) -> tuple[int | None, int | None]:
    """Return the days late by the date in force and by the original one; None: not late, or withdrawn."""
    if row.standing is Standing.WITHDRAWN:
        return None, None
    return row.days_late or None, row.days_late_original or None


def units_text(row: MilestoneRow) -> str | None:
    """Write the responsible units and in brackets the supporting ones; None: the plan names none."""
    if not row.responsible:
        return None
    return "、".join(row.responsible) + (f"（配合：{'、'.join(row.supporting)}）" if row.supporting else "")


def _lead_columns(by_place: bool, task: float, units: float) -> tuple[Column, ...]:
    """Return the columns every table starts with; a plan without counties needs none for the place."""
    return (
        NUMBER,
        Column("条款", 14.8, Align.CENTER),
        Column("任务", task if by_place else task + 6.4),
        *((PLACE,) if by_place else ()),
        Column("责任单位", units if by_place else units + 6.4, missing="未明确"),
    )


def _lead(number: int, row: MilestoneRow, by_place: bool) -> tuple[Cell, ...]:
    place = (row.group or AREA,) if by_place else ()
    return number, row.clause, row.title, *place, units_text(row)


def _dates(row: MilestoneRow) -> tuple[Cell, ...]:
    return row.original_due_on, row.effective_due_on


def _late_and_report(row: MilestoneRow) -> tuple[Cell, ...]:
    return *lateness(row), row.last_report_on
