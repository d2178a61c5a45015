"""Accountability cases: the board by stage, and the dossier with the steps a person may take."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, Scope
from app.domain.cases import CaseEventKind, CaseStage, may_decide
from app.domain.ladder import Rung
from app.domain.vocabulary import Measure
from app.queries import cases as reads
from app.queries import choices, ladders, postings
from app.queries.alerts import alerts_of_milestones
from app.queries.case_scope import CaseFilter
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
    wanted = CaseFilter(plan_id=plan_id, organization_id=row_id(unit), stage=chosen)
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


@dataclass(frozen=True, slots=True)
class Step:
    """A step somebody asks to take in a case: the form it came with and everything its writing needs."""

    request: Request
    session: Session
    now: datetime
    today: date
    form: Form
    case_id: int


async def _asked(
    request: Request, session: SessionDep, now: NowDep, today: TodayDep, form: FormDep, case_id: RowId
) -> Step:
    return Step(request, session, now, today, form, case_id)


StepDep = Annotated[Step, Depends(_asked)]


@router.post("/cases/{case_id}/statement")
def create_statement(visitor: Annotated[Visitor, allow(Action.STATE_CASE)], step: StepDep) -> Response:
    """Put the unit's statement on file."""
    return _take(visitor, step, CaseEventKind.STATEMENT, cases.state_case)


@router.post("/cases/{case_id}/proposal")
def create_proposal(visitor: Office, step: StepDep) -> Response:
    """Propose a measure."""
    return _take(visitor, step, CaseEventKind.PROPOSAL, partial(cases.propose_measure, **_measure(visitor, step)))


@router.post("/cases/{case_id}/decision")
def create_decision(visitor: Reader, step: StepDep) -> Response:
    """Decide a measure; the service tells who may decide which."""
    decide = partial(
        cases.decide,
        **_measure(visitor, step, "decision"),
        document_number=step.form.text("decision-document_number"),
        reply_due_on=step.form.day("decision-reply_due_on"),
        no_statement_reason=step.form.text("decision-no_statement_reason"),
    )
    return _take(visitor, step, CaseEventKind.DECISION, decide)


@router.post("/cases/{case_id}/note")
def create_note(visitor: Reader, step: StepDep) -> Response:
    """Put a note on file."""
    return _take(visitor, step, CaseEventKind.NOTE, cases.note)


@router.post("/cases/{case_id}/closing")
def close(visitor: Office, step: StepDep) -> Response:
    """Close the case with its result."""
    return _take(visitor, step, CaseEventKind.CLOSING, cases.close)


@router.post("/cases/{case_id}/reopening")
def reopen(visitor: Office, step: StepDep) -> Response:
    """Open a closed case again."""
    return _take(visitor, step, CaseEventKind.REOPENING, cases.reopen)


def _measure(visitor: Visitor, step: Step, kind: str = "proposal") -> dict[str, Any]:
    """Read the measure and its clause; left empty, the clause is the one that the plan provides."""
    given = step.form.code(f"{kind}-measure", Measure)
    measure = given or Measure.REMINDER  # a missing one is a problem of the form already
    clause = step.form.text(f"{kind}-clause")
    return {"measure": measure, "clause": clause or _provided(step.session, visitor.scope, step.case_id, measure)}


def _provided(session: Session, scope: Scope, case_id: int, measure: Measure) -> str:
    """Return the clause that the plan of a case provides for a measure; "" where it rests on the office's setting."""
    plan_id = reads.plan_of(session, scope, case_id)
    return _clauses(ladders.rungs(session).get(plan_id or 0, ())).get(measure) or ""


def _clauses(rungs: tuple[Rung, ...]) -> dict[Measure, str | None]:
    return {rung.measure: rung.clause for rung in rungs}


def _take(visitor: Visitor, step: Step, kind: CaseEventKind, service: Callable[..., object]) -> Response:
    """Take a step and go back to the dossier; what cannot be taken comes back as it was typed."""
    if reads.plan_of(step.session, visitor.scope, step.case_id) is None:
        raise NotFoundError(msg("There is no such case in your scope."))
    # Several forms share the page, so each field carries its step's name.
    text = step.form.text(f"{kind}-text", limit=cases.MAX_TEXT, required=True)
    try:
        if step.form.problems:
            raise InputError(step.form.problems)
        service(step.session, visitor.actor, step.case_id, text=text, now=step.now)
    except InputError as error:
        problems = {name if "-" in name else f"{kind}-{name}": text for name, text in error.problems.items()}
        typed = step.form.typed

        def again(fresh: Session) -> Response:
            return _dossier(
                step.request, visitor, fresh, step.today, step.case_id, problems=problems, typed=typed, form=kind
            )

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/cases/{step.case_id}?done={kind}#events", 303)


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
        answering=postings.answering_in_case(session, case.id, case.organization_id, case.opened_on),
        proposal=proposal,
        waits_for_leader=waits_for_leader and CaseEventKind.DECISION in case.next_steps,
        measures=list(Measure),
        deciding=[measure for measure in Measure if may_decide(visitor.role, measure)],
        clauses=_clauses(ladders.rungs(session).get(case.plan_id, ())),
        problems=problems or {},
        typed=typed or {},
        form=form.value if form else "",
    )
