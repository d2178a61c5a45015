"""Decisions on milestones: accept, return, close out, reopen, recheck, confirm history, apply the other reading."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.decisions import may_decide
from app.domain.history import pending_claim
from app.domain.standing import judge
from app.domain.vocabulary import ChangeSubject, DecisionKind, RevisionCause, Standing
from app.models import DueDate, Evidence, Milestone, MilestoneDecision, Plan, Report
from app.queries import facts, revisions
from app.services import audit, evidence, standings
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.plan_context import plan_context
from app.services.plan_milestone_parts import milestone_parts
from app.services.reports import author_of, milestone_in_scope
from app.services.revisions import RevisionInput, revise
from app.services.turns import take_turn

_WITH_RESULT = frozenset({DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY})


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A decision to record; `reached_on` for closings and confirmed history, `report_id` for an answer to a report."""

    kind: DecisionKind
    note: str
    reached_on: date | None = None
    report_id: int | None = None


def decide(
    session: Session,
    actor: Actor,
    milestone_id: int,
    given: DecisionInput,
    uploads: list[evidence.Upload],
    *,
    folder: Path,
    max_mb: int,
    now: datetime,
) -> MilestoneDecision:
    """Append a decision. Raises: NotFoundError, ForbiddenError, ConflictError, InputError naming each field."""
    milestone = milestone_in_scope(session, actor, milestone_id)
    today = local_day(now)
    item = facts.gather(session, [milestone_id])[0]
    finding = judge(item.facts, today, facts.policies(session)[item.plan_id])
    if not may_decide(given.kind, finding.standing, claim_pending=finding.claim_pending):
        raise ConflictError(msg("The milestone's present standing does not allow this step. Look at it again."))
    if given.kind is DecisionKind.REOPEN and finding.standing is Standing.WITHDRAWN:
        _refuse_if_plan_withdrew(session, milestone)
    if given.kind not in _WITH_RESULT:
        given = replace(given, reached_on=None)
    if given.kind is DecisionKind.RETURN and (claim := pending_claim(item.facts)):
        given = replace(given, report_id=claim.id)  # what is returned is the claim that waits
    if problems := _problems(session, milestone, given, today):
        raise InputError(problems)
    evidence.check(uploads, max_mb=max_mb)
    if given.kind is DecisionKind.CLOSE_OUT and not uploads and not _has_evidence(session, milestone_id):
        raise InputError({"evidence": msg("closing needs at least one evidence file, here or on a report")})
    decision = _append(session, actor, milestone, given, now)
    digests = evidence.attach(
        session,
        author_of(actor),
        evidence.keep(folder, uploads),
        milestone_id=milestone_id,
        report_id=None,
        decision_id=decision.id,
        now=now,
    )
    _audit(session, actor, milestone, decision, digests, now)
    standings.refresh(session, [milestone_id], today)
    return decision


def confirm_history(
    session: Session,
    actor: Actor,
    milestone_ids: Sequence[int],
    *,
    reached_on: date | None,
    note: str,
    uploads: list[evidence.Upload],
    folder: Path,
    max_mb: int,
    now: datetime,
) -> int:
    """Confirm unconfirmed milestones as reached, each on `reached_on` or (None) on its own due day; return how many.

    Raises: InputError naming each field; ConflictError when one of them is not unconfirmed any more.
    """
    today = local_day(now)
    problems: dict[str, Message] = {}
    if not milestone_ids:
        problems["milestone"] = msg("tick at least one milestone")
    if len(milestone_ids) > facts.CHUNK:
        problems["milestone"] = msg("at most 500 at once")
    if not note:
        problems["note"] = msg("name the source that proves it")
    if reached_on is not None and reached_on > today:
        problems["reached_on"] = msg("this day has not come yet")
    if problems:
        raise InputError(problems)
    evidence.check(uploads, max_mb=max_mb)
    files = evidence.keep(folder, uploads)  # once, before the others have to wait
    take_turn(session)
    policies = facts.policies(session)
    gathered = facts.gather(session, milestone_ids)
    if any(judge(item.facts, today, policies[item.plan_id]).standing is not Standing.UNCONFIRMED for item in gathered):
        raise ConflictError(msg("Somebody has dealt with one of these milestones meanwhile. Look at the list again."))
    for item in gathered:
        milestone = milestone_in_scope(session, actor, item.milestone_id)
        given = DecisionInput(DecisionKind.CONFIRM_HISTORY, note, reached_on or item.facts.due_on)
        decision = _append(session, actor, milestone, given, now)
        digests = evidence.attach(
            session,
            author_of(actor),
            files,
            milestone_id=item.milestone_id,
            report_id=None,
            decision_id=decision.id,
            now=now,
        )
        _audit(session, actor, milestone, decision, digests, now)
    standings.refresh(session, [item.milestone_id for item in gathered], today)
    return len(gathered)


def apply_other_reading(session: Session, actor: Actor, milestone_id: int, *, reason: str, now: datetime) -> DueDate:
    """Apply the due phrase's other reading; a further switch goes back. Raises: ConflictError, InputError."""
    milestone = milestone_in_scope(session, actor, milestone_id)
    if not reason:
        raise InputError({"reason": msg("give the reason for the change of reading")})
    context = plan_context(session, session.get_one(Plan, milestone.plan_id))
    part = milestone_parts(session, context, [milestone.key])[milestone.key]
    if part.due is None or part.due.alternative_on is None:
        raise ConflictError(msg("This due phrase has only one reading."))
    other = part.due.model_copy(update={"on": part.due.alternative_on, "alternative_on": part.due.on})
    finding = revise(
        session,
        actor,
        context,
        {(ChangeSubject.MILESTONE, milestone.key): part.model_copy(update={"due": other})},
        RevisionInput(RevisionCause.READING, part.due.phrase, reason=reason),
        now=now,
    )
    query = sa.select(DueDate).where(col(DueDate.revision_id) == finding.revision_id)
    return session.scalars(query).one()


def _refuse_if_plan_withdrew(session: Session, milestone: Milestone) -> None:
    """Refuse to reopen what a version of the plan took out: only a version brings it back. Raises: ConflictError."""
    changes = revisions.milestone_versions(session, milestone.plan_id, milestone.key)
    if changes and changes[0].after is None:
        raise ConflictError(
            msg(
                "Version %(number)s of the plan withdrew this milestone; bring it back by an amendment.",
                number=changes[0].revision.number,
            )
        )


def _problems(session: Session, milestone: Milestone, given: DecisionInput, today: date) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if not given.note:
        problems["note"] = msg("give the reason or the finding in a sentence")
    if given.kind in _WITH_RESULT:
        if given.reached_on is None:
            problems["reached_on"] = msg("name the day on which the result was reached")
        elif given.reached_on > today:
            problems["reached_on"] = msg("this day has not come yet")
    if given.report_id is not None:
        report = session.get(Report, given.report_id)
        if report is None or report.milestone_id != milestone.id:
            raise NotFoundError(msg("There is no such report."))
    if given.kind is DecisionKind.ACCEPT and (given.report_id is None or _is_accepted(session, given.report_id)):
        problems["report"] = msg("choose a report whose values are not accepted yet")
    return problems


def _is_accepted(session: Session, report_id: int) -> bool:
    """Tell whether a report's values are accepted: recorded by the office itself, or answered so."""
    answers = (DecisionKind.ACCEPT, DecisionKind.CLOSE_OUT)
    answered = sa.select(col(MilestoneDecision.id)).where(
        col(MilestoneDecision.report_id) == report_id, col(MilestoneDecision.kind).in_(answers)
    )
    own = sa.select(col(Report.id)).where(col(Report.id) == report_id, col(Report.accepted))
    return session.scalar(sa.union_all(answered, own).limit(1)) is not None


def _append(
    session: Session, actor: Actor, milestone: Milestone, given: DecisionInput, now: datetime
) -> MilestoneDecision:
    assert milestone.id is not None
    decision = MilestoneDecision(
        milestone_id=milestone.id,
        kind=given.kind,
        report_id=given.report_id,
        reached_on=given.reached_on,
        note=given.note,
        author_id=author_of(actor),
        recorded_at=now,
    )
    session.add(decision)
    session.flush()
    return decision


def _audit(
    session: Session,
    actor: Actor,
    milestone: Milestone,
    decision: MilestoneDecision,
    digests: list[str],
    now: datetime,
) -> None:
    audit.record(
        session,
        actor,
        f"milestones:{decision.kind}",
        f"milestones/{milestone.id}",
        now=now,
        plan_id=milestone.plan_id,
        decision=decision.id,
        report=decision.report_id,
        reached_on=decision.reached_on,
        note=decision.note,
        evidence=digests,
    )


def _has_evidence(session: Session, milestone_id: int) -> bool:
    query = sa.select(col(Evidence.id)).where(col(Evidence.milestone_id) == milestone_id).limit(1)
    return session.scalar(query) is not None
