"""Reads of the working-day calendar: by plan and by region, its versions, and the days of a year."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.core.working_days import library_calendar, library_names
from app.domain.working_days import NoticeDays, WorkCalendar, calendars_of
from app.models import Account, CalendarDay, CalendarNotice, Place, Plan

_DEPTH = 8  # places lie within places at most so deep


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that departs from the week, and what for; `version` is that of its notice, 0: as the program came."""

    day: date
    works: bool
    name: str
    version: int = 0
    region_name: str | None = None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of the calendar; `author` None: it came with the program, `replaced_by` None: it is in force."""

    version: int
    year: int
    region_code: str | None
    region_name: str | None
    document_number: str | None
    note: str
    author: str | None
    recorded_at: datetime
    days: int
    replaced_by: int | None


def calendar_for(session: Session, plan_id: int, *, version: int | None = None) -> WorkCalendar:
    """Return the calendar of a plan's place, in force or as a version had it, in two statements."""
    codes = plan_codes(session, plan_id)
    return calendars_of(library_calendar(), notices(session, until=version))(codes.get(plan_id))


def calendars(session: Session) -> dict[int, WorkCalendar]:
    """Return the calendar of every plan by its id, in two statements; plans under the same notices share one."""
    calendar_of = by_code(session)
    return {plan_id: calendar_of(code) for plan_id, code in plan_codes(session).items()}


def by_code(session: Session) -> Callable[[str | None], WorkCalendar]:
    """Return what gives the calendar in force of a division code; None and the empty code: the national one."""
    return calendars_of(library_calendar(), notices(session))


def notices(session: Session, *, until: int | None = None) -> list[NoticeDays]:
    """Return the latest notice of each year and region with its days, up to a version (None: all), in one statement."""
    latest = sa.select(sa.func.max(col(CalendarNotice.id))).group_by(
        col(CalendarNotice.year), col(CalendarNotice.region_code)
    )
    if until is not None:
        latest = latest.where(col(CalendarNotice.id) <= until)
    query = (
        sa.select(
            col(CalendarNotice.id),
            col(CalendarNotice.year),
            col(CalendarNotice.region_code),
            col(CalendarDay.day),
            col(CalendarDay.works),
        )
        .outerjoin(CalendarDay, col(CalendarDay.notice_id) == col(CalendarNotice.id))
        .where(col(CalendarNotice.id).in_(latest))
    )
    days: dict[tuple[int, int, str | None], dict[date, bool]] = defaultdict(dict)
    for version, year, region_code, day, works in session.execute(query):
        found = days[version, year, region_code]
        if day is not None:
            found[day] = works
    return [NoticeDays(*key, found) for key, found in sorted(days.items())]


def plan_codes(session: Session, plan_id: int | None = None) -> dict[int, str | None]:
    """Return the division code of the place of each plan, or of what it lies in; None: there is none so far up."""
    columns: list[Any] = [
        col(Plan.id).label("plan_id"),
        col(Place.code),
        col(Place.parent_id),
        sa.literal(0).label("depth"),
    ]
    first = sa.select(*columns).join(Place, col(Place.id) == col(Plan.place_id))
    if plan_id is not None:
        first = first.where(col(Plan.id) == plan_id)
    chain = first.cte("chain", recursive=True)
    above = aliased(Place)
    chain = chain.union_all(
        sa.select(chain.c.plan_id, col(above.code), col(above.parent_id), chain.c.depth + 1)
        .join(chain, col(above.id) == chain.c.parent_id)
        .where(chain.c.code.is_(None), chain.c.depth < _DEPTH)
    )
    codes: dict[int, str | None] = {}
    for found, code in session.execute(sa.select(chain.c.plan_id, chain.c.code).order_by(chain.c.depth)):
        codes[found] = codes.get(found) or code
    return codes


def in_force(session: Session, year: int, region_code: str | None) -> int | None:
    """Return the version of the notice in force of a year and region; None: none was entered."""
    return session.scalar(
        sa.select(sa.func.max(col(CalendarNotice.id))).where(
            col(CalendarNotice.year) == year, col(CalendarNotice.region_code).is_not_distinct_from(region_code)
        )
    )


def own_days(session: Session, year: int, region_code: str | None) -> list[NamedDay]:
    """Return the days that a year's notice of exactly this region names; the program's own where there is none."""
    if (version := in_force(session, year, region_code)) is not None:
        return days_of_version(session, version)
    if region_code is not None:
        return []
    names = library_names()
    days = ((day, works) for day, works in library_calendar().days.items() if day.year == year)
    return [NamedDay(day, works, names[day]) for day, works in sorted(days)]


def days_of_version(session: Session, version: int) -> list[NamedDay]:
    """Return the days that a version names, in order."""
    query = sa.select(
        col(CalendarDay.day), col(CalendarDay.works), col(CalendarDay.name), col(CalendarDay.notice_id)
    ).where(col(CalendarDay.notice_id) == version)
    return [NamedDay(*row) for row in session.execute(query.order_by(col(CalendarDay.day)))]


def days_of_year(session: Session, year: int, code: str | None) -> list[NamedDay]:
    """Return what holds in a year at places of a division code: national days with those of its regions over them."""
    found = {item.day: item for item in own_days(session, year, None)}
    if code:
        over = _regional_days(session, year, code)
        found |= {item.day: item for item in over}
    return [found[day] for day in sorted(found)]


def _regional_days(session: Session, year: int, code: str) -> list[NamedDay]:
    """Return the days of a year's regional notices that hold at a code, the smallest region last."""
    prefixes = [code[:length] for length in range(1, len(code) + 1)]
    latest = (
        sa.select(sa.func.max(col(CalendarNotice.id)))
        .where(col(CalendarNotice.year) == year, col(CalendarNotice.region_code).in_(prefixes))
        .group_by(col(CalendarNotice.region_code))
    )
    query = (
        sa.select(
            col(CalendarDay.day),
            col(CalendarDay.works),
            col(CalendarDay.name),
            col(CalendarDay.notice_id),
            col(CalendarNotice.region_name),
        )
        .join(CalendarNotice, col(CalendarNotice.id) == col(CalendarDay.notice_id))
        .where(col(CalendarNotice.id).in_(latest))
        .order_by(sa.func.length(col(CalendarNotice.region_code)), col(CalendarDay.day))
    )
    return [NamedDay(*row) for row in session.execute(query)]


def versions(session: Session, version: int | None = None, *, limit: int = 50) -> list[VersionRow]:
    """Return the versions of the calendar, newest first, or one of them."""
    later = aliased(CalendarNotice)
    replaced_by = (
        sa.select(sa.func.min(col(later.id)))
        .where(
            col(later.year) == col(CalendarNotice.year),
            col(later.region_code).is_not_distinct_from(col(CalendarNotice.region_code)),
            col(later.id) > col(CalendarNotice.id),
        )
        .scalar_subquery()
    )
    days = sa.select(sa.func.count()).where(col(CalendarDay.notice_id) == col(CalendarNotice.id)).scalar_subquery()
    columns: list[Any] = [
        col(CalendarNotice.id),
        col(CalendarNotice.year),
        col(CalendarNotice.region_code),
        col(CalendarNotice.region_name),
        col(CalendarNotice.document_number),
        col(CalendarNotice.note),
        col(Account.display_name),
        col(CalendarNotice.recorded_at),
        days,
        replaced_by,
    ]
    query = sa.select(*columns).outerjoin(Account, col(Account.id) == col(CalendarNotice.author_id))
    if version is not None:
        query = query.where(col(CalendarNotice.id) == version)
    return [VersionRow(*row) for row in session.execute(query.order_by(col(CalendarNotice.id).desc()).limit(limit))]
