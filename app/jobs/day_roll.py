"""The day roll: at midnight the calendar alone moves standings and opens periods (DESIGN.md law 2)."""

from datetime import datetime

from app.core.database import Engine, write_session
from app.services import days


def roll(engine: Engine, *, now: datetime) -> int:
    """Begin the day of `now` and return how many milestones were judged again."""
    with write_session(engine) as session:
        return days.begin(session, now)
