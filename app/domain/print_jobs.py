"""Printing in the background: what is printed, and where a job stands."""

from datetime import datetime, timedelta
from enum import StrEnum


class PrintJobKind(StrEnum):
    """What a job prints."""

    ISSUE = "issue"  # one document, in all its formats, to be issued when done
    PAPER = "paper"  # one working paper: a sheet, a ledger
    VOLUME = "volume"  # many sheets bound into one PDF
    ARCHIVE = "archive"  # many sheets, each a file, in one ZIP


class PrintJobState(StrEnum):
    """Where a job stands; from `done`, `failed` and `cancelled` nothing leads on."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY = frozenset({PrintJobState.QUEUED, PrintJobState.RUNNING})
GIVEN_UP_AFTER = timedelta(minutes=5)  # without a sign of life: the process that printed has ended


def is_given_up(state: PrintJobState, heartbeat_at: datetime | None, now: datetime) -> bool:
    """Tell whether a job under way has shown no sign of life for so long that it can be begun again."""
    return state in UNDER_WAY and heartbeat_at is not None and now - heartbeat_at > GIVEN_UP_AFTER
