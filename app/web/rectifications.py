"""Rectification items: the list, assigning one from a case or a milestone, one item whole with its steps."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.core.settings import Settings
from app.domain.access import Action
from app.domain.rectifications import RectificationState, RectificationStepKind, next_steps
from app.queries import choices
from app.queries import rectifications as reads
from app.services import rectifications
from app.services.errors import InputError, Message, NotFoundError, msg
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, View, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.render import render
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
Reporter = Annotated[Visitor, allow(Action.REPORT_RECTIFICATION)]
Acceptor = Annotated[Visitor, allow(Action.ACCEPT_RECTIFICATION)]
Assigner = Annotated[Visitor, allow(Action.ASSIGN_RECTIFICATION)]


@router.get("/rectifications")
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
    """Show the items in scope, what is open first, by its limit; the filters lie in the address."""
    plans = choices.plans(session, visitor.scope)
    chosen = next((item for item in plans if item.slug == plan), None)
    wanted = reads.ItemFilter(
        plan_id=chosen.id if chosen else None,
        organization_id=row_id(unit),
        state=RectificationState(state) if state in set(RectificationState) else None,
        overdue=state == "overdue",
    )
    found = reads.list_items(session, visitor.scope, wanted, today=today, number=row_id(page) or 1)
    return render(
        request,
        "rectifications/page.html",
        found=found,
        asked={
            "state": state if wanted.state or wanted.overdue else "",
            "plan": chosen.slug if chosen else "",
            "unit": unit,
        },
        plans=plans,
        states=list(RectificationState),
        units=reads.owners(session, visitor.scope),
        today=today,
    )


@router.get("/rectifications/{rectification_id}")
def show(request: Request, visitor: View, session: SessionDep, today: TodayDep, rectification_id: RowId) -> Response:
    """Show one item whole, with the steps that this person may take now."""
    return _item_page(request, visitor, session, today, rectification_id)


@dataclass(frozen=True, slots=True)
class Step:
    """A step somebody asks to take: the form it came with and everything its writing needs."""

    request: Request
    session: Session
    settings: Settings
    now: datetime
    today: date
    form: Form
    rectification_id: int


async def _asked(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    rectification_id: RowId,
) -> Step:
    return Step(request, session, settings, now, today, form, rectification_id)


StepDep = Annotated[Step, Depends(_asked)]


@router.post("/rectifications/{rectification_id}/report")
def report(visitor: Reporter, step: StepDep) -> Response:
    """Report an item done."""
    return _take(visitor, step, RectificationStepKind.REPORT)


@router.post("/rectifications/{rectification_id}/accept")
def accept(visitor: Acceptor, step: StepDep) -> Response:
    """Accept what was done, and answer for that."""
    return _take(visitor, step, RectificationStepKind.ACCEPT)


@router.post("/rectifications/{rectification_id}/return")
def send_back(visitor: Acceptor, step: StepDep) -> Response:
    """Send an item back that is not done."""
    return _take(visitor, step, RectificationStepKind.RETURN)


@router.post("/rectifications/{rectification_id}/extend")
def extend(visitor: Assigner, step: StepDep) -> Response:
    """Set a further limit."""
    return _take(visitor, step, RectificationStepKind.EXTEND)


@router.post("/rectifications/{rectification_id}/cancel")
def cancel(visitor: Assigner, step: StepDep) -> Response:
    """Take an item back."""
    return _take(visitor, step, RectificationStepKind.CANCEL)


def _take(visitor: Visitor, step: Step, kind: RectificationStepKind) -> Response:
    """Take a step and go back to the item; what cannot be taken comes back as it was typed."""
    text = step.form.text("text", limit=rectifications.MAX_TEXT, required=True)
    due_on = step.form.day("due_on")
    try:
        files = received(step.form, step.settings)
        rectifications.take_step(
            step.session,
            visitor.actor,
            step.rectification_id,
            kind,
            text=text,
            due_on=due_on,
            files=files,
            now=step.now,
        )
    except InputError as error:
        problems, typed = error.problems, step.form.typed

        def again(fresh: Session) -> Response:
            return _item_page(
                step.request, visitor, fresh, step.today, step.rectification_id, problems, typed, form=kind
            )

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/rectifications/{step.rectification_id}?done={kind}", 303)


def _item_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    rectification_id: int,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    form: RectificationStepKind | None = None,
) -> Response:
    item = reads.find_item(session, visitor.scope, rectification_id)
    if item is None:
        raise NotFoundError(msg("There is no such rectification item in your scope."))
    steps = next_steps(item.finding, visitor.role, visitor.actor.account_id)
    unit = visitor.scope.organization_id
    if unit is not None and unit != item.row.organization_id:  # a supervisor or another of the group looks on
        steps = ()
    own_report = (
        item.finding.state is RectificationState.DONE
        and item.finding.done_by == visitor.actor.account_id
        and unit is None
    )
    return render(
        request,
        "rectifications/show.html",
        status=422 if problems else 200,
        item=item,
        steps=[step.value for step in steps],
        own_report=own_report,
        today=today,
        problems=problems or {},
        typed=typed or {},
        form=form.value if form else "",
    )
