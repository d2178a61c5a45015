"""Projects for export and for the JSON interface: design, budget, payments, and how far time, works and money are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.money import wan_of_fen
from app.domain.project_money import Paid, Provided, money_findings
from app.domain.projects import Side, drifts, first_day, last_day, time_pct, works_pct
from app.domain.shares import share_pct
from app.domain.vocabulary import MilestoneKind, Standing
from app.models import BudgetLine, Milestone, Place, Plan, Project, ProjectAlias, ProjectFloor, ProjectPhase
from app.queries import facts
from app.queries.export_registers import wan
from app.queries.export_rows import (
    BudgetRecord,
    DriftRecord,
    FloorRecord,
    MoneyFindingRecord,
    PaidRecord,
    PhaseRecord,
    ProjectRecord,
    Selection,
)
from app.queries.exports import bound_to
from app.queries.past_milestones import milestones_on
from app.queries.past_plans import Record, record_of
from app.queries.past_projects import ListedProject, design_then, gone_projects, listed_then, on_record, part_then
from app.queries.project_money import paid
from app.queries.projects import named


@dataclass(frozen=True, slots=True)
class _Step:
    """A milestone of a project as it stood on the day."""

    id: int
    kind: MilestoneKind
    start_on: date
    effective_due_on: date
    standing: Standing
    progress_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class _Around:
    """What is on record of the projects of one export, by project id."""

    aliases: dict[int, list[Any]]
    floors: dict[int, list[Any]]
    phases: dict[int, list[Any]]
    budget: dict[int, list[Any]]
    payments: dict[int, list[Paid]]
    steps: dict[int, list[_Step]]


def projects(
    session: Session,
    wanted: Selection,
    on: date,
    *,
    after: int = 0,
    limit: int | None = None,
    record: Record | None = None,
) -> list[tuple[int, ProjectRecord]]:
    """Return (id, project) by id, after an id, as they read on a day, with what was paid by it; limit None: all.

    Those deleted since come last, under ids that no other has. `record`: what was known then of the plans wanted;
    None: all that was recorded by the end of the day. A project goes by its names of now.
    """
    record = record or record_of(session, on, Scope(plan_id=wanted.plan_id))
    query = _query(wanted, after, limit).where(on_record(record))
    rows = [listed_then(record, ListedProject(*row)) for row in session.execute(query)]
    if wanted.organization_id is None and wanted.project is None and (limit is None or len(rows) < limit):
        rows += [row for row in gone_projects(record) if (row.project.id or 0) > after]
        rows = rows[:limit]
    if not rows:
        return []
    around = _around(record, sa.select(query.with_only_columns(col(Project.id)).subquery().c.id), rows)
    return [(row.project.id or 0, _record(row, around, on)) for row in rows]


def _query(wanted: Selection, after: int, limit: int | None) -> Any:
    query = (
        sa.select(Project, col(Plan.slug), col(Plan.drift_threshold_pp), col(Place.name))
        .join(Plan, col(Plan.id) == col(Project.plan_id))
        .join(Place, col(Place.id) == col(Project.place_id))
        .where(col(Project.id) > after)
        .order_by(col(Project.id))
        .limit(limit)
    )
    if wanted.plan_id is not None:
        query = query.where(col(Project.plan_id) == wanted.plan_id)
    if wanted.organization_id is not None:
        query = query.where(
            sa.exists().where(col(Milestone.project_id) == col(Project.id), bound_to(wanted.organization_id))
        )
    return query if wanted.project is None else query.where(named(wanted.project))


def _around(record: Record, ids: Any, rows: Sequence[ListedProject]) -> _Around:
    """Return what is on record of projects, with the lists of those changed since as they were."""
    session = record.session
    tied = _lists(session, col(Milestone.project_id), col(Milestone.id), ids)
    around = _Around(
        aliases=_lists(session, col(ProjectAlias.project_id), col(ProjectAlias.alias), ids),
        floors=_rows(session, ProjectFloor, ids),
        phases=_rows(session, ProjectPhase, ids),
        budget=_rows(session, BudgetLine, ids),
        payments=paid(session, ids, record.on, record.until),
        steps=_steps(record, tied),
    )
    for row in rows:
        part = part_then(record, row.project.plan_id, row.project.key)
        if part is not None:
            key, design = row.project.id or 0, design_then(part)
            around.aliases[key], around.floors[key] = design.aliases, design.floors
            around.phases[key], around.budget[key] = design.phases, design.budget
    return around


def _record(row: ListedProject, around: _Around, on: date) -> ProjectRecord:
    project = row.project
    assert project.id is not None
    budget, payments = around.budget[project.id], around.payments.get(project.id, [])
    steps = around.steps.get(project.id, [])
    paid_fen = sum(item.amount_fen for item in payments) if payments else None
    budget_fen = sum(item.amount_fen for item in budget) if budget else None
    whole = project.investment_fen or budget_fen
    shares = {
        Side.TIME: time_pct(first_day(steps, project.start_year), last_day(steps, project.end_year), on),
        Side.WORKS: works_pct(steps),
        Side.MONEY: None if paid_fen is None or not whole else share_pct(paid_fen, whole),
    }
    provided = [Provided(item.year, item.source, item.amount_fen) for item in budget]
    own = {"key", "no", "name", "clause", "site", "nature", "start_year", "end_year", "stage", "grade_classes"}
    own |= {"grades", "classes", "places", "land_m2", "floor_m2", "sports_m2", "description"}
    return ProjectRecord(
        **{name: getattr(project, name) for name in own},
        plan=row.slug,
        aliases=tuple(around.aliases[project.id]),
        place=row.place,
        investment_wan=wan(project.investment_fen),
        budget_wan=wan(budget_fen),
        paid_wan=wan(paid_fen),
        floors=tuple(_of(FloorRecord, item) for item in around.floors[project.id]),
        phases=tuple(_of(PhaseRecord, item) for item in around.phases[project.id]),
        budget=tuple(BudgetRecord(item.year, item.source, wan_of_fen(item.amount_fen), item.clause) for item in budget),
        payments=tuple(PaidRecord(item.year, item.source, wan_of_fen(item.amount_fen)) for item in payments),
        elapsed_pct=_rounded(shares[Side.TIME]),
        progress_pct=shares[Side.WORKS],
        paid_pct=_rounded(shares[Side.MONEY]),
        drift=tuple(
            DriftRecord(item.behind, item.ahead, round(item.points, 2))
            for item in drifts(shares, row.drift_threshold_pp)
        ),
        money_findings=tuple(
            MoneyFindingRecord(item.kind, wan_of_fen(item.amount_fen), item.year, item.source)
            for item in money_findings(provided, payments, project.investment_fen)
        ),
        milestones=tuple(item.id for item in steps),
    )


def _steps(record: Record, tied: dict[int, list[int]]) -> dict[int, list[_Step]]:
    """Return the milestones of each project as they read and stood then, by id; those not on record are left out."""
    owner = {milestone_id: project_id for project_id, ids in tied.items() for milestone_id in ids}
    found: dict[int, list[_Step]] = defaultdict(list)
    for some in facts.chunks(sorted(owner)):
        for item in milestones_on(record, some).values():
            finding = item.finding
            if item.project_id == owner[item.id]:
                found[owner[item.id]].append(
                    _Step(
                        item.id,
                        item.kind,
                        item.start_on,
                        finding.effective_due_on,
                        finding.standing,
                        finding.progress_pct,
                    )
                )
    return found


def _rounded(share: Decimal | None) -> Decimal | None:
    return None if share is None else round(share, 2)


def _of(record: Any, row: Any) -> Any:
    return record(**{name: getattr(row, name) for name in record.__slots__})


def _rows(session: Session, model: Any, ids: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    order = (col(model.project_id), col(model.position))
    for row in session.scalars(sa.select(model).where(col(model.project_id).in_(ids)).order_by(*order)):
        found[row.project_id].append(row)
    return found


def _lists(session: Session, key: Any, value: Any, ids: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for owner, item in session.execute(sa.select(key, value).where(key.in_(ids)).order_by(key, value)):
        found[owner].append(item)
    return found
