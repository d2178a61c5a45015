"""Begin a day: bring the standings to it, open the reporting periods that have begun."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session

from app.core.clock import local_day
from app.core.database import upsert
from app.models import ProjectionDay
from app.queries import facts
from app.services import periods, standings

_DAYS = ProjectionDay.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


def begin(session: Session, now: datetime) -> int:
    """Do what a new day asks for and return how many milestones were judged again; repeated, it changes nothing."""
    judged = standings.roll(session, local_day(now))
    periods.open_due(session, now=now)
    return judged


def pending(session: Session, today: date) -> list[int]:
    """Return the milestones that `today` judges anew, those left over from a day that could not judge them with them.

    All of them before the first day, and when the clock was set back. A projection that is one day ahead is let be: a
    run that began before midnight and a page that was asked for after it met.
    """
    day = standings.projection_day(session)
    if day is None or day > today + timedelta(days=1):
        return [milestone_id for ids in facts.milestone_ids(session) for milestone_id in ids]
    return standings.changing(session, today)


def judge(session: Session, milestone_ids: Sequence[int], today: date) -> int:
    """Judge some milestones for `today` and return how many there were."""
    standings.refresh(session, milestone_ids, today)
    return len(milestone_ids)


def reached(session: Session, today: date) -> bool:
    """Tell whether the projection stands for `today`, or for the day that has begun meanwhile."""
    return standings.projection_day(session) in (today, today + timedelta(days=1))


def reach(session: Session, today: date) -> int:
    """Say that the projection stands for `today`, when all that was pending has been tried; return 1 if it did not."""
    if reached(session, today):
        return 0
    upsert(session, _DAYS, [{"id": 1, "day": today}], replace=True)
    return 1


def open_periods(session: Session, now: datetime) -> int:
    """Open the reporting periods that have begun and return how many reports are newly expected."""
    return periods.open_due(session, now=now)
