"""Make a circular in one transaction; the product draws in a reading one and keeps in a writing one."""

from datetime import datetime

from sqlmodel import Session

from app.core.settings import Settings
from app.domain.access import Actor
from app.models import Printout
from app.services.printouts import PrintFormat, draw_circular, keep_circular


def make_circular(
    session: Session,
    actor: Actor,
    *,
    plan_id: int,
    quarter: str,
    file_format: PrintFormat,
    settings: Settings,
    now: datetime,
) -> Printout:
    """Draw a circular and keep it. Raises: InputError, NotFoundError, and what setting raises."""
    drawn = draw_circular(
        session, actor, plan_id=plan_id, quarter=quarter, file_format=file_format, settings=settings, now=now
    )
    return keep_circular(session, actor, drawn, folder=settings.printouts_dir, now=now)
