"""Reads of construction projects: the list with its money, time and works, and one project with its payments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.projects import ProjectState
from app.domain.shares import share_pct
from app.domain.vocabulary import FundSource, ProjectNature
from app.models import Account, Milestone, MilestoneStanding, Payment, Place, Plan, Project, ProjectAlias
from app.queries import facts
from app.queries.plans import in_scope
from app.queries.project_lines import ProjectLine, ProjectMilestone
from app.queries.project_money import paid, provided


class ProjectOrder(StrEnum):
    """How a list of projects is sorted; within a plan's order the document decides."""

    PLAN = "plan"
    INVESTMENT = "investment"  # the largest first
    END = "end"  # the first due first
    DRIFT = "drift"  # the widest apart first


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """What a list of projects is narrowed to; None does not narrow. `text` is part of a name, an alias or a site."""

    text: str = ""
    plan_id: int | None = None
    year: int | None = None  # within the project's years
    nature: ProjectNature | None = None
    state: ProjectState | None = None
    drifting: bool = False
    over_budget: bool = False
    order: ProjectOrder = ProjectOrder.PLAN


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a list of projects, money in fen; None: known of no project. `without_investment` counts those whose
    plan names no sum, `paid_pct` is the share over those with a sum."""

    projects: int
    investment_fen: int
    paid_fen: int | None
    without_investment: int
    budget_fen: int | None
    places: int | None
    classes: int | None
    paid_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment on record; `fund_source` None: not told apart."""

    id: int
    paid_on: date
    amount_fen: int
    fund_source: FundSource | None
    source: str
    note: str
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """Everything about one project."""

    line: ProjectLine
    project: Project
    aliases: tuple[str, ...]
    payments: tuple[PaymentRow, ...]  # newest first


def list_projects(session: Session, scope: Scope, plan_id: int | None = None) -> list[ProjectLine]:
    """Return the projects in scope (of one plan), plan by plan in their own order: four statements."""
    return _lines(session, scope, [] if plan_id is None else [col(Project.plan_id) == plan_id])


def search_projects(session: Session, scope: Scope, wanted: ProjectFilter, today: date) -> list[ProjectLine]:
    """Return the projects in scope that a filter leaves, in its order."""
    lines = [
        line
        for line in _lines(session, scope, _conditions(wanted))
        if (wanted.state is None or line.state(today) is wanted.state)
        and (not wanted.drifting or line.drifts(today))
        and (not wanted.over_budget or line.off_budget)
    ]
    match wanted.order:
        case ProjectOrder.INVESTMENT:
            lines.sort(key=lambda line: -(line.whole_fen or 0))
        case ProjectOrder.END:
            lines.sort(key=lambda line: line.end_on)
        case ProjectOrder.DRIFT:
            lines.sort(key=lambda line: -max((item.points for item in line.drifts(today)), default=Decimal(-1)))
    return lines


def totals(lines: Sequence[ProjectLine]) -> Totals:
    """Return the sums over projects."""
    whole = sum(line.whole_fen or 0 for line in lines)
    of_whole = [line.paid_fen for line in lines if line.paid_fen is not None and line.whole_fen]
    return Totals(
        projects=len(lines),
        investment_fen=sum(line.investment_fen or 0 for line in lines),
        paid_fen=_sum(line.paid_fen for line in lines),
        without_investment=sum(line.investment_fen is None for line in lines),
        budget_fen=_sum(line.budget_fen for line in lines),
        places=_sum(line.places for line in lines),
        classes=_sum(line.classes for line in lines),
        paid_pct=share_pct(sum(of_whole), whole) if whole and of_whole else None,
    )


def find_project(session: Session, scope: Scope, project_id: int) -> ProjectPage | None:
    """Return one project; None when it does not exist or lies out of scope."""
    lines = _lines(session, scope, [col(Project.id) == project_id])
    project = session.get(Project, project_id) if lines else None
    if project is None:
        return None
    aliases = session.scalars(
        sa.select(col(ProjectAlias.alias))
        .where(col(ProjectAlias.project_id) == project_id)
        .order_by(col(ProjectAlias.alias))
    )
    return ProjectPage(lines[0], project, tuple(aliases), _payments(session, project_id))


def called(text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a project's name, an alias or its site holds a text."""
    alias = sa.select(col(ProjectAlias.alias)).where(
        col(ProjectAlias.project_id) == col(Project.id), col(ProjectAlias.alias).icontains(text, autoescape=True)
    )
    own = [column.icontains(text, autoescape=True) for column in (col(Project.name), col(Project.site))]
    return sa.or_(*own, alias.exists())


def named(name: str) -> sa.ColumnElement[bool]:
    """Return the condition that a project goes by exactly this name: its own, an alias or its key."""
    alias = sa.select(col(ProjectAlias.alias)).where(
        col(ProjectAlias.project_id) == col(Project.id), col(ProjectAlias.alias) == name
    )
    return sa.or_(col(Project.name) == name, col(Project.key) == name, alias.exists())


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _conditions(wanted: ProjectFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.text:
        conditions.append(called(wanted.text))
    if wanted.plan_id is not None:
        conditions.append(col(Project.plan_id) == wanted.plan_id)
    if wanted.nature is not None:
        conditions.append(col(Project.nature) == wanted.nature)
    if wanted.year is not None:
        first = sa.func.coalesce(col(Project.start_year), col(Project.end_year))
        conditions += [first <= wanted.year, col(Project.end_year) >= wanted.year]
    return conditions


def _lines(session: Session, scope: Scope, conditions: list[sa.ColumnElement[bool]]) -> list[ProjectLine]:
    conditions = conditions + _in_scope(scope)
    columns: tuple[Any, ...] = (
        col(Project.id),
        col(Project.key),
        col(Project.plan_id),
        col(Plan.slug),
        col(Plan.short_title),
        col(Plan.drift_threshold_pp),
        col(Project.no),
        col(Project.name),
        col(Project.clause),
        col(Place.name),
        col(Project.site),
        col(Project.nature),
        col(Project.investment_fen),
        col(Project.start_year),
        col(Project.end_year),
        col(Project.classes),
        col(Project.places),
    )
    rows = session.execute(
        sa.select(*columns)
        .join(Plan, col(Plan.id) == col(Project.plan_id))
        .join(Place, col(Place.id) == col(Project.place_id))
        .where(*conditions)
        .order_by(col(Plan.sort_key), col(Project.no), col(Project.id))
    ).all()
    if not rows:
        return []
    chosen = sa.select(col(Project.id)).where(*conditions)
    milestones = _milestones(session, scope, chosen)
    budgets, payments = provided(session, chosen), paid(session, chosen)
    return [
        ProjectLine(
            tuple(milestones.get(row[0], ())), tuple(budgets.get(row[0], ())), tuple(payments.get(row[0], ())), *row
        )
        for row in rows
    ]


def _in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that narrow projects: a unit sees those with a milestone that names it."""
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(Project.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        named = (
            sa.select(col(Milestone.id))
            .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
            .where(col(Milestone.project_id) == col(Project.id), *in_scope(scope))
        )
        conditions.append(named.exists())
    return conditions


def _milestones(
    session: Session, scope: Scope, project_ids: sa.Select[int | None]
) -> dict[int, list[ProjectMilestone]]:
    row = MilestoneStanding
    query = (
        sa.select(
            col(Milestone.project_id),
            col(Milestone.id),
            col(Milestone.kind),
            col(Milestone.title),
            col(Milestone.start_on),
            facts.original_due_on(),
            col(row.effective_due_on),
            col(row.standing),
            col(row.timeliness),
            col(row.claim_pending),
            col(row.progress_pct),
        )
        .join(row, col(row.milestone_id) == col(Milestone.id))
        .where(col(Milestone.project_id).in_(project_ids), *in_scope(scope))
        .order_by(col(row.effective_due_on), col(Milestone.id))
    )
    found: dict[int, list[ProjectMilestone]] = {}
    for values in session.execute(query):
        item = ProjectMilestone(*values)
        found.setdefault(item.project_id, []).append(item)
    return found


def _payments(session: Session, project_id: int) -> tuple[PaymentRow, ...]:
    rows = session.execute(
        sa.select(
            col(Payment.id),
            col(Payment.paid_on),
            col(Payment.amount_fen),
            col(Payment.fund_source),
            col(Payment.source),
            col(Payment.note),
            col(Account.display_name),
            col(Payment.recorded_at),
        )
        .join(Account, col(Account.id) == col(Payment.author_id))
        .where(col(Payment.project_id) == project_id)
        .order_by(col(Payment.paid_on).desc(), col(Payment.id).desc())
    )
    return tuple(PaymentRow(*row) for row in rows)
