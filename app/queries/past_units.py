"""The units bound to a milestone on a past day: the words of its record then, spread over the groups as they were."""

from collections import Counter
from collections.abc import Sequence

from app.domain.standing import MilestoneFacts
from app.domain.vocabulary import UnitRole
from app.queries.milestones import UnitRow
from app.queries.past_plans import Part, PastPlan, Record


def reads_as_now(plan: PastPlan, units: Sequence[UnitRow]) -> bool:
    """Tell whether no group of units that a milestone names has been changed since."""
    changed = plan.changed_groups
    return not changed or not any(unit.named_as in changed for unit in units)


def bound_by(record: Record, plan_id: int, part: Part | None, now: Sequence[UnitRow]) -> tuple[UnitRow, ...]:
    """Return the units that a milestone's words stood for; `part` None: the words are those of now.

    A word that nobody can tell a unit for any more stands for itself, with id 0.
    """
    found: list[UnitRow] = []
    for role in UnitRole:
        if part is None:
            words = tuple(dict.fromkeys(unit.named_as for unit in now if unit.role is role))
        else:
            words = tuple(part.get(role.value, ()))
        found += _spread(record, plan_id, role, words)
    return tuple(found)


def parts_of(units: Sequence[UnitRow], known: MilestoneFacts) -> frozenset[int]:
    """Return the units that answer each for a part: the responsible ones where none leads, once one has reported so."""
    if all(report.speaks_for_whole for report in known.reports):
        return frozenset()
    responsible = [unit for unit in units if unit.role is UnitRole.RESPONSIBLE]
    alone = Counter(unit.named_as for unit in responsible)
    led = bool(responsible) and alone[responsible[0].named_as] == 1
    return frozenset() if led else frozenset(unit.organization_id for unit in responsible)


def _spread(record: Record, plan_id: int, role: UnitRole, words: Sequence[str]) -> list[UnitRow]:
    groups = record.groups
    single = record.units(plan_id, [word for word in words if (plan_id, word) not in groups])
    bound: dict[int | str, UnitRow] = {}
    for word in words:
        members = groups.get((plan_id, word))
        for unit in members if members is not None else (single[word],):
            if unit is None:
                bound.setdefault(word, UnitRow(0, word, word, role, word))
            else:
                bound.setdefault(unit.id, UnitRow(unit.id, unit.name, unit.short_name, role, word))
    return list(bound.values())
