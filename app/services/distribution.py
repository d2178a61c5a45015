"""Choose to whom a draft is sent, and sign in the system for a document that was sent to one's unit."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Actor
from app.domain.distribution import MOST_NAME, Chosen, RecipientCapacity, addressed, each_once
from app.domain.documents import DocumentStepKind
from app.models import DocumentReceipt, HandDelivery, OfficialDocument
from app.printouts.frozen import thaw
from app.queries import distribution, document_pages
from app.services import audit
from app.services.document_recipients import choose, named, with_copies
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError, msg
from app.services.official_documents import record_step, stepping, write
from app.services.turns import take_turn

MOST_NAMES = 2000  # characters typed at once


def add(
    session: Session,
    actor: Actor,
    document_id: int,
    version: int,
    names: str,
    capacity: RecipientCapacity,
    *,
    now: datetime,
) -> int:
    """Add recipients to a draft by their names, one a line or set off as in an address; return how many are new.

    A unit's full or short name or alias, a group's name in the plan, 各责任单位, or an organ outside, which is reached
    by hand alone. Copies are put into the distribution block of the draft.

    Raises: InputError, ConflictError when it is no draft any more or was changed meanwhile, NotFoundError.
    """
    wanted = addressed("、".join(names.splitlines()))
    if not wanted:
        raise InputError({"names": msg("fill in this field")})
    if any(len(name) > MOST_NAME for name in wanted):
        raise InputError({"names": msg("at most %(limit)s characters", limit=MOST_NAME)})
    row = stepping(session, actor, document_id, version, DocumentStepKind.REWRITE)
    before = distribution.recipients(session, document_id)
    names_of, units = {one.name for one in before}, {one.organization_id for one in before} - {None}
    found = [
        one
        for one in each_once(named(session, row.plan_id, wanted, capacity))
        if one.name not in names_of and one.organization_id not in units
    ]
    if not found:
        raise InputError({"names": msg("these are recipients already, or the plan knows no such units")})
    choose(session, actor, row, found, now=now)
    _write_copies(session, row)
    record_step(session, actor, row, DocumentStepKind.REWRITE, now=now, added=_told(found))
    return len(found)


def remove(session: Session, actor: Actor, document_id: int, version: int, recipient_id: int, *, now: datetime) -> None:
    """Take a recipient off a draft, and out of its distribution block.

    Raises: ConflictError as of `add`, NotFoundError.
    """
    row = stepping(session, actor, document_id, version, DocumentStepKind.REWRITE)
    found = distribution.find_recipient(session, document_id, recipient_id)
    if found is None:
        raise NotFoundError(msg("This document has no such recipient."))
    session.delete(found)
    session.flush()
    _write_copies(session, row)
    taken_off = [Chosen(found.organization_id, found.name, found.capacity)]
    record_step(session, actor, row, DocumentStepKind.REWRITE, now=now, removed=_told(taken_off))


def receive(session: Session, actor: Actor, document_id: int, *, now: datetime) -> DocumentReceipt:
    """Sign for a document in the name of one's unit; it is off the list of what is carried by hand from then on.

    Raises: ForbiddenError for whoever acts for no unit, ConflictError when it was signed for, NotFoundError when the
    document was not sent to the unit.
    """
    unit_id = actor.scope.organization_id
    if unit_id is None or actor.account_id is None:
        raise ForbiddenError(msg("A document is signed for by the unit that it was sent to."))
    take_turn(session)
    found = document_pages.show(session, actor.scope, document_id)
    if found is None:
        raise NotFoundError(msg("There is no such document in your scope."))
    if distribution.has_signed(session, document_id, unit_id):
        raise ConflictError(msg("Your unit has signed for this document already."))
    receipt = DocumentReceipt(
        document_id=document_id, organization_id=unit_id, account_id=actor.account_id, received_at=now
    )
    session.add(receipt)
    _nothing_to_carry(session, document_id, unit_id, now)
    session.flush()
    about = {"organization": unit_id, "number": found.row.number, "title": found.row.title}
    subject, plan_id = f"documents/{document_id}", found.row.plan_id
    audit.record(session, actor, "documents:receive", subject, now=now, plan_id=plan_id, **about)
    return receipt


def _nothing_to_carry(session: Session, document_id: int, unit_id: int, now: datetime) -> None:
    session.execute(
        sa.update(HandDelivery)
        .where(
            col(HandDelivery.document_id) == document_id,
            col(HandDelivery.organization_id) == unit_id,
            col(HandDelivery.settled_at).is_(None),
        )
        .values(settled_at=now)
    )


def _write_copies(session: Session, row: OfficialDocument) -> None:
    """Put the copies of a draft into its distribution block."""
    assert row.id is not None
    write(row, with_copies(thaw(row.content), distribution.recipients(session, row.id)))


def _told(recipients: Sequence[Chosen]) -> list[str]:
    return [f"{one.capacity}: {one.name}" for one in recipients]
