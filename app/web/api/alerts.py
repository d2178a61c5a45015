"""The alert register as JSON."""

from typing import Annotated

from fastapi import APIRouter

from app.domain.access import Action
from app.queries import export_registers
from app.web.api.asked import After, Limit, On, Wanted
from app.web.api.items import AlertItem, Page
from app.web.deps import SessionDep, Visitor, allow

router = APIRouter()


@router.get("/alerts")
def list_alerts(
    session: SessionDep,
    _visitor: Annotated[Visitor, allow(Action.VIEW_ALERTS)],
    wanted: Wanted,
    on: On = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page[AlertItem]:
    """List what scans for days up to `on` raised (default: everything)."""
    rows = export_registers.alerts(session, wanted, on, after=after, limit=limit + 1)
    more = rows[limit - 1].id if len(rows) > limit else None
    return Page(items=[AlertItem.model_validate(row) for row in rows[:limit]], next=more)
