"""The plans, and one plan with its roadmap, clauses, projects, ladder and units."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from app.core.database import Session
from app.queries import plans, projects, roadmap
from app.queries.past_plan_page import show_plan_on
from app.queries.plans import PlanHead
from app.services.errors import NotFoundError, msg
from app.web.as_of import AskedDayDep, quarter_before
from app.web.deps import SessionDep, TodayDep, View, Visitor
from app.web.render import render

router = APIRouter(include_in_schema=False)


@router.get("/plans")
def list_plans(request: Request, visitor: View, session: SessionDep, today: TodayDep) -> Response:
    """Show the plans in scope with their counts."""
    lines = plans.list_plans(session, visitor.scope, today)
    return render(request, "plans/page.html", lines=lines, today=today)


@router.get("/plans/{slug}")
def show_plan(request: Request, visitor: View, session: SessionDep, day: AskedDayDep, slug: str) -> Response:
    """Show one plan, today or as of the end of a past day."""
    head = plan_in_scope(session, visitor, slug)
    page = _today(session, visitor, head, day.today) if day.past is None else _then(session, visitor, head, day.past)
    plan = page["head"].plan
    return render(
        request,
        "plans/show.html",
        **page,
        plan=plan,
        stage_bars=plans.stage_bars(plan, page["stages"]),
        today_x=plans.x_of(plan, day.shown),
        day=day,
        today=day.shown,
        carried=f"&on={day.parameter}" if day.past else "",
        compare_from=quarter_before(day.shown),
    )


def _today(session: Session, visitor: Visitor, head: PlanHead, today: date) -> dict[str, Any]:
    plan_id = head.plan.id
    assert plan_id is not None
    lines = projects.list_projects(session, visitor.scope, plan_id)
    return {
        "head": head,
        "in_force": True,
        "tally": plans.tallies(session, visitor.scope, today, plan_id=plan_id).get(plan_id, plans.Tally()),
        "stages": plans.stages(session, plan_id),
        "roadmap": roadmap.roadmap(session, visitor.scope, head.plan),
        "chapters": plans.chapters(session, visitor.scope, plan_id),
        "projects": lines,
        "totals": projects.totals(lines),
        "ladder": plans.ladder(session, plan_id),
        "units": plans.units(session, visitor.scope, plan_id),
    }


def _then(session: Session, visitor: Visitor, head: PlanHead, on: date) -> dict[str, Any]:
    """Return what the page shows of a past day; projects and ladder are left out, as they are shown of today only."""
    page = show_plan_on(session, visitor.scope, head, on)
    return {name: getattr(page, name) for name in page.__slots__} | {"projects": [], "totals": None, "ladder": []}


def plan_in_scope(session: Session, visitor: Visitor, slug: str) -> PlanHead:
    """Return the head of a plan the visitor sees. Raises: NotFoundError."""
    head = plans.find_plan(session, visitor.scope, slug)
    if head is None:
        raise NotFoundError(msg("There is no such plan in your scope."))
    return head
