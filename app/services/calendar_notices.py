"""What a year's notice of days off consists of, who may enter it, and what is wrong with it."""

from dataclasses import dataclass

from sqlmodel import Session

from app.domain.access import Action, Actor, may
from app.domain.vocabulary import Role
from app.models import CalendarNotice
from app.queries import calendar_regions, calendars
from app.services.calendar_lines import DayInput, spans
from app.services.errors import ForbiddenError, InputError, Message, msg

FIRST_YEAR, LAST_YEAR = 2004, 2100
DOCUMENT_LENGTH, NOTE_LENGTH = 60, 500


@dataclass(frozen=True, slots=True)
class NoticeInput:
    """A year's notice; `region_code` None: national. `seen` is the version that whoever enters it started from."""

    year: int
    region_code: str | None
    document_number: str
    note: str
    days: tuple[DayInput, ...]
    seen: int | None = None


def region_name_of(session: Session, actor: Actor, region_code: str | None) -> str | None:
    """Return the name of a region whose days this person keeps; None: the whole country. Raises: ForbiddenError."""
    if actor.role is not None and not may(actor.role, Action.KEEP_CALENDAR):
        raise ForbiddenError(msg("Only administrators and offices keep the calendar."))
    if actor.role is Role.OFFICE and (
        region_code is None or region_code != calendar_regions.kept_region(session, actor.scope)
    ):
        raise ForbiddenError(msg("An office keeps the days of its own region; administrators keep all others."))
    if region_code is None:
        return None
    names = {region.code: region.name for region in calendar_regions.regions(session)}
    if region_code not in names:
        raise InputError({"region": msg("choose one of the list")})
    return names[region_code]


def problems_of(session: Session, given: NoticeInput, before: int | None) -> dict[str, Message]:
    """Return what is wrong with a notice, by field."""
    problems: dict[str, Message] = {}
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        problems["year"] = msg("a year from %(first)s to %(last)s", first=FIRST_YEAR, last=LAST_YEAR)
    for name, text, most in (
        ("document_number", given.document_number, DOCUMENT_LENGTH),
        ("note", given.note, NOTE_LENGTH),
    ):
        if len(text) > most:
            problems[name] = msg("at most %(count)s characters", count=most)
    if not given.document_number and not given.note:
        problems["document_number"] = msg(
            "give the document's number, or say in the note where the days were announced"
        )
    if outside := next((item.day for item in given.days if item.day.year != given.year), None):
        problems["days"] = msg("%(day)s does not lie in %(year)s", day=outside, year=given.year)
    elif len({item.day for item in given.days}) < len(given.days):
        problems["days"] = msg("a day stands there twice")
    elif not given.days and given.region_code is None:
        problems["days"] = msg("a national notice names at least one day")
    elif before is None and not given.days:
        problems["days"] = msg("name at least one day")
    elif not problems and _is_same(session, given, before):
        problems["days"] = msg("this is what is in force already; nothing differs")
    return problems


def _is_same(session: Session, given: NoticeInput, before: int | None) -> bool:
    """Tell whether a notice says nothing new: the same days by the same names, from the same document."""
    days = calendars.own_days(session, given.year, given.region_code)
    stored = [DayInput(item.day, item.works, item.name) for item in days]
    if before is None or spans(stored) != spans(sorted(given.days, key=lambda item: item.day)):
        return False
    notice = session.get_one(CalendarNotice, before)
    return (notice.document_number or "", notice.note) == (given.document_number, given.note)
