"""Reads of the inbox: what was addressed to an account, what of it is unread, and who read an alert when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Actor
from app.domain.inbox import MOST_COUNTED, TOLD_AS
from app.domain.vocabulary import AlertStepKind, OutboxKind, Role
from app.models import Account, Alert, AlertRecipient, AlertStep, InboxRead, InboxReadTo, Plan
from app.queries.alerts import AlertRow, alerts_by_id
from app.queries.distribution import to_be_signed

PAGE = 30
_KINDS = (OutboxKind.ALERT, OutboxKind.WITHDRAWAL)  # in the order of InboxKey
_BEYOND = 2**31 - 1  # more than any id


class InboxKey(NamedTuple):
    """Where a page of the inbox ends, in alerts and in withdrawals: what is older than both is on the next."""

    alert_id: int
    step_id: int


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A notice in the inbox: an alert, or (`reason` of which) that it was withdrawn; `at`: when it came."""

    kind: OutboxKind
    alert: AlertRow
    at: datetime
    unread: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page, the newest first; `top` is up to where it was read, `next` None: the last page."""

    items: tuple[InboxItem, ...]
    top: InboxKey
    next: InboxKey | None


class Reading(NamedTuple):
    """That somebody read an alert in the application; `opened` False: marked as read together with all others."""

    kind: OutboxKind
    account_id: int
    person: str
    role: Role
    organization_id: int | None
    opened: bool
    read_at: datetime


def has_inbox(actor: Actor) -> bool:
    """Tell whether notices are ever addressed to somebody."""
    return actor.account_id is not None and actor.role in TOLD_AS


def count_unread(session: Session, actor: Actor) -> int:
    """Count what an account has not read, and what its unit has not signed for, in one statement.

    More than MOST_COUNTED are not counted on.
    """
    if not has_inbox(actor):
        return 0
    alerts = _alerts(actor, sa.literal(1)).where(*_unread_alert(actor))
    withdrawals = _withdrawals(actor, sa.literal(1)).where(*_unread_withdrawal(actor))
    queries = [alerts, withdrawals]
    if actor.role is Role.UNIT:
        queries.append(to_be_signed(actor, sa.literal(1)))
    unread = sa.union_all(*queries).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(unread)) or 0


def list_inbox(session: Session, actor: Actor, after: InboxKey | None = None, *, limit: int = PAGE) -> InboxPage:
    """Return a page of an account's inbox, after a page's end (None: from the newest)."""
    if not has_inbox(actor):
        return InboxPage((), InboxKey(0, 0), None)
    found = _newest(session, actor, after, limit + 1)
    shown = found[:limit]
    rows = alerts_by_id(session, {item.alert_id for item in shown})
    items = tuple(InboxItem(item.kind, rows[item.alert_id], item.at, item.unread, item.text) for item in shown)
    top = InboxKey(*(_highest(found, kind) for kind in _KINDS))
    return InboxPage(items, top, _end(shown, after) if len(found) > limit else None)


def read_by(session: Session, alert_id: int) -> list[Reading]:
    """Return who read an alert, or its withdrawal, in the application, in the order they did."""
    query = (
        sa.select(
            col(InboxRead.kind),
            col(Account.id),
            col(Account.display_name),
            col(Account.role),
            col(Account.organization_id),
            col(InboxRead.opened),
            col(InboxRead.read_at),
        )
        .join(Account, col(Account.id) == col(InboxRead.account_id))
        .where(col(InboxRead.alert_id) == alert_id)
        .order_by(col(InboxRead.read_at), col(Account.id))
    )
    return [Reading(*row) for row in session.execute(query)]


def unread_of(session: Session, actor: Actor, alert_id: int) -> list[OutboxKind]:
    """Return what of one alert an account has not read yet: the alert, its withdrawal."""
    if not has_inbox(actor):
        return []
    alert = _alerts(actor, sa.literal(OutboxKind.ALERT.value).label("kind")).where(
        *_unread_alert(actor), col(AlertRecipient.alert_id) == alert_id
    )
    withdrawal = _withdrawals(actor, sa.literal(OutboxKind.WITHDRAWAL.value).label("kind")).where(
        *_unread_withdrawal(actor), col(AlertStep.alert_id) == alert_id
    )
    return [OutboxKind(kind) for (kind,) in session.execute(sa.union_all(alert, withdrawal))]


def unread_alerts(actor: Actor, top: InboxKey) -> sa.Select[Any]:
    """Select the ids of unread alerts up to a point."""
    query = _alerts(actor, col(AlertRecipient.alert_id))
    return query.where(*_unread_alert(actor), col(AlertRecipient.alert_id) <= top.alert_id)


def unread_withdrawals(actor: Actor, top: InboxKey) -> sa.Select[Any]:
    """Select the alert and the step of withdrawals that are unread, up to a point."""
    query = _withdrawals(actor, col(AlertStep.alert_id), col(AlertStep.id))
    return query.where(*_unread_withdrawal(actor), col(AlertStep.id) <= top.step_id)


def _newest(session: Session, actor: Actor, after: InboxKey | None, limit: int) -> list[Any]:
    """Return the newest notices of either kind after a page's end; within a kind by id, of both by their time."""
    alerts = (
        _alerts(
            actor,
            col(AlertRecipient.alert_id),
            col(AlertRecipient.alert_id).label("key"),
            col(Alert.raised_at).label("at"),
            sa.literal("").label("text"),
            sa.and_(*_unread_alert(actor)).label("unread"),
            sa.literal(OutboxKind.ALERT.value).label("kind"),
        )
        .join(Alert, col(Alert.id) == col(AlertRecipient.alert_id))
        .order_by(col(AlertRecipient.alert_id).desc())
    )
    withdrawals = _withdrawals(
        actor,
        col(AlertStep.alert_id),
        col(AlertStep.id).label("key"),
        col(AlertStep.recorded_at).label("at"),
        col(AlertStep.text),
        sa.and_(*_unread_withdrawal(actor)).label("unread"),
        sa.literal(OutboxKind.WITHDRAWAL.value).label("kind"),
    ).order_by(col(AlertStep.id).desc())
    if after is not None:
        alerts = alerts.where(col(AlertRecipient.alert_id) < after.alert_id)
        withdrawals = withdrawals.where(col(AlertStep.id) < after.step_id)
    streams = [list(session.execute(query.limit(limit))) for query in (alerts, withdrawals)]
    return _merged(*streams)


@dataclass(frozen=True, slots=True)
class _Found:
    alert_id: int
    key: int
    at: datetime
    text: str
    unread: bool
    kind: OutboxKind


def _merged(alerts: Sequence[Any], withdrawals: Sequence[Any]) -> list[_Found]:
    """Merge two streams by time without changing the order within either, by which pages are cut."""
    left, right = (
        [_Found(row[0], row[1], row[2], row[3], bool(row[4]), OutboxKind(row[5])) for row in rows]
        for rows in (alerts, withdrawals)
    )
    merged: list[_Found] = []
    while left and right:
        merged.append((right if right[0].at >= left[0].at else left).pop(0))
    return merged + left + right


def _highest(found: Sequence[_Found], kind: OutboxKind) -> int:
    return max((item.key for item in found if item.kind is kind), default=0)


def _end(shown: Sequence[_Found], after: InboxKey | None) -> InboxKey:
    """Return where a page ends; a kind of which it shows none goes on from where it was."""
    start = after or InboxKey(_BEYOND, _BEYOND)
    last = [min((item.key for item in shown if item.kind is kind), default=None) for kind in _KINDS]
    return InboxKey(*(key if key is not None else start[at] for at, key in enumerate(last)))


def _alerts(actor: Actor, *columns: Any) -> sa.Select[Any]:
    return sa.select(*columns).select_from(AlertRecipient).where(*addressed(actor))


def _withdrawals(actor: Actor, *columns: Any) -> sa.Select[Any]:
    recipient = sa.and_(col(AlertRecipient.alert_id) == col(AlertStep.alert_id), *addressed(actor))
    query: sa.Select[Any] = sa.select(*columns).select_from(AlertStep).join(AlertRecipient, recipient)
    return query.where(col(AlertStep.kind) == AlertStepKind.WITHDRAW)


def addressed(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a recipient is the account's own unit, office or leaders."""
    assert actor.role is not None
    scope, unit = actor.scope, col(AlertRecipient.organization_id)
    conditions: list[sa.ColumnElement[bool]] = [col(AlertRecipient.capacity).in_(TOLD_AS[actor.role])]
    if actor.role is Role.UNIT:
        conditions.append(unit == scope.organization_id)
    else:
        offices = sa.select(col(Plan.office_id))
        conditions.append(unit.in_(offices if scope.plan_id is None else offices.where(col(Plan.id) == scope.plan_id)))
    if scope.plan_id is not None:
        of_plan = sa.exists().where(col(Alert.id) == col(AlertRecipient.alert_id), col(Alert.plan_id) == scope.plan_id)
        conditions.append(of_plan.correlate(AlertRecipient))
    return conditions


def _unread_alert(actor: Actor) -> list[sa.ColumnElement[bool]]:
    alert_id = col(AlertRecipient.alert_id)
    return [alert_id > _read_to(actor, col(InboxReadTo.alert_id)), ~_read(actor, alert_id, OutboxKind.ALERT)]


def _unread_withdrawal(actor: Actor) -> list[sa.ColumnElement[bool]]:
    read = _read(actor, col(AlertStep.alert_id), OutboxKind.WITHDRAWAL)
    return [col(AlertStep.id) > _read_to(actor, col(InboxReadTo.step_id)), ~read]


def _read_to(actor: Actor, column: Any) -> Any:
    mark = sa.select(column).where(col(InboxReadTo.account_id) == actor.account_id)
    return sa.func.coalesce(mark.scalar_subquery(), 0)


def _read(actor: Actor, alert_id: Any, kind: OutboxKind) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(InboxRead.account_id) == actor.account_id, col(InboxRead.alert_id) == alert_id, col(InboxRead.kind) == kind
    )
