"""What is on file about a milestone, as the rule of standing sees it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.domain.vocabulary import DecisionKind, Precision


@dataclass(frozen=True, slots=True)
class DueVersion:
    """A version of the effective due date; the original is version 1. `precision` None: as before.

    `restates_original`: it puts right what was recorded as the original date.
    """

    version: int
    due_on: date
    precision: Precision | None = None
    restates_original: bool = False


@dataclass(frozen=True, slots=True)
class ReportFact:
    """A report as the rule sees it; `share_pct` None when the report gives none.

    `accepted_at` None: when it was recorded, if it is accepted at all. `replaces_id`: the unit's report before it that
    nobody had accepted yet. `organization_id` None: the office.
    """

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
    accepted_at: datetime | None = None
    accepted_on: date | None = None
    organization_id: int | None = None
    replaces_id: int | None = None
    expected_id: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionFact:
    """A decision as the rule sees it; `reached_on` set for closings and confirmed history, `notice_until_on` for
    public notices.
    """

    kind: DecisionKind
    recorded_at: datetime
    recorded_on: date
    report_id: int | None
    reached_on: date | None
    notice_until_on: date | None = None


@dataclass(frozen=True, slots=True)
class MilestoneFacts:
    """Everything on file about one milestone, in order of recording; `precision` is that of the original phrase.

    `parts` are the units that answer each for a part of it, none when one unit answers for all. `schedule` holds the
    office's own scheduled progress as (end of the day, percent) in order; empty: a straight line from start to due day.
    """

    start_on: date
    due_on: date
    precision: Precision
    later_dues: tuple[DueVersion, ...] = ()
    reports: tuple[ReportFact, ...] = ()
    decisions: tuple[DecisionFact, ...] = ()
    parts: frozenset[int] = frozenset()
    schedule: tuple[tuple[date, Decimal], ...] = ()

    @property
    def original_due_on(self) -> date:
        """The original due date, as the record was put right last."""
        restated = (due.due_on for due in reversed(self.later_dues) if due.restates_original)
        return next(restated, self.due_on)

    @property
    def effective_due(self) -> DueVersion:
        """The version in force: the latest, or the original."""
        return self.later_dues[-1] if self.later_dues else DueVersion(1, self.due_on)

    @property
    def effective_precision(self) -> Precision:
        """The precision of the phrase in force."""
        later = (due.precision for due in reversed(self.later_dues) if due.precision)
        return next(later, self.precision)
