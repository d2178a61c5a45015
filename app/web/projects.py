"""Construction projects: the list, one project with money and dates, and the record of payments."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, may
from app.queries import choices, projects
from app.services import projects as payments
from app.services.errors import InputError, Message, NotFoundError, msg
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, View, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.render import render

router = APIRouter(include_in_schema=False)


@router.get("/projects")
def list_projects(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    plan: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the projects in scope with investment, payments and progress."""
    plans = choices.plans(session, visitor.scope)
    chosen = next((item for item in plans if item.slug == plan), None)
    lines = projects.list_projects(session, visitor.scope, chosen.id if chosen else None)
    return render(
        request,
        "projects/page.html",
        plans=plans,
        chosen=chosen,
        unknown_plan=bool(plan) and chosen is None,
        lines=lines,
        totals=projects.totals(lines),
        today=today,
    )


@router.get("/projects/{project_id}")
def show_project(request: Request, visitor: View, session: SessionDep, today: TodayDep, project_id: RowId) -> Response:
    """Show one project with its milestones, money and dates."""
    return _project_response(request, visitor, session, today, project_id, {}, {})


@router.post("/projects/{project_id}/payments")
def create_payment(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.PAY)],
    session: SessionDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    project_id: RowId,
) -> Response:
    """Record a payment."""
    payments.project_in_scope(session, visitor.actor, project_id)  # a form for another plan's project never comes back
    paid_on = form.day("paid_on", required=True)
    amount_wan = _amount(form)
    source, note = form.text("source", limit=80, required=True), form.text("note", limit=500)
    try:
        if form.problems or paid_on is None or amount_wan is None:
            raise InputError(form.problems)
        given = payments.PaymentInput(paid_on, amount_wan, source, note)
        payments.pay(session, visitor.actor, project_id, given, now=now)
    except InputError as error:
        problems, typed = error.problems, form.typed

        def again(fresh: Session) -> Response:
            return _project_response(request, visitor, fresh, today, project_id, problems, typed)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/projects/{project_id}?done=payment#money", 303)


def _amount(form: Form) -> Decimal | None:
    """Return the sum in 万元; a percent sign, which other numbers may carry, is no money."""
    typed = form.text("amount", required=True)
    amount = form.number("amount")
    if "%" in typed:
        form.problems["amount"] = msg("write a plain number, for example 95 or 4.25")
    return amount


def _project_response(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    project_id: int,
    problems: dict[str, Message],
    typed: dict[str, str],
) -> Response:
    page = projects.find_project(session, visitor.scope, project_id)
    if page is None:
        raise NotFoundError(msg("There is no such project in your scope."))
    return render(
        request,
        "projects/show.html",
        status=422 if problems else 200,
        page=page,
        line=page.line,
        project=page.project,
        today=today,
        elapsed=page.line.elapsed_pct(today),
        may_pay=may(visitor.role, Action.PAY),
        problems=problems,
        typed=typed,
    )
