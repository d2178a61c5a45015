"""How a report goes through review: submitted, passed on, returned, accepted, replaced; who may look at it when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.milestone_facts import DecisionFact, MilestoneFacts
from app.domain.vocabulary import DecisionKind, ReportState


class ReportStep(StrEnum):
    """What can happen to a report that was submitted."""

    ENDORSE = "endorse"  # the unit's supervisor passes it on
    ACCEPT = "accept"
    RETURN = "return"
    REPLACE = "replace"  # the unit sends another one in its place


class ReportKind(StrEnum):
    """What a list of reports can be narrowed to."""

    CLAIM = "claim"  # claims completion
    VALUES = "values"  # gives measured values
    EXPLAINED = "explained"  # a value that looked implausible carries a word of explanation
    NO_CHANGE = "no_change"
    RECHECK = "recheck"  # of a milestone that is closed


STEPS: dict[tuple[ReportState, ReportStep], ReportState] = {
    (ReportState.SUBMITTED, ReportStep.ENDORSE): ReportState.ENDORSED,
    (ReportState.SUBMITTED, ReportStep.ACCEPT): ReportState.ACCEPTED,
    (ReportState.SUBMITTED, ReportStep.RETURN): ReportState.RETURNED,
    (ReportState.SUBMITTED, ReportStep.REPLACE): ReportState.REPLACED,
    (ReportState.ENDORSED, ReportStep.ACCEPT): ReportState.ACCEPTED,
    (ReportState.ENDORSED, ReportStep.RETURN): ReportState.RETURNED,
    (ReportState.ENDORSED, ReportStep.REPLACE): ReportState.REPLACED,
    (ReportState.RETURNED, ReportStep.REPLACE): ReportState.REPLACED,
}
# What the supervisor of a unit may do with its report, before the office has it from him.
SUPERVISORS = frozenset({(ReportState.SUBMITTED, ReportStep.ENDORSE), (ReportState.SUBMITTED, ReportStep.RETURN)})
# Where a report waits for somebody to look at it.
WAITING = frozenset({ReportState.SUBMITTED, ReportState.ENDORSED})
# Where a later report of the same unit takes its place.
REPLACEABLE = frozenset(state for state, step in STEPS if step is ReportStep.REPLACE)

# Answers that facts on record may hold beside the steps: a pending claim returned after its values were accepted, and
# a returned report accepted after all, which was possible before there was a review.
_ON_RECORD = {
    (ReportState.ACCEPTED, ReportStep.RETURN): ReportState.RETURNED,
    (ReportState.RETURNED, ReportStep.ACCEPT): ReportState.ACCEPTED,
}
_STEP_OF = {
    DecisionKind.ENDORSE: ReportStep.ENDORSE,
    DecisionKind.ACCEPT: ReportStep.ACCEPT,
    DecisionKind.CLOSE_OUT: ReportStep.ACCEPT,  # closing on a claim accepts it
    DecisionKind.RETURN: ReportStep.RETURN,
}


@dataclass(frozen=True, slots=True)
class ReviewFinding:
    """Where one report stands in review, and since when."""

    report_id: int
    state: ReportState
    changed_at: datetime


def may_step(state: ReportState, step: ReportStep, *, claim_pending: bool = False) -> bool:
    """Tell whether a step is possible; a claim that waits is returned even after its values were accepted."""
    return (state, step) in STEPS or (state is ReportState.ACCEPTED and step is ReportStep.RETURN and claim_pending)


def reviews(facts: MilestoneFacts) -> list[ReviewFinding]:
    """Return where every report of a milestone stands, oldest first."""
    replaced_at = {item.replaces_id: item.recorded_at for item in facts.reports if item.replaces_id}
    found = []
    for report in facts.reports:
        state, changed_at = ReportState.SUBMITTED, report.recorded_at
        if report.accepted and report.accepted_at in (None, report.recorded_at):
            state = ReportState.ACCEPTED
        for answer in _answers(facts.decisions, report.id):
            step = _STEP_OF[answer.kind]
            if (state, step) in STEPS:
                state, changed_at = STEPS[state, step], answer.recorded_at
            elif (state, step) in _ON_RECORD:
                state, changed_at = _ON_RECORD[state, step], answer.recorded_at
        if report.id in replaced_at and state in REPLACEABLE:
            state, changed_at = ReportState.REPLACED, replaced_at[report.id]
        found.append(ReviewFinding(report.id, state, changed_at))
    return found


def _answers(decisions: Iterable[DecisionFact], report_id: int) -> list[DecisionFact]:
    return [item for item in decisions if item.report_id == report_id and item.kind in _STEP_OF]
