"""Places as JSON."""

from fastapi import APIRouter

from app.queries import places
from app.web.api.asked import After, Limit
from app.web.api.items import Page, PlaceItem
from app.web.deps import SessionDep, View

router = APIRouter()


@router.get("/places")
def list_places(session: SessionDep, _visitor: View, after: After = 0, limit: Limit = 100) -> Page[PlaceItem]:
    """List every place by id; everybody signed in sees all of them."""
    rows = places.places_after(session, after, limit + 1)
    more = rows[limit - 1].id if len(rows) > limit else None
    return Page(items=[PlaceItem.model_validate(row) for row in rows[:limit]], next=more)
