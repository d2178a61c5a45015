"""A case's record: find it for a step, append the step, and project where the case and its replies stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.case_replies import ReplyFinding, ReplyStep, reply_finding
from app.domain.case_tasks import CaseSituation, next_task
from app.domain.cases import CaseEventKind, may_decide, may_happen, may_take, stage_after
from app.domain.vocabulary import Role
from app.models import AccountabilityCase, CaseEvent, CaseMilestone, CaseReply, RectificationStanding
from app.queries.case_scope import concerns
from app.services import audit, evidence
from app.services.errors import ConflictError, ForbiddenError, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.reports import author_of
from app.services.turns import take_turn

_ANSWERS = frozenset({CaseEventKind.REPLY, CaseEventKind.REPLY_ACCEPT, CaseEventKind.REPLY_RETURN})
_CHECKED = frozenset({CaseEventKind.FOLLOW_UP_HELD, CaseEventKind.FOLLOW_UP_FAILED, CaseEventKind.REOPENING})


def case_for(session: Session, actor: Actor, case_id: int, step: CaseEventKind) -> AccountabilityCase:
    """Return the case when the actor may take the step there and now; the turn keeps others away.

    Raises: NotFoundError, ForbiddenError, ConflictError.
    """
    take_turn(session)
    case = session.get(AccountabilityCase, case_id, populate_existing=True)
    if case is None:
        raise NotFoundError(msg("There is no such case."))
    scope = actor.scope
    unit = scope.organization_id
    if not scope.holds_plan(case.plan_id) or not (unit is None or concerns(session, case_id, unit)):
        raise ForbiddenError(msg("This case is not in your scope."))
    if not may_take(actor.role, step):
        raise ForbiddenError(msg("Your role may not take this step."))
    if not may_happen(case.stage, step):
        raise ConflictError(msg("This step is not possible at the present stage of the case."))
    return case


def append(
    session: Session,
    actor: Actor,
    case: AccountabilityCase,
    kind: CaseEventKind,
    text: str,
    now: datetime,
    files: Sequence[StoredUpload] = (),
    **told: Any,
) -> CaseEvent:
    """Append an event with what else it tells (columns of CaseEvent), move the case on, audit both."""
    assert case.id is not None
    event = CaseEvent(
        case_id=case.id, kind=kind, text=text.strip(), author_id=actor.account_id, recorded_at=now, **told
    )
    before = _stands(case)
    session.add(event)
    session.flush()
    digests = _attach(session, actor, event, files, now)
    stage = stage_after(case.stage, kind)
    if stage is not case.stage:
        case.stage, case.stage_since_on = stage, local_day(now)
    project(session, case)
    audit.record(
        session,
        actor,
        f"cases:{kind}",
        f"cases/{case.id}",
        now=now,
        plan_id=case.plan_id,
        event=event.id,
        before=before,
        after=_stands(case),
        **({"evidence": digests} if digests else {}),
        **{name: value for name, value in told.items() if value is not None},
    )
    return event


def _stands(case: AccountabilityCase) -> dict[str, Any]:
    return {"stage": case.stage, "next_task": case.next_task, "next_due_on": case.next_due_on}


def _attach(
    session: Session, actor: Actor, event: CaseEvent, files: Sequence[StoredUpload], now: datetime
) -> list[str]:
    """Bind files to an event, under the first milestone of its case; return their hashes."""
    if not files:
        return []
    first = sa.select(sa.func.min(col(CaseMilestone.milestone_id))).where(col(CaseMilestone.case_id) == event.case_id)
    milestone_id: int = session.execute(first).scalar_one()
    return evidence.attach(session, author_of(actor), files, milestone_id=milestone_id, case_event_id=event.id, now=now)


def project(session: Session, case: AccountabilityCase) -> None:
    """Bring the case's replies and what comes next in line with its facts."""
    assert case.id is not None
    events = session.scalars(
        sa.select(CaseEvent).where(col(CaseEvent.case_id) == case.id).order_by(col(CaseEvent.id))
    ).all()
    replies = _replies(session, case, events)
    items = session.execute(
        sa.select(col(RectificationStanding.state), col(RectificationStanding.due_on)).where(
            col(RectificationStanding.case_id) == case.id
        )
    )
    found = next_task(
        CaseSituation(
            stage=case.stage,
            statement_due_on=_due_of_last(events, CaseEventKind.STATEMENT_REQUEST, {CaseEventKind.STATEMENT}),
            leader_decides=_leader_decides(events),
            replies=tuple((item.state, item.due_on) for item in replies),
            items=tuple((state, due_on) for state, due_on in items),
            follow_up_on=_due_of_last(events, CaseEventKind.FOLLOW_UP, _CHECKED),
        )
    )
    case.next_task, case.next_party, case.next_due_on = found.task, found.party, found.due_on
    session.add(case)
    session.flush()


def _replies(session: Session, case: AccountabilityCase, events: Sequence[CaseEvent]) -> list[ReplyFinding]:
    """Judge the reply to each decision that asks for one, and keep what was found."""
    found = []
    for decision in events:
        if decision.kind is not CaseEventKind.DECISION or decision.reply_due_on is None:
            continue
        steps = [item for item in events if item.kind in _ANSWERS and item.follows_id == decision.id]
        finding = reply_finding(
            decision.reply_due_on,
            [ReplyStep(item.kind, local_day(item.recorded_at), item.reply_due_on) for item in steps],
        )
        session.merge(
            CaseReply(
                decision_id=decision.id or 0,
                case_id=case.id or 0,
                plan_id=case.plan_id,
                organization_id=case.organization_id,
                state=finding.state,
                first_due_on=finding.first_due_on,
                due_on=finding.due_on,
                first_given_on=finding.first_given_on,
                given_on=finding.given_on,
                settled_on=finding.settled_on,
            )
        )
        found.append(finding)
    return found


def _due_of_last(events: Sequence[CaseEvent], asked: CaseEventKind, met_by: frozenset[Any] | set[Any]) -> Any:
    """Return the day of the last event of a kind that none of the others has followed; None: there is none."""
    for event in reversed(events):
        if event.kind in met_by:
            return None
        if event.kind is asked:
            return event.reply_due_on or event.dated_on
    return None


def _leader_decides(events: Sequence[CaseEvent]) -> bool:
    proposed = next((item for item in reversed(events) if item.kind is CaseEventKind.PROPOSAL), None)
    return proposed is not None and proposed.measure is not None and not may_decide(Role.OFFICE, proposed.measure)
