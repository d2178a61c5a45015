"""Keep the addresses at which people and units are told: add, prove by a code, remove; no secret enters the trail."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.channels.addresses import is_address
from app.channels.sending import available
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.delivery import CODE_PAUSE, CODE_TRIES, masked
from app.domain.vocabulary import ChannelKind, MessageKind, MessageState
from app.models import Account, Address, DeliveryPreference, Message, Organization
from app.queries import addresses
from app.queries.addresses import Owner, owned_by
from app.services import audit
from app.services.deliveries import code_hash
from app.services.errors import ConflictError, InputError, NotFoundError, msg
from app.services.errors import Message as Sentence

LIMIT = 10  # addresses of one owner
CODES_A_DAY = 10  # for one address
_SECRET_LENGTH = 200
# What a person may keep: webhooks and folders belong to units.
PERSONAL = (ChannelKind.EMAIL, ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU)


class CodeCheck(StrEnum):
    """What came of a code that was typed back."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"  # too old, or guessed too often: another is needed


def offered(owner: Owner, settings: Settings) -> list[ChannelKind]:
    """Return the channels on which an owner may be told."""
    wanted = PERSONAL if owner.account_id is not None else tuple(ChannelKind)
    return [channel for channel in wanted if channel in available(settings)]


def add_address(
    session: Session,
    actor: Actor,
    owner: Owner,
    *,
    channel: ChannelKind,
    address: str,
    secret: str,
    settings: Settings,
    now: datetime,
) -> int:
    """Add an address and queue its code; nothing else is sent there until the code is typed back.

    Raises: InputError naming each field that cannot be taken; NotFoundError.
    """
    _refuse_unknown(session, owner)
    if problems := _problems(session, owner, channel, address, secret, settings):
        raise InputError(problems)
    row = Address(**_columns(owner), channel=channel, address=address, secret=secret or None, created_at=now)
    session.add(row)
    session.flush()
    _queue(session, row, MessageKind.CODE, now)
    _record(session, actor, "addresses:add", row, now, signed=bool(secret))
    return row.id or 0


def _columns(owner: Owner) -> dict[str, Any]:
    return {"account_id": owner.account_id, "organization_id": owner.organization_id}


def _refuse_unknown(session: Session, owner: Owner) -> None:
    if owner.organization_id is not None and session.get(Organization, owner.organization_id) is None:
        raise NotFoundError(msg("There is no such unit."))


def _problems(
    session: Session, owner: Owner, channel: ChannelKind, address: str, secret: str, settings: Settings
) -> dict[str, Sentence]:
    if channel not in offered(owner, settings):
        return {"channel": msg("this channel is not offered here; choose one of the list")}
    if not is_address(channel, address, settings):
        return {"address": _wrong_address(channel)}
    if len(secret) > _SECRET_LENGTH or not secret.isascii() or not (secret == "" or secret.isprintable()):
        return {"secret": msg("at most 200 printable ASCII characters")}
    if channel is ChannelKind.WEBHOOK and not secret:
        return {"secret": msg("a webhook needs a key, with which the messages are signed")}
    known = session.execute(
        sa.select(col(Address.channel), col(Address.address)).where(owned_by(owner), col(Address.active))
    ).all()
    if (channel, address) in {(row.channel, row.address) for row in known}:
        return {"address": msg("this address is on the list already")}
    if len(known) >= LIMIT:
        return {"address": msg("%(limit)s addresses are enough; remove one first", limit=LIMIT)}
    return {}


def _wrong_address(channel: ChannelKind) -> Sentence:
    match channel:
        case ChannelKind.EMAIL:
            return msg("write one e-mail address, such as name@example.cn")
        case ChannelKind.WEBHOOK:
            return msg("write an address that begins as the administrator permits")
        case ChannelKind.FOLDER:
            return msg("write the name of one sub-folder, or leave it empty")
        case _:
            return msg("write the robot's key or token alone: what follows key=, access_token= or hook/")


def send_code(session: Session, actor: Actor, owner: Owner, address_id: int, *, now: datetime) -> None:
    """Queue a code. Raises: ConflictError when the address is verified or it was asked for too often; NotFoundError."""
    row = _own(session, owner, address_id)
    if row.verified_at is not None:
        raise ConflictError(msg("This address is verified already."))
    asked = sa.select(sa.func.count(), sa.func.max(col(Message.queued_at))).where(
        col(Message.address_id) == address_id,
        col(Message.kind) == MessageKind.CODE,
        col(Message.queued_at) > now - timedelta(days=1),
    )
    times, last_at = session.execute(asked).one()
    if times >= CODES_A_DAY or (last_at is not None and last_at > now - CODE_PAUSE):
        raise ConflictError(msg("A code was asked for just now, or too often today. Wait, then try again."))
    _queue(session, row, MessageKind.CODE, now)
    _record(session, actor, "addresses:send_code", row, now)


def check_code(
    session: Session, actor: Actor, owner: Owner, address_id: int, typed: str, *, now: datetime
) -> CodeCheck:
    """Take a code that was typed back; wrong ones are counted, and the count is kept. Raises: NotFoundError."""
    row = _own(session, owner, address_id)
    if row.verified_at is not None:
        return CodeCheck.RIGHT
    counted = session.connection().execute(
        sa.update(Address.__table__)  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
        .where(
            col(Address.id) == address_id,
            col(Address.code_expires_at) > now,
            col(Address.code_tries) < CODE_TRIES,
        )
        .values(code_tries=col(Address.code_tries) + 1)
    )
    if counted.rowcount != 1:
        return CodeCheck.OVER
    right = row.code_sha256 == code_hash(address_id, typed.strip())
    if right:
        known = {"verified_at": now, "code_sha256": None, "code_expires_at": None, "code_tries": 0}
        session.execute(sa.update(Address).where(col(Address.id) == address_id).values(**known))
    _record(session, actor, "addresses:verify" if right else "addresses:mistype", row, now)
    return CodeCheck.RIGHT if right else CodeCheck.WRONG


def remove_address(session: Session, actor: Actor, owner: Owner, address_id: int, *, now: datetime) -> None:
    """Take an address out of use; what waits for it goes elsewhere or is carried by hand. Raises: NotFoundError."""
    row = _own(session, owner, address_id)
    off = {"active": False, "secret": None, "code_sha256": None, "code_expires_at": None}
    session.execute(sa.update(Address).where(col(Address.id) == address_id).values(**off))
    _record(session, actor, "addresses:remove", row, now)


def send_test(session: Session, actor: Actor, owner: Owner, address_id: int, *, now: datetime) -> None:
    """Queue a test message. Raises: ConflictError when the address is not verified; NotFoundError."""
    row = _own(session, owner, address_id)
    if row.verified_at is None:
        raise ConflictError(msg("Nothing is sent to an address before it is verified."))
    _queue(session, row, MessageKind.TEST, now)
    _record(session, actor, "addresses:test", row, now)


def choose_digest_time(session: Session, actor: Actor, account_id: int, at: time | None, *, now: datetime) -> None:
    """Choose when one's digest is sent; None: at the time of the settings."""
    before = addresses.digest_at(session, account_id)
    session.execute(sa.delete(DeliveryPreference).where(col(DeliveryPreference.account_id) == account_id))
    if at is not None:
        session.add(DeliveryPreference(account_id=account_id, digest_at=at))
    session.flush()
    audit.record(
        session,
        actor,
        "addresses:choose_digest_time",
        f"accounts/{account_id}",
        now=now,
        before={"digest_at": before and before.isoformat("minutes")},
        after={"digest_at": at and at.isoformat("minutes")},
    )


def _own(session: Session, owner: Owner, address_id: int) -> Address:
    query = sa.select(Address).where(col(Address.id) == address_id, owned_by(owner), col(Address.active))
    row = session.scalar(query)
    if row is None:
        raise NotFoundError(msg("There is no such address."))
    return row


def _queue(session: Session, row: Address, kind: MessageKind, now: datetime) -> None:
    assert row.id is not None
    session.add(Message(address_id=row.id, kind=kind, state=MessageState.QUEUED, queued_at=now, next_try_at=now))
    session.flush()


def _record(session: Session, actor: Actor, action: str, row: Address, now: datetime, **more: Any) -> None:
    """Write to the trail whose address it is and what it looks like, never the address or its key in full."""
    account = session.get(Account, row.account_id) if row.account_id else None
    unit = session.get(Organization, row.organization_id) if row.organization_id else None
    audit.record(
        session,
        actor,
        action,
        f"addresses/{row.id}",
        now=now,
        plan_id=account.plan_id if account else None,
        owner=account.name if account else unit.name if unit else None,
        channel=row.channel,
        address=masked(row.channel, row.address),
        **more,
    )
