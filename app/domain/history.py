"""What the facts on file amount to: progress, a claim nobody answered, the closing or withdrawal in force."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from app.domain.milestone_facts import DecisionFact, MilestoneFacts, ReportFact
from app.domain.vocabulary import DecisionKind

_ANSWERS = (DecisionKind.RETURN, DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY, DecisionKind.REOPEN)


@dataclass(frozen=True, slots=True)
class Closing:
    """A closing; `regressed_on` is the day on which it was found to have slid back, None while it holds."""

    reached_on: date
    closed_on: date
    regressed_on: date | None


def reported_progress(facts: MilestoneFacts) -> Decimal | None:
    """Return the share last reported for the whole milestone, in percent; None: nothing reported.

    A report that was returned says nothing any more.
    """
    shares = (
        item.share_pct
        for item in reversed(standing_reports(facts))
        if item.speaks_for_whole and item.share_pct is not None
    )
    return next(shares, None)


def standing_reports(facts: MilestoneFacts) -> list[ReportFact]:
    """Return the reports that nobody returned, oldest first."""
    returned = {item.report_id for item in facts.decisions if item.kind is DecisionKind.RETURN}
    return [item for item in facts.reports if item.id not in returned]


def withdrawal(facts: MilestoneFacts) -> DecisionFact | None:
    """Return the withdrawal in force; reopening takes it back."""
    kinds = (DecisionKind.WITHDRAW, DecisionKind.REOPEN)
    last = next((item for item in reversed(facts.decisions) if item.kind in kinds), None)
    return last if last and last.kind is DecisionKind.WITHDRAW else None


def pending_claim(facts: MilestoneFacts) -> ReportFact | None:
    """Return the first claim of completion that nobody has answered: a second one does not undo one made in time."""
    claims = [item for item in facts.reports if item.claims_completion and item.speaks_for_whole]
    for position, claim in enumerate(claims):
        since = frozenset(item.id for item in claims[position:])
        if not any(_answers(item, claim, since) for item in facts.decisions):
            return claim
    return None


def _answers(decision: DecisionFact, claim: ReportFact, claims_since: frozenset[int]) -> bool:
    """Tell whether a decision answers a claim.

    Closing and reopening answer every claim before them, a return the claim it names and older ones.
    """
    if decision.kind not in _ANSWERS:
        return False
    if decision.report_id in claims_since:
        return True
    names_another = decision.kind is DecisionKind.RETURN and decision.report_id is not None
    return not names_another and decision.recorded_at > claim.recorded_at


def closing_in_force(facts: MilestoneFacts) -> Closing | None:
    """Return the closing in force, with the day it was found to have slid back; None: open.

    A failed recheck and an accepted report whose values miss a target both let it slide; only a passed recheck
    or a new closing restores it.
    """
    closing: Closing | None = None
    history: list[ReportFact | DecisionFact] = [*facts.reports, *facts.decisions]
    for fact in sorted(history, key=lambda item: item.recorded_at):
        if isinstance(fact, ReportFact):
            closing = _after_measurement(closing, fact)
        elif fact.kind in (DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY):
            closing = Closing(fact.reached_on or fact.recorded_on, fact.recorded_on, None)
        elif fact.kind is DecisionKind.REOPEN:
            closing = None
        elif closing and fact.kind is DecisionKind.RECHECK_FAILED:
            closing = replace(closing, regressed_on=closing.regressed_on or fact.recorded_on)
        elif closing and fact.kind is DecisionKind.RECHECK_PASSED:
            closing = replace(closing, regressed_on=None)
    return closing


def _after_measurement(closing: Closing | None, report: ReportFact) -> Closing | None:
    if closing is None or not report.accepted:
        return closing
    if report.misses_target:
        return replace(closing, regressed_on=closing.regressed_on or report.recorded_on)
    return closing
