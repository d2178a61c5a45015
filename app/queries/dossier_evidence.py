"""The files that back what a dossier tells, and the entries of the audit trail that concern its case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import (
    Account,
    AuditEntry,
    AuditHead,
    CaseEvent,
    Evidence,
    HandReceipt,
    Rectification,
    RectificationStep,
)
from app.queries.audit import GENESIS
from app.queries.case_detail import CaseDetail
from app.queries.dossier_alerts import AlertFile
from app.queries.extension_rows import ExtensionRow
from app.queries.instructions import InstructionRow
from app.queries.rectifications import ItemDetail

_OF_SCANS = ("alerts:raise", "cases:open")


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A file and the one fact that it backs: `backs` names the kind of fact, `fact_id` its row.

    `size` in bytes, None: not on record (the scan of a receipt).
    """

    backs: str
    fact_id: int
    filename: str
    size: int | None
    sha256: str
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry of the trail."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The chain's last link."""

    entry_id: int
    hash: str


_FACTS: dict[str, Any] = {
    "report": col(Evidence.report_id),
    "decision": col(Evidence.decision_id),
    "extension": col(Evidence.extension_id),
    "extension_step": col(Evidence.extension_step_id),
    "instruction": col(Evidence.instruction_id),
    "instruction_step": col(Evidence.instruction_step_id),
    "alert_step": col(Evidence.alert_step_id),
    "case_event": col(Evidence.case_event_id),
    "rectification": col(Evidence.rectification_id),
    "rectification_step": col(Evidence.rectification_step_id),
}


def evidence_lines(
    session: Session, case_id: int, ids: Sequence[int], alerts: Sequence[AlertFile]
) -> tuple[EvidenceLine, ...]:
    """Return the files on the case and its milestones, without those of other cases, in the order handed in."""
    columns = [column.label(name) for name, column in _FACTS.items()]
    further: list[Any] = [
        col(Evidence.filename),
        col(Evidence.size),
        col(Evidence.sha256),
        col(Account.display_name),
        col(Evidence.recorded_at),
    ]
    steps = [step.id for alert in alerts for step in alert.steps]
    query = (
        sa.select(*columns, *further)
        .join(Account, col(Account.id) == col(Evidence.author_id))
        .where(
            sa.or_(col(Evidence.milestone_id).in_(ids), col(Evidence.alert_step_id).in_(steps)),
            *_of_no_other_case(case_id),
        )
        .order_by(col(Evidence.id))
    )
    found = [_line(row) for row in session.execute(query)]
    found += _scans(session, [row.id for alert in alerts for row in alert.by_hand])
    return tuple(sorted(found, key=lambda line: line.recorded_at))


def _line(row: Any) -> EvidenceLine:
    known = ((name, getattr(row, name)) for name in _FACTS)
    backs, fact_id = next(((name, fact_id) for name, fact_id in known if fact_id is not None), ("milestone", 0))
    return EvidenceLine(backs, fact_id, row.filename, row.size, row.sha256, row.display_name, row.recorded_at)


def _of_no_other_case(case_id: int) -> list[sa.ColumnElement[bool]]:
    events = sa.select(col(CaseEvent.id)).where(col(CaseEvent.case_id) != case_id)
    items = sa.select(col(Rectification.id)).where(col(Rectification.case_id) != case_id)
    steps = sa.select(col(RectificationStep.id)).where(col(RectificationStep.rectification_id).in_(items))
    return [
        sa.or_(column.is_(None), column.not_in(others))
        for column, others in (
            (col(Evidence.case_event_id), events),
            (col(Evidence.rectification_id), items),
            (col(Evidence.rectification_step_id), steps),
        )
    ]


def _scans(session: Session, hand_ids: Collection[int]) -> list[EvidenceLine]:
    """Return the scans of receipts for what was carried by hand."""
    columns: list[Any] = [
        col(HandReceipt.hand_delivery_id),
        col(HandReceipt.scan_name),
        col(HandReceipt.scan_sha256),
        col(Account.display_name),
        col(HandReceipt.recorded_at),
    ]
    query = (
        sa.select(*columns)
        .join(Account, col(Account.id) == col(HandReceipt.author_id))
        .where(col(HandReceipt.hand_delivery_id).in_(hand_ids), col(HandReceipt.scan_sha256).is_not(None))
        .order_by(col(HandReceipt.id))
    )
    return [
        EvidenceLine("hand_delivery", hand_id, name or "回证", None, sha256, author, at)
        for hand_id, name, sha256, author, at in session.execute(query)
    ]


def audit_lines(
    session: Session,
    case: CaseDetail,
    alerts: Sequence[AlertFile],
    extensions: Sequence[ExtensionRow],
    written: Sequence[InstructionRow],
    items: Sequence[ItemDetail],
) -> tuple[AuditLine, ...]:
    """Return the entries about the case, its milestones, alerts, deliveries, extensions, instructions and items.

    Alerts and the opening are entered once for a scan and plan: those entries of the days on which its alerts rose.
    """
    subjects = [f"cases/{case.id}", *(f"milestones/{key}" for key in case.milestone_ids)]
    for alert in alerts:
        subjects.append(f"alerts/{alert.row.id}")
        subjects += [f"hand-delivery/{row.id}" for row in alert.by_hand]
        subjects += [f"deliveries/{row.message_id}" for row in alert.messages]
    subjects += [f"extensions/{row.id}" for row in extensions] + [f"instructions/{row.id}" for row in written]
    subjects += [f"rectifications/{item.row.id}" for item in items]
    scans = {f"scans/{day}" for day in (case.opened_on, *(alert.row.scanned_on for alert in alerts))}
    entry = AuditEntry
    of_scans = sa.and_(
        col(entry.subject).in_(scans), col(entry.plan_id) == case.plan_id, col(entry.action).in_(_OF_SCANS)
    )
    columns: list[Any] = [
        col(entry.id),
        col(entry.at),
        col(entry.actor),
        col(entry.action),
        col(entry.subject),
        col(entry.hash),
    ]
    query = sa.select(*columns).where(sa.or_(col(entry.subject).in_(set(subjects)), of_scans)).order_by(col(entry.id))
    return tuple(AuditLine(*row) for row in session.execute(query))


def chain_head(session: Session) -> Head:
    """Return the last link of the audit trail."""
    head = session.get(AuditHead, 1)
    return Head(head.entry_id, head.hash) if head else Head(0, GENESIS)
