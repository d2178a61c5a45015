"""Accountability cases: the board by stage, and the dossier with the steps a person may take."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, Scope
from app.domain.cases import CaseEventKind, CaseStage, may_decide
from app.domain.ladder import Rung
from app.domain.vocabulary import Measure
from app.queries import cases as reads
from app.queries import choices, ladders
from app.queries.alerts import alerts_of_milestones
from app.services import cases
from app.services.errors import InputError, Message, NotFoundError, msg
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
Reader = Annotated[Visitor, allow(Action.VIEW_CASES)]
Office = Annotated[Visitor, allow(Action.HANDLE_CASE)]
ON_BOARD = 10  # cases of a stage on the board


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """The board's address as it was typed; words that mean nothing do not narrow."""

    plan: str
    stage: str
    unit: str

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set, for links that keep the filters."""
        return {name: value for name in ("plan", "stage", "unit") if (value := getattr(self, name))}


@router.get("/cases")
def list_board(
    request: Request,
    visitor: Reader,
    session: SessionDep,
    today: TodayDep,
    plan: Text = "",
    stage: Text = "",
    unit: Text = "",
    at: Text = "",
) -> Response:
    """Show the cases in scope: the board of all stages, or one stage's list; htmx gets that part alone."""
    asked = CaseQuery(plan, stage, unit)
    plans = choices.plans(session, visitor.scope)
    plan_id = next((item.id for item in plans if item.slug == plan), None)
    chosen = CaseStage(stage) if stage in set(CaseStage) else None
    wanted = reads.CaseFilter(plan_id=plan_id, organization_id=row_id(unit), stage=chosen)
    context: dict[str, Any] = {"asked": asked, "key_text": _key_text, "chosen": chosen}
    if chosen is None:
        context["columns"] = reads.board(session, visitor.scope, wanted, today=today, limit=ON_BOARD)
    else:
        context["page"] = reads.list_cases(session, visitor.scope, wanted, _key(at), today=today)
    if wants_part(request):
        return render(request, "cases/_board.html", **context)
    units = reads.held_units(session, visitor.scope, plan_id)
    return render(request, "cases/page.html", plans=plans, units=units, stages=list(CaseStage), **context)


def _key(text: str) -> reads.CaseKey | None:
    """Read `2026-11-22.7`; anything else starts at the beginning."""
    day, _, case_id = text.partition(".")
    number = row_id(case_id)
    try:
        return reads.CaseKey(date.fromisoformat(day), number) if number else None
    except ValueError:
        return None


def _key_text(key: reads.CaseKey) -> str:
    return f"{key.opened_on}.{key.case_id}"


@router.get("/cases/{case_id}")
def show(request: Request, visitor: Reader, session: SessionDep, today: TodayDep, case_id: RowId) -> Response:
    """Show one case whole, with the steps that this person may take now."""
    return _dossier(request, visitor, session, today, case_id)


@router.post("/cases/{case_id}/statement")
def create_statement(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.STATE_CASE)],
    session: SessionDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    case_id: RowId,
) -> Response:
    """Put the unit's statement on file."""
    text = _text(form, CaseEventKind.STATEMENT)
    return _step(
        request,
        visitor,
        session,
        today,
        case_id,
        form,
        CaseEventKind.STATEMENT,
        lambda: cases.state_case(session, visitor.actor, case_id, text=text, now=now),
    )


@router.post("/cases/{case_id}/proposal")
def create_proposal(
    request: Request, visitor: Office, session: SessionDep, now: NowDep, today: TodayDep, form: FormDep, case_id: RowId
) -> Response:
    """Propose a measure."""
    text, given = _text(form, CaseEventKind.PROPOSAL), form.code("proposal-measure", Measure)
    measure = given or Measure.REMINDER  # a missing one is a problem of the form already
    clause = form.text("proposal-clause")
    return _step(
        request,
        visitor,
        session,
        today,
        case_id,
        form,
        CaseEventKind.PROPOSAL,
        lambda: cases.propose_measure(
            session,
            visitor.actor,
            case_id,
            measure=measure,
            clause=clause or _provided(session, visitor.scope, case_id, measure),
            text=text,
            now=now,
        ),
    )


@router.post("/cases/{case_id}/decision")
def create_decision(
    request: Request, visitor: Reader, session: SessionDep, now: NowDep, today: TodayDep, form: FormDep, case_id: RowId
) -> Response:
    """Decide a measure; the service tells who may decide which."""
    text, given = _text(form, CaseEventKind.DECISION), form.code("decision-measure", Measure)
    measure = given or Measure.REMINDER  # a missing one is a problem of the form already
    clause, reply_due_on = form.text("decision-clause"), form.day("decision-reply_due_on")
    number, excuse = form.text("decision-document_number"), form.text("decision-no_statement_reason")
    return _step(
        request,
        visitor,
        session,
        today,
        case_id,
        form,
        CaseEventKind.DECISION,
        lambda: cases.decide(
            session,
            visitor.actor,
            case_id,
            measure=measure,
            clause=clause or _provided(session, visitor.scope, case_id, measure),
            document_number=number,
            reply_due_on=reply_due_on,
            text=text,
            no_statement_reason=excuse,
            now=now,
        ),
    )


@router.post("/cases/{case_id}/note")
def create_note(
    request: Request, visitor: Reader, session: SessionDep, now: NowDep, today: TodayDep, form: FormDep, case_id: RowId
) -> Response:
    """Put a note on file."""
    text = _text(form, CaseEventKind.NOTE)
    return _step(
        request,
        visitor,
        session,
        today,
        case_id,
        form,
        CaseEventKind.NOTE,
        lambda: cases.note(session, visitor.actor, case_id, text=text, now=now),
    )


@router.post("/cases/{case_id}/closing")
def close(
    request: Request, visitor: Office, session: SessionDep, now: NowDep, today: TodayDep, form: FormDep, case_id: RowId
) -> Response:
    """Close the case with its result."""
    text = _text(form, CaseEventKind.CLOSING)
    return _step(
        request,
        visitor,
        session,
        today,
        case_id,
        form,
        CaseEventKind.CLOSING,
        lambda: cases.close(session, visitor.actor, case_id, text=text, now=now),
    )


@router.post("/cases/{case_id}/reopening")
def reopen(
    request: Request, visitor: Office, session: SessionDep, now: NowDep, today: TodayDep, form: FormDep, case_id: RowId
) -> Response:
    """Open a closed case again."""
    text = _text(form, CaseEventKind.REOPENING)
    return _step(
        request,
        visitor,
        session,
        today,
        case_id,
        form,
        CaseEventKind.REOPENING,
        lambda: cases.reopen(session, visitor.actor, case_id, text=text, now=now),
    )


def _text(form: Form, kind: CaseEventKind) -> str:
    """Return a step's text; each step's fields carry its name, as several forms share the page."""
    return form.text(f"{kind}-text", limit=cases.MAX_TEXT, required=True)


def _provided(session: Session, scope: Scope, case_id: int, measure: Measure) -> str:
    """Return the clause that the plan of a case provides for a measure; "" where it rests on the office's setting."""
    plan_id = reads.plan_of(session, scope, case_id)
    return _clauses(ladders.rungs(session).get(plan_id or 0, ())).get(measure) or ""


def _clauses(rungs: tuple[Rung, ...]) -> dict[Measure, str | None]:
    return {rung.measure: rung.clause for rung in rungs}


def _step(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    case_id: int,
    form: Form,
    kind: CaseEventKind,
    take: Callable[[], object],
) -> Response:
    """Take a step and go back to the dossier; what cannot be taken comes back as it was typed."""
    if reads.plan_of(session, visitor.scope, case_id) is None:
        raise NotFoundError(msg("There is no such case in your scope."))
    try:
        if form.problems:
            raise InputError(form.problems)
        take()
    except InputError as error:
        problems = {name if "-" in name else f"{kind}-{name}": text for name, text in error.problems.items()}
        typed = form.typed

        def again(fresh: Session) -> Response:
            return _dossier(request, visitor, fresh, today, case_id, problems=problems, typed=typed, form=kind)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/cases/{case_id}?done={kind}#events", 303)


def _dossier(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    case_id: int,
    *,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    form: CaseEventKind | None = None,
) -> Response:
    case = reads.find_case(session, visitor.scope, case_id, role=visitor.role, today=today)
    if case is None:
        raise NotFoundError(msg("There is no such case in your scope."))
    proposal = next((event for event in reversed(case.events) if event.kind is CaseEventKind.PROPOSAL), None)
    waits_for_leader = (
        proposal is not None and proposal.measure is not None and not may_decide(visitor.role, proposal.measure)
    )
    steps = [step for step in case.next_steps if step is not CaseEventKind.DECISION or not waits_for_leader]
    return render(
        request,
        "cases/show.html",
        status=422 if problems else 200,
        case=case,
        steps=[step.value for step in steps],
        stages=list(CaseStage),
        alerts=alerts_of_milestones(session, list({item.milestone_id for item in case.milestones})),
        proposal=proposal,
        waits_for_leader=waits_for_leader and CaseEventKind.DECISION in case.next_steps,
        measures=list(Measure),
        deciding=[measure for measure in Measure if may_decide(visitor.role, measure)],
        clauses=_clauses(ladders.rungs(session).get(case.plan_id, ())),
        problems=problems or {},
        typed=typed or {},
        form=form.value if form else "",
    )
