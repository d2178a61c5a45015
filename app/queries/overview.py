"""What the overview shows: what needs attention, what falls due, and the standing of every plan."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.deadlines import Points, days_late, lag_pp
from app.domain.standing import SEVERELY_BEHIND_PP
from app.domain.vocabulary import Role, Standing, UnitRole
from app.models import Account, Milestone, MilestoneStanding, MilestoneUnit, Place, Plan
from app.queries import facts
from app.queries.plans import OPEN, in_scope

HORIZON_DAYS = 90
SHOWN = 8
BEHIND_READ = 200  # rows behind schedule that are judged for severity, the nearest due first


class Part(StrEnum):
    """The lists of the overview."""

    OVERDUE = "overdue"
    REGRESSED = "regressed"
    CLAIMED = "claimed"
    BEHIND = "behind"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """A milestone in one of the lists; `unit` as the document names the leading one, None where it names none."""

    id: int
    plan_title: str
    clause: str
    title: str
    place_name: str
    unit: str | None
    start_on: date
    effective_due_on: date
    standing: Standing
    since: date
    clock_stopped_on: date | None
    progress_pct: Decimal | None
    reported_on: date | None
    claim_pending: bool
    original_due_on: date
    schedule: Points = ()

    def days_late(self, today: date) -> int:
        """Return days past the effective due date."""
        return days_late(self.effective_due_on, self.clock_stopped_on or today)

    def days_late_originally(self, today: date) -> int:
        """Return days past the original due date."""
        return days_late(self.original_due_on, self.clock_stopped_on or today)

    def gap_pp(self, today: date) -> Decimal:
        """Return by how many percentage points reported progress trails the schedule; nothing reported: 0."""
        return lag_pp(self.start_on, self.effective_due_on, self.progress_pct, today, self.schedule) or Decimal(0)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the next 90 days: how many milestones fall due in it, and the first of them."""

    first_on: date
    number: int
    rows: tuple[AttentionRow, ...]

    @property
    def name(self) -> str:
        """Return the month as 2026-11."""
        return self.first_on.isoformat()[:7]


@dataclass(frozen=True, slots=True)
class Attention:
    """The lists of the overview, each at most SHOWN long (`next_rows` twice that)."""

    overdue: tuple[AttentionRow, ...]
    regressed: tuple[AttentionRow, ...]
    claimed: tuple[AttentionRow, ...]
    severe: tuple[AttentionRow, ...]
    next_rows: tuple[AttentionRow, ...]


def attention(session: Session, scope: Scope, plan_ids: Sequence[int], today: date) -> Attention:
    """Return every list of the overview for the given plans (those in scope) in one statement."""
    parts = [_part(part, scope, limit, conditions) for part, limit, conditions in _wanted(plan_ids, today) if plan_ids]
    found: dict[str, list[AttentionRow]] = defaultdict(list)
    if parts:
        for part, *values in session.execute(_described(sa.union_all(*parts).subquery())):
            found[part].append(AttentionRow(*values))
    own = facts.schedules(session, [row.id for row in found[Part.BEHIND]]) if found[Part.BEHIND] else {}
    behind = [replace(row, schedule=own.get(row.id, ())) for row in found[Part.BEHIND]]
    severe = [row for row in behind if row.gap_pp(today) > SEVERELY_BEHIND_PP]
    severe.sort(key=lambda row: (-row.gap_pp(today), row.id))
    return Attention(
        overdue=tuple(found[Part.OVERDUE]),
        regressed=tuple(found[Part.REGRESSED]),
        claimed=tuple(found[Part.CLAIMED]),
        severe=tuple(severe[:SHOWN]),
        next_rows=tuple(found[Part.NEXT]),
    )


def _wanted(plan_ids: Sequence[int], today: date) -> list[tuple[Part, int, list[sa.ColumnElement[bool]]]]:
    row = MilestoneStanding
    standing = col(row.standing)
    # Naming the plans and the timeliness lets the claims be found in the index of the tally, however many are overdue.
    claimed: list[sa.ColumnElement[bool]] = [
        col(row.plan_id).in_(plan_ids),
        standing.in_((Standing.AWAITING_VERIFICATION, Standing.OVERDUE)),
        col(row.timeliness).is_(None),
        col(row.claim_pending) == sa.true(),
    ]
    soon: list[sa.ColumnElement[bool]] = [
        standing.in_(OPEN),
        col(row.effective_due_on).between(today, today + timedelta(days=HORIZON_DAYS)),
    ]
    return [
        (Part.OVERDUE, SHOWN, [standing == Standing.OVERDUE]),
        (Part.REGRESSED, SHOWN, [standing == Standing.REGRESSED]),
        (Part.CLAIMED, SHOWN, claimed),
        (Part.BEHIND, BEHIND_READ, [standing == Standing.BEHIND]),
        (Part.NEXT, 2 * SHOWN, soon),
    ]


def _part(part: Part, scope: Scope, limit: int, conditions: list[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    row = MilestoneStanding
    chosen = (
        sa.select(sa.literal(part.value).label("part"), col(row.milestone_id).label("id"))
        .where(*conditions, *in_scope(scope))
        .order_by(col(row.effective_due_on), col(row.milestone_id))
        .limit(limit)
        .subquery()
    )
    return sa.select(chosen.c.part, chosen.c.id)


def _described(chosen: sa.Subquery) -> sa.Select[Any]:
    row = MilestoneStanding
    leading = (
        sa.select(col(MilestoneUnit.named_as))
        .where(col(MilestoneUnit.milestone_id) == chosen.c.id, col(MilestoneUnit.role) == UnitRole.RESPONSIBLE)
        .order_by(col(MilestoneUnit.position))
        .limit(1)
        .scalar_subquery()
    )
    return (
        sa.select(
            chosen.c.part,
            col(Milestone.id),
            col(Plan.short_title),
            col(Milestone.clause),
            col(Milestone.title),
            col(Place.name),
            leading,
            col(Milestone.start_on),
            col(row.effective_due_on),
            col(row.standing),
            col(row.since),
            col(row.clock_stopped_on),
            col(row.progress_pct),
            col(row.reported_on),
            col(row.claim_pending),
            col(row.original_due_on),
        )
        .join(row, col(row.milestone_id) == chosen.c.id)
        .join(Milestone, col(Milestone.id) == chosen.c.id)
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .order_by(col(row.effective_due_on), col(Milestone.id))
    )


def months(session: Session, scope: Scope, rows: Sequence[AttentionRow], today: date) -> list[Month]:
    """Return the months of the next 90 days in which something open falls due, with the rows given."""
    due = col(MilestoneStanding.effective_due_on)
    query = (
        sa.select(due, sa.func.count())
        .where(
            col(MilestoneStanding.standing).in_(OPEN),
            due.between(today, today + timedelta(days=HORIZON_DAYS)),
            *in_scope(scope),
        )
        .group_by(due)
        .order_by(due)
    )
    counts: dict[date, int] = defaultdict(int)
    for day, count in session.execute(query):
        counts[day.replace(day=1)] += count
    return [
        Month(first, count, tuple(row for row in rows if row.effective_due_on.replace(day=1) == first))
        for first, count in counts.items()
    ]


def has_office(session: Session) -> bool:
    """Tell whether any office account exists yet: without one nobody can work on a plan."""
    query = sa.select(col(Account.id)).where(col(Account.role) == Role.OFFICE).limit(1)
    return session.scalar(query) is not None
