"""The register of document numbers: every serial with its document, or why there is none."""

from datetime import datetime
from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.clock import local_day
from app.core.database import Session, write_session
from app.domain.documents import suggested_series
from app.models import Place, Plan
from app.queries import document_numbers, document_pages
from app.queries.plans import plan_by_id
from app.services import document_numbers as numbers
from app.services.document_number_exports import write_numbers
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.typed_values import read_day
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, Visitor
from app.web.documents import Printer, found_document, next_number
from app.web.downloads import CSV, attachment
from app.web.errors import FormRejectedError
from app.web.forms import FormDep, row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=40)]
_AT = "/plans/{plan_id}/document-numbers"


@router.get(_AT)
def list_numbers(
    request: Request,
    visitor: Printer,
    session: SessionDep,
    now: NowDep,
    plan_id: RowId,
    year: Annotated[str, Query(max_length=4)] = "",
) -> Response:
    """Show the register of a plan's office in a year."""
    return _page(request, visitor, session, now, plan_id, row_id(year))


@router.get(_AT + "/rows.csv")
def list_csv(
    visitor: Printer,
    session: SessionDep,
    now: NowDep,
    plan_id: RowId,
    year: Annotated[str, Query(max_length=4)] = "",
) -> Response:
    """Send the whole register of a year as CSV."""
    plan = _plan(session, visitor, plan_id)
    asked = _year(row_id(year), local_day(now).year)
    stream = BytesIO()
    write_numbers(document_pages.numbers(session, plan.office_id, asked, limit=None), stream)
    return attachment(stream, f"document-numbers-{asked}", CSV)


@router.get("/documents/{document_id}/next-number")
def show_next_number(
    request: Request,
    visitor: Printer,
    session: SessionDep,
    today: TodayDep,
    document_id: RowId,
    series: Text = "",
    signed_on: Text = "",
) -> Response:
    """Say which number a document would take under a code word on a day, beside the form that is being filled."""
    row = found_document(session, visitor, document_id).row
    day = read_day(signed_on)
    day = today if day is None or isinstance(day, Message) else day
    number = next_number(session, row, series.strip(), day) if day <= today else ""
    return render(request, "documents/_next_number.html", number=number)


@router.post(_AT)
def enter_numbers(request: Request, visitor: Printer, form: FormDep, now: NowDep, plan_id: RowId) -> Response:
    """Enter serials that were given on paper or left out."""
    year, up_to = row_id(form.text("year", limit=4)), row_id(form.text("up_to", limit=6))
    try:
        with write_session(request.app.state.engine) as session:
            numbers.enter_paper_numbers(
                session,
                visitor.actor,
                plan_id,
                series=form.text("series", limit=40),
                year=year or 0,
                up_to=up_to or 0,
                reason=form.text("reason", limit=500),
                now=now,
            )
    except InputError as error:
        problems, typed = error.problems | form.problems, form.typed

        def again(fresh: Session) -> Response:
            return _page(request, visitor, fresh, now, plan_id, year, problems=problems, typed=typed)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/plans/{plan_id}/document-numbers?year={year}&done=1", 303)


def _page(
    request: Request,
    visitor: Visitor,
    session: Session,
    now: datetime,
    plan_id: int,
    year: int | None,
    *,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    plan = _plan(session, visitor, plan_id)
    this_year = local_day(now).year
    asked = _year(year, this_year)
    area = session.get_one(Place, plan.place_id).name
    settled = document_numbers.series_of(session, plan.office_id)
    return render(
        request,
        "documents/numbers.html",
        status=422 if problems else 200,
        plan=plan,
        year=asked,
        this_year=this_year,
        rows=document_pages.numbers(session, plan.office_id, asked),
        gaps=document_numbers.gaps(session, plan.office_id, asked),
        most=document_pages.MOST_NUMBERS,
        series=sorted(set(settled.values())) or [suggested_series(area)],
        problems=problems or {},
        typed=typed or {},
    )


def _plan(session: Session, visitor: Visitor, plan_id: int) -> Plan:
    plan = plan_by_id(session, visitor.scope, plan_id)
    if plan is None:
        raise NotFoundError(msg("There is no such plan in your scope."))
    return plan


def _year(asked: int | None, this_year: int) -> int:
    return asked if asked is not None and 2000 <= asked <= this_year + 1 else this_year
