"""What a scan raises (DOMAIN.md section 4): the rung that is due, whom it addresses, and whether it still holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from app.domain.ladder import QUIET, FiredBefore, Firing, Ladder, Rung, earliest, next_firing
from app.domain.standing import StandingFinding
from app.domain.vocabulary import AlertState, Capacity, Measure, RungTrigger, Standing

# Measures that ask everybody involved to act, where the ladder does not say whom; sterner ones address those who
# answer for the matter.
_FOR_SUPPORTING = frozenset({Measure.REMINDER, Measure.URGING})
# Where the matter of a due date needs nobody's answer any more.
SETTLED = frozenset({Standing.CLOSED, Standing.REGRESSED, Standing.WITHDRAWN, Standing.UNCONFIRMED})


class Addressed(NamedTuple):
    """A unit that an alert goes to, and in which capacity; leaders stand under the plan's office."""

    organization_id: int
    capacity: Capacity


@dataclass(frozen=True, slots=True)
class Involved:
    """The units of a matter in order, and the office of its plan.

    `supervisors` by unit; `unmanned` are the units in which nobody is on record who could answer.
    """

    responsible: tuple[int, ...]
    supporting: tuple[int, ...]
    office: int
    supervisors: Mapping[int, int] = field(default_factory=dict)
    unmanned: frozenset[int] = frozenset()


def coming(finding: StandingFinding, ladder: Ladder, before: FiredBefore, on: date) -> Firing | None:
    """Return the next firing of a milestone as judged on `on`; None: its standing is quiet, or its ladder done."""
    if finding.standing is Standing.REGRESSED:
        return _next(finding, ladder, before, on, RungTrigger.REGRESSION, finding.since, finding.occasion)
    if finding.standing in QUIET:
        return None
    due = _next(finding, ladder, before, on, RungTrigger.DUE, finding.effective_due_on, 0)
    if finding.lagging_since is None or RungTrigger.LAGGING not in ladder.by_trigger:
        return due
    since = finding.lagging_since
    return earliest([due, _next(finding, ladder, before, on, RungTrigger.LAGGING, since, since.toordinal())])


def _next(
    finding: StandingFinding,
    ladder: Ladder,
    before: FiredBefore,
    on: date,
    trigger: RungTrigger,
    base_on: date,
    occasion: int,
) -> Firing | None:
    fired = before.highest.get((finding.due_version, trigger, occasion))
    firing = next_firing(ladder, trigger, base_on, fired, before.last_on, on)
    return firing and Firing(firing.rung, firing.fire_on, occasion)


def default_addressees(measure: Measure) -> tuple[Capacity, ...]:
    """Return whom a measure addresses where the ladder does not say."""
    if measure in _FOR_SUPPORTING:
        return (Capacity.RESPONSIBLE, Capacity.SUPPORTING)
    return (Capacity.RESPONSIBLE,)


def urgent_by_default(measure: Measure) -> bool:
    """Tell whether a measure is told at once where the ladder does not say: from the supervision notice up."""
    return measure not in _FOR_SUPPORTING


def recipients(rung: Rung, involved: Involved) -> tuple[Addressed, ...]:
    """Return whom a rung is addressed to: no unit twice, leaders beside the office, and never nobody.

    The office stands in where no unit is responsible, and beside every unit in which nobody is on record; where it is
    that unit itself, it is addressed as the office, as whom its people sign in.
    """
    capacity: dict[int, Capacity] = {}
    if Capacity.RESPONSIBLE in rung.addressees:
        capacity |= dict.fromkeys(involved.responsible, Capacity.RESPONSIBLE)
    if Capacity.SUPPORTING in rung.addressees:
        capacity |= {unit: Capacity.SUPPORTING for unit in involved.supporting if unit not in capacity}
    if Capacity.SUPERVISOR in rung.addressees:
        above = (involved.supervisors.get(unit) for unit in involved.responsible)
        capacity |= {unit: Capacity.SUPERVISOR for unit in above if unit is not None and unit not in capacity}
    nobody = not involved.responsible or not capacity or not involved.unmanned.isdisjoint(capacity)
    if Capacity.OFFICE in rung.addressees or nobody:
        capacity.setdefault(involved.office, Capacity.OFFICE)
    if involved.office in capacity and involved.office in involved.unmanned:
        capacity[involved.office] = Capacity.OFFICE
    found = [Addressed(unit, role) for unit, role in capacity.items()]
    if Capacity.LEADER in rung.addressees:
        found.append(Addressed(involved.office, Capacity.LEADER))
    return tuple(found)


def answering(rung: Rung, addressed: tuple[Addressed, ...]) -> tuple[int, ...]:
    """Return the units that owe an answer to what a rung raised; none where no answer is asked for.

    The responsible units answer; the office only for itself, where no unit was addressed as responsible.
    """
    if rung.reply_days is None:
        return ()
    units = tuple(item.organization_id for item in addressed if item.capacity is Capacity.RESPONSIBLE)
    return units or tuple(item.organization_id for item in addressed if item.capacity is Capacity.OFFICE)


def superseded(trigger: RungTrigger, due_version: int, standing: Standing | None, version_in_force: int | None) -> bool:
    """Tell whether what an alert on a milestone was about is settled, or has another date by now.

    `standing` None: the alert is not about a milestone; whoever raised it says whether it still holds.
    """
    if standing is None:
        return False
    if trigger is RungTrigger.REGRESSION:
        return standing is not Standing.REGRESSED
    if trigger is RungTrigger.LAGGING and standing not in (Standing.BEHIND, Standing.OVERDUE):
        return True
    return standing in SETTLED or (version_in_force is not None and version_in_force > due_version)


def state_of(*, withdrawn: bool, superseded: bool, answered: bool) -> AlertState:
    """Return where an alert stands; what was withdrawn stays so."""
    if withdrawn:
        return AlertState.WITHDRAWN
    if superseded:
        return AlertState.SUPERSEDED
    return AlertState.ANSWERED if answered else AlertState.OPEN
