"""What stands in the way of closing a case: replies owed or not yet taken, rectification items that are open."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.case_replies import ReplyState
from app.domain.rectifications import UNSETTLED, RectificationState
from app.domain.vocabulary import Measure
from app.models import CaseEvent, CaseReply, Organization, Rectification, RectificationStanding


@dataclass(frozen=True, slots=True)
class OpenReply:
    """A reply that is owed or not yet taken."""

    decision_id: int
    measure: Measure | None
    document_number: str | None
    state: ReplyState
    due_on: date
    days_late: int


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A rectification item that is not closed out."""

    id: int
    problem: str
    unit: str
    person: str
    state: RectificationState
    due_on: date
    days_late: int


@dataclass(frozen=True, slots=True)
class Obstacles:
    """All that is open in a case; false when nothing is."""

    replies: tuple[OpenReply, ...]
    items: tuple[OpenItem, ...]

    def __bool__(self) -> bool:
        """Tell whether anything is open."""
        return bool(self.replies or self.items)


def obstacles(session: Session, case_id: int, today: date) -> Obstacles:
    """Return what is open in a case, what is due first first."""
    return Obstacles(_open_replies(session, case_id, today), open_items(session, case_id, today))


def _open_replies(session: Session, case_id: int, today: date) -> tuple[OpenReply, ...]:
    query = (
        sa.select(
            col(CaseReply.decision_id),
            col(CaseEvent.measure),
            col(CaseEvent.document_number),
            col(CaseReply.state),
            col(CaseReply.due_on),
        )
        .join(CaseEvent, col(CaseEvent.id) == col(CaseReply.decision_id))
        .where(col(CaseReply.case_id) == case_id, col(CaseReply.state) != ReplyState.ACCEPTED)
        .order_by(col(CaseReply.due_on), col(CaseReply.decision_id))
    )
    return tuple(
        OpenReply(
            decision_id=row.decision_id,
            measure=row.measure,
            document_number=row.document_number,
            state=row.state,
            due_on=row.due_on,
            days_late=_days_late(row.due_on, today) if row.state is ReplyState.OWED else 0,
        )
        for row in session.execute(query)
    )


def open_items(session: Session, case_id: int, today: date) -> tuple[OpenItem, ...]:
    """Return the items of a case that are not closed out, what is due first first."""
    query = (
        sa.select(
            col(Rectification.id),
            col(Rectification.problem),
            col(Organization.name),
            col(Rectification.person),
            col(RectificationStanding.state),
            col(RectificationStanding.due_on),
        )
        .join(RectificationStanding, col(RectificationStanding.rectification_id) == col(Rectification.id))
        .join(Organization, col(Organization.id) == col(Rectification.organization_id))
        .where(col(RectificationStanding.case_id) == case_id, col(RectificationStanding.state).in_(sorted(UNSETTLED)))
        .order_by(col(RectificationStanding.due_on), col(Rectification.id))
    )
    return tuple(
        OpenItem(
            id=row.id,
            problem=row.problem,
            unit=row.name,
            person=row.person,
            state=row.state,
            due_on=row.due_on,
            days_late=_days_late(row.due_on, today) if row.state is RectificationState.OPEN else 0,
        )
        for row in session.execute(query)
    )


def _days_late(due_on: date, today: date) -> int:
    return max(0, (today - due_on).days)
