"""Reads for answers that units owe to alerts: which are due to be urged, and what the urging says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.ladder import Fired, FiredBefore, Ladder
from app.domain.vocabulary import Capacity, Measure, RungTrigger, UnitRole
from app.models import (
    Alert,
    AlertRecipient,
    ExpectedAnswer,
    ExpectedReport,
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    Organization,
    Plan,
    ReportingPeriod,
)
from app.queries import alert_states, facts, missing_reports

# An alert and a unit that owes it an answer.
Owed = tuple[int, int]  # alert id, organization id
_KEY = (col(ExpectedAnswer.alert_id), col(ExpectedAnswer.organization_id))


@dataclass(frozen=True, slots=True)
class OwedAnswer:
    """An answer that is owed, and the alert that asked for it; `about` is a milestone's title or a period's name."""

    alert_id: int
    organization_id: int
    plan_id: int
    milestone_id: int | None
    period_id: int | None
    due_version: int
    measure: Measure
    raised_on: date
    asked_on: date
    reply_due_on: date
    answered_on: date | None
    settled_on: date | None
    unit: str
    about: str
    office_id: int

    @property
    def owed(self) -> bool:
        """Tell whether it is still waited for."""
        return self.answered_on is None and self.settled_on is None

    @property
    def occasion(self) -> int:
        """The register's occasion of what urges it: an answer that was sent back is urged again from the start."""
        return _occasion(self.asked_on, self.raised_on)


def _occasion(asked_on: date, raised_on: date) -> int:
    return 0 if asked_on == raised_on else asked_on.toordinal()


def matter(owed: Owed) -> str:
    """Return the register's key of an answer that a unit owes."""
    return f"alert/{owed[0]}/unit/{owed[1]}"


def due(session: Session, on: date) -> list[Owed]:
    """Return the answers whose urging is due by `on`, never only on it."""
    query = sa.select(*_KEY).where(col(ExpectedAnswer.fire_on) <= on, *_waited_for()).order_by(*_KEY)
    return [(alert_id, unit_id) for alert_id, unit_id in session.execute(query)]


def lock_due(session: Session, wanted: Sequence[Owed], on: date) -> list[Owed]:
    """Lock those answers that are still to be urged and return their keys."""
    query = sa.select(*_KEY).where(sa.tuple_(*_KEY).in_(wanted), col(ExpectedAnswer.fire_on) <= on, *_waited_for())
    return [(alert_id, unit_id) for alert_id, unit_id in session.execute(query.order_by(*_KEY).with_for_update())]


def over(session: Session, milestone_ids: Sequence[int]) -> list[Owed]:
    """Return the unsettled answers that nobody waits for any more, by the projection as it is now.

    Those to alerts on the milestones that are over or were for another unit, and those to alerts on missing reports, on
    these milestones among others, of units that owe none now.
    """
    found = session.execute(sa.union_all(_lapsed(milestone_ids), _silent(milestone_ids))).all()
    silent = {(period_id, unit_id) for _, unit_id, period_id in found if period_id is not None}
    owed = missing_reports.unreported(session, list(silent)) if silent else {}
    return [(alert_id, unit_id) for alert_id, unit_id, period_id in found if (period_id, unit_id) not in owed]


def _lapsed(milestone_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    """Select the unsettled answers on milestones whose alert is over, or whose unit does not answer for it any more."""
    answers_for_it = sa.exists().where(
        col(MilestoneUnit.milestone_id) == col(ExpectedAnswer.milestone_id),
        col(MilestoneUnit.organization_id) == col(ExpectedAnswer.organization_id),
        col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
    )
    asked_as_responsible = sa.exists().where(
        col(AlertRecipient.alert_id) == col(ExpectedAnswer.alert_id),
        col(AlertRecipient.organization_id) == col(ExpectedAnswer.organization_id),
        col(AlertRecipient.capacity) == Capacity.RESPONSIBLE,
    )
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(*_KEY, sa.cast(sa.null(), sa.Integer).label("period_id"))
        .join(Alert, col(Alert.id) == col(ExpectedAnswer.alert_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Alert.milestone_id))
        .where(
            col(ExpectedAnswer.milestone_id).in_(milestone_ids),
            col(ExpectedAnswer.settled_on).is_(None),
            sa.or_(alert_states.over_by_standing(), sa.and_(asked_as_responsible, ~answers_for_it)),
        )
    )
    return query


def _silent(milestone_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    """Select the unsettled answers to alerts on missing reports of periods in which these milestones are reported."""
    concerned = sa.exists().where(
        col(ExpectedReport.period_id) == col(Alert.period_id),
        col(ExpectedReport.organization_id) == col(Alert.organization_id),
        col(ExpectedReport.milestone_id).in_(milestone_ids),
    )
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(*_KEY, col(Alert.period_id))
        .join(Alert, col(Alert.id) == col(ExpectedAnswer.alert_id))
        .where(
            col(ExpectedAnswer.milestone_id).is_(None),
            col(ExpectedAnswer.settled_on).is_(None),
            col(Alert.trigger) == RungTrigger.MISSING_REPORT,
            concerned,
        )
    )
    return query


def _waited_for() -> tuple[sa.ColumnElement[bool], ...]:
    return (col(ExpectedAnswer.answered_on).is_(None), col(ExpectedAnswer.settled_on).is_(None))


def describe(session: Session, wanted: Sequence[Owed]) -> dict[Owed, OwedAnswer]:
    """Return answers with what their alerts were about."""
    query = (
        sa.select(
            *_KEY,
            col(ExpectedAnswer.plan_id),
            col(Alert.milestone_id),
            col(Alert.period_id),
            col(Alert.due_version),
            col(Alert.measure),
            col(Alert.scanned_on),
            col(ExpectedAnswer.asked_on),
            col(ExpectedAnswer.reply_due_on),
            col(ExpectedAnswer.answered_on),
            col(ExpectedAnswer.settled_on),
            col(Organization.short_name),
            sa.func.coalesce(col(Milestone.title), sa.literal("报送进展")).label("about"),
            col(Plan.office_id),
        )
        .join(Alert, col(Alert.id) == col(ExpectedAnswer.alert_id))
        .join(Plan, col(Plan.id) == col(ExpectedAnswer.plan_id))
        .join(Organization, col(Organization.id) == col(ExpectedAnswer.organization_id))
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(Alert.period_id))
        .where(sa.tuple_(*_KEY).in_(wanted))
    )
    return {(row[0], row[1]): OwedAnswer(*row) for row in session.execute(query)}


def fired_before(session: Session, wanted: Sequence[Owed], found: Mapping[int, Ladder]) -> dict[Owed, FiredBefore]:
    """Return what has fired for answers that are owed, since they were asked for last; nothing fired: missing."""
    by_id = {rung.id: rung for ladder in found.values() for rung in ladder.rungs}
    before: dict[Owed, FiredBefore] = {}
    ids = sorted({alert_id for alert_id, _ in wanted})
    for start in range(0, len(ids), facts.CHUNK):
        for row in session.execute(_urgings(ids[start : start + facts.CHUNK])):
            key, known = (row.follows_id, row.organization_id), before.get((row.follows_id, row.organization_id))
            if row.occasion == _occasion(row.asked_on, row.raised_on):
                before[key] = (known or FiredBefore()).and_now(0, 0, Fired(by_id[row.rung_id], row.scanned_on))
            else:  # of an answer that was sent back since: only its day counts, as of a day there is but one
                before[key] = replace(known or FiredBefore(), last_on=row.scanned_on)
    return before


def _urgings(alert_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    """Select the alerts that followed these for want of an answer, in the order of their days."""
    followed = aliased(Alert)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Alert.follows_id),
            col(Alert.organization_id),
            col(Alert.rung_id),
            col(Alert.occasion),
            col(Alert.scanned_on),
            col(ExpectedAnswer.asked_on),
            col(followed.scanned_on).label("raised_on"),
        )
        .join(followed, col(followed.id) == col(Alert.follows_id))
        .join(
            ExpectedAnswer,
            sa.and_(
                col(ExpectedAnswer.alert_id) == col(Alert.follows_id),
                col(ExpectedAnswer.organization_id) == col(Alert.organization_id),
            ),
        )
        .where(col(Alert.follows_id).in_(alert_ids))
        .order_by(col(Alert.scanned_on), col(Alert.id))
    )
    return query
