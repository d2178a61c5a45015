"""How notices travel (DESIGN.md law 6): who is told, when a digest goes, when to try again, what is left out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain.vocabulary import (
    AlertState,
    AttemptOutcome,
    Capacity,
    ChannelKind,
    DeliveryTrouble,
    ItemDrop,
    OutboxKind,
    Role,
)

RETRY_MINUTES = (1, 5, 15, 60, 240)
LAST_ATTEMPT = len(RETRY_MINUTES) + 1
LEASE = timedelta(minutes=10)  # longer than any channel takes for one attempt
CODE_LIFE = timedelta(minutes=30)
CODE_TRIES = 5
CODE_PAUSE = timedelta(minutes=1)  # between two codes for one address
# The other side may have taken the message, though it did not say so.
MAY_HAVE_ARRIVED = frozenset({DeliveryTrouble.UNANSWERED, DeliveryTrouble.TIMEOUT, DeliveryTrouble.UNREADABLE})
# Trouble of the way itself: whatever else goes the same way meets it too.
_OF_THE_WAY = frozenset(
    {
        DeliveryTrouble.SENDER,
        DeliveryTrouble.UNREACHABLE,
        DeliveryTrouble.TIMEOUT,
        DeliveryTrouble.CERTIFICATE,
        DeliveryTrouble.STORAGE,
    }
)
_NUMBER = re.compile(r"T-\d{4}-0*([1-9]\d{0,9})")
_MASKED_KEY_CHARACTERS = 4

Key = tuple[str, int | None]


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    """A recipient that is told once of a matter: a unit, or the leaders (kept under the plan's office)."""

    organization_id: int
    capacity: Capacity

    @property
    def leads(self) -> bool:
        """Tell whether it is the leaders."""
        return self.capacity is Capacity.LEADER


@dataclass(frozen=True, slots=True)
class Person:
    """An active account; `plan_id` None: of all plans."""

    role: Role
    plan_id: int | None
    organization_id: int | None

    @property
    def key(self) -> Key | None:
        """Return what it is told under; None: nothing is addressed to its role."""
        match self.role:
            case Role.UNIT:
                return "unit", self.organization_id
            case Role.OFFICE:
                return "office", self.plan_id
            case Role.LEADER:
                return "leader", self.plan_id
            case _:
                return None


def seats(recipients: Iterable[tuple[int, Capacity]]) -> tuple[Seat, ...]:
    """Return each recipient once, in its foremost capacity; leaders apart from the office that keeps them."""
    order = list(Capacity)
    foremost: dict[tuple[int, bool], Seat] = {}
    for organization_id, capacity in sorted(recipients, key=lambda item: (order.index(item[1]), item[0])):
        seat = Seat(organization_id, capacity)
        foremost.setdefault((organization_id, seat.leads), seat)
    return tuple(foremost.values())


def keys(seat: Seat, plan_id: int) -> tuple[Key, ...]:
    """Return under which keys a recipient's persons and addresses are found."""
    match seat.capacity:
        case Capacity.LEADER:
            return ("leader", plan_id), ("leader", None)
        case Capacity.OFFICE:
            return ("office", plan_id), ("organization", seat.organization_id)
        case _:
            return ("unit", seat.organization_id), ("organization", seat.organization_id)


def digest_day(queued: datetime, at: time, last_on: date | None) -> date:
    """Return the day of the digest that takes up what was queued (local time): the next at `at`, one a day."""
    day = queued.date() if queued.time() < at else queued.date() + timedelta(days=1)
    return day if last_on is None or day > last_on else last_on + timedelta(days=1)


def outcome(*, delivered: bool, permanent: bool, trouble: DeliveryTrouble | None) -> AttemptOutcome:
    """Say what an attempt came to."""
    if delivered:
        return AttemptOutcome.SENT
    if permanent:
        return AttemptOutcome.REFUSED
    return AttemptOutcome.UNKNOWN if trouble in MAY_HAVE_ARRIVED else AttemptOutcome.DELAYED


def next_try(
    attempt: int, came_to: AttemptOutcome, ended: datetime, wait_seconds: int | None = None
) -> datetime | None:
    """Return when to try again after the nth attempt; None: never. `wait_seconds` is the provider's own wish."""
    if came_to in (AttemptOutcome.SENT, AttemptOutcome.REFUSED) or attempt >= LAST_ATTEMPT:
        return None
    return ended + max(timedelta(minutes=RETRY_MINUTES[attempt - 1]), timedelta(seconds=wait_seconds or 0))


def blocks_the_way(channel: ChannelKind, trouble: DeliveryTrouble | None) -> bool:
    """Tell whether others on the channel need not be tried just now; each webhook is a way of its own."""
    return trouble in _OF_THE_WAY and channel is not ChannelKind.WEBHOOK


def drop(kind: OutboxKind, state: AlertState, *, told: bool) -> ItemDrop | None:
    """Return why a notice is not told after all; None: it is. `told`: the address may have been told of the alert."""
    if kind is OutboxKind.WITHDRAWAL:
        return None if told else ItemDrop.NOT_TOLD
    return {AlertState.SUPERSEDED: ItemDrop.SUPERSEDED, AlertState.WITHDRAWN: ItemDrop.WITHDRAWN}.get(state)


def message_number(message_id: int, queued_on: date) -> str:
    """Return a message's number, the same at every attempt: T-2026-000123."""
    return f"T-{queued_on.year}-{message_id:06d}"


def numbered(text: str) -> int | None:
    """Return the message that a number names; None: it is no number."""
    found = _NUMBER.fullmatch(text.strip().upper())
    return int(found.group(1)) if found else None


def slip_number(hand_delivery_id: int, listed_on: date) -> str:
    """Return the number of a slip for carrying a notice: S-2026-000123."""
    return f"S-{listed_on.year}-{hand_delivery_id:06d}"


def masked(channel: ChannelKind, address: str) -> str:
    """Return an address as pages and the trail show it: enough to tell it from others, not enough to use it."""
    match channel:
        case ChannelKind.EMAIL:
            name, _, host = address.rpartition("@")
            return f"{name[:1]}***@{host}"
        case ChannelKind.WEBHOOK:
            return re.sub(r"(https?://[^/]*/).*", r"\1***", address)
        case ChannelKind.FOLDER:
            return address or "/"
        case _:
            return "***" + address[-_MASKED_KEY_CHARACTERS:]


def addresses_of(seat: Seat, plan_id: int, addresses: Mapping[Key, tuple[int, ...]]) -> tuple[int, ...]:
    """Return the addresses at which a recipient is told, each once."""
    return tuple(dict.fromkeys(address for key in keys(seat, plan_id) for address in addresses.get(key, ())))
