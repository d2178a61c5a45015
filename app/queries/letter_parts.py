"""What every letter tells: its plan, and milestones as they stood at the cut-off."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.deadlines import scheduled_pct
from app.domain.letters import LetterHead, LetterMatter
from app.domain.standing import MilestoneFacts, StandingFinding, judge
from app.models import Milestone, Organization, Place, Plan
from app.queries import facts
from app.queries.circulars import CutOff


def head_of(session: Session, plan: Plan, at: CutOff) -> LetterHead:
    """Return the plan's head for its letters."""
    office = session.get_one(Organization, plan.office_id)
    return LetterHead(plan.title, plan.document_number, office.name, at.on, at.at)


def matters(session: Session, plan: Plan, ids: Sequence[int], at: CutOff) -> tuple[LetterMatter, ...]:
    """Return milestones by the facts recorded before the cut-off, in the order of the plan's document."""
    found: dict[int, LetterMatter] = {}
    order: list[tuple[int, int]] = []
    for chunk in facts.chunks(ids):
        policy = facts.policies(session)[plan.id or 0]
        known = {item.milestone_id: item.facts for item in facts.gather(session, chunk, at.at)}
        for row in session.execute(_rows(chunk)):
            finding = judge(known[row.id], at.on, policy)
            place = row.place if row.place_id != plan.place_id else None
            found[row.id] = _matter(row, place, known[row.id], finding, at)
            order.append((row.position, row.id))
    return tuple(found[milestone_id] for _, milestone_id in sorted(order))


def _rows(ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    columns: list[Any] = [
        col(Milestone.id),
        col(Milestone.title),
        col(Milestone.clause),
        col(Milestone.due_phrase),
        col(Milestone.place_id),
        col(Milestone.position),
        col(Place.name).label("place"),
    ]
    query: sa.Select[*tuple[Any, ...]] = sa.select(*columns)
    return query.join(Place, col(Place.id) == col(Milestone.place_id)).where(col(Milestone.id).in_(ids))


def _matter(row: Any, place: str | None, known: MilestoneFacts, finding: StandingFinding, at: CutOff) -> LetterMatter:
    return LetterMatter(
        title=row.title,
        clause=row.clause,
        place=place,
        due_phrase=row.due_phrase,
        original_due_on=finding.original_due_on,
        effective_due_on=finding.effective_due_on,
        standing=finding.standing,
        since_on=finding.since,
        days_late=finding.days_late(at.on),
        days_late_original=finding.days_late_originally(at.on),
        progress_pct=finding.progress_pct,
        scheduled_pct=scheduled_pct(known.start_on, finding.effective_due_on, at.on, known.schedule),
        lagging_since=finding.lagging_since,
        reported_on=finding.reported_on,
    )
