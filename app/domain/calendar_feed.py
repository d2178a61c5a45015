"""What stands in a personal calendar: days on which something falls due, each with a key of its own for ever."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MOST_EVENTS = 1_000
AHEAD = timedelta(days=548)  # eighteen months


@dataclass(frozen=True, slots=True)
class DueDay:
    """A day on which something falls due: `key` never changes, `version` rises when the day moves.

    `path` is its page within the application; `lines` say more.
    """

    key: str
    due_on: date
    title: str
    kind: str
    path: str
    changed_at: datetime
    version: int = 0
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DueDays:
    """The days of a calendar by date; `left_out` tells whether there were more than MOST_EVENTS."""

    days: tuple[DueDay, ...]
    left_out: bool


def chosen(found: Iterable[DueDay], today: date) -> DueDays:
    """Return at most MOST_EVENTS days: first those nearest to come, then those that passed last."""
    days = sorted(found, key=lambda item: (item.due_on, item.key))
    ahead = [item for item in days if item.due_on >= today][:MOST_EVENTS]
    room = MOST_EVENTS - len(ahead)
    past = [item for item in days if item.due_on < today]
    kept = [*(past[-room:] if room else []), *ahead]
    return DueDays(tuple(kept), len(kept) < len(days))
