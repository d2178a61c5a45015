"""Closing (销号) with two keys: who claimed, who verifies, and what still stands in the way (DOMAIN.md section 3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.domain.decisions import OPEN, Circumstance
from app.domain.history import claims_of_parts, decisions_in_force, pending_claim
from app.domain.milestone_facts import DecisionFact, MilestoneFacts, ReportFact
from app.domain.reports import WAITING, reviews
from app.domain.targets import Verdict, verdict
from app.domain.vocabulary import Comparator, DecisionKind, ReportState, Standing

NOTICE_WORKING_DAYS = 5
_CLOSINGS = frozenset({DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY})


class Check(StrEnum):
    """The checklist of a verification; whether the targets are met follows from accepted values, never from a tick."""

    FACTS_CLEAR = "facts_clear"
    TARGETS_MET = "targets_met"
    EVIDENCE_COMPLETE = "evidence_complete"
    FORM_RIGHT = "form_right"


TICKED = (Check.FACTS_CLEAR, Check.EVIDENCE_COMPLETE, Check.FORM_RIGHT)


class Ground(StrEnum):
    """What must hold before a milestone can be closed, in the order in which it is looked at."""

    CLAIMED = "claimed"  # key 1
    SECOND_PERSON = "second_person"  # key 2 is not in the hand that turned key 1
    EVIDENCE = "evidence"
    TARGETS = "targets"  # met by accepted values, or waived by a leader
    NOTICE = "notice"  # a public notice, where there is one, is over


@dataclass(frozen=True, slots=True)
class TargetFact:
    """A target in force."""

    id: int
    comparator: Comparator
    value: Decimal


@dataclass(frozen=True, slots=True)
class ValueFact:
    """A value that a report gives for a target."""

    report_id: int
    target_id: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class TargetFinding:
    """What the accepted values say of a target; `value` None: not assessed.

    Where several units answer each for its part, `value` is one that misses the target, if any does.
    """

    target_id: int
    verdict: Verdict
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Closable:
    """What is known of a milestone that is to be closed; `authors` wrote the claims that wait, None: nobody known."""

    facts: MilestoneFacts
    targets: tuple[TargetFact, ...] = ()
    values: tuple[ValueFact, ...] = ()
    authors: frozenset[int] = frozenset()
    has_evidence: bool = False


@dataclass(frozen=True, slots=True)
class GroundFinding:
    """Whether a ground holds; `waived`: only because a leader let it."""

    ground: Ground
    holds: bool
    waived: bool = False


def may_close(item: Closable, verifier_id: int | None, today: date) -> tuple[GroundFinding, ...]:
    """Say of each ground whether it holds for who verifies today; closing needs them all."""
    return tuple(
        GroundFinding(ground, rule(item, verifier_id, today), ground is Ground.TARGETS and _needs_waiver(item))
        for ground, rule in _RULES.items()
    )


def _is_met_or_waived(item: Closable, _verifier_id: int | None, _today: date) -> bool:
    return not unmet(target_findings(item)) or waiver(item.facts) is not None


def _needs_waiver(item: Closable) -> bool:
    return bool(unmet(target_findings(item))) and waiver(item.facts) is not None


_RULES: dict[Ground, Callable[[Closable, int | None, date], bool]] = {
    Ground.CLAIMED: lambda item, _verifier_id, _today: pending_claim(item.facts) is not None,
    Ground.SECOND_PERSON: lambda item, verifier_id, _today: verifier_id not in item.authors,
    Ground.EVIDENCE: lambda item, _verifier_id, _today: item.has_evidence,
    Ground.TARGETS: _is_met_or_waived,
    Ground.NOTICE: lambda item, _verifier_id, today: not is_running(notice(item.facts), today),
}


def claim_to_verify(facts: MilestoneFacts) -> ReportFact | None:
    """Return the claim that a closing answers: the pending one, or what its author sent in its place since."""
    claim = pending_claim(facts)
    return None if claim is None else _last_version(facts, claim)


def _last_version(facts: MilestoneFacts, report: ReportFact) -> ReportFact:
    replaced_by = {item.replaces_id: item for item in facts.reports if item.replaces_id}
    while report.id in replaced_by:
        report = replaced_by[report.id]
    return report


def claims_behind(facts: MilestoneFacts) -> list[ReportFact]:
    """Return the claims that a closing rests on: that for the whole, or one of each unit that answers for a part."""
    claim = claim_to_verify(facts)
    if claim is None or claim.speaks_for_whole:
        return [claim] if claim else []
    return [_last_version(facts, part) for part in claims_of_parts(facts).values() if part]


def claims_to_answer(facts: MilestoneFacts) -> frozenset[int]:
    """Return the claims that can be sent back though their values were accepted: for the whole, and of each part."""
    pending = (pending_claim(facts), *claims_of_parts(facts).values())
    return frozenset(_last_version(facts, claim).id for claim in pending if claim)


def claims_waiting(facts: MilestoneFacts) -> list[ReportFact]:
    """Return every claim that nobody has accepted, returned or replaced: a closing accepts them all."""
    waiting = {item.report_id for item in reviews(facts) if item.state in WAITING}
    return [item for item in facts.reports if item.claims_completion and item.id in waiting]


def reached_on(facts: MilestoneFacts) -> date | None:
    """Return the day on which the whole was reached, by the claims that a closing rests on."""
    return max((item.reached_on or item.reported_on for item in claims_behind(facts)), default=None)


def target_findings(item: Closable) -> list[TargetFinding]:
    """Hold the latest accepted value against each target, with the values of the claims that a closing would accept.

    Where several units answer each for its part, the latest of each has to meet the target, unless a later value
    speaks for the whole.
    """
    accepted = {found.report_id for found in reviews(item.facts) if found.state is ReportState.ACCEPTED}
    accepted |= {claim.id for claim in (*claims_behind(item.facts), *claims_waiting(item.facts))}
    latest: dict[int, dict[int | None, Decimal]] = {}
    given = {(value.report_id, value.target_id): value.value for value in item.values}
    for report in (report for report in item.facts.reports if report.id in accepted):
        for target in item.targets:
            if (value := given.get((report.id, target.id))) is None:
                continue
            by_unit = {} if report.speaks_for_whole else latest.get(target.id, {})
            latest[target.id] = by_unit | {report.organization_id: value}
    return [_judged(target, list(latest.get(target.id, {}).values())) for target in item.targets]


def _judged(target: TargetFact, values: Sequence[Decimal]) -> TargetFinding:
    found = [(verdict(target.comparator, target.value, value), value) for value in values]
    missing = next((item for item in found if item[0] is Verdict.UNMET), None)
    said, value = missing or (found[-1] if found else (Verdict.NOT_ASSESSED, None))
    return TargetFinding(target.id, said, value)


def unmet(findings: Sequence[TargetFinding]) -> list[TargetFinding]:
    """Return the targets that stand in the way: missed, or not assessed."""
    return [item for item in findings if item.verdict is not Verdict.MET]


def waiver(facts: MilestoneFacts) -> DecisionFact | None:
    """Return the leader's decision that lets the targets go; reopening ends it."""
    kinds = (DecisionKind.WAIVE_TARGETS, DecisionKind.REOPEN)
    last = next((item for item in reversed(facts.decisions) if item.kind in kinds), None)
    return last if last and last.kind is DecisionKind.WAIVE_TARGETS else None


def notice(facts: MilestoneFacts) -> DecisionFact | None:
    """Return the public notice of the claim that waits: of its last version, or of an earlier one.

    An answer to the claim ends the notice, and a new claim needs its own; a claim sent again goes on with it.
    """
    if claim_to_verify(facts) is None:
        return None
    claims = {report.id for report in facts.reports if report.claims_completion}
    for item in reversed(facts.decisions):
        if item.kind is DecisionKind.PUBLIC_NOTICE:
            return item
        answers = item.kind is DecisionKind.RETURN and (item.report_id is None or item.report_id in claims)
        if answers or item.kind in (DecisionKind.CLOSE_OUT, DecisionKind.REOPEN):
            return None
    return None


def is_running(given: DecisionFact | None, today: date) -> bool:
    """Tell whether a public notice is not over: it lasts to the end of its last day."""
    return given is not None and given.notice_until_on is not None and today <= given.notice_until_on


def circumstances(facts: MilestoneFacts, today: date) -> frozenset[Circumstance]:
    """Return what beside the standing decides which steps are possible today."""
    given = notice(facts)
    holds = {
        Circumstance.CLAIM_PENDING: pending_claim(facts) is not None,
        Circumstance.NOTICE_GIVEN: given is not None,
        Circumstance.NOTICE_RUNNING: is_running(given, today),
        Circumstance.WAIVED: waiver(facts) is not None,
        Circumstance.SAID_OF_HISTORY: _said_of_history(facts),
    }
    return frozenset(circumstance for circumstance, is_so in holds.items() if is_so)


def _said_of_history(facts: MilestoneFacts) -> bool:
    last = facts.decisions[-1] if facts.decisions else None
    if last is None or last.kind not in (DecisionKind.CONFIRM_HISTORY, DecisionKind.TAKE_UP):
        return False
    return all(report.recorded_at < last.recorded_at for report in facts.reports)


def is_reopened(facts: MilestoneFacts, standing: Standing) -> bool:
    """Tell whether a milestone that is open was closed before."""
    return standing in OPEN and any(item.kind in _CLOSINGS for item in decisions_in_force(facts))


def closing_number(year: int, number: int) -> str:
    """Return a closing's number as it is written: 销号〔2026〕12号."""
    return f"销号〔{year}〕{number}号"
