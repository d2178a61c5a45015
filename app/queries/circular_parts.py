"""The parts of printed documents that are not milestones: targets with their values, projects with their money."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.circular_projects import PhaseRow, ProjectRow
from app.domain.circulars import MilestoneRow, TargetRow
from app.domain.money import fen_of_wan
from app.domain.official_words import NATURES, SCHOOL_STAGES
from app.domain.project_money import Paid, Provided
from app.domain.targets import verdict
from app.domain.vocabulary import MilestoneKind, Standing, ValueType
from app.models import Milestone
from app.queries import export_projects
from app.queries.export_rows import PhaseRecord, ProjectRecord, Selection
from app.queries.measurements import latest_values
from app.queries.past_milestones import PastMilestone
from app.queries.past_plans import Record
from app.queries.past_targets import PastTarget, targets_on


def target_rows(
    record: Record, milestones: Sequence[PastMilestone], rows: Mapping[int, MilestoneRow]
) -> list[TargetRow]:
    """Return the targets of milestones (at most facts.CHUNK) with the value last recorded before the cut-off.

    Targets of withdrawn milestones are left out.
    """
    binding = [item for item in milestones if item.finding.standing is not Standing.WITHDRAWN]
    targets = targets_on(record, binding)
    ids = [item.id for item in binding if not item.gone]
    values = latest_values(record.session, ids, record.until) if any(targets.values()) else {}
    return [
        _target_row(target, rows[item.id], values.get(target.id, (None, None)))
        for item in binding
        for target in targets.get(item.id, ())
    ]


def _target_row(target: PastTarget, milestone: MilestoneRow, value: Any) -> TargetRow:
    measured, measured_on = value
    return TargetRow(
        milestone_id=milestone.id,
        place=milestone.place,
        indicator_code=target.code,
        indicator_name=target.name,
        stage_label=SCHOOL_STAGES[target.stage] if target.stage else None,
        comparator=target.comparator,
        target=target.value,
        unit=target.unit,
        effective_due_on=milestone.effective_due_on,
        measured=measured,
        measured_on=measured_on,
        verdict=verdict(target.comparator, target.value, measured),
        is_boolean=target.value_type is ValueType.BOOLEAN,
        group=target.group,
    )


def project_rows(record: Record, plan_id: int, milestones: Mapping[int, MilestoneRow]) -> tuple[ProjectRow, ...]:
    """Return the plan's projects in its order as they read at the cut-off, with the figures of the export.

    Of several starts or completions of a project the last due counts.
    """
    found = export_projects.projects(record.session, Selection(plan_id=plan_id), record.on, record=record)
    if not found:
        return ()
    steps = _project_milestones(record.session, plan_id, milestones)
    return tuple(_project_row(item, steps[key]) for key, item in sorted(found, key=lambda pair: (pair[1].no, pair[0])))


def _project_row(record: ProjectRecord, steps: Mapping[MilestoneKind, MilestoneRow]) -> ProjectRow:
    start, completion = steps.get(MilestoneKind.PROJECT_START), steps.get(MilestoneKind.PROJECT_COMPLETION)
    return project_row(
        record, start.standing_label if start else None, completion.standing_label if completion else None
    )


def project_row(record: ProjectRecord, start: str | None, completion: str | None) -> ProjectRow:
    """Return a project as documents print it; `start`, `completion`: how its two milestones stand, None without one."""
    return ProjectRow(
        no=str(record.no),
        name=record.name,
        nature_label=NATURES[record.nature],
        site=record.site,
        investment_wan=record.investment_wan,
        budget_wan=record.budget_wan,
        paid_wan=record.paid_wan,
        paid_pct=record.paid_pct,
        elapsed_pct=record.elapsed_pct,
        progress_pct=record.progress_pct,
        start_year=record.start_year,
        end_year=record.end_year,
        start_standing_label=start,
        completion_standing_label=completion,
        provided=tuple(Provided(item.year, item.source, fen_of_wan(item.amount_wan)) for item in record.budget),
        payments=tuple(Paid(item.year, item.source, fen_of_wan(item.amount_wan)) for item in record.payments),
    )


def _phase_row(phase: PhaseRecord) -> PhaseRow:
    return PhaseRow(
        name=phase.name,
        stage_label=SCHOOL_STAGES[phase.stage] if phase.stage else None,
        start_year=phase.start_year,
        end_year=phase.end_year,
        classes=phase.classes,
        places=phase.places,
        floor_m2=phase.floor_m2,
    )


def _project_milestones(
    session: Session, plan_id: int, milestones: Mapping[int, MilestoneRow]
) -> dict[int, dict[MilestoneKind, MilestoneRow]]:
    """Return the start and the completion of each project, by project id and kind."""
    query = (
        sa.select(col(Milestone.id), col(Milestone.project_id), col(Milestone.kind))
        .where(col(Milestone.plan_id) == plan_id, col(Milestone.project_id).is_not(None))
        .order_by(col(Milestone.due_on), col(Milestone.id))
    )
    found: dict[int, dict[MilestoneKind, MilestoneRow]] = defaultdict(dict)
    for milestone_id, project_id, kind in session.execute(query):
        if milestone_id in milestones:
            found[project_id][kind] = milestones[milestone_id]
    return found
