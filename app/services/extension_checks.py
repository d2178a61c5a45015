"""What is wrong with a request for an extension or a step on it, in words for each field."""

from datetime import date

from app.domain.extensions import LATEST_DUE_ON, Bar, DateProblem, date_problem
from app.queries.extension_rows import ExtensionRow
from app.services.errors import Message, msg

BARS: dict[Bar, Message] = {
    Bar.NOT_OPEN: msg("The milestone is not open any more, so there is no date to extend."),
    Bar.WAITING: msg("A request for an extension of this milestone is waiting already; one at a time."),
    Bar.LIMIT: msg("This milestone has been granted as many extensions as its plan allows."),
}


def request_problems(
    proposed_due_on: date | None, reason: str, late_reason: str, *, effective_due_on: date, late: bool
) -> dict[str, Message]:
    """Name what is wrong with a request; `late`: the due date in force is over."""
    problems = date_problems("proposed_due_on", proposed_due_on, effective_due_on)
    if not reason:
        problems["reason"] = msg("say why the date cannot be kept")
    if late and not late_reason:
        problems["late_reason"] = msg("the due date is over: say why the extension is asked for only now")
    return problems


def date_problems(name: str, due_on: date | None, after_on: date) -> dict[str, Message]:
    """Name what is wrong with a new due date that must lie after the one in force."""
    if due_on is None:
        return {name: msg("name the new due date")}
    match date_problem(due_on, after_on):
        case DateProblem.NOT_LATER:
            return {name: msg("name a day after %(day)s, the due date in force", day=after_on)}
        case DateProblem.TOO_FAR:
            return {name: _too_far()}
    return {}


def _too_far() -> Message:
    return msg("name a day not after %(day)s", day=LATEST_DUE_ON)


def text_problems(text: str) -> dict[str, Message]:
    """Name what is wrong with what somebody says to a request."""
    return {} if text else {"text": msg("give the reason in a sentence")}


def document_problems(document_number: str) -> dict[str, Message]:
    """Name what is wrong with the document number of a reply."""
    return {} if document_number else {"document_number": msg("name the document number of the reply")}


def correction_problems(request: ExtensionRow, due_on: date | None) -> dict[str, Message]:
    """Name what is wrong with the date that takes the place of a wrong grant's."""
    if due_on == request.effective_due_on:
        return {"due_on": msg("this date is in force already")}
    if due_on is None or due_on < request.asked_from_on:
        before = msg("name a day not before %(day)s, the due date before the extension", day=request.asked_from_on)
        return {"due_on": before}
    return {"due_on": _too_far()} if due_on > LATEST_DUE_ON else {}
