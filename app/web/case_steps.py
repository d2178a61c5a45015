"""The steps of a case as forms: statement, proposal, decision, replies, notes, closing, checks, reopening."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.core.settings import Settings
from app.domain.access import Action, Scope
from app.domain.cases import CaseEventKind
from app.domain.vocabulary import Measure
from app.queries import cases as reads
from app.queries import ladders
from app.services import case_closings, case_replies, cases
from app.services.case_closings import ClosingReport
from app.services.case_limits import MAX_PART, MAX_TEXT, Limit
from app.services.cases import Decision
from app.services.errors import InputError, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.web.case_pages import Rejected, clauses, dossier
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Reader = Annotated[Visitor, allow(Action.VIEW_CASES)]
Office = Annotated[Visitor, allow(Action.HANDLE_CASE)]
Stating = Annotated[Visitor, allow(Action.STATE_CASE)]
Answering = Annotated[Visitor, allow(Action.ANSWER_CASE)]
Checking = Annotated[Visitor, allow(Action.CHECK_CASE)]


@dataclass(frozen=True, slots=True)
class Step:
    """A step somebody asks to take in a case: the form it came with and everything its writing needs."""

    request: Request
    session: Session
    settings: Settings
    now: datetime
    today: date
    form: Form
    case_id: int


async def _asked(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    case_id: RowId,
) -> Step:
    return Step(request, session, settings, now, today, form, case_id)


StepDep = Annotated[Step, Depends(_asked)]


@router.post("/cases/{case_id}/statement-request")
def create_statement_request(visitor: Office, step: StepDep) -> Response:
    """Ask the unit to state its case by a day."""
    kind = CaseEventKind.STATEMENT_REQUEST
    return _take(visitor, step, kind, partial(cases.ask_statement, limit=_limit(step, kind)))


@router.post("/cases/{case_id}/statement")
def create_statement(visitor: Stating, step: StepDep) -> Response:
    """Put the unit's statement on file."""
    return _take(visitor, step, CaseEventKind.STATEMENT, cases.state_case, with_files=True)


@router.post("/cases/{case_id}/proposal")
def create_proposal(visitor: Office, step: StepDep) -> Response:
    """Propose a measure."""
    kind = CaseEventKind.PROPOSAL
    return _take(visitor, step, kind, partial(cases.propose_measure, **_measure(visitor, step, kind)))


@router.post("/cases/{case_id}/decision")
def create_decision(visitor: Reader, step: StepDep) -> Response:
    """Decide a measure; the service tells who may decide which."""
    kind = CaseEventKind.DECISION
    decision = Decision(
        **_measure(visitor, step, kind),
        document_number=step.form.text("decision-document_number"),
        decided_on=step.form.day("decision-decided_on"),
        limit=_limit(step, kind),
        no_statement_reason=step.form.text("decision-no_statement_reason"),
    )
    return _take(visitor, step, kind, partial(cases.decide, decision=decision))


@router.post("/cases/{case_id}/decisions/{decision_id}/reply")
def create_reply(visitor: Answering, step: StepDep, decision_id: RowId) -> Response:
    """Answer a decision for the unit."""
    give = partial(case_replies.give_reply, decision_id=decision_id)
    return _take(visitor, step, CaseEventKind.REPLY, give, with_files=True, about=decision_id)


@router.post("/cases/{case_id}/decisions/{decision_id}/accept")
def accept_reply(visitor: Office, step: StepDep, decision_id: RowId) -> Response:
    """Take the reply to a decision."""
    accept = partial(case_replies.accept_reply, decision_id=decision_id)
    return _take(visitor, step, CaseEventKind.REPLY_ACCEPT, accept, about=decision_id)


@router.post("/cases/{case_id}/decisions/{decision_id}/return")
def return_reply(visitor: Office, step: StepDep, decision_id: RowId) -> Response:
    """Send the reply to a decision back with a new limit."""
    due_on = step.form.day("reply_return-reply_due_on")
    send_back = partial(case_replies.return_reply, decision_id=decision_id, reply_due_on=due_on)
    return _take(visitor, step, CaseEventKind.REPLY_RETURN, send_back, about=decision_id)


@router.post("/cases/{case_id}/note")
def create_note(visitor: Reader, step: StepDep) -> Response:
    """Put a note on file."""
    return _take(visitor, step, CaseEventKind.NOTE, cases.note)


@router.post("/cases/{case_id}/closing")
def close(visitor: Office, step: StepDep) -> Response:
    """Close the case with its result; after a decision, with its report."""
    form = step.form
    parts = {name: form.text(f"closing-{name}", limit=MAX_PART) for name in ("found", "decided", "rectified")}
    report = ClosingReport(**parts, document_number=form.text("closing-document_number"))
    follow_up_on = form.day("closing-follow_up_on")
    write = partial(case_closings.close, report=report, follow_up_on=follow_up_on)
    return _take(visitor, step, CaseEventKind.CLOSING, write)


@router.post("/cases/{case_id}/follow-up")
def create_follow_up(visitor: Office, step: StepDep) -> Response:
    """Plan the check of a closed case."""
    plan = partial(case_closings.plan_follow_up, day=step.form.day("follow_up-follow_up_on"))
    return _take(visitor, step, CaseEventKind.FOLLOW_UP, plan)


@router.post("/cases/{case_id}/follow-up/held")
def record_held(visitor: Checking, step: StepDep) -> Response:
    """Record that the result of a closed case holds."""
    day = step.form.day("follow_up_held-checked_on")
    return _take(visitor, step, CaseEventKind.FOLLOW_UP_HELD, partial(case_closings.check, holds=True, day=day))


@router.post("/cases/{case_id}/follow-up/failed")
def record_failed(visitor: Checking, step: StepDep) -> Response:
    """Record that the result of a closed case does not hold, which opens the case again."""
    day = step.form.day("follow_up_failed-checked_on")
    return _take(visitor, step, CaseEventKind.FOLLOW_UP_FAILED, partial(case_closings.check, holds=False, day=day))


@router.post("/cases/{case_id}/reopening")
def reopen(visitor: Office, step: StepDep) -> Response:
    """Open a closed case again."""
    return _take(visitor, step, CaseEventKind.REOPENING, cases.reopen)


def _limit(step: Step, kind: CaseEventKind) -> Limit:
    """Read a limit: working days or a day."""
    days = step.form.number(f"{kind}-reply_days", least=1, most=250)
    if days is not None and days != days.to_integral_value():
        step.form.problems[f"{kind}-reply_days"] = msg("whole days")
        days = None
    return Limit(None if days is None else int(days), step.form.day(f"{kind}-reply_due_on"))


def _measure(visitor: Visitor, step: Step, kind: CaseEventKind) -> dict[str, Any]:
    """Read the measure and its basis; left empty, the clause is the one that the plan provides."""
    given = step.form.code(f"{kind}-measure", Measure)
    measure = given or Measure.REMINDER  # a missing one is a problem of the form already
    clause = step.form.text(f"{kind}-clause") or _provided(step.session, visitor.scope, step.case_id, measure)
    return {"measure": measure, "clause": clause, "basis": step.form.text(f"{kind}-basis")}


def _provided(session: Session, scope: Scope, case_id: int, measure: Measure) -> str:
    """Return the clause that the plan of a case provides for a measure; "" where it rests on the office's setting."""
    plan_id = reads.plan_of(session, scope, case_id)
    return "" if plan_id is None else clauses(ladders.rungs(session, plan_id)).get(measure) or ""


def _take(
    visitor: Visitor,
    step: Step,
    kind: CaseEventKind,
    service: Callable[..., object],
    *,
    with_files: bool = False,
    about: int | None = None,
) -> Response:
    """Take a step and go back to the dossier; what cannot be taken comes back as it was typed.

    `about` is the decision that a step about a reply belongs to.
    """
    if reads.plan_of(step.session, visitor.scope, step.case_id) is None:
        raise NotFoundError(msg("There is no such case in your scope."))
    # Several forms share the page, so each field carries its step's name.
    text = step.form.text(f"{kind}-text", limit=MAX_TEXT, required=True)
    try:
        if step.form.problems:
            raise InputError(step.form.problems)
        files: dict[str, list[StoredUpload]] = {}
        if with_files:
            files["files"] = received(step.form, step.settings, field=f"{kind}-evidence")
        service(step.session, visitor.actor, step.case_id, text=text, now=step.now, **files)
    except InputError as error:
        problems = {name if "-" in name else f"{kind}-{name}": words for name, words in error.problems.items()}
        rejected = Rejected(problems, step.form.typed, kind if about is None else f"{kind}-{about}")

        def again(fresh: Session) -> Response:
            return dossier(step.request, visitor, fresh, step.today, step.case_id, rejected=rejected)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/cases/{step.case_id}?done={kind}", 303)
