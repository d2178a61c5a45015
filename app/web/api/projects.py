"""Construction projects as JSON."""

from dataclasses import replace

from fastapi import APIRouter

from app.queries import export_projects
from app.web.api.asked import After, Limit, On, ProjectName, Wanted
from app.web.api.items import Page, ProjectItem
from app.web.deps import SessionDep, TodayDep, View

router = APIRouter()


@router.get("/projects")
def list_projects(
    session: SessionDep,
    _visitor: View,
    today: TodayDep,
    wanted: Wanted,
    name: ProjectName = "",
    on: On = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page[ProjectItem]:
    """List projects, or those that go by a name, with what was paid by a day."""
    rows = export_projects.projects(
        session, replace(wanted, project=name or None), on or today, after=after, limit=limit + 1
    )
    more = rows[limit - 1][0] if len(rows) > limit else None
    return Page(items=[ProjectItem.model_validate(row) for _, row in rows[:limit]], next=more)
