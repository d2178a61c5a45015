"""The day that a page is asked to show: `on=2026-06-30` in the address, read strictly, and what is wrong with it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Query

from app.core.clock import day_end
from app.domain.quarters import quarter_of
from app.domain.vocabulary import Role
from app.services.errors import Message, msg
from app.web.deps import TodayDep, Visitor

FIRST_DAY = date(1949, 1, 1)


@dataclass(frozen=True, slots=True)
class AskedDay:
    """A day as it was asked for; `past` None: today is shown, and `problem` says so where another was meant."""

    text: str
    today: date
    past: date | None = None
    problem: Message | None = None

    @property
    def shown(self) -> date:
        """The day that is shown."""
        return self.past or self.today

    @property
    def known_until(self) -> datetime | None:
        """The first instant that was not known then; None: everything on record counts."""
        return None if self.past is None else day_end(self.past)

    def acting(self, visitor: Visitor) -> Visitor:
        """Return the visitor as far as acting goes: on a past day nobody does more than an auditor, who only reads."""
        return visitor if self.past is None else replace(visitor, role=Role.AUDITOR)

    @property
    def parameter(self) -> str:
        """What links carry on; empty for today."""
        return self.past.isoformat() if self.past else ""


def _asked_day(today: TodayDep, on: Annotated[str, Query(max_length=100)] = "") -> AskedDay:
    text = on.replace("\x00", "").strip()
    if not text:
        return AskedDay("", today)
    day = read_day(text)
    if day is None:
        return AskedDay(text, today, problem=msg("“%(text)s” is no day; today is shown.", text=text))
    if day > today:
        return AskedDay(text, today, problem=msg("%(day)s is still to come; today is shown.", day=day))
    return AskedDay(text, today, past=day if day < today else None)


def read_day(text: str) -> date | None:
    """Read a day written as 2026-06-30; None where it is no day, or one before any plan."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and day >= FIRST_DAY else None


def quarter_before(today: date) -> date:
    """Return the last day of the quarter before a day: what a comparison starts from unless told otherwise."""
    return quarter_of(today).previous.last_on


AskedDayDep = Annotated[AskedDay, Depends(_asked_day)]
