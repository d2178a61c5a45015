"""Days and deadlines (DOMAIN.md section 2): lateness, the span a due phrase names, scheduled progress."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from app.domain.vocabulary import Precision, Timeliness


def days_late(due_on: date, on: date) -> int:
    """Return whole days past a due day; the due day itself is in time, so 0 until the day after."""
    return max((on - due_on).days, 0)


def span_start(due_on: date, precision: Precision, start_on: date) -> date:
    """Return the first day of the span a due phrase names: a year's phrase is met in time all year long.

    A recurring duty's span is that of the occurrence, from its `start_on`.
    """
    match precision:
        case Precision.RECURRING:
            return min(start_on, due_on)
        case Precision.MONTH:
            return due_on.replace(day=1)
        case Precision.QUARTER:
            return due_on.replace(month=(due_on.month - 1) // 3 * 3 + 1, day=1)
        case Precision.HALF_YEAR:
            return due_on.replace(month=1 if due_on.month <= 6 else 7, day=1)
        case Precision.YEAR:
            return due_on.replace(month=1, day=1)
        case Precision.FIVE_YEAR_PLAN:
            return due_on.replace(year=due_on.year - 4, month=1, day=1)
        case Precision.DAY:
            return due_on


def timeliness(reached_on: date, due_on: date, span_starts_on: date) -> Timeliness:
    """Say how a result met its date: early is before the span the phrase names, late is after the due day."""
    if reached_on > due_on:
        return Timeliness.LATE
    return Timeliness.EARLY if reached_on < span_starts_on else Timeliness.ON_TIME


# Own points of a schedule: (end of the day, percent to be done by then), in order; none is a straight line.
Points = tuple[tuple[date, Decimal], ...]


def scheduled_pct(start_on: date, due_on: date, on: date, points: Points = ()) -> Decimal:
    """Return scheduled progress (序时进度) in percent at the end of a day.

    A straight line from start to due day, or through the points that lie between.
    """
    if on < start_on:
        return Decimal(0)
    if on >= due_on:
        return Decimal(100)
    corners = _corners(start_on, due_on, points)
    position = next(number for number, (day, _) in enumerate(corners) if day >= on)
    (from_on, from_pct), (to_on, to_pct) = corners[position - 1], corners[position]
    return from_pct + (to_pct - from_pct) * (on - from_on).days / Decimal((to_on - from_on).days)


def lag_pp(start_on: date, due_on: date, progress_pct: Decimal | None, on: date, points: Points = ()) -> Decimal | None:
    """Return by how many percentage points progress trails the schedule; negative: ahead; None: nothing reported."""
    return None if progress_pct is None else scheduled_pct(start_on, due_on, on, points) - progress_pct


def falls_behind_on(
    start_on: date, due_on: date, progress_pct: Decimal, threshold_pp: int, points: Points = ()
) -> date | None:
    """Return the first day on which progress trails the schedule by more than the threshold; None: never before due."""
    limit = progress_pct + threshold_pp
    if limit >= 100 or start_on >= due_on:
        return None
    corners = _corners(start_on, due_on, points)
    position = next(number for number, (_, share) in enumerate(corners) if share > limit)
    (from_on, from_pct), (to_on, to_pct) = corners[position - 1], corners[position]
    # the last count of days after the corner that is still within the threshold
    elapsed = int((limit - from_pct) * (to_on - from_on).days / (to_pct - from_pct))
    behind_on = from_on + timedelta(days=elapsed + 1)
    return behind_on if behind_on <= due_on else None


def days_earned(start_on: date, due_on: date, share_pct: Decimal, on: date, points: Points = ()) -> Decimal:
    """Return how many days of the schedule a share stands for, from its first day; the inverse of `scheduled_pct`.

    Where the schedule asks for that share on several days, the one nearest to `on` counts. Needs start_on <= due_on.
    """
    corners = _corners(start_on, due_on, points)
    origin = corners[0][0]
    spans = list(pairwise(((day - origin).days, pct) for day, pct in corners))
    first = next(_reached(span, share_pct, flat=0) for span in spans if span[1][1] >= share_pct)
    last = next(_reached(span, share_pct, flat=1) for span in reversed(spans) if span[0][1] <= share_pct)
    return min(max(Decimal((on - origin).days), first), last)


def _reached(
    span: tuple[tuple[int, Decimal], tuple[int, Decimal]], share_pct: Decimal, *, flat: Literal[0, 1]
) -> Decimal:
    """Return where a span of the schedule reaches a share; of a flat one its end number `flat`."""
    (from_day, from_pct), (to_day, to_pct) = span
    if from_pct == to_pct:
        return Decimal(span[flat][0])
    return from_day + (share_pct - from_pct) * (to_day - from_day) / (to_pct - from_pct)


def _corners(start_on: date, due_on: date, points: Points) -> list[tuple[date, Decimal]]:
    """Return where the schedule bends: nothing is done before the first day, all at the end of the due day."""
    between = [point for point in points if start_on <= point[0] < due_on]
    return [(start_on - timedelta(days=1), Decimal(0)), *between, (due_on, Decimal(100))]
