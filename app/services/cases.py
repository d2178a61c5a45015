"""What people do in an accountability case: state, propose, decide, note, close, reopen; each is one fact."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.cases import CaseEventKind, may_decide, may_happen, may_take, stage_after
from app.domain.vocabulary import Measure
from app.models import AccountabilityCase, CaseEvent
from app.queries.case_scope import concerns
from app.services import audit
from app.services.errors import ConflictError, ForbiddenError, InputError, Message, NotFoundError, msg
from app.services.turns import take_turn

MAX_TEXT = 3900  # the column holds 4000, with a little that is put before
MAX_REFERENCE = 60  # a clause, a document number


def state_case(session: Session, actor: Actor, case_id: int, *, text: str, now: datetime) -> CaseEvent:
    """Put the unit's statement on file. Raises: NotFoundError, ForbiddenError, ConflictError, InputError."""
    case = _case_for(session, actor, case_id, CaseEventKind.STATEMENT)
    _refuse(_text_problems(text))
    return _append(session, actor, case, CaseEventKind.STATEMENT, text, now)


def propose_measure(
    session: Session, actor: Actor, case_id: int, *, measure: Measure, clause: str, text: str, now: datetime
) -> CaseEvent:
    """Propose a measure; an empty clause means that it rests on the office's setting. Raises: as state_case."""
    case = _case_for(session, actor, case_id, CaseEventKind.PROPOSAL)
    _refuse(_text_problems(text) | _reference_problems("clause", clause))
    return _append(session, actor, case, CaseEventKind.PROPOSAL, text, now, measure=measure, clause=clause)


def decide(
    session: Session,
    actor: Actor,
    case_id: int,
    *,
    measure: Measure,
    clause: str,
    document_number: str,
    reply_due_on: date | None,
    text: str,
    no_statement_reason: str,
    now: datetime,
) -> CaseEvent:
    """Decide a measure that was proposed, after the unit had its say.

    Where the unit put no statement on file, `no_statement_reason` says why and goes on file first.
    Raises: NotFoundError, ForbiddenError (from a circular up a leader decides), ConflictError, InputError.
    """
    case = _case_for(session, actor, case_id, CaseEventKind.DECISION)
    if not may_decide(actor.role, measure):
        raise ForbiddenError(msg("From a circular up, a leader decides."))
    problems = _text_problems(text) | _reference_problems("clause", clause)
    problems |= _reference_problems("document_number", document_number)
    if reply_due_on is not None and reply_due_on <= local_day(now):
        problems["reply_due_on"] = msg("a day after today, or empty")
    heard = _has_statement(session, case_id)
    if not heard:
        problems |= _text_problems(no_statement_reason, "no_statement_reason")
    _refuse(problems)
    if not heard:
        excuse = f"单位未作陈述：{no_statement_reason.strip()}"
        _append(session, actor, case, CaseEventKind.NOTE, excuse, now)
    return _append(
        session,
        actor,
        case,
        CaseEventKind.DECISION,
        text,
        now,
        measure=measure,
        clause=clause,
        document_number=document_number,
        reply_due_on=reply_due_on,
    )


def note(session: Session, actor: Actor, case_id: int, *, text: str, now: datetime) -> CaseEvent:
    """Put a note on file. Raises: as state_case."""
    case = _case_for(session, actor, case_id, CaseEventKind.NOTE)
    _refuse(_text_problems(text))
    return _append(session, actor, case, CaseEventKind.NOTE, text, now)


def close(session: Session, actor: Actor, case_id: int, *, text: str, now: datetime) -> CaseEvent:
    """Close a case and say with what result. Raises: as state_case."""
    case = _case_for(session, actor, case_id, CaseEventKind.CLOSING)
    _refuse(_text_problems(text))
    return _append(session, actor, case, CaseEventKind.CLOSING, text, now)


def reopen(session: Session, actor: Actor, case_id: int, *, text: str, now: datetime) -> CaseEvent:
    """Open a closed case again and say why; a decision then needs a new proposal. Raises: as state_case."""
    case = _case_for(session, actor, case_id, CaseEventKind.REOPENING)
    _refuse(_text_problems(text))
    return _append(session, actor, case, CaseEventKind.REOPENING, text, now)


def _case_for(session: Session, actor: Actor, case_id: int, step: CaseEventKind) -> AccountabilityCase:
    """Return the case when the actor may take the step there and now; the turn keeps others away."""
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


def _append(
    session: Session,
    actor: Actor,
    case: AccountabilityCase,
    kind: CaseEventKind,
    text: str,
    now: datetime,
    *,
    measure: Measure | None = None,
    clause: str = "",
    document_number: str = "",
    reply_due_on: date | None = None,
) -> CaseEvent:
    """Append an event, move the stage, audit both."""
    assert case.id is not None
    event = CaseEvent(
        case_id=case.id,
        kind=kind,
        measure=measure,
        clause=clause.strip() or None,
        document_number=document_number.strip() or None,
        reply_due_on=reply_due_on,
        text=text.strip(),
        author_id=actor.account_id,
        recorded_at=now,
    )
    before = case.stage
    case.stage = stage_after(case.stage, event.kind)
    session.add_all((case, event))
    session.flush()
    audit.record(
        session,
        actor,
        f"cases:{event.kind}",
        f"cases/{case.id}",
        now=event.recorded_at,
        plan_id=case.plan_id,
        event=event.id,
        before={"stage": before},
        after={"stage": case.stage},
        measure=event.measure,
        clause=event.clause,
        document_number=event.document_number,
        reply_due_on=event.reply_due_on,
    )
    return event


def _has_statement(session: Session, case_id: int) -> bool:
    query = sa.select(col(CaseEvent.id)).where(
        col(CaseEvent.case_id) == case_id, col(CaseEvent.kind) == CaseEventKind.STATEMENT
    )
    return session.scalar(query.limit(1)) is not None


def _text_problems(text: str, field: str = "text") -> dict[str, Message]:
    if not text.strip():
        return {field: msg("must not be empty")}
    return {field: msg("at most %(count)s characters", count=MAX_TEXT)} if len(text.strip()) > MAX_TEXT else {}


def _reference_problems(field: str, value: str) -> dict[str, Message]:
    if len(value.strip()) <= MAX_REFERENCE:
        return {}
    return {field: msg("at most %(count)s characters", count=MAX_REFERENCE)}


def _refuse(problems: dict[str, Message]) -> None:
    if problems:
        raise InputError(problems)
