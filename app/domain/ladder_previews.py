"""What a ladder would raise in the days ahead if nothing were reported, answered or decided meanwhile."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from app.domain.alerts import coming
from app.domain.ladder import Fired, FiredBefore, Firing, Ladder, Rung, next_firing
from app.domain.standing import StandingFinding
from app.domain.vocabulary import RungTrigger

_ONE_DAY = timedelta(days=1)


class Ahead(NamedTuple):
    """A firing to come and the day of the scan that raises it; `finding` None: it is not about a milestone."""

    on: date
    firing: Firing
    finding: StandingFinding | None


def milestone_ahead(
    judged_on: Callable[[date], StandingFinding], ladder: Ladder, before: FiredBefore, today: date, until: date
) -> Iterator[Ahead]:
    """Yield what daily scans would raise on a milestone from `today` to `until`; `judged_on` gives its standing.

    Days on which nothing can happen are passed over: the next is that of the next firing, or of the next change.
    """
    day: date | None = today
    while day is not None and day <= until:
        finding = judged_on(day)
        firing = coming(finding, ladder, before, day)
        if firing is not None and firing.fire_on <= day:
            yield Ahead(day, firing, finding)
            before = before.and_now(finding.due_version, firing.occasion, Fired(firing.rung, day))
            firing = coming(finding, ladder, before, day)
        ahead = (firing.fire_on if firing else None, finding.next_change_on)
        day = min((item for item in ahead if item is not None and item > day), default=None)


def matter_ahead(
    ladder: Ladder, trigger: RungTrigger, base_on: date, before: FiredBefore, today: date, until: date
) -> Iterator[Ahead]:
    """Yield what daily scans would raise on a matter with a date of its own, as long as nobody acts."""
    day = today
    while day <= until:
        fired = before.highest.get((0, trigger, 0))
        firing = next_firing(ladder, trigger, base_on, fired, before.last_on, day)
        if firing is None:
            return
        if firing.fire_on <= day:
            yield Ahead(day, firing, None)
            before = before.and_now(0, 0, Fired(firing.rung, day))
            day += _ONE_DAY
        else:
            day = firing.fire_on


def as_changed(before: FiredBefore, rungs: Mapping[int, Rung]) -> FiredBefore:
    """Return what has fired as a changed ladder sees it; `rungs` by id, those that went stay as they were."""
    highest = {}
    for (version, _, occasion), fired in before.highest.items():
        rung = rungs.get(fired.rung.id, fired.rung)
        highest[version, rung.trigger, occasion] = Fired(rung, fired.on, fired.ids)
    return FiredBefore(highest, before.last_on)
