"""Time, works and money of a project: how far apart, and where the payments leave the budget."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from app.domain.project_money import (
    MoneyFinding,
    MoneyFindingKind,
    Paid,
    Provided,
    budget_table,
    money_findings,
)
from app.domain.projects import (
    Drift,
    ProjectState,
    Side,
    drifts,
    first_day,
    last_day,
    state_of,
    time_pct,
    works_pct,
)
from app.domain.vocabulary import FundSource, MilestoneKind, Standing

CENTRAL, COUNTY, OTHER = FundSource.CENTRAL, FundSource.COUNTY, FundSource.OTHER
Kind = MoneyFindingKind


@dataclass(frozen=True)
class Step:
    """A milestone of a project."""

    kind: MilestoneKind
    effective_due_on: date
    progress_pct: Decimal | None = None
    standing: Standing = Standing.ON_TRACK
    start_on: date = date(2024, 1, 1)


def completion(year: int, progress: int | None = None, standing: Standing = Standing.ON_TRACK) -> Step:
    return Step(
        MilestoneKind.PROJECT_COMPLETION,
        date(year, 12, 31),
        None if progress is None else Decimal(progress),
        standing,
    )


def start(standing: Standing = Standing.CLOSED) -> Step:
    return Step(MilestoneKind.PROJECT_START, date(2024, 12, 31), Decimal(100), standing)


def shares(time: int | None, works: int | None, money: int | None) -> dict[Side, Decimal | None]:
    given = zip(Side, (time, works, money), strict=True)
    return {side: None if share is None else Decimal(share) for side, share in given}


def test_money_behind_time_is_named_with_its_points_the_widest_gap_first() -> None:
    assert drifts(shares(84, 75, 50), 20) == (
        Drift(Side.MONEY, Side.TIME, Decimal(34)),
        Drift(Side.MONEY, Side.WORKS, Decimal(25)),
    )


@pytest.mark.parametrize("given", [(70, 50, 50), (None, 10, None), (100, None, None), (None, None, None)])
def test_sides_at_the_threshold_or_unknown_do_not_drift(given: tuple[int | None, ...]) -> None:
    assert drifts(shares(*given), 20) == ()


def test_a_point_more_than_the_threshold_drifts_in_either_direction() -> None:
    assert drifts(shares(50, 71, None), 20) == (Drift(Side.TIME, Side.WORKS, Decimal(21)),)


def test_the_completion_due_last_tells_the_works_and_a_start_does_not() -> None:
    assert works_pct([start()]) is None
    assert works_pct([start(), completion(2026, 40)]) == 40
    assert works_pct([completion(2025, 100), completion(2026)]) is None
    assert works_pct([completion(2026, None, Standing.CLOSED)]) == 100
    assert works_pct([completion(2026, 40), completion(2027, 90, Standing.WITHDRAWN)]) == 40


def test_the_span_is_that_of_the_milestones_else_of_the_years() -> None:
    steps = [start(), completion(2026)]
    assert (first_day(steps, 2020), last_day(steps, 2030)) == (date(2024, 1, 1), date(2026, 12, 31))
    assert (first_day([], 2025), last_day([], 2026)) == (date(2025, 1, 1), date(2026, 12, 31))
    assert first_day([], None) is None
    assert time_pct(None, date(2026, 12, 31), date(2026, 1, 1)) is None
    assert time_pct(date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)) == 100


@pytest.mark.parametrize(
    ("steps", "on", "state"),
    [
        ([completion(2026, None, Standing.CLOSED)], date(2026, 1, 1), ProjectState.COMPLETED),
        ([completion(2026, 20, Standing.OVERDUE)], date(2027, 1, 1), ProjectState.OVERDUE),
        ([completion(2026)], date(2023, 12, 31), ProjectState.NOT_STARTED),
        ([completion(2026, 5)], date(2023, 12, 31), ProjectState.UNDER_WAY),
        ([start(), completion(2026)], date(2025, 1, 1), ProjectState.UNDER_WAY),
        ([start(), completion(2024, None, Standing.UNCONFIRMED)], date(2026, 1, 1), ProjectState.UNCONFIRMED),
    ],
)
def test_a_projects_state_follows_its_milestones(steps: list[Step], on: date, state: ProjectState) -> None:
    assert state_of(steps, first_day(steps, None), on) is state


def test_payments_within_the_lines_find_nothing() -> None:
    lines = [Provided(2025, CENTRAL, 300), Provided(2026, COUNTY, 200)]
    assert money_findings(lines, [Paid(2025, CENTRAL, 300), Paid(2026, COUNTY, 10)], 500) == ()


def test_a_total_that_is_not_split_is_a_budget_all_the_same() -> None:
    assert money_findings([], [Paid(2026, COUNTY, 500)], 500) == ()
    assert money_findings([], [Paid(2026, COUNTY, 501)], 500) == (MoneyFinding(Kind.OVER_INVESTMENT, 1),)


def test_a_payment_without_total_and_lines_is_without_budget() -> None:
    assert money_findings([], [Paid(2026, None, 5)], None) == (MoneyFinding(Kind.WITHOUT_BUDGET, 5),)
    assert money_findings([], [], None) == ()


def test_each_level_names_its_own_excess() -> None:
    lines = [Provided(2025, CENTRAL, 100), Provided(2026, CENTRAL, 100)]
    found = money_findings(lines, [Paid(2025, CENTRAL, 150), Paid(2026, CENTRAL, 80)], None)
    assert found == (
        MoneyFinding(Kind.OVER_BUDGET, 30),
        MoneyFinding(Kind.OVER_SOURCE, 30, source=CENTRAL),
        MoneyFinding(Kind.OVER_LINE, 50, 2025, CENTRAL),
    )


def test_a_source_or_a_year_that_no_line_provides_for_is_named_once() -> None:
    lines = [Provided(2025, CENTRAL, 100)]
    assert money_findings(lines, [Paid(2025, OTHER, 10)], 100) == (MoneyFinding(Kind.WITHOUT_LINE, 10, source=OTHER),)
    assert money_findings(lines, [Paid(2026, CENTRAL, 10)], 100) == (
        MoneyFinding(Kind.WITHOUT_LINE, 10, 2026, CENTRAL),
    )


def test_payments_that_were_not_told_apart_count_for_the_year_and_the_whole() -> None:
    lines = [Provided(2025, CENTRAL, 100), Provided(2026, CENTRAL, 900)]
    assert money_findings(lines, [Paid(2025, None, 120)], 1000) == (MoneyFinding(Kind.OVER_YEAR, 20, 2025),)


def test_a_line_for_the_whole_period_may_be_spent_in_any_year() -> None:
    lines = [Provided(2025, CENTRAL, 100), Provided(None, CENTRAL, 50)]
    assert money_findings(lines, [Paid(2025, CENTRAL, 150)], 150) == ()
    assert money_findings(lines, [Paid(2025, CENTRAL, 151)], 200) == (
        MoneyFinding(Kind.OVER_BUDGET, 1),
        MoneyFinding(Kind.LINES_DIFFER, -50),
        MoneyFinding(Kind.OVER_SOURCE, 1, source=CENTRAL),
    )


def test_a_correction_takes_an_excess_back() -> None:
    lines = [Provided(2025, CENTRAL, 100)]
    assert money_findings(lines, [Paid(2025, CENTRAL, 120), Paid(2025, CENTRAL, -20)], 100) == ()


def test_the_table_has_a_row_per_year_and_a_column_per_source_with_findings_at_their_cells() -> None:
    lines = [Provided(2025, CENTRAL, 100), Provided(2026, COUNTY, 50), Provided(None, OTHER, 7)]
    paid = [Paid(2025, CENTRAL, 150), Paid(2027, None, 3)]
    table = budget_table(lines, paid, money_findings(lines, paid, 157))
    assert table.sources == (CENTRAL, COUNTY, OTHER, None)
    assert [row.year for row in table.rows] == [2025, 2026, 2027, None]
    first = table.rows[0].cells[0]
    assert (first.provided_fen, first.paid_fen, first.left_fen) == (100, 150, -50)
    assert first.finding == MoneyFinding(Kind.OVER_LINE, 50, 2025, CENTRAL)
    assert table.rows[0].cells[1].finding is None
    assert table.totals[0].finding == MoneyFinding(Kind.OVER_SOURCE, 50, source=CENTRAL)
    assert (table.total.provided_fen, table.total.paid_fen, table.total.left_fen) == (157, 153, 4)
    assert table.rows[3].cells[2].left_fen == 7
    assert table.rows[2].total.left_fen is None
    lines, paid = lines[:2], [Paid(2025, OTHER, 4)]
    table = budget_table(lines, paid, money_findings(lines, paid, None))
    unplanned = MoneyFinding(Kind.WITHOUT_LINE, 4, source=OTHER)
    assert [row.cells[2].finding for row in table.rows] == [unplanned, None]
    assert table.totals[2].finding == unplanned
