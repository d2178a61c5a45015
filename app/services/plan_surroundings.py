"""A plan on record as far as one part of it touches the rest: enough to check that part as a whole file is checked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.vocabulary import ChangeSubject, MilestoneKind, SchoolStage
from app.models import Indicator, LadderRung, Milestone, MilestoneGovernor, Threshold
from app.services.plan_context import PlanContext
from app.services.plan_files import (
    GroupPart,
    HeadPart,
    IndicatorPart,
    MilestonePart,
    OrganizationPart,
    Part,
    PlacePart,
    PlanFile,
    ProjectPart,
    StagePart,
    ThresholdPart,
)
from app.services.plan_milestone_parts import milestone_parts
from app.services.plan_names import stored_keys
from app.services.plan_parts import PartKey, stored_parts
from app.services.plan_yaml import Way

SECTIONS = {
    ChangeSubject.GROUP: "groups",
    ChangeSubject.STAGE: "stages",
    ChangeSubject.INDICATOR: "indicators",
    ChangeSubject.OVERRIDE: "overrides",
    ChangeSubject.PROJECT: "projects",
    ChangeSubject.MILESTONE: "milestones",
    ChangeSubject.RUNG: "ladder",
}


def plan_around(
    session: Session, context: PlanContext, subject: ChangeSubject, key: str, part: Part
) -> tuple[PlanFile, Way, frozenset[str]]:
    """Return the plan around a part, the way to the part in it, and the codes of the standard's indicators.

    The part stands last of its section in place of the one stored under `key`, so that what is given twice is found
    at it. Of other sections only the names are there.
    """
    file = _names_only(context)
    if isinstance(part, HeadPart):
        return file.model_copy(update={name: getattr(part, name) for name in HeadPart.model_fields}), (), frozenset()
    if isinstance(part, MilestonePart):
        related = governing(session, context, part)
        peers: Iterable[Part] = [item for item in related.values() if item.key not in stored_keys(part)]
    else:
        peers = [item for (_, name), item in _peers(session, context, subject).items() if name != key]
    section = (*peers, part)
    file = file.model_copy(update={SECTIONS[subject]: section})
    own = {item.code for item in section if isinstance(item, IndicatorPart)}
    standard = frozenset(context.indicators) - own
    if isinstance(part, IndicatorPart):
        standard = _standard_codes(session, context)
    return file, (SECTIONS[subject], len(section) - 1), standard


def plan_around_milestones(
    session: Session, context: PlanContext, parts: Sequence[MilestonePart], gone: Collection[str]
) -> tuple[PlanFile, int, frozenset[str]]:
    """Return the plan around several milestones that change together, where they begin, and the standard's codes.

    They stand last of the milestones, in place of those stored under their keys; those under `gone` are not there.
    """
    replaced = {key for part in parts for key in stored_keys(part)} | set(gone)
    related: dict[str, MilestonePart] = {}
    for part in parts:
        related |= governing(session, context, part)
    peers = [item for item in related.values() if item.key not in replaced]
    file = _names_only(context).model_copy(update={"milestones": (*peers, *parts)})
    return file, len(peers), frozenset(context.indicators)


def governing(session: Session, context: PlanContext, part: MilestonePart) -> dict[str, MilestonePart]:
    """Return the milestones whose dates govern a milestone's, and those that govern them in turn, by key."""
    if not part.governed_by:
        return {}
    governor = aliased(Milestone)
    query = (
        sa.select(col(Milestone.key), col(governor.key))
        .join(MilestoneGovernor, col(MilestoneGovernor.milestone_id) == col(Milestone.id))
        .join(governor, col(MilestoneGovernor.governor_id) == col(governor.id))
        .where(col(Milestone.plan_id) == context.plan_id)
    )
    edges: dict[str, list[str]] = {}
    for key, governing_key in session.execute(query):
        edges.setdefault(key, []).append(governing_key)
    ahead, seen = list(part.governed_by), set[str]()
    while ahead:
        if (key := ahead.pop()) not in seen:
            seen.add(key)
            ahead.extend(edges.get(key, ()))
    return milestone_parts(session, context, seen)


def recognitions(session: Session, context: PlanContext) -> dict[str, MilestonePart]:
    """Return the plan's recognition milestones by key."""
    query = sa.select(col(Milestone.key)).where(
        col(Milestone.plan_id) == context.plan_id, col(Milestone.kind) == MilestoneKind.RECOGNITION
    )
    return milestone_parts(session, context, list(session.scalars(query)))


def completions(session: Session, context: PlanContext, projects: Collection[str]) -> dict[str, MilestonePart]:
    """Return the milestones that complete these projects by key."""
    query = sa.select(col(Milestone.key)).where(
        col(Milestone.plan_id) == context.plan_id,
        col(Milestone.kind) == MilestoneKind.PROJECT_COMPLETION,
        col(Milestone.project_id).in_([context.projects[key] for key in projects if key in context.projects]),
    )
    return milestone_parts(session, context, list(session.scalars(query)))


def indicators_with_thresholds(session: Session, context: PlanContext) -> list[IndicatorPart]:
    """Return the indicators of the standard and the plan that ask for something, with what they ask for."""
    query = (
        sa.select(col(Indicator.code), Threshold)
        .join(Threshold, col(Threshold.indicator_id) == col(Indicator.id))
        .where(
            col(Indicator.id).in_(context.indicators.values()),
            sa.or_(col(Threshold.plan_id).is_(None), col(Threshold.plan_id) == context.plan_id),
        )
        .order_by(col(Indicator.id), col(Threshold.id))
    )
    found: dict[str, list[ThresholdPart]] = {}
    for code, row in session.execute(query):
        names = set(ThresholdPart.model_fields)
        found.setdefault(code, []).append(ThresholdPart.model_construct(**row.model_dump(include=names)))
    return [IndicatorPart.model_construct(code=code, thresholds=tuple(items)) for code, items in found.items()]


def _peers(session: Session, context: PlanContext, subject: ChangeSubject) -> Mapping[PartKey, Part]:
    """Return every stored part of a subject that is neither the plan's head nor a milestone."""
    match subject:
        case ChangeSubject.GROUP:
            keys: Iterable[str] = context.groups
        case ChangeSubject.STAGE:
            keys = context.stages
        case ChangeSubject.PROJECT:
            keys = context.projects
        case ChangeSubject.OVERRIDE:
            stages = ("", *(f"@{stage}" for stage in SchoolStage))
            keys = (f"{code}{stage}" for code in context.indicators for stage in stages)
        case ChangeSubject.RUNG:
            keys = session.scalars(sa.select(col(LadderRung.key)).where(col(LadderRung.plan_id) == context.plan_id))
        case _:
            keys = context.indicators
    return stored_parts(session, context, [(subject, key) for key in keys])


def _names_only(context: PlanContext) -> PlanFile:
    """Return the plan with every name that a part may use, and nothing else of what stands behind the names."""
    plan = context.plan
    head: dict[str, Any] = plan.model_dump(include=set(HeadPart.model_fields))
    return PlanFile.model_construct(
        **head,
        area=context.place_names()[plan.place_id],
        office=next((name for name, unit_id in context.units.items() if unit_id == plan.office_id), ""),
        places=tuple(PlacePart.model_construct(name=name) for name in context.places),
        organizations=_units(context),
        groups=tuple(
            GroupPart.model_construct(name=name, members=tuple(word for _, word in members))
            for name, members in context.groups.items()
        ),
        stages=tuple(StagePart.model_construct(key=key, start_on=None, end_on=None) for key in context.stages),
        indicators=(),
        overrides=(),
        projects=tuple(
            ProjectPart.model_construct(key=key, name=key, place="", end_year=None) for key in context.projects
        ),
        milestones=(),
        ladder=(),
    )


def _units(context: PlanContext) -> tuple[OrganizationPart, ...]:
    words: dict[int, list[str]] = {}
    for word, unit_id in context.units.items():
        words.setdefault(unit_id, []).append(word)
    return tuple(
        OrganizationPart.model_construct(name=names[0], short_name=names[0], place="", aliases=tuple(names[1:]))
        for names in words.values()
    )


def _standard_codes(session: Session, context: PlanContext) -> frozenset[str]:
    query = sa.select(col(Indicator.code)).where(col(Indicator.standard_id) == context.plan.standard_id)
    return frozenset(session.scalars(query))
