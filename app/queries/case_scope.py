"""Which cases a person may see, and which a filter wants."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.case_replies import ReplyState
from app.domain.case_tasks import CaseParty
from app.domain.cases import CaseStage
from app.domain.vocabulary import Measure, UnitRole
from app.models import AccountabilityCase, CaseEvent, CaseMilestone, CaseReply, MilestoneUnit, Plan


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a reader looks for; None does not narrow. `measure` is one proposed or decided in the case.

    `reply_late_on`: a reply is overdue on that day; `task_late_on`: what comes next is past its day on that day.
    """

    plan_id: int | None = None
    organization_id: int | None = None
    stage: CaseStage | None = None
    measure: Measure | None = None
    party: CaseParty | None = None
    reply_late_on: date | None = None
    task_late_on: date | None = None


def in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that narrow cases to what a person may see."""
    conditions = wanted_by(CaseFilter(plan_id=scope.plan_id))
    return conditions if scope.organization_id is None else [*conditions, _concerns(scope.organization_id)]


def concerns(session: Session, case_id: int, organization_id: int) -> bool:
    """Tell whether a unit is held to account in a case, by itself or as one of a group."""
    query = sa.select(col(AccountabilityCase.id)).where(col(AccountabilityCase.id) == case_id)
    return session.scalar(query.where(_concerns(organization_id))) is not None


def _concerns(organization_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a case is a unit's own, or held by an office for a group that the unit belongs to."""
    of_group = (
        sa.select(col(CaseMilestone.case_id))
        .join(MilestoneUnit, col(MilestoneUnit.milestone_id) == col(CaseMilestone.milestone_id))
        .join(Plan, col(Plan.id) == col(AccountabilityCase.plan_id))
        .where(
            col(CaseMilestone.case_id) == col(AccountabilityCase.id),
            col(AccountabilityCase.organization_id) == col(Plan.office_id),
            col(MilestoneUnit.organization_id) == organization_id,
            col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
        )
        .correlate(AccountabilityCase)
    )
    return sa.or_(col(AccountabilityCase.organization_id) == organization_id, of_group.exists())


def wanted_by(wanted: CaseFilter) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a filter."""
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.plan_id is not None:
        conditions.append(col(AccountabilityCase.plan_id) == wanted.plan_id)
    if wanted.organization_id is not None:
        conditions.append(col(AccountabilityCase.organization_id) == wanted.organization_id)
    if wanted.stage is not None:
        conditions.append(col(AccountabilityCase.stage) == wanted.stage)
    if wanted.measure is not None:
        conditions.append(
            sa.exists().where(
                col(CaseEvent.case_id) == col(AccountabilityCase.id), col(CaseEvent.measure) == wanted.measure
            )
        )
    return [*conditions, *_waiting(wanted)]


def _waiting(wanted: CaseFilter) -> list[sa.ColumnElement[bool]]:
    """Return the conditions about what a case waits for."""
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.party is not None:
        conditions.append(col(AccountabilityCase.next_party) == wanted.party)
    if wanted.task_late_on is not None:
        conditions.append(col(AccountabilityCase.next_due_on) < wanted.task_late_on)
    if wanted.reply_late_on is not None:
        owed = sa.exists().where(
            col(CaseReply.case_id) == col(AccountabilityCase.id),
            col(CaseReply.state) == ReplyState.OWED,
            col(CaseReply.due_on) < wanted.reply_late_on,
        )
        conditions.append(owed)
    return conditions
