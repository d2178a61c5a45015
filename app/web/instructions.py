"""Leaders' instructions: the list with what is overdue first, one instruction, and the forms of its steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.core.settings import Settings
from app.domain.access import Action, may
from app.domain.instructions import InstructionState, next_steps
from app.domain.vocabulary import InstructionStepKind, Role
from app.queries import choices
from app.queries import instruction_list as lists
from app.queries import instructions as reads
from app.services import instructions
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.instructions import InstructionInput
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, View, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.milestones import form_rejected
from app.web.render import render
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
Settler = Annotated[Visitor, allow(Action.SETTLE_INSTRUCTION)]


@router.get("/instructions")
def list_(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    state: Text = "",
    plan: Text = "",
    unit: Text = "",
    page: Text = "",
) -> Response:
    """Show the instructions in scope, overdue ones first; the filters lie in the address."""
    plans = choices.plans(session, visitor.scope)
    chosen = next((item for item in plans if item.slug == plan), None)
    wanted = lists.InstructionFilter(
        wanted=lists.Wanted(state) if state in set(lists.Wanted) else None,
        plan_id=chosen.id if chosen else None,
        organization_id=row_id(unit),
    )
    return render(
        request,
        "instructions/page.html",
        found=lists.list_instructions(session, visitor.scope, wanted, today=today, number=row_id(page) or 1),
        asked={"state": state if wanted.wanted else "", "plan": chosen.slug if chosen else "", "unit": unit},
        plans=plans,
        units=lists.addressees(session, visitor.scope),
        today=today,
    )


@router.post("/milestones/{milestone_id}/instructions")
def create(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.INSTRUCT)],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    milestone_id: RowId,
) -> Response:
    """Put an instruction on record: a leader's own, or what the office has from a leader on paper."""
    text, addressee = form.text("text", limit=instructions.MAX_TEXT, required=True), form.id("addressee")
    leader = form.text("leader", limit=instructions.MAX_LEADER, required=visitor.role is Role.OFFICE)
    issued_on, reply_due_on = form.day("issued_on", required=True), form.day("reply_due_on", required=True)
    try:
        if addressee is None:
            form.problems.setdefault("addressee", msg("choose one of the list"))
        if addressee is None or issued_on is None or reply_due_on is None:
            raise InputError(form.problems)
        files = received(form, settings)
        given = InstructionInput(addressee, text, issued_on, reply_due_on, leader)
        instruction_id = instructions.issue(session, visitor.actor, milestone_id, given, files, now=now)
    except InputError as error:
        raise form_rejected(request, visitor, today, milestone_id, form, error.problems, "instruction") from error
    return RedirectResponse(f"/instructions/{instruction_id}?done=create", 303)


@router.get("/instructions/{instruction_id}")
def show(request: Request, visitor: View, session: SessionDep, today: TodayDep, instruction_id: RowId) -> Response:
    """Show one instruction whole, with the steps that this person may take now."""
    return _instruction_page(request, visitor, session, today, instruction_id)


@dataclass(frozen=True, slots=True)
class Step:
    """A step somebody asks to take: the form it came with and everything its writing needs."""

    request: Request
    session: Session
    settings: Settings
    now: datetime
    today: date
    form: Form
    instruction_id: int


async def _asked(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    instruction_id: RowId,
) -> Step:
    return Step(request, session, settings, now, today, form, instruction_id)


StepDep = Annotated[Step, Depends(_asked)]


@router.post("/instructions/{instruction_id}/reply")
def create_reply(visitor: Annotated[Visitor, allow(Action.ANSWER_INSTRUCTION)], step: StepDep) -> Response:
    """Answer for the addressee."""

    def reply(text: str, files: list[StoredUpload]) -> None:
        instructions.reply(step.session, visitor.actor, step.instruction_id, text=text, files=files, now=step.now)

    return _take(visitor, step, InstructionStepKind.REPLY, reply)


@router.post("/instructions/{instruction_id}/return")
def create_return(visitor: Settler, step: StepDep) -> Response:
    """Send the answer back with the reason and a new limit."""
    reply_due_on = step.form.day("reply_due_on", required=True)

    def send_back(text: str, files: list[StoredUpload]) -> None:
        instructions.send_back(
            step.session,
            visitor.actor,
            step.instruction_id,
            text=text,
            reply_due_on=reply_due_on,
            files=files,
            now=step.now,
        )

    return _take(visitor, step, InstructionStepKind.RETURN, send_back)


@router.post("/instructions/{instruction_id}/settle")
def settle(visitor: Settler, step: StepDep) -> Response:
    """Accept the answer: the instruction is settled."""

    def accept(text: str, files: list[StoredUpload]) -> None:
        instructions.settle(step.session, visitor.actor, step.instruction_id, text=text, files=files, now=step.now)

    return _take(visitor, step, InstructionStepKind.ACCEPT, accept)


def _take(
    visitor: Visitor, step: Step, kind: InstructionStepKind, write: Callable[[str, list[StoredUpload]], None]
) -> Response:
    """Take a step and go back to the instruction; what cannot be taken comes back as it was typed."""
    text = step.form.text("text", limit=instructions.MAX_TEXT, required=True)
    try:
        write(text, received(step.form, step.settings))
    except InputError as error:
        problems, typed = error.problems, step.form.typed

        def again(fresh: Session) -> Response:
            return _instruction_page(
                step.request, visitor, fresh, step.today, step.instruction_id, problems=problems, typed=typed, form=kind
            )

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/instructions/{step.instruction_id}?done={kind}", 303)


def _instruction_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    instruction_id: int,
    *,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    form: InstructionStepKind | None = None,
) -> Response:
    item = reads.find_instruction(session, visitor.scope, instruction_id)
    if item is None:
        raise NotFoundError(msg("There is no such instruction in your scope."))
    party = instructions.party_of(visitor.actor, item.organization_id, item.office_id)
    steps = next_steps(item.finding.state, party)
    waits_for_leader = (
        item.finding.state is InstructionState.REPLIED
        and party.is_addressee
        and may(visitor.role, Action.SETTLE_INSTRUCTION)
    )
    return render(
        request,
        "instructions/show.html",
        status=422 if problems else 200,
        item=item,
        steps=[step.value for step in steps],
        waits_for_leader=waits_for_leader,
        today=today,
        problems=problems or {},
        typed=typed or {},
        form=form.value if form else "",
    )
