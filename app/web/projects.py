"""Construction projects: the list with totals, one project with time, works and money, and the record of payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.charts import ProjectPlan, money_days
from app.domain.project_money import budget_table
from app.domain.projects import ProjectState
from app.domain.vocabulary import FundSource, ProjectNature
from app.models import Plan
from app.printouts.chart_kinds import as_of, money_chart
from app.queries import choices, projects
from app.queries.project_lines import ProjectLine
from app.queries.project_reports import last_progress
from app.queries.projects import ProjectFilter, ProjectOrder, ProjectPage
from app.services import projects as payments
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.plan_files import ProjectPart
from app.services.project_edits import computed_places, project_part, school_limits, worth_a_look
from app.web.charts import Drawing, drawn
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, View, Visitor, allow
from app.web.entries import cleaned
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.render import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=120)]
DRIFTING, OVER_BUDGET = "drifting", "over_budget"  # what a list may be narrowed to besides the states


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """The projects of one plan in a list, with their sums."""

    title: str
    slug: str
    lines: tuple[ProjectLine, ...]
    totals: projects.Totals


@router.get("/projects")
def list_projects(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    q: Text = "",
    plan: Text = "",
    year: Text = "",
    nature: Text = "",
    state: Text = "",
    order: Text = "",
    done: Text = "",
) -> Response:
    """Show the projects in scope with their totals; the filters lie in the address."""
    plans = choices.plans(session, visitor.scope)
    chosen = next((item for item in plans if item.slug == plan), None)
    wanted = ProjectFilter(
        text=cleaned(q),
        plan_id=chosen.id if chosen else None,
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        nature=ProjectNature(nature) if nature in set(ProjectNature) else None,
        state=ProjectState(state) if state in set(ProjectState) else None,
        drifting=state == DRIFTING,
        over_budget=state == OVER_BUDGET,
        order=ProjectOrder(order) if order in set(ProjectOrder) else ProjectOrder.PLAN,
    )
    lines = projects.search_projects(session, visitor.scope, wanted, today)
    return render(
        request,
        "projects/page.html",
        plans=plans,
        chosen=chosen,
        unknown_plan=bool(plan) and chosen is None,
        asked={"q": wanted.text, "plan": plan, "year": year, "nature": nature, "state": state, "order": order},
        narrowed=any((q, year, nature, state)),
        groups=_groups(lines, wanted.order),
        lines=lines,
        totals=projects.totals(lines),
        today=today,
        natures=list(ProjectNature),
        states=list(ProjectState),
        orders=list(ProjectOrder),
        removed=done == "removed",
        new_in=visitor.scope.plan_id if may(visitor.role, Action.KEEP_PLAN) else None,
    )


@router.get("/projects/{project_id}")
def show_project(
    request: Request, visitor: View, session: SessionDep, today: TodayDep, project_id: RowId, done: Text = ""
) -> Response:
    """Show one project with its design, milestones, money and dates."""
    return _project_response(request, visitor, session, today, project_id, {}, {}, done)


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
    """Record a payment; what it does to the budget is shown afterwards, and keeps nothing from being recorded."""
    payments.project_in_scope(session, visitor.actor, project_id)  # a form for another plan's project never comes back
    paid_on = form.day("paid_on", required=True)
    amount_wan = _amount(form)
    fund_source = form.code("fund_source", FundSource)
    source, note = form.text("source", limit=80), form.text("note", limit=500)
    try:
        if form.problems or paid_on is None or amount_wan is None or fund_source is None:
            raise InputError(form.problems)
        given = payments.PaymentInput(paid_on, amount_wan, fund_source, source, note)
        payments.pay(session, visitor.actor, project_id, given, now=now)
    except InputError as error:
        problems, typed = error.problems, form.typed

        def again(fresh: Session) -> Response:
            return _project_response(request, visitor, fresh, today, project_id, problems, typed)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/projects/{project_id}?done=payment#money", 303)


def _groups(lines: Sequence[ProjectLine], order: ProjectOrder) -> list[PlanGroup]:
    """Return the projects plan by plan with their sums; sorted otherwise, they stand in one list and have none."""
    if order is not ProjectOrder.PLAN:
        return []
    found = []
    for slug, rows in groupby(lines, key=lambda line: line.plan_slug):
        own = tuple(rows)
        found.append(PlanGroup(own[0].plan_title, slug, own, projects.totals(own)))
    return found


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
    done: str = "",
) -> Response:
    page = projects.find_project(session, visitor.scope, project_id)
    if page is None:
        raise NotFoundError(msg("There is no such project in your scope."))
    line = page.line
    leading = line.leading
    part = project_part(session, page.project)
    return render(
        request,
        "projects/show.html",
        status=422 if problems else 200,
        page=page,
        line=line,
        project=page.project,
        part=part,
        floors=_floor_sums(part),
        today=today,
        elapsed=line.elapsed_pct(today),
        drifts=line.drifts(today),
        leading=leading,
        progress_report=last_progress(session, leading.id) if leading else None,
        findings=line.money_findings,
        money=_money(page, today),
        budget=budget_table(line.provided, line.payments, line.money_findings),
        sources=list(FundSource),
        may_pay=may(visitor.role, Action.PAY),
        may_report=may(visitor.role, Action.REPORT),
        may_keep=may(visitor.role, Action.KEEP_PLAN) and visitor.scope.plan_id == line.plan_id,
        done=done,
        problems=problems,
        typed=typed,
        **_design_checks(session, page, part),
    )


def _money(page: ProjectPage, today: date) -> Drawing | None:
    """Draw the project's money against time; None: there is none on record."""
    paid: dict[date, int] = {}
    for payment in page.payments:
        if payment.paid_on <= today:
            paid[payment.paid_on] = paid.get(payment.paid_on, 0) + payment.amount_fen
    plan = ProjectPlan(page.line.provided, page.line.investment_fen, page.line.end_year)
    days = money_days([plan], paid, today)
    return drawn(money_chart(days, as_of("资金计划与支付", today))) if days else None


def _design_checks(session: Session, page: ProjectPage, part: ProjectPart) -> dict[str, object]:
    """Return the places that the classes make, and what in the design is worth a second look."""
    plan = session.get_one(Plan, page.project.plan_id)
    limits = school_limits(session, plan)
    # The budget against the investment is said with the money already.
    notes = [item for item in worth_a_look(part, limits) if item.path != ("budget",)]
    return {"computed_places": computed_places(part, limits), "notes": notes}


def _floor_sums(part: ProjectPart) -> dict[str, Decimal]:
    """Return the sums of the floors above and below ground, and how far all of them are from the stated total."""
    above = sum((item.area_m2 for item in part.floors if not item.underground), Decimal(0))
    below = sum((item.area_m2 for item in part.floors if item.underground), Decimal(0))
    sums = {"above": above, "below": below, "all": above + below}
    return sums if part.floor_m2 is None else sums | {"apart": above + below - part.floor_m2}
