"""What the facts on file amount to: progress, a claim nobody answered, the closing or withdrawal in force."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from app.domain.milestone_facts import DecisionFact, MilestoneFacts, ReportFact
from app.domain.vocabulary import DecisionKind

_HISTORY = (DecisionKind.CONFIRM_HISTORY, DecisionKind.TAKE_UP)
_ANSWERS = (DecisionKind.RETURN, DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY, DecisionKind.REOPEN)


@dataclass(frozen=True, slots=True)
class Closing:
    """A closing; `regressed_on` is the day on which it was found to have slid back, None while it holds.

    `regressions` counts how often it did.
    """

    reached_on: date
    closed_on: date
    closed_at: datetime
    regressed_on: date | None = None
    regressions: int = 0


def reported_progress(facts: MilestoneFacts) -> Decimal | None:
    """Return the share last reported for the whole milestone, in percent; None: nothing reported.

    A report that was returned or replaced says nothing any more. Where each of several units answers for its part, the
    mean of their last shares speaks for the whole from the moment all have given one.
    """
    shared = [item for item in standing_reports(facts) if item.share_pct is not None]
    whole = next((item for item in reversed(shared) if item.speaks_for_whole), None)
    last = {item.organization_id: item for item in shared if item.organization_id in facts.parts}
    if last and last.keys() == facts.parts:
        newest = max(item.recorded_at for item in last.values())
        if whole is None or newest > whole.recorded_at:
            return sum((item.share_pct or Decimal(0) for item in last.values()), Decimal(0)) / len(last)
    return whole.share_pct if whole else None


def decisions_in_force(facts: MilestoneFacts) -> list[DecisionFact]:
    """Return the decisions without what was said of history and taken back."""
    kept: list[DecisionFact] = []
    for item in facts.decisions:
        if item.kind is not DecisionKind.TAKE_BACK:
            kept.append(item)
        elif (said := next((old for old in reversed(kept) if old.kind in _HISTORY), None)) is not None:
            kept.remove(said)
    return kept


def standing_reports(facts: MilestoneFacts) -> list[ReportFact]:
    """Return the reports that nobody returned and no other took the place of, oldest first."""
    gone = {item.report_id for item in facts.decisions if item.kind is DecisionKind.RETURN}
    gone |= {item.replaces_id for item in facts.reports}
    return [item for item in facts.reports if item.id not in gone]


def withdrawal(facts: MilestoneFacts) -> DecisionFact | None:
    """Return the withdrawal in force; reopening takes it back."""
    kinds = (DecisionKind.WITHDRAW, DecisionKind.REOPEN)
    last = next((item for item in reversed(facts.decisions) if item.kind in kinds), None)
    return last if last and last.kind is DecisionKind.WITHDRAW else None


def pending_claim(facts: MilestoneFacts) -> ReportFact | None:
    """Return the first claim of completion that nobody has answered: a second one does not undo one made in time.

    Where each of several units answers for its part, the whole is claimed by the last of their claims.
    """
    whole = _first_pending(facts, [item for item in facts.reports if item.speaks_for_whole])
    if whole is not None or not facts.parts:
        return whole
    claims = claims_of_parts(facts)
    if None in claims.values():
        return None
    return max((claim for claim in claims.values() if claim), key=lambda claim: claim.recorded_at)


def claims_of_parts(facts: MilestoneFacts) -> dict[int, ReportFact | None]:
    """Return the pending claim of each unit that answers for a part; None: it has not claimed its part."""
    return {
        unit: _first_pending(facts, [item for item in facts.reports if item.organization_id == unit])
        for unit in sorted(facts.parts)
    }


def _first_pending(facts: MilestoneFacts, reports: list[ReportFact]) -> ReportFact | None:
    """Return the first claim among reports that nobody has answered and its author did not take back.

    A claim is taken back by a report in its place that claims nothing; one made after that is a new one.
    """
    replaced_by = {item.replaces_id: item for item in facts.reports if item.replaces_id}

    def stands(claim: ReportFact) -> bool:
        last = claim
        while last.claims_completion and last.id in replaced_by:
            last = replaced_by[last.id]
        return last.claims_completion

    claims = [item for item in reports if item.claims_completion and stands(item)]
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
    regressions = 0
    history: list[ReportFact | DecisionFact] = [*facts.reports, *decisions_in_force(facts)]
    for fact in sorted(history, key=_counted_at):
        if isinstance(fact, ReportFact):
            closing = _after_measurement(closing, fact)
        elif fact.kind in (DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY):
            reached_on = fact.reached_on or fact.recorded_on
            closing = Closing(reached_on, fact.recorded_on, fact.recorded_at, regressions=regressions)
        elif fact.kind is DecisionKind.REOPEN:
            closing = None
        elif closing and fact.kind is DecisionKind.RECHECK_FAILED:
            closing = _slid_back(closing, fact.recorded_on)
        elif closing and fact.kind is DecisionKind.RECHECK_PASSED:
            closing = replace(closing, regressed_on=None)
        regressions = closing.regressions if closing else regressions
    return closing


def _after_measurement(closing: Closing | None, report: ReportFact) -> Closing | None:
    """Let a closing slide back by an accepted report that misses a target, unless it tells of before the closing."""
    if closing is None or not report.accepted or report.recorded_at < closing.closed_at:
        return closing
    return _slid_back(closing, report.accepted_on or report.recorded_on) if report.misses_target else closing


def _slid_back(closing: Closing, on: date) -> Closing:
    if closing.regressed_on is not None:
        return closing
    return replace(closing, regressed_on=on, regressions=closing.regressions + 1)


def _counted_at(fact: ReportFact | DecisionFact) -> datetime:
    """Return when a fact counts: a report's values from the moment they are accepted."""
    accepted_at = fact.accepted_at if isinstance(fact, ReportFact) else None
    return accepted_at or fact.recorded_at
