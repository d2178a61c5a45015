"""The milestones of cases, each with both dates, its lateness against either, and where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.deadlines import days_late
from app.domain.vocabulary import Standing, Timeliness
from app.models import CaseMilestone, Milestone, MilestoneStanding, Place
from app.queries import facts

_SETTLED = frozenset({Standing.CLOSED, Standing.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class HeldMilestone:
    """A milestone of a case: `case_due_on` is the date that brought it in, `effective_due_on` the one in force now."""

    milestone_id: int
    title: str
    place: str
    clause: str
    due_phrase: str
    original_due_on: date
    case_due_on: date
    due_version: int
    effective_due_on: date
    joined_on: date
    standing: Standing
    timeliness: Timeliness | None
    days_late_original: int
    days_late_effective: int
    settled: bool


def held_milestones(session: Session, case_ids: Sequence[int], today: date) -> list[tuple[int, HeldMilestone]]:
    """Return (case id, milestone) for the cases, in the document's order."""
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(CaseMilestone.case_id),
            col(CaseMilestone.due_version),
            col(CaseMilestone.effective_due_on).label("case_due_on"),
            col(CaseMilestone.joined_on),
            col(Milestone.id),
            col(Milestone.title),
            col(Milestone.clause),
            col(Milestone.due_phrase),
            facts.original_due_on(),
            col(Place.name).label("place"),
            col(MilestoneStanding.standing),
            col(MilestoneStanding.timeliness),
            col(MilestoneStanding.effective_due_on),
            col(MilestoneStanding.clock_stopped_on),
        )
        .select_from(CaseMilestone)
        .join(Milestone, col(Milestone.id) == col(CaseMilestone.milestone_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .where(col(CaseMilestone.case_id).in_(case_ids))
        .order_by(col(CaseMilestone.case_id), col(Milestone.position), col(CaseMilestone.due_version))
    )
    return [(row.case_id, _milestone(row, today)) for row in session.execute(query)]


def _milestone(row: sa.Row[*tuple[Any, ...]], today: date) -> HeldMilestone:
    counted_to = row.clock_stopped_on or today
    return HeldMilestone(
        milestone_id=row.id,
        title=row.title,
        place=row.place,
        clause=row.clause,
        due_phrase=row.due_phrase,
        original_due_on=row.due_on,
        case_due_on=row.case_due_on,
        due_version=row.due_version,
        effective_due_on=row.effective_due_on,
        joined_on=row.joined_on,
        standing=row.standing,
        timeliness=row.timeliness,
        days_late_original=days_late(row.due_on, counted_to),
        days_late_effective=days_late(row.effective_due_on, counted_to),
        settled=row.standing in _SETTLED,
    )
