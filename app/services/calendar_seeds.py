"""Take over the regional notices that come with the program, each year and region once."""

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from app.domain.access import Actor
from app.queries.calendars import in_force
from app.services.calendar_lines import read_lines
from app.services.calendar_notices import NoticeInput
from app.services.calendars import append_notice
from app.services.plan_yaml import read_yaml
from app.services.turns import take_turn


class SeededNotice(BaseModel):
    """A notice of `seeds/calendars.yaml`; `days` are lines as they are typed into the form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    year: int
    region_code: str
    region_name: str
    note: str
    days: str


def load_notices(session: Session, path: Path, actor: Actor, now: datetime) -> int:
    """Enter the notices of years and regions that have none yet; return how many were entered."""
    take_turn(session)
    entered = 0
    for part in (SeededNotice.model_validate(item) for item in read_yaml(path)["notices"]):
        if in_force(session, part.year, part.region_code) is None:
            days = tuple(read_lines(part.days, part.year))
            given = NoticeInput(part.year, part.region_code, "", part.note, days)
            append_notice(session, actor, given, part.region_name, now=now)
            entered += 1
    return entered
