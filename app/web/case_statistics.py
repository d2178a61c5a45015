"""Figures of units in a quarter, a year or a free span: the basis of the annual assessment, with the method beside."""

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.core.database import Session
from app.domain.access import Action
from app.domain.quarters import quarter_of
from app.queries import choices
from app.queries.case_statistics import Span, UnitRow, unit_statistics
from app.services.case_exports import METHOD, write_statistics
from app.services.errors import Message, msg
from app.services.typed_values import read_day
from app.web.deps import NowDep, SessionDep, TodayDep, Visitor, allow
from app.web.downloads import CSV, WORKBOOK, attachment
from app.web.render import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
Reader = Annotated[Visitor, allow(Action.VIEW_CASES)]
_EARLIEST, _LATEST = date(1949, 10, 1), date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class SpanQuery:
    """The address as it was typed: a plan, and a span from a day to a day; without days, the year so far."""

    plan: str
    first_on: date
    last_on: date
    today: date
    problem: Message | None

    @property
    def values(self) -> dict[str, str]:
        """The parameters for links that keep what is asked for."""
        return {"plan": self.plan, "from": str(self.first_on), "to": str(self.last_on)}

    @property
    def shortcuts(self) -> tuple[tuple[str, date, date], ...]:
        """Return the spans most asked for by name: this year and the last, this quarter and the three before."""
        found = []
        quarter = quarter_of(self.today)
        for year in (self.today.year, self.today.year - 1):
            found.append((f"{year}年", date(year, 1, 1), date(year, 12, 31)))
        for _ in range(4):
            found.append((quarter.label, quarter.first_on, quarter.last_on))
            quarter = quarter.previous
        return tuple(found)


async def _asked(
    today: TodayDep,
    plan: Text = "",
    from_: Annotated[str, Query(alias="from", max_length=100)] = "",
    to: Text = "",
) -> SpanQuery:
    first, first_problem = _day(from_, date(today.year, 1, 1))
    last, last_problem = _day(to, date(today.year, 12, 31))
    problem = first_problem or last_problem
    if problem is None and last < first:
        problem = msg("The span ends before it begins.")
        last = first
    return SpanQuery(plan, first, last, today, problem)


Asked = Annotated[SpanQuery, Depends(_asked)]


def _day(text: str, otherwise: date) -> tuple[date, Message | None]:
    text = text.replace("\x00", "").strip()
    day = read_day(text)
    if day is None:
        return otherwise, None
    if isinstance(day, Message) or not _EARLIEST <= day <= _LATEST:
        return otherwise, msg("“%(text)s” is no day.", text=text)
    return day, None


@router.get("/case-statistics")
def show_statistics(request: Request, visitor: Reader, session: SessionDep, asked: Asked) -> Response:
    """Show the figures of the units in scope."""
    plans = choices.plans(session, visitor.scope)
    span = _span(plans, asked)
    return render(
        request,
        "cases/statistics.html",
        rows=unit_statistics(session, visitor.scope, span),
        asked=asked,
        plans=plans,
        method=METHOD,
    )


@router.get("/case-statistics/rows.csv")
def list_csv(visitor: Reader, session: SessionDep, now: NowDep, asked: Asked) -> Response:
    """Send the figures as CSV."""
    span, rows = _rows(visitor, session, asked)
    stream = BytesIO()
    write_statistics(rows, span, stream, workbook=False, now=now)
    return attachment(stream, f"assessment-{span.first_on}-{span.last_on}", CSV)


@router.get("/case-statistics/rows.xlsx")
def list_xlsx(visitor: Reader, session: SessionDep, now: NowDep, asked: Asked) -> Response:
    """Send the figures as a workbook, with the method on its second sheet."""
    span, rows = _rows(visitor, session, asked)
    stream = BytesIO()
    write_statistics(rows, span, stream, workbook=True, now=now)
    return attachment(stream, f"assessment-{span.first_on}-{span.last_on}", WORKBOOK)


def _rows(visitor: Visitor, session: Session, asked: SpanQuery) -> tuple[Span, tuple[UnitRow, ...]]:
    span = _span(choices.plans(session, visitor.scope), asked)
    return span, unit_statistics(session, visitor.scope, span)


def _span(plans: list[choices.Choice], asked: SpanQuery) -> Span:
    plan_id = next((item.id for item in plans if item.slug == asked.plan), None)
    return Span(asked.first_on, asked.last_on, asked.today, plan_id)
