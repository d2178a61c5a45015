"""What people do in an accountability case up to its decision: ask, state, propose, decide, note, reopen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.alert_words import chinese_date
from app.domain.cases import CaseEventKind, may_decide
from app.domain.vocabulary import Measure
from app.models import AccountabilityCase, CaseEvent
from app.services.case_events import append, case_for
from app.services.case_limits import (
    LATEST,
    MAX_BASIS,
    NO_LIMIT,
    CountedLimit,
    Limit,
    counted,
    day_problems,
    limit_problems,
    reference_problems,
    refuse,
    text_problems,
)
from app.services.errors import ForbiddenError, Message, msg
from app.services.evidence import StoredUpload


@dataclass(frozen=True, slots=True)
class Decision:
    """A measure as it is decided; `decided_on` None: today. `no_statement_reason` counts where none is on file."""

    measure: Measure
    clause: str = ""  # of the plan; empty: the office's own setting
    basis: str = ""  # what else it rests on
    document_number: str = ""
    decided_on: date | None = None
    limit: Limit = NO_LIMIT
    no_statement_reason: str = ""


def ask_statement(session: Session, actor: Actor, case_id: int, *, limit: Limit, text: str, now: datetime) -> CaseEvent:
    """Ask the unit to state its case by a day. Raises: as state_case."""
    case = case_for(session, actor, case_id, CaseEventKind.STATEMENT_REQUEST)
    problems = text_problems(text) | limit_problems(limit)
    if limit.days is None and limit.on is None:
        problems["reply_due_on"] = msg("name the day by which the statement is asked for")
    refuse(problems)
    until = counted(session, case.plan_id, limit, local_day(now))
    refuse(_limit_day_problems(limit, until, local_day(now)))
    return append(session, actor, case, CaseEventKind.STATEMENT_REQUEST, text, now, **_told(until))


def state_case(
    session: Session, actor: Actor, case_id: int, *, text: str, now: datetime, files: Sequence[StoredUpload] = ()
) -> CaseEvent:
    """Put the unit's statement on file. Raises: NotFoundError, ForbiddenError, ConflictError, InputError."""
    case = case_for(session, actor, case_id, CaseEventKind.STATEMENT)
    refuse(text_problems(text))
    return append(session, actor, case, CaseEventKind.STATEMENT, text, now, files)


def propose_measure(
    session: Session,
    actor: Actor,
    case_id: int,
    *,
    measure: Measure,
    clause: str,
    text: str,
    now: datetime,
    basis: str = "",
) -> CaseEvent:
    """Propose a measure; an empty clause means that it rests on the office's setting. Raises: as state_case."""
    case = case_for(session, actor, case_id, CaseEventKind.PROPOSAL)
    refuse(text_problems(text) | reference_problems("clause", clause) | reference_problems("basis", basis, MAX_BASIS))
    return append(
        session,
        actor,
        case,
        CaseEventKind.PROPOSAL,
        text,
        now,
        measure=measure,
        clause=_or_none(clause),
        basis=_or_none(basis),
    )


def decide(session: Session, actor: Actor, case_id: int, *, decision: Decision, text: str, now: datetime) -> CaseEvent:
    """Decide a measure that was proposed, after the unit had its say.

    Where the unit put no statement on file, the decision says why and that goes on file first; once the limit of a
    statement that was asked for is over, that is reason enough.
    Raises: NotFoundError, ForbiddenError (from a circular up a leader decides), ConflictError, InputError.
    """
    case = case_for(session, actor, case_id, CaseEventKind.DECISION)
    if not may_decide(actor.role, decision.measure):
        raise ForbiddenError(msg("From a circular up, a leader decides."))
    today = local_day(now)
    decided_on = decision.decided_on or today
    problems = text_problems(text) | _decision_problems(case, decision, decided_on, today)
    excuse = None if has_statement(session, case_id) else _excuse(session, case_id, decision, today, problems)
    refuse(problems)
    until = counted(session, case.plan_id, decision.limit, decided_on)
    refuse(_limit_day_problems(decision.limit, until, today))
    if excuse:
        append(session, actor, case, CaseEventKind.NOTE, excuse, now)
    return append(
        session,
        actor,
        case,
        CaseEventKind.DECISION,
        text,
        now,
        measure=decision.measure,
        clause=_or_none(decision.clause),
        basis=_or_none(decision.basis),
        document_number=_or_none(decision.document_number),
        dated_on=decided_on,
        **_told(until),
    )


def note(session: Session, actor: Actor, case_id: int, *, text: str, now: datetime) -> CaseEvent:
    """Put a note on file. Raises: as state_case."""
    case = case_for(session, actor, case_id, CaseEventKind.NOTE)
    refuse(text_problems(text))
    return append(session, actor, case, CaseEventKind.NOTE, text, now)


def reopen(session: Session, actor: Actor, case_id: int, *, text: str, now: datetime) -> CaseEvent:
    """Open a closed case again and say why; a decision then needs a new proposal. Raises: as state_case."""
    case = case_for(session, actor, case_id, CaseEventKind.REOPENING)
    refuse(text_problems(text))
    return append(session, actor, case, CaseEventKind.REOPENING, text, now)


def has_statement(session: Session, case_id: int) -> bool:
    """Tell whether the unit has put a statement on file."""
    query = sa.select(col(CaseEvent.id)).where(
        col(CaseEvent.case_id) == case_id, col(CaseEvent.kind) == CaseEventKind.STATEMENT
    )
    return session.scalar(query.limit(1)) is not None


def statement_limit(session: Session, case_id: int) -> date | None:
    """Return until when a statement was last asked for; None: it was not."""
    query = sa.select(col(CaseEvent.reply_due_on)).where(
        col(CaseEvent.case_id) == case_id, col(CaseEvent.kind) == CaseEventKind.STATEMENT_REQUEST
    )
    return session.scalar(query.order_by(col(CaseEvent.id).desc()).limit(1))


def _excuse(session: Session, case_id: int, decision: Decision, today: date, problems: dict[str, Message]) -> str:
    """Return why a measure is decided without a statement; what is missing for that is named among the problems."""
    reason, limit = decision.no_statement_reason.strip(), statement_limit(session, case_id)
    if limit is not None and limit < today:
        return f"单位未作陈述：陈述期限{chinese_date(limit)}已过{f'；{reason}' if reason else ''}"
    found = text_problems(reason, "no_statement_reason")
    if found and not reason and limit is not None:
        found = {
            "no_statement_reason": msg(
                "the unit has until %(day)s to state its case; say why you decide before", day=limit
            )
        }
    problems |= found
    return f"单位未作陈述：{reason}"


def _decision_problems(
    case: AccountabilityCase, decision: Decision, decided_on: date, today: date
) -> dict[str, Message]:
    problems = reference_problems("clause", decision.clause) | reference_problems("basis", decision.basis, MAX_BASIS)
    problems |= reference_problems("document_number", decision.document_number) | limit_problems(decision.limit)
    if decided_on > today:
        problems["decided_on"] = msg("this day has not come yet")
    elif decided_on < case.opened_on:
        problems["decided_on"] = msg("the case was not open on this day")
    return problems | day_problems("reply_due_on", decision.limit.on, today)


def _limit_day_problems(limit: Limit, until: CountedLimit, today: date) -> dict[str, Message]:
    field = "reply_due_on" if limit.days is None else "reply_days"
    if until.due_on is not None and until.due_on <= today and limit.days is not None:
        return {field: msg("counted from that day this limit is over already")}
    if until.due_on is not None and until.due_on > LATEST:
        return {field: msg("check the year")}
    return day_problems(field, until.due_on, today)


def _told(until: CountedLimit) -> dict[str, Any]:
    return {"reply_due_on": until.due_on, "reply_days": until.days, "calendar_version": until.calendar_version}


def _or_none(value: str) -> str | None:
    return value.strip() or None
