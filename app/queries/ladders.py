"""Reads for the ladder: the rungs of plans with what they count by, and what has fired already."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.ladder import Fired, FiredBefore, Ladder, Rung
from app.models import Alert, LadderRung, Plan
from app.queries.calendars import calendars


def rung_of(row: LadderRung) -> Rung:
    """Return a stored rung as the rule sees it."""
    assert row.id is not None
    return Rung(
        row.id,
        row.offset_days,
        row.measure,
        row.clause,
        row.trigger,
        row.day_kind,
        row.addressees,
        row.reply_days,
        row.urgent,
        row.opens_case,
    )


def ladders(session: Session, plan_ids: Collection[int] | None = None) -> dict[int, Ladder]:
    """Return the ladders of plans (None: of all) by plan id, their rungs in the order of their days."""
    if plan_ids is not None and not plan_ids:
        return {}
    stored = sa.select(LadderRung).order_by(col(LadderRung.offset_days), col(LadderRung.id))
    plans = sa.select(col(Plan.id), col(Plan.reporting_cycle), col(Plan.ladder_version))
    if plan_ids is not None:
        stored, plans = stored.where(col(LadderRung.plan_id).in_(plan_ids)), plans.where(col(Plan.id).in_(plan_ids))
    rungs: dict[int, list[Rung]] = defaultdict(list)
    for row in session.scalars(stored):
        rungs[row.plan_id].append(rung_of(row))
    days = calendars(session)
    return {
        plan_id: Ladder(tuple(rungs[plan_id]), days[plan_id], cycle, version)
        for plan_id, cycle, version in session.execute(plans)
    }


def rungs(session: Session, plan_id: int) -> tuple[Rung, ...]:
    """Return the rungs of a plan in the order of their days; () for a plan that is not on record."""
    stored = sa.select(LadderRung).where(col(LadderRung.plan_id) == plan_id)
    ordered = stored.order_by(col(LadderRung.offset_days), col(LadderRung.id))
    return tuple(rung_of(row) for row in session.scalars(ordered))


def fired_before(session: Session, ids: Sequence[int], found: Mapping[int, Ladder]) -> dict[int, FiredBefore]:
    """Return what has fired, by milestone id; one that nothing fired for is missing."""
    by_id = {rung.id: rung for ladder in found.values() for rung in ladder.rungs}
    query = (
        sa.select(
            col(Alert.milestone_id),
            col(Alert.due_version),
            col(Alert.rung_id),
            col(Alert.occasion),
            col(Alert.scanned_on),
        )
        .where(col(Alert.milestone_id).in_(ids), col(Alert.follows_id).is_(None))
        .order_by(col(Alert.scanned_on), col(Alert.id))
    )
    before: dict[int, FiredBefore] = {}
    for milestone_id, version, rung_id, occasion, scanned_on in session.execute(query):
        fired = Fired(by_id[rung_id], scanned_on)
        before[milestone_id] = before.get(milestone_id, FiredBefore()).and_now(version, occasion, fired)
    return before
