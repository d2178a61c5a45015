"""Drafts of the quarterly circulars by the timetable: ready on the first working day after a quarter's end."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.documents import DocumentKind, Subject, SubjectKind
from app.domain.quarters import Quarter, quarter_of
from app.models import OfficialDocument, Plan
from app.queries import calendars
from app.services import official_documents
from app.services.official_documents import Drawn
from app.services.turns import take_turn

KIND = DocumentKind.QUARTERLY_CIRCULAR
Wanted = tuple[str, int, str]  # what problems are named by: plan/7/2026Q3


def due(session: Session, today: date) -> list[Wanted]:
    """Return the plans and quarters whose circular is to be drafted by a day.

    The quarter is the last one that has ended; a plan's turn comes on the first working day after it, by the calendar
    of its region, and stays until a circular of it is on record, drafted by whomever.
    """
    quarter = quarter_of(today).previous
    on_record = sa.select(col(OfficialDocument.plan_id)).where(
        col(OfficialDocument.kind) == KIND, col(OfficialDocument.subject) == str(_subject(quarter))
    )
    query: Any = sa.select(Plan).where(col(Plan.id).not_in(on_record)).order_by(col(Plan.sort_key))
    plans = session.scalars(query).all()
    found = calendars.calendars(session) if plans else {}
    return [
        ("plan", plan.id, str(quarter))
        for plan in plans
        if plan.issued_on <= quarter.last_on and found[plan.id].moved(quarter.last_on + timedelta(days=1)).day <= today
    ]


def draw(session: Session, actor: Actor, wanted: Wanted, *, now: datetime) -> Drawn:
    """Draw a circular that is due; nothing is written. Raises: as `official_documents.draw`."""
    _, plan_id, quarter = wanted
    return official_documents.draw(session, actor, plan_id=plan_id, kind=KIND, key=quarter, now=now)


def keep(session: Session, actor: Actor, wanted: Wanted, drawn: Drawn, *, now: datetime) -> bool:
    """Put a drawn circular on record as a draft; False: somebody drafted it meanwhile."""
    take_turn(session)
    if wanted not in due(session, local_day(now)):
        return False
    official_documents.keep_draft(session, actor, drawn, now=now, scheduled=True)
    return True


def _subject(quarter: Quarter) -> Subject:
    return Subject(SubjectKind.QUARTER, str(quarter))
