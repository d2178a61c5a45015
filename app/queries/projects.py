"""Reads of construction projects: the list with what was paid, and one project with its money and dates."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.circulars import share_pct
from app.domain.deadlines import scheduled_pct
from app.domain.vocabulary import MilestoneKind, ProjectNature, Standing, Timeliness
from app.models import Account, Milestone, MilestoneStanding, Payment, Place, Plan, Project, ProjectAlias
from app.queries.plans import in_scope


@dataclass(frozen=True, slots=True)
class ProjectMilestone:
    """A milestone of a project with its standing."""

    project_id: int
    id: int
    kind: MilestoneKind
    title: str
    start_on: date
    due_on: date
    effective_due_on: date
    standing: Standing
    timeliness: Timeliness | None
    claim_pending: bool
    progress_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project in a list; `paid_fen` None: no payment is on record, `investment_fen` None: the document gives none."""

    milestones: tuple[ProjectMilestone, ...]
    paid_fen: int | None
    id: int
    plan_slug: str
    plan_title: str
    no: int
    name: str
    clause: str
    place_name: str
    site: str | None
    nature: ProjectNature
    investment_fen: int | None
    start_year: int | None
    end_year: int

    @property
    def paid_pct(self) -> Decimal | None:
        """Return payments in percent of the investment; None where either is unknown."""
        if self.paid_fen is None or not self.investment_fen:
            return None
        return share_pct(self.paid_fen, self.investment_fen)

    @property
    def overpaid(self) -> bool:
        """Tell whether more was paid than the plan provides."""
        return self.paid_fen is not None and self.investment_fen is not None and self.paid_fen > self.investment_fen

    @property
    def progress_pct(self) -> Decimal | None:
        """Return the progress last reported on the completion, else on the start; None: not reported."""
        last = MilestoneKind.PROJECT_COMPLETION
        by_weight = sorted(self.milestones, key=lambda item: (item.kind is not last, item.effective_due_on))
        return next((item.progress_pct for item in by_weight if item.progress_pct is not None), None)

    @property
    def start_on(self) -> date | None:
        """Return the first day of the works: that of the milestones, else of the starting year."""
        if self.milestones:
            return min(item.start_on for item in self.milestones)
        return date(self.start_year, 1, 1) if self.start_year else None

    @property
    def end_on(self) -> date:
        """Return the day on which the works are due: the last effective due date, else the end of the last year."""
        return max((item.effective_due_on for item in self.milestones), default=date(self.end_year, 12, 31))

    def elapsed_pct(self, today: date) -> Decimal | None:
        """Return the share of the project's time that has passed, in percent; None without a first day."""
        return None if self.start_on is None else scheduled_pct(self.start_on, self.end_on, today)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a list of projects in fen; `without_investment` counts those whose plan names no sum."""

    projects: int
    investment_fen: int
    paid_fen: int | None
    without_investment: int


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment on record."""

    id: int
    paid_on: date
    amount_fen: int
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
    """Return the projects in scope (of one plan), plan by plan in their own order: three statements."""
    return _lines(session, scope, [] if plan_id is None else [col(Project.plan_id) == plan_id])


def totals(lines: list[ProjectLine]) -> Totals:
    """Return the sums over projects."""
    return Totals(
        projects=len(lines),
        investment_fen=sum(line.investment_fen or 0 for line in lines),
        paid_fen=sum(paid) if (paid := [line.paid_fen for line in lines if line.paid_fen is not None]) else None,
        without_investment=sum(line.investment_fen is None for line in lines),
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


def _lines(session: Session, scope: Scope, conditions: list[sa.ColumnElement[bool]]) -> list[ProjectLine]:
    conditions = conditions + _in_scope(scope)
    rows = session.execute(
        sa.select(
            col(Project.id),
            col(Plan.slug),
            col(Plan.short_title),
            col(Project.no),
            col(Project.name),
            col(Project.clause),
            col(Place.name),
            col(Project.site),
            col(Project.nature),
            col(Project.investment_fen),
            col(Project.start_year),
            col(Project.end_year),
        )
        .join(Plan, col(Plan.id) == col(Project.plan_id))
        .join(Place, col(Place.id) == col(Project.place_id))
        .where(*conditions)
        .order_by(col(Plan.sort_key), col(Project.no), col(Project.id))
    ).all()
    if not rows:
        return []
    chosen = sa.select(col(Project.id)).where(*conditions)
    milestones = _milestones(session, scope, chosen)
    paid = {
        project_id: int(fen)
        for project_id, fen in session.execute(
            sa.select(col(Payment.project_id), sa.func.sum(col(Payment.amount_fen)))
            .where(col(Payment.project_id).in_(chosen))
            .group_by(col(Payment.project_id))
        )
    }
    return [ProjectLine(tuple(milestones.get(row[0], ())), paid.get(row[0]), *row) for row in rows]


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
            col(Milestone.due_on),
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
