"""Everything that concerns a case in one list: its steps, and what happened to its milestones and its units.

One statement: each source is a branch of a union with the same columns; what a row says is put into words by the page.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end, local_day
from app.domain.case_tasks import TimelineKind
from app.domain.cases import CaseEventKind
from app.domain.rectifications import RectificationStepKind
from app.domain.vocabulary import (
    AlertStepKind,
    DecisionKind,
    DueCause,
    ExtensionStepKind,
    InstructionStepKind,
    Measure,
    PostDuty,
)
from app.models import Account, CaseMilestone, Milestone
from app.queries.case_timeline_sources import SOURCES

MOST = 400  # entries of one case that a page shows


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened: when it was recorded (None: only its day is known), who, which number, what is due.

    `step` is the step's own code (None: the thing itself), `about` the milestone or unit, `address` its page.
    """

    kind: TimelineKind
    id: int  # of the row in its own table
    day: date
    at: datetime | None
    step: StrEnum | None
    who: str | None
    document_number: str | None
    due_on: date | None
    about: str
    text: str
    address: str


_STEPS: dict[TimelineKind, tuple[type[StrEnum], ...]] = {
    TimelineKind.CASE: (CaseEventKind,),
    TimelineKind.ALERT: (Measure, AlertStepKind),
    TimelineKind.DECISION: (DecisionKind,),
    TimelineKind.DUE_DATE: (DueCause,),
    TimelineKind.EXTENSION: (ExtensionStepKind,),
    TimelineKind.INSTRUCTION: (InstructionStepKind,),
    TimelineKind.RECTIFICATION: (RectificationStepKind,),
    TimelineKind.POSTING: (PostDuty,),
}


def timeline(
    session: Session, case_id: int, *, kind: TimelineKind | None = None, oldest_first: bool = False
) -> tuple[TimelineEntry, ...]:
    """Return what concerns a case, at most MOST entries of those asked for; `kind` None: all."""
    held = sa.select(col(CaseMilestone.milestone_id)).where(col(CaseMilestone.case_id) == case_id)
    branches = [build(held, case_id) for name, build in SOURCES if kind in (None, name)]
    union = sa.union_all(*branches).subquery()
    query = (
        sa.select(union, col(Account.display_name), col(Milestone.title))
        .outerjoin(Account, col(Account.id) == union.c.author_id)
        .outerjoin(Milestone, col(Milestone.id) == union.c.milestone_id)
    )
    # A post begins with its day, everything else at an instant of one; a thing comes before the steps with it.
    entries = sorted(
        session.execute(query),
        key=lambda row: (_instant(row), row.step is not None, row.id),
        reverse=not oldest_first,
    )
    return tuple(_entry(row, case_id) for row in entries[:MOST])


def _instant(row: Any) -> datetime:
    return row.at if row.at is not None else day_end(row.day - timedelta(days=1))


def _entry(row: Any, case_id: int) -> TimelineEntry:
    kind = TimelineKind(row.kind)
    at = row.at
    return TimelineEntry(
        kind=kind,
        id=row.id,
        day=local_day(at) if at is not None else row.day,
        at=at,
        step=_step(kind, row.step),
        who=row.display_name or row.who,
        document_number=row.document_number,
        due_on=row.due_on,
        about=row.title or row.about or "",
        text=row.text or "",
        address=_address(kind, row, case_id),
    )


def _step(kind: TimelineKind, code: str | None) -> StrEnum | None:
    return next((codes(code) for codes in _STEPS.get(kind, ()) if code in set(codes)), None)


def _address(kind: TimelineKind, row: Any, case_id: int) -> str:
    match kind:
        case TimelineKind.CASE:
            return f"/cases/{case_id}"
        case TimelineKind.INSTRUCTION:
            return f"/instructions/{row.page_id}"
        case TimelineKind.EXTENSION:
            return f"/extensions/{row.page_id}"
        case TimelineKind.RECTIFICATION:
            return f"/rectifications/{row.page_id}"
        case TimelineKind.POSTING:
            return f"/organizations/{row.page_id}"
    return f"/milestones/{row.milestone_id}"
