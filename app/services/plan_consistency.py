"""Whether a plan file's entries fit one another: every name defined, every key once, no start after its due day."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from app.domain.vocabulary import Measure
from app.services.errors import Message, msg
from app.services.plan_files import MilestonePart, PlanFile

Problem = tuple[str, Message]


def inconsistencies(file: PlanFile, standard_codes: frozenset[str]) -> dict[str, Message]:
    """Return what does not fit, by place in the file and name; `standard_codes` are the indicators of the standard."""
    return dict(chain(_parts(file, standard_codes), _milestones(file, standard_codes)))


def _parts(file: PlanFile, standard_codes: frozenset[str]) -> Iterator[Problem]:
    places, units = {part.name for part in file.places}, _units(file)
    yield from _unknown("area", "place", [file.area], places)
    yield from _unknown("office", "unit", [file.office], units)
    yield from _places(file)
    for unit in file.organizations:
        yield from _unknown(f"organizations {unit.name}", "place", [unit.place], places)
    for group in file.groups:
        yield from _unknown(f"groups {group.name}", "unit", group.members, units)
    for override in file.overrides:
        yield from _unknown("overrides", "indicator", [override.indicator], _codes(file) | standard_codes)
    for project in file.projects:
        yield from _unknown(f"projects {project.key}", "place", [project.place], places)
    for rung in file.ladder:
        yield from _unknown(f"ladder {rung.key}", "measure", [rung.measure], {measure.value for measure in Measure})
    yield from _repeated("places", (part.name for part in file.places))
    yield from _repeated("organizations", chain.from_iterable(_names(file)))
    yield from _repeated("stages", (part.key for part in file.stages))
    yield from _repeated("projects", (part.key for part in file.projects))
    yield from _repeated("indicators", chain((part.code for part in file.indicators), standard_codes))
    yield from _repeated("ladder", (part.key for part in file.ladder))
    # Rungs follow one another by their days: of two on one day the second would never fire.
    yield from _repeated("ladder", (f"{part.offset_days} days" for part in file.ladder))


def _places(file: PlanFile) -> Iterator[Problem]:
    every, above = {part.name for part in file.places}, set[str]()
    for part in file.places:
        yield from _unknown(f"places {part.name}", "parent", [part.parent] if part.parent else [], above)
        yield from _unknown(f"places {part.name}", "successor", [part.successor] if part.successor else [], every)
        above.add(part.name)


def _milestones(file: PlanFile, standard_codes: frozenset[str]) -> Iterator[Problem]:
    places, stages = {part.name for part in file.places}, {part.key for part in file.stages}
    projects, codes = {part.key for part in file.projects}, _codes(file) | standard_codes
    units = _units(file) | {group.name for group in file.groups}
    for part in file.milestones:
        where = f"milestones {part.key}"
        yield from _unknown(where, "place", [part.place], places)
        yield from _unknown(where, "stage", [part.stage] if part.stage else [], stages)
        yield from _unknown(where, "project", [part.project] if part.project else [], projects)
        yield from _unknown(where, "unit", (*part.responsible, *part.supporting), units)
        yield from _unknown(where, "indicator", (target.indicator for target in part.targets), codes)
        if _starts_late(part):
            yield where, msg("starts after it is due")
    yield from _repeated("milestones", chain.from_iterable(_keys(part) for part in file.milestones))


def _starts_late(part: MilestonePart) -> bool:
    if part.due and part.start_on:
        return part.start_on > part.due.on
    return part.repeat is not None and part.repeat.start > part.repeat.due


def _keys(part: MilestonePart) -> list[str]:
    return [part.key] if part.repeat is None else [f"{part.key}-{year}" for year in part.repeat.years]


def _names(file: PlanFile) -> Iterator[set[str]]:
    """Yield the names of each unit: full, short, aliases."""
    for part in file.organizations:
        yield {part.name, part.short_name, *part.aliases}


def _units(file: PlanFile) -> set[str]:
    return set(chain.from_iterable(_names(file)))


def _codes(file: PlanFile) -> set[str]:
    return {part.code for part in file.indicators}


def _unknown(where: str, kind: str, names: Iterable[str], known: set[str]) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield f"{where}, {kind} {name}", msg("is not defined")


def _repeated(where: str, names: Iterable[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{where}, {name}", msg("is given more than once")
