"""What a unit achieved in a span of time, in figures: the basis of the annual assessment (DOMAIN.md sections 1 and 4).

Every share says of how many; where there is nothing to judge there is no figure (law 5), never a nought. Lateness is
given against the date in force and against the original one (law 3).
"""

from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.vocabulary import Measure

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many; `pending` are those not yet judged, which count in neither."""

    met: int = 0
    of: int = 0
    pending: int = 0

    @property
    def pct(self) -> Decimal | None:
        """Return the share in percent; None: not assessed."""
        return None if self.of == 0 else _HUNDRED * self.met / self.of


@dataclass(frozen=True, slots=True)
class OnTime:
    """Milestones due in the span by one of their dates: closed in time of all judged, and the days that were late."""

    share: Share = Share()  # a frozen value
    late: int = 0  # how many were late, or are
    days_late: int = 0  # of those together

    @property
    def average_days_late(self) -> Decimal | None:
        """Return the days late on average of those that were late; 0 where none was, None: not assessed."""
        if self.share.of == 0:
            return None
        return Decimal(self.days_late) / self.late if self.late else Decimal(0)


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """All figures of one unit in a span."""

    effective: OnTime = OnTime()  # by the dates in force
    original: OnTime = OnTime()  # by the dates of the document
    alerts_answered: Share = Share()
    decisions_answered: Share = Share()
    cases_opened: int = 0
    cases_closed: int = 0
    cases_open: int = 0  # today
    measures: dict[Measure, int] = field(default_factory=dict)
    rectified: Share = Share()  # by the limits in force
    rectified_first: Share = Share()  # by the limits first set
    reported: Share = Share()

    @property
    def measures_taken(self) -> int:
        """Return how many measures were decided."""
        return sum(self.measures.values())
