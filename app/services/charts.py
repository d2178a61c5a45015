"""The charts that a plan's page shows, gathered and composed as the documents print them."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.domain.access import Scope
from app.domain.circular_quarters import completion_by_quarter
from app.domain.circulars import has_counties, progress_by_group
from app.models import Plan
from app.printouts.chart_kinds import as_of, completion_chart, due_chart, money_chart, standing_chart
from app.printouts.documents import Chart
from app.queries.chart_completion import quarter_ends
from app.queries.chart_ledger import ledger_now, ledger_then
from app.queries.chart_money import plan_money

BACK, AHEAD = 7, 4  # quarters around the present one in which milestones fall due


@dataclass(frozen=True, slots=True)
class PlanCharts:
    """The charts of a plan; `money` None: the plan has no project with money."""

    completion: Chart
    due: Chart
    standing: Chart
    money: Chart | None


def plan_charts(session: Session, plan: Plan, scope: Scope, today: date, past: date | None = None) -> PlanCharts:
    """Return the charts of what a person sees of a plan, of today or of the end of a past day."""
    assert plan.id is not None
    on = past or today
    ledger = ledger_now(session, plan, scope, today) if past is None else ledger_then(session, plan, scope, past)
    noun = "地区" if has_counties(ledger) else "单位"
    days = plan_money(session, plan.id, on)
    return PlanCharts(
        completion=completion_chart(quarter_ends(session, plan, on, scope=scope), as_of("各季度末任务完成情况", on)),
        due=due_chart(completion_by_quarter(ledger, back=BACK, ahead=AHEAD), as_of("各季度到期任务完成情况", on)),
        standing=standing_chart(progress_by_group(ledger), noun, as_of(f"各{noun}任务状态", on)),
        money=money_chart(days, as_of("资金计划与支付", on)) if days else None,
    )
