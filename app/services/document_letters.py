"""Letters and notices of an alert, a case or an extension: which can be made now, and each as a document."""

from sqlmodel import Session

from app.domain.documents import DocumentKind, Subject
from app.domain.letters import (
    DECIDED_BY,
    AlertLetterFacts,
    CaseLetterFacts,
    letters_for_alert,
    letters_for_case,
    letters_for_extension,
)
from app.domain.vocabulary import AlertState
from app.models import Plan
from app.printouts import criticism_circulars, extension_replies, interview_papers, letters, supervision_notices
from app.printouts.documents import Document
from app.queries import letter_alerts, letter_cases, letter_extensions
from app.queries.circulars import CutOff
from app.queries.letter_alerts import AlertStanding
from app.services.errors import ConflictError, Message, NotFoundError, msg

_OVER: dict[AlertState, Message] = {
    AlertState.WITHDRAWN: msg("This alert was withdrawn; no letter is made of it."),
    AlertState.SUPERSEDED: msg("What this alert was about is settled or has another date; no letter is made of it."),
    AlertState.ANSWERED: msg("The units have answered this alert; return an answer before you write to them again."),
}
_TO_SUPERIOR = msg("Only the organ that the office belongs to is responsible here; an office sends it no such letter.")
_TO_ITSELF = msg("Only the office itself is responsible here; it writes no letter to itself.")


def supervision_notice(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the supervision notice of an alert. Raises: NotFoundError, ConflictError when it does not fit."""
    return supervision_notices.compose(_alert(session, plan, subject, DocumentKind.SUPERVISION_NOTICE, at))


def reminder_letter(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the reminder letter of an alert. Raises: as supervision_notice."""
    return letters.reminder(_alert(session, plan, subject, DocumentKind.REMINDER_LETTER, at))


def urging_letter(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the urging letter of an alert. Raises: as supervision_notice."""
    return letters.urging(_alert(session, plan, subject, DocumentKind.URGING_LETTER, at))


def interview_notice(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the interview notice of a case. Raises: NotFoundError, ConflictError without such a decision."""
    return interview_papers.notice(_case(session, plan, subject, DocumentKind.INTERVIEW_NOTICE, at))


def interview_minutes(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the interview minutes of a case. Raises: as interview_notice."""
    return interview_papers.minutes(_case(session, plan, subject, DocumentKind.INTERVIEW_MINUTES, at))


def criticism_circular(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the circular of criticism of a case. Raises: as interview_notice."""
    return criticism_circulars.compose(_case(session, plan, subject, DocumentKind.CRITICISM_CIRCULAR, at))


def extension_reply(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Return the reply to a request for an extension. Raises: NotFoundError, ConflictError before the decision."""
    found = letter_extensions.standing(session, plan, subject.id, at)
    if found is None:
        raise NotFoundError(msg("There is no such request in your scope."))
    if not letters_for_extension(found.state, found.asked_by_unit):
        undecided = msg("This request has no decision in force to reply with.")
        raise ConflictError(undecided if found.asked_by_unit else _TO_ITSELF)
    told = letter_extensions.gather(session, plan, subject.id, at)
    assert told is not None
    return extension_replies.compose(told)


def kinds_for_alert(session: Session, plan: Plan, alert_id: int, at: CutOff) -> tuple[DocumentKind, ...]:
    """Return the letters that can be made of an alert of the plan now."""
    found = letter_alerts.standing(session, plan, alert_id, at)
    if found is None or not found.to_units or found.only_superior:
        return ()
    return letters_for_alert(found.measure, found.state)


def kinds_for_case(session: Session, plan: Plan, case_id: int, at: CutOff) -> tuple[DocumentKind, ...]:
    """Return the documents that can be made of a case of the plan now."""
    found = letter_cases.standing(session, plan, case_id, at)
    return letters_for_case(found.decided, found.stage) if found and found.to_units else ()


def kinds_for_extension(session: Session, plan: Plan, extension_id: int, at: CutOff) -> tuple[DocumentKind, ...]:
    """Return the reply when one can be made of a request under the plan now."""
    found = letter_extensions.standing(session, plan, extension_id, at)
    return letters_for_extension(found.state, found.asked_by_unit) if found else ()


def _alert(session: Session, plan: Plan, subject: Subject, kind: DocumentKind, at: CutOff) -> AlertLetterFacts:
    found = letter_alerts.standing(session, plan, subject.id, at)
    if found is None:
        raise NotFoundError(msg("There is no such alert in your scope."))
    if kind not in letters_for_alert(found.measure, found.state):
        raise ConflictError(_alert_refusal(found))
    if not found.to_units:
        raise ConflictError(_TO_ITSELF)
    if found.only_superior:
        raise ConflictError(_TO_SUPERIOR)
    told = letter_alerts.gather(session, plan, subject.id, at)
    assert told is not None
    return told


def _alert_refusal(found: AlertStanding) -> Message:
    other = msg("An alert of this measure goes out as another kind of document, or is decided in a case.")
    return _OVER.get(found.state, other)


def _case(session: Session, plan: Plan, subject: Subject, kind: DocumentKind, at: CutOff) -> CaseLetterFacts:
    found = letter_cases.standing(session, plan, subject.id, at)
    if found is None:
        raise NotFoundError(msg("There is no such case."))
    if DECIDED_BY[kind] not in found.decided:
        raise ConflictError(msg("In this case no such measure has been decided since it was last opened."))
    if kind not in letters_for_case(found.decided, found.stage):
        raise ConflictError(msg("This case is closed; only its minutes can still be written up."))
    if not found.to_units:
        raise ConflictError(_TO_ITSELF)
    told = letter_cases.gather(session, plan, subject.id, DECIDED_BY[kind], at)
    assert told is not None
    return told
