"""Reads of evidence: one file with who handed it in, when, and what it backs."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.vocabulary import Capacity, DecisionKind
from app.models import (
    Account,
    AccountabilityCase,
    Alert,
    AlertRecipient,
    AlertStep,
    CaseEvent,
    Evidence,
    Milestone,
    MilestoneDecision,
    MilestoneStanding,
    Organization,
    Plan,
    RectificationStep,
    Report,
)
from app.queries.alerts import in_scope as alerts_in_scope
from app.queries.case_scope import in_scope
from app.queries.milestones import LedgerFilter, narrow


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """A file on record; of the fact that it backs, only what concerns its kind is set."""

    id: int
    filename: str
    media_type: str
    size: int  # bytes
    sha256: str
    author: str
    recorded_at: datetime
    milestone_id: int
    milestone: str
    clause: str
    plan: str
    plan_slug: str
    reported_on: date | None
    claims_completion: bool | None
    organization: str | None  # of the report; None: the office
    decision: DecisionKind | None
    extension_id: int | None
    extension_step_id: int | None
    instruction_id: int | None
    instruction_step_id: int | None
    case_id: int | None  # of the case event that it backs
    rectification_id: int | None  # the item itself, or the item of the step that it backs
    alert_id: int | None  # of the answer that it backs


def _reads_answer(scope: Scope) -> sa.ColumnElement[bool]:
    """Return the condition that an answer's file is for somebody: of units, who gave it and who supervises them."""
    if scope.organization_id is None:
        return sa.true()
    supervises = sa.exists().where(
        col(AlertRecipient.alert_id) == col(AlertStep.alert_id),
        col(AlertRecipient.organization_id) == scope.organization_id,
        col(AlertRecipient.capacity) == Capacity.SUPERVISOR,
    )
    return sa.or_(col(AlertStep.organization_id) == scope.organization_id, supervises)


def show_evidence(session: Session, scope: Scope, evidence_id: int) -> EvidencePage | None:
    """Return one file; None when it does not exist or its milestone lies out of scope."""
    # What backs a step of a case is for those whose case it is, though others read the milestone.
    cases = sa.select(col(AccountabilityCase.id)).where(*in_scope(scope))
    alerts = sa.select(col(Alert.id)).where(*alerts_in_scope(scope))
    seen = narrow(sa.select(col(MilestoneStanding.milestone_id)), scope, LedgerFilter())
    milestone = seen.where(col(MilestoneStanding.milestone_id) == col(Evidence.milestone_id)).exists()
    query = (
        sa.select(
            col(Evidence.id),
            col(Evidence.filename),
            col(Evidence.media_type),
            col(Evidence.size),
            col(Evidence.sha256),
            col(Account.display_name),
            col(Evidence.recorded_at),
            col(Evidence.milestone_id),
            col(Milestone.title),
            col(Milestone.clause),
            col(Plan.short_title),
            col(Plan.slug),
            col(Report.reported_on),
            col(Report.claims_completion),
            col(Organization.name),
            col(MilestoneDecision.kind),
            col(Evidence.extension_id),
            col(Evidence.extension_step_id),
            col(Evidence.instruction_id),
            col(Evidence.instruction_step_id),
            col(CaseEvent.case_id),
            sa.func.coalesce(col(Evidence.rectification_id), col(RectificationStep.rectification_id)),
            col(AlertStep.alert_id),
        )
        .select_from(Evidence)
        .join(Account, col(Account.id) == col(Evidence.author_id))
        .join(Milestone, col(Milestone.id) == col(Evidence.milestone_id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .outerjoin(Report, col(Report.id) == col(Evidence.report_id))
        .outerjoin(Organization, col(Organization.id) == col(Report.organization_id))
        .outerjoin(MilestoneDecision, col(MilestoneDecision.id) == col(Evidence.decision_id))
        .outerjoin(CaseEvent, col(CaseEvent.id) == col(Evidence.case_event_id))
        .outerjoin(AlertStep, col(AlertStep.id) == col(Evidence.alert_step_id))
        .outerjoin(RectificationStep, col(RectificationStep.id) == col(Evidence.rectification_step_id))
        .where(
            col(Evidence.id) == evidence_id,
            sa.or_(col(Evidence.case_event_id).is_(None), col(CaseEvent.case_id).in_(cases)),
            sa.case(
                (col(Evidence.alert_step_id).is_(None), milestone),
                else_=sa.and_(col(AlertStep.alert_id).in_(alerts), _reads_answer(scope)),
            ),
        )
    )
    row = session.execute(query).first()
    return None if row is None else EvidencePage(*row)
