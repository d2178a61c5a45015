"""Early warnings: which running milestones will miss their date at their pace, and of which nothing can be said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.deadlines import Points, scheduled_pct
from app.domain.forecasts import (
    DEMANDS,
    Confidence,
    ForecastFinding,
    confidence_on,
    forecast,
    fresh_since,
    needed_pp,
    performance_index,
)
from app.domain.vocabulary import Standing, UnitRole
from app.models import Milestone, MilestoneForecast, MilestoneStanding, Place, Plan
from app.queries import facts
from app.queries.milestones import COUNT_LIMIT, LedgerFilter, UnitRow, narrow, units_of

PAGE = 50
# Running milestones that owe progress; one that has not begun owes none yet.
_RUNNING = (Standing.ON_TRACK, Standing.DUE_SOON, Standing.BEHIND)


class WarningKey(NamedTuple):
    """Where a page of the list ends."""

    misses_by_days: int
    milestone_id: int


@dataclass(frozen=True, slots=True)
class WarningFilter:
    """What the list is narrowed to; None does not narrow."""

    plan_id: int | None = None
    unit_id: int | None = None
    confidence: Confidence | None = None

    @property
    def ledger(self) -> LedgerFilter:
        """The same as a filter of the ledger."""
        return LedgerFilter(plan_id=self.plan_id, unit_id=self.unit_id)


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """What both lists say of a milestone; `reported_on` None: nothing is reported."""

    id: int
    plan_slug: str
    plan_title: str
    clause: str
    title: str
    place_name: str
    standing: Standing
    start_on: date
    original_due_on: date
    effective_due_on: date
    reported_on: date | None


@dataclass(frozen=True, slots=True)
class WarningRow:
    """A milestone that will miss its date; `confidence` and `scheduled` (percent) are those of the day of reading."""

    milestone: MilestoneLine
    units: tuple[UnitRow, ...]
    finding: ForecastFinding
    confidence: Confidence
    scheduled: Decimal
    schedule: Points

    @property
    def id(self) -> int:
        """The milestone's id."""
        return self.milestone.id

    @property
    def responsible(self) -> list[str]:
        """Who answers for it in the text's own words, the leading one first."""
        return responsible_of(self.units)

    @property
    def index(self) -> Decimal | None:
        """Reported over scheduled progress; None: nothing is scheduled yet."""
        return performance_index(self.finding.share_pct, self.scheduled)

    @property
    def misses_original_by_days(self) -> int | None:
        """By how many days it will miss the original date; None: the pace leads to no day."""
        expected_on = self.finding.expected_on
        return None if expected_on is None else (expected_on - self.milestone.original_due_on).days

    @property
    def needed_pp(self) -> Decimal | None:
        """The pace since the last report that would still meet the date, in points per 30 days; None: no time left."""
        return needed_pp(self.finding.share_pct, self.finding.last_on, self.milestone.effective_due_on)


@dataclass(frozen=True, slots=True)
class SilentRow:
    """A running milestone of which nothing can be foretold.

    `expected_on` is a day that has passed, when it was to be done at its pace, without a word since; None: no share is
    reported.
    """

    milestone: MilestoneLine
    units: tuple[UnitRow, ...]
    scheduled: Decimal
    expected_on: date | None

    @property
    def responsible(self) -> list[str]:
        """Who answers for it in the text's own words, the leading one first."""
        return responsible_of(self.units)


def responsible_of(units: Sequence[UnitRow]) -> list[str]:
    """Return the responsible units in the text's own words, a group by its name."""
    return list(dict.fromkeys(unit.named_as for unit in units if unit.role is UnitRole.RESPONSIBLE))


@dataclass(frozen=True, slots=True)
class WarningPage:
    """A page of warnings, the longest delay first; `next` None: the last page. `count` stops above COUNT_LIMIT."""

    rows: tuple[WarningRow, ...]
    count: int
    next: WarningKey | None


@dataclass(frozen=True, slots=True)
class SilentPage:
    """A page of milestones of which nothing can be foretold, the nearest due first; `next` as of the ledger."""

    rows: tuple[SilentRow, ...]
    count: int
    next: tuple[date, int] | None


def list_warnings(
    session: Session,
    scope: Scope,
    wanted: WarningFilter,
    today: date,
    after: WarningKey | None = None,
    *,
    limit: int = PAGE,
) -> WarningPage:
    """Return one page of the milestones in scope that will miss their date, in the same statements for any length."""
    matching = _warned(scope, wanted, today)
    by, key = col(MilestoneForecast.misses_by_days), col(MilestoneForecast.milestone_id)
    page = matching
    if after is not None:
        later = sa.and_(by == after.misses_by_days, key > after.milestone_id)
        page = page.where(by <= after.misses_by_days, sa.or_(by < after.misses_by_days, later))
    found = session.execute(page.order_by(by.desc(), key).limit(limit + 1)).all()
    shown = found[:limit]
    more = len(found) > limit
    count = len(shown) if after is None and not more else _count(session, matching)
    rows = warning_rows(session, [row.milestone_id for row in shown], today)
    return WarningPage(rows, count, WarningKey(shown[-1].misses_by_days, shown[-1].milestone_id) if more else None)


def warnings_by_id(
    session: Session, scope: Scope, wanted: WarningFilter, today: date, *, after: int, limit: int
) -> tuple[WarningRow, ...]:
    """Return up to `limit` warnings by milestone id, after an id."""
    key = col(MilestoneForecast.milestone_id)
    query = _warned(scope, wanted, today).where(key > after).order_by(key).limit(limit)
    return warning_rows(session, [row.milestone_id for row in session.execute(query)], today)


def all_warnings(session: Session, scope: Scope, wanted: WarningFilter, today: date) -> Iterator[WarningRow]:
    """Yield every warning, the longest delay first."""
    after: WarningKey | None = None
    while True:
        page = list_warnings(session, scope, wanted, today, after, limit=facts.CHUNK)
        yield from page.rows
        if page.next is None:
            return
        after = page.next


def count_warnings(session: Session, scope: Scope, today: date) -> int:
    """Return how many milestones in scope will miss their date, but not beyond COUNT_LIMIT + 1."""
    return _count(session, _warned(scope, WarningFilter(), today))


def list_silent(
    session: Session, scope: Scope, wanted: WarningFilter, today: date, after: tuple[date, int] | None = None
) -> SilentPage:
    """Return one page of the running milestones in scope of which nothing can be foretold."""
    due, key = col(MilestoneStanding.effective_due_on), col(MilestoneStanding.milestone_id)
    matching = _silent(scope, wanted, today)
    page = matching
    if after is not None:
        page = page.where(due >= after[0], sa.or_(due > after[0], key > after[1]))
    found = session.execute(page.order_by(due, key).limit(PAGE + 1)).all()
    rows = _silent_rows(session, found[:PAGE], today)
    last = rows[-1].milestone if len(found) > PAGE else None
    return SilentPage(rows, _count(session, matching), (last.effective_due_on, last.id) if last else None)


def count_silent(session: Session, scope: Scope, wanted: WarningFilter, today: date) -> int:
    """Return of how many running milestones nothing can be foretold, but not beyond COUNT_LIMIT + 1."""
    return _count(session, _silent(scope, wanted, today))


def warning_rows(session: Session, ids: Sequence[int], today: date) -> tuple[WarningRow, ...]:
    """Return milestones with their forecast and what it was made from, in the order given; without one, left out."""
    if not ids:
        return ()
    units, lines = units_of(session, ids), _lines(session, ids)
    rows: list[WarningRow] = []
    for item in facts.gather(session, ids):
        if (finding := forecast(item.facts)) is None:
            continue
        line, key = lines[item.milestone_id], item.milestone_id
        confidence = confidence_on(finding.confidence, finding.last_on, today)
        scheduled = scheduled_pct(line.start_on, line.effective_due_on, today, item.facts.schedule)
        rows.append(WarningRow(line, tuple(units.get(key, ())), finding, confidence, scheduled, item.facts.schedule))
    place = {key: number for number, key in enumerate(ids)}
    return tuple(sorted(rows, key=lambda row: place[row.id]))


def _silent_rows(session: Session, found: Sequence[Any], today: date) -> tuple[SilentRow, ...]:
    ids = [row.milestone_id for row in found]
    if not ids:
        return ()
    units, own, lines = units_of(session, ids), facts.schedules(session, ids), _lines(session, ids)
    rows: list[SilentRow] = []
    for key, expected_on in found:
        line = lines[key]
        scheduled = scheduled_pct(line.start_on, line.effective_due_on, today, own.get(key, ()))
        rows.append(SilentRow(line, tuple(units.get(key, ())), scheduled, expected_on))
    return tuple(rows)


def _lines(session: Session, ids: Sequence[int]) -> dict[int, MilestoneLine]:
    query = (
        sa.select(
            col(Milestone.id),
            col(Plan.slug),
            col(Plan.short_title),
            col(Milestone.clause),
            col(Milestone.title),
            col(Place.name),
            col(MilestoneStanding.standing),
            col(Milestone.start_on),
            col(MilestoneStanding.original_due_on),
            col(MilestoneStanding.effective_due_on),
            col(MilestoneStanding.reported_on),
        )
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .where(col(Milestone.id).in_(ids))
    )
    return {row.id: MilestoneLine(*row) for row in session.execute(query)}


def _warned(scope: Scope, wanted: WarningFilter, today: date) -> sa.Select[Any]:
    """Select the milestones that will miss their date; a goal stated twice is warned of where its date governs."""
    row = MilestoneForecast
    conditions = [col(row.misses_by_days) > 0, col(row.milestone_id).not_in(facts.governed())]
    conditions += [col(row.plan_id) == plan_id for plan_id in {scope.plan_id, wanted.plan_id} - {None}]
    if wanted.confidence is not None:
        conditions.append(_of_confidence(wanted.confidence, today))
    if scope.organization_id is not None or wanted.unit_id is not None:
        named = narrow(sa.select(col(MilestoneStanding.milestone_id)), scope, wanted.ledger)
        conditions.append(col(row.milestone_id).in_(named))
    query: sa.Select[*tuple[Any, ...]] = sa.select(col(row.milestone_id), col(row.misses_by_days))
    return query.where(*conditions)


def _of_confidence(level: Confidence, today: date) -> sa.ColumnElement[bool]:
    """Narrow to what `confidence_on` calls so on the day."""
    stored, last_on = col(MilestoneForecast.confidence), col(MilestoneForecast.last_on)
    high = sa.and_(stored == Confidence.HIGH, last_on >= fresh_since(Confidence.HIGH, today))
    trusted = sa.and_(stored.in_(tuple(DEMANDS)), last_on >= fresh_since(Confidence.MEDIUM, today))
    match level:
        case Confidence.HIGH:
            return high
        case Confidence.MEDIUM:
            return sa.and_(trusted, sa.not_(high))
        case Confidence.LOW:
            return sa.not_(trusted)


def _silent(scope: Scope, wanted: WarningFilter, today: date) -> sa.Select[Any]:
    """Select running milestones without a share, and those that were to be done before today, without a word since."""
    standing, row = MilestoneStanding, MilestoneForecast
    passed = sa.and_(col(row.expected_on) < today, col(row.expected_on) > col(row.last_on))
    query: Any = (
        sa.select(col(standing.milestone_id), col(row.expected_on))
        .outerjoin(row, col(row.milestone_id) == col(standing.milestone_id))
        .where(
            col(standing.standing).in_(_RUNNING),
            sa.or_(col(standing.progress_pct).is_(None), passed),
            col(standing.milestone_id).not_in(facts.governed()),
        )
    )
    return narrow(query, scope, wanted.ledger)


def _count(session: Session, matching: sa.Select[Any]) -> int:
    counted = matching.limit(COUNT_LIMIT + 1).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
