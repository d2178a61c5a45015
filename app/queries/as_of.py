"""The ledger of a past day: what was known and true at its end, with the filters, order and pages of today's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.models import Milestone, MilestoneStanding
from app.queries import facts
from app.queries.changes_since import altered, back_then, settled
from app.queries.milestones import COUNT_LIMIT, GONE, PAGE, Cursor, LedgerFilter, LedgerRow, Sort, narrow
from app.queries.past_milestones import PastMilestone, gone_since, milestones_on
from app.queries.past_plans import PastPlan, Record, record_of
from app.queries.unit_scope import readable_milestones

JUDGED_MOST = 10_000  # milestones judged at most for one page over all plans


class Place(NamedTuple):
    """Where a milestone comes in the ledger."""

    due_on: date
    id: int


@dataclass(frozen=True, slots=True)
class PastPage:
    """A page of the ledger of a past day; `count` stops at COUNT_LIMIT, cursors are None at the ends.

    `not_yet` is the plan asked for that had not been issued by then. `too_many`: a standing was asked for over so many
    plans that it cannot be judged in time, so nothing is shown.
    """

    rows: tuple[LedgerRow, ...] = ()
    count: int = 0
    previous: Cursor | None = None
    next: Cursor | None = None
    not_yet: PastPlan | None = None
    too_many: bool = False

    @property
    def count_is_capped(self) -> bool:
        """Tell whether there are more rows than were counted."""
        return self.count > COUNT_LIMIT


def list_milestones_on(
    session: Session,
    scope: Scope,
    wanted: LedgerFilter,
    on: date,
    *,
    sort: Sort = "due",
    cursor: Cursor | None = None,
) -> PastPage:
    """Return one page of the ledger as it stood at the end of a past day.

    What did not change since is filtered and sorted by SQL on today's projection; what did is read back and judged.
    A unit sees what names it today and named it then.
    """
    record = record_of(session, on, scope, wanted.plan_id)
    asked = record.plans.get(wanted.plan_id or 0)
    if asked is not None and asked.plan.id not in record.in_force:
        return PastPage(not_yet=asked)
    ledger = _Ledger(record, scope, wanted)
    if ledger.too_many():
        return PastPage(too_many=True)
    backwards = cursor is not None and cursor.backwards
    descending = (sort == "-due") != backwards
    read_back = list(ledger.read_back())
    places = ledger.unchanged(cursor, descending) + [item for item in read_back if _follows(item, cursor, descending)]
    places = sorted(places, reverse=descending)[: PAGE + 1]
    more, places = len(places) > PAGE, places[:PAGE]
    if backwards:
        places.reverse()
    count = len(places) if cursor is None and not more else ledger.count() + len(read_back)
    ends = [(item.due_on, item.id) for item in places]
    return PastPage(
        rows=ledger.rows(places),
        count=count,
        previous=Cursor(*ends[0], backwards=True) if ends and (more if backwards else cursor is not None) else None,
        next=Cursor(*ends[-1]) if ends and (True if backwards else more) else None,
    )


def every_milestone(record: Record, scope: Scope, plan_id: int) -> Iterator[PastMilestone]:
    """Yield all milestones of a plan that were on record that day and that a person sees, in chunks."""
    if plan_id not in record.in_force:
        return
    query: Any = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == plan_id, *_bound_today(scope))
    ids = list(record.session.scalars(query.order_by(col(Milestone.position), col(Milestone.id))))
    for some in facts.chunks(ids):
        yield from (row for row in milestones_on(record, some).values() if row.shown_to(record.readers))
    if scope.organization_id is None:
        yield from gone_since(record, [plan_id])


def ledger_row(record: Record, row: PastMilestone) -> LedgerRow:
    """Return a milestone of a past day as a line of the ledger."""
    plan, finding = record.plans[row.plan_id], row.finding
    return LedgerRow(
        units=row.units,
        id=row.id,
        plan_slug=plan.plan.slug,
        plan_title=plan.short_title,
        clause=row.clause,
        title=row.title,
        kind=row.kind,
        place_name=row.place_name,
        due_on=row.due_on,
        due_phrase=row.due_phrase,
        due_precision=row.due_precision,
        effective_due_on=finding.effective_due_on,
        standing=finding.standing,
        timeliness=finding.timeliness,
        clock_stopped_on=finding.clock_stopped_on,
        progress_pct=finding.progress_pct,
        reported_on=finding.reported_on,
        claim_pending=finding.claim_pending,
        original_timeliness=finding.original_timeliness,
    )


class _Ledger:
    """The ledger of a day for one person and filter: what SQL finds as it is, and what has to be read back."""

    def __init__(self, record: Record, scope: Scope, wanted: LedgerFilter) -> None:
        self.record, self.scope, self.wanted = record, scope, wanted
        self.session = record.session

    def too_many(self) -> bool:
        """Tell whether a standing is asked for over more milestones than one request can judge."""
        narrowed = (self.wanted.plan_id, self.wanted.unit_id, self.scope.plan_id, self.scope.organization_id)
        if self.wanted.standing is None or any(item is not None for item in narrowed):
            return False
        query = self._unsettled(sa.select(col(MilestoneStanding.milestone_id))).limit(JUDGED_MOST + 1)
        return (self.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0) > JUDGED_MOST

    def unchanged(self, cursor: Cursor | None, descending: bool) -> list[Place]:
        """Return the first places after a cursor of what stands as it stood then."""
        due_on, row_id = col(MilestoneStanding.effective_due_on), col(MilestoneStanding.milestone_id)
        query = self._as_now(sa.select(due_on, row_id))
        if cursor is not None:
            after_day = due_on < cursor.due_on if descending else due_on > cursor.due_on
            after_id = row_id < cursor.milestone_id if descending else row_id > cursor.milestone_id
            at_most = due_on <= cursor.due_on if descending else due_on >= cursor.due_on
            query = query.where(at_most, sa.or_(after_day, after_id))
        order = [column.desc() if descending else column.asc() for column in (due_on, row_id)]
        return [Place(*row) for row in self.session.execute(query.order_by(*order).limit(PAGE + 1))]

    def count(self) -> int:
        """Count what stands as it stood then, but not beyond COUNT_LIMIT + 1."""
        counted = self._as_now(sa.select(col(MilestoneStanding.milestone_id))).limit(COUNT_LIMIT + 1).subquery()
        return self.session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0

    def read_back(self) -> Iterator[Place]:
        """Yield the places of what was otherwise, as far as it fits the filter."""
        ids: list[int] = list(self.session.scalars(self._in_scope(back_then(self.record))))
        if self.wanted.standing is not None:
            ids += self.session.scalars(self._unsettled(sa.select(col(MilestoneStanding.milestone_id))))
        for some in facts.chunks(ids):
            yield from (_place(row) for row in milestones_on(self.record, some).values() if self._fits(row))
        if self.scope.organization_id is None:
            yield from (_place(row) for row in gone_since(self.record, self.record.in_force) if self._fits(row))

    def rows(self, places: Sequence[Place]) -> tuple[LedgerRow, ...]:
        """Return the lines of a page."""
        found = milestones_on(self.record, [item.id for item in places if item.id < GONE])
        if gone := [item.id - GONE for item in places if item.id >= GONE]:
            found |= {row.id: row for row in gone_since(self.record, self.record.in_force, gone)}
        return tuple(ledger_row(self.record, found[item.id]) for item in places)

    def _as_now(self, query: sa.Select[*tuple[Any, ...]]) -> sa.Select[Any]:
        query = self._unaltered(query, self.wanted)
        return query if self.wanted.standing is None else query.where(settled(self.record))

    def _unsettled(self, query: sa.Select[Any]) -> sa.Select[Any]:
        wanted = self.wanted
        anything = LedgerFilter(wanted.plan_id, wanted.place_id, wanted.unit_id, None, wanted.year, wanted.kind)
        return self._unaltered(query, anything).where(~settled(self.record))

    def _unaltered(self, query: sa.Select[Any], wanted: LedgerFilter) -> sa.Select[Any]:
        query = narrow(query, self.scope, wanted)
        for ids in altered(self.record):
            query = query.where(col(MilestoneStanding.milestone_id).not_in(ids))
        if early := [plan_id for plan_id in self.record.plans if plan_id not in self.record.in_force]:
            query = query.where(col(MilestoneStanding.plan_id).not_in(early))
        return query

    def _in_scope(self, query: sa.Select[Any]) -> sa.Select[Any]:
        return query.where(col(Milestone.plan_id).in_(self.record.in_force), *_bound_today(self.scope))

    def _fits(self, row: PastMilestone) -> bool:
        wanted, finding = self.wanted, row.finding
        text = wanted.text.lower()
        return (
            row.shown_to(self.record.readers)
            and wanted.place_id in (None, row.place_id)
            and (wanted.unit_id is None or row.names(wanted.unit_id))
            and wanted.standing in (None, finding.standing)
            and wanted.year in (None, finding.effective_due_on.year)
            and wanted.kind in (None, row.kind)
            and (text in row.title.lower() or row.clause.lower().startswith(text))
        )


def _place(row: PastMilestone) -> Place:
    return Place(row.finding.effective_due_on, row.id)


def _follows(place: Place, cursor: Cursor | None, descending: bool) -> bool:
    if cursor is None:
        return True
    at = Place(cursor.due_on, cursor.milestone_id)
    return place < at if descending else place > at


def _bound_today(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the condition that a unit may see the milestone now."""
    if scope.organization_id is None:
        return []
    return [col(Milestone.id).in_(readable_milestones(scope.organization_id))]
