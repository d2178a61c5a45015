"""Construction projects as JSON."""

from fastapi import APIRouter

from app.queries import export_registers
from app.web.api.asked import After, Limit, On, Wanted
from app.web.api.items import Page, ProjectItem
from app.web.deps import SessionDep, TodayDep, View

router = APIRouter()


@router.get("/projects")
def list_projects(
    session: SessionDep,
    _visitor: View,
    today: TodayDep,
    wanted: Wanted,
    on: On = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page[ProjectItem]:
    """List projects with what was paid by a day."""
    rows = export_registers.projects(session, wanted, on or today, after=after, limit=limit + 1)
    more = rows[limit - 1][0] if len(rows) > limit else None
    return Page(items=[ProjectItem.model_validate(row) for _, row in rows[:limit]], next=more)
