"""Reads for alerts on missing reports: which unit still owes what of which period, and what has fired for it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.ladder import Fired, FiredBefore, Ladder
from app.domain.periods import OwedState, label
from app.domain.vocabulary import RungTrigger
from app.models import Alert, ExpectedReport, LadderRung, Milestone, PeriodObligation, Plan, ReportingPeriod
from app.queries.expected_reports import answers, joined, state_of

# A unit and a period: what one alert on missing reports is about.
Silence = tuple[int, int]  # period id, organization id
_UNREPORTED = (OwedState.MISSING.value, OwedState.RETURNED.value)
_KEY = (col(ExpectedReport.period_id), col(ExpectedReport.organization_id))


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """What an alert says of a period."""

    period_id: int
    plan_id: int
    office_id: int
    name: str
    timely_until_on: date


def matter(silence: Silence) -> str:
    """Return the register's key of a unit's reports of a period."""
    return f"period/{silence[0]}/unit/{silence[1]}"


def expecting(session: Session, plan_ids: Sequence[int] | None) -> list[Silence]:
    """Return who is expected to report in which period (None: of all plans) under a ladder with a rung for silence."""
    urged = sa.select(col(LadderRung.plan_id)).where(col(LadderRung.trigger) == RungTrigger.MISSING_REPORT)
    query = (
        sa.select(*_KEY)
        .join(ReportingPeriod, col(ReportingPeriod.id) == col(ExpectedReport.period_id))
        .where(col(ReportingPeriod.plan_id).in_(urged))
        .distinct()
        .order_by(*_KEY)
    )
    if plan_ids is not None:
        query = query.where(col(ReportingPeriod.plan_id).in_(plan_ids))
    return [(period_id, unit_id) for period_id, unit_id in session.execute(query)]


def periods(session: Session, ids: Sequence[int]) -> dict[int, PeriodFacts]:
    """Return what is known of periods by id."""
    query = (
        sa.select(
            col(ReportingPeriod.id),
            col(ReportingPeriod.plan_id),
            col(Plan.office_id),
            col(ReportingPeriod.first_on),
            col(ReportingPeriod.last_on),
            col(ReportingPeriod.timely_until_on),
        )
        .join(Plan, col(Plan.id) == col(ReportingPeriod.plan_id))
        .where(col(ReportingPeriod.id).in_(set(ids)))
    )
    return {
        row.id: PeriodFacts(row.id, row.plan_id, row.office_id, label(row.first_on, row.last_on), row.timely_until_on)
        for row in session.execute(query)
    }


def fired_before(
    session: Session, wanted: Sequence[Silence], found: Mapping[int, Ladder]
) -> dict[Silence, FiredBefore]:
    """Return what has fired for units that owe reports; nothing fired: missing."""
    by_id = {rung.id: rung for ladder in found.values() for rung in ladder.rungs}
    query = (
        sa.select(col(Alert.period_id), col(Alert.organization_id), col(Alert.rung_id), col(Alert.scanned_on))
        .where(col(Alert.period_id).in_({period_id for period_id, _ in wanted}))
        .order_by(col(Alert.scanned_on), col(Alert.id))
    )
    before: dict[Silence, FiredBefore] = {}
    for period_id, unit_id, rung_id, scanned_on in session.execute(query):
        if period_id is not None and unit_id is not None:
            key = (period_id, unit_id)
            before[key] = before.get(key, FiredBefore()).and_now(0, 0, Fired(by_id[rung_id], scanned_on))
    return before


def due(session: Session, on: date) -> list[Silence]:
    """Return the units whose next firing for missing reports is due by `on`, never only on it."""
    query = sa.select(col(PeriodObligation.period_id), col(PeriodObligation.organization_id))
    query = query.where(col(PeriodObligation.fire_on) <= on)
    rows = session.execute(query.order_by(col(PeriodObligation.period_id), col(PeriodObligation.organization_id)))
    return [(period_id, unit_id) for period_id, unit_id in rows]


def lock_due(session: Session, wanted: Sequence[Silence], on: date) -> list[Silence]:
    """Lock those obligations that are still due and return their keys."""
    key = sa.tuple_(col(PeriodObligation.period_id), col(PeriodObligation.organization_id))
    query = (
        sa.select(col(PeriodObligation.period_id), col(PeriodObligation.organization_id))
        .where(key.in_(wanted), col(PeriodObligation.fire_on) <= on)
        .order_by(col(PeriodObligation.period_id), col(PeriodObligation.organization_id))
        .with_for_update()
    )
    return [(period_id, unit_id) for period_id, unit_id in session.execute(query)]


def silences() -> sa.Select[Any]:
    """Select who has still to report for which period, of those for whom an alert was raised."""
    told = sa.select(col(Alert.period_id)).where(
        col(Alert.trigger) == RungTrigger.MISSING_REPORT, col(Alert.period_id).is_not(None)
    )
    narrowed = col(ExpectedReport.period_id).in_(told.correlate(None))
    keys: Any = sa.select(*_KEY)
    query = joined(keys, answers(narrowed), drafts=False)
    return query.where(narrowed, state_of(drafts=False).in_(_UNREPORTED))


def unreported(session: Session, wanted: Sequence[Silence]) -> dict[Silence, tuple[str, ...]]:
    """Return the titles of the milestones that units have not reported on, as of now; nothing owed: missing."""
    narrowed = (
        col(ExpectedReport.period_id).in_({period_id for period_id, _ in wanted}),
        col(ExpectedReport.organization_id).in_({unit_id for _, unit_id in wanted}),
    )
    titles: Any = sa.select(*_KEY, col(Milestone.title))
    query = joined(titles, answers(*narrowed), drafts=False).where(*narrowed, state_of(drafts=False).in_(_UNREPORTED))
    found: dict[Silence, list[str]] = defaultdict(list)
    for period_id, unit_id, title in session.execute(query.order_by(col(Milestone.position), col(Milestone.id))):
        found[period_id, unit_id].append(title)
    return {key: tuple(titles) for key, titles in found.items()}
