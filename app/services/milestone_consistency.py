"""Whether a milestone fits its plan: the same check for a file, a page and an imported row."""

from collections.abc import Iterator
from datetime import date

from app.services.errors import Message, msg
from app.services.plan_files import LONGEST_KEY, LONGEST_TITLE, MilestonePart, RepeatPart
from app.services.plan_findings import ErrorKind, PartProblem, repeated, unknown, unknown_one
from app.services.plan_names import PlanNames, stored_keys


def milestone_findings(part: MilestonePart, names: PlanNames) -> Iterator[PartProblem]:
    """Yield what does not fit, with its place inside the part."""
    yield from unknown_one("place", "place", part.place, names.places)
    yield from unknown_one("stage", "stage", part.stage, names.stages)
    yield from unknown_one("project", "project", part.project, names.projects)
    yield from unknown(("responsible",), "unit", part.responsible, names.units)
    yield from unknown(("supporting",), "unit", part.supporting, names.units)
    yield from unknown(("needs",), "project", part.needs, names.projects)
    yield from unknown(("governed_by",), "milestone", part.governed_by, names.milestones)
    for index, target in enumerate(part.targets):
        for problem in unknown_one("indicator", "indicator", target.indicator, names.indicators):
            yield PartProblem(problem.code, ("targets", index, *problem.path), problem.name, problem.message)
    yield from _repeated(part)
    yield from _dates(part)
    yield from _relations(part)


def _repeated(part: MilestonePart) -> Iterator[PartProblem]:
    for field, values in (
        ("responsible", part.responsible),
        ("supporting", part.supporting),
        ("needs", part.needs),
        ("governed_by", part.governed_by),
    ):
        yield from repeated(((field, index), name) for index, name in enumerate(values))
    kinds = [" ".join((item.indicator, item.stage or "", item.comparator)) for item in part.targets]
    yield from repeated((("targets", index), " ".join(kind.split())) for index, kind in enumerate(kinds))


def _dates(part: MilestonePart) -> Iterator[PartProblem]:
    if part.due and part.start_on and part.start_on > part.due.on:
        yield PartProblem(ErrorKind.ORDER, ("start_on",), "", msg("starts after it is due"))
    if part.due and part.due.alternative_on == part.due.on:
        yield PartProblem(ErrorKind.CONTRADICTION, ("due", "alternative_on"), "alternative_on", _same_reading())
    if part.repeat:
        yield from _occurrence_names(part)
        for problem in _repeat(part.repeat):
            yield PartProblem(problem.code, ("repeat", *problem.path), problem.name, problem.message)


def _same_reading() -> Message:
    return msg("the other reading is the same day; leave it out")


def _occurrence_names(part: MilestonePart) -> Iterator[PartProblem]:
    """Yield what would be too long with a year behind it."""
    for field, longest in (("key", LONGEST_KEY - len("-2026")), ("title", LONGEST_TITLE - len("（2026年）"))):
        if len(getattr(part, field, "")) > longest:  # a row that lacks it has its problem already
            problem = msg("at most %(count)s characters", count=longest)
            yield PartProblem(ErrorKind.CONTRADICTION, (field,), field, problem)


def _repeat(repeat: RepeatPart) -> Iterator[PartProblem]:
    if repeat.start > repeat.due and not repeat.from_year_before:
        yield PartProblem(ErrorKind.ORDER, ("start",), "", msg("starts after it is due"))
    if repeat.alternative_due == repeat.due:
        yield PartProblem(ErrorKind.CONTRADICTION, ("alternative_due",), "alternative_due", _same_reading())
    if not repeat.years:
        yield PartProblem(ErrorKind.CONTRADICTION, ("years",), "years", msg("names no year"))
    for field, day in (("start", repeat.start), ("due", repeat.due), ("alternative_due", repeat.alternative_due)):
        missing = [year for year in repeat.years if day is not None and not _is_day(year, day)]
        if missing:
            problem = msg("%(year)d has no such day: %(day)s", year=missing[0], day=day)
            yield PartProblem(ErrorKind.NO_SUCH_DAY, (field,), field, problem)


def _is_day(year: int, day: str) -> bool:
    try:
        date.fromisoformat(f"{year:04}-{day}")
    except ValueError:
        return False
    return True


def _relations(part: MilestonePart) -> Iterator[PartProblem]:
    own = stored_keys(part)
    for index, key in enumerate(part.governed_by):
        if key in own:
            yield PartProblem(ErrorKind.CYCLE, ("governed_by", index), f"governed_by {key}", msg("governs itself"))
    if part.series is not None and part.repeat is not None:
        problem = msg("belongs to an occurrence written by itself; a duty with repeat is a series of its own")
        yield PartProblem(ErrorKind.CONTRADICTION, ("series",), f"series {part.series}", problem)
    if part.series == part.key:
        problem = msg("is the milestone's own key; a series has a name of its own")
        yield PartProblem(ErrorKind.CONTRADICTION, ("series",), f"series {part.series}", problem)
