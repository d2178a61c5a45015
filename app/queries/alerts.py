"""Reads of the alert register: the list, a milestone's own alerts, counts for the overview."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.periods import label
from app.domain.vocabulary import AlertState, Capacity, Measure, RungTrigger, Standing, UnitRole
from app.models import (
    Alert,
    AlertRecipient,
    ExpectedAnswer,
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    Organization,
    Place,
    Plan,
    ReportingPeriod,
)
from app.queries.alert_filters import Wanted, standing_as
from app.queries.alert_states import states
from app.queries.choices import Choice

PAGE = 50


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What a reader looks for; None does not narrow. `organization_id` is a unit the alert is addressed to.

    `wanted` is where it stands; an answer is overdue as of `today`.
    """

    plan_id: int | None = None
    organization_id: int | None = None
    measure: Measure | None = None
    trigger: RungTrigger | None = None
    wanted: Wanted | None = None
    today: date = date.max


class AlertKey(NamedTuple):
    """Where a page of the list ends: the last row's firing day and id."""

    fire_on: date
    alert_id: int


@dataclass(frozen=True, slots=True)
class Addressee:
    """A unit that an alert is addressed to, and who answered for it then, with the post; None: nobody on record."""

    name: str
    person: str | None
    capacity: Capacity


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert; `days_late` on the day of the scan, negative: days left; `standing` is today's.

    `milestone_id` None: it is about a unit's reports of a period. `unit` is the unit it is about, None: all of the
    milestone's. `reply_due_on` None: no answer is asked for.
    """

    id: int
    plan_id: int
    plan_slug: str
    plan: str
    milestone_id: int | None
    milestone: str | None
    place: str | None
    period_id: int | None
    period: str | None
    unit: str | None
    follows_id: int | None
    rung_id: int
    trigger: RungTrigger
    measure: Measure
    clause: str | None
    due_version: int
    effective_due_on: date
    fire_on: date
    days_late: int
    reason: str
    reply_days: int | None
    reply_due_on: date | None
    urgent: bool
    basis: str
    ladder_version: int
    calendar_version: int
    scanned_on: date
    raised_at: datetime
    standing: Standing | None
    state: AlertState
    addressees: tuple[Addressee, ...]

    @property
    def about(self) -> str:
        """What it is about: a milestone's title, or a period's name and the unit."""
        return self.milestone or " · ".join(item for item in (self.period, self.unit) if item)

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
    query = _rows().where(*in_scope(scope))
    if wanted.plan_id is not None:
        query = query.where(col(Alert.plan_id) == wanted.plan_id)
    if wanted.organization_id is not None:
        query = query.where(_addressed_to(wanted.organization_id))
    if wanted.measure is not None:
        query = query.where(col(Alert.measure) == wanted.measure)
    if wanted.trigger is not None:
        query = query.where(col(Alert.trigger) == wanted.trigger)
    if wanted.wanted is not None:
        query = query.where(standing_as(wanted.wanted, scope, wanted.today))
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


def alerts_by_id(session: Session, alert_ids: Collection[int]) -> dict[int, AlertRow]:
    """Return alerts (at most a page of them) by id."""
    rows = session.execute(_rows().where(col(Alert.id).in_(alert_ids))).all()
    return {row.id: row for row in _with_recipients(session, rows)}


def to_answer(session: Session, scope: Scope, *, limit: int) -> tuple[AlertRow, ...]:
    """Return the alerts to which the unit of a scope still owes an answer, those with the nearest limit first."""
    owed = (
        sa.select(col(ExpectedAnswer.alert_id))
        .where(
            col(ExpectedAnswer.organization_id) == scope.organization_id,
            col(ExpectedAnswer.answered_on).is_(None),
            col(ExpectedAnswer.settled_on).is_(None),
        )
        .order_by(col(ExpectedAnswer.reply_due_on), col(ExpectedAnswer.alert_id))
        .limit(limit)
    )
    if scope.plan_id is not None:
        owed = owed.where(col(ExpectedAnswer.plan_id) == scope.plan_id)
    ids = session.scalars(owed).all()
    found = alerts_by_id(session, ids) if ids else {}
    return tuple(found[alert_id] for alert_id in ids)


def addressees(session: Session, scope: Scope, plan_id: int | None) -> list[Choice]:
    """Return the units that alerts in scope (of one plan) are addressed to, by pinyin."""
    addressed = (
        sa.select(col(AlertRecipient.alert_id))
        .join(Alert, col(Alert.id) == col(AlertRecipient.alert_id))
        .where(col(AlertRecipient.organization_id) == col(Organization.id), *in_scope(Scope(scope.plan_id)))
    )
    if plan_id is not None:
        addressed = addressed.where(col(Alert.plan_id) == plan_id)
    query = sa.select(col(Organization.id), col(Organization.name)).where(addressed.exists())
    if scope.organization_id is not None:
        query = query.where(col(Organization.id) == scope.organization_id)
    query = query.order_by(col(Organization.sort_key), col(Organization.name))
    return [Choice(*row) for row in session.execute(query)]


def find_alert(session: Session, scope: Scope, alert_id: int) -> AlertRow | None:
    """Return one alert; None: there is none in scope."""
    row = session.execute(_rows().where(col(Alert.id) == alert_id, *in_scope(scope))).first()
    return _with_recipients(session, [row])[0] if row else None


def count_since(session: Session, scope: Scope, since: date) -> int:
    """Count the alerts in scope that scans raised on or after a day."""
    query = sa.select(sa.func.count()).select_from(Alert).where(col(Alert.scanned_on) >= since, *in_scope(scope))
    return session.scalar(query) or 0


def in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that narrow alerts to what a person may see."""
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
    unit = aliased(Organization)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *Alert.__table__.columns,  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
            col(Plan.slug).label("plan_slug"),
            col(Plan.short_title).label("plan"),
            col(Milestone.title).label("milestone"),
            col(Place.name).label("place"),
            col(MilestoneStanding.standing).label("standing"),
            col(unit.short_name).label("unit"),
            col(ReportingPeriod.first_on).label("period_first_on"),
            col(ReportingPeriod.last_on).label("period_last_on"),
        )
        .select_from(Alert)
        .join(Plan, col(Plan.id) == col(Alert.plan_id))
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .outerjoin(Place, col(Place.id) == col(Milestone.place_id))
        .outerjoin(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Alert.milestone_id))
        .outerjoin(unit, col(unit.id) == col(Alert.organization_id))
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(Alert.period_id))
    )
    return query


_SHOWN = {item.name for item in fields(AlertRow)} - {"period", "state", "addressees"}


def _with_recipients(session: Session, rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> tuple[AlertRow, ...]:
    ids = [row.id for row in rows]
    found = _recipients(session, ids)
    stands = states(session, ids) if ids else {}
    return tuple(
        AlertRow(
            **{name: value for name, value in row._mapping.items() if name in _SHOWN},
            period=label(row.period_first_on, row.period_last_on) if row.period_first_on else None,
            state=stands[row.id],
            addressees=tuple(found[row.id]),
        )
        for row in rows
    )


def _recipients(session: Session, alert_ids: Sequence[int]) -> dict[int, list[Addressee]]:
    """Return whom alerts are addressed to: responsible units in the document's order, then the others by pinyin."""
    position = sa.select(sa.func.min(col(MilestoneUnit.position))).where(
        col(MilestoneUnit.milestone_id) == col(Alert.milestone_id),
        col(MilestoneUnit.organization_id) == col(AlertRecipient.organization_id),
        col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
    )
    query = (
        sa.select(
            col(AlertRecipient.alert_id),
            col(Organization.short_name),
            col(AlertRecipient.person),
            col(AlertRecipient.capacity),
        )
        .join(Alert, col(Alert.id) == col(AlertRecipient.alert_id))
        .join(Organization, col(Organization.id) == col(AlertRecipient.organization_id))
        .where(col(AlertRecipient.alert_id).in_(alert_ids))
        .order_by(
            col(AlertRecipient.alert_id),
            position.scalar_subquery().asc().nulls_last(),
            col(Organization.sort_key),
            col(AlertRecipient.capacity),
        )
    )
    found: dict[int, list[Addressee]] = defaultdict(list)
    for alert_id, name, person, capacity in session.execute(query):
        found[alert_id].append(Addressee(name, person, capacity))
    return found
