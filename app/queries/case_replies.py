"""The list of replies to decisions: owed, overdue, given and not yet taken."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.case_replies import ReplyState
from app.domain.cases import CaseStage
from app.domain.vocabulary import Measure
from app.models import AccountabilityCase, CaseEvent, CaseReply, Plan
from app.queries.case_scope import CaseFilter, in_scope, wanted_by

PAGE = 50


class Wanted(StrEnum):
    """Which replies a reader looks for."""

    OPEN = "open"  # owed, or given and not yet taken
    OVERDUE = "overdue"
    GIVEN = "given"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class ReplyListRow:
    """A reply in the list; `held_as` is the unit that owes it."""

    case_id: int
    number: str
    plan: str
    held_as: str
    decision_id: int
    measure: Measure | None
    document_number: str | None
    state: ReplyState
    first_due_on: date
    due_on: date
    given_on: date | None

    def days_late(self, on: date) -> int:
        """Return days past the limit on a day while it is owed."""
        return max(0, (on - self.due_on).days) if self.state is ReplyState.OWED else 0


@dataclass(frozen=True, slots=True)
class ReplyPage:
    """A page of replies with the days late of each, which one of how many, and how many replies over all."""

    rows: tuple[tuple[ReplyListRow, int], ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))


def list_replies(
    session: Session, scope: Scope, wanted: Wanted, plan_id: int | None, *, today: date, number: int = 1
) -> ReplyPage:
    """Return a page of the replies in scope, what is due first first. A page beyond the last is the last."""
    case, reply = AccountabilityCase, CaseReply
    conditions = [
        *in_scope(scope),
        *wanted_by(CaseFilter(plan_id=plan_id)),
        *_wanted(wanted, today),
        sa.or_(col(reply.state) == ReplyState.ACCEPTED, col(case.stage) != CaseStage.CLOSED),
    ]
    joined = col(case.id) == col(reply.case_id)
    total = sa.select(sa.func.count()).select_from(reply).join(case, joined).where(*conditions)
    count = session.scalar(total) or 0
    number = max(1, min(number, -(-count // PAGE)))
    columns: list[Any] = [
        col(case.id),
        col(case.number),
        col(Plan.short_title),
        col(case.held_as),
        col(reply.decision_id),
        col(CaseEvent.measure),
        col(CaseEvent.document_number),
        col(reply.state),
        col(reply.first_due_on),
        col(reply.due_on),
        col(reply.given_on),
    ]
    query = (
        sa.select(*columns)
        .select_from(reply)
        .join(case, joined)
        .join(Plan, col(Plan.id) == col(case.plan_id))
        .join(CaseEvent, col(CaseEvent.id) == col(reply.decision_id))
        .where(*conditions)
        .order_by(col(reply.due_on), col(reply.decision_id))
    )
    rows = [ReplyListRow(*row) for row in session.execute(query.limit(PAGE).offset((number - 1) * PAGE))]
    return ReplyPage(tuple((row, row.days_late(today)) for row in rows), count, number)


def _wanted(wanted: Wanted, today: date) -> list[sa.ColumnElement[bool]]:
    state = col(CaseReply.state)
    match wanted:
        case Wanted.OPEN:
            return [state != ReplyState.ACCEPTED]
        case Wanted.OVERDUE:
            return [state == ReplyState.OWED, col(CaseReply.due_on) < today]
    return [state == ReplyState(wanted.value)]
