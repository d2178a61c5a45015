"""Reads of accountability cases: the list, one case whole, counts for the overview."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.cases import CaseEventKind, CaseStage, next_steps
from app.domain.deadlines import days_late
from app.domain.vocabulary import Measure, Role, Standing, Timeliness
from app.models import (
    Account,
    AccountabilityCase,
    CaseEvent,
    CaseMilestone,
    Milestone,
    MilestoneStanding,
    Organization,
    Place,
    Plan,
)
from app.queries import facts
from app.queries.case_scope import CaseFilter, in_scope, wanted_by
from app.queries.choices import Choice

PAGE = 50


class CaseKey(NamedTuple):
    """Where a page of the list ends: the last row's day of opening and id."""

    opened_on: date
    case_id: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in a list; the days late are the longest of its milestones' on the day asked for.

    `days_late` counts from the dates in force, `days_late_original` from those of the document.
    """

    id: int
    number: str
    plan_id: int
    plan_slug: str
    plan: str
    organization_id: int
    organization: str
    stage: CaseStage
    opened_on: date
    milestones: int
    milestones_settled: int
    titles: tuple[str, ...]
    days_late: int
    days_late_original: int
    statement_on_file: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page, the latest opening first; `next` None: the last page."""

    rows: tuple[CaseRow, ...]
    next: CaseKey | None


@dataclass(frozen=True, slots=True)
class CaseColumn:
    """One stage of the board: how many cases stand there, and the latest opened of them."""

    stage: CaseStage
    count: int
    rows: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True)
class HeldMilestone:
    """A milestone of a case: `case_due_on` is the date that brought it in, `effective_due_on` the one in force now."""

    milestone_id: int
    title: str
    place: str
    clause: str
    due_phrase: str
    original_due_on: date
    case_due_on: date
    due_version: int
    effective_due_on: date
    joined_on: date
    standing: Standing
    timeliness: Timeliness | None
    days_late_original: int
    days_late_effective: int
    settled: bool


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One event of a case; `author` None: the scheduler."""

    id: int
    kind: CaseEventKind
    measure: Measure | None
    clause: str | None
    document_number: str | None
    reply_due_on: date | None
    text: str
    author: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """One case whole; `all_settled`: every milestone was closed out or cancelled, which by itself closes no case."""

    id: int
    number: str
    plan_id: int
    plan_slug: str
    plan: str
    organization_id: int
    organization: str
    stage: CaseStage
    opened_on: date
    opened_at: datetime
    milestones: tuple[HeldMilestone, ...]
    events: tuple[CaseStep, ...]
    next_steps: tuple[CaseEventKind, ...]
    statement_on_file: bool
    all_settled: bool


_SETTLED = frozenset({Standing.CLOSED, Standing.WITHDRAWN})


def list_cases(
    session: Session,
    scope: Scope,
    wanted: CaseFilter,
    after: CaseKey | None = None,
    *,
    today: date,
    limit: int = PAGE,
) -> CasePage:
    """Return a page of the cases in scope, after a page's last row (None: from the start)."""
    query = _cases().where(*in_scope(scope), *wanted_by(wanted))
    if after is not None:
        key = sa.tuple_(col(AccountabilityCase.opened_on), col(AccountabilityCase.id))
        query = query.where(key < sa.tuple_(*after))
    newest = (col(AccountabilityCase.opened_on).desc(), col(AccountabilityCase.id).desc())
    found = session.execute(query.order_by(*newest).limit(limit + 1)).all()
    rows = _with_milestones(session, found[:limit], today)
    return CasePage(rows, CaseKey(rows[-1].opened_on, rows[-1].id) if len(found) > limit else None)


def board(session: Session, scope: Scope, wanted: CaseFilter, *, today: date, limit: int) -> tuple[CaseColumn, ...]:
    """Return every stage with its latest cases in scope, at most `limit` each, and how many it has in all."""
    case_id, stage = col(AccountabilityCase.id), col(AccountabilityCase.stage)
    newest = (col(AccountabilityCase.opened_on).desc(), case_id.desc())
    place = sa.func.row_number().over(partition_by=stage, order_by=newest).label("place")
    total = sa.func.count().over(partition_by=stage).label("total")
    placed = sa.select(case_id, place, total).where(*in_scope(scope), *wanted_by(wanted)).subquery()
    query = _cases().add_columns(placed.c.total).join(placed, placed.c.id == case_id).where(placed.c.place <= limit)
    found = session.execute(query.order_by(*newest)).all()
    totals = {row.stage: row.total for row in found}
    rows = _with_milestones(session, found, today)
    return tuple(
        CaseColumn(stage, totals.get(stage, 0), tuple(row for row in rows if row.stage is stage)) for stage in CaseStage
    )


def plan_of(session: Session, scope: Scope, case_id: int) -> int | None:
    """Return the plan of a case; None: not there, or not in scope."""
    query = sa.select(col(AccountabilityCase.plan_id)).where(col(AccountabilityCase.id) == case_id, *in_scope(scope))
    return session.scalar(query)


def held_units(session: Session, scope: Scope, plan_id: int | None) -> list[Choice]:
    """Return the units that have a case in scope (of one plan), by pinyin."""
    held = sa.select(col(AccountabilityCase.id)).where(
        col(AccountabilityCase.organization_id) == col(Organization.id),
        *in_scope(scope),
        *wanted_by(CaseFilter(plan_id=plan_id)),
    )
    query = sa.select(col(Organization.id), col(Organization.name)).where(held.exists())
    query = query.order_by(col(Organization.sort_key), col(Organization.name))
    return [Choice(*row) for row in session.execute(query)]


def find_case(session: Session, scope: Scope, case_id: int, *, role: Role | None, today: date) -> CaseDetail | None:
    """Return one case with everything in it and the steps a role may take next; None: not there, or not in scope."""
    row = session.execute(_cases().where(col(AccountabilityCase.id) == case_id, *in_scope(scope))).first()
    if row is None:
        return None
    milestones = tuple(item for _, item in _held(session, [case_id], today))
    events = _events(session, case_id)
    return CaseDetail(
        id=row.id,
        number=row.number,
        plan_id=row.plan_id,
        plan_slug=row.plan_slug,
        plan=row.plan,
        organization_id=row.organization_id,
        organization=row.organization,
        stage=row.stage,
        opened_on=row.opened_on,
        opened_at=row.opened_at,
        milestones=milestones,
        events=events,
        next_steps=next_steps(row.stage, role),
        statement_on_file=any(event.kind is CaseEventKind.STATEMENT for event in events),
        all_settled=all(item.settled for item in milestones),
    )


def cases_of_milestone(session: Session, scope: Scope, milestone_id: int, *, today: date) -> tuple[CaseRow, ...]:
    """Return the cases in scope that hold a milestone, the latest first."""
    held = sa.exists().where(
        col(CaseMilestone.case_id) == col(AccountabilityCase.id), col(CaseMilestone.milestone_id) == milestone_id
    )
    query = _cases().where(held, *in_scope(scope)).order_by(col(AccountabilityCase.id).desc())
    return _with_milestones(session, session.execute(query).all(), today)


def count_open(session: Session, scope: Scope) -> int:
    """Count the cases in scope that are not closed."""
    query = sa.select(sa.func.count()).select_from(AccountabilityCase)
    return session.scalar(query.where(col(AccountabilityCase.stage) != CaseStage.CLOSED, *in_scope(scope))) or 0


def _cases() -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *AccountabilityCase.__table__.columns,  # type: ignore[attr-defined]  # SQLModel hides the Core table
            col(Plan.slug).label("plan_slug"),
            col(Plan.short_title).label("plan"),
            col(AccountabilityCase.held_as).label("organization"),
        )
        .select_from(AccountabilityCase)
        .join(Plan, col(Plan.id) == col(AccountabilityCase.plan_id))
        .join(Organization, col(Organization.id) == col(AccountabilityCase.organization_id))
    )
    return query


def _with_milestones(session: Session, rows: Sequence[sa.Row[*tuple[Any, ...]]], today: date) -> tuple[CaseRow, ...]:
    members: dict[int, list[HeldMilestone]] = {row.id: [] for row in rows}
    for case_id, item in _held(session, list(members), today):
        members[case_id].append(item)
    heard = _heard(session, list(members))
    return tuple(
        CaseRow(
            id=row.id,
            number=row.number,
            plan_id=row.plan_id,
            plan_slug=row.plan_slug,
            plan=row.plan,
            organization_id=row.organization_id,
            organization=row.organization,
            stage=row.stage,
            opened_on=row.opened_on,
            milestones=len(members[row.id]),
            milestones_settled=sum(item.settled for item in members[row.id]),
            titles=tuple(dict.fromkeys(item.title for item in members[row.id])),
            days_late=max(item.days_late_effective for item in members[row.id]),
            days_late_original=max(item.days_late_original for item in members[row.id]),
            statement_on_file=row.id in heard,
        )
        for row in rows
    )


def _heard(session: Session, case_ids: Sequence[int]) -> set[int]:
    """Return those of the cases that have a statement of the unit on file."""
    query = sa.select(col(CaseEvent.case_id)).where(
        col(CaseEvent.case_id).in_(case_ids), col(CaseEvent.kind) == CaseEventKind.STATEMENT
    )
    return set(session.scalars(query))


def _held(session: Session, case_ids: Sequence[int], today: date) -> list[tuple[int, HeldMilestone]]:
    """Return (case id, milestone) for the cases, in the document's order."""
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(CaseMilestone.case_id),
            col(CaseMilestone.due_version),
            col(CaseMilestone.effective_due_on).label("case_due_on"),
            col(CaseMilestone.joined_on),
            col(Milestone.id),
            col(Milestone.title),
            col(Milestone.clause),
            col(Milestone.due_phrase),
            facts.original_due_on(),
            col(Place.name).label("place"),
            col(MilestoneStanding.standing),
            col(MilestoneStanding.timeliness),
            col(MilestoneStanding.effective_due_on),
            col(MilestoneStanding.clock_stopped_on),
        )
        .select_from(CaseMilestone)
        .join(Milestone, col(Milestone.id) == col(CaseMilestone.milestone_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .where(col(CaseMilestone.case_id).in_(case_ids))
        .order_by(col(CaseMilestone.case_id), col(Milestone.position), col(CaseMilestone.due_version))
    )
    return [(row.case_id, _milestone(row, today)) for row in session.execute(query)]


def _milestone(row: sa.Row[*tuple[Any, ...]], today: date) -> HeldMilestone:
    counted_to = row.clock_stopped_on or today
    return HeldMilestone(
        milestone_id=row.id,
        title=row.title,
        place=row.place,
        clause=row.clause,
        due_phrase=row.due_phrase,
        original_due_on=row.due_on,
        case_due_on=row.case_due_on,
        due_version=row.due_version,
        effective_due_on=row.effective_due_on,
        joined_on=row.joined_on,
        standing=row.standing,
        timeliness=row.timeliness,
        days_late_original=days_late(row.due_on, counted_to),
        days_late_effective=days_late(row.effective_due_on, counted_to),
        settled=row.standing in _SETTLED,
    )


def _events(session: Session, case_id: int) -> tuple[CaseStep, ...]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *CaseEvent.__table__.columns,  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
            col(Account.display_name).label("author"),
        )
        .select_from(CaseEvent)
        .outerjoin(Account, col(Account.id) == col(CaseEvent.author_id))
        .where(col(CaseEvent.case_id) == case_id)
        .order_by(col(CaseEvent.id))
    )
    return tuple(
        CaseStep(
            id=row.id,
            kind=row.kind,
            measure=row.measure,
            clause=row.clause,
            document_number=row.document_number,
            reply_due_on=row.reply_due_on,
            text=row.text,
            author=row.author,
            recorded_at=row.recorded_at,
        )
        for row in session.execute(query)
    )
