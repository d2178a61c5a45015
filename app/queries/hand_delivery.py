"""Reads of what is carried to units by hand: what still waits, what was signed for, grouped by unit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Scope
from app.domain.delivery import slip_number
from app.domain.distribution import AS_HELD, CAPACITY_NAMES
from app.domain.vocabulary import (
    AlertState,
    AlertStepKind,
    Capacity,
    HandReason,
    HandStepKind,
    Measure,
    OutboxKind,
    Role,
)
from app.models import (
    Account,
    Alert,
    AlertStep,
    DocumentReceipt,
    HandDelivery,
    HandReceipt,
    InboxRead,
    Milestone,
    OfficialDocument,
    Organization,
    Outbox,
    Plan,
    ReportingPeriod,
)
from app.queries.alert_states import states
from app.queries.notices import about

PAGE = 100
_NOTED = (AlertStepKind.ACKNOWLEDGE, AlertStepKind.ANSWER)


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a unit signed for a notice; `scan_id` is the receipt whose scan can be fetched, None: there is none."""

    id: int
    received_by: str
    received_on: date
    carried_by: str
    note: str
    scan_id: int | None
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class HandRow:
    """A notice on the list; `receipt` None: not signed for. `state` is where its alert stands by now.

    Of a document `measure` is None and `about` its title; `organization_id` None: an organ outside, named by `unit`.
    """

    id: int
    kind: OutboxKind
    alert_id: int | None
    document_id: int | None
    number_line: str  # of a document
    plan_id: int
    plan: str
    office: str
    organization_id: int | None
    unit: str
    capacity: Capacity
    reason: HandReason
    answer: str
    measure: Measure | None
    about: str
    why: str
    reply_due_on: date | None
    raised_on: date
    listed_at: datetime
    settled_at: datetime | None
    state: AlertState
    receipt: Receipt | None

    @property
    def number(self) -> str:
        """The slip's number."""
        return slip_number(self.id, local_day(self.listed_at))

    @property
    def need_not_be_carried(self) -> bool:
        """Tell whether the alert is over, so that only its withdrawal would be told."""
        return self.kind is OutboxKind.ALERT and self.state in (AlertState.SUPERSEDED, AlertState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class HandPage:
    """A page of the list in the order of units; `number` of `pages`."""

    rows: Sequence[HandRow]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def waiting(session: Session, scope: Scope, *, number: int = 1) -> HandPage:
    """Return what is still to be carried: neither signed for nor taken note of in the system."""
    return _page(session, _waiting(scope), _by_unit(), number)


def received(session: Session, scope: Scope, *, number: int = 1) -> HandPage:
    """Return what was signed for, the latest first."""
    signed = sa.exists().where(col(aliased(HandReceipt).hand_delivery_id) == col(HandDelivery.id))
    conditions = [*_in_scope(scope), col(HandDelivery.settled_at).is_not(None), signed]
    return _page(session, conditions, (col(HandDelivery.settled_at).desc(), col(HandDelivery.id)), number)


def count_waiting(session: Session, scope: Scope) -> int:
    """Count what is still to be carried."""
    query = sa.select(sa.func.count()).select_from(HandDelivery).where(*_waiting(scope))
    return session.scalar(query) or 0


def chosen(session: Session, scope: Scope, ids: Collection[int]) -> list[HandRow]:
    """Return the rows of these ids in scope, in the order of units."""
    query = _rows().where(*_in_scope(scope), col(HandDelivery.id).in_(ids))
    return _read(session, query.order_by(*_by_unit()))


def _by_unit() -> tuple[Any, ...]:
    """Return the order of the list: units in theirs, then organs outside by name."""
    outside = col(HandDelivery.outside)
    return outside.is_not(None), col(Organization.sort_key), outside, col(HandDelivery.id)


def of_alert(session: Session, alert_id: int) -> list[HandRow]:
    """Return what of an alert is or was on the list."""
    return _read(session, _rows().where(col(HandDelivery.alert_id) == alert_id).order_by(col(HandDelivery.id)))


def _in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    return [] if scope.plan_id is None else [col(HandDelivery.plan_id) == scope.plan_id]


def _waiting(scope: Scope) -> list[sa.ColumnElement[bool]]:
    noted = sa.exists().where(
        col(AlertStep.alert_id) == col(HandDelivery.alert_id),
        col(AlertStep.organization_id) == col(HandDelivery.organization_id),
        col(AlertStep.kind).in_(_NOTED),
        col(HandDelivery.capacity) != Capacity.LEADER,
        col(HandDelivery.reason) != HandReason.TOLD_BY_HAND,
    )
    signed = sa.exists().where(
        col(DocumentReceipt.document_id) == col(HandDelivery.document_id),
        col(DocumentReceipt.organization_id) == col(HandDelivery.organization_id),
    )
    return [*_in_scope(scope), col(HandDelivery.settled_at).is_(None), ~noted, ~signed, ~_read_in_the_inbox()]


def _read_in_the_inbox() -> sa.ColumnElement[bool]:
    """Return the condition that somebody of a recipient opened the notice in the system."""
    reader, told = aliased(Account), aliased(Outbox)
    capacity, role = col(HandDelivery.capacity), col(reader.role)
    office, leader = capacity == Capacity.OFFICE, capacity == Capacity.LEADER
    of_plan = sa.or_(col(reader.plan_id).is_(None), col(reader.plan_id) == col(HandDelivery.plan_id))
    of_unit = sa.and_(role == Role.UNIT, col(reader.organization_id) == col(HandDelivery.organization_id))
    return (
        sa.select(col(InboxRead.account_id))
        .join(reader, col(reader.id) == col(InboxRead.account_id))
        .join(told, sa.and_(col(told.alert_id) == col(InboxRead.alert_id), col(told.kind) == col(InboxRead.kind)))
        .where(
            col(told.id) == col(HandDelivery.outbox_id),
            col(InboxRead.opened),
            sa.or_(
                sa.and_(office, role == Role.OFFICE, of_plan),
                sa.and_(leader, role == Role.LEADER, of_plan),
                sa.and_(~office, ~leader, of_unit),
            ),
        )
        .correlate(HandDelivery)
        .exists()
    )


def _page(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]], order: Sequence[Any], number: int
) -> HandPage:
    total = session.scalar(sa.select(sa.func.count()).select_from(HandDelivery).where(*conditions)) or 0
    number = min(number, max(1, -(-total // PAGE)))
    query = _rows().where(*conditions).order_by(*order).limit(PAGE).offset((number - 1) * PAGE)
    return HandPage(_read(session, query), total, number)


def _rows() -> Any:
    about_unit, office = aliased(Organization), aliased(Organization)
    newest = _newest_receipt()
    return (
        sa.select(
            HandDelivery,
            HandReceipt,
            col(Outbox.kind).label("kind"),
            col(Plan.short_title).label("plan"),
            col(office.name).label("office"),
            sa.func.coalesce(col(Organization.name), col(HandDelivery.outside)).label("name"),
            col(OfficialDocument.title).label("title"),
            col(OfficialDocument.number).label("number"),
            col(OfficialDocument.issued_at).label("issued_at"),
            col(Alert.measure).label("measure"),
            col(Alert.reason).label("why"),
            col(Alert.reply_due_on).label("reply_due_on"),
            col(Alert.raised_at).label("raised_at"),
            col(Milestone.title).label("milestone"),
            col(ReportingPeriod.first_on).label("first_on"),
            col(ReportingPeriod.last_on).label("last_on"),
            col(about_unit.short_name).label("unit"),
            col(Account.display_name).label("author"),
        )
        .select_from(HandDelivery)
        .join(Outbox, col(Outbox.id) == col(HandDelivery.outbox_id))
        .outerjoin(Alert, col(Alert.id) == col(HandDelivery.alert_id))
        .outerjoin(OfficialDocument, col(OfficialDocument.id) == col(HandDelivery.document_id))
        .join(Plan, col(Plan.id) == col(HandDelivery.plan_id))
        .join(office, col(office.id) == col(Plan.office_id))
        .outerjoin(Organization, col(Organization.id) == col(HandDelivery.organization_id))
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(Alert.period_id))
        .outerjoin(about_unit, col(about_unit.id) == col(Alert.organization_id))
        .outerjoin(HandReceipt, sa.and_(col(HandReceipt.id) == newest, col(HandReceipt.kind) == HandStepKind.RECEIPT))
        .outerjoin(Account, col(Account.id) == col(HandReceipt.author_id))
    )


def _newest_receipt() -> Any:
    newest = sa.select(sa.func.max(col(HandReceipt.id))).where(
        col(HandReceipt.hand_delivery_id) == col(HandDelivery.id)
    )
    return newest.correlate(HandDelivery).scalar_subquery()


def _read(session: Session, query: Any) -> list[HandRow]:
    rows = session.execute(query).all()
    alerts = [row.HandDelivery.alert_id for row in rows if row.HandDelivery.alert_id is not None]
    stand = states(session, alerts) if alerts else {}
    return [_row(row, stand.get(row.HandDelivery.alert_id, AlertState.OPEN)) for row in rows]


def _row(row: Any, state: AlertState) -> HandRow:
    hand: HandDelivery = row.HandDelivery
    of_alert = hand.document_id is None
    return HandRow(
        id=hand.id or 0,
        kind=row.kind,
        alert_id=hand.alert_id,
        document_id=hand.document_id,
        number_line=row.number or "",
        plan_id=hand.plan_id,
        plan=row.plan,
        office=row.office,
        organization_id=hand.organization_id,
        unit=row.name,
        capacity=hand.capacity,
        reason=hand.reason,
        answer=hand.answer,
        measure=row.measure,
        about=about(row) if of_alert else row.title,
        why=row.why if of_alert else CAPACITY_NAMES[AS_HELD[hand.capacity]],
        reply_due_on=row.reply_due_on,
        raised_on=local_day(row.raised_at if of_alert else row.issued_at),
        listed_at=hand.listed_at,
        settled_at=hand.settled_at,
        state=state,
        receipt=_receipt(row.HandReceipt, row.author),
    )


def _receipt(found: HandReceipt | None, author: str | None) -> Receipt | None:
    if found is None or found.received_on is None:
        return None
    return Receipt(
        id=found.id or 0,
        received_by=found.received_by,
        received_on=found.received_on,
        carried_by=found.carried_by,
        note=found.note,
        scan_id=found.id if found.scan_sha256 else None,
        author=author or "",
        recorded_at=found.recorded_at,
    )


def scan_of(session: Session, scope: Scope, receipt_id: int) -> HandReceipt | None:
    """Return a receipt that has a scan; None: there is none in scope."""
    query = (
        sa.select(HandReceipt)
        .join(HandDelivery, col(HandDelivery.id) == col(HandReceipt.hand_delivery_id))
        .where(col(HandReceipt.id) == receipt_id, col(HandReceipt.scan_sha256).is_not(None), *_in_scope(scope))
    )
    return session.scalar(query)
