"""Reporting periods: who has reported in which, who has not, and opening a closed one for a unit."""

import io
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, may
from app.queries import choices, period_pages
from app.queries.expected_reports import Counts, PeriodRow
from app.services import period_exports, periods
from app.services.errors import InputError, Message, NotFoundError, msg
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, View, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import FormDep, row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=80)]
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/periods")
def list_(
    request: Request, visitor: View, session: SessionDep, today: TodayDep, plan: Text = "", page: Text = ""
) -> Response:
    """Show the periods of the plans in scope, the newest first, with what was reported in each."""
    plans = choices.plans(session, visitor.scope)
    chosen = next((item.id for item in plans if item.slug == plan), None)
    return render(
        request,
        "periods/page.html",
        found=period_pages.list_periods(session, visitor.scope, chosen, today, number=row_id(page) or 1),
        plans=plans,
        asked={"plan": plan if chosen else ""},
        today=today,
        nothing=Counts(),
    )


@router.get("/periods/{period_id}")
def show(
    request: Request, visitor: View, session: SessionDep, today: TodayDep, period_id: RowId, page: Text = ""
) -> Response:
    """Show one period unit by unit, those of whom most is missing first."""
    shown, counts = _period(session, visitor, period_id, today)
    return render(
        request,
        "periods/show.html",
        period=shown,
        counts=counts,
        found=period_pages.units_of(session, visitor.scope, shown, number=row_id(page) or 1),
        today=today,
    )


@router.get("/periods/{period_id}/missing.csv")
def list_missing_csv(visitor: View, session: SessionDep, today: TodayDep, period_id: RowId) -> Response:
    """Send who has not reported as CSV."""
    shown, _ = _period(session, visitor, period_id, today)
    stream = io.BytesIO()
    period_exports.write_missing_csv(session, visitor.scope, shown, stream)
    return _file(stream, "text/csv; charset=utf-8", f"{shown.plan_title}{shown.name}未报送.csv")


@router.get("/periods/{period_id}/missing.xlsx")
def list_missing_xlsx(visitor: View, session: SessionDep, today: TodayDep, now: NowDep, period_id: RowId) -> Response:
    """Send who has not reported as a workbook."""
    shown, _ = _period(session, visitor, period_id, today)
    stream = io.BytesIO()
    period_exports.write_missing_xlsx(session, visitor.scope, shown, stream, now=now)
    return _file(stream, _WORKBOOK, f"{shown.plan_title}{shown.name}未报送.xlsx")


@router.get("/periods/{period_id}/units/{unit_id}")
def show_unit(
    request: Request, visitor: View, session: SessionDep, today: TodayDep, period_id: RowId, unit_id: RowId
) -> Response:
    """Show what one unit owes in a period, row by row, and until when it may report."""
    return _unit_response(request, visitor, session, today, period_id, unit_id)


@router.post("/periods/{period_id}/units/{unit_id}/reopenings")
def reopen(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.KEEP_PERIODS)],
    session: SessionDep,
    form: FormDep,
    now: NowDep,
    today: TodayDep,
    period_id: RowId,
    unit_id: RowId,
) -> Response:
    """Open a closed period again for one unit."""
    until_on, reason = form.day("until_on"), form.text("reason")
    try:
        if form.problems:
            raise InputError(form.problems)
        periods.reopen(session, visitor.actor, period_id, unit_id, until_on=until_on, reason=reason, now=now)
    except InputError as error:
        problems, typed = error.problems, form.typed

        def again(fresh: Session) -> Response:
            return _unit_response(request, visitor, fresh, today, period_id, unit_id, problems, typed)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/periods/{period_id}/units/{unit_id}?done=reopened", 303)


def _unit_response(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    period_id: int,
    unit_id: int,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    shown, _ = _period(session, visitor, period_id, today)
    unit_name = period_pages.owes(session, visitor.scope, period_id, unit_id)
    if unit_name is None:
        raise NotFoundError(msg("Nothing is expected of this unit in the period."))
    reopenings = period_pages.reopenings(session, period_id, unit_id)
    return render(
        request,
        "periods/unit.html",
        status=422 if problems else 200,
        period=shown,
        unit_id=unit_id,
        unit_name=unit_name,
        rows=period_pages.rows_of(session, visitor.scope, shown, unit_id=unit_id),
        reopenings=reopenings,
        open_until=max((item.until_on for item in reopenings if item.until_on >= today), default=None),
        may_reopen=may(visitor.role, Action.KEEP_PERIODS) and shown.closes_on < today,
        problems=problems or {},
        typed=typed or {},
        today=today,
        done=request.query_params.get("done") == "reopened",
    )


def _period(session: Session, visitor: Visitor, period_id: int, today: date) -> tuple[PeriodRow, Counts]:
    found = period_pages.period(session, visitor.scope, period_id, today)
    if found is None:
        raise NotFoundError(msg("There is no such period in your scope."))
    return found


def _file(stream: io.BytesIO, media_type: str, name: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(stream.getvalue(), media_type=media_type, headers=headers)
