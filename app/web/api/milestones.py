"""Milestones as JSON."""

from dataclasses import replace

from fastapi import APIRouter

from app.domain.vocabulary import Standing
from app.queries import exports
from app.web.api.asked import After, Limit, On, ProjectName, Wanted
from app.web.api.items import MilestoneItem, Page
from app.web.deps import SessionDep, TodayDep, View

router = APIRouter()


@router.get("/milestones")
def list_milestones(
    session: SessionDep,
    _visitor: View,
    today: TodayDep,
    wanted: Wanted,
    standing: Standing | None = None,
    project: ProjectName = "",
    on: On = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page[MilestoneItem]:
    """List milestones by id, as they stand on a day; a page may be short before the last: go by `next`."""
    wanted = replace(wanted, project=project or None)
    page = exports.milestone_page(
        session, wanted, on or today, standing=standing, today=today, after=after, limit=limit
    )
    return Page(items=[MilestoneItem.model_validate(row) for row in page.items], next=page.next_after)
