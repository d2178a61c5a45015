"""Reports on a milestone."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.domain.access import Action
from app.services import reports
from app.services.errors import InputError
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.forms import FormDep
from app.web.milestones import form_rejected
from app.web.report_forms import report_input
from app.web.uploads import received

router = APIRouter(include_in_schema=False)


@router.post("/milestones/{milestone_id}/reports")
def create_report(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.REPORT)],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    milestone_id: RowId,
) -> Response:
    """Submit a report."""
    given = report_input(form, today)
    try:
        files = received(form, settings)
        reports.submit(
            session,
            visitor.actor,
            milestone_id,
            given,
            files,
            now=now,
        )
    except InputError as error:
        raise form_rejected(request, visitor, today, milestone_id, form, error.problems, "report") from error
    return RedirectResponse(f"/milestones/{milestone_id}?done=report#history", 303)
