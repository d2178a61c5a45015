"""Close a milestone (销号) with two keys: claimed by one, verified by another; the number, the notice, the waiver."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Action, Actor, may
from app.domain.closings import (
    NOTICE_WORKING_DAYS,
    TICKED,
    Check,
    Closable,
    Ground,
    circumstances,
    claim_to_verify,
    claims_waiting,
    closing_number,
    is_running,
    may_close,
    notice,
    reached_on,
    target_findings,
    unmet,
    waiver,
)
from app.domain.decisions import Circumstance, may_decide
from app.domain.milestone_facts import MilestoneFacts, ReportFact
from app.domain.standing import judge
from app.domain.targets import Verdict
from app.domain.vocabulary import DecisionKind, Standing
from app.models import Account, ClosingNumber, Indicator, Milestone, MilestoneDecision, Target
from app.queries import calendars, closings, facts
from app.services import decisions, standing_changes
from app.services.errors import ConflictError, ForbiddenError, InputError, Message, msg
from app.services.evidence import StoredUpload
from app.services.reports import author_of, milestone_in_scope
from app.services.standing_changes import MilestoneFact

DOCUMENT_NUMBER_LENGTH = 60


@dataclass(frozen=True, slots=True)
class VerificationInput:
    """What who verifies found: the ticks, and the finding in a sentence."""

    ticked: frozenset[Check]
    note: str


@dataclass(frozen=True, slots=True)
class _Verified:
    milestone: Milestone
    facts: MilestoneFacts
    claim: ReportFact
    checks: str


def close_out(
    session: Session,
    actor: Actor,
    milestone_id: int,
    given: VerificationInput,
    files: Sequence[StoredUpload],
    *,
    now: datetime,
) -> str:
    """Close a claimed milestone and return its number; every other claim that waits is accepted with it.

    Raises: NotFoundError; ForbiddenError also to who claimed; ConflictError when the standing does not allow it;
    InputError naming each field and each target that stands in the way.
    """
    found = _verified(session, actor, milestone_id, DecisionKind.CLOSE_OUT, given, files, now)
    added = _accept_others(session, actor, found, now)
    decision = MilestoneDecision(
        milestone_id=milestone_id,
        kind=DecisionKind.CLOSE_OUT,
        report_id=found.claim.id,
        reached_on=reached_on(found.facts),
        note=given.note,
        checks=found.checks,
        author_id=author_of(actor),
        recorded_at=now,
    )
    year, plan_id = local_day(now).year, found.milestone.plan_id
    number = closings.last_number(session, plan_id, year) + 1  # nobody else has the turn to write
    written = closing_number(year, number)
    added.append(decisions.append(session, actor, decision, plan_id, files, number=written))
    session.add(ClosingNumber(decision_id=decision.id or 0, plan_id=plan_id, year=year, number=number))
    standing_changes.record(session, actor, added, now=now)
    return written


def start_notice(
    session: Session,
    actor: Actor,
    milestone_id: int,
    given: VerificationInput,
    files: Sequence[StoredUpload],
    *,
    now: datetime,
) -> date:
    """Verify a claim and publish it for objections; return the last day of the notice. Raises: as `close_out`."""
    found = _verified(session, actor, milestone_id, DecisionKind.PUBLIC_NOTICE, given, files, now)
    calendar = calendars.calendar_for(session, found.milestone.plan_id)
    until_on = calendar.working_days_after(local_day(now), NOTICE_WORKING_DAYS).day
    decision = MilestoneDecision(
        milestone_id=milestone_id,
        kind=DecisionKind.PUBLIC_NOTICE,
        report_id=found.claim.id,
        note=given.note,
        checks=found.checks,
        notice_until_on=until_on,
        calendar_version=calendar.version,
        author_id=author_of(actor),
        recorded_at=now,
    )
    fact = decisions.append(session, actor, decision, found.milestone.plan_id, files)
    standing_changes.record(session, actor, [fact], now=now)
    return until_on


def waive_targets(
    session: Session,
    actor: Actor,
    milestone_id: int,
    *,
    reason: str,
    document_number: str,
    files: Sequence[StoredUpload] = (),
    now: datetime,
) -> MilestoneDecision:
    """Let a milestone be closed though its targets are not met; it stands until the milestone is reopened.

    Raises: NotFoundError, ForbiddenError to all but leaders, ConflictError, InputError naming each field.
    """
    milestone = milestone_in_scope(session, actor, milestone_id)
    if not may(actor.role, Action.WAIVE_TARGETS):
        raise ForbiddenError(msg("Only a leader lets a milestone be closed without its targets."))
    known = _possible(session, milestone, DecisionKind.WAIVE_TARGETS, local_day(now))
    item = closings.closable(session, milestone_id, known)
    if not unmet(target_findings(item)):
        raise ConflictError(msg("No target of this milestone stands in the way; there is nothing to waive."))
    problems: dict[str, Message] = {}
    if not reason:
        problems["reason"] = msg("give the reason in a sentence")
    if len(document_number) > DOCUMENT_NUMBER_LENGTH:
        problems["document_number"] = msg("at most %(count)s characters", count=DOCUMENT_NUMBER_LENGTH)
    if problems:
        raise InputError(problems)
    decision = MilestoneDecision(
        milestone_id=milestone_id,
        kind=DecisionKind.WAIVE_TARGETS,
        note=reason,
        document_number=document_number or None,
        author_id=author_of(actor),
        recorded_at=now,
    )
    fact = decisions.append(session, actor, decision, milestone.plan_id, files)
    standing_changes.record(session, actor, [fact], now=now)
    return decision


def _verified(
    session: Session,
    actor: Actor,
    milestone_id: int,
    kind: DecisionKind,
    given: VerificationInput,
    files: Sequence[StoredUpload],
    now: datetime,
) -> _Verified:
    """Hold a verification against the rule. Raises: ForbiddenError, ConflictError, InputError."""
    milestone = milestone_in_scope(session, actor, milestone_id)
    if not may(actor.role, Action.CLOSE_OUT):
        raise ForbiddenError(msg("Only the office verifies and closes."))
    known = _possible(session, milestone, kind, local_day(now))
    item = closings.closable(session, milestone_id, known)
    holds = {finding.ground: finding.holds for finding in may_close(item, author_of(actor), local_day(now))}
    if not holds[Ground.SECOND_PERSON]:
        raise ForbiddenError(msg("You reported this completion yourself; a second person of the office verifies it."))
    problems: dict[str, Message] = {
        check.value: msg("look into this and tick it, or return the claim")
        for check in TICKED
        if check not in given.ticked
    }
    if not given.note:
        problems["note"] = msg("give the finding in a sentence")
    if not files and not holds[Ground.EVIDENCE]:
        problems["evidence"] = msg("closing needs at least one evidence file, here or on a report")
    if not holds[Ground.TARGETS]:
        problems |= _of_targets(session, item)
    if problems:
        raise InputError(problems)
    claim = claim_to_verify(known)
    assert claim is not None  # the table of decisions asks for it
    return _Verified(milestone, known, claim, _checks_found(item))


def _possible(session: Session, milestone: Milestone, kind: DecisionKind, today: date) -> MilestoneFacts:
    """Return the facts of a milestone that a step is possible on today. Raises: ConflictError saying why it is not."""
    assert milestone.id is not None
    gathered = facts.gather(session, [milestone.id])[0]
    known = gathered.facts
    finding = judge(known, today, facts.policies(session)[gathered.plan_id])
    around = circumstances(known, today)
    if may_decide(kind, finding.standing, circumstances=around):
        return known
    if finding.standing is Standing.CLOSED and (last := _last_closing(session, milestone.id)):
        raise ConflictError(msg("%(name)s has closed this milestone already, as %(number)s.", **last))
    if kind is not DecisionKind.WAIVE_TARGETS and Circumstance.CLAIM_PENDING not in around:
        raise ConflictError(msg("Nobody claims completion, so there is nothing to verify. The office may report it."))
    if kind is DecisionKind.CLOSE_OUT and is_running(given := notice(known), today) and given:
        raise ConflictError(msg("The public notice runs to the end of %(day)s.", day=given.notice_until_on))
    raise ConflictError(msg("The milestone's present standing does not allow this step. Look at it again."))


def _last_closing(session: Session, milestone_id: int) -> dict[str, str] | None:
    """Return who closed a milestone last and under which number."""
    query = (
        sa.select(col(Account.display_name), col(ClosingNumber.year), col(ClosingNumber.number))
        .join(MilestoneDecision, col(MilestoneDecision.author_id) == col(Account.id))
        .join(ClosingNumber, col(ClosingNumber.decision_id) == col(MilestoneDecision.id))
        .where(col(MilestoneDecision.milestone_id) == milestone_id)
        .order_by(col(MilestoneDecision.id).desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return {"name": row[0], "number": closing_number(row[1], row[2])} if row else None


def _of_targets(session: Session, item: Closable) -> dict[str, Message]:
    """Name each target that stands in the way."""
    findings = unmet(target_findings(item))
    query = (
        sa.select(col(Target.id), col(Indicator.code), col(Indicator.name))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Target.id).in_([finding.target_id for finding in findings]))
    )
    names = {target_id: f"{code} {name}" for target_id, code, name in session.execute(query)}

    def named(verdict: Verdict) -> str:
        return "、".join(names[finding.target_id] for finding in findings if finding.verdict is verdict)

    problems: dict[str, Message] = {}
    if missed := named(Verdict.UNMET):
        problems["targets_met"] = msg("missed by accepted values: %(targets)s", targets=missed)
    if missing := named(Verdict.NOT_ASSESSED):
        problems["targets_assessed"] = msg("no accepted value: %(targets)s", targets=missing)
    return problems


def _checks_found(item: Closable) -> str:
    """Return the checklist as it was found, for the record: the ticks, and what the targets were judged by."""
    findings = target_findings(item)
    found = {check.value: True for check in TICKED}
    found[Check.TARGETS_MET.value] = not unmet(findings)
    values = {str(finding.target_id): format(finding.value, "f") for finding in findings if finding.value is not None}
    waived = bool(unmet(findings)) and waiver(item.facts) is not None
    return json.dumps({**found, "targets_waived": waived, "values": values}, sort_keys=True)


def _accept_others(session: Session, actor: Actor, found: _Verified, now: datetime) -> list[MilestoneFact]:
    """Accept the claims that wait beside the one a closing names."""
    others = [
        MilestoneDecision(
            milestone_id=found.milestone.id or 0,
            kind=DecisionKind.ACCEPT,
            report_id=claim.id,
            author_id=author_of(actor),
            recorded_at=now,
        )
        for claim in claims_waiting(found.facts)
        if claim.id != found.claim.id
    ]
    return decisions.append_all(session, actor, [(other, found.milestone.plan_id) for other in others])
