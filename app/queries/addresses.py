"""Reads of addresses: a person's own, a unit's, and how far each has got with being verified."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.delivery import CODE_TRIES, masked
from app.domain.vocabulary import ChannelKind, DeliveryTrouble, MessageKind, MessageState
from app.models import Account, Address, DeliveryPreference, Message


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose address: a person's, or a unit's; exactly one is set."""

    account_id: int | None = None
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class AddressRow:
    """An address as pages show it, never in full; `code_state` None: no code was asked for yet."""

    id: int
    channel: ChannelKind
    shown: str
    signed: bool
    verified_at: datetime | None
    code_valid_until: datetime | None
    code_state: MessageState | None
    code_trouble: DeliveryTrouble | None
    last_sent_at: datetime | None
    last_trouble: DeliveryTrouble | None

    def awaits_code(self, now: datetime) -> bool:
        """Tell whether a code can be typed back."""
        return self.verified_at is None and self.code_valid_until is not None and self.code_valid_until > now


def of_owner(session: Session, owner: Owner) -> list[AddressRow]:
    """Return an owner's addresses in use, oldest first, in one statement."""
    code = _newest(col(Message.kind) == MessageKind.CODE)
    notice = _newest(col(Message.kind) != MessageKind.CODE, col(Message.attempts) > 0)
    query: Any = (
        sa.select(
            col(Address.id),
            col(Address.channel),
            col(Address.address),
            col(Address.secret),
            col(Address.verified_at),
            col(Address.code_expires_at),
            col(Address.code_tries),
            code.c.state.label("code_state"),
            code.c.trouble.label("code_trouble"),
            notice.c.sent_at,
            notice.c.trouble,
        )
        .outerjoin(code, code.c.address_id == col(Address.id))
        .outerjoin(notice, notice.c.address_id == col(Address.id))
        .where(owned_by(owner), col(Address.active))
        .order_by(col(Address.id))
    )
    return [_row(row) for row in session.execute(query)]


def _newest(*conditions: sa.ColumnElement[bool]) -> sa.Subquery:
    """Return each address's newest message of a kind."""
    newest = sa.select(sa.func.max(col(Message.id))).where(*conditions).group_by(col(Message.address_id))
    return sa.select(Message).where(col(Message.id).in_(newest)).subquery()


def _row(row: Any) -> AddressRow:
    open_code = row.code_tries < CODE_TRIES
    return AddressRow(
        id=row.id,
        channel=row.channel,
        shown=masked(row.channel, row.address),
        signed=row.secret is not None,
        verified_at=row.verified_at,
        code_valid_until=row.code_expires_at if open_code else None,
        code_state=row.code_state,
        code_trouble=row.code_trouble,
        last_sent_at=row.sent_at,
        last_trouble=row.trouble,
    )


def owned_by(owner: Owner) -> sa.ColumnElement[bool]:
    """Return the condition that an address is an owner's."""
    if owner.account_id is not None:
        return col(Address.account_id) == owner.account_id
    return col(Address.organization_id) == owner.organization_id


def digest_at(session: Session, account_id: int) -> time | None:
    """Return when a person wants the digest; None: at the time of the settings."""
    return session.scalar(
        sa.select(col(DeliveryPreference.digest_at)).where(col(DeliveryPreference.account_id) == account_id)
    )


def unreachable(session: Session, organization_id: int) -> bool:
    """Tell whether nothing sent to a unit arrives: neither it nor a person of it has a verified address."""
    persons = sa.select(col(Account.id)).where(col(Account.organization_id) == organization_id, col(Account.active))
    query = sa.select(col(Address.id)).where(
        col(Address.active),
        col(Address.verified_at).is_not(None),
        sa.or_(col(Address.organization_id) == organization_id, col(Address.account_id).in_(persons)),
    )
    return session.scalar(query.limit(1)) is None
