"""What the steps of a case have in common as input: texts, references, days, and limits counted in working days."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.queries.calendars import calendar_for
from app.services.errors import InputError, Message, msg

MAX_TEXT = 3900  # the column holds 4000, with a little that is put before
MAX_REFERENCE = 60  # a clause, a document number
MAX_BASIS = 300
MAX_PART = 2000  # a part of a closing report
MOST_DAYS = 250  # working days: about a year
LATEST = date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as it is set: so many working days, or a day; both None: none is set."""

    days: int | None = None
    on: date | None = None


NO_LIMIT = Limit()


@dataclass(frozen=True, slots=True)
class CountedLimit:
    """The last day of a limit; `days` and `calendar_version` None: the day itself was set."""

    due_on: date | None
    days: int | None = None
    calendar_version: int | None = None


def counted(session: Session, plan_id: int, limit: Limit, since: date) -> CountedLimit:
    """Return the last day of a limit that runs from a day, itself not counted, by the calendar of the plan's place."""
    if limit.days is None:
        return CountedLimit(limit.on)
    calendar = calendar_for(session, plan_id)
    return CountedLimit(calendar.working_days_after(since, limit.days).day, limit.days, calendar.version)


def limit_problems(limit: Limit, field: str = "reply_due_on", days_field: str = "reply_days") -> dict[str, Message]:
    """Return what is wrong with a limit as it was typed."""
    if limit.days is not None and limit.on is not None:
        return {field: msg("working days or a day, not both")}
    if limit.days is not None and not 1 <= limit.days <= MOST_DAYS:
        return {days_field: msg("between 1 and %(most)s working days", most=MOST_DAYS)}
    return {}


def day_problems(field: str, day: date | None, today: date) -> dict[str, Message]:
    """Return what is wrong with a day that must lie ahead; None is nobody's problem."""
    if day is None:
        return {}
    if day <= today:
        return {field: msg("a day after today, or empty")}
    return {field: msg("check the year")} if day > LATEST else {}


def text_problems(text: str, field: str = "text", most: int = MAX_TEXT) -> dict[str, Message]:
    """Return what is wrong with a text that must be there."""
    if not text.strip():
        return {field: msg("must not be empty")}
    return {field: msg("at most %(count)s characters", count=most)} if len(text.strip()) > most else {}


def reference_problems(field: str, value: str, most: int = MAX_REFERENCE) -> dict[str, Message]:
    """Return what is wrong with a clause, a number or a further basis, each of which may be empty."""
    return {} if len(value.strip()) <= most else {field: msg("at most %(count)s characters", count=most)}


def refuse(problems: dict[str, Message]) -> None:
    """Raise InputError when there are problems."""
    if problems:
        raise InputError(problems)
