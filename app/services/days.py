"""Begin a day: bring the standings to it, open the reporting periods that have begun."""

from datetime import datetime

from sqlmodel import Session

from app.core.clock import local_day
from app.services import periods, standings


def begin(session: Session, now: datetime) -> int:
    """Do what a new day asks for and return how many milestones were judged again; repeated, it changes nothing."""
    judged = standings.roll(session, local_day(now))
    periods.open_due(session, now=now)
    return judged
