"""Decisions on milestones that ask for no more than a note, and the other reading of a due phrase."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.decisions import may_decide
from app.domain.standing import judge
from app.domain.vocabulary import ChangeSubject, DecisionKind, RevisionCause, Standing
from app.models import DueDate, Milestone, MilestoneDecision, Plan
from app.queries import facts, revisions
from app.services import decisions, standing_changes
from app.services.errors import ConflictError, InputError, msg
from app.services.evidence import StoredUpload
from app.services.plan_context import plan_context
from app.services.plan_milestone_parts import milestone_parts
from app.services.reports import author_of, milestone_in_scope
from app.services.revisions import RevisionInput, revise

# Steps of their own ask for more than a note: closings, the bulk of history, the review of reports.
KINDS = frozenset(
    {
        DecisionKind.REOPEN,
        DecisionKind.RECHECK_FAILED,
        DecisionKind.RECHECK_PASSED,
        DecisionKind.WITHDRAW,
    }
)


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A decision to record, one of KINDS, with the reason or the finding."""

    kind: DecisionKind
    note: str


def decide(
    session: Session,
    actor: Actor,
    milestone_id: int,
    given: DecisionInput,
    files: Sequence[StoredUpload] = (),
    *,
    now: datetime,
) -> MilestoneDecision:
    """Append a decision. Raises: NotFoundError, ForbiddenError, ConflictError, InputError naming each field."""
    if given.kind not in KINDS:
        raise ValueError(f"{given.kind} asks for more than a note")
    milestone = milestone_in_scope(session, actor, milestone_id)
    item = facts.gather(session, [milestone_id])[0]
    finding = judge(item.facts, local_day(now), facts.policies(session)[item.plan_id])
    if not may_decide(given.kind, finding.standing):
        raise ConflictError(msg("The milestone's present standing does not allow this step. Look at it again."))
    if given.kind is DecisionKind.REOPEN and finding.standing is Standing.WITHDRAWN:
        _refuse_if_plan_withdrew(session, milestone)
    if not given.note:
        raise InputError({"note": msg("give the reason or the finding in a sentence")})
    decision = MilestoneDecision(
        milestone_id=milestone_id,
        kind=given.kind,
        note=given.note,
        author_id=author_of(actor),
        recorded_at=now,
    )
    fact = decisions.append(session, actor, decision, milestone.plan_id, files)
    standing_changes.record(session, actor, [fact], now=now)
    return decision


def apply_other_reading(session: Session, actor: Actor, milestone_id: int, *, reason: str, now: datetime) -> DueDate:
    """Apply the due phrase's other reading; a further switch goes back. Raises: ConflictError, InputError."""
    milestone = milestone_in_scope(session, actor, milestone_id)
    if not reason:
        raise InputError({"reason": msg("give the reason for the change of reading")})
    context = plan_context(session, session.get_one(Plan, milestone.plan_id))
    part = milestone_parts(session, context, [milestone.key]).get(milestone.key)
    if part is None:
        raise ConflictError(msg("This milestone was withdrawn from the plan; its dates stay as they are."))
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
