"""What charts are drawn from: completion at quarters' ends, money against time, an indicator against its targets."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.project_money import Provided
from app.domain.quarters import Quarter, quarter_of
from app.domain.shares import share_pct
from app.domain.vocabulary import Comparator

QUARTERS_SHOWN = 8  # at most, the last ones


@dataclass(frozen=True, slots=True)
class QuarterEnd:
    """Milestones at a quarter's end, as known then (of the running quarter: on the day asked about).

    `due`: due by that day and rated; `in_time`: of those, closed in time; `closed`: all that are closed.
    """

    quarter: Quarter
    on: date
    due: int
    closed: int
    in_time: int

    @property
    def rate_pct(self) -> Decimal | None:
        """Return the on-time rate in percent; None when nothing was due."""
        return share_pct(self.in_time, self.due)


def quarters_until(first_on: date, on: date) -> list[tuple[Quarter, date]]:
    """Return the last quarters from a day's to another's, each with the day at which it is cut off."""
    quarter, found = quarter_of(on), [(quarter_of(on), on)]
    while quarter.first_on > first_on and len(found) < QUARTERS_SHOWN:
        quarter = quarter.previous
        found.append((quarter, quarter.last_on))
    return found[::-1]


@dataclass(frozen=True, slots=True)
class MoneyDay:
    """Money in fen, summed up to a day; `planned_fen` None between the ends of years, `paid_fen` None: not known."""

    on: date
    planned_fen: int | None
    paid_fen: int | None


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What a project is provided with, in fen; `investment_fen` None: the document gives no sum."""

    provided: tuple[Provided, ...]
    investment_fen: int | None
    end_year: int

    def by_year(self) -> dict[int, int]:
        """Return the fen by year; what names no year counts in the last year, without lines the whole investment."""
        if not self.provided:
            return {self.end_year: self.investment_fen} if self.investment_fen else {}
        found: dict[int, int] = {}
        for line in self.provided:
            year = line.year or self.end_year
            found[year] = found.get(year, 0) + line.amount_fen
        return found


def money_days(projects: Iterable[ProjectPlan], paid_fen: Mapping[date, int], on: date) -> tuple[MoneyDay, ...]:
    """Return planned and paid money up to the ends of the plan's years and of the quarters since the first payment.

    `paid_fen`: fen by day, of payments known and made by `on`. Empty when nothing is planned and nothing was paid.
    """
    planned: dict[int, int] = {}
    for project in projects:
        for year, fen in project.by_year().items():
            planned[year] = planned.get(year, 0) + fen
    if not planned and not paid_fen:
        return ()
    first = min([*planned, *(day.year for day in paid_fen)])
    years = range(first - 1, max([*planned, first - 1]) + 1)
    ends = {date(year, 12, 31): sum(fen for when, fen in planned.items() if when <= year) for year in years}
    days = sorted({*ends, *_payment_days(paid_fen, on)})
    return tuple(
        MoneyDay(day, _planned_by(ends, day) if planned else None, _paid_by(paid_fen, day, on)) for day in days
    )


def _planned_by(ends: Mapping[date, int], day: date) -> int | None:
    """Return what is planned by a day: told at the ends of years, and all of it from the last one on."""
    last = max(ends)
    return ends[last] if day > last else ends.get(day)


def _payment_days(paid_fen: Mapping[date, int], on: date) -> list[date]:
    if not paid_fen:
        return []
    quarter, found = quarter_of(min(paid_fen)), [on]
    while quarter.last_on < on:
        found.append(quarter.last_on)
        quarter = quarter.next
    return found


def _paid_by(paid_fen: Mapping[date, int], day: date, on: date) -> int | None:
    if not paid_fen or not min(paid_fen) <= day <= on:
        return None  # what was paid before the first payment on record is not known
    return sum(fen for paid_on, fen in paid_fen.items() if paid_on <= day)


@dataclass(frozen=True, slots=True)
class TargetPoint:
    """A target that falls due on a day."""

    due_on: date
    comparator: Comparator
    value: Decimal


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One indicator of one place (and school stage) in one unit: what was measured by day, and its targets.

    `stage` None: the targets name none. Values are in order of their days, one a day.
    """

    code: str
    name: str
    place: str
    stage: str | None
    unit: str
    measured: tuple[tuple[date, Decimal], ...]
    targets: tuple[TargetPoint, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """Return every day on which something was measured or falls due, in order."""
        return tuple(sorted({*(day for day, _ in self.measured), *(one.due_on for one in self.targets)}))


def target_steps(
    targets: Sequence[TargetPoint], days: Sequence[date]
) -> tuple[tuple[Comparator, tuple[Decimal, ...]], ...]:
    """Return for each comparator the target that holds on each day: the next one due, after the last the last one."""
    found = []
    for comparator in dict.fromkeys(one.comparator for one in targets):
        dated = {one.due_on: one.value for one in targets if one.comparator is comparator}
        dues = sorted(dated)
        values = tuple(dated[dues[min(bisect_left(dues, day), len(dues) - 1)]] for day in days)
        found.append((comparator, values))
    return tuple(found)
