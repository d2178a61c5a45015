"""A project's money: what is provided by year and source of funds, what was paid, and where the two disagree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.vocabulary import FundSource


@dataclass(frozen=True, slots=True)
class Provided:
    """Money provided by one source, in fen; `year` None: for the whole period."""

    year: int | None
    source: FundSource
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Paid:
    """Money paid in a year, in fen, corrections taken off; `source` None: not told apart."""

    year: int
    source: FundSource | None
    amount_fen: int


class MoneyFindingKind(StrEnum):
    """What the money on record shows; nothing of it keeps a payment from being recorded."""

    OVER_INVESTMENT = "over_investment"  # more paid than the document's total
    OVER_BUDGET = "over_budget"  # more paid than all budget lines provide
    OVER_SOURCE = "over_source"  # more paid from a source than its lines provide
    OVER_YEAR = "over_year"  # more paid in a year than its lines provide
    OVER_LINE = "over_line"  # more paid in a year from a source than provided for that year
    WITHOUT_LINE = "without_line"  # paid from a source, or in a year, that no line provides for
    WITHOUT_BUDGET = "without_budget"  # paid although neither a total nor a line is on record
    LINES_DIFFER = "lines_differ"  # the lines do not add up to the document's total


@dataclass(frozen=True, slots=True)
class MoneyFinding:
    """A finding with the fen it is about; of LINES_DIFFER below zero when the lines fall short of the total.

    `year` and `source` None: not about one year, not about one source.
    """

    kind: MoneyFindingKind
    amount_fen: int
    year: int | None = None
    source: FundSource | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Provided and paid of one year and source (or of a sum) in fen; None: nothing on record."""

    provided_fen: int | None
    paid_fen: int | None
    finding: MoneyFinding | None = None

    @property
    def left_fen(self) -> int | None:
        """Return what is provided and not yet paid, below zero when overspent; None where nothing is provided."""
        return None if self.provided_fen is None else self.provided_fen - (self.paid_fen or 0)


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A year of the budget table with one cell per source and its sum; `year` None: for the whole period."""

    year: int | None
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True, slots=True)
class BudgetTable:
    """Provided and paid by year and source; a source None gathers payments that were not told apart."""

    sources: tuple[FundSource | None, ...]
    rows: tuple[BudgetRow, ...]
    totals: tuple[Cell, ...]
    total: Cell


def money_findings(
    provided: Iterable[Provided], paid: Iterable[Paid], investment_fen: int | None
) -> tuple[MoneyFinding, ...]:
    """Return where payments and budget disagree, the whole first, then sources, years and single cells.

    A line for the whole period may be spent in any year: its source is judged by its sum alone, and years are judged
    only where every line names one.
    """
    lines, payments = tuple(provided), tuple(paid)
    return (
        *_whole(lines, payments, investment_fen),
        *(_by_source(lines, payments) if lines else ()),
        *(_by_year(lines, payments) if lines else ()),
    )


def budget_table(
    provided: Iterable[Provided], paid: Iterable[Paid], findings: Iterable[MoneyFinding] = ()
) -> BudgetTable:
    """Return provided and paid by year and source with the findings at their cells, years in order."""
    lines, payments = tuple(provided), tuple(paid)
    noted = {(item.year, item.source): item for item in reversed(tuple(findings)) if item.year or item.source}
    used = {item.source for item in lines} | {item.source for item in payments}
    sources = (*(source for source in FundSource if source in used), *((None,) if None in used else ()))
    years = sorted({item.year for item in lines if item.year is not None} | {item.year for item in payments})
    whole = [None] if any(item.year is None for item in lines) else []

    def cell(asked: Mapping[str, object], key: tuple[int | None, FundSource | None]) -> Cell:
        return Cell(_sum(lines, **asked), _sum(payments, **asked), noted.get(key))

    def single(year: int | None, source: FundSource | None) -> Cell:
        found = cell({"year": year, "source": source}, (year, source) if year and source else _NOWHERE)
        of_source = noted.get((None, source)) if source else None
        if found.paid_fen and of_source and of_source.kind is MoneyFindingKind.WITHOUT_LINE:
            return replace(found, finding=of_source)
        return found

    rows = tuple(
        BudgetRow(
            year,
            tuple(single(year, source) for source in sources),
            cell({"year": year}, (year, None) if year else _NOWHERE),
        )
        for year in (*years, *whole)
    )
    totals = tuple(cell({"source": source}, (None, source) if source else _NOWHERE) for source in sources)
    return BudgetTable(sources, rows, totals, cell({}, _NOWHERE))


_NOWHERE = (0, None)  # the key of cells that no finding is about


def _whole(lines: tuple[Provided, ...], paid: tuple[Paid, ...], investment_fen: int | None) -> Iterable[MoneyFinding]:
    spent, planned = _sum(paid) or 0, _sum(lines)
    if investment_fen is None and planned is None:
        if spent:
            yield MoneyFinding(MoneyFindingKind.WITHOUT_BUDGET, spent)
        return
    if investment_fen is not None and spent > investment_fen:
        yield MoneyFinding(MoneyFindingKind.OVER_INVESTMENT, spent - investment_fen)
    if planned is None:
        return
    if spent > planned and planned != investment_fen:
        yield MoneyFinding(MoneyFindingKind.OVER_BUDGET, spent - planned)
    if investment_fen is not None and planned != investment_fen:
        yield MoneyFinding(MoneyFindingKind.LINES_DIFFER, planned - investment_fen)


def _by_source(lines: tuple[Provided, ...], paid: tuple[Paid, ...]) -> Iterable[MoneyFinding]:
    for source in FundSource:
        planned, spent = _sum(lines, source=source), _sum(paid, source=source) or 0
        if planned is None and spent > 0:
            yield MoneyFinding(MoneyFindingKind.WITHOUT_LINE, spent, source=source)
        elif planned is not None and spent > planned:
            yield MoneyFinding(MoneyFindingKind.OVER_SOURCE, spent - planned, source=source)


def _by_year(lines: tuple[Provided, ...], paid: tuple[Paid, ...]) -> Iterable[MoneyFinding]:
    """Yield what single years show; a year's sum is named only where none of its cells is."""
    anytime = {item.source for item in lines if item.year is None}
    told = {item.source for item in lines} - anytime
    for year in sorted({item.year for item in paid}):
        cells = [found for source in FundSource if source in told and (found := _at_cell(lines, paid, year, source))]
        yield from cells
        # What comes from a source without any line is named there already.
        judged = [item for item in paid if item.source is None or item.source in told]
        planned, spent = _sum(lines, year=year), _sum(judged, year=year) or 0
        if not cells and not anytime and spent > (planned or 0):
            kind = MoneyFindingKind.WITHOUT_LINE if planned is None else MoneyFindingKind.OVER_YEAR
            yield MoneyFinding(kind, spent - (planned or 0), year=year)


def _at_cell(lines: tuple[Provided, ...], paid: tuple[Paid, ...], year: int, source: FundSource) -> MoneyFinding | None:
    planned = _sum(lines, year=year, source=source)
    over = (_sum(paid, year=year, source=source) or 0) - (planned or 0)
    if over <= 0:
        return None
    kind = MoneyFindingKind.WITHOUT_LINE if planned is None else MoneyFindingKind.OVER_LINE
    return MoneyFinding(kind, over, year, source)


def _sum(items: Iterable[Provided | Paid], **asked: object) -> int | None:
    """Return the fen of the items with these attributes; None when there is none."""
    found = [item.amount_fen for item in items if all(getattr(item, name) == value for name, value in asked.items())]
    return sum(found) if found else None
