"""Whether a construction project fits its plan and itself."""

from collections.abc import Iterator
from itertools import chain

from app.services.plan_files import PhasePart, ProjectPart
from app.services.plan_findings import PartProblem, repeated, reversed_span, unknown_one
from app.services.plan_names import PlanNames


def project_findings(part: ProjectPart, names: PlanNames) -> Iterator[PartProblem]:
    """Yield what does not fit, with its place inside the part."""
    yield from unknown_one("place", "place", part.place, names.places)
    yield from reversed_span("end_year", part.start_year, part.end_year)
    yield from repeated((("floors", index), item.name) for index, item in enumerate(part.floors))
    yield from repeated((("phases", index), item.name) for index, item in enumerate(part.phases))
    yield from chain.from_iterable(_phase(index, item) for index, item in enumerate(part.phases))


def _phase(index: int, phase: PhasePart) -> Iterator[PartProblem]:
    for problem in reversed_span("end_year", phase.start_year, phase.end_year):
        name = f"phase {phase.name}, end_year"
        yield PartProblem(problem.code, ("phases", index, *problem.path), name, problem.message)
