"""Warnings about construction projects: size, classes and places, sums, years, and a project no target names."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain

from app.domain.vocabulary import SchoolStage
from app.services.errors import Message, msg
from app.services.plan_files import MilestonePart, PhasePart, PlanFile, ProjectPart
from app.services.plan_findings import PlanFinding
from app.services.plan_warning_kinds import SCHOOL_SIZE, SchoolLimits, WarningKind, plain, warning
from app.services.plan_yaml import Way

# 一(二)、附件3: clauses are joined by a comma of either kind.
_JOINED = re.compile(r"[、，,；;]\s*")
_ANNEX = re.compile(r"^附(?:件|表|录)")
_SHARES: dict[str, Callable[..., Message]] = {
    "classes": lambda **sums: msg("the phases have %(parts)s classes together, not %(whole)s: %(apart)s apart", **sums),
    "places": lambda **sums: msg("the phases have %(parts)s places together, not %(whole)s: %(apart)s apart", **sums),
    "land_m2": lambda **sums: msg("the phases have %(parts)s m² of land, not %(whole)s: %(apart)s apart", **sums),
    "floor_m2": lambda **sums: msg("the phases have %(parts)s m² of floor, not %(whole)s: %(apart)s apart", **sums),
    "sports_m2": lambda **sums: msg(
        "the phases' sports grounds have %(parts)s m², not %(whole)s: %(apart)s apart", **sums
    ),
}


def project_warnings(file: PlanFile, limits: SchoolLimits) -> Iterator[PlanFinding]:
    """Yield the warnings about every project of a plan."""
    named: dict[str, list[MilestonePart]] = {}
    for milestone in file.milestones:
        for key in {milestone.project, *milestone.needs} - {None}:
            named.setdefault(str(key), []).append(milestone)
    for index, part in enumerate(file.projects):
        path: Way = ("projects", index)
        yield from one_project_warnings(part, limits, path)
        yield from _not_in_targets(part, named.get(part.key, []), path)


def one_project_warnings(part: ProjectPart, limits: SchoolLimits, path: Way = ()) -> Iterator[PlanFinding]:
    """Yield what a project's own figures show: size, classes, sums, years."""
    where = f"projects {part.key}"
    yield from chain(
        _school_cap(part, limits, path, where),
        _classes(part, path, where),
        _places(part, limits, path, where),
        _phase_places(part, limits, path, where),
        _floors(part, path, where),
        _phases(part, path, where),
        _budget(part, path, where),
        _years(part, path, where),
    )


def _school_cap(part: ProjectPart, limits: SchoolLimits, path: Way, where: str) -> Iterator[PlanFinding]:
    """Yield each school stage with more places than the limit; phases count where the project has several stages."""
    places: dict[SchoolStage, int] = {}
    if part.stage is not None:
        places[part.stage] = part.places or 0
    else:
        for phase in part.phases:
            if phase.stage is not None:
                places[phase.stage] = places.get(phase.stage, 0) + (phase.places or 0)
    for stage, number in places.items():
        cap = limits.school.get(stage)
        if cap is not None and number > cap:
            problem = msg(
                "%(places)d places are above the cap of %(cap)s per school (%(code)s); check the figure or the design",
                places=number,
                cap=plain(cap),
                code=SCHOOL_SIZE,
            )
            yield warning(WarningKind.SCHOOL_CAP, (*path, "places"), where, problem)


def _classes(part: ProjectPart, path: Way, where: str) -> Iterator[PlanFinding]:
    if not (part.grade_classes and part.grades and part.classes):
        return
    if part.classes != part.grade_classes * part.grades:
        problem = msg(
            "%(classes)d classes, but %(grade_classes)d in each of %(grades)d grades make %(product)d",
            classes=part.classes,
            grade_classes=part.grade_classes,
            grades=part.grades,
            product=part.grade_classes * part.grades,
        )
        yield warning(WarningKind.CLASSES_MISMATCH, (*path, "classes"), where, problem)


def _places(part: ProjectPart, limits: SchoolLimits, path: Way, where: str) -> Iterator[PlanFinding]:
    """Yield places that differ from 规制 × grades × class size; or, these not given, from classes × class size."""
    if not (part.stage and part.places and part.grade_classes and part.grades):
        yield from _places_of_classes(part, limits, path, where)
        return
    expected = limits.places_of(part.stage, part.grade_classes, part.grades)
    if expected is not None and part.places != expected:
        problem = msg(
            "%(places)d places, but %(grade_classes)d classes × %(grades)d grades of full classes make %(product)s",
            places=part.places,
            grade_classes=part.grade_classes,
            grades=part.grades,
            product=plain(expected),
        )
        yield warning(WarningKind.PLACES_MISMATCH, (*path, "places"), where, problem)


def _phase_places(part: ProjectPart, limits: SchoolLimits, path: Way, where: str) -> Iterator[PlanFinding]:
    for index, phase in enumerate(part.phases):
        yield from _places_of_classes(phase, limits, (*path, "phases", index), f"{where}, phase {phase.name}")


def _places_of_classes(
    part: ProjectPart | PhasePart, limits: SchoolLimits, path: Way, where: str
) -> Iterator[PlanFinding]:
    size = None if part.stage is None else limits.classes.get(part.stage)
    if size is not None and part.classes and part.places and part.places != part.classes * size:
        problem = msg(
            "%(places)d places, but %(classes)d classes of %(size)s make %(product)s",
            places=part.places,
            classes=part.classes,
            size=plain(size),
            product=plain(part.classes * size),
        )
        yield warning(WarningKind.PLACES_MISMATCH, (*path, "places"), where, problem)


def _floors(part: ProjectPart, path: Way, where: str) -> Iterator[PlanFinding]:
    sums = _sums([item.area_m2 for item in part.floors], part.floor_m2)
    if sums:
        problem = msg("the floors have %(parts)s m² together, not %(whole)s: %(apart)s apart", **sums)
        yield warning(WarningKind.SUM_MISMATCH, (*path, "floors"), where, problem)


def _phases(part: ProjectPart, path: Way, where: str) -> Iterator[PlanFinding]:
    for field, say in _SHARES.items():
        sums = _sums([getattr(phase, field) for phase in part.phases], getattr(part, field))
        if sums:
            yield warning(WarningKind.SUM_MISMATCH, (*path, "phases"), where, say(**sums))


def _budget(part: ProjectPart, path: Way, where: str) -> Iterator[PlanFinding]:
    sums = _sums([item.amount_wan for item in part.budget], part.investment_wan)
    if sums:
        problem = msg("the budget lines come to %(parts)s 万元, the investment to %(whole)s: %(apart)s apart", **sums)
        yield warning(WarningKind.SUM_MISMATCH, (*path, "budget"), where, problem)


def _sums(shares: Sequence[Decimal | int | None], whole: Decimal | int | None) -> dict[str, str]:
    """Return sum, whole and difference as text when all shares are known and do not add up; else nothing."""
    known = [Decimal(share) for share in shares if share is not None]
    total = sum(known, Decimal(0))
    if whole is None or not known or len(known) < len(shares) or total == whole:
        return {}
    return {"parts": plain(total), "whole": plain(whole), "apart": plain(abs(total - whole))}


def _years(part: ProjectPart, path: Way, where: str) -> Iterator[PlanFinding]:
    years: list[tuple[Way, str, Sequence[int | None]]] = [
        (("phases", index), f"phase {phase.name}", (phase.start_year, phase.end_year))
        for index, phase in enumerate(part.phases)
    ]
    years += [(("budget", index), f"budget {item.year}", (item.year,)) for index, item in enumerate(part.budget)]
    first = part.start_year
    for way, name, found in years:
        outside = [year for year in found if year and (year > part.end_year or (first is not None and year < first))]
        if outside:
            problem = msg(
                "%(year)d lies outside the project's years (%(start)s to %(end)d)",
                year=outside[0],
                start=first or "?",
                end=part.end_year,
            )
            yield warning(WarningKind.YEARS_OUTSIDE_PROJECT, (*path, *way), f"{where}, {name}", problem)


def _not_in_targets(part: ProjectPart, milestones: Sequence[MilestonePart], path: Way) -> Iterator[PlanFinding]:
    where = f"projects {part.key}"
    if not milestones:
        problem = msg("no milestone belongs to this project; give it at least its completion")
        yield warning(WarningKind.PROJECT_NOT_IN_TARGETS, path, where, problem)
    elif all(_from_annex(clause) for clause in (part.clause, *(item.clause for item in milestones))):
        problem = msg("stands in the annex only: no annual target names %(name)s", name=part.name)
        yield warning(WarningKind.PROJECT_NOT_IN_TARGETS, path, where, problem)


def _from_annex(clause: str) -> bool:
    return all(_ANNEX.match(piece) for piece in _JOINED.split(clause) if piece)
