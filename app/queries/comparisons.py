"""Two days of the ledger held against each other, milestone by milestone, in chunks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.comparisons import ChangeKind, Difference, Snapshot, compare
from app.domain.vocabulary import MilestoneKind, Standing, Timeliness, UnitRole
from app.models import Milestone, MilestoneStanding
from app.queries import facts
from app.queries.changes_since import altered, settled
from app.queries.milestones import GONE
from app.queries.past_milestones import PastMilestone, gone_since, milestones_on
from app.queries.past_plans import Record, record_of
from app.queries.unit_scope import readable_milestones

COMPARED_MOST = 10_000  # milestones that may differ, compared at most where no plan is chosen
Pair = tuple[PastMilestone | None, PastMilestone | None]


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A milestone that differs between two days, in the words of the later one; of the earlier one when it went.

    A standing is None where the milestone was not on record that day.
    """

    id: int
    plan: str
    plan_title: str
    clause: str
    title: str
    kind: MilestoneKind
    place: str
    responsible: tuple[str, ...]
    standing_before: Standing | None
    standing_after: Standing | None
    timeliness: Timeliness | None
    due_before: date | None
    due_after: date | None
    difference: Difference

    @property
    def has_page(self) -> bool:
        """Tell whether it is still on record."""
        return self.id < GONE


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two days; `too_many`: so much may differ that a plan has to be chosen first."""

    rows: tuple[ComparedRow, ...] = ()
    counts: Counter[ChangeKind] | None = None
    became_overdue: int = 0
    too_many: bool = False

    def of_kind(self, kind: ChangeKind) -> list[ComparedRow]:
        """Return the milestones of which this can be told, by plan, by the date in force, by id."""
        return [row for row in self.rows if kind in row.difference.kinds]


def compare_days(
    session: Session,
    scope: Scope,
    first_on: date,
    last_on: date,
    *,
    plan_id: int | None = None,
    unit_id: int | None = None,
) -> Comparison:
    """Compare the ledger at the end of two days, of a plan or a unit (on either day), as far as a person sees it."""
    before, after = record_of(session, first_on, scope, plan_id), record_of(session, last_on, scope, plan_id)
    ids = _may_differ(before, scope, plan_id)
    if len(ids) > COMPARED_MOST and plan_id is None:
        return Comparison(too_many=True)
    found = []
    for first, last in _pairs(before, after, ids, scope):
        told = compare(_snapshot(before, first), _snapshot(after, last))
        if told is not None and (
            unit_id is None or any(row is not None and row.names(unit_id) for row in (first, last))
        ):
            found.append(_row(after, first, last, told))
    found.sort(key=lambda row: (row.plan_title, row.due_after or row.due_before or date.min, row.id))
    counts = Counter(kind for row in found for kind in row.difference.kinds)
    return Comparison(tuple(found), counts, sum(row.difference.became_overdue for row in found))


def _may_differ(before: Record, scope: Scope, plan_id: int | None) -> list[int]:
    """Return the milestones that may stand otherwise than at the end of the earlier day.

    Left out is what stands now where it stood then, unless it only grows later: its days late go on.
    """
    row = MilestoneStanding
    query: sa.Select[Any] = sa.select(col(row.milestone_id)).join(Milestone, col(Milestone.id) == col(row.milestone_id))
    same = sa.and_(
        settled(before),
        col(row.standing) != Standing.OVERDUE,
        *(col(row.milestone_id).not_in(ids) for ids in altered(before)),
    )
    query = query.where(col(row.plan_id).in_(before.plans), ~same).order_by(col(row.milestone_id))
    if plan_id is None:
        query = query.limit(COMPARED_MOST + 1)
    if scope.organization_id is not None:
        query = query.where(col(row.milestone_id).in_(readable_milestones(scope.organization_id)))
    return list(before.session.scalars(query))


def _pairs(before: Record, after: Record, ids: Sequence[int], scope: Scope) -> Iterator[Pair]:
    """Yield milestones as they were at the end of either day; None: not on record, or not for this person's eyes."""
    for some in facts.chunks(ids):
        first, last = milestones_on(before, some), milestones_on(after, some)
        for milestone_id in some:
            yield _seen(before, first.get(milestone_id)), _seen(after, last.get(milestone_id))
    if scope.organization_id is None:
        first_gone, last_gone = ({(row.plan_id, row.key): row for row in _gone(record)} for record in (before, after))
        for key in dict.fromkeys((*first_gone, *last_gone)):
            yield first_gone.get(key), last_gone.get(key)


def _gone(record: Record) -> Iterator[PastMilestone]:
    yield from gone_since(record, record.in_force)


def _seen(record: Record, row: PastMilestone | None) -> PastMilestone | None:
    if row is None or not row.shown_to(record.readers) or record.plans[row.plan_id].issued_on > record.on:
        return None
    return row


def _snapshot(record: Record, row: PastMilestone | None) -> Snapshot | None:
    return None if row is None else Snapshot(record.on, row.finding)


def _row(record: Record, first: PastMilestone | None, last: PastMilestone | None, told: Difference) -> ComparedRow:
    row = last or first
    assert row is not None, "what is on record on neither day does not differ"
    plan = record.plans[row.plan_id]
    responsible = (unit.named_as for unit in row.units if unit.role is UnitRole.RESPONSIBLE)
    return ComparedRow(
        id=row.id,
        plan=plan.plan.slug,
        plan_title=plan.short_title,
        clause=row.clause,
        title=row.title,
        kind=row.kind,
        place=row.place_name,
        responsible=tuple(dict.fromkeys(responsible)),
        standing_before=first.finding.standing if first else None,
        standing_after=last.finding.standing if last else None,
        timeliness=last.finding.timeliness if last else None,
        due_before=first.finding.effective_due_on if first else None,
        due_after=last.finding.effective_due_on if last else None,
        difference=told,
    )
