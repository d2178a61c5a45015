"""The progress report (进展情况报告): what it tells beside a circular's facts, and the counts it reads from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.circulars import (
    CircularFacts,
    GroupProgress,
    LedgerFacts,
    MilestoneRow,
    group_progress,
    lead_unit,
)
from app.domain.vocabulary import Measure


@dataclass(frozen=True, kw_only=True)
class StageRow:
    """A stage of the plan with its span."""

    name: str
    start_on: date
    end_on: date


@dataclass(frozen=True, kw_only=True)
class AlertCount:
    """How many alerts of one measure were raised, and how many of them were withdrawn."""

    measure: Measure
    raised: int
    withdrawn: int


@dataclass(frozen=True, kw_only=True)
class ExtensionTotals:
    """Requests for an extension by what became of them; `other`: taken back, or lapsed with the milestone's end."""

    requested: int = 0
    granted: int = 0
    refused: int = 0
    waiting: int = 0

    @property
    def other(self) -> int:
        """Return how many were taken back or lapsed."""
        return self.requested - self.granted - self.refused - self.waiting


@dataclass(frozen=True, kw_only=True)
class ProgressFacts(CircularFacts):
    """Everything a progress report says; cases and rectification items are those since the plan began."""

    leading_group: str
    issued_on: date
    stages: tuple[StageRow, ...]
    alerts: tuple[AlertCount, ...]
    extensions: ExtensionTotals


def warned(facts: LedgerFacts) -> tuple[MilestoneRow, ...]:
    """Return the milestones that will miss their date at their pace: what a trusted pace tells first, then by days."""
    rows = [(row, row.warning) for row in facts.milestones if row.warning is not None]
    ordered = sorted(rows, key=lambda pair: (not pair[1].trusted, -pair[1].misses_by_days, pair[0].id))
    return tuple(row for row, _ in ordered)


def progress_by_unit(facts: LedgerFacts) -> tuple[GroupProgress, ...]:
    """Return the progress of every lead unit, in the order the plan first names them."""
    return _grouped(facts, ((lead_unit(row), row) for row in facts.milestones))


def progress_by_stage(facts: ProgressFacts) -> tuple[GroupProgress, ...]:
    """Return the progress of every stage of the plan, in their order; what belongs to none is left out."""
    ordered = ((stage.name, row) for stage in facts.stages for row in facts.milestones if row.stage == stage.name)
    return _grouped(facts, ordered)


def _grouped(facts: LedgerFacts, named: Iterable[tuple[str, MilestoneRow]]) -> tuple[GroupProgress, ...]:
    groups: dict[str, list[MilestoneRow]] = {}
    for name, row in named:
        groups.setdefault(name, []).append(row)
    return tuple(group_progress(name, rows, facts.cut_off_on) for name, rows in groups.items())
