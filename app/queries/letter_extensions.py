"""Gather what the reply to a request for an extension says, as known at the cut-off."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.extensions import ExtensionState
from app.domain.letters import ExtensionLetterFacts
from app.domain.vocabulary import ExtensionStepKind
from app.models import ExtensionRequest, Milestone, Organization, Plan
from app.queries import extensions
from app.queries.circulars import CutOff
from app.queries.extension_rows import ExtensionRow, ExtensionStepRow
from app.queries.letter_parts import head_of, matters

_DECISIONS = (ExtensionStepKind.GRANT, ExtensionStepKind.REFUSE)


@dataclass(frozen=True, slots=True)
class ExtensionStanding:
    """What decides whether a request has a reply; `asked_by_unit`: not the office itself."""

    state: ExtensionState
    asked_by_unit: bool


def standing(session: Session, plan: Plan, extension_id: int, at: CutOff) -> ExtensionStanding | None:
    """Return where a request under the plan stood at a cut-off; None: the plan had no such request then."""
    found = _find(session, plan, extension_id, at)
    if found is None:
        return None
    row, _ = found
    return ExtensionStanding(row.state, row.organization_id not in (None, plan.office_id))


def gather(session: Session, plan: Plan, extension_id: int, at: CutOff) -> ExtensionLetterFacts | None:
    """Return what the reply to a decided request of a unit says; None: there was none to tell of."""
    found = _find(session, plan, extension_id, at)
    if found is None or found[0].organization_id is None:
        return None
    row, of_milestone = found
    decision = next((step for step in row.steps if step.kind in _DECISIONS), None)
    if decision is None:
        return None
    correction = _last(row, ExtensionStepKind.CORRECT)
    told = correction or decision
    return ExtensionLetterFacts(
        head=head_of(session, plan, at),
        unit=session.get_one(Organization, row.organization_id).name,
        matter=matters(session, plan, [row.milestone_id], at)[0],
        asked_on=local_day(row.recorded_at),
        asked_from_on=row.asked_from_on,
        proposed_due_on=row.proposed_due_on,
        reason=row.reason,
        late_reason=row.late_reason,
        decided_on=local_day(decision.recorded_at),
        granted_due_on=row.granted_due_on,
        first_granted_on=decision.due_on if correction else None,
        corrected_on=local_day(correction.recorded_at) if correction else None,
        decision_text=told.text,
        document_number=told.document_number or decision.document_number,
        granted_before=sum(item.granted_due_on is not None for item in of_milestone.rows if item.id <= row.id),
        limit=of_milestone.limit,
    )


def _find(
    session: Session, plan: Plan, extension_id: int, at: CutOff
) -> tuple[ExtensionRow, extensions.MilestoneExtensions] | None:
    """Return a request with the others of its milestone, as known at the cut-off."""
    query = (
        sa.select(col(ExtensionRequest.milestone_id))
        .join(Milestone, col(Milestone.id) == col(ExtensionRequest.milestone_id))
        .where(col(ExtensionRequest.id) == extension_id, col(Milestone.plan_id) == plan.id)
    )
    milestone_id = session.scalar(query)
    if milestone_id is None:
        return None
    of_milestone = extensions.of_milestone(session, milestone_id, at.at)
    row = next((item for item in of_milestone.rows if item.id == extension_id), None)
    return (row, of_milestone) if row is not None else None


def _last(row: ExtensionRow, kind: ExtensionStepKind) -> ExtensionStepRow | None:
    return next((step for step in reversed(row.steps) if step.kind is kind), None)
