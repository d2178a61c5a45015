"""Reads of requests for extensions: those of one milestone, one whole, the list of a scope."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.extensions import WAITING, ExtensionState
from app.models import ExtensionRequest, Milestone, MilestoneStanding, Organization, Plan
from app.queries.choices import Choice
from app.queries.extension_rows import ExtensionRow, requests, state_column, whole
from app.queries.milestones import LedgerFilter, narrow

PAGE = 50


class ExtensionKey(NamedTuple):
    """Where a page of the list ends: 0 for requests that wait, 1 for the others, and the place among them."""

    rank: int
    place: int


@dataclass(frozen=True, slots=True)
class ExtensionFilter:
    """What the list is narrowed to; None does not narrow. `organization_id` is the unit that asked."""

    plan_id: int | None = None
    organization_id: int | None = None
    state: ExtensionState | None = None


@dataclass(frozen=True, slots=True)
class MilestoneExtensions:
    """The requests of one milestone, the newest first, and how many its plan allows to be granted."""

    rows: tuple[ExtensionRow, ...]
    limit: int

    @property
    def granted(self) -> int:
        """How many were granted; a grant that was corrected counts once."""
        return sum(row.granted_due_on is not None for row in self.rows)

    @property
    def waiting(self) -> ExtensionRow | None:
        """The request that waits for a decision; there is at most one."""
        return next((row for row in self.rows if row.waits), None)


@dataclass(frozen=True, slots=True)
class ExtensionPage:
    """One page of the list, those that wait first, the longest waiting at the head; `next` None: the last page."""

    rows: tuple[ExtensionRow, ...]
    next: ExtensionKey | None


def of_milestone(session: Session, milestone_id: int, known_until: datetime | None = None) -> MilestoneExtensions:
    """Return a milestone's requests as known before a moment (None: now); the caller checks the scope."""
    query = requests(known_until).where(col(ExtensionRequest.milestone_id) == milestone_id)
    rows = whole(session, query.order_by(col(ExtensionRequest.id).desc()), known_until)
    limit = sa.select(col(Plan.extension_limit)).join(Milestone).where(col(Milestone.id) == milestone_id)
    return MilestoneExtensions(rows, session.scalar(limit) or 0)


def show_extension(session: Session, scope: Scope, extension_id: int) -> ExtensionRow | None:
    """Return one request whole; None when it does not exist or lies out of scope."""
    query = requests().where(col(ExtensionRequest.id) == extension_id)
    return next(iter(whole(session, narrow(query, scope, LedgerFilter()))), None)


def list_extensions(
    session: Session, scope: Scope, wanted: ExtensionFilter, after: ExtensionKey | None = None
) -> ExtensionPage:
    """Return one page of the requests in scope."""
    waits = state_column().in_(sorted(WAITING))
    rank = sa.case((waits, 0), else_=1)
    place = sa.case((waits, col(ExtensionRequest.id)), else_=-col(ExtensionRequest.id))
    query = narrow(requests(), scope, LedgerFilter(plan_id=wanted.plan_id))
    if wanted.organization_id is not None:
        query = query.where(col(ExtensionRequest.organization_id) == wanted.organization_id)
    if wanted.state is not None:
        query = query.where(state_column() == wanted.state)
    if after is not None:
        query = query.where(sa.or_(rank > after.rank, sa.and_(rank == after.rank, place > after.place)))
    rows = whole(session, query.order_by(rank, place).limit(PAGE + 1))
    shown = rows[:PAGE]
    return ExtensionPage(shown, _key(shown[-1]) if len(rows) > PAGE else None)


def waiting_count(session: Session, scope: Scope) -> int:
    """Return how many requests in scope wait for a decision."""
    query = narrow(
        sa.select(sa.func.count())
        .select_from(ExtensionRequest)
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(ExtensionRequest.milestone_id)),
        scope,
        LedgerFilter(),
    )
    return session.scalar(query.where(state_column().in_(sorted(WAITING)))) or 0


def askers(session: Session, scope: Scope, plan_id: int | None) -> list[Choice]:
    """Return the units in scope that have asked for an extension (in one plan), by pinyin."""
    asked = narrow(
        sa.select(col(ExtensionRequest.organization_id)).join(
            MilestoneStanding, col(MilestoneStanding.milestone_id) == col(ExtensionRequest.milestone_id)
        ),
        scope,
        LedgerFilter(plan_id=plan_id),
    )
    query = sa.select(col(Organization.id), col(Organization.name)).where(col(Organization.id).in_(asked))
    ordered = query.order_by(col(Organization.sort_key), col(Organization.name))
    return [Choice(*row) for row in session.execute(ordered)]


def _key(row: ExtensionRow) -> ExtensionKey:
    return ExtensionKey(0, row.id) if row.waits else ExtensionKey(1, -row.id)
