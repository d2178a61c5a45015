"""Write a plan's construction projects with their aliases, floor areas, phases and budget lines."""

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.money import fen_of_wan
from app.models import (
    BudgetLine,
    Milestone,
    MilestoneNeed,
    Payment,
    Project,
    ProjectAlias,
    ProjectFloor,
    ProjectPhase,
)
from app.services.errors import ConflictError, msg
from app.services.plan_context import PlanContext
from app.services.plan_files import ProjectPart

_OWN = set(ProjectPart.model_fields) & set(Project.model_fields)


def write_project(session: Session, context: PlanContext, key: str, part: ProjectPart | None) -> None:
    """Write a project, or take it away. Raises: ConflictError while milestones or payments hang on it."""
    project = session.scalar(sa.select(Project).where(col(Project.plan_id) == context.plan_id, col(Project.key) == key))
    if project is not None:
        assert project.id is not None
        for model in (ProjectAlias, ProjectFloor, ProjectPhase, BudgetLine):
            session.execute(sa.delete(model).where(model.project_id == project.id))  # type: ignore[arg-type]
    if part is None:
        if project is not None:
            _refuse_if_used(session, project)
            session.delete(project)
        context.projects.pop(key, None)
        session.flush()
        return
    wan = part.investment_wan
    values = part.model_dump(include=_OWN) | {
        "place_id": context.places[part.place],
        "investment_fen": None if wan is None else fen_of_wan(wan),
    }
    if project is None:
        project = Project(plan_id=context.plan_id, **values)
        session.add(project)
    for name, value in values.items():
        setattr(project, name, value)
    session.flush()
    assert project.id is not None
    context.projects[key] = project.id
    _write_lists(session, project.id, part)


def _write_lists(session: Session, project_id: int, part: ProjectPart) -> None:
    session.add_all(ProjectAlias(project_id=project_id, alias=alias) for alias in dict.fromkeys(part.aliases))
    session.add_all(
        ProjectFloor(project_id=project_id, position=position, **item.model_dump())
        for position, item in enumerate(part.floors)
    )
    session.add_all(
        ProjectPhase(project_id=project_id, position=position, **item.model_dump())
        for position, item in enumerate(part.phases)
    )
    session.add_all(
        BudgetLine(
            project_id=project_id,
            position=position,
            year=item.year,
            source=item.source,
            amount_fen=fen_of_wan(item.amount_wan),
            clause=item.clause,
        )
        for position, item in enumerate(part.budget)
    )
    session.flush()


def _refuse_if_used(session: Session, project: Project) -> None:
    if session.scalar(sa.select(col(Payment.id)).where(col(Payment.project_id) == project.id).limit(1)):
        raise ConflictError(msg("project %(key)s has payments on record and stays", key=project.key))
    used = sa.select(col(Milestone.key)).where(col(Milestone.project_id) == project.id).limit(1)
    needed = (
        sa.select(col(Milestone.key))
        .join(MilestoneNeed, col(MilestoneNeed.milestone_id) == col(Milestone.id))
        .where(col(MilestoneNeed.project_id) == project.id)
        .limit(1)
    )
    if milestone := session.scalar(used) or session.scalar(needed):
        raise ConflictError(
            msg("milestone %(milestone)s still hangs on project %(key)s", milestone=milestone, key=project.key)
        )
