"""The reply of a unit to a decision: given, taken, sent back with a new limit; each is one fact."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.case_replies import may_follow
from app.domain.cases import CaseEventKind
from app.models import AccountabilityCase, CaseEvent, CaseReply
from app.services.case_events import append, case_for
from app.services.case_limits import day_problems, refuse, text_problems
from app.services.errors import ConflictError, NotFoundError, msg
from app.services.evidence import StoredUpload


def give_reply(
    session: Session,
    actor: Actor,
    case_id: int,
    decision_id: int,
    *,
    text: str,
    now: datetime,
    files: Sequence[StoredUpload] = (),
) -> CaseEvent:
    """Answer a decision for the unit; the office enters what came on paper. Raises: as accept_reply."""
    case = _case_for_reply(session, actor, case_id, decision_id, CaseEventKind.REPLY)
    refuse(text_problems(text))
    return append(session, actor, case, CaseEventKind.REPLY, text, now, files, follows_id=decision_id)


def accept_reply(
    session: Session, actor: Actor, case_id: int, decision_id: int, *, text: str, now: datetime
) -> CaseEvent:
    """Take the reply to a decision. Raises: NotFoundError, ForbiddenError, ConflictError, InputError."""
    case = _case_for_reply(session, actor, case_id, decision_id, CaseEventKind.REPLY_ACCEPT)
    refuse(text_problems(text))
    return append(session, actor, case, CaseEventKind.REPLY_ACCEPT, text, now, follows_id=decision_id)


def return_reply(
    session: Session,
    actor: Actor,
    case_id: int,
    decision_id: int,
    *,
    text: str,
    reply_due_on: date | None,
    now: datetime,
) -> CaseEvent:
    """Send a reply back with the reason and a new limit. Raises: as accept_reply."""
    case = _case_for_reply(session, actor, case_id, decision_id, CaseEventKind.REPLY_RETURN)
    problems = text_problems(text) | day_problems("reply_due_on", reply_due_on, local_day(now))
    if reply_due_on is None:
        problems["reply_due_on"] = msg("name the day by which an answer is due")
    refuse(problems)
    return append(
        session,
        actor,
        case,
        CaseEventKind.REPLY_RETURN,
        text,
        now,
        follows_id=decision_id,
        reply_due_on=reply_due_on,
    )


def _case_for_reply(
    session: Session, actor: Actor, case_id: int, decision_id: int, kind: CaseEventKind
) -> AccountabilityCase:
    case = case_for(session, actor, case_id, kind)
    reply = session.get(CaseReply, decision_id, populate_existing=True)
    if reply is None or reply.case_id != case.id:
        raise NotFoundError(msg("No reply is owed to this decision."))
    if not may_follow(reply.state, kind):
        raise ConflictError(msg("Somebody was faster, or this step is not possible now. Look at the case again."))
    return case
