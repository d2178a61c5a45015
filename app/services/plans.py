"""Load a plan from its file: one transaction, idempotent by natural key, with one audit entry."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.text import pinyin_key
from app.domain.access import Actor
from app.domain.money import fen_of_wan
from app.domain.vocabulary import Measure
from app.models import Indicator, LadderRung, Plan, Project, ProjectAlias, Stage, Standard, Threshold
from app.services import audit, plan_milestones
from app.services.errors import InputError, msg
from app.services.plan_consistency import inconsistencies
from app.services.plan_files import PlanFile, ProjectPart, file_sha256, read_plan
from app.services.plan_units import load_organizations, load_places
from app.services.standards import load_indicators


@dataclass(frozen=True, slots=True)
class LoadFinding:
    """What loading a plan did; `changed` False: this very file was on record already."""

    slug: str
    plan_id: int
    changed: bool
    milestone_ids: tuple[int, ...] = ()


def load_plan(session: Session, path: Path, actor: Actor, now: datetime, *, again: bool = False) -> LoadFinding:
    """Load or update a plan; `again` even when its file is unchanged, because the standard it copies from is not.

    Raises: ValidationError, yaml.YAMLError; InputError naming every entry that does not fit the others.
    """
    digest = file_sha256(path)
    on_record = session.execute(
        sa.select(col(Plan.id), col(Plan.slug)).where(col(Plan.source_sha256) == digest)
    ).first()
    if on_record is not None and not again:
        return LoadFinding(on_record.slug, on_record.id, changed=False)
    file = read_plan(path)
    if problems := inconsistencies(file, _codes(session, file)):
        raise InputError({f"{path.name}, {where}": what for where, what in problems.items()})
    places = load_places(session, file.places)
    units = load_organizations(session, file.organizations, places)
    plan = _load_head(session, file, digest, places, units)
    assert plan.id is not None
    load_indicators(session, file.indicators, standard_id=None, plan_id=plan.id)
    indicators = _indicators(session, plan)
    _load_overrides(session, plan.id, file, indicators)
    stages = _load_stages(session, plan.id, file)
    projects = {part.key: _load_project(session, plan.id, part, places[part.place]) for part in file.projects}
    _load_ladder(session, plan.id, file)
    context = plan_milestones.LoadContext(plan, file, places, units, indicators, stages, projects)
    ids = plan_milestones.load_milestones(session, context)
    audit.record(
        session, actor, "plans:load", f"plans/{plan.id}", now=now, plan_id=plan.id, sha256=digest, milestones=len(ids)
    )
    return LoadFinding(file.slug, plan.id, changed=True, milestone_ids=tuple(ids))


def _load_head(session: Session, file: PlanFile, digest: str, places: dict[str, int], units: dict[str, int]) -> Plan:
    plan = session.scalar(sa.select(Plan).where(col(Plan.slug) == file.slug))
    standard_id = session.scalar(sa.select(col(Standard.id)).where(col(Standard.slug) == file.standard))
    values: dict[str, Any] = {
        "title": file.title,
        "short_title": file.short_title,
        "document_number": file.document_number,
        "issuer": file.issuer,
        "issued_on": file.issued_on,
        "period_start": file.period_start,
        "period_end": file.period_end,
        "place_id": places[file.area],
        "leading_group": file.leading_group,
        "office_id": units[file.office],
        "standard_id": standard_id,
        "source_sha256": digest,
        "sort_key": pinyin_key(file.short_title),
    }
    if plan is None:
        # The office's settings come from the file once; afterwards they are the office's own.
        plan = Plan(slug=file.slug, **values, **file.settings.model_dump())
        session.add(plan)
    for name, value in values.items():
        setattr(plan, name, value)
    session.flush()
    return plan


def _codes(session: Session, file: PlanFile) -> frozenset[str]:
    """Return the codes of the standard a plan follows. Raises: InputError when that standard is not loaded."""
    standard_id = session.scalar(sa.select(col(Standard.id)).where(col(Standard.slug) == file.standard))
    if standard_id is None:
        raise InputError({f"standard {file.standard}": msg("is not loaded")})
    return frozenset(session.scalars(sa.select(col(Indicator.code)).where(col(Indicator.standard_id) == standard_id)))


def _indicators(session: Session, plan: Plan) -> dict[str, int]:
    owner = sa.or_(col(Indicator.standard_id) == plan.standard_id, col(Indicator.plan_id) == plan.id)
    rows = session.execute(sa.select(col(Indicator.code), col(Indicator.id)).where(owner))
    return {code: indicator_id for code, indicator_id in rows}


def _load_overrides(session: Session, plan_id: int, file: PlanFile, indicators: dict[str, int]) -> None:
    session.execute(sa.delete(Threshold).where(col(Threshold.plan_id) == plan_id))
    for part in file.overrides:
        session.add(
            Threshold(
                indicator_id=indicators[part.indicator],
                plan_id=plan_id,
                stage=part.stage,
                comparator=part.comparator,
                value=part.value,
                unit=part.unit,
                clause=part.clause,
            )
        )
    session.flush()


def _load_stages(session: Session, plan_id: int, file: PlanFile) -> dict[str, int]:
    ids: dict[str, int] = {}
    for part in file.stages:
        stage = session.scalar(sa.select(Stage).where(col(Stage.plan_id) == plan_id, col(Stage.key) == part.key))
        if stage is None:
            stage = Stage(plan_id=plan_id, **part.model_dump())
            session.add(stage)
        for name, value in part.model_dump().items():
            setattr(stage, name, value)
        session.flush()
        assert stage.id is not None
        ids[part.key] = stage.id
    return ids


def _load_project(session: Session, plan_id: int, part: ProjectPart, place_id: int) -> int:
    known = sa.select(Project).where(col(Project.plan_id) == plan_id, col(Project.key) == part.key)
    project = session.scalar(known)
    values = part.model_dump(exclude={"aliases", "place", "investment_wan"})
    values["place_id"] = place_id
    wan = part.investment_wan
    values["investment_fen"] = None if wan is None else fen_of_wan(wan)
    if project is None:
        project = Project(plan_id=plan_id, **values)
        session.add(project)
    for name, value in values.items():
        setattr(project, name, value)
    session.flush()
    assert project.id is not None
    session.execute(sa.delete(ProjectAlias).where(col(ProjectAlias.project_id) == project.id))
    session.add_all(ProjectAlias(project_id=project.id, alias=alias) for alias in part.aliases)
    return project.id


def _load_ladder(session: Session, plan_id: int, file: PlanFile) -> None:
    """Load the rungs once; afterwards the ladder is the office's own."""
    if session.scalar(sa.select(col(LadderRung.id)).where(col(LadderRung.plan_id) == plan_id).limit(1)):
        return
    for part in file.ladder:
        session.add(
            LadderRung(
                plan_id=plan_id,
                key=part.key,
                offset_days=part.offset_days,
                measure=Measure(part.measure),
                clause=part.clause,
            )
        )
