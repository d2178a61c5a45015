"""What happened to a milestone between two days: closed, slipped, appeared, went, reopened, regressed, moved."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.standing import StandingFinding
from app.domain.vocabulary import Standing

_FULFILLED = frozenset({Standing.CLOSED, Standing.REGRESSED})
_SETTLED = _FULFILLED | {Standing.WITHDRAWN}


class ChangeKind(StrEnum):
    """What can be told of a milestone on a later day against an earlier one; several may hold at once."""

    CLOSED = "closed"
    SLIPPED = "slipped"  # became overdue, or is later against the date in force than it was
    REGRESSED = "regressed"
    REOPENED = "reopened"  # open again after a closing, or back in the plan
    MOVED = "moved"  # the date in force is another
    APPEARED = "appeared"
    WENT = "went"  # withdrawn, or deleted as a mistake of recording


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A milestone at the end of a day."""

    on: date
    finding: StandingFinding

    @property
    def standing(self) -> Standing:
        """Where it stood."""
        return self.finding.standing

    @property
    def days_late(self) -> int:
        """How many days past the date in force it was, none once it was withdrawn."""
        return 0 if self.standing is Standing.WITHDRAWN else self.finding.days_late(self.on)


@dataclass(frozen=True, slots=True)
class Difference:
    """What of a milestone differs; `moved_days` is negative where it is due earlier than before.

    `versions` counts the versions of the date that came in between: 0 with a moved date is a correction in place.
    """

    kinds: tuple[ChangeKind, ...]
    days_late_before: int = 0
    days_late_after: int = 0
    moved_days: int = 0
    versions: int = 0
    became_overdue: bool = False


def compare(before: Snapshot | None, after: Snapshot | None) -> Difference | None:
    """Return what differs between two days, None: nothing that is counted. A snapshot None: not on record that day."""
    if before is None or before.standing is Standing.WITHDRAWN:
        return _from_nothing(before, after)
    if after is None or after.standing is Standing.WITHDRAWN:
        return Difference((ChangeKind.WENT,), before.days_late, 0)
    moved_days = (after.finding.effective_due_on - before.finding.effective_due_on).days
    versions = after.finding.due_version - before.finding.due_version
    became_overdue = after.standing is Standing.OVERDUE and before.standing is not Standing.OVERDUE
    told = {
        ChangeKind.CLOSED: after.standing is Standing.CLOSED and before.standing is not Standing.CLOSED,
        ChangeKind.SLIPPED: became_overdue or after.days_late > before.days_late,
        ChangeKind.REGRESSED: after.standing is Standing.REGRESSED and before.standing is not Standing.REGRESSED,
        ChangeKind.REOPENED: before.standing in _FULFILLED and after.standing not in _SETTLED,
        ChangeKind.MOVED: moved_days != 0 or versions != 0,
    }
    kinds = tuple(kind for kind, holds in told.items() if holds)
    found = Difference(kinds, before.days_late, after.days_late, moved_days, versions, became_overdue)
    return found if kinds else None


def _from_nothing(before: Snapshot | None, after: Snapshot | None) -> Difference | None:
    """Compare with a day on which the milestone was not in the plan: not yet, or withdrawn."""
    if after is None or after.standing is Standing.WITHDRAWN:
        return None
    kinds = [ChangeKind.REOPENED if before else ChangeKind.APPEARED]
    if after.standing is Standing.CLOSED:
        kinds.insert(0, ChangeKind.CLOSED)
    overdue = after.standing is Standing.OVERDUE
    if after.days_late:
        kinds.append(ChangeKind.SLIPPED)
    return Difference(tuple(kinds), 0, after.days_late, became_overdue=overdue)
