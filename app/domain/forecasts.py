"""Early warning: when a milestone will be done at its present pace, from its reports (docs/decisions/0019).

Robust slope after Theil and Sen: the median of the slopes between every two points, so that one odd report does not
tip it. Where the office set a schedule of its own, progress is read on that schedule's days (earned schedule).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from app.domain.deadlines import days_earned
from app.domain.history import reported_progress, standing_reports
from app.domain.milestone_facts import MilestoneFacts
from app.domain.vocabulary import Standing

# Standings that a warning can still change: what is overdue stands in the ledger, what is settled needs none.
WARNED = frozenset({Standing.PLANNED, Standing.ON_TRACK, Standing.DUE_SOON, Standing.BEHIND})
RECENT = 5  # points: the last four stretches between reports
RECENT_DAYS = 90  # further back where these cover less
MOST_POINTS = 13
HORIZON_DAYS = 7305  # a day more than twenty years after the last report is no forecast
NEVER = 99_999  # days by which a milestone misses whose pace leads to no day at all
WIDEST_PCT = 1_000_000  # a wider spread says no more, and a column holds only so much
_NOISE = Decimal("0.000001")  # days: what division leaves behind must not cost a day


class Confidence(StrEnum):
    """How far a forecast is to be trusted."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Demand(NamedTuple):
    """What a confidence asks for: reports at least, spread of the pace and age of the last report at most."""

    reports: int
    spread_pct: int
    age_days: int


DEMANDS = {Confidence.HIGH: Demand(4, 50, 120), Confidence.MEDIUM: Demand(2, 100, 210)}


class ProgressPoint(NamedTuple):
    """The share of the whole that was reported as of the end of a day, in percent."""

    day: date
    share_pct: Decimal


@dataclass(frozen=True, slots=True)
class ForecastFinding:
    """When a milestone will be done at its pace; None: at no day within twenty years.

    `earliest_on` and `latest_on` follow from the quarter points of the slopes. `confidence` leaves the age of the last
    report out, which the day of reading decides. `pace_pp` is in percentage points per 30 days, `spread_pct` the
    distance between the quarter points in percent of the median (None: the sign of the pace is not certain).
    """

    expected_on: date | None
    earliest_on: date | None
    latest_on: date | None
    misses_by_days: int
    confidence: Confidence
    reports: int
    spread_pct: int | None
    pace_pp: Decimal
    last_on: date
    points: tuple[ProgressPoint, ...]

    def age_days(self, today: date) -> int:
        """Return for how many days nothing new has been reported."""
        return (today - self.last_on).days

    def silent_since(self, today: date) -> date | None:
        """Return the day by which it was to be done, where it has passed without a word since; None: it has not."""
        expected_on = self.expected_on
        return expected_on if expected_on is not None and self.last_on < expected_on < today else None

    @property
    def never(self) -> bool:
        """Tell whether the pace leads to no day at all."""
        return self.expected_on is None

    @property
    def share_pct(self) -> Decimal:
        """The share reported last."""
        return self.points[-1].share_pct


def forecast(facts: MilestoneFacts) -> ForecastFinding | None:
    """Return when a milestone will be done at its pace; None: no share is reported, or its dates leave no time."""
    due_on = facts.effective_due.due_on
    if not facts.reports or due_on < facts.start_on:
        return None
    begin = ProgressPoint(facts.start_on - timedelta(days=1), Decimal(0))
    reported = progress_points(facts)
    points = _recent([begin, *reported] if reported and begin.day < reported[0].day else reported)
    if len(points) < 2:
        return None
    shares = _slopes(points)
    slopes, remaining = _on_own_schedule(facts, points) if facts.schedule else (shares, 100 - points[-1].share_pct)
    low, middle, high = (_quantile(slopes, quarter) for quarter in (1, 2, 3))
    last_on, count = points[-1].day, sum(point != begin for point in points)
    expected_on = _done_on(last_on, remaining, middle)
    spread_pct = _spread_pct(low, middle, high)
    return ForecastFinding(
        expected_on=expected_on,
        earliest_on=_done_on(last_on, remaining, high),
        latest_on=_done_on(last_on, remaining, low),
        misses_by_days=NEVER if expected_on is None else (expected_on - due_on).days,
        confidence=_confidence(count, spread_pct),
        reports=count,
        spread_pct=spread_pct,
        pace_pp=(_quantile(shares, 2) * 30).quantize(Decimal("0.01")),
        last_on=last_on,
        points=tuple(points),
    )


def progress_points(facts: MilestoneFacts) -> list[ProgressPoint]:
    """Return the share of the whole after each report that still stands, one a day, in order of the days reported on.

    A report recorded later speaks for its day and all after it: what was said before of those days gives way.
    """
    points: list[ProgressPoint] = []
    told: set[int | None] = set()  # units that have given a share for their part
    standing = standing_reports(facts)
    for number, report in enumerate(standing, 1):
        if report.share_pct is None:
            continue
        told.add(report.organization_id)
        moves_parts = report.organization_id in facts.parts and facts.parts <= told
        if not (report.speaks_for_whole or moves_parts):
            continue
        share = reported_progress(replace(facts, reports=tuple(standing[:number]), decisions=()))
        if share is None:
            continue
        while points and points[-1].day >= report.reported_on:
            points.pop()
        points.append(ProgressPoint(report.reported_on, share))
    return points


def confidence_on(confidence: Confidence, last_on: date, today: date) -> Confidence:
    """Return how far a forecast is to be trusted on a day: an old last report lowers it."""
    for level in (Confidence.HIGH, Confidence.MEDIUM):
        if confidence in _AT_LEAST[level] and last_on >= fresh_since(level, today):
            return level
    return Confidence.LOW


def fresh_since(level: Confidence, today: date) -> date:
    """Return the first day on which the last report may lie for a confidence of high or medium."""
    return today - timedelta(days=DEMANDS[level].age_days)


def needed_pp(share_pct: Decimal, last_on: date, due_on: date) -> Decimal | None:
    """Return the pace that would still meet the due date, in points per 30 days; None: no time is left for it."""
    days = (due_on - last_on).days
    return (100 - share_pct) * 30 / days if days > 0 else None


def performance_index(share_pct: Decimal, scheduled: Decimal) -> Decimal | None:
    """Return reported over scheduled progress; 1 is on schedule, None: nothing is scheduled yet."""
    return share_pct / scheduled if scheduled > 0 else None


_AT_LEAST = {
    Confidence.HIGH: frozenset({Confidence.HIGH}),
    Confidence.MEDIUM: frozenset({Confidence.HIGH, Confidence.MEDIUM}),
}


def _recent(points: list[ProgressPoint]) -> list[ProgressPoint]:
    """Return the last points: RECENT of them, more until they cover RECENT_DAYS, never more than MOST_POINTS."""
    first = max(len(points) - RECENT, 0)
    while first > 0 and len(points) - first < MOST_POINTS and _days(points[first:]) < RECENT_DAYS:
        first -= 1
    return points[first:]


def _on_own_schedule(facts: MilestoneFacts, points: list[ProgressPoint]) -> tuple[list[Decimal], Decimal]:
    """Return the slopes and what is left to do in days of the office's own schedule."""
    start_on, due_on, schedule = facts.start_on, facts.effective_due.due_on, facts.schedule
    earned = [(day, days_earned(start_on, due_on, share, day, schedule)) for day, share in points]
    return _slopes(earned), days_earned(start_on, due_on, Decimal(100), start_on, schedule) - earned[-1][1]


def _days(points: list[ProgressPoint]) -> int:
    return (points[-1].day - points[0].day).days


def _slopes(points: Sequence[tuple[date, Decimal]]) -> list[Decimal]:
    """Return the slopes between every two points, in order of size; the days differ."""
    return sorted((after[1] - before[1]) / (after[0] - before[0]).days for before, after in combinations(points, 2))


def _quantile(ordered: list[Decimal], quarter: int) -> Decimal:
    """Return a quarter point of ordered values, between two of them where it falls there."""
    place, rest = divmod((len(ordered) - 1) * quarter, 4)
    if rest == 0:
        return ordered[place]
    return ordered[place] + (ordered[place + 1] - ordered[place]) * rest / 4


def _done_on(last_on: date, remaining: Decimal, slope: Decimal) -> date | None:
    if remaining <= 0:
        return last_on
    if slope <= 0 or remaining > slope * HORIZON_DAYS:
        return None
    days = int((remaining / slope - _NOISE).to_integral_value(ROUND_CEILING))
    return last_on + timedelta(days=days)


def _spread_pct(low: Decimal, middle: Decimal, high: Decimal) -> int | None:
    """Return the spread of the pace; None where it may go either way. A pace that stands still or falls is certain."""
    if high <= 0:
        return 0
    return None if middle <= 0 else round(min((high - low) * 100 / middle, Decimal(WIDEST_PCT)))


def _confidence(reports: int, spread_pct: int | None) -> Confidence:
    for level, demand in DEMANDS.items():
        if reports >= demand.reports and spread_pct is not None and spread_pct <= demand.spread_pct:
            return level
    return Confidence.LOW
