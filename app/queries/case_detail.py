"""One accountability case whole: its milestones, its steps, the replies to its decisions, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.case_replies import ReplyState
from app.domain.case_tasks import NextTask
from app.domain.cases import CaseEventKind, CaseStage, next_steps
from app.domain.vocabulary import Measure, Role
from app.models import Account, AccountabilityCase, CaseClosingReport, CaseEvent, CaseReply
from app.queries.case_milestones import HeldMilestone, held_milestones
from app.queries.case_scope import in_scope
from app.queries.cases import case_rows, task_of


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One event of a case; `author` None: the scheduler. A closing after a decision has the three parts of a report."""

    id: int
    kind: CaseEventKind
    follows_id: int | None
    measure: Measure | None
    clause: str | None
    basis: str | None
    document_number: str | None
    dated_on: date | None
    reply_due_on: date | None
    reply_days: int | None
    text: str
    author: str | None
    recorded_at: datetime
    found: str | None
    decided: str | None
    rectified: str | None


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """The reply to a decision: until when it is owed, and where it stands."""

    decision: CaseStep
    state: ReplyState
    first_due_on: date
    due_on: date
    given_on: date | None
    settled_on: date | None
    days_late: int  # while it is owed


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
    since_on: date
    next: NextTask
    opened_on: date
    opened_at: datetime
    milestones: tuple[HeldMilestone, ...]
    events: tuple[CaseStep, ...]
    replies: tuple[ReplyRow, ...]
    next_steps: tuple[CaseEventKind, ...]
    statement_on_file: bool
    statement_due_on: date | None  # until when it was last asked for
    decided: bool
    all_settled: bool

    @property
    def milestone_ids(self) -> list[int]:
        """Return the ids of its milestones, each once."""
        return list(dict.fromkeys(item.milestone_id for item in self.milestones))

    def last(self, kind: CaseEventKind) -> CaseStep | None:
        """Return the last event of a kind."""
        return next((event for event in reversed(self.events) if event.kind is kind), None)


def find_case(session: Session, scope: Scope, case_id: int, *, role: Role | None, today: date) -> CaseDetail | None:
    """Return one case with everything in it and the steps a role may take next; None: not there, or not in scope."""
    row = session.execute(case_rows().where(col(AccountabilityCase.id) == case_id, *in_scope(scope))).first()
    if row is None:
        return None
    milestones = tuple(item for _, item in held_milestones(session, [case_id], today))
    events = _events(session, case_id)
    asked = [event.reply_due_on for event in events if event.kind is CaseEventKind.STATEMENT_REQUEST]
    return CaseDetail(
        id=row.id,
        number=row.number,
        plan_id=row.plan_id,
        plan_slug=row.plan_slug,
        plan=row.plan,
        organization_id=row.organization_id,
        organization=row.organization,
        stage=row.stage,
        since_on=row.stage_since_on or row.opened_on,
        next=task_of(row),
        opened_on=row.opened_on,
        opened_at=row.opened_at,
        milestones=milestones,
        events=events,
        replies=_replies(session, case_id, events, today),
        next_steps=next_steps(row.stage, role),
        statement_on_file=any(event.kind is CaseEventKind.STATEMENT for event in events),
        statement_due_on=asked[-1] if asked else None,
        decided=any(event.kind is CaseEventKind.DECISION for event in events),
        all_settled=all(item.settled for item in milestones),
    )


def _events(session: Session, case_id: int) -> tuple[CaseStep, ...]:
    event, report = CaseEvent, CaseClosingReport
    columns: list[Any] = [
        col(event.id),
        col(event.kind),
        col(event.follows_id),
        col(event.measure),
        col(event.clause),
        col(event.basis),
        col(event.document_number),
        col(event.dated_on),
        col(event.reply_due_on),
        col(event.reply_days),
        col(event.text),
        col(Account.display_name),
        col(event.recorded_at),
        col(report.found),
        col(report.decided),
        col(report.rectified),
    ]
    query = (
        sa.select(*columns)
        .outerjoin(Account, col(Account.id) == col(event.author_id))
        .outerjoin(report, col(report.event_id) == col(event.id))
        .where(col(event.case_id) == case_id)
        .order_by(col(event.id))
    )
    return tuple(CaseStep(*row) for row in session.execute(query))


def _replies(session: Session, case_id: int, events: Sequence[CaseStep], today: date) -> tuple[ReplyRow, ...]:
    """Return the replies of a case, the latest decision first."""
    steps = {event.id: event for event in events}
    query = sa.select(CaseReply).where(col(CaseReply.case_id) == case_id).order_by(col(CaseReply.decision_id).desc())
    return tuple(
        ReplyRow(
            decision=steps[row.decision_id],
            state=row.state,
            first_due_on=row.first_due_on,
            due_on=row.due_on,
            given_on=row.given_on,
            settled_on=row.settled_on,
            days_late=max(0, (today - row.due_on).days) if row.state is ReplyState.OWED else 0,
        )
        for row in session.scalars(query)
    )
