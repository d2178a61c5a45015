"""Close a case with its report (结案报告), and check later whether the result holds (回头看)."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.cases import CaseEventKind
from app.models import CaseClosingReport, CaseEvent
from app.queries.case_obstacles import Obstacles, obstacles
from app.services.case_events import append, case_for
from app.services.case_limits import MAX_PART, day_problems, reference_problems, refuse, text_problems
from app.services.errors import ConflictError, Message, msg


@dataclass(frozen=True, slots=True)
class ClosingReport:
    """What a closing says where a measure was decided."""

    found: str = ""
    decided: str = ""
    rectified: str = ""
    document_number: str = ""


def close(
    session: Session,
    actor: Actor,
    case_id: int,
    *,
    text: str,
    now: datetime,
    report: ClosingReport | None = None,
    follow_up_on: date | None = None,
) -> CaseEvent:
    """Close a case with its result; after a decision only with the report, and when nothing is open any more.

    `follow_up_on` plans the check of the result. Raises: NotFoundError, ForbiddenError, ConflictError that names what
    stands in the way, InputError.
    """
    case = case_for(session, actor, case_id, CaseEventKind.CLOSING)
    if found := obstacles(session, case_id, local_day(now)):
        raise ConflictError(_what_is_open(found))
    given = report or ClosingReport()
    decided = _has_decision(session, case_id)
    problems = text_problems(text) | day_problems("follow_up_on", follow_up_on, local_day(now))
    refuse(problems | (_report_problems(given) if decided else {}))
    number = given.document_number.strip() or None
    event = append(session, actor, case, CaseEventKind.CLOSING, text, now, document_number=number)
    if decided:
        _keep_report(session, event, given)
    if follow_up_on is not None:
        append(session, actor, case, CaseEventKind.FOLLOW_UP, "结案时安排", now, dated_on=follow_up_on)
    return event


def plan_follow_up(
    session: Session, actor: Actor, case_id: int, *, day: date | None, text: str, now: datetime
) -> CaseEvent:
    """Plan the day on which the result of a closed case is checked. Raises: as close."""
    case = case_for(session, actor, case_id, CaseEventKind.FOLLOW_UP)
    problems = text_problems(text) | day_problems("follow_up_on", day, local_day(now))
    if day is None:
        problems["follow_up_on"] = msg("name the day of the check")
    refuse(problems)
    return append(session, actor, case, CaseEventKind.FOLLOW_UP, text, now, dated_on=day)


def check(
    session: Session, actor: Actor, case_id: int, *, holds: bool, day: date | None, text: str, now: datetime
) -> CaseEvent:
    """Record the check of a closed case; a result that does not hold opens the case again. Raises: as close."""
    kind = CaseEventKind.FOLLOW_UP_HELD if holds else CaseEventKind.FOLLOW_UP_FAILED
    case = case_for(session, actor, case_id, kind)
    today = local_day(now)
    checked_on = day or today
    problems = text_problems(text)
    if checked_on > today:
        problems["checked_on"] = msg("this day has not come yet")
    elif checked_on < (case.stage_since_on or case.opened_on):
        problems["checked_on"] = msg("the case was not closed on this day")
    refuse(problems)
    return append(session, actor, case, kind, text, now, dated_on=checked_on)


def _what_is_open(found: Obstacles) -> Message:
    return msg(
        "The case cannot be closed. Replies not yet given or taken: %(replies)s; items not closed out: %(items)s.",
        replies=len(found.replies),
        items=len(found.items),
    )


def _has_decision(session: Session, case_id: int) -> bool:
    query = sa.select(col(CaseEvent.id)).where(
        col(CaseEvent.case_id) == case_id, col(CaseEvent.kind) == CaseEventKind.DECISION
    )
    return session.scalar(query.limit(1)) is not None


def _report_problems(report: ClosingReport) -> dict[str, Message]:
    problems = reference_problems("document_number", report.document_number)
    if not report.document_number.strip():
        problems["document_number"] = msg("the closing report has a number")
    for field in ("found", "decided", "rectified"):
        problems |= text_problems(getattr(report, field), field, MAX_PART)
    return problems


def _keep_report(session: Session, event: CaseEvent, report: ClosingReport) -> None:
    assert event.id is not None
    session.add(
        CaseClosingReport(
            event_id=event.id,
            found=report.found.strip(),
            decided=report.decided.strip(),
            rectified=report.rectified.strip(),
        )
    )
    session.flush()
