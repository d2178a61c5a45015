"""The one rule of standing (DOMAIN.md section 3): the facts known on a day, that day and the policy decide."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from app.domain.deadlines import days_late, falls_behind_on, lag_pp, span_start, timeliness
from app.domain.history import (
    closing_in_force,
    decisions_in_force,
    pending_claim,
    reported_progress,
    standing_reports,
    withdrawal,
)
from app.domain.lagging import lagging_since
from app.domain.milestone_facts import DecisionFact, DueVersion, MilestoneFacts, ReportFact
from app.domain.vocabulary import Standing, Timeliness

__all__ = [
    "SEVERELY_BEHIND_PP",
    "DecisionFact",
    "DueVersion",
    "MilestoneFacts",
    "Policy",
    "ReportFact",
    "StandingFinding",
    "behind_pp",
    "judge",
    "reported_progress",
]

SEVERELY_BEHIND_PP = 30  # DOMAIN.md section 3: more than 30 points is severe


@dataclass(frozen=True, slots=True)
class Policy:
    """A plan's settings: days of warning, points behind schedule, first day tracked."""

    tracked_from: date
    warning_days: int = 90
    behind_threshold_pp: int = 10


@dataclass(frozen=True, slots=True)
class StandingFinding:
    """Where a milestone stands; `clock_stopped_on` None while lateness still counts.

    `since` is the first day of the standing; of a planned milestone, the day on which it starts. `timeliness` is that
    of a closing by the date in force, `original_timeliness` by the original one. `occasion` counts the regressions.
    """

    standing: Standing
    since: date
    effective_due_on: date
    due_version: int
    timeliness: Timeliness | None = None
    clock_stopped_on: date | None = None
    next_change_on: date | None = None
    progress_pct: Decimal | None = None
    reported_on: date | None = None
    claim_pending: bool = False
    original_due_on: date = date.min
    original_timeliness: Timeliness | None = None
    occasion: int = 0
    lagging_since: date | None = None

    def days_late_originally(self, today: date) -> int:
        """Return days past the original due date, to the day the clock stopped or to today."""
        return days_late(self.original_due_on, self.clock_stopped_on or today)

    def days_late(self, today: date) -> int:
        """Return days past the effective due date, to the day the clock stopped or to today."""
        return days_late(self.effective_due_on, self.clock_stopped_on or today)


class _Outcome(NamedTuple):
    standing: Standing
    since: date
    stopped_on: date | None = None
    timeliness: Timeliness | None = None
    original_timeliness: Timeliness | None = None
    occasion: int = 0
    changes: tuple[date | None, ...] = ()  # days on which the calendar alone may change it


def judge(facts: MilestoneFacts, today: date, policy: Policy) -> StandingFinding:
    """Judge one milestone by the facts given, for the end of `today`."""
    due = facts.effective_due
    latest = next(reversed(standing_reports(facts)), None)
    claim = pending_claim(facts)
    outcome = _settled(facts, policy, claim) or _running(facts, today, policy)
    return StandingFinding(
        standing=outcome.standing,
        since=outcome.since,
        effective_due_on=due.due_on,
        due_version=due.version,
        timeliness=outcome.timeliness,
        clock_stopped_on=outcome.stopped_on,
        next_change_on=min((day for day in outcome.changes if day and day > today), default=None),
        progress_pct=reported_progress(facts),
        reported_on=latest.reported_on if latest else None,
        claim_pending=claim is not None,
        original_due_on=facts.original_due_on,
        original_timeliness=outcome.original_timeliness,
        occasion=outcome.occasion,
        lagging_since=(
            lagging_since(facts, policy.behind_threshold_pp) if outcome.standing is Standing.BEHIND else None
        ),
    )


def _settled(facts: MilestoneFacts, policy: Policy, claim: ReportFact | None) -> _Outcome | None:
    """Return the standing that no passing day changes, in order: withdrawn, closed, unconfirmed, claimed in time."""
    due_on = facts.effective_due.due_on
    if withdrawn := withdrawal(facts):
        return _Outcome(Standing.WITHDRAWN, withdrawn.recorded_on, withdrawn.recorded_on)
    if closing := closing_in_force(facts):
        how = timeliness(closing.reached_on, due_on, span_start(due_on, facts.effective_precision, facts.start_on))
        first = facts.original_due_on
        originally = timeliness(closing.reached_on, first, span_start(first, facts.precision, facts.start_on))
        standing = Standing.REGRESSED if closing.regressed_on else Standing.CLOSED
        since = closing.regressed_on or closing.closed_on
        return _Outcome(standing, since, closing.reached_on, how, originally, closing.regressions)
    if due_on < policy.tracked_from and not facts.reports and not decisions_in_force(facts):
        return _Outcome(Standing.UNCONFIRMED, policy.tracked_from, due_on)
    if claim and claim.recorded_on <= due_on:
        return _Outcome(Standing.AWAITING_VERIFICATION, claim.recorded_on, claim.recorded_on)
    return None


def _running(facts: MilestoneFacts, today: date, policy: Policy) -> _Outcome:
    """Return the standing of a milestone whose clock runs; behind goes before due soon."""
    start_on, due_on = facts.start_on, facts.effective_due.due_on
    overdue_on = due_on + timedelta(days=1)
    if today >= overdue_on:
        return _Outcome(Standing.OVERDUE, overdue_on)
    warning_on = max(due_on - timedelta(days=policy.warning_days), start_on)
    if today < start_on and not facts.reports:
        return _Outcome(Standing.PLANNED, start_on, changes=(start_on, overdue_on))
    progress = reported_progress(facts)
    behind_on = (
        None
        if progress is None
        else falls_behind_on(start_on, due_on, progress, policy.behind_threshold_pp, facts.schedule)
    )
    if behind_on and today >= behind_on:
        return _Outcome(Standing.BEHIND, behind_on, changes=(overdue_on,))
    if today >= warning_on:
        return _Outcome(Standing.DUE_SOON, warning_on, changes=(behind_on, overdue_on))
    since = min(start_on, facts.reports[0].recorded_on) if facts.reports else start_on
    return _Outcome(Standing.ON_TRACK, since, changes=(warning_on, behind_on, overdue_on))


def behind_pp(facts: MilestoneFacts, today: date) -> Decimal | None:
    """Return by how many percentage points progress trails the schedule; None: nothing reported."""
    return lag_pp(facts.start_on, facts.effective_due.due_on, reported_progress(facts), today, facts.schedule)
