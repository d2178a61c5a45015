"""Early warning: what will miss its date at the present pace, of what nothing can be said, and the list as a file."""

import io
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from app.core.database import Session
from app.domain.forecasts import Confidence
from app.queries import choices
from app.queries import forecasts as reads
from app.queries.milestones import COUNT_LIMIT
from app.services import forecast_exports
from app.web.deps import NowDep, SessionDep, TodayDep, View, Visitor
from app.web.forms import row_id
from app.web.render import render, wants_part
from app.web.sparklines import sparkline

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class WarningQuery:
    """The list's address as it was typed; words that mean nothing do not narrow."""

    plan: str
    unit: str
    confidence: str

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set, for links that keep the filters."""
        return {name: value for name in ("plan", "unit", "confidence") if (value := getattr(self, name))}


@router.get("/early-warning")
def list_warnings(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    plan: Text = "",
    unit: Text = "",
    confidence: Text = "",
    at: Text = "",
) -> Response:
    """Show what will miss its date, the longest delay first; htmx gets the table alone."""
    asked = WarningQuery(plan, unit, confidence)
    plans, wanted = _wanted(session, visitor, asked)
    page = reads.list_warnings(session, visitor.scope, wanted, today, _key(at))
    drawings = {
        row.id: sparkline(row.milestone.start_on, row.milestone.effective_due_on, row.schedule, row.finding)
        for row in page.rows
    }
    context: dict[str, Any] = {
        "asked": asked,
        "page": page,
        "drawings": drawings,
        "capped": COUNT_LIMIT,
        "today": today,
    }
    if wants_part(request):
        return render(request, "forecasts/_list.html", **context)
    return render(
        request,
        "forecasts/page.html",
        **context,
        plans=plans,
        units=_units(session, visitor, wanted),
        confidences=list(Confidence),
        silent=reads.count_silent(session, visitor.scope, wanted, today),
    )


@router.get("/early-warning/silent")
def list_silent(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    plan: Text = "",
    unit: Text = "",
    at: Text = "",
) -> Response:
    """Show the running milestones of which nothing can be foretold, the nearest due first."""
    asked = WarningQuery(plan, unit, "")
    plans, wanted = _wanted(session, visitor, asked)
    context: dict[str, Any] = {
        "asked": asked,
        "page": reads.list_silent(session, visitor.scope, wanted, today, _place(at)),
        "capped": COUNT_LIMIT,
        "today": today,
    }
    if wants_part(request):
        return render(request, "forecasts/_silent.html", **context)
    units = _units(session, visitor, wanted)
    return render(request, "forecasts/silent.html", **context, plans=plans, units=units)


@router.get("/early-warning/list.csv")
def list_csv(
    visitor: View, session: SessionDep, today: TodayDep, plan: Text = "", unit: Text = "", confidence: Text = ""
) -> Response:
    """Send the whole list as CSV."""
    _, wanted = _wanted(session, visitor, WarningQuery(plan, unit, confidence))
    stream = io.BytesIO()
    forecast_exports.write_csv_list(session, visitor.scope, wanted, stream, today=today)
    return _file(stream, "text/csv; charset=utf-8", f"进度预判{today}.csv")


@router.get("/early-warning/list.xlsx")
def list_xlsx(
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    now: NowDep,
    plan: Text = "",
    unit: Text = "",
    confidence: Text = "",
) -> Response:
    """Send the whole list as a workbook."""
    _, wanted = _wanted(session, visitor, WarningQuery(plan, unit, confidence))
    stream = io.BytesIO()
    forecast_exports.write_xlsx_list(session, visitor.scope, wanted, stream, today=today, now=now)
    return _file(stream, _WORKBOOK, f"进度预判{today}.xlsx")


def _wanted(
    session: Session, visitor: Visitor, asked: WarningQuery
) -> tuple[list[choices.Choice], reads.WarningFilter]:
    plans = choices.plans(session, visitor.scope)
    plan_id = next((item.id for item in plans if item.slug == asked.plan), None)
    level = Confidence(asked.confidence) if asked.confidence in set(Confidence) else None
    return plans, reads.WarningFilter(plan_id, row_id(asked.unit), level)


def _units(session: Session, visitor: Visitor, wanted: reads.WarningFilter) -> list[choices.Choice]:
    if visitor.scope.organization_id is not None:
        return []
    return choices.units(session, visitor.scope, wanted.plan_id, most=choices.LIMIT, chosen=wanted.unit_id)


def _key(text: str) -> reads.WarningKey | None:
    """Read `120.77`, days and the last row's id; anything else starts at the beginning."""
    days, _, number = text.partition(".")
    missed, key = row_id(days), row_id(number)
    return reads.WarningKey(missed, key) if missed and key else None


def _place(text: str) -> tuple[date, int] | None:
    """Read `2026-12-31.77`, the due date and the last row's id; anything else starts at the beginning."""
    day, _, number = text.partition(".")
    key = row_id(number)
    try:
        return (date.fromisoformat(day), key) if key else None
    except ValueError:
        return None


def _file(stream: io.BytesIO, media_type: str, name: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(stream.getvalue(), media_type=media_type, headers=headers)
