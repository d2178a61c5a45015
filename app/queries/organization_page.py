"""Reads for one unit's page: whose work it took over, which plans name it, who reports for it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.succession import predecessors
from app.domain.vocabulary import UnitRole
from app.models import Account, MilestoneStanding, MilestoneUnit, Organization, Plan
from app.queries.organizations import succession
from app.queries.plans import in_scope, plans_in_scope


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """How a plan names a unit: milestones in each role within the reader's scope, and whether it keeps the office."""

    organization_id: int
    slug: str
    title: str
    keeps_office: bool
    responsible: int
    supporting: int


def plans_naming_units(session: Session, scope: Scope, ids: Sequence[int]) -> list[UnitPlan]:
    """Return the plans in scope that name each of some units."""
    keys = (col(MilestoneUnit.organization_id), col(MilestoneStanding.plan_id), col(MilestoneUnit.role))
    counts = (
        sa.select(*keys, sa.func.count())
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(MilestoneUnit.milestone_id))
        .where(keys[0].in_(ids), *in_scope(scope))
        .group_by(*keys)
    )
    found: dict[tuple[int, int], dict[UnitRole, int]] = defaultdict(dict)
    for unit_id, plan_id, role, count in session.execute(counts):
        found[unit_id, plan_id][role] = count
    head = sa.select(col(Plan.id), col(Plan.slug), col(Plan.short_title), col(Plan.office_id))
    heads: Any = session.execute(head.where(*plans_in_scope(scope)).order_by(col(Plan.sort_key))).all()
    return [
        UnitPlan(
            unit_id,
            slug,
            title,
            office_id == unit_id,
            found[unit_id, plan_id].get(UnitRole.RESPONSIBLE, 0),
            found[unit_id, plan_id].get(UnitRole.SUPPORTING, 0),
        )
        for unit_id in ids
        for plan_id, slug, title, office_id in heads
        if office_id == unit_id or (unit_id, plan_id) in found
    ]


def accounts_of(session: Session, organization_id: int) -> list[Account]:
    """Return the accounts that report for a unit, active ones first."""
    query = sa.select(Account).where(col(Account.organization_id) == organization_id)
    return list(session.scalars(query.order_by(col(Account.active).desc(), col(Account.name))))


def predecessors_of(session: Session, organization_id: int) -> list[Organization]:
    """Return everybody whose work came to a unit, directly or through others."""
    ids = predecessors(organization_id, succession(session))
    if not ids:
        return []
    query = sa.select(Organization).where(col(Organization.id).in_(ids))
    return list(session.scalars(query.order_by(col(Organization.valid_to), col(Organization.id))))
