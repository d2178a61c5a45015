"""Keep the projects of a plan by hand: read one as a part of the plan file, save it, and say what is worth a look."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.text import pinyin_slug
from app.domain.access import Actor
from app.domain.vocabulary import ChangeSubject
from app.models import Indicator, Place, Plan, Project, Threshold
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.plan_consistency import consistency_findings
from app.services.plan_context import PlanContext
from app.services.plan_edits import plan_in_keeping, save_part
from app.services.plan_files import IndicatorPart, ProjectPart, ThresholdPart
from app.services.plan_findings import PlanFinding
from app.services.plan_parts import stored_parts
from app.services.plan_surroundings import plan_around
from app.services.plan_warning_kinds import CLASS_SIZE, SCHOOL_SIZE, SchoolLimits
from app.services.plan_warnings_projects import one_project_warnings
from app.services.revisions import RevisionFinding


def project_in_keeping(session: Session, actor: Actor, project_id: int) -> tuple[PlanContext, ProjectPart]:
    """Return a project of the actor's own plan. Raises: NotFoundError."""
    project = session.get(Project, project_id)
    if project is None or project.plan_id != actor.scope.plan_id:
        raise NotFoundError(msg("There is no such project in your scope."))
    context = plan_in_keeping(session, actor, project.plan_id)
    return context, _part(session, context, project.key)


def project_part(session: Session, project: Project) -> ProjectPart:
    """Return a stored project in the form of the plan file, for everybody who may see it; places go by their path."""
    plan = session.get_one(Plan, project.plan_id)
    used = sa.select(col(Project.place_id)).where(col(Project.plan_id) == plan.id)
    rows = session.execute(sa.select(col(Place.path), col(Place.id)).where(col(Place.id).in_(used)))
    places = {path: place_id for path, place_id in rows if place_id is not None}
    return _part(session, PlanContext(plan, places, {}), project.key)


def school_limits(session: Session, plan: Plan) -> SchoolLimits:
    """Return how many pupils a school and a class of a plan may have."""
    query = (
        sa.select(col(Indicator.code), Threshold)
        .join(Threshold, col(Threshold.indicator_id) == col(Indicator.id))
        .where(
            col(Indicator.code).in_((SCHOOL_SIZE, CLASS_SIZE)),
            col(Indicator.standard_id) == plan.standard_id,
            sa.or_(col(Threshold.plan_id).is_(None), col(Threshold.plan_id) == plan.id),
        )
        .order_by(col(Threshold.plan_id).is_not(None), col(Threshold.id))  # the plan's own have the last word
    )
    found: dict[str, list[ThresholdPart]] = {}
    for code, row in session.execute(query):
        found.setdefault(code, []).append(ThresholdPart(**row.model_dump(include=set(ThresholdPart.model_fields))))
    parts = [IndicatorPart(code=code, name=code, thresholds=tuple(items)) for code, items in found.items()]
    return SchoolLimits.of(parts, ())


def computed_places(part: ProjectPart, limits: SchoolLimits) -> Decimal | None:
    """Return 规制 × grades × class size, else classes × class size; None where a factor is not known."""
    if part.stage is None:
        return None
    if part.grade_classes and part.grades:
        return limits.places_of(part.stage, part.grade_classes, part.grades)
    size = limits.classes.get(part.stage)
    return None if size is None or not part.classes else part.classes * size


def worth_a_look(part: ProjectPart, limits: SchoolLimits) -> Sequence[PlanFinding]:
    """Return the warnings that a project's own figures give."""
    return tuple(one_project_warnings(part, limits))


def next_number(session: Session, context: PlanContext) -> int:
    """Return the number after the last project's."""
    last = session.scalar(sa.select(sa.func.max(col(Project.no))).where(col(Project.plan_id) == context.plan_id))
    return (last or 0) + 1


def new_key(context: PlanContext, name: str) -> str:
    """Return a key for a new project after its name that no project of the plan has."""
    base = pinyin_slug(name) or "project"
    number, key = 1, base
    while key in context.projects:
        number += 1
        key = f"{base}-{number}"
    return key


def save_project(
    session: Session,
    actor: Actor,
    context: PlanContext,
    part: ProjectPart,
    *,
    reason: str,
    fingerprint: str | None,
    now: datetime,
) -> RevisionFinding:
    """Add (`fingerprint` None) or correct a project. Raises: as `plan_edits.save_part`."""
    if problem := _shared_name(session, context, part):
        raise InputError({"aliases": problem})
    subject = ChangeSubject.PROJECT
    return save_part(session, actor, context, subject, part.key, part, reason=reason, fingerprint=fingerprint, now=now)


def remove_project(
    session: Session, actor: Actor, context: PlanContext, key: str, *, reason: str, fingerprint: str, now: datetime
) -> RevisionFinding:
    """Take a project out of the plan. Raises: as `plan_edits.save_part`; ConflictError while something hangs on it."""
    subject = ChangeSubject.PROJECT
    return save_part(session, actor, context, subject, key, None, reason=reason, fingerprint=fingerprint, now=now)


def _part(session: Session, context: PlanContext, key: str) -> ProjectPart:
    part = stored_parts(session, context, [(ChangeSubject.PROJECT, key)])[ChangeSubject.PROJECT, key]
    assert isinstance(part, ProjectPart)
    return part


def _shared_name(session: Session, context: PlanContext, part: ProjectPart) -> Message | None:
    """Return what is wrong when another project of the plan goes by one of a project's names, or it has one twice."""
    file, way, standard = plan_around(session, context, ChangeSubject.PROJECT, part.key, part)
    findings = [item for item in consistency_findings(file, standard) if item.path == way]
    if not findings:
        return None
    names = [name for name in (part.name, *part.aliases) if any(item.where.endswith(name) for item in findings)]
    return msg("already a name of this or another project: %(names)s", names="、".join(names))
