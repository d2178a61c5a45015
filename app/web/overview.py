"""The overview: what needs attention today, what falls due, how the plans stand."""

from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response

from app.core.database import Session
from app.domain.access import Action, Scope, may
from app.domain.vocabulary import Role
from app.queries import (
    alerts,
    cases,
    extensions,
    forecasts,
    instruction_list,
    overview,
    period_pages,
    plans,
    reviews,
)
from app.web.deps import SessionDep, TodayDep, View, Visitor
from app.web.render import render

router = APIRouter(include_in_schema=False)
ALERT_DAYS = 7


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """What the overview shows; None where the visitor's role is not told."""

    lines: tuple[plans.PlanLine, ...]
    tally: plans.Tally
    attention: overview.Attention
    months: tuple[overview.Month, ...]
    alerts: int
    open_cases: int | None
    instructions: int  # that await an answer, overdue or not
    overdue_instructions: int
    extensions: int | None  # requests that wait for an opinion or a decision
    periods: tuple[period_pages.PeriodInHand, ...]
    warnings: int  # milestones that will miss their date at their pace
    needs_office: bool
    in_review: list[int] | None  # for how many days each report waits to be looked at

    @property
    def quiet(self) -> bool:
        """Tell whether nothing needs attention."""
        found = self.attention
        return not (found.overdue or found.regressed or found.claimed or found.severe or self.overdue_instructions)


@router.get("/")
def show_overview(request: Request, visitor: View, session: SessionDep, today: TodayDep) -> Response:
    """Show what needs attention first, then the counts, the next 90 days and the plans."""
    return render(
        request,
        "overview/page.html",
        page=_page(session, visitor, today),
        today=today,
        mine=visitor.role is Role.UNIT,
        alert_days=ALERT_DAYS,
    )


def _page(session: Session, visitor: Visitor, today: date) -> OverviewPage:
    scope: Scope = visitor.scope
    lines = plans.list_plans(session, scope, today)
    tally = plans.Tally()
    for line in lines:
        tally.add(line.tally)
    awaited = instruction_list.count_awaited(session, scope, today)
    attention = overview.attention(session, scope, [line.id for line in lines], today)
    return OverviewPage(
        lines=tuple(lines),
        tally=tally,
        attention=attention,
        months=tuple(overview.months(session, scope, attention.next_rows, today)),
        alerts=alerts.count_since(session, scope, today - timedelta(days=ALERT_DAYS - 1)),
        instructions=awaited.open,
        overdue_instructions=awaited.overdue,
        extensions=extensions.waiting_count(session, scope) if _grants(visitor) else None,
        periods=tuple(period_pages.in_hand(session, scope, today)),
        open_cases=cases.count_open(session, scope) if may(visitor.role, Action.VIEW_CASES) else None,
        warnings=forecasts.count_warnings(session, scope, today),
        needs_office=visitor.role is Role.ADMINISTRATOR and not overview.has_office(session),
        in_review=reviews.waiting_days(session, scope, today) if _reviews(visitor) else None,
    )


def _grants(visitor: Visitor) -> bool:
    """Tell whether requests for extensions wait for the visitor."""
    return may(visitor.role, Action.ADVISE_EXTENSION) or may(visitor.role, Action.DECIDE_EXTENSION)


def _reviews(visitor: Visitor) -> bool:
    """Tell whether the visitor looks at reports, or at how long they wait for the office."""
    return visitor.role in (Role.OFFICE, Role.LEADER) or visitor.supervises
