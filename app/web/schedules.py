"""The form of a milestone's own schedule."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.domain.access import Action
from app.domain.quarters import Quarter, parse_quarter
from app.services import schedules
from app.services.errors import InputError
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, Visitor, allow
from app.web.forms import Form, FormDep
from app.web.milestones import form_rejected

router = APIRouter(include_in_schema=False)
_FIELD = "share-"


@router.post("/milestones/{milestone_id}/schedule")
def update(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.SCHEDULE)],
    session: SessionDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    milestone_id: RowId,
) -> Response:
    """Put a schedule in force; quarters left empty lie on the line between their neighbours."""
    reason = form.text("reason", limit=schedules.REASON_LENGTH)
    shares = _shares(form)
    try:
        if form.problems:
            raise InputError(form.problems)
        schedules.set_schedule(session, visitor.actor, milestone_id, shares, reason=reason, now=now)
    except InputError as error:
        raise form_rejected(request, visitor, today, milestone_id, form, error.problems, "schedule") from error
    return RedirectResponse(f"/milestones/{milestone_id}?done=schedule#schedule", 303)


def _shares(form: Form) -> dict[Quarter, Decimal]:
    """Return the shares that are filled in; a field that names no quarter is nobody's."""
    found: dict[Quarter, Decimal] = {}
    for name in form.data:
        if not name.startswith(_FIELD):
            continue
        try:
            quarter = parse_quarter(name.removeprefix(_FIELD))
        except ValueError:
            continue
        if (share := form.number(name)) is not None:
            found[quarter] = share
    return found
