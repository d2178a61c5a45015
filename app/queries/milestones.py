"""Reads of milestones for the ledger: filtered, sorted and paged in SQL on the projection."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.deadlines import days_late
from app.domain.vocabulary import MilestoneKind, Precision, Standing, Timeliness, UnitRole
from app.models import Milestone, MilestoneStanding, MilestoneUnit, Organization, Place, Plan
from app.queries.unit_scope import readable_milestones

PAGE = 50
COUNT_LIMIT = 10_000
GONE = 1_000_000_000  # ids from here on stand for milestones deleted since a past day: no row has them, and no page
Sort = Literal["due", "-due"]


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """What the ledger is narrowed to; None and empty do not narrow. `year` is that of the effective due date."""

    plan_id: int | None = None
    place_id: int | None = None
    unit_id: int | None = None
    standing: Standing | None = None
    year: int | None = None
    kind: MilestoneKind | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the ledger: the row to go on from, and whether to go on forwards or back."""

    due_on: date
    milestone_id: int
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit bound to a milestone; `named_as` is the word of the text."""

    organization_id: int
    name: str
    short_name: str
    role: UnitRole
    named_as: str


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A line of the ledger."""

    units: tuple[UnitRow, ...]
    id: int
    plan_slug: str
    plan_title: str
    clause: str
    title: str
    kind: MilestoneKind
    place_name: str
    due_on: date
    due_phrase: str
    due_precision: Precision
    effective_due_on: date
    standing: Standing
    timeliness: Timeliness | None
    clock_stopped_on: date | None
    progress_pct: Decimal | None
    reported_on: date | None
    claim_pending: bool
    original_timeliness: Timeliness | None

    @property
    def has_page(self) -> bool:
        """Tell whether it is still on record; one deleted since a past day is not."""
        return self.id < GONE

    @property
    def responsible(self) -> list[str]:
        """Who answers for it in the text's own words, a group by its name, the leading one first."""
        return list(dict.fromkeys(unit.named_as for unit in self.units if unit.role is UnitRole.RESPONSIBLE))

    def days_late(self, today: date) -> int:
        """Return days past the effective due date."""
        return days_late(self.effective_due_on, self.clock_stopped_on or today)

    def days_late_originally(self, today: date) -> int:
        """Return days past the original due date."""
        return days_late(self.due_on, self.clock_stopped_on or today)


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A page of the ledger; `count` stops at COUNT_LIMIT, cursors are None at the ends."""

    rows: tuple[LedgerRow, ...]
    count: int
    previous: Cursor | None
    next: Cursor | None

    @property
    def count_is_capped(self) -> bool:
        """Tell whether there are more rows than were counted."""
        return self.count > COUNT_LIMIT


def list_milestones(
    session: Session, scope: Scope, wanted: LedgerFilter, *, sort: Sort = "due", cursor: Cursor | None = None
) -> LedgerPage:
    """Return one page of the ledger in scope: at most four statements, however many rows there are."""
    matching = narrow(sa.select(col(MilestoneStanding.milestone_id)), scope, wanted)
    all_matching = matching
    descending = (sort == "-due") != (cursor is not None and cursor.backwards)
    key = (col(MilestoneStanding.effective_due_on), col(MilestoneStanding.milestone_id))
    if cursor is not None:
        # Written out, as a row comparison keeps SQLite from using the index for both directions.
        after_day = key[0] < cursor.due_on if descending else key[0] > cursor.due_on
        after_id = key[1] < cursor.milestone_id if descending else key[1] > cursor.milestone_id
        at_most = key[0] <= cursor.due_on if descending else key[0] >= cursor.due_on
        matching = matching.where(at_most, sa.or_(after_day, after_id))
    order = [column.desc() if descending else column.asc() for column in key]
    ids = [row.milestone_id for row in session.execute(matching.order_by(*order).limit(PAGE + 1))]
    more, ids = len(ids) > PAGE, ids[:PAGE]
    if cursor is not None and cursor.backwards:
        ids.reverse()
    # A text is looked for row by row: where one page holds all, nothing is walked a second time to count it.
    count = len(ids) if cursor is None and not more else _count(session, all_matching)
    rows = _rows(session, ids)
    backwards = cursor is not None and cursor.backwards
    return LedgerPage(
        rows=rows,
        count=count,
        previous=_cursor(rows[0], backwards=True) if rows and (more if backwards else cursor is not None) else None,
        next=_cursor(rows[-1]) if rows and (True if backwards else more) else None,
    )


def _count(session: Session, matching: sa.Select[Any]) -> int:
    """Count the matching milestones, but not beyond COUNT_LIMIT + 1."""
    counted = matching.limit(COUNT_LIMIT + 1).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0


def narrow(query: sa.Select[Any], scope: Scope, wanted: LedgerFilter) -> sa.Select[Any]:
    """Add the conditions of scope and filter to a select on the projection."""
    standing = MilestoneStanding
    conditions: list[sa.ColumnElement[bool]] = []
    for column, value in (
        (col(standing.plan_id), wanted.plan_id),
        (col(standing.place_id), wanted.place_id),
        (col(standing.standing), wanted.standing),
        (col(standing.kind), wanted.kind),
        (col(standing.plan_id), scope.plan_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.year is not None:
        conditions.append(col(standing.effective_due_on).between(date(wanted.year, 1, 1), date(wanted.year, 12, 31)))
    if wanted.unit_id is not None:
        conditions.append(_bound_to(wanted.unit_id))
    if scope.organization_id is not None:
        conditions.append(col(standing.milestone_id).in_(readable_milestones(scope.organization_id)))
    if wanted.text:
        title = sa.select(col(Milestone.id)).where(
            col(Milestone.id) == col(standing.milestone_id),
            sa.or_(
                col(Milestone.title).icontains(wanted.text, autoescape=True),
                col(Milestone.clause).istartswith(wanted.text, autoescape=True),
            ),
        )
        conditions.append(title.exists())
    return query.where(*conditions)


def _bound_to(organization_id: int) -> sa.ColumnElement[bool]:
    # IN, not EXISTS: the unit's own milestones are few, where walking the ledger for them may read all of it.
    bound = sa.select(col(MilestoneUnit.milestone_id)).where(col(MilestoneUnit.organization_id) == organization_id)
    return col(MilestoneStanding.milestone_id).in_(bound)


def _cursor(row: LedgerRow, *, backwards: bool = False) -> Cursor:
    return Cursor(row.effective_due_on, row.id, backwards)


def _rows(session: Session, ids: Sequence[int]) -> tuple[LedgerRow, ...]:
    """Return the ledger lines of the given milestones, in that order."""
    units = units_of(session, ids)
    query = (
        sa.select(
            col(Milestone.id),
            col(Plan.slug),
            col(Plan.short_title),
            col(Milestone.clause),
            col(Milestone.title),
            col(Milestone.kind),
            col(Place.name),
            col(MilestoneStanding.original_due_on),
            col(Milestone.due_phrase),
            col(Milestone.due_precision),
            col(MilestoneStanding.effective_due_on),
            col(MilestoneStanding.standing),
            col(MilestoneStanding.timeliness),
            col(MilestoneStanding.clock_stopped_on),
            col(MilestoneStanding.progress_pct),
            col(MilestoneStanding.reported_on),
            col(MilestoneStanding.claim_pending),
            col(MilestoneStanding.original_timeliness),
        )
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .where(col(Milestone.id).in_(ids))
    )
    found = {row[0]: LedgerRow(tuple(units.get(row[0], ())), *row) for row in session.execute(query)}
    return tuple(found[milestone_id] for milestone_id in ids)


def units_of(session: Session, ids: Sequence[int]) -> dict[int, list[UnitRow]]:
    """Return the units of milestones: responsible ones first, the leading one at the head."""
    rows = session.execute(
        sa.select(
            col(MilestoneUnit.milestone_id),
            col(Organization.id),
            col(Organization.name),
            col(Organization.short_name),
            col(MilestoneUnit.role),
            col(MilestoneUnit.named_as),
        )
        .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
        .where(col(MilestoneUnit.milestone_id).in_(ids))
        .order_by(col(MilestoneUnit.role), col(MilestoneUnit.position))
    )
    found: dict[int, list[UnitRow]] = defaultdict(list)
    for milestone_id, *values in rows:
        found[milestone_id].append(UnitRow(*values))
    return found
