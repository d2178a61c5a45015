"""Tables of construction projects: investment and progress, money by year and source, phases."""

from collections.abc import Sequence

from app.domain.circular_projects import ProjectRow
from app.domain.money import wan_of_fen
from app.domain.project_money import BudgetTable, budget_table
from app.domain.vocabulary import FundSource
from app.printouts.documents import Align, Cell, CellType, Column, Table
from app.printouts.milestone_tables import NUMBER

SOURCES = {
    FundSource.CENTRAL: "中央资金",
    FundSource.PROVINCE: "省级资金",
    FundSource.CITY: "市级资金",
    FundSource.COUNTY: "县级资金",
    FundSource.OTHER: "其他资金",
}
UNTOLD = "未分来源"
WHOLE_PERIOD = "未分年度"
PROJECT_NAME = Column("项目名称", 38)
PROJECT_COLUMNS = (
    NUMBER,
    PROJECT_NAME,
    Column("性质", 13, Align.CENTER),
    Column("建设地点", 24, missing="未明确"),
    Column("总投资\n（万元）", 18, Align.RIGHT, CellType.NUMBER, missing="未明确"),
    Column("预算安排\n（万元）", 18, Align.RIGHT, CellType.NUMBER, missing="未填报"),
    Column("累计支付\n（万元）", 18, Align.RIGHT, CellType.NUMBER, missing="未填报"),
    Column("支付率", 13, Align.RIGHT, CellType.PERCENT),
    Column("形象\n进度", 13, Align.RIGHT, CellType.PERCENT, missing="未填报"),
    Column("时间\n进度", 13, Align.RIGHT, CellType.PERCENT),
    Column("建设年限", 24, Align.CENTER),
    Column("开工", 14, Align.CENTER),
    Column("竣工", 14, Align.CENTER),
)
PHASE_COLUMNS = (
    NUMBER,
    PROJECT_NAME,
    Column("分期", 24),
    Column("学段", 20, Align.CENTER),
    Column("建设年限", 24, Align.CENTER),
    Column("班级数", 18, Align.RIGHT, CellType.INTEGER),
    Column("学位数", 18, Align.RIGHT, CellType.INTEGER),
    Column("建筑面积\n（平方米）", 28, Align.RIGHT, CellType.NUMBER),
)


def project_table(projects: Sequence[ProjectRow], caption: str, sheet: str) -> Table:
    """Build the table of projects: what is invested, provided and paid, how far works and time are."""
    rows = tuple(
        (
            number,
            row.name,
            row.nature_label,
            row.site,
            row.investment_wan,
            row.budget_wan,
            row.paid_wan,
            row.paid_pct,
            row.progress_pct,
            row.elapsed_pct,
            _years(row.start_year, row.end_year),
            row.start_standing_label,
            row.completion_standing_label,
        )
        for number, row in enumerate(projects, start=1)
    )
    return Table(PROJECT_COLUMNS, rows, caption, sheet, "未列工程项目")


def money_table(projects: Sequence[ProjectRow], caption: str, sheet: str) -> Table | None:
    """Build the table of money provided and paid by year, a pair of columns for each source; None: no such record.

    Sums over all projects, in 万元.
    """
    provided = [item for row in projects for item in row.provided]
    paid = [item for row in projects for item in row.payments]
    if not provided and not paid:
        return None
    table = budget_table(provided, paid)
    names = [SOURCES[source] if source else UNTOLD for source in table.sources]
    width = 200 / (2 * len(names) + 2)
    columns = (
        Column("年度", 25, Align.CENTER),
        *(
            Column(f"{name}\n{what}", width, Align.RIGHT, CellType.NUMBER)
            for name in (*names, "合计")
            for what in ("安排", "支付")
        ),
    )
    return Table(columns, _money_rows(table), caption, sheet)


def _money_rows(table: BudgetTable) -> tuple[tuple[Cell, ...], ...]:
    rows = [
        (
            WHOLE_PERIOD if row.year is None else f"{row.year}年",
            *(_wan(fen) for cell in (*row.cells, row.total) for fen in (cell.provided_fen, cell.paid_fen)),
        )
        for row in table.rows
    ]
    sums = (_wan(fen) for cell in (*table.totals, table.total) for fen in (cell.provided_fen, cell.paid_fen))
    return *rows, ("合计", *sums)


def phase_table(projects: Sequence[ProjectRow], caption: str, sheet: str) -> Table | None:
    """Build the table of the phases that projects are built in; None: no project has any."""
    phases = [(row.name, phase) for row in projects for phase in row.phases]
    if not phases:
        return None
    rows = tuple(
        (
            number,
            name,
            phase.name,
            phase.stage_label,
            _years(phase.start_year, phase.end_year),
            phase.classes,
            phase.places,
            phase.floor_m2,
        )
        for number, (name, phase) in enumerate(phases, start=1)
    )
    return Table(PHASE_COLUMNS, rows, caption, sheet)


def _wan(fen: int | None) -> Cell:
    return None if fen is None else wan_of_fen(fen)


def _years(first: int | None, last: int | None) -> str | None:
    """Write the years of the works: 2023—2025年, 2025年; None: neither is known."""
    told = [str(year) for year in dict.fromkeys((first, last)) if year is not None]
    return f"{'—'.join(told)}年" if told else None
