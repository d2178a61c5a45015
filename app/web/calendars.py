"""The working-day calendar: a year by region, its versions, the form for a year's notice, and days counted."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.vocabulary import Role
from app.domain.working_days import WorkCalendar, WorkingDay
from app.queries import calendar_regions
from app.queries import calendars as reads
from app.queries.calendar_regions import Region
from app.services import calendars
from app.services.calendar_lines import written
from app.services.calendar_notices import FIRST_YEAR, LAST_YEAR, NoticeInput
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.typed_values import read_day
from app.web.calendar_forms import given_by, open_to, render_form, stored_words
from app.web.calendar_months import months_of, spans_of
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, Visitor, allow
from app.web.entries import cleaned
from app.web.errors import FormRejectedError
from app.web.forms import FormDep, row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Reader = Annotated[Visitor, allow(Action.VIEW_CALENDAR)]
Keeper = Annotated[Visitor, allow(Action.KEEP_CALENDAR)]
Text = Annotated[str, Query(max_length=40)]
NATIONAL = "national"  # what an address says for the whole country; empty: the reader's own region
MOST_COUNTED = 1000  # working days that the page counts


@dataclass(frozen=True, slots=True)
class Counted:
    """What was typed to count from, and the answer; `end` None: nothing was asked, or `problems` say what is wrong."""

    from_on: str
    count: str
    end: WorkingDay | None
    problems: dict[str, Message]


@dataclass(frozen=True, slots=True)
class CalendarQuery:
    """The year and the region of an address; words that mean nothing name neither."""

    year: str
    region: str

    def year_on(self, today: date) -> int:
        """Return the year that is asked for, else the present one."""
        number = row_id(self.year)
        return number if number is not None and FIRST_YEAR <= number <= LAST_YEAR else today.year

    def code(self, known: list[Region]) -> str | None:
        """Return the region that is asked for; None: the whole country."""
        return self.region if self.region in {item.code for item in known} else None


def _asked(year: Text = "", region: Text = "") -> CalendarQuery:
    return CalendarQuery(year, region)


Asked = Annotated[CalendarQuery, Depends(_asked)]


@router.get("/calendar")
def show_year(
    request: Request,
    visitor: Reader,
    session: SessionDep,
    today: TodayDep,
    asked: Asked,
    from_on: Annotated[str, Query(max_length=40, alias="from")] = "",
    count: Text = "",
    done: Text = "",
) -> Response:
    """Show a year by months, the versions of the calendar, and the end of a number of working days."""
    regions = calendar_regions.regions(session)
    region, year = _region(session, visitor, asked, regions), asked.year_on(today)
    calendar, named = reads.by_code(session)(region), reads.days_of_year(session, year, region)
    return render(
        request,
        "calendars/page.html",
        year=year,
        region=region,
        regions=regions,
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
        months=months_of(year, calendar, named, today),
        spans=spans_of(named),
        version=calendar.version,
        published=year in calendar.published,
        versions=reads.versions(session),
        counted=_counted(from_on, count, calendar),
        today=today,
        done=done,
        may_enter=may(visitor.role, Action.KEEP_CALENDAR),
    )


@router.get("/calendar/versions/{calendar_version}")
def show_version(request: Request, _visitor: Reader, session: SessionDep, calendar_version: RowId) -> Response:
    """Show one version of the calendar: the notice behind it, who entered it, and its days."""
    found = reads.versions(session, calendar_version)
    if not found:
        raise NotFoundError(msg("There is no such version of the calendar."))
    days = reads.days_of_version(session, calendar_version)
    return render(request, "calendars/show.html", item=found[0], spans=spans_of(days))


@router.get("/calendar/notices/new")
def new_notice(request: Request, visitor: Keeper, session: SessionDep, today: TodayDep, asked: Asked) -> Response:
    """Show the form for a year's notice with the days in force."""
    kept = open_to(session, visitor)
    code = asked.code(kept) or (kept[0].code if kept and visitor.role is Role.OFFICE else None)
    return render_form(request, session, visitor, stored_words(session, asked.year_on(today), code), {})


@router.post("/calendar/notices")
def create_notice(request: Request, visitor: Keeper, session: SessionDep, now: NowDep, form: FormDep) -> Response:
    """Show what a notice changes; once confirmed, enter it."""
    typed = {name: words.replace("\x00", "") for name, words in form.typed.items()}
    try:
        given = given_by(form)
        if not form.flag("confirmed"):
            return _preview(request, visitor, session, given, typed, now)
        finding = calendars.enter_notice(session, visitor.actor, given, now=now)
    except (InputError, ConflictError) as error:
        problems = error.problems if isinstance(error, InputError) else {"seen": error.message}

        def again(fresh: Session) -> Response:
            return render_form(request, fresh, visitor, typed, problems)

        raise FormRejectedError(again) from error
    address = f"/calendar?year={given.year}&region={given.region_code or NATIONAL}"
    return RedirectResponse(f"{address}&done=entered-{finding.version}", 303)


def _preview(
    request: Request, visitor: Visitor, session: Session, given: NoticeInput, typed: dict[str, str], now: datetime
) -> Response:
    finding = calendars.preview_notice(session, visitor.actor, given, now=now)
    names = {region.code: region.name for region in calendar_regions.regions(session)}
    return render(
        request,
        "calendars/confirm.html",
        given=given,
        region_name=names.get(given.region_code or ""),
        finding=finding,
        typed=typed,
        lines=written(given.days).splitlines(),
    )


def _region(session: Session, visitor: Visitor, asked: CalendarQuery, regions: list[Region]) -> str | None:
    """Return the region that is asked for, else the smallest around the reader's own place; None: the whole country."""
    if asked.region:
        return asked.code(regions)
    code = calendar_regions.code_of(session, visitor.scope)
    around = [item.code for item in regions if code and code.startswith(item.code)]
    return max(around, key=len, default=None)


def _counted(from_on: str, count: str, calendar: WorkCalendar) -> Counted:
    """Count working days as they were asked for; nothing typed counts nothing."""
    if not from_on and not count:
        return Counted("", "", None, {})
    from_on, count = cleaned(from_on), cleaned(count)
    problems: dict[str, Message] = {}
    start, number = read_day(from_on), row_id(count)
    if isinstance(start, Message) or start is None or not FIRST_YEAR <= start.year <= LAST_YEAR:
        problems["from"] = msg("a day from %(first)s to %(last)s, written YYYY-MM-DD", first=FIRST_YEAR, last=LAST_YEAR)
    if number is None or number > MOST_COUNTED:
        problems["count"] = msg("a whole number from 1 to %(most)s", most=MOST_COUNTED)
    if problems or isinstance(start, Message) or start is None or number is None:
        return Counted(from_on, count, None, problems)
    return Counted(from_on, count, calendar.working_days_after(start, number), {})
