"""What of one milestone is worth a second look, judged as in a whole plan file; raised, never blocking."""

from sqlmodel import Session

from app.domain.vocabulary import ChangeSubject, MilestoneKind
from app.services.errors import Message
from app.services.plan_context import PlanContext
from app.services.plan_files import MilestonePart, ProjectPart
from app.services.plan_parts import stored_parts
from app.services.plan_surroundings import completions, indicators_with_thresholds, plan_around, recognitions
from app.services.plan_warnings import plan_warnings


def milestone_warnings(session: Session, context: PlanContext, part: MilestonePart) -> list[Message]:
    """Return the warnings about a milestone of the plan on record; only what they need is read of the plan."""
    file, way, _ = plan_around(session, context, ChangeSubject.MILESTONE, part.key, part)
    related = {item.key: item for item in file.milestones[:-1]}
    projects: tuple[ProjectPart, ...] = ()
    if part.needs:
        related |= completions(session, context, part.needs)
        projects = _projects(session, context, part.needs)
    standard = []
    if part.place == file.area and part.kind in (MilestoneKind.QUANTITY, MilestoneKind.TASK) and part.targets:
        related |= recognitions(session, context)
        standard = indicators_with_thresholds(session, context)
    related.pop(part.key, None)
    milestones = (*related.values(), part)
    around = file.model_copy(update={"milestones": milestones, "projects": projects})
    own = (*way[:-1], len(milestones) - 1)
    return [item.message for item in plan_warnings(around, standard) if item.path[: len(own)] == own]


def _projects(session: Session, context: PlanContext, keys: tuple[str, ...]) -> tuple[ProjectPart, ...]:
    stored = stored_parts(session, context, [(ChangeSubject.PROJECT, key) for key in keys])
    return tuple(part for part in stored.values() if isinstance(part, ProjectPart))
