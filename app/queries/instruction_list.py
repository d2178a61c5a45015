"""The list of leaders' instructions: overdue answers first, narrowed and paged in SQL; and how many are awaited."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.vocabulary import InstructionStepKind
from app.models import Instruction, InstructionStep, Milestone, Organization
from app.queries.choices import Choice
from app.queries.instructions import InstructionRow, instruction_rows, joined, with_steps

PAGE = 30


class Wanted(StrEnum):
    """What the list shows: a state, or those whose limit has passed without an answer."""

    OPEN = "open"
    OVERDUE = "overdue"
    REPLIED = "replied"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class InstructionFilter:
    """What the list is narrowed to; None does not narrow. `organization_id` is the addressee."""

    wanted: Wanted | None = None
    plan_id: int | None = None
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class InstructionList:
    """A page of the list: which one of how many, and how many instructions over all."""

    rows: tuple[InstructionRow, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))


@dataclass(frozen=True, slots=True)
class Awaited:
    """How many instructions await an answer, and for how many of them the limit has passed."""

    open: int
    overdue: int


def list_instructions(
    session: Session, scope: Scope, wanted: InstructionFilter, *, today: date, number: int = 1
) -> InstructionList:
    """Return one page, overdue ones first, then by their limit; a page beyond the last is the last.

    A unit gets those addressed to it: what it has to answer.
    """
    conditions = _in_scope(scope) + _wanted_by(wanted, today)
    counting = sa.select(sa.func.count()).select_from(Instruction)
    count = session.scalar(joined(counting).where(*conditions)) or 0
    number = max(1, min(number, -(-count // PAGE)))
    limit, state = _limit(), _state()
    rank = sa.case((_overdue(today), 0), (state.in_(_AWAITED), 1), (state == InstructionStepKind.REPLY, 2), else_=3)
    query = instruction_rows().where(*conditions).order_by(rank, limit, col(Instruction.id))
    rows = session.execute(query.limit(PAGE).offset((number - 1) * PAGE)).all()
    return InstructionList(with_steps(session, rows, None), count, number)


def count_awaited(session: Session, scope: Scope, today: date) -> Awaited:
    """Count the instructions in scope that await an answer."""
    overdue = sa.func.sum(sa.case((_limit() < today, 1), else_=0))
    counts: list[Any] = [sa.func.count(), overdue]
    query = joined(sa.select(*counts).select_from(Instruction))
    row = session.execute(query.where(_state().in_(_AWAITED), *_in_scope(scope))).one()
    return Awaited(row[0], int(row[1] or 0))


def awaited(scope: Scope) -> tuple[sa.Select[Any], Any]:
    """Select the instructions in scope that await an answer, with their milestone; and the column of their limit."""
    limit = _limit()
    steps = sa.select(sa.func.count()).where(col(InstructionStep.instruction_id) == col(Instruction.id))
    query = joined(
        sa.select(
            col(Instruction.id),
            col(Instruction.leader),
            col(Instruction.recorded_at),
            col(Milestone.title),
            limit.label("due_on"),
            steps.scalar_subquery().label("steps"),
        ).select_from(Instruction)
    )
    return query.where(_state().in_(_AWAITED), *_in_scope(scope)), limit


def addressees(session: Session, scope: Scope) -> list[Choice]:
    """Return the units that instructions in scope are addressed to, by pinyin."""
    addressed = joined(sa.select(col(Instruction.organization_id)).select_from(Instruction)).where(*_in_scope(scope))
    query = sa.select(col(Organization.id), col(Organization.name)).where(col(Organization.id).in_(addressed))
    query = query.order_by(col(Organization.sort_key), col(Organization.id))
    return [Choice(*row) for row in session.execute(query)]


_NONE = "none"  # no step yet
_AWAITED = (_NONE, InstructionStepKind.RETURN.value)
_STATES = {
    Wanted.OPEN: _AWAITED,
    Wanted.OVERDUE: _AWAITED,
    Wanted.REPLIED: (InstructionStepKind.REPLY.value,),
    Wanted.SETTLED: (InstructionStepKind.ACCEPT.value,),
}


def _state() -> Any:
    """Return the kind of an instruction's last step as a column; `_NONE` where there is none."""
    last = (
        sa.select(sa.cast(col(InstructionStep.kind), sa.String))
        .where(col(InstructionStep.instruction_id) == col(Instruction.id))
        .order_by(col(InstructionStep.id).desc())
        .limit(1)
        .correlate(Instruction)
        .scalar_subquery()
    )
    return sa.func.coalesce(last, _NONE)


def _limit() -> Any:
    """Return the limit in force as a column: that of the last sending back, else the first."""
    renewed = (
        sa.select(col(InstructionStep.reply_due_on))
        .where(
            col(InstructionStep.instruction_id) == col(Instruction.id),
            col(InstructionStep.kind) == InstructionStepKind.RETURN,
        )
        .order_by(col(InstructionStep.id).desc())
        .limit(1)
        .correlate(Instruction)
        .scalar_subquery()
    )
    return sa.func.coalesce(renewed, col(Instruction.reply_due_on))


def _overdue(today: date) -> sa.ColumnElement[bool]:
    return sa.and_(_state().in_(_AWAITED), _limit() < today)


def _in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(Milestone.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        conditions.append(col(Instruction.organization_id) == scope.organization_id)
    return conditions


def _wanted_by(wanted: InstructionFilter, today: date) -> list[sa.ColumnElement[bool]]:
    conditions = _in_scope(Scope(wanted.plan_id, wanted.organization_id))
    if wanted.wanted is not None:
        conditions.append(_state().in_(_STATES[wanted.wanted]))
    if wanted.wanted is Wanted.OVERDUE:
        conditions.append(_limit() < today)
    return conditions
