"""Reads of the alert register: the list, a milestone's own alerts, counts for the overview."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.vocabulary import Measure, Standing, UnitRole
from app.models import (
    Alert,
    AlertRecipient,
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    Organization,
    Place,
    Plan,
)
from app.queries.choices import Choice

PAGE = 50


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What a reader looks for; None does not narrow. `organization_id` is a unit the alert is addressed to."""

    plan_id: int | None = None
    organization_id: int | None = None
    measure: Measure | None = None


class AlertKey(NamedTuple):
    """Where a page of the list ends: the last row's firing day and id."""

    fire_on: date
    alert_id: int


@dataclass(frozen=True, slots=True)
class Addressee:
    """A unit that an alert is addressed to, and who answered for it then, with the post; None: nobody on record."""

    name: str
    person: str | None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert; `days_late` on the day of the scan, negative: days left; `standing` is today's."""

    id: int
    plan_id: int
    plan_slug: str
    plan: str
    milestone_id: int
    milestone: str
    place: str
    measure: Measure
    clause: str | None
    due_version: int
    effective_due_on: date
    fire_on: date
    days_late: int
    reason: str
    scanned_on: date
    raised_at: datetime
    standing: Standing | None
    addressees: tuple[Addressee, ...]

    @property
    def recipients(self) -> tuple[str, ...]:
        """The units' names."""
        return tuple(item.name for item in self.addressees)


@dataclass(frozen=True, slots=True)
class AlertPage:
    """One page, the latest firing first; `next` None: the last page."""

    rows: tuple[AlertRow, ...]
    next: AlertKey | None


def list_alerts(
    session: Session, scope: Scope, wanted: AlertFilter, after: AlertKey | None = None, *, limit: int = PAGE
) -> AlertPage:
    """Return a page of the alerts in scope, after a page's last row (None: from the start)."""
    query = _rows().where(*_in_scope(scope))
    if wanted.plan_id is not None:
        query = query.where(col(Alert.plan_id) == wanted.plan_id)
    if wanted.organization_id is not None:
        query = query.where(_addressed_to(wanted.organization_id))
    if wanted.measure is not None:
        query = query.where(col(Alert.measure) == wanted.measure)
    if after is not None:
        query = query.where(sa.tuple_(col(Alert.fire_on), col(Alert.id)) < sa.tuple_(*after))
    query = query.order_by(col(Alert.fire_on).desc(), col(Alert.id).desc()).limit(limit + 1)
    rows = session.execute(query).all()
    page = _with_recipients(session, rows[:limit])
    more = len(rows) > limit
    return AlertPage(page, AlertKey(page[-1].fire_on, page[-1].id) if more else None)


def alerts_of_milestone(session: Session, milestone_id: int) -> tuple[AlertRow, ...]:
    """Return all alerts of a milestone, the latest first."""
    query = _rows().where(col(Alert.milestone_id) == milestone_id)
    rows = session.execute(query.order_by(col(Alert.fire_on).desc(), col(Alert.id).desc())).all()
    return _with_recipients(session, rows)


def alerts_of_milestones(session: Session, milestone_ids: Sequence[int]) -> tuple[AlertRow, ...]:
    """Return all alerts of several milestones (at most facts.CHUNK), the latest first."""
    query = _rows().where(col(Alert.milestone_id).in_(milestone_ids))
    rows = session.execute(query.order_by(col(Alert.fire_on).desc(), col(Alert.id).desc())).all()
    return _with_recipients(session, rows)


def addressees(session: Session, scope: Scope, plan_id: int | None) -> list[Choice]:
    """Return the units that alerts in scope (of one plan) are addressed to, by pinyin."""
    addressed = (
        sa.select(col(AlertRecipient.alert_id))
        .join(Alert, col(Alert.id) == col(AlertRecipient.alert_id))
        .where(col(AlertRecipient.organization_id) == col(Organization.id), *_in_scope(Scope(scope.plan_id)))
    )
    if plan_id is not None:
        addressed = addressed.where(col(Alert.plan_id) == plan_id)
    query = sa.select(col(Organization.id), col(Organization.name)).where(addressed.exists())
    if scope.organization_id is not None:
        query = query.where(col(Organization.id) == scope.organization_id)
    query = query.order_by(col(Organization.sort_key), col(Organization.name))
    return [Choice(*row) for row in session.execute(query)]


def count_since(session: Session, scope: Scope, since: date) -> int:
    """Count the alerts in scope that scans raised on or after a day."""
    query = sa.select(sa.func.count()).select_from(Alert).where(col(Alert.scanned_on) >= since, *_in_scope(scope))
    return session.scalar(query) or 0


def _in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(Alert.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        conditions.append(_addressed_to(scope.organization_id))
    return conditions


def _addressed_to(organization_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(AlertRecipient.organization_id) == organization_id, col(AlertRecipient.alert_id) == col(Alert.id)
    )


def _rows() -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *Alert.__table__.columns,  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
            col(Plan.slug).label("plan_slug"),
            col(Plan.short_title).label("plan"),
            col(Milestone.title).label("milestone"),
            col(Place.name).label("place"),
            col(MilestoneStanding.standing).label("standing"),
        )
        .select_from(Alert)
        .join(Plan, col(Plan.id) == col(Alert.plan_id))
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .outerjoin(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Alert.milestone_id))
    )
    return query


def _with_recipients(session: Session, rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> tuple[AlertRow, ...]:
    found = _recipients(session, [row.id for row in rows])
    return tuple(
        AlertRow(
            id=row.id,
            plan_id=row.plan_id,
            plan_slug=row.plan_slug,
            plan=row.plan,
            milestone_id=row.milestone_id,
            milestone=row.milestone,
            place=row.place,
            measure=row.measure,
            clause=row.clause,
            due_version=row.due_version,
            effective_due_on=row.effective_due_on,
            fire_on=row.fire_on,
            days_late=row.days_late,
            reason=row.reason,
            scanned_on=row.scanned_on,
            raised_at=row.raised_at,
            standing=row.standing,
            addressees=tuple(found[row.id]),
        )
        for row in rows
    )


def _recipients(session: Session, alert_ids: Sequence[int]) -> dict[int, list[Addressee]]:
    """Return the units by alert id: responsible ones in the document's order, then the others by pinyin."""
    position = sa.select(sa.func.min(col(MilestoneUnit.position))).where(
        col(MilestoneUnit.milestone_id) == col(Alert.milestone_id),
        col(MilestoneUnit.organization_id) == col(AlertRecipient.organization_id),
        col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
    )
    query = (
        sa.select(col(AlertRecipient.alert_id), col(Organization.short_name), col(AlertRecipient.person))
        .join(Alert, col(Alert.id) == col(AlertRecipient.alert_id))
        .join(Organization, col(Organization.id) == col(AlertRecipient.organization_id))
        .where(col(AlertRecipient.alert_id).in_(alert_ids))
        .order_by(
            col(AlertRecipient.alert_id),
            position.scalar_subquery().asc().nulls_last(),
            col(Organization.sort_key),
        )
    )
    found: dict[int, list[Addressee]] = defaultdict(list)
    for alert_id, name, person in session.execute(query):
        found[alert_id].append(Addressee(name, person))
    return found
