"""The one rule of standing (DOMAIN.md section 3): facts known on a day, the day and the policy decide; nobody types it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from app.domain.deadlines import days_late, falls_behind_on, scheduled_pct, span_start, timeliness
from app.domain.vocabulary import DecisionKind, Precision, Standing, Timeliness

SEVERELY_BEHIND_PP = 30  # DOMAIN.md section 3: more than 30 points is severe


@dataclass(frozen=True, slots=True)
class Policy:
    """A plan's settings: days of warning, points behind schedule, first day tracked."""

    tracked_from: date
    warning_days: int = 90
    behind_threshold_pp: int = 10


@dataclass(frozen=True, slots=True)
class DueVersion:
    """A version of the effective due date; the original is version 1."""

    version: int
    due_on: date


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
    """Everything on file about one milestone, in order of recording."""

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


@dataclass(frozen=True, slots=True)
class StandingFinding:
    """Where a milestone stands; `clock_stopped_on` None while lateness still counts."""

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

    def days_late(self, today: date) -> int:
        """Return days past the effective due date, to the day the clock stopped or to today."""
        return days_late(self.effective_due_on, self.clock_stopped_on or today)


@dataclass(frozen=True, slots=True)
class _Closing:
    reached_on: date
    closed_on: date
    regressed_on: date | None


class _Outcome(NamedTuple):
    standing: Standing
    since: date
    stopped_on: date | None = None
    timeliness: Timeliness | None = None
    changes: tuple[date | None, ...] = ()  # days on which the calendar alone may change it


def judge(facts: MilestoneFacts, today: date, policy: Policy) -> StandingFinding:
    """Judge one milestone by the facts given, for the end of `today`."""
    due = facts.effective_due
    latest = _latest(facts.reports)
    claim = _pending_claim(facts)
    outcome = _settled(facts, policy, claim) or _running(facts, today, policy)
    return StandingFinding(
        standing=outcome.standing,
        since=outcome.since,
        effective_due_on=due.due_on,
        due_version=due.version,
        timeliness=outcome.timeliness,
        clock_stopped_on=outcome.stopped_on,
        next_change_on=min((day for day in outcome.changes if day and day > today), default=None),
        progress_pct=reported_progress(facts.reports),
        reported_on=latest.reported_on if latest else None,
        claim_pending=claim is not None,
    )


def _settled(facts: MilestoneFacts, policy: Policy, claim: ReportFact | None) -> _Outcome | None:
    """Return the standing that no passing day changes, in order: withdrawn, closed, unconfirmed, claimed in time."""
    due_on = facts.effective_due.due_on
    withdrawn = next((item for item in facts.decisions if item.kind is DecisionKind.WITHDRAW), None)
    if withdrawn:
        return _Outcome(Standing.WITHDRAWN, withdrawn.recorded_on, withdrawn.recorded_on)
    if closing := _closing(facts):
        how = timeliness(closing.reached_on, due_on, span_start(due_on, facts.precision, facts.start_on))
        if closing.regressed_on:
            return _Outcome(Standing.REGRESSED, closing.regressed_on, closing.reached_on, how)
        return _Outcome(Standing.CLOSED, closing.closed_on, closing.reached_on, how)
    if due_on < policy.tracked_from and not facts.reports and not facts.decisions:
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
        return _Outcome(Standing.PLANNED, start_on, changes=(start_on,))
    progress = reported_progress(facts.reports)
    behind_on = None if progress is None else falls_behind_on(start_on, due_on, progress, policy.behind_threshold_pp)
    if behind_on and today >= behind_on:
        return _Outcome(Standing.BEHIND, behind_on, changes=(overdue_on,))
    if today >= warning_on:
        return _Outcome(Standing.DUE_SOON, warning_on, changes=(behind_on, overdue_on))
    return _Outcome(Standing.ON_TRACK, start_on, changes=(warning_on, behind_on, overdue_on))


def reported_progress(reports: tuple[ReportFact, ...]) -> Decimal | None:
    """Return the share last reported for the whole milestone, in percent; None: nothing reported."""
    shares = (item.share_pct for item in reversed(reports) if item.speaks_for_whole and item.share_pct is not None)
    return next(shares, None)


def behind_pp(facts: MilestoneFacts, today: date) -> Decimal | None:
    """Return by how many percentage points progress trails the schedule; None: nothing reported."""
    progress = reported_progress(facts.reports)
    if progress is None:
        return None
    return scheduled_pct(facts.start_on, facts.effective_due.due_on, today) - progress


def _latest(reports: tuple[ReportFact, ...]) -> ReportFact | None:
    return reports[-1] if reports else None


def _pending_claim(facts: MilestoneFacts) -> ReportFact | None:
    """Return the last claim of completion that nobody has answered by returning or closing."""
    claim = next((item for item in reversed(facts.reports) if item.claims_completion and item.speaks_for_whole), None)
    if claim is None:
        return None
    answers = (DecisionKind.RETURN, DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY)
    answered = any(
        item.kind in answers and (item.report_id == claim.id or item.recorded_at > claim.recorded_at)
        for item in facts.decisions
    )
    return None if answered else claim


def _closing(facts: MilestoneFacts) -> _Closing | None:
    """Return the closing in force, with the day it was found to have slid back; None: open.

    A recheck decides by itself; an accepted report after the closing decides by its values.
    """
    closing: _Closing | None = None
    history: list[ReportFact | DecisionFact] = [*facts.reports, *facts.decisions]
    for fact in sorted(history, key=lambda item: item.recorded_at):
        if isinstance(fact, ReportFact):
            closing = _after_measurement(closing, fact)
        elif fact.kind in (DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY):
            closing = _Closing(fact.reached_on or fact.recorded_on, fact.recorded_on, None)
        elif fact.kind is DecisionKind.REOPEN:
            closing = None
        elif closing and fact.kind is DecisionKind.RECHECK_FAILED:
            closing = replace(closing, regressed_on=closing.regressed_on or fact.recorded_on)
        elif closing and fact.kind is DecisionKind.RECHECK_PASSED:
            closing = replace(closing, regressed_on=None)
    return closing


def _after_measurement(closing: _Closing | None, report: ReportFact) -> _Closing | None:
    if closing is None or not report.accepted:
        return closing
    if report.misses_target:
        return replace(closing, regressed_on=closing.regressed_on or report.recorded_on)
    return closing
