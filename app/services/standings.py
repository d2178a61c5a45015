"""Keep the projection of today's standings and the next firings in step with the facts (DESIGN.md laws 2 and 5)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.database import upsert
from app.domain.alerts import coming
from app.domain.ladder import NOTHING_FIRED, FiredBefore, Ladder
from app.domain.reports import reviews
from app.domain.standing import Policy, StandingFinding, judge
from app.models import MilestoneStanding, Obligation, ProjectionDay, ReportReview
from app.queries import facts, ladders
from app.services import expected_answers, forecasts
from app.services.turns import take_turn

_STANDINGS = MilestoneStanding.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_OBLIGATIONS = Obligation.__table__  # type: ignore[attr-defined]
_REVIEWS = ReportReview.__table__  # type: ignore[attr-defined]
_DAYS = ProjectionDay.__table__  # type: ignore[attr-defined]


def refresh(session: Session, milestone_ids: Sequence[int], today: date) -> dict[int, dict[str, Any]]:
    """Rewrite the projection and the next firing of the given milestones, and of those whose date they govern.

    Returns the projection's new row of each.
    """
    take_turn(session)  # facts that another writer adds meanwhile must not be overwritten by what was judged before
    policies, found = facts.policies(session), dict[int, Ladder]()
    rows: dict[int, dict[str, Any]] = {}
    # Whether a goal stated twice is urged follows from the milestones that govern it, as they stand by then.
    for ids in (milestone_ids, facts.governed_by(session, milestone_ids)):
        for start in range(0, len(ids), facts.CHUNK):
            rows |= _refresh_chunk(session, ids[start : start + facts.CHUNK], today, policies, found)
    return rows


def roll(session: Session, today: date) -> int:
    """Bring the whole projection to `today` and return how many rows were judged again.

    Forward, only rows whose standing the calendar changes are judged; backward (a clock set back), all are.
    """
    day = projection_day(session)
    if day == today:
        return 0
    if day is None or day > today:
        return rebuild(session, today)
    ids = changing(session, today)
    refresh(session, ids, today)
    _set_day(session, today)
    return len(ids)


def changing(session: Session, today: date) -> list[int]:
    """Return the milestones whose standing the calendar changes by `today`, in order.

    Sorted here: asked for the order, SQLite reads the whole table by its key rather than the few rows by the index.
    """
    query = sa.select(col(MilestoneStanding.milestone_id)).where(col(MilestoneStanding.next_change_on) <= today)
    return sorted(session.scalars(query))


def rebuild(session: Session, today: date) -> int:
    """Judge every milestone again for `today` and return how many there are."""
    take_turn(session)
    policies, found = facts.policies(session), dict[int, Ladder]()
    count = 0
    for ids in facts.milestone_ids(session):
        _refresh_chunk(session, ids, today, policies, found)
        count += len(ids)
    _set_day(session, today)
    return count


def differences(session: Session, today: date) -> list[str]:
    """Judge every milestone from its facts and say where the projection for `today` differs; nothing is written."""
    policies = facts.policies(session)
    found: list[str] = []
    for ids in facts.milestone_ids(session):
        stored = _stored(session, _STANDINGS, "milestone_id", ids)
        in_review = _stored(session, _REVIEWS, "report_id", ids)
        judged = [(item, judge(item.facts, today, policies[item.plan_id])) for item in facts.gather(session, ids)]
        found += forecasts.differences(session, ids, judged)
        for item, finding in judged:
            right = _row(item, finding)
            if stored.get(item.milestone_id) != right:
                found.append(f"milestone {item.milestone_id}: {stored.get(item.milestone_id)} should be {right}")
            found += [
                f"report {row['report_id']}: {in_review.get(row['report_id'])} should be {row}"
                for row in _reviews(item)
                if in_review.get(row["report_id"]) != row
            ]
    return found


def _stored(session: Session, table: sa.Table, key: str, milestone_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the rows of a projection for some milestones by their key."""
    query = sa.select(*table.columns).where(table.c.milestone_id.in_(milestone_ids))
    return {row[key]: dict(row) for row in session.execute(query).mappings()}


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
    found: dict[int, Ladder],
) -> dict[int, dict[str, Any]]:
    session.flush()
    gathered = facts.gather(session, ids)
    found |= ladders.ladders(session, {item.plan_id for item in gathered} - found.keys())
    fired = ladders.fired_before(session, ids, found)
    rows: list[dict[str, Any]] = []
    obligations: list[dict[str, Any]] = []
    in_review: list[dict[str, Any]] = []
    judged = [(item, judge(item.facts, today, policies[item.plan_id])) for item in gathered]
    for item, finding in judged:
        rows.append(_row(item, finding))
        in_review += _reviews(item)
        before = fired.get(item.milestone_id, NOTHING_FIRED)
        if obligation := _obligation(item, finding, found[item.plan_id], before, today):
            obligations.append(obligation)
    upsert(session, _STANDINGS, rows, replace=True)
    if in_review:  # of many reports few change their place with one fact
        stored = _stored(session, _REVIEWS, "report_id", ids)
        upsert(session, _REVIEWS, [row for row in in_review if stored.get(row["report_id"]) != row], replace=True)
    session.execute(sa.delete(Obligation).where(col(Obligation.milestone_id).in_(ids)))
    upsert(session, _OBLIGATIONS, obligations, replace=True)
    forecasts.project(session, judged)
    expected_answers.settle(session, ids, today)
    return {row["milestone_id"]: row for row in rows}


def _row(item: facts.Gathered, finding: StandingFinding) -> dict[str, Any]:
    return {
        "milestone_id": item.milestone_id,
        "plan_id": item.plan_id,
        "place_id": item.place_id,
        "kind": item.kind,
        "standing": finding.standing,
        "since": finding.since,
        "timeliness": finding.timeliness,
        "original_timeliness": finding.original_timeliness,
        "effective_due_on": finding.effective_due_on,
        "original_due_on": finding.original_due_on,
        "due_version": finding.due_version,
        "clock_stopped_on": finding.clock_stopped_on,
        "next_change_on": finding.next_change_on,
        "progress_pct": finding.progress_pct,
        "reported_on": finding.reported_on,
        "claim_pending": finding.claim_pending,
    }


def _reviews(item: facts.Gathered) -> list[dict[str, Any]]:
    """Return where each report of a milestone stands in review."""
    by_id = {report.id: report for report in item.facts.reports}
    return [
        {
            "report_id": found.report_id,
            "plan_id": item.plan_id,
            "milestone_id": item.milestone_id,
            "organization_id": by_id[found.report_id].organization_id,
            "expected_id": by_id[found.report_id].expected_id,
            "state": found.state,
            "submitted_at": by_id[found.report_id].recorded_at,
            "changed_at": found.changed_at,
        }
        for found in reviews(item.facts)
    ]


def _obligation(
    item: facts.Gathered, finding: StandingFinding, ladder: Ladder, before: FiredBefore, today: date
) -> dict[str, Any] | None:
    if item.governed:  # the milestone whose date governs is the one to be urged
        return None
    firing = coming(finding, ladder, before, today)
    if firing is None:
        return None
    return {
        "milestone_id": item.milestone_id,
        "rung_id": firing.rung.id,
        "due_version": finding.due_version,
        "occasion": firing.occasion,
        "fire_on": firing.fire_on,
    }
