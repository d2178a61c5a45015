"""Stored milestones in the form of the plan file; occurrences of a duty spread out and drawn together."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.vocabulary import DueCause, Precision, Standing, UnitRole
from app.models import (
    DueDate,
    Indicator,
    Milestone,
    MilestoneGovernor,
    MilestoneNeed,
    MilestoneStanding,
    MilestoneUnit,
    Project,
    Target,
)
from app.queries.facts import CHUNK
from app.services.plan_context import PlanContext
from app.services.plan_files import DuePart, MilestonePart, RepeatPart, TargetPart

# Dates that the plan itself sets; an extension is granted beside them.
PLAN_CAUSES = (DueCause.ORIGINAL, DueCause.READING, DueCause.AMENDMENT)


def milestone_parts(
    session: Session, context: PlanContext, keys: Collection[str] | None = None
) -> dict[str, MilestonePart]:
    """Return the plan's milestones that are not withdrawn (of these keys), in document order, set-based by chunks."""
    found: dict[str, MilestonePart] = {}
    for ids in _ids(session, context.plan_id, keys):
        found |= parts_of(session, context, ids)
    return found


def occurrences(part: MilestonePart, issued_on: date) -> Iterator[MilestonePart]:
    """Yield the milestones a part stands for: itself, or one per year of a recurring duty; every start is filled in."""
    if part.due is not None:
        start_on = part.start_on or min(issued_on, part.due.on)
        yield part.model_copy(update={"start_on": start_on})
    if part.repeat is not None:
        for year in part.repeat.years:
            yield _occurrence(part, part.repeat, year)


def collapsed(parts: Iterable[MilestonePart], issued_on: date) -> list[MilestonePart]:
    """Return parts as one writes them: occurrences of a duty as one part, starts at the issue day left out."""
    parts = list(parts)
    series: dict[str, list[MilestonePart]] = {}
    for part in parts:
        if part.series:
            series.setdefault(part.series, []).append(part)
    whole = {key: duty for key, items in series.items() if (duty := _duty(key, items, issued_on)) is not None}
    found: dict[str, MilestonePart] = {}
    for part in parts:
        if part.series in whole:
            found.setdefault(part.series, whole[part.series])
        else:
            found[part.key] = _without_plain_start(part, issued_on)
    return list(found.values())


def _occurrence(part: MilestonePart, repeat: RepeatPart, year: int) -> MilestonePart:
    other = repeat.alternative_due
    due = DuePart(
        phrase=repeat.phrase,
        on=date.fromisoformat(f"{year}-{repeat.due}"),
        precision=repeat.precision,
        alternative_on=date.fromisoformat(f"{year}-{other}") if other else None,
    )
    return part.model_copy(
        update={
            "key": f"{part.key}-{year}",
            "series": part.key,
            "title": f"{part.title}（{year}年）",
            "start_on": date.fromisoformat(f"{year - repeat.from_year_before:04}-{repeat.start}"),
            "due": due,
            "repeat": None,
        }
    )


def _duty(key: str, items: list[MilestonePart], issued_on: date) -> MilestonePart | None:
    """Return the one part whose occurrences are exactly these; None when they differ in more than their year."""
    first, years = items[0], sorted(item.due.on.year for item in items if item.due)
    assert first.due is not None
    assert first.start_on is not None
    other = first.due.alternative_on
    suffix = f"（{first.due.on.year}年）"
    if not first.title.endswith(suffix) or first.due.on.year - first.start_on.year not in (0, 1):
        return None
    repeat = RepeatPart(
        phrase=first.due.phrase,
        years=tuple(years),
        start=f"{first.start_on:%m-%d}",
        from_year_before=first.start_on.year < first.due.on.year,
        due=f"{first.due.on:%m-%d}",
        alternative_due=f"{other:%m-%d}" if other else None,
        precision=first.due.precision,
    )
    title = first.title.removesuffix(suffix)
    update = {"key": key, "series": None, "title": title, "start_on": None, "due": None, "repeat": repeat}
    duty = first.model_copy(update=update)
    try:
        spread = list(occurrences(duty, issued_on))
    except ValueError:  # 29 February
        return None
    return duty if spread == sorted(items, key=lambda item: item.key) else None


def _without_plain_start(part: MilestonePart, issued_on: date) -> MilestonePart:
    if part.due is not None and part.start_on == min(issued_on, part.due.on):
        return part.model_copy(update={"start_on": None})
    return part


def _ids(session: Session, plan_id: int, keys: Collection[str] | None) -> Iterator[Sequence[int]]:
    query = (
        sa.select(col(Milestone.id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id), isouter=True)
        .where(
            col(Milestone.plan_id) == plan_id,
            sa.func.coalesce(col(MilestoneStanding.standing), Standing.PLANNED) != Standing.WITHDRAWN,
        )
        .order_by(col(Milestone.position), col(Milestone.id))
    )
    if keys is None:
        yield from _batched((row.id for row in session.execute(query).all()), CHUNK)
        return
    for some in _batched(sorted(keys), CHUNK):
        yield [row.id for row in session.execute(query.where(col(Milestone.key).in_(some)))]


def _batched(items: Iterable[Any], size: int) -> Iterator[Sequence[Any]]:
    rest = list(items)
    yield from (rest[start : start + size] for start in range(0, len(rest), size))


class _Due(NamedTuple):
    """The plan's own date now in force."""

    on: date
    phrase: str | None
    precision: Precision | None
    alternative_on: date | None
    reading: bool  # the other day of the phrase, not of the version, is the alternative


def parts_of(session: Session, context: PlanContext, ids: Sequence[int]) -> dict[str, MilestonePart]:
    """Return the given milestones (at most CHUNK), withdrawn ones too."""
    rows = session.scalars(
        sa.select(Milestone).where(col(Milestone.id).in_(ids)).order_by(col(Milestone.position), col(Milestone.id))
    ).all()
    units, targets, dues = _units(session, ids), _targets(session, ids), _dues(session, ids)
    stages = {stage_id: key for key, stage_id in context.stages.items()}
    projects = {project_id: key for key, project_id in context.projects.items()}
    governors, needs = _governors(session, ids), _needs(session, ids)
    places = context.place_names()
    plain = {"key", "series", "kind", "title", "detail", "note", "clause", "units_clause", "start_on", "all_indicators"}
    found: dict[str, MilestonePart] = {}
    for row in rows:
        assert row.id is not None
        found[row.key] = MilestonePart.model_construct(
            **row.model_dump(include=plain),
            place=places[row.place_id],
            stage=stages[row.stage_id] if row.stage_id else None,
            project=projects[row.project_id] if row.project_id else None,
            due=_due(row, dues.get(row.id)),
            repeat=None,
            responsible=tuple(units.get((row.id, UnitRole.RESPONSIBLE), ())),
            supporting=tuple(units.get((row.id, UnitRole.SUPPORTING), ())),
            targets=tuple(targets.get(row.id, ())),
            governed_by=tuple(governors.get(row.id, ())),
            needs=tuple(needs.get(row.id, ())),
        )
    return found


def _due(row: Milestone, later: _Due | None) -> DuePart:
    if later is None:
        return DuePart.model_construct(
            phrase=row.due_phrase, on=row.due_on, precision=row.due_precision, alternative_on=row.alternative_due_on
        )
    other = later.alternative_on
    if later.reading and other is None:
        other = row.due_on if later.on == row.alternative_due_on else row.alternative_due_on
    return DuePart.model_construct(
        phrase=later.phrase or row.due_phrase,
        on=later.on,
        precision=later.precision or row.due_precision,
        alternative_on=other,
    )


def _units(session: Session, ids: Sequence[int]) -> dict[tuple[int, UnitRole], list[str]]:
    query = (
        sa.select(col(MilestoneUnit.milestone_id), col(MilestoneUnit.role), col(MilestoneUnit.named_as))
        .where(col(MilestoneUnit.milestone_id).in_(ids))
        .order_by(col(MilestoneUnit.milestone_id), col(MilestoneUnit.role), col(MilestoneUnit.position))
    )
    found: dict[tuple[int, UnitRole], list[str]] = {}
    for milestone_id, role, named_as in session.execute(query):
        names = found.setdefault((milestone_id, role), [])
        if named_as not in names:
            names.append(named_as)
    return found


def _targets(session: Session, ids: Sequence[int]) -> dict[int, list[TargetPart]]:
    query = (
        sa.select(Target, col(Indicator.code))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Target.milestone_id).in_(ids), ~col(Target.copied), col(Target.retired_by_id).is_(None))
        .order_by(col(Target.milestone_id), col(Target.position), col(Target.id))
    )
    names = set(TargetPart.model_fields) - {"indicator"}
    found: dict[int, list[TargetPart]] = {}
    for row, code in session.execute(query):
        part = TargetPart.model_construct(indicator=code, **{name: getattr(row, name) for name in names})
        found.setdefault(row.milestone_id, []).append(part)
    return found


def _dues(session: Session, ids: Sequence[int]) -> dict[int, _Due]:
    """Return the plan's own date that replaced the first one, by milestone id."""
    query = (
        sa.select(DueDate)
        .where(col(DueDate.milestone_id).in_(ids), col(DueDate.cause).in_(PLAN_CAUSES))
        .order_by(col(DueDate.milestone_id), col(DueDate.version))
    )
    found: dict[int, _Due] = {}
    for row in session.scalars(query):
        before = found.get(row.milestone_id)
        found[row.milestone_id] = _Due(
            row.due_on,
            row.due_phrase or (before.phrase if before else None),
            row.due_precision or (before.precision if before else None),
            row.alternative_due_on,
            row.cause is DueCause.READING,
        )
    return found


def _governors(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    query = (
        sa.select(col(MilestoneGovernor.milestone_id), col(Milestone.key))
        .join(Milestone, col(Milestone.id) == col(MilestoneGovernor.governor_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id), isouter=True)
        .where(
            col(MilestoneGovernor.milestone_id).in_(ids),
            # One that was withdrawn governs nothing.
            sa.func.coalesce(col(MilestoneStanding.standing), Standing.PLANNED) != Standing.WITHDRAWN,
        )
        .order_by(col(Milestone.key))
    )
    return _lists(session.execute(query).all())


def _needs(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    query = (
        sa.select(col(MilestoneNeed.milestone_id), col(Project.key))
        .join(Project, col(Project.id) == col(MilestoneNeed.project_id))
        .where(col(MilestoneNeed.milestone_id).in_(ids))
        .order_by(col(Project.key))
    )
    return _lists(session.execute(query).all())


def _lists(rows: Sequence[Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for milestone_id, key in rows:
        found.setdefault(milestone_id, []).append(key)
    return found
