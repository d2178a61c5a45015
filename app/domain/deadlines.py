"""Days and deadlines (DOMAIN.md section 2): lateness, the span a due phrase names, scheduled progress."""

from datetime import date, timedelta
from decimal import Decimal

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


def scheduled_pct(start_on: date, due_on: date, on: date) -> Decimal:
    """Return scheduled progress (序时进度) in percent at the end of a day: a straight line from start to due day."""
    if on < start_on:
        return Decimal(0)
    if on >= due_on:
        return Decimal(100)
    return Decimal(100 * ((on - start_on).days + 1)) / Decimal((due_on - start_on).days + 1)


def lag_pp(start_on: date, due_on: date, progress_pct: Decimal | None, on: date) -> Decimal | None:
    """Return by how many percentage points progress trails the schedule; negative: ahead; None: nothing reported."""
    return None if progress_pct is None else scheduled_pct(start_on, due_on, on) - progress_pct


def falls_behind_on(start_on: date, due_on: date, progress_pct: Decimal, threshold_pp: int) -> date | None:
    """Return the first day on which progress trails the schedule by more than the threshold; None: never before due."""
    if progress_pct + threshold_pp >= 100 or start_on >= due_on:
        return None
    span = (due_on - start_on).days + 1
    elapsed = int((progress_pct + threshold_pp) * span / 100)  # the last count of days still within the threshold
    return start_on + timedelta(days=elapsed)
