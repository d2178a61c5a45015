"""Whether a plan file's entries fit one another: every name defined, every key once, no end before its beginning."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from app.services.errors import Message, msg
from app.services.milestone_consistency import milestone_findings
from app.services.plan_files import OrganizationPart, PlacePart, PlanFile
from app.services.plan_findings import (
    ErrorKind,
    PartProblem,
    PlanFinding,
    in_a_circle,
    repeated,
    reversed_span,
    unknown,
    unknown_one,
)
from app.services.plan_names import PlanNames, stored_keys, unit_names
from app.services.plan_yaml import Way
from app.services.project_consistency import project_findings
from app.services.rung_consistency import rung_findings, same_days


def inconsistencies(file: PlanFile, standard_codes: frozenset[str]) -> dict[str, Message]:
    """Return what does not fit, by place in the file and name; `standard_codes` are the indicators of the standard."""
    return {finding.where: finding.message for finding in consistency_findings(file, standard_codes)}


def consistency_findings(file: PlanFile, standard_codes: frozenset[str]) -> list[PlanFinding]:
    """Return what does not fit as errors with their place in the file."""
    names = PlanNames.of(file, standard_codes)
    return list(
        chain(
            _head(file, names),
            _places(file),
            _units(file, names),
            _thresholds(file, names, standard_codes),
            _stages(file),
            _projects(file, names),
            _ladder(file),
            _milestones(file, names),
        )
    )


def _at(section: str, index: int, name: str, problems: Iterable[PartProblem]) -> Iterator[PlanFinding]:
    for problem in problems:
        yield problem.at((section, index), f"{section} {name}")


def _whole(section: str, problems: Iterable[PartProblem]) -> Iterator[PlanFinding]:
    for problem in problems:
        yield problem.at((section,), section)


def _head(file: PlanFile, names: PlanNames) -> Iterator[PlanFinding]:
    units = {name for part in file.organizations for name in unit_names(part)}
    for field, kind, name, known in (
        ("area", "place", file.area, names.places),
        ("office", "unit", file.office, units),
    ):
        for problem in unknown_one(field, kind, name, known):
            yield problem.at((), field)
    for problem in reversed_span("period_end", file.period_start, file.period_end):
        yield problem.at((), "plan")


def _places(file: PlanFile) -> Iterator[PlanFinding]:
    every, above = {part.name for part in file.places}, set[str]()
    for index, part in enumerate(file.places):
        parent = unknown_one("parent", "parent", part.parent, above)
        yield from _at("places", index, part.name, chain(parent, _succession(part, every)))
        above.add(part.name)
    yield from _whole("places", repeated(((index, "name"), part.name) for index, part in enumerate(file.places)))
    yield from _circles("places", {part.name: part.successor for part in file.places})


def _units(file: PlanFile, names: PlanNames) -> Iterator[PlanFinding]:
    full = {part.name for part in file.organizations}
    written: list[tuple[Way, str]] = []
    for index, part in enumerate(file.organizations):
        place = unknown_one("place", "place", part.place, names.places)
        supervisor = unknown_one("supervisor", "unit", part.supervisor, full)
        yield from _at("organizations", index, part.name, chain(place, _succession(part, full), supervisor))
        written += [((index,), name) for name in unit_names(part)]
    yield from _whole("organizations", repeated(written))
    yield from _circles("organizations", {part.name: part.successor for part in file.organizations})
    yield from _circles("organizations", {part.name: part.supervisor for part in file.organizations}, "supervisor")
    units = {name for _, name in written}
    for index, group in enumerate(file.groups):
        members = repeated((("members", place), name) for place, name in enumerate(group.members))
        problems = chain(unknown(("members",), "unit", group.members, units), members)
        yield from _at("groups", index, group.name, chain(problems, _group_name(group.name, group.members, units)))
    yield from _whole("groups", repeated(((index, "name"), group.name) for index, group in enumerate(file.groups)))


def _group_name(name: str, members: tuple[str, ...], units: set[str]) -> Iterator[PartProblem]:
    if name in units:
        problem = msg("is the name of a unit, too; a group needs a name of its own")
        yield PartProblem(ErrorKind.CONTRADICTION, ("name",), "name", problem)
    if not members:
        yield PartProblem(ErrorKind.CONTRADICTION, ("members",), "members", msg("names no unit"))


def _succession(part: PlacePart | OrganizationPart, known: set[str]) -> Iterator[PartProblem]:
    yield from unknown_one("successor", "successor", part.successor, known)
    yield from reversed_span("valid_to", part.valid_from, part.valid_to)


def _circles(section: str, successors: Mapping[str, str | None], field: str = "successor") -> Iterator[PlanFinding]:
    edges = {name: (after,) for name, after in successors.items() if after is not None}
    circle = set(in_a_circle(edges))
    for index, name in enumerate(successors):
        if name in circle:
            problem = PartProblem(ErrorKind.CYCLE, (field,), field, msg("leads back to itself"))
            yield problem.at((section, index), f"{section} {name}")


def _thresholds(file: PlanFile, names: PlanNames, standard_codes: frozenset[str]) -> Iterator[PlanFinding]:
    for index, override in enumerate(file.overrides):
        for problem in unknown_one("indicator", "indicator", override.indicator, names.indicators):
            yield problem.at(("overrides", index), "overrides")
    kinds = [(item.indicator, item.stage or "", item.comparator) for item in file.overrides]
    yield from _whole("overrides", repeated(((at,), " ".join(filter(None, kind))) for at, kind in enumerate(kinds)))
    own = [((index, "code"), part.code) for index, part in enumerate(file.indicators)]
    # The standard's codes come first, so that the finding stands at the plan's own.
    yield from _whole("indicators", repeated(chain((((), code) for code in sorted(standard_codes)), own)))


def _stages(file: PlanFile) -> Iterator[PlanFinding]:
    for index, part in enumerate(file.stages):
        yield from _at("stages", index, part.key, reversed_span("end_on", part.start_on, part.end_on))
    yield from _whole("stages", repeated(((index, "key"), part.key) for index, part in enumerate(file.stages)))


def _projects(file: PlanFile, names: PlanNames) -> Iterator[PlanFinding]:
    called: list[tuple[Way, str]] = []
    for index, part in enumerate(file.projects):
        yield from _at("projects", index, part.key, project_findings(part, names))
        called += [((index,), name) for name in (part.name, *part.aliases)]
    yield from _whole("projects", repeated(((index, "key"), part.key) for index, part in enumerate(file.projects)))
    # Two projects of one name could not be told apart where a report or a page names them.
    yield from _whole("projects", repeated(called))


def _ladder(file: PlanFile) -> Iterator[PlanFinding]:
    for index, rung in enumerate(file.ladder):
        yield from _at("ladder", index, rung.key, rung_findings(rung))
    yield from _whole("ladder", repeated(((index, "key"), rung.key) for index, rung in enumerate(file.ladder)))
    yield from _whole("ladder", same_days(file.ladder))


def _milestones(file: PlanFile, names: PlanNames) -> Iterator[PlanFinding]:
    keys: list[tuple[Way, str]] = []
    governors: dict[str, tuple[str, ...]] = {}
    for index, part in enumerate(file.milestones):
        yield from _at("milestones", index, part.key, milestone_findings(part, names))
        keys += [((index, "key"), key) for key in stored_keys(part)]
        if part.governed_by and not set(part.governed_by) & set(stored_keys(part)):
            governors |= dict.fromkeys(stored_keys(part), part.governed_by)
    yield from _whole("milestones", repeated(keys))
    circle = set(in_a_circle(governors))
    for index, part in enumerate(file.milestones):
        if circle & set(stored_keys(part)):
            problem = msg("leads back to itself: no date would govern")
            finding = PartProblem(ErrorKind.CYCLE, ("governed_by",), "governed_by", problem)
            yield finding.at(("milestones", index), f"milestones {part.key}")
