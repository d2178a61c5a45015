"""Reads of accountability cases: the list, the board, what waits for whom, counts for the overview."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.case_replies import ReplyState
from app.domain.case_tasks import CaseParty, NextTask
from app.domain.cases import CaseEventKind, CaseStage
from app.models import AccountabilityCase, CaseEvent, CaseMilestone, CaseReply, Organization, Plan
from app.queries.case_milestones import HeldMilestone, held_milestones
from app.queries.case_scope import CaseFilter, in_scope, wanted_by
from app.queries.choices import Choice

PAGE = 50
_AT_ONCE = 500  # cases that an export reads at once


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
    since_on: date  # when it came into its stage
    days_in_stage: int
    next: NextTask  # what comes next, and who has to do it
    task_late: int  # days past the day set for it
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
    """One stage of the board: how many cases stand there, and those of them whose next day comes first."""

    stage: CaseStage
    count: int
    rows: tuple[CaseRow, ...]


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
    query = case_rows().where(*in_scope(scope), *wanted_by(wanted))
    if after is not None:
        key = sa.tuple_(col(AccountabilityCase.opened_on), col(AccountabilityCase.id))
        query = query.where(key < sa.tuple_(*after))
    newest = (col(AccountabilityCase.opened_on).desc(), col(AccountabilityCase.id).desc())
    found = session.execute(query.order_by(*newest).limit(limit + 1)).all()
    rows = _with_milestones(session, found[:limit], today)
    return CasePage(rows, CaseKey(rows[-1].opened_on, rows[-1].id) if len(found) > limit else None)


def board(session: Session, scope: Scope, wanted: CaseFilter, *, today: date, limit: int) -> tuple[CaseColumn, ...]:
    """Return every stage with its cases in scope, the next day first, at most `limit` each, and how many in all."""
    case_id, stage = col(AccountabilityCase.id), col(AccountabilityCase.stage)
    due_on = col(AccountabilityCase.next_due_on)
    newest = (col(AccountabilityCase.opened_on).desc(), case_id.desc())
    urgent = (due_on.is_(None), due_on, *newest)
    place = sa.func.row_number().over(partition_by=stage, order_by=urgent).label("place")
    total = sa.func.count().over(partition_by=stage).label("total")
    placed = sa.select(case_id, place, total).where(*in_scope(scope), *wanted_by(wanted)).subquery()
    query = case_rows().add_columns(placed.c.total).join(placed, placed.c.id == case_id).where(placed.c.place <= limit)
    found = session.execute(query.order_by(*urgent)).all()
    totals = {row.stage: row.total for row in found}
    rows = _with_milestones(session, found, today)
    return tuple(
        CaseColumn(stage, totals.get(stage, 0), tuple(row for row in rows if row.stage is stage)) for stage in CaseStage
    )


def plan_of(session: Session, scope: Scope, case_id: int) -> int | None:
    """Return the plan of a case; None: not there, or not in scope."""
    query = sa.select(col(AccountabilityCase.plan_id)).where(col(AccountabilityCase.id) == case_id, *in_scope(scope))
    return session.scalar(query)


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """What of the cases in scope waits, for whom, and what is over its day."""

    by_party: dict[CaseParty, int]
    late: int  # cases whose next step is past its day
    replies_overdue: int

    @property
    def running(self) -> int:
        """Return how many cases wait for anything."""
        return sum(count for party, count in self.by_party.items() if party is not CaseParty.NOBODY)


def counts(session: Session, scope: Scope, plan_id: int | None, *, today: date) -> CaseCounts:
    """Count the cases in scope (of one plan) by who has to act, those past their day, and replies that are overdue."""
    case = AccountabilityCase
    conditions = [*in_scope(scope), *wanted_by(CaseFilter(plan_id=plan_id))]
    late = sa.func.sum(sa.case((col(case.next_due_on) < today, 1), else_=0))
    query = sa.select(col(case.next_party), sa.func.count(), late).where(*conditions).group_by(col(case.next_party))
    rows = session.execute(query).all()
    replies = (
        sa.select(sa.func.count())
        .select_from(CaseReply)
        .join(case, col(case.id) == col(CaseReply.case_id))
        .where(col(CaseReply.state) == ReplyState.OWED, col(CaseReply.due_on) < today, *conditions)
    )
    by_party = dict.fromkeys(CaseParty, 0) | {party: count for party, count, _ in rows}
    return CaseCounts(by_party, sum(row[2] or 0 for row in rows), session.scalar(replies) or 0)


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


def cases_of_milestone(session: Session, scope: Scope, milestone_id: int, *, today: date) -> tuple[CaseRow, ...]:
    """Return the cases in scope that hold a milestone, the latest first."""
    held = sa.exists().where(
        col(CaseMilestone.case_id) == col(AccountabilityCase.id), col(CaseMilestone.milestone_id) == milestone_id
    )
    query = case_rows().where(held, *in_scope(scope)).order_by(col(AccountabilityCase.id).desc())
    return _with_milestones(session, session.execute(query).all(), today)


def all_cases(session: Session, scope: Scope, wanted: CaseFilter, *, today: date) -> Iterator[CaseRow]:
    """Yield every case in scope that a filter wants, the latest opening first."""
    after: CaseKey | None = None
    while True:
        page = list_cases(session, scope, wanted, after, today=today, limit=_AT_ONCE)
        yield from page.rows
        if page.next is None:
            return
        after = page.next


def count_open(session: Session, scope: Scope) -> int:
    """Count the cases in scope that are not closed."""
    query = sa.select(sa.func.count()).select_from(AccountabilityCase)
    return session.scalar(query.where(col(AccountabilityCase.stage) != CaseStage.CLOSED, *in_scope(scope))) or 0


def case_rows() -> sa.Select[*tuple[Any, ...]]:
    """Select cases with their plan and who is held to account."""
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


def task_of(row: Any) -> NextTask:
    """Return what comes next in a case, from its row."""
    return NextTask(row.next_task, row.next_party, row.next_due_on)


def _with_milestones(session: Session, rows: Sequence[sa.Row[*tuple[Any, ...]]], today: date) -> tuple[CaseRow, ...]:
    members: dict[int, list[HeldMilestone]] = {row.id: [] for row in rows}
    for case_id, item in held_milestones(session, list(members), today):
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
            since_on=row.stage_since_on or row.opened_on,
            days_in_stage=max(0, (today - (row.stage_since_on or row.opened_on)).days),
            next=task_of(row),
            task_late=task_of(row).days_late(today),
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
