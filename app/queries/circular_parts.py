"""The parts of a quarterly circular that are not milestones: targets, projects with money, accountability cases."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.cases import CaseEventKind, CaseStage, stage_after
from app.domain.circulars import CaseRow, MilestoneRow, ProjectRow, TargetRow
from app.domain.official_words import CASE_STAGES, NATURES, SCHOOL_STAGES
from app.domain.targets import verdict
from app.domain.vocabulary import MilestoneKind, Standing, ValueType
from app.models import (
    AccountabilityCase,
    CaseEvent,
    CaseMilestone,
    Indicator,
    Milestone,
    Project,
    Target,
)
from app.queries.export_registers import paid_fen, wan
from app.queries.measurements import latest_values


def target_rows(
    session: Session, ids: Sequence[int], milestones: Mapping[int, MilestoneRow], until: datetime
) -> list[TargetRow]:
    """Return the targets of milestones (at most facts.CHUNK) with the value last recorded before an instant."""
    query = (
        sa.select(Target, col(Indicator.code), col(Indicator.name), col(Indicator.value_type))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Target.milestone_id).in_(ids), col(Target.retired_by_id).is_(None))
        .order_by(col(Target.milestone_id), col(Target.position), col(Target.id))
    )
    values = latest_values(session, ids, until)
    rows: list[TargetRow] = []
    for target, code, name, value_type in session.execute(query):
        milestone = milestones[target.milestone_id]
        if milestone.standing is Standing.WITHDRAWN:
            continue
        measured, measured_on = values.get(target.id, (None, None))
        rows.append(
            TargetRow(
                milestone_id=milestone.id,
                place=milestone.place,
                indicator_code=code,
                indicator_name=name,
                stage_label=SCHOOL_STAGES[target.stage] if target.stage else None,
                comparator=target.comparator,
                target=target.value,
                unit=target.unit,
                effective_due_on=milestone.effective_due_on,
                measured=measured,
                measured_on=measured_on,
                verdict=verdict(target.comparator, target.value, measured),
                is_boolean=value_type is ValueType.BOOLEAN,
            )
        )
    return rows


def project_rows(
    session: Session, plan_id: int, milestones: Mapping[int, MilestoneRow], on: date
) -> tuple[ProjectRow, ...]:
    """Return the plan's projects in its order; of several starts or completions of a project the last due counts."""
    ids = sa.select(col(Project.id)).where(col(Project.plan_id) == plan_id)
    paid = paid_fen(session, ids, on)
    starts, completions = _project_milestones(session, plan_id, milestones)
    rows = session.scalars(
        sa.select(Project).where(col(Project.plan_id) == plan_id).order_by(col(Project.no), col(Project.id))
    )
    return tuple(_project_row(row, paid.get(row.id or 0), starts, completions) for row in rows)


def _project_row(
    project: Project, paid: int | None, starts: Mapping[int, MilestoneRow], completions: Mapping[int, MilestoneRow]
) -> ProjectRow:
    assert project.id is not None
    start, completion = starts.get(project.id), completions.get(project.id)
    return ProjectRow(
        no=str(project.no),
        name=project.name,
        nature_label=NATURES[project.nature],
        site=project.site,
        investment_wan=wan(project.investment_fen),
        paid_wan=wan(paid),
        start_year=project.start_year,
        end_year=project.end_year,
        start_standing_label=start.standing_label if start else None,
        completion_standing_label=completion.standing_label if completion else None,
        progress_pct=completion.progress_pct if completion else None,
    )


def _project_milestones(
    session: Session, plan_id: int, milestones: Mapping[int, MilestoneRow]
) -> tuple[dict[int, MilestoneRow], dict[int, MilestoneRow]]:
    """Return each project's start and completion, by project id."""
    query = (
        sa.select(col(Milestone.id), col(Milestone.project_id), col(Milestone.kind))
        .where(col(Milestone.plan_id) == plan_id, col(Milestone.project_id).is_not(None))
        .order_by(col(Milestone.due_on), col(Milestone.id))
    )
    starts: dict[int, MilestoneRow] = {}
    completions: dict[int, MilestoneRow] = {}
    for milestone_id, project_id, kind in session.execute(query):
        if kind is MilestoneKind.PROJECT_START:
            starts[project_id] = milestones[milestone_id]
        elif kind is MilestoneKind.PROJECT_COMPLETION:
            completions[project_id] = milestones[milestone_id]
    return starts, completions


def case_rows(session: Session, plan_id: int, first_on: date, cut_off_on: date, until: datetime) -> tuple[CaseRow, ...]:
    """Return the cases opened by the cut-off that were open in the quarter, each as it stood before an instant."""
    query = (
        sa.select(AccountabilityCase)
        .where(col(AccountabilityCase.plan_id) == plan_id, col(AccountabilityCase.opened_on) <= cut_off_on)
        .order_by(col(AccountabilityCase.opened_on), col(AccountabilityCase.id))
    )
    cases = session.scalars(query).all()
    titles, stages = _titles(session, plan_id, cut_off_on), _stages(session, plan_id, until)
    rows: list[CaseRow] = []
    for case in cases:
        stage, closed_on = stages.get(case.id or 0, (CaseStage.OPEN, None))
        if closed_on is None or closed_on >= first_on:
            rows.append(
                CaseRow(
                    number=case.number,
                    unit=case.held_as,
                    milestone_titles=tuple(titles[case.id or 0]),
                    opened_on=case.opened_on,
                    stage_label=CASE_STAGES[stage],
                    closed_on=closed_on,
                )
            )
    return tuple(rows)


def _titles(session: Session, plan_id: int, on: date) -> dict[int, list[str]]:
    query = (
        sa.select(col(CaseMilestone.case_id), col(Milestone.title))
        .join(Milestone, col(Milestone.id) == col(CaseMilestone.milestone_id))
        .where(col(Milestone.plan_id) == plan_id, col(CaseMilestone.joined_on) <= on)
        .order_by(col(CaseMilestone.joined_on), col(Milestone.position))
    )
    found: dict[int, list[str]] = defaultdict(list)
    for case_id, title in session.execute(query):
        if title not in found[case_id]:
            found[case_id].append(title)
    return found


def _stages(session: Session, plan_id: int, until: datetime) -> dict[int, tuple[CaseStage, date | None]]:
    """Return each case's stage by its events before an instant, and the day it was closed (None: it is not)."""
    query = (
        sa.select(col(CaseEvent.case_id), col(CaseEvent.kind), col(CaseEvent.recorded_at))
        .join(AccountabilityCase, col(AccountabilityCase.id) == col(CaseEvent.case_id))
        .where(
            col(AccountabilityCase.plan_id) == plan_id,
            col(CaseEvent.recorded_at) < until,
            col(CaseEvent.kind) != CaseEventKind.OPENED,
        )
        .order_by(col(CaseEvent.recorded_at), col(CaseEvent.id))
    )
    found: dict[int, tuple[CaseStage, date | None]] = {}
    for case_id, kind, recorded_at in session.execute(query):
        before, closed_on = found.get(case_id, (CaseStage.OPEN, None))
        stage = stage_after(before, kind)
        if stage is not before:  # a note or a check of the result does not close it another time
            closed_on = local_day(recorded_at) if stage is CaseStage.CLOSED else None
        found[case_id] = (stage, closed_on)
    return found
