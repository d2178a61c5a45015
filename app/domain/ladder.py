"""The ladder from reminder to accountability (DOMAIN.md section 4): which rung fires next, and when.

1. Rungs of one trigger are ordered by the days on which they are due. What fired for this version of the date is
   behind; only higher rungs can follow.
2. Rungs before the due date that were passed over are void once a later one is reached: a reminder of thirty
   days is of no use six days before.
3. Rungs after the date follow one another in full: none is skipped, and after a late firing (an outage, a plan loaded
   late) the next keeps its distance, so that the ladder never burns in one night.
4. At most one rung fires for a matter on a day, whatever its trigger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from app.domain.periods import span_of
from app.domain.vocabulary import Capacity, DayKind, Measure, ReportingCycle, RungTrigger, Standing
from app.domain.working_days import WorkCalendar

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
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: `offset_days` from what its trigger names (negative: before it); of a lagging one, periods behind.

    `reply_days` are working days to answer in; None: no answer is asked for.
    """

    id: int
    offset_days: int
    measure: Measure
    clause: str | None
    trigger: RungTrigger = RungTrigger.DUE
    day_kind: DayKind = DayKind.CALENDAR
    addressees: tuple[Capacity, ...] = (Capacity.RESPONSIBLE,)
    reply_days: int | None = None
    urgent: bool = False
    opens_case: bool = False


@dataclass(frozen=True)
class Ladder:
    """A plan's rungs, and what their days are counted by."""

    rungs: tuple[Rung, ...]
    calendar: WorkCalendar
    cycle: ReportingCycle = ReportingCycle.QUARTER
    version: int = 1
    _counted: dict[tuple[RungTrigger, date], tuple[tuple[date, Rung], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def by_trigger(self) -> Mapping[RungTrigger, tuple[Rung, ...]]:
        """The rungs of each trigger."""
        return {
            trigger: tuple(rung for rung in self.rungs if rung.trigger is trigger)
            for trigger in RungTrigger
            if any(rung.trigger is trigger for rung in self.rungs)
        }

    def days(self, trigger: RungTrigger, base_on: date) -> tuple[tuple[date, Rung], ...]:
        """Return the rungs of a trigger with the days on which they are due that count from `base_on`, in order.

        Due dates crowd at the ends of months and years, so that what was counted once is remembered.
        """
        key = (trigger, base_on)
        if key not in self._counted:
            dated = ((self.day_of(rung, base_on), rung) for rung in self.by_trigger.get(trigger, ()))
            self._counted[key] = tuple(sorted(dated, key=lambda item: (item[0], item[1].id)))
        return self._counted[key]

    def day_of(self, rung: Rung, base_on: date) -> date:
        """Return the day on which a rung is due that counts from `base_on`."""
        if rung.trigger is RungTrigger.LAGGING:
            return self._after_periods(base_on, rung.offset_days)
        if rung.day_kind is DayKind.CALENDAR or not rung.offset_days:
            return base_on + timedelta(days=rung.offset_days)
        count = rung.offset_days
        counted = self.calendar.working_days_after if count > 0 else self.calendar.working_days_before
        return counted(base_on, abs(count)).day

    def _after_periods(self, day: date, count: int) -> date:
        """Return the day after the end of the `count`th reporting period from the one that `day` lies in."""
        for _ in range(max(count, 1)):
            day = span_of(self.cycle, day)[1] + _ONE_DAY
        return day


@dataclass(frozen=True, slots=True)
class Fired:
    """A rung that fired, and the day of the scan; `ids` are those of all that fired for the same date or occasion."""

    rung: Rung
    on: date
    ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FiredBefore:
    """What fired for a matter: the last rung by (date's version, trigger, occasion), and the last day of any."""

    highest: Mapping[tuple[int, RungTrigger, int], Fired] = field(default_factory=dict)
    last_on: date | None = None

    def and_now(self, due_version: int, occasion: int, fired: Fired) -> "FiredBefore":
        """Return the same with a further firing."""
        key = (due_version, fired.rung.trigger, occasion)
        before = self.highest.get(key)
        ids = (before.ids if before else fired.ids) | {fired.rung.id}
        last = Fired(fired.rung, fired.on, ids)
        return FiredBefore({**self.highest, key: last}, max(self.last_on or fired.on, fired.on))


NOTHING_FIRED = FiredBefore()


@dataclass(frozen=True, slots=True)
class Firing:
    """The rung that fires next and the day from which it does; `occasion` as the register keeps it."""

    rung: Rung
    fire_on: date
    occasion: int = 0


def next_firing(
    ladder: Ladder, trigger: RungTrigger, base_on: date, fired: Fired | None, last_on: date | None, today: date
) -> Firing | None:
    """Return the next firing of a trigger that counts from `base_on`, as seen on `today`; None: its rungs are done.

    `fired` is the last rung of the trigger that fired for the same date or occasion, `last_on` the last day on which
    anything fired for the matter. A rung that fired never comes again, wherever an edit of the ladder moved it.
    """
    reached = ladder.day_of(fired.rung, base_on) if fired else None
    behind = (reached, fired.rung.id) if fired and reached else (date.min, 0)
    once = fired.ids if fired else frozenset[int]()
    ahead = [
        (day, rung) for day, rung in ladder.days(trigger, base_on) if (day, rung.id) > behind and rung.id not in once
    ]
    dated = [(_fires_from(day, base_on, reached, fired), day, rung) for day, rung in ahead]
    while len(dated) > 1 and dated[0][1] <= base_on and dated[1][0] <= today:
        dated.pop(0)
    if not dated:
        return None
    fire_on, _, rung = dated[0]
    return Firing(rung, max(fire_on, last_on + _ONE_DAY) if last_on else fire_on)


def _fires_from(day: date, base_on: date, reached: date | None, fired: Fired | None) -> date:
    """Return the day from which a rung due on `day` fires after what fired before it."""
    if fired is None or reached is None:
        return day
    distance = day - reached if reached > base_on else _ONE_DAY
    return max(day, fired.on + distance)


def earliest(firings: Iterable[Firing | None]) -> Firing | None:
    """Return the firing that comes first; of two on a day the one named first."""
    return min((item for item in firings if item), key=lambda item: item.fire_on, default=None)


def opens_case(standing: Standing, late_days: int, grace_days: int) -> bool:
    """Tell whether an overdue milestone is past the plan's days of grace."""
    return standing is Standing.OVERDUE and late_days > grace_days
