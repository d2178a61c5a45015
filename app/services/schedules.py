"""Set a milestone's own schedule in place of the straight line, or go back to it."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.decisions import OPEN
from app.domain.quarters import Quarter
from app.domain.schedules import open_quarters, wrong_shares
from app.domain.standing import judge
from app.models import MilestoneSchedule
from app.queries import facts
from app.services import standing_changes
from app.services.errors import ConflictError, InputError, Message, msg
from app.services.reports import author_of, milestone_in_scope
from app.services.standing_changes import MilestoneFact

REASON_LENGTH = 500


def set_schedule(
    session: Session,
    actor: Actor,
    milestone_id: int,
    shares: Mapping[Quarter, Decimal],
    *,
    reason: str,
    now: datetime,
) -> MilestoneSchedule:
    """Put a schedule in force: percent to be done by a quarter's end, a straight line between; none: straight again.

    Raises: NotFoundError, ForbiddenError; ConflictError for a settled milestone or the schedule in force; InputError
    naming each quarter's field (`share-2026Q1`) or the reason.
    """
    milestone = milestone_in_scope(session, actor, milestone_id)
    item = facts.gather(session, [milestone_id])[0]
    finding = judge(item.facts, local_day(now), facts.policies(session)[item.plan_id])
    if finding.standing not in OPEN:
        raise ConflictError(msg("The milestone's present standing does not allow this step. Look at it again."))
    if problems := _problems(shares, open_quarters(milestone.start_on, finding.effective_due_on), reason):
        raise InputError(problems)
    if tuple(sorted((quarter.last_on, share) for quarter, share in shares.items())) == item.facts.schedule:
        raise ConflictError(msg("This is the schedule in force already."))
    written = {str(quarter): format(share, "f") for quarter, share in sorted(shares.items())}
    last = session.scalar(
        sa.select(sa.func.max(col(MilestoneSchedule.version))).where(
            col(MilestoneSchedule.milestone_id) == milestone_id
        )
    )
    row = MilestoneSchedule(
        milestone_id=milestone_id,
        version=(last or 0) + 1,
        shares=json.dumps(written),
        reason=reason,
        author_id=author_of(actor),
        recorded_at=now,
    )
    session.add(row)
    before = {day.isoformat(): share for day, share in item.facts.schedule}
    detail = {"reason": reason, "before": {"schedule": before}, "after": {"schedule": written}}
    fact = MilestoneFact("milestones:schedule", milestone_id, milestone.plan_id, detail)
    standing_changes.record(session, actor, [fact], now=now)
    return row


def _problems(shares: Mapping[Quarter, Decimal], quarters: list[Quarter], reason: str) -> dict[str, Message]:
    problems = {
        f"share-{quarter}": msg("from 0 to 100, and not below the quarter before") for quarter in wrong_shares(shares)
    }
    for quarter in shares:
        if quarter not in quarters:
            problems[f"share-{quarter}"] = msg("this quarter does not end while the milestone runs")
    if not reason:
        problems["reason"] = msg("give the reason for this schedule")
    return problems
