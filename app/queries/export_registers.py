"""Indicators, what was paid for projects, and the alert register for export and for the JSON interface."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.money import FEN_PER_WAN
from app.domain.periods import label
from app.models import (
    Alert,
    AlertRecipient,
    Indicator,
    Milestone,
    Organization,
    Payment,
    Place,
    Plan,
    Report,
    ReportingPeriod,
    ReportValue,
    Target,
)
from app.queries import facts
from app.queries.alert_states import states
from app.queries.export_rows import (
    AlertRecord,
    IndicatorRecord,
    MeasuredRecord,
    Selection,
)
from app.queries.exports import bound_to
from app.queries.measurements import counting
from app.queries.thresholds import thresholds_in_force


def paid_fen(session: Session, project_ids: Any, on: date) -> dict[int, int]:
    """Return the fen paid for projects by a day, of payments known on it; a project without payments is left out."""
    query = (
        sa.select(col(Payment.project_id), sa.func.sum(col(Payment.amount_fen)))
        .where(
            col(Payment.project_id).in_(project_ids),
            col(Payment.paid_on) <= on,
            col(Payment.recorded_at) < day_end(on),
        )
        .group_by(col(Payment.project_id))
    )
    return {project_id: int(fen) for project_id, fen in session.execute(query)}


def wan(fen: int | None) -> Decimal | None:
    """Return fen as 万元; None stays None."""
    return None if fen is None else Decimal(fen) / FEN_PER_WAN


def indicators(session: Session, wanted: Selection, on: date) -> list[IndicatorRecord]:
    """Return every plan's indicators in the standard's order, then its own, with what was measured by a day."""
    query = sa.select(col(Plan.id), col(Plan.slug), col(Plan.standard_id)).order_by(col(Plan.id))
    if wanted.plan_id is not None:
        query = query.where(col(Plan.id) == wanted.plan_id)
    found: list[IndicatorRecord] = []
    for plan_id, slug, standard_id in session.execute(query).all():
        found += _plan_indicators(session, plan_id, slug, standard_id, wanted.organization_id, on)
    return found


def _plan_indicators(
    session: Session, plan_id: int, slug: str, standard_id: int, organization_id: int | None, on: date
) -> list[IndicatorRecord]:
    rows = session.scalars(
        sa.select(Indicator)
        .where(sa.or_(col(Indicator.standard_id) == standard_id, col(Indicator.plan_id) == plan_id))
        .order_by(col(Indicator.plan_id).is_not(None), col(Indicator.position), col(Indicator.id))
    ).all()
    thresholds = thresholds_in_force(session, plan_id, [row.id for row in rows if row.id is not None])
    counts = _target_counts(session, plan_id)
    measured = _measured(session, plan_id, organization_id, on)
    return [
        IndicatorRecord(
            plan=slug,
            indicator=row.code,
            name=row.name,
            group=row.group,
            value_type=row.value_type,
            clause=row.clause,
            thresholds=tuple(thresholds.get(row.id or 0, ())),
            targets=counts.get(row.id or 0, 0),
            measured=tuple(measured.get(row.id or 0, {}).values()),
        )
        for row in rows
    ]


def _target_counts(session: Session, plan_id: int) -> dict[int, int]:
    query = (
        sa.select(col(Target.indicator_id), sa.func.count())
        .join(Milestone, col(Milestone.id) == col(Target.milestone_id))
        .where(col(Milestone.plan_id) == plan_id, col(Target.retired_by_id).is_(None))
        .group_by(col(Target.indicator_id))
    )
    return {indicator_id: count for indicator_id, count in session.execute(query)}


def _measured(
    session: Session, plan_id: int, organization_id: int | None, on: date
) -> dict[int, dict[tuple[str, Any], MeasuredRecord]]:
    """Return the values last recorded, by indicator id and then by place and school stage."""
    query = (
        sa.select(
            col(Target.indicator_id),
            col(Place.name),
            col(Target.stage),
            col(ReportValue.value),
            col(Target.unit),
            col(Report.reported_on),
        )
        .join(Target, col(Target.id) == col(ReportValue.target_id))
        .join(Report, col(Report.id) == col(ReportValue.report_id))
        .join(Milestone, col(Milestone.id) == col(Report.milestone_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .where(col(Milestone.plan_id) == plan_id, *counting(day_end(on)))
        .order_by(col(Report.recorded_at), col(Report.id))
    )
    if organization_id is not None:
        query = query.where(bound_to(organization_id))
    found: dict[int, dict[tuple[str, Any], MeasuredRecord]] = defaultdict(dict)
    for indicator_id, place, stage, value, unit, measured_on in session.execute(query):
        found[indicator_id][place, stage] = MeasuredRecord(place, stage, value, unit, measured_on)
    return found


def alerts(
    session: Session, wanted: Selection, on: date | None, *, after: int = 0, limit: int = facts.CHUNK
) -> list[AlertRecord]:
    """Return the register by id, after an id: what scans for days up to `on` raised (None: all)."""
    query = (
        sa.select(
            Alert,
            col(Plan.slug),
            col(Milestone.title),
            col(Place.name),
            facts.original_due_on(),
            col(Organization.short_name),
            col(ReportingPeriod.first_on),
            col(ReportingPeriod.last_on),
        )
        .join(Plan, col(Plan.id) == col(Alert.plan_id))
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .outerjoin(Place, col(Place.id) == col(Milestone.place_id))
        .outerjoin(Organization, col(Organization.id) == col(Alert.organization_id))
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(Alert.period_id))
        .where(col(Alert.id) > after)
        .order_by(col(Alert.id))
        .limit(limit)
    )
    if on is not None:
        query = query.where(col(Alert.scanned_on) <= on)
    if wanted.plan_id is not None:
        query = query.where(col(Alert.plan_id) == wanted.plan_id)
    if wanted.organization_id is not None:
        mine = sa.select(col(AlertRecipient.alert_id)).where(
            col(AlertRecipient.organization_id) == wanted.organization_id
        )
        query = query.where(col(Alert.id).in_(mine))
    rows = session.execute(query).all()
    ids = [row[0].id for row in rows]
    recipients, stands = _recipients(session, ids), states(session, ids) if ids else {}
    return [
        AlertRecord(
            id=alert.id,
            plan=slug,
            milestone=alert.milestone_id,
            title=title or label(first_on, last_on),
            place=place,
            unit=unit,
            trigger=alert.trigger,
            follows=alert.follows_id,
            measure=alert.measure,
            clause=alert.clause,
            due_version=alert.due_version,
            effective_due_on=alert.effective_due_on,
            fire_on=alert.fire_on,
            days_late=alert.days_late,
            original_due_on=original_due_on,
            days_late_original=(alert.scanned_on - original_due_on).days if original_due_on else None,
            reason=alert.reason,
            reply_due_on=alert.reply_due_on,
            state=stands[alert.id],
            ladder_version=alert.ladder_version,
            calendar_version=alert.calendar_version,
            scanned_on=alert.scanned_on,
            raised_at=alert.raised_at,
            recipients=tuple(name for name, _ in recipients[alert.id]),
            responsible=tuple(f"{name} {person}" for name, person in recipients[alert.id] if person),
        )
        for alert, slug, title, place, original_due_on, unit, first_on, last_on in rows
    ]


def all_alerts(session: Session, wanted: Selection, on: date | None) -> Iterator[AlertRecord]:
    """Yield the whole register in chunks."""
    after = 0
    while rows := alerts(session, wanted, on, after=after):
        yield from rows
        after = rows[-1].id


def _recipients(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[str, str | None]]]:
    """Return (unit, who answered for it then; None: nobody on record) by alert id."""
    query = (
        sa.select(col(AlertRecipient.alert_id), col(Organization.short_name), col(AlertRecipient.person))
        .join(Organization, col(Organization.id) == col(AlertRecipient.organization_id))
        .where(col(AlertRecipient.alert_id).in_(ids))
        .order_by(col(Organization.sort_key), col(Organization.id))
    )
    found: dict[int, list[tuple[str, str | None]]] = defaultdict(list)
    for alert_id, short_name, person in session.execute(query):
        found[alert_id].append((short_name, person))
    return found
