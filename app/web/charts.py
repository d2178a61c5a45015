"""The charts of a plan and the trajectories of its indicators: the pictures that paper prints, each with its table."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.printouts.chart_kinds import trajectory_chart
from app.printouts.charts import svg
from app.printouts.charts_drawing import NARROW
from app.printouts.documents import Chart, cell_text
from app.queries.chart_trajectories import MeasuredIndicator, measured_indicators, trajectories
from app.services.charts import plan_charts
from app.web.as_of import AskedDayDep
from app.web.deps import SessionDep, View
from app.web.plans import plan_in_scope
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=40)]
MOST = 12  # trajectories on one page


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as a page shows it: as SVG text for a wide and a narrow screen, and its table written out as on paper."""

    caption: str
    picture: str
    narrow: str
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str


def drawn(chart: Chart) -> Drawing:
    """Draw a chart for a page."""
    table = chart.table
    rows = (
        tuple(cell_text(cell, column) for cell, column in zip(row, table.columns, strict=True)) for row in table.rows
    )
    return Drawing(
        chart.caption,
        svg(chart),
        svg(chart, width=NARROW),
        tuple(column.title for column in table.columns),
        tuple(rows),
        table.empty,
    )


@router.get("/plans/{slug}/charts")
def show_charts(request: Request, visitor: View, session: SessionDep, day: AskedDayDep, slug: str) -> Response:
    """Show the charts of a plan, today or as of the end of a past day; htmx gets the figures alone."""
    head = plan_in_scope(session, visitor, slug)
    found = plan_charts(session, head.plan, visitor.scope, day.today, day.past)
    charts = (found.completion, found.due, found.standing, *([found.money] if found.money else []))
    return render(
        request,
        "charts/_figures.html" if wants_part(request) else "charts/page.html",
        plan=head.plan,
        day=day,
        drawings=[drawn(chart) for chart in charts],
    )


@router.get("/plans/{slug}/trajectories")
def show_trajectories(
    request: Request,
    visitor: View,
    session: SessionDep,
    day: AskedDayDep,
    slug: str,
    indicator: Text = "",
    place: Text = "",
) -> Response:
    """Show how the values of an indicator went towards its targets, place by place and school stage by school stage."""
    head = plan_in_scope(session, visitor, slug)
    assert head.plan.id is not None
    measured = measured_indicators(session, head.plan.id, visitor.scope)
    chosen = _chosen(measured, indicator)
    found = (
        trajectories(session, head.plan.id, day.known_until, indicator_id=chosen.id, scope=visitor.scope)
        if chosen
        else []
    )
    places = list(dict.fromkeys(one.place for one in found))
    shown = [one for one in found if place in ("", one.place)] if place in places else found
    return render(
        request,
        "charts/trajectories.html",
        plan=head.plan,
        day=day,
        measured=measured,
        chosen=chosen,
        places=places,
        place=place if place in places else "",
        drawings=[drawn(trajectory_chart(one)) for one in shown[:MOST]],
        left_out=max(len(shown) - MOST, 0),
    )


def _chosen(measured: list[MeasuredIndicator], code: str) -> MeasuredIndicator | None:
    """Return the indicator asked for by its code, else the first; None: nothing was measured."""
    return next((one for one in measured if one.code == code), measured[0] if measured else None)
