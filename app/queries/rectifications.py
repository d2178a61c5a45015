"""Reads of rectification items: the list, those of a case or a milestone, one whole with its steps and files."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Scope
from app.domain.rectifications import (
    UNSETTLED,
    RectificationFinding,
    RectificationState,
    RectificationStepFact,
    RectificationStepKind,
    rectification_finding,
)
from app.models import (
    AccountabilityCase,
    Evidence,
    Milestone,
    MilestoneStanding,
    Organization,
    Plan,
    Rectification,
    RectificationStanding,
    RectificationStep,
)
from app.queries.case_scope import in_scope as case_in_scope
from app.queries.instructions import FileRow
from app.queries.milestones import LedgerFilter, narrow
from app.queries.unit_scope import readable_units

PAGE = 50


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What a reader looks for; None does not narrow. `overdue`: open and past the limit in force."""

    plan_id: int | None = None
    organization_id: int | None = None
    state: RectificationState | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item in a list: who owns it, until when, where it stands."""

    id: int
    plan: str
    milestone_id: int
    milestone: str
    case_id: int | None
    case_number: str | None
    organization_id: int
    organization: str
    person: str
    source: str
    problem: str
    state: RectificationState
    first_due_on: date
    due_on: date
    done_on: date | None
    settled_on: date | None

    def days_late(self, on: date) -> int:
        """Return days past the limit in force, to the day it was reported done, or else to a day."""
        if self.state is RectificationState.CANCELLED:
            return 0
        counted_to = on if self.state is RectificationState.OPEN or self.done_on is None else self.done_on
        return max(0, (counted_to - self.due_on).days)


@dataclass(frozen=True, slots=True)
class ItemPage:
    """A page of items, which one of how many, and how many items over all."""

    rows: tuple[ItemRow, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))


@dataclass(frozen=True, slots=True)
class ItemStep:
    """A step on record with its files; `author` is the name of who answers for it."""

    files: tuple[FileRow, ...]
    id: int
    kind: RectificationStepKind
    text: str
    due_on: date | None
    author_id: int
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """One item whole."""

    row: ItemRow
    plan_id: int
    measure: str
    author: str
    recorded_at: datetime
    files: tuple[FileRow, ...]
    steps: tuple[ItemStep, ...]
    finding: RectificationFinding


def list_items(session: Session, scope: Scope, wanted: ItemFilter, *, today: date, number: int = 1) -> ItemPage:
    """Return a page of the items in scope: what is open first, by its limit. A page beyond the last is the last."""
    conditions = [*_in_scope(scope), *_wanted(wanted, today)]
    count_query = sa.select(sa.func.count()).select_from(RectificationStanding).where(*conditions)
    count = session.scalar(count_query) or 0
    number = max(1, min(number, -(-count // PAGE)))
    standing = RectificationStanding
    unsettled_first = sa.case((col(standing.state).in_(sorted(UNSETTLED)), 0), else_=1)
    query = _rows().where(*conditions)
    query = query.order_by(unsettled_first, col(standing.due_on), col(standing.rectification_id))
    rows = session.execute(query.limit(PAGE).offset((number - 1) * PAGE))
    return ItemPage(tuple(ItemRow(*row) for row in rows), count, number)


def of_case(session: Session, case_id: int) -> tuple[ItemRow, ...]:
    """Return all items of a case, in the order assigned."""
    query = _rows().where(col(RectificationStanding.case_id) == case_id).order_by(col(Rectification.id))
    return tuple(ItemRow(*row) for row in session.execute(query))


def of_milestone(session: Session, scope: Scope, milestone_id: int) -> tuple[ItemRow, ...]:
    """Return the items in scope of a milestone, in the order assigned."""
    query = _rows().where(col(Rectification.milestone_id) == milestone_id, *_in_scope(scope))
    return tuple(ItemRow(*row) for row in session.execute(query.order_by(col(Rectification.id))))


def plan_of(session: Session, scope: Scope, rectification_id: int) -> int | None:
    """Return the plan of an item; None: not there, or not in scope."""
    query = sa.select(col(RectificationStanding.plan_id)).where(
        col(RectificationStanding.rectification_id) == rectification_id, *_in_scope(scope)
    )
    return session.scalar(query)


def milestone_title(session: Session, scope: Scope, milestone_id: int) -> str | None:
    """Return the title of a milestone on which an item may be put; None: not there, or not in scope."""
    seen = narrow(sa.select(col(MilestoneStanding.milestone_id)), scope, LedgerFilter())
    query = sa.select(col(Milestone.title)).where(
        col(Milestone.id) == milestone_id,
        seen.where(col(MilestoneStanding.milestone_id) == col(Milestone.id)).exists(),
    )
    return session.scalar(query)


def find_item(session: Session, scope: Scope, rectification_id: int) -> ItemDetail | None:
    """Return one item whole; None: not there, or not in scope."""
    further: list[Any] = [
        col(RectificationStanding.plan_id),
        col(Rectification.measure),
        col(Rectification.author),
        col(Rectification.recorded_at),
    ]
    query = _rows().add_columns(*further).where(col(Rectification.id) == rectification_id, *_in_scope(scope))
    found = session.execute(query).first()
    if found is None:
        return None
    row = ItemRow(*found[: -len(further)])
    own, of_steps = _files(session, rectification_id, row.milestone_id)
    steps = _steps(session, rectification_id, of_steps)
    facts = [
        RectificationStepFact(step.kind, local_day(step.recorded_at), step.author_id, step.due_on) for step in steps
    ]
    plan_id, measure, author, recorded_at = found[-len(further) :]
    finding = rectification_finding(row.first_due_on, facts)
    return ItemDetail(row, plan_id, measure, author, recorded_at, own, steps, finding)


def owners(session: Session, scope: Scope) -> list[tuple[int, str]]:
    """Return the units that own an item in scope, by pinyin."""
    owned = sa.select(col(RectificationStanding.organization_id)).where(*_in_scope(scope))
    query = sa.select(col(Organization.id), col(Organization.name)).where(col(Organization.id).in_(owned))
    return [(row.id, row.name) for row in session.execute(query.order_by(col(Organization.sort_key)))]


def _rows() -> sa.Select[Any]:
    standing = RectificationStanding
    columns: list[Any] = [
        col(Rectification.id),
        col(Plan.short_title),
        col(Milestone.id),
        col(Milestone.title),
        col(Rectification.case_id),
        col(AccountabilityCase.number),
        col(Rectification.organization_id),
        col(Organization.name),
        col(Rectification.person),
        col(Rectification.source),
        col(Rectification.problem),
        col(standing.state),
        col(standing.first_due_on),
        col(standing.due_on),
        col(standing.done_on),
        col(standing.settled_on),
    ]
    return (
        sa.select(*columns)
        .select_from(Rectification)
        .join(standing, col(standing.rectification_id) == col(Rectification.id))
        .join(Plan, col(Plan.id) == col(standing.plan_id))
        .join(Milestone, col(Milestone.id) == col(Rectification.milestone_id))
        .join(Organization, col(Organization.id) == col(Rectification.organization_id))
        .outerjoin(AccountabilityCase, col(AccountabilityCase.id) == col(Rectification.case_id))
    )


def _in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of what a person may see: a unit its own items, its units' and those of its own cases."""
    standing = RectificationStanding
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(standing.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        own = col(standing.organization_id).in_(readable_units(scope.organization_id))
        concerned = sa.select(col(AccountabilityCase.id)).where(*case_in_scope(scope))
        conditions.append(sa.or_(own, col(standing.case_id).in_(concerned)))
    return conditions


def _wanted(wanted: ItemFilter, today: date) -> list[sa.ColumnElement[bool]]:
    standing = RectificationStanding
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.plan_id is not None:
        conditions.append(col(standing.plan_id) == wanted.plan_id)
    if wanted.organization_id is not None:
        conditions.append(col(standing.organization_id) == wanted.organization_id)
    if wanted.state is not None:
        conditions.append(col(standing.state) == wanted.state)
    if wanted.overdue:
        conditions += [col(standing.state) == RectificationState.OPEN, col(standing.due_on) < today]
    return conditions


def _steps(session: Session, rectification_id: int, files: dict[int, list[FileRow]]) -> tuple[ItemStep, ...]:
    step = RectificationStep
    columns: list[Any] = [
        col(step.id),
        col(step.kind),
        col(step.text),
        col(step.due_on),
        col(step.author_id),
        col(step.author),
        col(step.recorded_at),
    ]
    query = sa.select(*columns).where(col(step.rectification_id) == rectification_id).order_by(col(step.id))
    return tuple(ItemStep(tuple(files[row.id]), *row) for row in session.execute(query))


def _files(
    session: Session, rectification_id: int, milestone_id: int
) -> tuple[tuple[FileRow, ...], dict[int, list[FileRow]]]:
    """Return the files of an item itself, and those of its steps by step id."""
    steps = sa.select(col(RectificationStep.id)).where(col(RectificationStep.rectification_id) == rectification_id)
    columns: list[Any] = [
        col(Evidence.rectification_step_id),
        col(Evidence.id),
        col(Evidence.filename),
        col(Evidence.size),
    ]
    query = sa.select(*columns).where(
        col(Evidence.milestone_id) == milestone_id,  # by the index
        sa.or_(col(Evidence.rectification_id) == rectification_id, col(Evidence.rectification_step_id).in_(steps)),
    )
    own: list[FileRow] = []
    of_steps: dict[int, list[FileRow]] = defaultdict(list)
    for step_id, *values in session.execute(query.order_by(col(Evidence.id))):
        (own if step_id is None else of_steps[step_id]).append(FileRow(*values))
    return tuple(own), of_steps


def files_of_events(
    session: Session, event_ids: Sequence[int], milestone_ids: Sequence[int]
) -> dict[int, list[FileRow]]:
    """Return the files of case events by event id; `milestone_ids` are those of the case."""
    columns: list[Any] = [col(Evidence.case_event_id), col(Evidence.id), col(Evidence.filename), col(Evidence.size)]
    query = sa.select(*columns).where(
        col(Evidence.milestone_id).in_(milestone_ids), col(Evidence.case_event_id).in_(event_ids)
    )
    found: dict[int, list[FileRow]] = defaultdict(list)
    for event_id, *values in session.execute(query.order_by(col(Evidence.id))):
        found[event_id].append(FileRow(*values))
    return found
