"""The day roll: at midnight the calendar alone moves standings (DESIGN.md law 2)."""

from datetime import date

from app.core.database import Engine, write_session
from app.services import standings


def roll(engine: Engine, *, today: date) -> int:
    """Bring the projection to `today` and return how many milestones were judged again."""
    with write_session(engine) as session:
        return standings.roll(session, today)
