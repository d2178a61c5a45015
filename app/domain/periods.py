"""Reporting periods (报送期): which quarter or month opens when, and who owes a report in it."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.quarters import quarter_of
from app.domain.vocabulary import ReportingCycle, Standing

# Standings in which a milestone that runs in a period owes a report on its progress. One whose claim waits for the
# office owes none, nor does one that is settled.
OWING = frozenset({Standing.PLANNED, Standing.ON_TRACK, Standing.DUE_SOON, Standing.BEHIND, Standing.OVERDUE})
# Standings in which a recheck is owed.
RECHECKED = frozenset({Standing.CLOSED, Standing.REGRESSED})


class OwedState(StrEnum):
    """Where an expected report stands for those who owe it."""

    MISSING = "missing"
    DRAFT = "draft"  # written, not submitted
    RETURNED = "returned"
    SUBMITTED = "submitted"
    ENDORSED = "endorsed"  # the supervisor passed it on
    ACCEPTED = "accepted"
    NOT_NEEDED = "not_needed"  # closed, withdrawn or given to another unit before anything was handed in


# What somebody still has to do something about.
TO_DO = frozenset({OwedState.MISSING, OwedState.DRAFT, OwedState.RETURNED})


@dataclass(frozen=True, slots=True)
class PeriodDates:
    """A period's first and last day, the last day on which a report is in time, and the last on which it is taken."""

    first_on: date
    last_on: date
    timely_until_on: date
    closes_on: date


@dataclass(frozen=True, slots=True)
class ReportingPolicy:
    """How often a plan's units report, and how many days after a period's end they have."""

    cycle: ReportingCycle = ReportingCycle.QUARTER
    timely_days: int = 10
    closing_days: int = 25


def periods_to_open(policy: ReportingPolicy, last_opened: tuple[date, date] | None, today: date) -> list[PeriodDates]:
    """Return the periods that have begun by today and are not open yet, oldest first.

    The first one of a plan is that of today; later ones follow the last one opened (its first and last day) without a
    gap, also when the plan changes from quarters to months or an outage lasted longer than a period.
    """
    if last_opened is None:
        return [_dates(policy, *span_of(policy.cycle, today))]
    return list(_following(policy, last_opened[1], today))


def _following(policy: ReportingPolicy, last_on: date, today: date) -> Iterator[PeriodDates]:
    while last_on < today:
        first_on = last_on + timedelta(days=1)
        _, last_on = span_of(policy.cycle, first_on)
        yield _dates(policy, first_on, last_on)


def span_of(cycle: ReportingCycle, day: date) -> tuple[date, date]:
    """Return the first and last day of the quarter or month a day lies in."""
    if cycle is ReportingCycle.QUARTER:
        quarter = quarter_of(day)
        return quarter.first_on, quarter.last_on
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def label(first_on: date, last_on: date) -> str:
    """Return the Chinese name of a period: 2026年第四季度, 2026年11月, or its days where it is neither."""
    if (first_on, last_on) == span_of(ReportingCycle.QUARTER, first_on):
        return quarter_of(first_on).label
    if (first_on, last_on) == span_of(ReportingCycle.MONTH, first_on):
        return f"{first_on.year}年{first_on.month}月"
    return f"{first_on.year}年{first_on.month}月{first_on.day}日至{last_on.month}月{last_on.day}日"


def recheck_in(reached_on: date, months: int, first_on: date, last_on: date) -> bool:
    """Tell whether a recheck falls into a period: every so many months after the result was reached; 0: never."""
    if months <= 0:
        return False
    elapsed = (last_on.year - reached_on.year) * 12 + last_on.month - reached_on.month
    return any(
        first_on <= _months_later(reached_on, count * months) <= last_on
        for count in range(max(elapsed // months - 1, 1), elapsed // months + 2)
    )


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _dates(policy: ReportingPolicy, first_on: date, last_on: date) -> PeriodDates:
    timely = last_on + timedelta(days=policy.timely_days)
    return PeriodDates(first_on, last_on, timely, max(timely, last_on + timedelta(days=policy.closing_days)))
