"""Early warnings as JSON."""

from fastapi import APIRouter

from app.queries.forecasts import WarningFilter, WarningRow, warnings_by_id
from app.web.api.asked import After, Limit, Wanted
from app.web.api.items import ForecastItem, Page
from app.web.deps import SessionDep, TodayDep, View

router = APIRouter()


@router.get("/forecasts")
def list_forecasts(
    session: SessionDep, visitor: View, today: TodayDep, wanted: Wanted, after: After = 0, limit: Limit = 100
) -> Page[ForecastItem]:
    """List the running milestones that will miss their date at their present pace, by id, as of today."""
    narrowed = WarningFilter(plan_id=wanted.plan_id)
    rows = warnings_by_id(session, visitor.scope, narrowed, today, after=after, limit=limit + 1)
    more = rows[limit - 1].id if len(rows) > limit else None
    return Page(items=[_item(row) for row in rows[:limit]], next=more)


def _item(row: WarningRow) -> ForecastItem:
    line, finding = row.milestone, row.finding
    return ForecastItem(
        plan=line.plan_slug,
        milestone=line.id,
        title=line.title,
        clause=line.clause,
        place=line.place_name,
        responsible=tuple(row.responsible),
        original_due_on=line.original_due_on,
        effective_due_on=line.effective_due_on,
        expected_on=finding.expected_on,
        earliest_on=finding.earliest_on,
        latest_on=finding.latest_on,
        misses_by_days=None if finding.never else finding.misses_by_days,
        misses_original_by_days=row.misses_original_by_days,
        progress_pct=finding.share_pct,
        scheduled_pct=row.scheduled,
        pace_pp=finding.pace_pp,
        needed_pp=row.needed_pp,
        confidence=row.confidence,
        reports=finding.reports,
        reported_on=finding.last_on,
    )
