"""Units as JSON."""

from fastapi import APIRouter

from app.queries import organizations
from app.web.api.asked import After, Limit
from app.web.api.items import OrganizationItem, Page
from app.web.deps import SessionDep, View

router = APIRouter()


@router.get("/organizations")
def list_organizations(
    session: SessionDep, _visitor: View, after: After = 0, limit: Limit = 100
) -> Page[OrganizationItem]:
    """List every unit by id; everybody signed in sees all of them."""
    rows = organizations.organizations_after(session, after, limit + 1)
    more = rows[limit - 1].id if len(rows) > limit else None
    return Page(items=[OrganizationItem.model_validate(row) for row in rows[:limit]], next=more)
