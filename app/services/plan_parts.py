"""A plan's stored rows in the form of the plan file: what is exported, compared with what is wanted, and recorded."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.money import wan_of_fen
from app.domain.vocabulary import ChangeSubject
from app.models import (
    BudgetLine,
    Indicator,
    LadderRung,
    Organization,
    Place,
    Project,
    ProjectAlias,
    ProjectFloor,
    ProjectPhase,
    Stage,
    Standard,
    Threshold,
)
from app.services.plan_context import PlanContext
from app.services.plan_files import (
    BudgetPart,
    FloorPart,
    GroupPart,
    HeadPart,
    IndicatorPart,
    LadderRungPart,
    OverridePart,
    Part,
    PhasePart,
    ProjectPart,
    SettingsPart,
    StagePart,
    ThresholdPart,
)
from app.services.plan_milestone_parts import milestone_parts

PartKey = tuple[ChangeSubject, str]
Parts = dict[PartKey, Part]


def stored_parts(session: Session, context: PlanContext, wanted: Iterable[PartKey] | None = None) -> Parts:
    """Return a plan's parts as they are on record; only those asked for, None: all of them."""
    keys: dict[ChangeSubject, set[str]] = {}
    for subject, key in wanted or ():
        keys.setdefault(subject, set()).add(key)
    found: Parts = {}
    for subject, read in _READERS.items():
        if wanted is None or subject in keys:
            parts = read(session, context)
            chosen = parts if wanted is None else {key: part for key, part in parts.items() if key in keys[subject]}
            found |= {(subject, key): part for key, part in chosen.items()}
    if wanted is None or ChangeSubject.MILESTONE in keys:
        milestones = milestone_parts(session, context, None if wanted is None else keys[ChangeSubject.MILESTONE])
        found |= {(ChangeSubject.MILESTONE, key): part for key, part in milestones.items()}
    return found


def override_key(part: OverridePart) -> str:
    """Return the key of a plan's own threshold: its indicator and school stage."""
    return f"{part.indicator}@{part.stage}" if part.stage else part.indicator


def _head(session: Session, context: PlanContext) -> Mapping[str, HeadPart]:
    plan = context.plan
    names = {"title", "short_title", "document_number", "issuer", "issued_on", "period_start", "period_end"}
    head = HeadPart(
        **plan.model_dump(include=names | {"slug", "leading_group"}),
        area=session.get_one(Place, plan.place_id).name,
        office=session.get_one(Organization, plan.office_id).name,
        standard=session.get_one(Standard, plan.standard_id).slug,
        settings=SettingsPart(**plan.model_dump(include=set(SettingsPart.model_fields))),
    )
    return {plan.slug: head}


def _groups(_session: Session, context: PlanContext) -> Mapping[str, GroupPart]:
    return {
        name: GroupPart(name=name, members=tuple(named_as for _, named_as in members))
        for name, members in context.groups.items()
    }


def _stages(session: Session, context: PlanContext) -> Mapping[str, StagePart]:
    rows = session.scalars(sa.select(Stage).where(col(Stage.plan_id) == context.plan_id).order_by(col(Stage.id)))
    return {row.key: StagePart(**row.model_dump(include=set(StagePart.model_fields))) for row in rows}


def _threshold(row: Threshold) -> dict[str, Any]:
    return row.model_dump(include=set(ThresholdPart.model_fields))


def _indicators(session: Session, context: PlanContext) -> Mapping[str, IndicatorPart]:
    return indicator_parts(session, col(Indicator.plan_id) == context.plan_id)


def indicator_parts(session: Session, owned: sa.ColumnElement[bool]) -> dict[str, IndicatorPart]:
    """Return the indicators of a standard or a plan with their thresholds, in order."""
    thresholds: dict[int, list[ThresholdPart]] = {}
    own = sa.select(Threshold).join(Indicator, col(Indicator.id) == col(Threshold.indicator_id))
    for row in session.scalars(own.where(owned, col(Threshold.plan_id).is_(None)).order_by(col(Threshold.id))):
        thresholds.setdefault(row.indicator_id, []).append(ThresholdPart(**_threshold(row)))
    rows = session.scalars(sa.select(Indicator).where(owned).order_by(col(Indicator.position), col(Indicator.id)))
    names = {"code", "name", "group", "value_type", "clause", "note", "cumulative"}
    return {
        row.code: IndicatorPart(**row.model_dump(include=names), thresholds=tuple(thresholds.get(row.id or 0, ())))
        for row in rows
    }


def _overrides(session: Session, context: PlanContext) -> Mapping[str, OverridePart]:
    codes = {indicator_id: code for code, indicator_id in context.indicators.items()}
    rows = session.scalars(
        sa.select(Threshold).where(col(Threshold.plan_id) == context.plan_id).order_by(col(Threshold.id))
    )
    parts = [
        OverridePart(indicator=codes[row.indicator_id], clause=row.clause or "", **_threshold(row)) for row in rows
    ]
    return {override_key(part): part for part in parts}


def _projects(session: Session, context: PlanContext) -> Mapping[str, ProjectPart]:
    rows = session.scalars(
        sa.select(Project).where(col(Project.plan_id) == context.plan_id).order_by(col(Project.no), col(Project.id))
    ).all()
    ids = sa.select(col(Project.id)).where(col(Project.plan_id) == context.plan_id)
    aliases: dict[int, list[str]] = {}
    order = (col(ProjectAlias.project_id), col(ProjectAlias.alias))
    for item in session.scalars(sa.select(ProjectAlias).where(col(ProjectAlias.project_id).in_(ids)).order_by(*order)):
        aliases.setdefault(item.project_id, []).append(item.alias)
    floors = _by_project(session, ProjectFloor, ids)
    phases = _by_project(session, ProjectPhase, ids)
    budget = _by_project(session, BudgetLine, ids)
    places = context.place_names()
    plain = set(ProjectPart.model_fields) & set(Project.model_fields)
    return {
        row.key: ProjectPart(
            **row.model_dump(include=plain),
            aliases=tuple(aliases.get(row.id or 0, ())),
            place=places[row.place_id],
            investment_wan=None if row.investment_fen is None else wan_of_fen(row.investment_fen),
            floors=tuple(
                FloorPart(name=item.name, area_m2=item.area_m2, underground=item.underground)
                for item in floors.get(row.id or 0, ())
            ),
            phases=tuple(
                PhasePart(**item.model_dump(include=set(PhasePart.model_fields)))
                for item in phases.get(row.id or 0, ())
            ),
            budget=tuple(
                BudgetPart(
                    year=item.year, source=item.source, amount_wan=wan_of_fen(item.amount_fen), clause=item.clause
                )
                for item in budget.get(row.id or 0, ())
            ),
        )
        for row in rows
    }


def _by_project(session: Session, model: Any, ids: sa.Select[int | None]) -> dict[int, list[Any]]:
    rows = session.scalars(
        sa.select(model).where(col(model.project_id).in_(ids)).order_by(col(model.project_id), col(model.position))
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.project_id, []).append(row)
    return found


def _rungs(session: Session, context: PlanContext) -> Mapping[str, LadderRungPart]:
    rows = session.scalars(
        sa.select(LadderRung)
        .where(col(LadderRung.plan_id) == context.plan_id)
        .order_by(col(LadderRung.trigger), col(LadderRung.offset_days), col(LadderRung.id))
    )
    return {row.key: LadderRungPart(**row.model_dump(include=set(LadderRungPart.model_fields))) for row in rows}


_READERS: dict[ChangeSubject, Any] = {
    ChangeSubject.PLAN: _head,
    ChangeSubject.GROUP: _groups,
    ChangeSubject.STAGE: _stages,
    ChangeSubject.INDICATOR: _indicators,
    ChangeSubject.OVERRIDE: _overrides,
    ChangeSubject.PROJECT: _projects,
    ChangeSubject.RUNG: _rungs,
}
