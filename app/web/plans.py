"""The plans, and one plan with its roadmap, clauses, projects, ladder and units."""

from fastapi import APIRouter, Request, Response

from app.core.database import Session
from app.queries import plans, projects, roadmap
from app.queries.plans import PlanHead
from app.services.errors import NotFoundError, msg
from app.web.deps import SessionDep, TodayDep, View, Visitor
from app.web.render import render

router = APIRouter(include_in_schema=False)


@router.get("/plans")
def list_plans(request: Request, visitor: View, session: SessionDep, today: TodayDep) -> Response:
    """Show the plans in scope with their counts."""
    lines = plans.list_plans(session, visitor.scope, today)
    return render(request, "plans/page.html", lines=lines, today=today)


@router.get("/plans/{slug}")
def show_plan(request: Request, visitor: View, session: SessionDep, today: TodayDep, slug: str) -> Response:
    """Show one plan."""
    head = plan_in_scope(session, visitor, slug)
    plan_id = head.plan.id
    assert plan_id is not None
    lines = projects.list_projects(session, visitor.scope, plan_id)
    tally = plans.tallies(session, visitor.scope, today, plan_id=plan_id).get(plan_id, plans.Tally())
    stages = plans.stages(session, plan_id)
    return render(
        request,
        "plans/show.html",
        head=head,
        plan=head.plan,
        tally=tally,
        stages=stages,
        stage_bars=plans.stage_bars(head.plan, stages),
        today_x=plans.x_of(head.plan, today),
        roadmap=roadmap.roadmap(session, visitor.scope, head.plan),
        chapters=plans.chapters(session, visitor.scope, plan_id),
        projects=lines,
        totals=projects.totals(lines),
        ladder=plans.ladder(session, plan_id),
        units=plans.units(session, visitor.scope, plan_id),
        today=today,
    )


def plan_in_scope(session: Session, visitor: Visitor, slug: str) -> PlanHead:
    """Return the head of a plan the visitor sees. Raises: NotFoundError."""
    head = plans.find_plan(session, visitor.scope, slug)
    if head is None:
        raise NotFoundError(msg("There is no such plan in your scope."))
    return head
