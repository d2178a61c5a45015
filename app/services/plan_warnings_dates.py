"""Warnings about dates: before the issue, before a project they need, after a recognition, in two readings, twice."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain

from app.domain.vocabulary import MilestoneKind
from app.services.errors import msg
from app.services.plan_files import IndicatorPart, MilestonePart, PlanFile
from app.services.plan_findings import PlanFinding
from app.services.plan_names import stored_keys
from app.services.plan_warning_kinds import WarningKind, warning
from app.services.plan_yaml import Way

_WHOLE_AREA = (MilestoneKind.QUANTITY, MilestoneKind.TASK)


def date_warnings(file: PlanFile, standard: Iterable[IndicatorPart]) -> Iterator[PlanFinding]:
    """Yield the warnings about every milestone's dates."""
    completed = _completions(file)
    governing = {
        key: day for part in file.milestones for key, day in zip(stored_keys(part), due_days(part), strict=True)
    }
    needed = _needed_by_recognitions(file, standard)
    for index, part in enumerate(file.milestones):
        at: Way = ("milestones", index, "due" if part.due else "repeat")
        where = f"milestones {part.key}"
        yield from chain(
            _before_issue(part, file.issued_on, at, where),
            _two_readings(part, at, where),
            _before_project(part, completed, at, where),
            _stated_twice(part, governing, at, where),
            _after_recognition(part, file.area, needed, at, where),
        )


def due_days(part: MilestonePart) -> list[date]:
    """Return the due day of each milestone a part stands for; a day that the calendar lacks becomes the year's last."""
    if part.due is not None:
        return [part.due.on]
    return [] if part.repeat is None else [_day(year, part.repeat.due) for year in part.repeat.years]


def _day(year: int, month_day: str) -> date:
    try:
        return date.fromisoformat(f"{year:04}-{month_day}")
    except ValueError:
        return date(min(max(year, 1), 9999), 12, 31)


def _before_issue(part: MilestonePart, issued_on: date, at: Way, where: str) -> Iterator[PlanFinding]:
    early = [day for day in due_days(part) if day < issued_on]
    if early:
        problem = msg(
            "due on %(due)s, before the plan was issued (%(issued)s): it is recorded and waits to be confirmed",
            due=early[0],
            issued=issued_on,
        )
        yield warning(WarningKind.DUE_BEFORE_ISSUE, at, where, problem)


def _two_readings(part: MilestonePart, at: Way, where: str) -> Iterator[PlanFinding]:
    applied, other, phrase = None, None, ""
    if part.due and part.due.alternative_on:
        applied, other, phrase = str(part.due.on), str(part.due.alternative_on), part.due.phrase
    if part.repeat and part.repeat.alternative_due:
        applied, other, phrase = part.repeat.due, part.repeat.alternative_due, part.repeat.phrase
    if applied and other:
        problem = msg(
            "“%(phrase)s” has two readings: %(applied)s is applied, %(other)s is possible; the office decides",
            phrase=phrase,
            applied=applied,
            other=other,
        )
        yield warning(WarningKind.TWO_READINGS, at, where, problem)


def _completions(file: PlanFile) -> Mapping[str, tuple[date, str]]:
    """Return by project its completion day, from its milestone or else the end of its last year, and its name."""
    found = {part.key: (_day(part.end_year, "12-31"), part.name) for part in file.projects}
    for part in file.milestones:
        if part.kind is MilestoneKind.PROJECT_COMPLETION and part.due and part.project in found:
            found[part.project] = (part.due.on, found[part.project][1])
    return found


def _before_project(
    part: MilestonePart, completed: Mapping[str, tuple[date, str]], at: Way, where: str
) -> Iterator[PlanFinding]:
    days = due_days(part)
    for key in part.needs if days else ():
        day, name = completed.get(key, (days[0], key))
        if days[0] < day:
            problem = msg(
                "due on %(due)s, but it needs %(project)s, which is to be completed on %(day)s",
                due=days[0],
                project=name,
                day=day,
            )
            yield warning(WarningKind.DUE_BEFORE_PROJECT, at, where, problem)


def _stated_twice(part: MilestonePart, governing: Mapping[str, date], at: Way, where: str) -> Iterator[PlanFinding]:
    days = due_days(part)
    if not days:
        return
    other = {key: governing[key] for key in part.governed_by if key in governing and governing[key] != days[0]}
    if other:
        problem = msg(
            "the same goal is stated with different days: here %(due)s, and %(others)s; the latter govern",
            due=days[0],
            others="、".join(f"{key} {day}" for key, day in other.items()),
        )
        yield warning(WarningKind.GOAL_STATED_TWICE, at, where, problem)


def _needed_by_recognitions(file: PlanFile, standard: Iterable[IndicatorPart]) -> dict[str, dict[str, date]]:
    """Return by indicator the places below the plan's area whose recognition needs it, with the day of recognition."""
    own = {part.code for part in file.indicators if part.thresholds}
    every = own | {part.code for part in standard if part.thresholds} | {part.indicator for part in file.overrides}
    needed: dict[str, dict[str, date]] = {}
    for part in file.milestones:
        if part.kind is MilestoneKind.RECOGNITION and part.due and part.place != file.area:
            codes = {target.indicator for target in part.targets} | (every if part.all_indicators else set())
            for code in codes:
                needed.setdefault(code, {})[part.place] = part.due.on
    return needed


def _after_recognition(
    part: MilestonePart, area: str, needed: Mapping[str, Mapping[str, date]], at: Way, where: str
) -> Iterator[PlanFinding]:
    if part.due is None or part.place != area or part.kind not in _WHOLE_AREA:
        return
    for code in dict.fromkeys(target.indicator for target in part.targets):
        earlier: dict[date, list[str]] = {}
        for place, day in needed.get(code, {}).items():
            if day < part.due.on:
                earlier.setdefault(day, []).append(place)
        if earlier:
            problem = msg(
                "%(code)s is due on %(due)s for all of %(area)s, but needed earlier for the recognition of %(places)s",
                code=code,
                due=part.due.on,
                area=area,
                places="；".join(f"{'、'.join(places)} {day}" for day, places in sorted(earlier.items())),
            )
            yield warning(WarningKind.AREA_AFTER_RECOGNITION, at, where, problem)
