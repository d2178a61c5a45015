"""What was due before tracking began and waits for a word, and the batches in which that word was given."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.vocabulary import DecisionKind, Standing
from app.models import (
    Account,
    DueDate,
    ExtensionRequest,
    Instruction,
    Milestone,
    MilestoneDecision,
    MilestoneStanding,
    Place,
    Plan,
)
from app.queries.milestones import LedgerFilter, narrow

MOST = 500  # milestones in one batch, and on one page
BATCHES = 20  # the latest ones on the page
SAID = (DecisionKind.CONFIRM_HISTORY, DecisionKind.TAKE_UP)
_LATER: tuple[Any, ...] = (DueDate, ExtensionRequest, Instruction)


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A milestone that waits for a word on what became of it."""

    id: int
    plan_title: str
    clause: str
    title: str
    place_name: str
    effective_due_on: date


@dataclass(frozen=True, slots=True)
class Waiting:
    """The oldest milestones that fit a filter, at most MOST of them, and how many fit."""

    rows: tuple[WaitingRow, ...]
    count: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What was said of how many milestones at once; `taken_back_by` None: it stands."""

    batch_id: str
    kind: DecisionKind
    recorded_at: datetime
    count: int
    author: str
    note: str
    plan_title: str
    taken_back_at: datetime | None = None
    taken_back_by: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What one decision of a batch said of one milestone."""

    decision_id: int
    milestone_id: int
    plan_id: int
    recorded_at: datetime


def waiting(session: Session, scope: Scope, wanted: LedgerFilter) -> Waiting:
    """Return the milestones in scope that nobody has said anything of, the oldest first."""
    matching = narrow(sa.select(col(MilestoneStanding.milestone_id)), scope, _unconfirmed(wanted))
    rows = session.execute(
        sa.select(
            col(Milestone.id),
            col(Plan.short_title),
            col(Milestone.clause),
            col(Milestone.title),
            col(Place.name),
            col(MilestoneStanding.effective_due_on),
        )
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .where(col(Milestone.id).in_(matching))
        .order_by(col(MilestoneStanding.effective_due_on), col(Milestone.id))
        .limit(MOST)
    )
    found = tuple(WaitingRow(*row) for row in rows)
    return Waiting(found, len(found) if len(found) < MOST else count_waiting(session, scope, wanted))


def count_waiting(session: Session, scope: Scope, wanted: LedgerFilter) -> int:
    """Count the milestones in scope that nobody has said anything of."""
    matching = narrow(sa.select(col(MilestoneStanding.milestone_id)), scope, _unconfirmed(wanted)).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(matching)) or 0


def _unconfirmed(wanted: LedgerFilter) -> LedgerFilter:
    return replace(wanted, standing=Standing.UNCONFIRMED)


def batches(session: Session, scope: Scope) -> tuple[BatchRow, ...]:
    """Return the latest batches in scope, the newest first, with who took them back."""
    decision = MilestoneDecision
    said = sa.func.max(col(decision.id)).label("last")
    query = (
        sa.select(
            col(decision.batch_id),
            col(decision.kind),
            sa.func.min(col(decision.recorded_at)),
            sa.func.count(),
            sa.func.min(col(Account.display_name)),
            sa.func.min(col(decision.note)),
            sa.func.min(col(Plan.short_title)),
        )
        .join(Account, col(Account.id) == col(decision.author_id))
        .join(Milestone, col(Milestone.id) == col(decision.milestone_id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .where(col(decision.batch_id).is_not(None), col(decision.kind).in_(SAID), *_in_scope(scope))
        .group_by(col(decision.batch_id), col(decision.kind))
        .order_by(said.desc())
        .limit(BATCHES)
    )
    found = [BatchRow(*row) for row in session.execute(query)]
    undone = taken_back(session, [row.batch_id for row in found])
    return tuple(
        replace(row, taken_back_at=undone[row.batch_id][0], taken_back_by=undone[row.batch_id][1])
        if row.batch_id in undone
        else row
        for row in found
    )


def _in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    return [] if scope.plan_id is None else [col(Milestone.plan_id) == scope.plan_id]


def taken_back(session: Session, batch_ids: Sequence[str]) -> dict[str, tuple[datetime, str]]:
    """Return when and by whom each of those batches was taken back."""
    if not batch_ids:
        return {}
    decision = MilestoneDecision
    query = (
        sa.select(
            col(decision.batch_id), sa.func.min(col(decision.recorded_at)), sa.func.min(col(Account.display_name))
        )
        .join(Account, col(Account.id) == col(decision.author_id))
        .where(col(decision.batch_id).in_(batch_ids), col(decision.kind) == DecisionKind.TAKE_BACK)
        .group_by(col(decision.batch_id))
    )
    return {batch_id: (at, by) for batch_id, at, by in session.execute(query)}


def said_in(session: Session, scope: Scope, batch_id: str) -> list[Said]:
    """Return what a batch said, by milestone; empty when there is no such batch in scope."""
    decision = MilestoneDecision
    query = (
        sa.select(col(decision.id), col(decision.milestone_id), col(Milestone.plan_id), col(decision.recorded_at))
        .join(Milestone, col(Milestone.id) == col(decision.milestone_id))
        .where(col(decision.batch_id) == batch_id, col(decision.kind).in_(SAID), *_in_scope(scope))
        .order_by(col(decision.milestone_id))
    )
    return [Said(*row) for row in session.execute(query)]


def with_later_facts(session: Session, said: Sequence[Said]) -> set[int]:
    """Return the milestones whose date was moved, or asked to be, or that a leader wrote on, since a batch.

    Reports and decisions are not looked for: they are with the facts of a milestone.
    """
    ids, since = [item.milestone_id for item in said], min(item.recorded_at for item in said)
    found: set[int] = set()
    for fact in _LATER:
        query = sa.select(col(fact.milestone_id)).where(col(fact.milestone_id).in_(ids), col(fact.recorded_at) > since)
        found |= set(session.scalars(query))
    return found


def titles(session: Session, milestone_ids: Collection[int]) -> list[str]:
    """Return the titles of milestones in the order of their ids."""
    query = sa.select(col(Milestone.title)).where(col(Milestone.id).in_(milestone_ids))
    return list(session.scalars(query.order_by(col(Milestone.id))))
