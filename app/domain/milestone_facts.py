"""What is on file about a milestone, as the rule of standing sees it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.domain.vocabulary import DecisionKind, Precision


@dataclass(frozen=True, slots=True)
class DueVersion:
    """A version of the effective due date; the original is version 1. `precision` None: as before."""

    version: int
    due_on: date
    precision: Precision | None = None


@dataclass(frozen=True, slots=True)
class ReportFact:
    """A report as the rule sees it; `share_pct` None when the report gives none."""

    id: int
    recorded_at: datetime
    recorded_on: date
    reported_on: date
    share_pct: Decimal | None
    claims_completion: bool
    reached_on: date | None
    speaks_for_whole: bool
    accepted: bool
    misses_target: bool


@dataclass(frozen=True, slots=True)
class DecisionFact:
    """A decision as the rule sees it; `reached_on` set for closings and confirmed history."""

    kind: DecisionKind
    recorded_at: datetime
    recorded_on: date
    report_id: int | None
    reached_on: date | None


@dataclass(frozen=True, slots=True)
class MilestoneFacts:
    """Everything on file about one milestone, in order of recording; `precision` is that of the original phrase."""

    start_on: date
    due_on: date
    precision: Precision
    later_dues: tuple[DueVersion, ...] = ()
    reports: tuple[ReportFact, ...] = ()
    decisions: tuple[DecisionFact, ...] = ()

    @property
    def effective_due(self) -> DueVersion:
        """The version in force: the latest, or the original."""
        return self.later_dues[-1] if self.later_dues else DueVersion(1, self.due_on)

    @property
    def effective_precision(self) -> Precision:
        """The precision of the phrase in force."""
        later = (due.precision for due in reversed(self.later_dues) if due.precision)
        return next(later, self.precision)
