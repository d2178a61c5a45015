"""The ladder from reminder to accountability (DOMAIN.md section 4): which rung fires next, and when.

1. Rungs are ordered by their days from the effective due date. What fired for this version of the date is
   behind; only higher rungs can follow.
2. Rungs before the due date that were passed over are void once a later one is reached: a reminder of thirty
   days is of no use six days before.
3. Rungs after the due date follow one another in full: none is skipped, and after a late firing (an outage, a
   plan loaded late) the next keeps its distance, so that the ladder never burns in one night.
4. At most one rung fires for a milestone on a day.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.vocabulary import Measure, RungTrigger, Standing

# Where no rung of a due date can fire: the matter is settled, or is history that nobody has confirmed.
QUIET = frozenset(
    {
        Standing.CLOSED,
        Standing.REGRESSED,
        Standing.UNCONFIRMED,
        Standing.WITHDRAWN,
        Standing.AWAITING_VERIFICATION,
    }
)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung; `offset_days` from the effective due date (negative before it), or from the day of a regression."""

    id: int
    offset_days: int
    measure: Measure
    clause: str | None
    trigger: RungTrigger = RungTrigger.DUE


@dataclass(frozen=True, slots=True)
class Fired:
    """A rung that fired for the version of the due date in force, or for the latest regression."""

    offset_days: int
    on: date


@dataclass(frozen=True, slots=True)
class Firing:
    """The rung that fires next and the day from which it does."""

    rung: Rung
    fire_on: date


def next_firing(rungs: tuple[Rung, ...], due_on: date, last: Fired | None, today: date) -> Firing | None:
    """Return the next firing for a due date in force as seen on `today`; None: the ladder is done."""
    ahead = sorted(
        (rung for rung in rungs if last is None or rung.offset_days > last.offset_days),
        key=lambda rung: rung.offset_days,
    )
    while len(ahead) > 1 and ahead[0].offset_days <= 0 and _fires_from(ahead[1], due_on, last) <= today:
        ahead.pop(0)
    return Firing(ahead[0], _fires_from(ahead[0], due_on, last)) if ahead else None


def _fires_from(rung: Rung, due_on: date, last: Fired | None) -> date:
    nominal = due_on + timedelta(days=rung.offset_days)
    if last is None:
        return nominal
    distance = rung.offset_days - last.offset_days if last.offset_days > 0 else 1
    return max(nominal, last.on + timedelta(days=distance))


def opens_case(standing: Standing, late_days: int, grace_days: int) -> bool:
    """Tell whether an overdue milestone is past the plan's days of grace."""
    return standing is Standing.OVERDUE and late_days > grace_days
