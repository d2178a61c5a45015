"""Reads of evidence: one file with who handed it in, when, and what it backs."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.vocabulary import DecisionKind
from app.models import Account, Evidence, Milestone, MilestoneDecision, MilestoneStanding, Organization, Plan, Report
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


def show_evidence(session: Session, scope: Scope, evidence_id: int) -> EvidencePage | None:
    """Return one file; None when it does not exist or its milestone lies out of scope."""
    seen = narrow(sa.select(col(MilestoneStanding.milestone_id)), scope, LedgerFilter())
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
        )
        .select_from(Evidence)
        .join(Account, col(Account.id) == col(Evidence.author_id))
        .join(Milestone, col(Milestone.id) == col(Evidence.milestone_id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .outerjoin(Report, col(Report.id) == col(Evidence.report_id))
        .outerjoin(Organization, col(Organization.id) == col(Report.organization_id))
        .outerjoin(MilestoneDecision, col(MilestoneDecision.id) == col(Evidence.decision_id))
        .where(
            col(Evidence.id) == evidence_id,
            seen.where(col(MilestoneStanding.milestone_id) == col(Evidence.milestone_id)).exists(),
        )
    )
    row = session.execute(query).first()
    return None if row is None else EvidencePage(*row)
