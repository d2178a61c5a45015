"""Indicators with the thresholds in force as JSON."""

from fastapi import APIRouter

from app.queries import export_registers
from app.web.api.asked import After, Limit, On, Wanted
from app.web.api.items import IndicatorItem, Page
from app.web.deps import SessionDep, TodayDep, View

router = APIRouter()


@router.get("/indicators")
def list_indicators(
    session: SessionDep,
    _visitor: View,
    today: TodayDep,
    wanted: Wanted,
    on: On = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page[IndicatorItem]:
    """List every plan's indicators with what was measured by a day; `after` counts the items before."""
    rows = export_registers.indicators(session, wanted, on or today)
    more = after + limit if len(rows) > after + limit else None
    return Page(items=[IndicatorItem.model_validate(row) for row in rows[after : after + limit]], next=more)
