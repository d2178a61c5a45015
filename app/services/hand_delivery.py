"""Enter who signed for a notice that was carried to a unit, take a wrong entry back, and list and print what waits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

import sqlalchemy as sa
from sqlmodel import Session

from app.core.clock import local_day
from app.core.settings import Settings
from app.domain.access import Actor, Scope
from app.domain.alert_words import MEASURE_NAMES
from app.domain.vocabulary import HandReason, HandStepKind, OutboxKind
from app.models import HandDelivery, HandReceipt
from app.queries import hand_delivery
from app.queries.hand_delivery import HandRow
from app.services import audit
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.exports import write_csv

_HANDS = HandDelivery.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_HEADINGS = ("编号", "方案", "单位", "措施", "事项", "事由", "回复时限", "预警日期", "人工送达原因", "说明")
_REASONS = {
    HandReason.NO_PERSON: "单位无账号",
    HandReason.NO_ADDRESS: "无已验证的送达地址",
    HandReason.FAILED: "发送失败",
    HandReason.TOLD_BY_HAND: "原通知系人工送达",
    HandReason.OUTSIDE: "系统外单位",
}


@dataclass(frozen=True, slots=True)
class ReceiptInput:
    """Who signed, on which day, who carried it."""

    received_by: str
    received_on: date | None
    carried_by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class HandRecord:
    """A line of the list as a file."""

    number: str
    plan: str
    unit: str
    measure: str
    about: str
    why: str
    reply_due_on: date | None
    raised_on: date
    reason: str
    answer: str


def receive(
    session: Session,
    actor: Actor,
    hand_delivery_id: int,
    given: ReceiptInput,
    scan: StoredUpload | None,
    *,
    now: datetime,
) -> None:
    """Enter that a unit signed for a notice.

    Raises: InputError naming each field; ConflictError when it is off the list already; NotFoundError.
    """
    row = _row(session, actor.scope, hand_delivery_id)
    if problems := _problems(given, row, local_day(now)):
        raise InputError(problems)
    _settle(session, hand_delivery_id, now)
    _add(session, actor, row, HandStepKind.RECEIPT, given, scan, now)


def undo(session: Session, actor: Actor, hand_delivery_id: int, note: str, *, now: datetime) -> None:
    """Take a receipt back that was entered wrongly: the notice is on the list again.

    Raises: InputError without a reason; ConflictError when there is no receipt; NotFoundError.
    """
    if not note:
        raise InputError({"note": msg("fill in this field")})
    row = _row(session, actor.scope, hand_delivery_id)
    reopened = session.connection().execute(
        sa.update(_HANDS).where(_HANDS.c.id == row.id, _HANDS.c.settled_at.is_not(None)).values(settled_at=None)
    )
    if row.receipt is None or reopened.rowcount != 1:
        raise ConflictError(msg("No receipt is on record for this notice."))
    _add(session, actor, row, HandStepKind.UNDO, ReceiptInput("", None, "", note), None, now)


def _row(session: Session, scope: Scope, hand_delivery_id: int) -> HandRow:
    found = hand_delivery.chosen(session, scope, [hand_delivery_id])
    if not found:
        raise NotFoundError(msg("There is no such notice in your scope."))
    return found[0]


def _problems(given: ReceiptInput, row: HandRow, today: date) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    for name in ("received_by", "carried_by"):
        if not getattr(given, name):
            problems[name] = msg("fill in this field")
    if given.received_on is None:
        problems["received_on"] = msg("fill in this field")
    elif not row.raised_on <= given.received_on <= today:
        problems["received_on"] = msg("a day from %(day)s to today", day=row.raised_on)
    return problems


def _settle(session: Session, hand_delivery_id: int, now: datetime) -> None:
    settled = session.connection().execute(
        sa.update(_HANDS).where(_HANDS.c.id == hand_delivery_id, _HANDS.c.settled_at.is_(None)).values(settled_at=now)
    )
    if settled.rowcount != 1:
        raise ConflictError(msg("This notice is no longer on the list: it was signed for, or arrived after all."))


def _add(
    session: Session,
    actor: Actor,
    row: HandRow,
    kind: HandStepKind,
    given: ReceiptInput,
    scan: StoredUpload | None,
    now: datetime,
) -> None:
    assert actor.account_id is not None
    session.add(
        HandReceipt(
            hand_delivery_id=row.id,
            kind=kind,
            received_by=given.received_by,
            received_on=given.received_on,
            carried_by=given.carried_by,
            note=given.note,
            scan_name=scan.filename if scan else None,
            scan_type=scan.media_type if scan else None,
            scan_sha256=scan.sha256 if scan else None,
            author_id=actor.account_id,
            recorded_at=now,
        )
    )
    session.flush()
    said = {name: getattr(given, name) for name in ReceiptInput.__slots__} | {"scan": scan.sha256 if scan else None}
    action = f"hand_delivery:{'receive' if kind is HandStepKind.RECEIPT else 'undo'}"
    whom: dict[str, object] = {"number": row.number, "organization": row.organization_id}
    whom |= {"alert": row.alert_id} if row.document_id is None else {"document": row.document_id, "unit": row.unit}
    audit.record(session, actor, action, f"hand-delivery/{row.id}", now=now, plan_id=row.plan_id, **whom, **said)


def write_list(session: Session, scope: Scope, stream: BinaryIO) -> None:
    """Write what is still to be carried as CSV, by unit."""
    write_csv(tuple(HandRecord.__slots__), _records(session, scope), stream, headings=_HEADINGS)


def _records(session: Session, scope: Scope) -> Iterator[HandRecord]:
    page = hand_delivery.waiting(session, scope)
    for number in range(1, page.pages + 1):
        for row in hand_delivery.waiting(session, scope, number=number).rows:
            if not row.need_not_be_carried:
                yield _record(row)


def _record(row: HandRow) -> HandRecord:
    return HandRecord(
        row.number,
        row.plan,
        row.unit,
        measure_name(row),
        row.about,
        row.why,
        row.reply_due_on,
        row.raised_on,
        _REASONS[row.reason],
        row.answer,
    )


def measure_name(row: HandRow) -> str:
    """Return what is carried, in the words of documents."""
    if row.measure is None:
        return row.number_line or "公文"
    name = MEASURE_NAMES[row.measure]
    return f"撤回{name}" if row.kind is OutboxKind.WITHDRAWAL else name


def print_slips(rows: Sequence[HandRow], settings: Settings, *, now: datetime) -> bytes:
    """Return the slips of notices as one PDF, one for each unit; call it outside any transaction.

    Raises: MissingGlyphError, NoFontError, TypesettingError.
    """
    from app.printouts.fonts import default_font_dirs  # slow to load
    from app.printouts.pdf import Limits
    from app.printouts.slips import Slip, to_pdf

    slips = [
        Slip(
            number=row.number,
            office=row.office,
            plan=row.plan,
            unit=row.unit,
            measure=measure_name(row),
            about=row.about,
            why=row.why,
            reply_due_on=row.reply_due_on,
            raised_on=row.raised_on,
        )
        for row in rows
    ]
    folders = (settings.data_dir / "fonts", *default_font_dirs())
    return to_pdf(slips, now, folders, Limits(seconds=settings.print_timeout_seconds))
