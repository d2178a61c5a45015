"""What a unit owes in the open periods: every expected report with its draft, its state and the last report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.access import Scope
from app.domain.deadlines import scheduled_pct
from app.domain.periods import OwedState
from app.domain.vocabulary import ExpectedKind, Standing
from app.models import (
    Account,
    ExpectedReport,
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    Place,
    Plan,
    ReportDraft,
)
from app.queries import facts
from app.queries.expected_reports import Counts, PeriodRow, answers, counted, joined, open_periods, periods_of, state_of
from app.queries.last_reports import LastReport, last_reports, review_notes

PAGE = 50


@dataclass(frozen=True, slots=True)
class OwedFilter:
    """What the list is narrowed to; None does not narrow."""

    state: OwedState | None = None
    period_id: int | None = None


@dataclass(frozen=True, slots=True)
class OwedRow:
    """An expected report; `report_id` answers it, `first_at` is when one was first handed in; None: never.

    `draft_version` None: nothing is written. `note` is the reviewer's when it was returned.
    """

    id: int
    kind: ExpectedKind
    milestone_id: int
    organization_id: int
    plan_title: str
    clause: str
    title: str
    place_name: str
    start_on: date
    effective_due_on: date
    standing: Standing
    progress_pct: Decimal | None
    report_id: int | None
    first_at: datetime | None
    state: OwedState
    draft_version: int | None
    draft_changed_at: datetime | None
    draft_author: str | None
    period: PeriodRow
    scheduled_pct: Decimal = Decimal(0)
    last: LastReport | None = None
    note: str | None = None

    @property
    def mark(self) -> str:
        """Return what a form carries of the state it was opened in, so that a change meanwhile is noticed."""
        return mark_of(self.report_id, self.draft_version, self.draft_changed_at)

    def is_late(self, today: date) -> bool:
        """Tell whether the first report came after the timely day, or none came and that day has passed."""
        if self.first_at is not None:
            return self.first_at >= day_end(self.period.timely_until_on)
        return self.state is not OwedState.NOT_NEEDED and today > self.period.timely_until_on


@dataclass(frozen=True, slots=True)
class OwedList:
    """A page of what is owed, counts over all of it by period id, and which page this is of how many rows."""

    rows: tuple[OwedRow, ...]
    periods: tuple[PeriodRow, ...]
    counts: dict[int, Counts]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))

    def total(self, state: OwedState, periods: Sequence[PeriodRow] | None = None) -> int:
        """Return how many rows of the given periods stand so; None: of all open ones."""
        return sum(
            self.counts[period.id].states[state] for period in self.periods if periods is None or period in periods
        )


def mark_of(report_id: int | None, version: int | None, changed_at: datetime | None) -> str:
    """Return the mark of a row: the report that answers it, and the draft's version and moment."""
    return f"{report_id or 0}.{version or 0}.{changed_at:%Y%m%d%H%M%S%f}" if changed_at else f"{report_id or 0}.0"


def list_owed(
    session: Session, scope: Scope, wanted: OwedFilter, today: date, *, number: int = 1, limit: int | None = PAGE
) -> OwedList:
    """Return a page of what the unit (or the office, where no unit is named) owes; `limit` None: all of it."""
    periods = open_periods(session, scope, today)
    own = of_scope(scope)
    counts = counted(session, periods, *own, by=col(ExpectedReport.period_id), drafts=True) if periods else {}
    chosen = [item for item in periods if wanted.period_id in (None, item.id)]
    states = [wanted.state] if wanted.state else list(OwedState)
    count = sum(counts[item.id].states[state] for item in chosen if item.id in counts for state in states)
    number = max(1, min(number, -(-count // PAGE))) if limit else 1
    rows: list[OwedRow] = []
    if count:
        query = _rows(chosen, own, wanted.state)
        if limit:
            query = query.limit(limit).offset((number - 1) * limit)
        rows = _described(session, session.execute(query).all(), {item.id: item for item in periods}, today)
    return OwedList(tuple(rows), tuple(item for item in periods if item.id in counts), counts, count, number)


def owed(session: Session, scope: Scope, expected_ids: Sequence[int], today: date) -> list[OwedRow]:
    """Return those of the given expected reports that are the person's own, in whichever period, open or closed."""
    rows: list[OwedRow] = []
    for start in range(0, len(expected_ids), facts.CHUNK):
        some = col(ExpectedReport.id).in_(expected_ids[start : start + facts.CHUNK])
        periods = {item.id: item for item in periods_of(session, scope, some, today)}
        if periods:
            query = _rows(list(periods.values()), [*of_scope(scope), some], None)
            rows += _described(session, session.execute(query).all(), periods, today)
    return rows


def of_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on ExpectedReport that it is the person's own: the unit's, or the plan's office's."""
    expected = ExpectedReport
    if scope.organization_id is None:
        of_office = sa.exists().where(
            col(Plan.office_id) == col(expected.organization_id),
            col(Plan.id) == scope.plan_id,
            col(Milestone.id) == col(expected.milestone_id),
            col(Milestone.plan_id) == col(Plan.id),
        )
        return [of_office.correlate(ExpectedReport)]
    bound = sa.exists().where(
        col(MilestoneUnit.milestone_id) == col(expected.milestone_id),
        col(MilestoneUnit.organization_id) == scope.organization_id,
    )
    # What the office owes where no unit is named is not the unit's, though both be one organization.
    of_office = sa.exists().where(
        col(Milestone.id) == col(expected.milestone_id),
        col(Plan.id) == col(Milestone.plan_id),
        col(Plan.office_id) == scope.organization_id,
    )
    return [
        col(expected.organization_id) == scope.organization_id,
        sa.or_(bound, ~of_office.correlate(ExpectedReport)),
    ]


def _rows(
    periods: Sequence[PeriodRow], own: Sequence[sa.ColumnElement[bool]], state: OwedState | None
) -> sa.Select[Any]:
    narrowed = (col(ExpectedReport.period_id).in_([period.id for period in periods]), *own)
    answer = answers(*narrowed)
    stands = state_of(drafts=True)
    columns: list[Any] = [
        col(ExpectedReport.period_id),
        col(ExpectedReport.id),
        col(ExpectedReport.kind),
        col(ExpectedReport.milestone_id),
        col(ExpectedReport.organization_id),
        col(Plan.short_title),
        col(Milestone.clause),
        col(Milestone.title),
        col(Place.name),
        col(Milestone.start_on),
        col(MilestoneStanding.effective_due_on),
        col(MilestoneStanding.standing),
        col(MilestoneStanding.progress_pct),
        answer.c.report_id,
        answer.c.first_at,
        stands.label("state"),
        col(ReportDraft.version),
        col(ReportDraft.changed_at),
        col(Account.display_name),
    ]
    query = (
        joined(sa.select(*columns), answer, drafts=True)
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .outerjoin(Account, col(Account.id) == col(ReportDraft.author_id))
        .where(*narrowed)
    )
    if state is not None:
        query = query.where(stands == state.value)
    order = {period.id: place for place, period in enumerate(periods)}
    return query.order_by(
        sa.case(order, value=col(ExpectedReport.period_id)),
        col(MilestoneStanding.effective_due_on),
        col(Milestone.position),
        col(ExpectedReport.id),
    )


def _described(session: Session, found: Sequence[Any], periods: dict[int, PeriodRow], today: date) -> list[OwedRow]:
    """Return rows with what the unit reported last, what the reviewer said and the scheduled progress."""
    rows = []
    for period_id, *values in found:
        pieces: tuple[Any, ...] = (*values[:14], OwedState(values[14]), *values[15:], periods[period_id])
        rows.append(OwedRow(*pieces))
    answering = [row.report_id for row in rows if row.report_id]
    last = last_reports(session, {(row.milestone_id, row.organization_id) for row in rows}, answering)
    notes = review_notes(session, answering)
    points = facts.schedules(session, [row.milestone_id for row in rows])
    return [
        replace(
            row,
            scheduled_pct=scheduled_pct(
                row.start_on,
                row.effective_due_on,
                min(today, row.period.last_on),
                points.get(row.milestone_id, ()),
            ),
            last=last.get(row.milestone_id),
            note=notes.get(row.report_id or 0),
        )
        for row in rows
    ]
