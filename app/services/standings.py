"""Keep the projection of today's standings and the next firings in step with the facts (DESIGN.md laws 2 and 5)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.database import upsert
from app.domain.alerts import coming
from app.domain.ladder import Fired, Rung
from app.domain.standing import Policy, StandingFinding, judge
from app.models import MilestoneStanding, Obligation, ProjectionDay
from app.queries import facts, ladders
from app.services.turns import take_turn

_STANDINGS = MilestoneStanding.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_OBLIGATIONS = Obligation.__table__  # type: ignore[attr-defined]
_DAYS = ProjectionDay.__table__  # type: ignore[attr-defined]


def refresh(session: Session, milestone_ids: Sequence[int], today: date) -> None:
    """Rewrite the projection and the next firing of the given milestones, and of those whose date they govern."""
    take_turn(session)  # facts that another writer adds meanwhile must not be overwritten by what was judged before
    policies, rungs = facts.policies(session), ladders.rungs(session)
    # Whether a goal stated twice is urged follows from the milestones that govern it, as they stand by then.
    for ids in (milestone_ids, facts.governed_by(session, milestone_ids)):
        for start in range(0, len(ids), facts.CHUNK):
            _refresh_chunk(session, ids[start : start + facts.CHUNK], today, policies, rungs)


def roll(session: Session, today: date) -> int:
    """Bring the whole projection to `today` and return how many rows were judged again.

    Forward, only rows whose standing the calendar changes are judged; backward (a clock set back), all are.
    """
    day = projection_day(session)
    if day == today:
        return 0
    if day is None or day > today:
        return rebuild(session, today)
    changed = sa.select(col(MilestoneStanding.milestone_id)).where(col(MilestoneStanding.next_change_on) <= today)
    ids = list(session.scalars(changed.order_by(col(MilestoneStanding.milestone_id))))
    refresh(session, ids, today)
    _set_day(session, today)
    return len(ids)


def rebuild(session: Session, today: date) -> int:
    """Judge every milestone again for `today` and return how many there are."""
    take_turn(session)
    policies, rungs = facts.policies(session), ladders.rungs(session)
    count = 0
    for ids in facts.milestone_ids(session):
        _refresh_chunk(session, ids, today, policies, rungs)
        count += len(ids)
    _set_day(session, today)
    return count


def differences(session: Session, today: date) -> list[str]:
    """Judge every milestone from its facts and say where the projection for `today` differs; nothing is written."""
    policies = facts.policies(session)
    found: list[str] = []
    for ids in facts.milestone_ids(session):
        stored = {
            row["milestone_id"]: dict(row)
            for row in session.execute(
                sa.select(*_STANDINGS.columns).where(_STANDINGS.c.milestone_id.in_(ids))
            ).mappings()
        }
        for item in facts.gather(session, ids):
            right = _row(item, judge(item.facts, today, policies[item.plan_id]))
            if stored.get(item.milestone_id) != right:
                found.append(f"milestone {item.milestone_id}: {stored.get(item.milestone_id)} should be {right}")
    return found


def projection_day(session: Session) -> date | None:
    """Return the day the projection stands for; None before the first roll."""
    return session.scalar(sa.select(col(ProjectionDay.day)))


def _set_day(session: Session, today: date) -> None:
    upsert(session, _DAYS, [{"id": 1, "day": today}], replace=True)


def _refresh_chunk(
    session: Session,
    ids: Sequence[int],
    today: date,
    policies: dict[int, Policy],
    rungs: dict[int, tuple[Rung, ...]],
) -> None:
    session.flush()
    fired = ladders.last_fired(session, ids)
    rows: list[dict[str, Any]] = []
    obligations: list[dict[str, Any]] = []
    for item in facts.gather(session, ids):
        finding = judge(item.facts, today, policies[item.plan_id])
        rows.append(_row(item, finding))
        last = fired.get((item.milestone_id, finding.due_version))
        if obligation := _obligation(item, finding, rungs.get(item.plan_id, ()), last, today):
            obligations.append(obligation)
    upsert(session, _STANDINGS, rows, replace=True)
    session.execute(sa.delete(Obligation).where(col(Obligation.milestone_id).in_(ids)))
    upsert(session, _OBLIGATIONS, obligations, replace=True)


def _row(item: facts.Gathered, finding: StandingFinding) -> dict[str, Any]:
    return {
        "milestone_id": item.milestone_id,
        "plan_id": item.plan_id,
        "place_id": item.place_id,
        "kind": item.kind,
        "standing": finding.standing,
        "since": finding.since,
        "timeliness": finding.timeliness,
        "effective_due_on": finding.effective_due_on,
        "due_version": finding.due_version,
        "clock_stopped_on": finding.clock_stopped_on,
        "next_change_on": finding.next_change_on,
        "progress_pct": finding.progress_pct,
        "reported_on": finding.reported_on,
        "claim_pending": finding.claim_pending,
    }


def _obligation(
    item: facts.Gathered, finding: StandingFinding, rungs: tuple[Rung, ...], last: Fired | None, today: date
) -> dict[str, Any] | None:
    if item.governed:  # the milestone whose date governs is the one to be urged
        return None
    firing = coming(finding, rungs, last, today)
    if firing is None:
        return None
    return {
        "milestone_id": item.milestone_id,
        "rung_id": firing.rung.id,
        "due_version": finding.due_version,
        "fire_on": firing.fire_on,
    }
