"""Imports of a plan from a workbook: the states one goes through, and what a sheet may hold."""

from datetime import datetime, timedelta
from enum import StrEnum


class ImportState(StrEnum):
    """Where an import stands."""

    UPLOADED = "uploaded"  # the file is kept; its columns wait to be named
    CHECKING = "checking"
    READY = "ready"  # nothing wrong: it may be written
    REFUSED = "refused"  # something is wrong: nothing can be written
    WRITING = "writing"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"  # the program failed, not the file
    CANCELLED = "cancelled"


RUNNING = frozenset({ImportState.CHECKING, ImportState.WRITING, ImportState.UNDOING})
# From these the columns may be named (again) and the file checked (again).
CHECKABLE = frozenset(
    {ImportState.UPLOADED, ImportState.READY, ImportState.REFUSED, ImportState.FAILED, ImportState.CANCELLED}
)
# Writing is one transaction, which gives no sign of life until it ends.
_SILENCE = {
    ImportState.CHECKING: timedelta(seconds=60),
    ImportState.WRITING: timedelta(minutes=3),
    ImportState.UNDOING: timedelta(minutes=3),
}


class SheetSubject(StrEnum):
    """What the rows of a sheet are."""

    MILESTONE = "milestone"
    STAGE = "stage"
    PROJECT = "project"
    FLOOR = "floor"
    PHASE = "phase"
    BUDGET = "budget"


class ProblemLevel(StrEnum):
    """Whether a problem keeps the file from being written."""

    ERROR = "error"
    WARNING = "warning"


def interrupted(state: ImportState, heartbeat_at: datetime | None, now: datetime) -> bool:
    """Tell whether a running step has given no sign of life for so long that its process must have ended."""
    silence = _SILENCE.get(state)
    return silence is not None and (heartbeat_at is None or now - heartbeat_at > silence)
