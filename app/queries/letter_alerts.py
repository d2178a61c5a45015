"""Gather what a letter says of an alert: its milestone or missing reports, its units, until when they answer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.letters import (
    AlertLetterFacts,
    AnswerLimit,
    MissingReports,
    Party,
    UnansweredNotice,
    is_superior,
)
from app.domain.periods import label
from app.domain.vocabulary import AlertState, Capacity, Measure, OrganizationKind, RungTrigger, UnitRole
from app.models import (
    Alert,
    AlertRecipient,
    ExpectedAnswer,
    Milestone,
    MilestoneUnit,
    Organization,
    Plan,
    ReportingPeriod,
)
from app.queries import alert_states, missing_reports
from app.queries.circulars import CutOff
from app.queries.letter_parts import head_of, matters


@dataclass(frozen=True, slots=True)
class AlertStanding:
    """What decides which letter an alert can be sent as; `to_units`: a unit beside the office is addressed.

    `only_superior`: no other than the organ that the office belongs to.
    """

    measure: Measure
    state: AlertState
    to_units: bool
    only_superior: bool


@dataclass(frozen=True, slots=True)
class _Recipient:
    id: int
    name: str
    capacity: Capacity
    person: str | None


@dataclass(frozen=True, slots=True)
class _Bound:
    """A unit bound to a milestone, in the words of the plan."""

    id: int
    name: str
    role: UnitRole
    named_as: str


def standing(session: Session, plan: Plan, alert_id: int, at: CutOff) -> AlertStanding | None:
    """Return where an alert of the plan stands now; None: the plan had no such alert at the cut-off."""
    alert = _find(session, plan, alert_id, at)
    if alert is None:
        return None
    state = alert_states.states(session, [alert_id])[alert_id]
    told = _responsible(session, plan, alert_id)
    superiors = _superiors(session, plan, [item.id for item in told])
    return AlertStanding(alert.measure, state, bool(told), bool(told) and len(superiors) == len(told))


def gather(session: Session, plan: Plan, alert_id: int, at: CutOff) -> AlertLetterFacts | None:
    """Return what an alert's letter says at a cut-off; None: the plan had no such alert then."""
    alert = _find(session, plan, alert_id, at)
    if alert is None:
        return None
    responsible = _responsible(session, plan, alert_id)
    bound = _bound(session, alert.milestone_id) if alert.milestone_id else []
    told = {item.id for item in responsible}
    return AlertLetterFacts(
        head=head_of(session, plan, at),
        measure=alert.measure,
        trigger=alert.trigger,
        clause=alert.clause,
        responsible=tuple(Party(item.name, item.person) for item in responsible),
        addressed_as=_addressed_as(responsible, bound, plan),
        supporting=tuple(
            item.name for item in bound if item.role is UnitRole.SUPPORTING and item.id not in {*told, plan.office_id}
        ),
        supervisors=_supervisors(session, plan, alert_id),
        matter=next(iter(matters(session, plan, [alert.milestone_id], at)), None) if alert.milestone_id else None,
        missing=_missing(session, alert),
        unanswered=_unanswered(session, alert),
        limits=_limits(session, alert_id),
    )


def _find(session: Session, plan: Plan, alert_id: int, at: CutOff) -> Alert | None:
    alert = session.get(Alert, alert_id)
    return alert if alert is not None and alert.plan_id == plan.id and alert.raised_at < at.at else None


def _recipients(session: Session, alert_id: int, capacity: Capacity) -> list[_Recipient]:
    """Return whom an alert is addressed to in a capacity: in the order of the plan's document, then by pinyin."""
    position = sa.select(sa.func.min(col(MilestoneUnit.position))).where(
        col(MilestoneUnit.milestone_id) == col(Alert.milestone_id),
        col(MilestoneUnit.organization_id) == col(AlertRecipient.organization_id),
        col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
    )
    query = (
        sa.select(
            col(AlertRecipient.organization_id),
            col(Organization.name),
            col(AlertRecipient.capacity),
            col(AlertRecipient.person),
        )
        .join(Alert, col(Alert.id) == col(AlertRecipient.alert_id))
        .join(Organization, col(Organization.id) == col(AlertRecipient.organization_id))
        .where(col(AlertRecipient.alert_id) == alert_id, col(AlertRecipient.capacity) == capacity)
        .order_by(position.scalar_subquery().asc().nulls_last(), col(Organization.sort_key), col(Organization.id))
    )
    return [_Recipient(*row) for row in session.execute(query)]


def _responsible(session: Session, plan: Plan, alert_id: int) -> list[_Recipient]:
    """Return the responsible units that an alert is addressed to, but for the office: it writes no letter to itself."""
    found = _recipients(session, alert_id, Capacity.RESPONSIBLE)
    return [item for item in found if item.id != plan.office_id]


def _superiors(session: Session, plan: Plan, ids: Sequence[int]) -> list[int]:
    """Return which of the units the plan's office belongs to."""
    office = session.get_one(Organization, plan.office_id)
    units = session.scalars(sa.select(Organization).where(col(Organization.id).in_(ids)))
    return [
        unit.id or 0
        for unit in units
        if is_superior(
            office.name,
            unit.name,
            governs=unit.kind is OrganizationKind.GOVERNMENT and unit.place_id == office.place_id,
            supervises=unit.id == office.supervisor_id,
        )
    ]


def _supervisors(session: Session, plan: Plan, alert_id: int) -> tuple[str, ...]:
    found = _recipients(session, alert_id, Capacity.SUPERVISOR)
    return tuple(item.name for item in found if item.id != plan.office_id)


def _bound(session: Session, milestone_id: int) -> list[_Bound]:
    query = (
        sa.select(
            col(MilestoneUnit.organization_id),
            col(Organization.name),
            col(MilestoneUnit.role),
            col(MilestoneUnit.named_as),
        )
        .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
        .where(col(MilestoneUnit.milestone_id) == milestone_id)
        .order_by(col(MilestoneUnit.position), col(MilestoneUnit.organization_id))
    )
    return [_Bound(*row) for row in session.execute(query)]


def _addressed_as(responsible: Sequence[_Recipient], bound: Sequence[_Bound], plan: Plan) -> tuple[str, ...]:
    """Return how units are addressed: a group by the plan's word where all its units are, every other in full."""
    groups: dict[str, set[int]] = defaultdict(set)
    for item in bound:
        if item.role is UnitRole.RESPONSIBLE and item.id != plan.office_id:
            groups[item.named_as].add(item.id)
    told = {item.id for item in responsible}
    word_of = {unit: word for word, units in groups.items() if len(units) > 1 and units <= told for unit in units}
    return tuple(dict.fromkeys(word_of.get(item.id, item.name) for item in responsible))


def _missing(session: Session, alert: Alert) -> MissingReports | None:
    """Return the reports that are still missing; None: the alert is not about any."""
    if alert.trigger is not RungTrigger.MISSING_REPORT or alert.period_id is None or alert.organization_id is None:
        return None
    period = session.get_one(ReportingPeriod, alert.period_id)
    silence = (alert.period_id, alert.organization_id)
    titles = missing_reports.unreported(session, [silence]).get(silence, ())
    return MissingReports(label(period.first_on, period.last_on), period.timely_until_on, titles)


def _unanswered(session: Session, alert: Alert) -> UnansweredNotice | None:
    """Return the earlier alert that was left without an answer; None: this one is about no such thing."""
    if alert.trigger is not RungTrigger.UNANSWERED or alert.follows_id is None:
        return None
    followed = aliased(Alert)
    columns: list[Any] = [
        col(followed.measure),
        col(followed.scanned_on),
        col(Milestone.title),
        col(ReportingPeriod.first_on),
        col(ReportingPeriod.last_on),
    ]
    query: Any = (
        sa.select(*columns)
        .select_from(followed)
        .outerjoin(Milestone, col(Milestone.id) == col(followed.milestone_id))
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(followed.period_id))
        .where(col(followed.id) == alert.follows_id)
    )
    row = session.execute(query).one()
    about = row.title or f"报送{label(row.first_on, row.last_on)}进展"
    return UnansweredNotice(row.measure, row.scanned_on, alert.effective_due_on, about)


def _limits(session: Session, alert_id: int) -> tuple[AnswerLimit, ...]:
    """Return until when units still owe their answers, the first limit first; nothing is asked for: none."""
    query = (
        sa.select(col(ExpectedAnswer.reply_due_on), col(ExpectedAnswer.provisional), col(Organization.name))
        .join(Organization, col(Organization.id) == col(ExpectedAnswer.organization_id))
        .where(
            col(ExpectedAnswer.alert_id) == alert_id,
            col(ExpectedAnswer.answered_on).is_(None),
            col(ExpectedAnswer.settled_on).is_(None),
        )
        .order_by(col(ExpectedAnswer.reply_due_on), col(Organization.sort_key), col(Organization.id))
    )
    found: dict[tuple[Any, bool], list[str]] = defaultdict(list)
    for due_on, provisional, name in session.execute(query):
        found[due_on, provisional].append(name)
    return tuple(AnswerLimit(due_on, provisional, tuple(units)) for (due_on, provisional), units in found.items())
