"""Write a plan's frame: its head, groups of units, stages, indicators, own thresholds and rungs."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.text import pinyin_key
from app.domain.vocabulary import ChangeSubject, Measure
from app.models import (
    Alert,
    ExpectedAnswer,
    Indicator,
    LadderRung,
    Milestone,
    MilestoneUnit,
    Obligation,
    Organization,
    PeriodObligation,
    Plan,
    Stage,
    Standard,
    Target,
    Threshold,
    UnitGroup,
    UnitGroupMember,
)
from app.services.errors import ConflictError, InputError, msg
from app.services.plan_context import PlanContext
from app.services.plan_files import GroupPart, HeadPart, IndicatorPart, LadderRungPart, OverridePart, StagePart
from app.services.standards import write_indicator


def head_values(session: Session, head: HeadPart, places: dict[str, int]) -> dict[str, Any]:
    """Return a plan's column values. Raises: InputError naming the field that names nothing."""
    office_id = session.scalar(sa.select(col(Organization.id)).where(col(Organization.name) == head.office))
    standard_id = session.scalar(sa.select(col(Standard.id)).where(col(Standard.slug) == head.standard))
    problems = {}
    if head.area not in places:
        problems["area"] = msg("there is no place %(name)s", name=head.area)
    if office_id is None:
        problems["office"] = msg("no unit goes by %(name)s; write its full official name", name=head.office)
    if standard_id is None:
        problems["standard"] = msg("there is no standard %(name)s", name=head.standard)
    if problems:
        raise InputError(problems)
    names = {"slug", "title", "short_title", "document_number", "issuer", "issued_on", "period_start", "period_end"}
    return {
        **head.model_dump(include=names | {"leading_group"}),
        **head.settings.model_dump(),
        "place_id": places[head.area],
        "office_id": office_id,
        "standard_id": standard_id,
        "sort_key": pinyin_key(head.short_title),
    }


def write_head(session: Session, context: PlanContext, head: HeadPart) -> None:
    """Write a plan's own fields. Raises: InputError."""
    for name, value in head_values(session, head, context.places).items():
        setattr(context.plan, name, value)
    session.flush()


def write_group(session: Session, context: PlanContext, name: str, part: GroupPart | None) -> None:
    """Write a group of units, or take it away. Raises: ConflictError while a milestone names it."""
    group = session.scalar(
        sa.select(UnitGroup).where(col(UnitGroup.plan_id) == context.plan_id, col(UnitGroup.name) == name)
    )
    if group is not None:
        session.execute(sa.delete(UnitGroupMember).where(col(UnitGroupMember.group_id) == group.id))
    if part is None:
        _refuse_if_named(session, context.plan_id, name)
        if group is not None:
            session.delete(group)
        context.groups.pop(name, None)
        return
    if group is None:
        group = UnitGroup(plan_id=context.plan_id, name=name)
        session.add(group)
    session.flush()
    assert group.id is not None
    members = tuple((context.units[member], member) for member in part.members)
    session.add_all(
        UnitGroupMember(group_id=group.id, organization_id=unit_id, named_as=named_as, position=position)
        for position, (unit_id, named_as) in enumerate(dict(members).items())
    )
    context.groups[name] = members
    session.flush()


def _refuse_if_named(session: Session, plan_id: int, name: str) -> None:
    named = (
        sa.select(col(Milestone.key))
        .join(MilestoneUnit, col(MilestoneUnit.milestone_id) == col(Milestone.id))
        .where(col(Milestone.plan_id) == plan_id, col(MilestoneUnit.named_as) == name)
        .limit(1)
    )
    if key := session.scalar(named):
        raise ConflictError(msg("milestone %(key)s still names the group %(name)s", key=key, name=name))


def write_stage(session: Session, context: PlanContext, key: str, part: StagePart | None) -> None:
    """Write a stage, or take it away. Raises: ConflictError while a milestone belongs to it."""
    stage = session.scalar(sa.select(Stage).where(col(Stage.plan_id) == context.plan_id, col(Stage.key) == key))
    if part is None:
        if stage is not None:
            used = session.scalar(sa.select(col(Milestone.key)).where(col(Milestone.stage_id) == stage.id).limit(1))
            if used:
                raise ConflictError(msg("milestone %(key)s still belongs to stage %(stage)s", key=used, stage=key))
            session.delete(stage)
        context.stages.pop(key, None)
        return
    if stage is None:
        stage = Stage(plan_id=context.plan_id, **part.model_dump())
        session.add(stage)
    for name, value in part.model_dump().items():
        setattr(stage, name, value)
    session.flush()
    assert stage.id is not None
    context.stages[key] = stage.id


def write_plan_indicator(session: Session, context: PlanContext, code: str, part: IndicatorPart | None) -> None:
    """Write an indicator of the plan alone, or take it away; one that targets use keeps its row, without thresholds."""
    indicator = session.scalar(
        sa.select(Indicator).where(col(Indicator.plan_id) == context.plan_id, col(Indicator.code) == code)
    )
    if part is None:
        if indicator is not None:
            session.execute(sa.delete(Threshold).where(col(Threshold.indicator_id) == indicator.id))
            if not session.scalar(sa.select(col(Target.id)).where(col(Target.indicator_id) == indicator.id).limit(1)):
                session.delete(indicator)
                context.indicators.pop(code, None)
        session.flush()
        return
    last = session.scalar(
        sa.select(sa.func.max(col(Indicator.position))).where(col(Indicator.plan_id) == context.plan_id)
    )
    context.indicators[code] = write_indicator(
        session, indicator, part, standard_id=None, plan_id=context.plan_id, position=(last or 0) + 1
    )


def write_override(session: Session, context: PlanContext, key: str, part: OverridePart | None) -> None:
    """Write a threshold that the plan sets differently, or take it away."""
    code, _, stage = key.partition("@")
    session.execute(
        sa.delete(Threshold).where(
            col(Threshold.plan_id) == context.plan_id,
            col(Threshold.indicator_id) == context.indicators[code],
            col(Threshold.stage) == stage if stage else col(Threshold.stage).is_(None),
        )
    )
    if part is not None:
        session.add(
            Threshold(
                indicator_id=context.indicators[code],
                plan_id=context.plan_id,
                **part.model_dump(include={"stage", "comparator", "value", "unit", "clause"}),
            )
        )
    session.flush()


def write_rung(session: Session, context: PlanContext, key: str, part: LadderRungPart | None) -> None:
    """Write a rung of the ladder, or take it away. Raises: ConflictError for one that has fired already."""
    rung = session.scalar(
        sa.select(LadderRung).where(col(LadderRung.plan_id) == context.plan_id, col(LadderRung.key) == key)
    )
    if part is None:
        if rung is not None:
            if session.scalar(sa.select(col(Alert.id)).where(col(Alert.rung_id) == rung.id).limit(1)):
                raise ConflictError(msg("rung %(key)s has raised alerts already and stays", key=key))
            _let_go(session, rung.id)
            session.delete(rung)
            session.flush()
        return
    values = part.model_dump() | {
        "measure": Measure(part.measure),
        "addressees": part.addressed,
        "urgent": part.at_once,
    }
    if rung is None:
        rung = LadderRung(plan_id=context.plan_id, **values)
        session.add(rung)
    for name, value in values.items():
        setattr(rung, name, value)
    session.flush()


def _let_go(session: Session, rung_id: int | None) -> None:
    """Take a rung from all that waits for it; what follows instead is worked out when the whole change is written."""
    session.execute(sa.delete(Obligation).where(col(Obligation.rung_id) == rung_id))
    session.execute(sa.delete(PeriodObligation).where(col(PeriodObligation.rung_id) == rung_id))
    waiting = sa.update(ExpectedAnswer).where(col(ExpectedAnswer.rung_id) == rung_id)
    session.execute(waiting.values(rung_id=None, fire_on=None))


WRITERS: dict[ChangeSubject, Any] = {
    ChangeSubject.GROUP: write_group,
    ChangeSubject.STAGE: write_stage,
    ChangeSubject.INDICATOR: write_plan_indicator,
    ChangeSubject.OVERRIDE: write_override,
    ChangeSubject.RUNG: write_rung,
}


def new_plan(session: Session, head: HeadPart, places: dict[str, int], digest: str) -> Plan:
    """Add the row of a plan that is not on record yet. Raises: InputError."""
    plan = Plan(source_sha256=digest, **head_values(session, head, places))
    session.add(plan)
    session.flush()
    return plan
